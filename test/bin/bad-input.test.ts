// Bad input to `sapphire backtest`: each row is something a person really types or writes. Whatever
// it is, the answer is exit code 2 and lines that name key, rule and value; no stack, nothing left
// behind, the store untouched; and with --json the same problems as one document.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Problem, problemText } from '../../engine/errors.ts';
import { filesBelow, room, sha256File } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('bad-input');
const db = here.at('market.duckdb');
const give = (name: string, content: string | Uint8Array) =>
  writeFileSync(here.at('given', name), content);

/** A strategy file: what follows `export default defineStrategy({ name: 'mine',`. */
const strategy = (name: string, body: string) =>
  give(
    name,
    `import { defineStrategy } from 'sapphire';\nexport default defineStrategy({ name: 'mine', ${body} });\n`,
  );

let stored: string;
beforeAll(async () => {
  here.folder('given');
  await writeSmallStore(db);
  stored = sha256File(db);

  const bytes = readFileSync(db);
  give('cut.duckdb', bytes.subarray(0, 9000));
  const garbled = Buffer.from(bytes);
  for (let k = 12_288; k < garbled.length; k += 3) garbled[k]! ^= 0x5a;
  give('garbled.duckdb', garbled);
  give('text.duckdb', 'candles, honestly\n'.repeat(1000));
  give('empty.duckdb', '');
  give('prices.csv', 'time,open\n1,2\n');
  const other = await DuckDBInstance.create(here.at('given', 'other.duckdb'));
  const connection = await other.connect();
  await connection.run('CREATE TABLE candles (mine INTEGER)');
  connection.closeSync();
  other.closeSync();

  give('comma.json', '{\n  "name": "mine",\n  "decision": {,}\n}\n');
  give('nearly.json', '{ "decision": { "risc": { "maxPositions": 3 } } }');
  give('many.json', '{ "seed": -1, "world": { "cashUsd": "10k", "slipageBps": 3 } }');
  give('list.json', '[1]');
  give(
    'agents.json',
    '{ "decision": { "agents": { "quant-alfa": {}, "b": { "use": "./no.ts" } } } }',
  );

  give('import-throws.ts', "throw new Error('at import');\n");
  give('syntax.ts', 'export default {\n');
  give('nothing.ts', 'export const strategy = 1;\n');
  give('name.ts', "import { rsii } from 'sapphire';\nexport default rsii;\n");
  strategy('decide-throws.ts', "decide() { throw new TypeError('at decide'); }");
  strategy('analyze-throws.ts', "analyze() { throw new TypeError('at analyze'); }");
  strategy('seven.ts', "analyze: (view) => view.vote('BUY', 7)");
  strategy('nan.ts', "analyze: (view) => view.vote('BUY', Number.NaN)");
  strategy('maybe.ts', "analyze: (view) => view.vote('MAYBE', 0.5)");
  strategy('target.ts', 'decide: () => Number.NaN');
  strategy('promise.ts', 'decide: async () => 1');
  strategy('neither.ts', 'warmupCandles: 3');
  strategy('interval.ts', "features: () => ({ x: 1 }), decide: 'long'");
  give('file', 'not a folder');
});
afterAll(() => here.remove());

interface Case {
  readonly title: string;
  readonly words: readonly string[];
  /** Each stands in what is said on stderr: key, rule, value, and the nearest name if one is. */
  readonly says: readonly string[];
  /** It is the person's own store that is bad. */
  readonly ownDb?: true;
  /** The run began: what is left is the trial ledger, because a failed trial is one, too. */
  readonly began?: true;
}

const bad = (title: string, words: string, ...says: string[]): Case => {
  return { title, words: words.split(' ').map((word) => word.replace('@', '../given/')), says };
};
const badDb = (title: string, words: string, ...says: string[]): Case => {
  return { ...bad(title, words, ...says), ownDb: true };
};
const began = (title: string, words: string, ...says: string[]): Case => {
  return { ...bad(title, words, ...says), began: true };
};

