// Tapes: the same answers and the same digest in every kind of file, and nothing believed unchecked.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TapeRow } from '../../data/tapes/row.ts';
import { exportTape, openTape, readTape, Tape } from '../../data/tapes.ts';
import { type Question, questionDigest } from '../../engine/agents/question.ts';
import { failure, reply } from '../support/asking.ts';

const room = mkdtempSync(join(tmpdir(), 'sapphire-tapes-'));
const at = (name: string) => join(room, name);
afterAll(() => rmSync(room, { recursive: true, force: true }));

function questionOf(user: string, changes: Partial<Question> = {}): Question {
  const asked = {
    ...{ agent: 'ann', model: '', kind: 'vote' as const, shape: 'opinion' as const },
    ...{ leg: 0, venue: 'test', symbol: 'BTC', row: 3, side: 0 as const },
    ...{ tsMs: 1000, deadlineMs: 2000 },
    prompt: { system: 's', user, numbers: '{"a":[1,null]}' },
    ...changes,
  };
  return { id: 1, ...asked, digest: questionDigest(asked) };
}

const UP = questionOf('up?');
const LATE = questionOf('late?');
const REVIEW = questionOf('ok?', { kind: 'second-opinion', shape: 'review', side: 1 });
const CUTOFF = Date.UTC(2025, 0, 1);

beforeAll(async () => {
  const writer = await openTape(at('a.duckdb'));
  await writer.put(UP, reply('opinion', { score: 0.1 + 0.2, words: "it's 'up'" }, 123), CUTOFF);
  await writer.put(LATE, failure('refused', 5), CUTOFF);
  await writer.put(REVIEW, reply('review', { factor: 0.5 }), 0);
  writer.close();
  const tape = await readTape(at('a.duckdb'));
  for (const name of ['b.ndjson', 'c.parquet', 'd.duckdb']) await exportTape(tape, at(name));
});