const CASES: readonly Case[] = [
  bad(
    'an unknown key',
    '--set decision.risk.maxPositons=3',
    'decision.risk.maxPositons: unknown key, was 3 (did you mean decision.risk.maxPositions?)',
  ),
  bad('an unknown path', '--set nonsense.path=1', 'nonsense.path: unknown key, was 1'),
  bad(
    'a value out of range',
    '--set risk.maxPositions=0',
    'decision.risk.maxPositions: must be 1 to 1000 [flag --set], was 0',
  ),
  bad(
    'a value of the wrong type',
    '--set risk.maxPositions=many',
    'decision.risk.maxPositions: must be a whole number 1 to 1000',
    'was "many"',
  ),
  bad('a --set without =', '--set cashUsd', '--set: must be path.to.key=value, was "cashUsd"'),
  bad(
    'an unknown symbol',
    '--symbols BTCUSTD',
    'world.symbols: must be stored (BTCUSDT, ETHUSDT), was "BTCUSTD" (did you mean BTCUSDT?)',
  ),
  bad(
    'two unknown symbols',
    '--symbols BTCUSTD,ETHUSDT,XRP',
    'was "BTCUSTD" (did you mean BTCUSDT?)',
    'was "XRP"',
  ),
  bad(
    'the same symbol twice',
    '--symbols BTCUSDT,BTCUSDT',
    'world.symbols: must be a list of texts, each once',
  ),
  bad(
    'an unknown venue',
    '--set world.venue=paperz',
    'world.venue: must be a stored venue (paperx), was "paperz" (did you mean paperx?)',
  ),
  bad(
    'an interval that is not stored',
    '--interval 1m',
    'world.interval: must be an interval stored for paperx (1h)',
    '--set decision.interval=1h, was "1m"',
  ),
  bad('no interval at all', '--interval 7m', 'world.interval: must be one of 1m, 3m', 'was "7m"'),
  bad(
    'a decision interval below the candles',
    '--set decision.interval=15m',
    'decision.interval: must be a multiple of the base candles (1h), was "15m"',
  ),
  bad(
    'a range without data',
    '--symbols BTCUSDT --from 2030-01-01',
    'BTCUSDT has candles from 2025-01-01T00:00:00.000Z to 2025-01-17T16:00:00.000Z only',
    'was "2030-01-01 to end"',
  ),
  bad(
    'a range before the data',
    '--to 2020-01-01',
    'BTCUSDT, ETHUSDT have candles from 2025-01-01',
    'was "start to 2020-01-01"',
  ),
  bad(
    'an end before its beginning',
    '--from 2025-01-10 --to 2025-01-05',
    'world.to: must be after world.from (2025-01-10)',
    'was "2025-01-05"',
  ),
  bad(
    'an instant in words',
    '--from yesterday',
    'world.from: must be a date or an instant in ISO 8601',
    'was "yesterday"',
  ),
  bad(
    'a sentiment series that is not stored',
    '--set world.sentiment=mood',
    'world.sentiment: must be a stored series',
    'was "mood"',
  ),
  badDb(
    'a store that is garbled',
    '--db @garbled.duckdb',
    'garbled.duckdb: must be a readable DuckDB file',
  ),
  badDb(
    'a store that was cut short',
    '--db @cut.duckdb',
    'cut.duckdb: must be a readable DuckDB file',
  ),
  badDb('a text file as store', '--db @text.duckdb', 'text.duckdb: must be a readable DuckDB file'),
  badDb(
    'an empty file as store',
    '--db @empty.duckdb',
    'empty.duckdb: must be a readable DuckDB file',
  ),
  badDb(
    'a csv as store, which DuckDB would take for a table',
    '--db @prices.csv',
    'prices.csv: must be a readable DuckDB file',
  ),
  badDb("another program's database", '--db @other.duckdb', 'other.duckdb: must be'),
  badDb('a folder as store', '--db @', 'given: must be a file'),
  badDb('a store that is not there', '--db nope.duckdb', 'nope.duckdb: must exist'),
  bad(
    'a config that is not there',
    '--config nope.json',
    '--config: no such file, was "nope.json"',
  ),
  bad(
    'a misspelt shipped config',
    '--config momentun',
    '--config: no such file, was "momentun" (did you mean momentum?)',
  ),
  bad(
    'a config with a syntax error',
    '--config @comma.json',
    'comma.json:3:16: expected a key in double quotes, found ","',
  ),
  bad(
    'a config with a misspelt part',
    '--config @nearly.json',
    'decision.risc: unknown key [file nearly.json]',
    '(did you mean decision.risk?)',
  ),
  bad(
    'a config with three mistakes',
    '--config @many.json',
    'seed: must be',
    'world.cashUsd: must be',
    'world.slipageBps: unknown key',
  ),
  bad(
    'a config that is a list',
    '--config @list.json',
    'file list.json: must hold an object, was [1]',
  ),
  bad(
    'agents that are not there',
    '--config @agents.json',
    'decision.agents.quant-alfa: must be one of',
    '(did you mean quant-alpha?)',
    'decision.agents.b: no such file, was "./no.ts"',
  ),
  bad(
    'an unknown strategy',
    '--strategy sma-cros',
    'decision.strategy: must be one of',
    'was "sma-cros" (did you mean sma-cross?)',
  ),
  bad(
    'a strategy path that leads nowhere',
    '--strategy ./nope.ts',
    'decision.strategy: no such file, was "./nope.ts"',
  ),
  bad(
    'a strategy that is no TypeScript',
    '--strategy @file',
    'decision.strategy: must be a .ts file',
  ),
  bad(
    'a strategy that throws at import',
    '--strategy @import-throws.ts',
    'import-throws.ts: does not load: at import',
  ),
  bad('a strategy that does not parse', '--strategy @syntax.ts', 'syntax.ts: does not load: '),
  bad(
    'a strategy that exports nothing',
    '--strategy @nothing.ts',
    'nothing.ts: must export default defineStrategy',
  ),
  bad(
    'a strategy that imports what is not there',
    '--strategy @name.ts',
    'name.ts: does not load: ',
    'rsii',
  ),
  bad(
    'a strategy that neither votes nor decides',
    '--strategy @neither.ts',
    'neither.ts: must have analyze (a vote), decide (a target exposure) or asks (a model)',
  ),
  bad(
    'a strategy whose decide is no function',
    '--strategy @interval.ts',
    'decide: must be a function, was "long"',
  ),
  began(
    'a strategy that throws in decide',
    '--strategy @decide-throws.ts',
    'strategy mine on BTCUSDT at row 0',
    ': threw TypeError: at decide',
  ),
  began(
    'a strategy that throws in analyze',
    '--strategy @analyze-throws.ts',
    'strategy mine on BTCUSDT at row 0',
    ': threw TypeError: at analyze',
  ),
  began(
    'a confidence of 7',
    '--strategy @seven.ts',
    'strategy mine on BTCUSDT at row 0',
    ': confidence: must be 0 to 1, was 7',
  ),
  began('a confidence of NaN', '--strategy @nan.ts', 'confidence: must be 0 to 1, was NaN'),
  began(
    'an action that is none',
    '--strategy @maybe.ts',
    'action: must be BUY, SELL or HOLD, was "MAYBE"',
  ),
  began(
    'a target of NaN',
    '--strategy @target.ts',
    'target exposure: must be a finite number, was NaN',
  ),
  began(
    'a target that is a promise',
    '--strategy @promise.ts',
    'target exposure: must be a finite number',
  ),
  bad(
    'a parameter out of range',
    '--strategy sma-cross --set parameters.fast=0',
    'decision.parameters.fast: must be 1 to 5000, was 0',
  ),
  bad(
    'a parameter of the wrong type',
    '--strategy sma-cross --set parameters.fast=x',
    'decision.parameters.fast: must be a number, was "x"',
  ),
  bad(
    'a misspelt parameter',
    '--strategy sma-cross --set parameters.fst=3',
    'decision.parameters.fst: is not a parameter of sma-cross (did you mean fast?)',
  ),
  bad('--cash in words', '--cash abc', '--cash: must be a number, was "abc"'),
  bad('--cash below zero', '--cash -5', 'world.cashUsd: must be 0.01 to', 'was -5'),
  bad('half a seed', '--seed 1.5', 'seed: must be a whole number', 'was 1.5'),
  bad(
    '--out where a file lies',
    '--out @file',
    '--out: must be a folder that can be written (it is a file)',
  ),
  bad('--out below a file', '--out @file/runs', '--out: must be a folder that can be written'),
  bad('an unknown flag', '--symbl X', '--symbl: unknown option (did you mean --symbols?)'),
  bad('missing funding under --strict', '--symbols ETHUSDT --strict', 'ETHUSDT: ', '--strict'),
  bad(
    'three mistakes in three flags',
    '--cash abc --seed x --set risk.maxPositons=3',
    '--cash: ',
    '--seed: ',
    'risk.maxPositons: unknown key',
  ),
];

/** Asked of a process of its own, too: one of a flag, one of a store, one that fails in the run. */
const REAL = ['an unknown flag', 'a store that is garbled', 'a strategy that throws in decide'];

/** What stands in a folder after bad input: nothing, or the one line of a trial that failed. */
function expectNothingLeft(folder: string, { began: isRun }: Case): void {
  if (!isRun) {
    expect(readdirSync(folder)).toEqual([]);
    return;
  }
  expect(filesBelow(folder)).toEqual(['runs/trials.ndjson']);
  const lines = readFileSync(`${folder}/runs/trials.ndjson`, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).status)).toEqual(['failed']);
}

describe('sapphire backtest refuses', () => {
  it.each(CASES.map((one) => [one.title, one] as const))('%s', async (title, one) => {
    const { words, says, ownDb } = one;
    const folder = here.folder();
    const all = ['backtest', ...(ownDb ? [] : ['--db', db]), ...words];
    const { code, stdout, stderr } = await here.call(all, { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const text of says) expect(stderr).toContain(text);
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^error: \S/);
    expectNothingLeft(folder, one);
    const other = here.folder();
    const asJson = await here.call([...all, '--json'], { cwd: other });
    expect(asJson).toMatchObject({ code: 2, stderr: '' });
    const { error } = JSON.parse(asJson.stdout) as { error: { problems: Problem[] } };
    // JSON has no NaN, so there it is a text.
    const lines = error.problems.map((problem) =>
      `error: ${problemText(problem)}\n`.replace('"NaN"', 'NaN'),
    );
    expect(lines.join('').replaceAll(other, folder)).toBe(stderr);
    expectNothingLeft(other, one);
    if (REAL.includes(title)) {
      const alone = here.folder();
      const real = await here.sapphire(all, { cwd: alone });
      expect({ ...real, stderr: real.stderr.replaceAll(alone, folder) }).toEqual({
        code,
        stdout,
        stderr,
      });
      expectNothingLeft(alone, one);
    }
    expect(sha256File(db)).toBe(stored);
  });
});