describe('a tape', () => {
  it.each(['a.duckdb', 'b.ndjson', 'c.parquet', 'd.duckdb'])(
    '%s has every answer, to the last bit',
    async (name) => {
      const tape = await readTape(at(name));
      expect(tape.digest).toBe((await readTape(at('a.duckdb'))).digest);
      const found = tape.find({ ...UP, id: 99, tsMs: 5 });
      expect(found).toMatchObject({ ok: true, answer: { score: 0.30000000000000004 } });
      expect(found).toMatchObject({ answer: { words: "it's 'up'" }, origin: { latencyMs: 123 } });
      expect(tape.find(LATE)).toMatchObject({ ok: false, code: 'refused' });
      expect(tape.find(questionOf('down?'))).toBeNull();
      expect(tape.knowledgeMs).toBe(CUTOFF);
    },
  );

  it('that is written line by line goes on behind a line that a crash cut off', async () => {
    const whole = readFileSync(at('b.ndjson'), 'utf8');
    writeFileSync(at('torn.ndjson'), whole.slice(0, -20));
    const writer = await openTape(at('torn.ndjson'));
    expect(writer.tape.rows).toHaveLength(2);
    await writer.put(REVIEW, reply('review', { factor: 0.5 }), 0);
    writer.close();
    expect(readFileSync(at('torn.ndjson'), 'utf8')).toBe(whole);
  });

  it('whose last line lacks nothing but its end has that answer, and goes on behind it', async () => {
    const whole = readFileSync(at('b.ndjson'), 'utf8');
    writeFileSync(at('bare.ndjson'), whole.trimEnd());
    expect((await readTape(at('bare.ndjson'))).digest).toBe(
      (await readTape(at('b.ndjson'))).digest,
    );
    const writer = await openTape(at('bare.ndjson'));
    await writer.put(questionOf('more?'), failure('refused'), 0);
    writer.close();
    expect(readFileSync(at('bare.ndjson'), 'utf8').startsWith(whole)).toBe(true);
    expect((await readTape(at('bare.ndjson'))).rows).toHaveLength(4);
  });

  it.each(['my notes, all on one line', '{"buy":"milk"}', '"'])(
    'is no file of something else, of which nothing is cut: %s',
    async (text) => {
      writeFileSync(at('notes.ndjson'), text);
      await expect(openTape(at('notes.ndjson'))).rejects.toThrow(/notes\.ndjson: line 1/);
      expect(readFileSync(at('notes.ndjson'), 'utf8')).toBe(text);
      expect(existsSync(at('notes.ndjson.lock'))).toBe(false);
    },
  );

  it('is written by one process, and in a folder that is there, before anything is asked', async () => {
    writeFileSync(at('busy.ndjson.lock'), `${process.ppid}\n`);
    const busy = openTape(at('busy.ndjson'));
    await expect(busy).rejects.toThrow(`is being recorded by process ${process.ppid}`);
    await expect(busy).rejects.toMatchObject({ exitCode: 7 });
    rmSync(at('busy.ndjson.lock'));
    (await openTape(at('busy.ndjson'))).close();
    expect(readdirSync(room).filter((name) => name.startsWith('busy'))).toEqual([]);
    await expect(openTape(at('no/where.ndjson'))).rejects.toThrow(/must be a file that can be/);
  });

  it.each(['half.duckdb', 'half.parquet'])(
    'whose export to %s breaks off leaves nothing, and goes well the next time',
    async (name) => {
      const tape = await readTape(at('a.duckdb'));
      const [first, second, third] = tape.rows as [TapeRow, TapeRow, TapeRow];
      const bad = { ...third, question: { ...third.question, side: 'no' as never } };
      await expect(exportTape(new Tape([first, second, bad]), at(name))).rejects.toThrow();
      expect(readdirSync(room).filter((file) => file.startsWith('half'))).toEqual([]);
      // What a killed process left is no reason to fail.
      writeFileSync(at(`${name}.part`), 'torn');
      await exportTape(tape, at(name));
      expect((await readTape(at(name))).digest).toBe(tape.digest);
      expect(readdirSync(room).filter((file) => file.startsWith('half'))).toEqual([name]);
      await expect(exportTape(tape, at(name))).rejects.toThrow(/must not exist yet/);
      rmSync(at(name));
    },
  );

  const changed = (change: (row: Record<string, unknown>) => void) => () => {
    const [first, ...rest] = readFileSync(at('b.ndjson'), 'utf8').split('\n');
    const row = JSON.parse(first!);
    change(row);
    return [JSON.stringify(row), ...rest].join('\n');
  };

  it.each<[string, () => string, RegExp]>([
    [
      'a changed question',
      changed((row) => (row['user'] = 'sell?')),
      /line 1, digest: must be that/,
    ],
    ['a changed agent', changed((row) => (row['agent'] = 'bob')), /line 1, digest: must be that/],
    ['a score out of range', changed((row) => (row['score'] = 7)), /score: must be -1 to 1, was 7/],
    ['a size', changed((row) => (row['qty'] = 7)), /qty: is no column of a tape/],
    [
      'a latency before the question',
      changed((row) => (row['latencyMs'] = -1)),
      /latencyMs: must be/,
    ],
    ['an unknown failure', changed((row) => (row['failure'] = 'bored')), /failure: must be one of/],
    ['a field that is not there', changed((row) => delete row['words']), /words: must be there/],
    ['half a ms', changed((row) => (row['knowledgeMs'] = 0.5)), /knowledgeMs: must be UTC ms/],
    ['no year', changed((row) => (row['knowledgeMs'] = 1e300)), /knowledgeMs: must be UTC ms/],
    ['money made', changed((row) => (row['costUsd'] = -1)), /costUsd: must be 0 or more/],
    ['text in place of JSON', () => 'buy everything\n', /line 1: must be JSON/],
    ['a list', () => '[]\n', /line 1: must be an object/],
    ['an answer given twice', () => readFileSync(at('b.ndjson'), 'utf8').repeat(2), /line 4.*once/],
  ])('with %s is refused, and says where', async (_, text, message) => {
    writeFileSync(at('bad.ndjson'), text());
    await expect(readTape(at('bad.ndjson'))).rejects.toThrow(message);
  });

  it('is no view over other files, no other database and no file that is missing', async () => {
    const instance = await DuckDBInstance.create(at('view.duckdb'));
    const connection = await instance.connect();
    await connection.run('CREATE VIEW answers_1 AS SELECT 1 AS digest');
    connection.closeSync();
    instance.closeSync();
    await expect(readTape(at('view.duckdb'))).rejects.toThrow(/must be a tape: a DuckDB file/);
    writeFileSync(at('junk.duckdb'), 'x'.repeat(5000));
    await expect(readTape(at('junk.duckdb'))).rejects.toThrow(/readable DuckDB file/);
    writeFileSync(at('junk.parquet'), 'x'.repeat(5000));
    await expect(readTape(at('junk.parquet'))).rejects.toThrow(/must be a tape/);
    await expect(readTape(at('nowhere'))).rejects.toThrow(/must be a tape: npm run record/);
  });
});
