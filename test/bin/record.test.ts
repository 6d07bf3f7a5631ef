// `sapphire record` and what a tape is good for, as a person starts it: the same digests in separate
// processes, another answer named by its first consequence, a missing one by its question.

import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../engine/research/verdict.ts';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('record');
const TREND = `import { defineStrategy, sma } from 'sapphire';
export default defineStrategy({
  name: 'trend',
  features: () => ({ mean: sma(10) }),
  analyze(view) {
    const up = view.columns.close[view.i] > view.features.mean[view.i];
    return view.vote(up ? 'BUY' : 'SELL', 0.9);
  },
});`;
const SECOND = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'second',
  asks: {
    kind: 'second-opinion',
    shape: 'review',
    prompt: ({ i, symbol, columns }, side) => ({
      system: 'a test',
      user: symbol + ' ' + side + ' at ' + columns.close[i],
      numbers: { closes: [columns.close[i - 2], columns.close[i - 1], columns.close[i]] },
    }),
    review: (view, answer) => (answer.factor > 0 ? 1 : 0),
  },
});`;

const RUN = ['--config', 'mine.json', '--db', 'small.duckdb', '--symbols', 'BTCUSDT'];
const tapeWords = (file: string) => {
  return ['backtest', ...RUN, '--json', '--set', `world.tape.file=${file}`];
};
const overTape = (file: string, ...more: string[]) => here.call([...tapeWords(file), ...more]);

let rows: string[] = [];

beforeAll(async () => {
  await writeSmallStore(here.at('small.duckdb'));
  writeFileSync(here.at('trend.ts'), TREND);
  writeFileSync(here.at('second.ts'), SECOND);
  const agents = { trend: { use: './trend.ts' }, second: { use: './second.ts' } };
  writeFileSync(here.at('mine.json'), JSON.stringify({ name: 'mine', decision: { agents } }));
  const made = await here.call(['record', ...RUN, '--tape', 'a.ndjson', '--stand-in', '--json']);
  expect(made.code, made.stderr).toBe(0);
  expect(JSON.parse(made.stdout)).toMatchObject({ whole: true, knowledgeMs: 0 });
  rows = readFileSync(here.at('a.ndjson'), 'utf8').trimEnd().split('\n');
}, 120_000);

interface Judged {
  readonly verdict: Pick<Verdict, 'gates'>;
}

const gateOf = ({ verdict: { gates } }: Judged, id: string) =>
  gates.find((gate) => gate.id === id)!;

describe('a tape', () => {
  it('gives the same run in two processes; another answer another one, from its first decision on', async () => {
    const one = await overTape('a.ndjson');
    const two = await here.sapphire(tapeWords('a.ndjson'));
    expect(one.code, one.stderr).toBe(0);
    const digests = ({ stdout }: { stdout: string }) => {
      const { digest, decisionDigest, dataDigest } = JSON.parse(stdout);
      return { digest, decisionDigest, dataDigest };
    };
    expect(digests(two)).toEqual(digests(one));
    const why = await here.sapphire(['explain', 'latest', '--trade', '1']);
    expect(why.stdout).toMatch(/second +reviews +weight/);
    expect(why.stdout).toMatch(/stand-in 1 after 0\.\d s: factor (1|0\.5)\n +"the newest step is /);

    const last = rows.findLastIndex((row) => JSON.parse(row).factor > 0);
    const changed = { ...JSON.parse(rows[last]!), factor: 0 };
    const { askedMs, latencyMs } = changed;
    writeFileSync(
      here.at('b.ndjson'),
      [...rows.with(last, JSON.stringify(changed)), ''].join('\n'),
    );
    const other = await overTape('b.ndjson', '--set', 'world.tape.onMiss=timeout');
    expect(digests(other).digest).not.toBe(digests(one).digest);
    const { stdout, code } = await here.call(['replay', 'latest~1', 'latest']);
    expect(code).toBe(1);
    const when = new Date(askedMs + latencyMs).toISOString();
    expect(stdout).toContain(`the first decision that differs: ${when} paperx BTCUSDT: `);
    expect(stdout).toMatch(/: (buy|sell)\S* .*\(entry, market\), then no order/);
  }, 120_000);

  it('is recorded for a sweep that adapts, which then runs to the last gate', async () => {
    const buffer = { from: 0.002, to: 0.02 };
    const spec = { config: 'mine.json', sampler: 'tpe', budget: 11, splits: { train: 0.7 } };
    const parameters = { 'risk.trailingStop.buffer': buffer };
    writeFileSync(here.at('adapting.json'), JSON.stringify({ ...spec, parameters }));
    const of = ['--db', 'small.duckdb', '--symbols', 'BTCUSDT', '--json'];
    const record = [...['record', ...of, '--tape', 'swept.ndjson', '--stand-in'], '--sweep'];
    // Without a key, too: nobody is asked.
    const dry = record.filter((word) => word !== '--stand-in');
    const foreseen = await here.call([...dry, 'adapting.json', '--dry-run']);
    const made = await here.call([...record, 'adapting.json']);
    expect(made.code, made.stderr).toBe(0);
    const whole = JSON.parse(made.stdout);
    expect(whole).toMatchObject({ whole: true, failed: {}, stopped: null });
    const { questions } = JSON.parse(foreseen.stdout);
    expect(questions).toBeGreaterThan(0);
    expect(questions).toBeLessThanOrEqual(whole.answers);
    const again = await here.call([...record, 'adapting.json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ asked: 0, digest: whole.digest });

    const words = ['sweep', 'adapting.json', ...of, '--workers', '1'];
    const tape = ['--set', 'world.tape.file=swept.ndjson'];
    const swept = JSON.parse((await here.call([...words, ...tape])).stdout);
    expect(swept).toMatchObject({ completed: 11, failed: 0 });
    expect(swept.best.test).toMatchObject({ status: 'done' });
    for (const id of ['doubled-costs', 'late-by-one']) {
      expect(Number.isFinite(gateOf(swept, id).value), gateOf(swept, id).why).toBe(true);
    }
  }, 240_000);

  it('is recorded for a walk-forward, down to its worse worlds', async () => {
    const walk = [...RUN, '--folds', '2', '--train', '1'];
    const words = ['record', '--walk-forward', ...walk, '--tape', 'walked.ndjson', '--stand-in'];
    const made = await here.call([...words, '--json']);
    expect(JSON.parse(made.stdout)).toMatchObject({ whole: true, failed: {} });
    const tape = ['--set', 'world.tape.file=walked.ndjson'];
    const judged = async () => {
      const { stdout } = await here.call(['walk-forward', ...walk, ...tape, '--json']);
      const { verdict } = JSON.parse(stdout);
      return [gateOf({ verdict }, 'doubled-costs'), gateOf({ verdict }, 'late-by-one')];
    };
    for (const { value, why } of await judged()) expect(value, why).toBeTypeOf('number');
    // Costs move no stop here, so their questions are those of the plain run; what is filled a candle
    // later is asked about at other moments, and those answers are on no other tape.
    const plain = new Set(rows);
    const lines = readFileSync(here.at('walked.ndjson'), 'utf8').trimEnd().split('\n');
    const kept = lines.filter((line) => plain.has(line));
    expect(kept.length).toBeLessThan(lines.length);
    writeFileSync(here.at('walked.ndjson'), `${kept.join('\n')}\n`);
    const [doubled, late] = await judged();
    expect(doubled!.value).toBeTypeOf('number');
    expect(late!.value).toBeNull();
    expect(late!.why).toContain('has no answer to the request for a second opinion');
  }, 120_000);

  it('takes flags of a search with that search alone', async () => {
    const { code, stdout } = await here.call([
      'record',
      ...RUN,
      '--tape',
      'x.ndjson',
      '--json',
      '--gate',
      '--folds',
      '3',
    ]);
    expect(code).toBe(2);
    const keys = JSON.parse(stdout).error.problems.map(({ key }: { key: string }) => key);
    expect(keys).toEqual(['--gate', '--folds']);
  });

  it('that lacks an answer ends the run with the question that nobody answered', async () => {
    writeFileSync(here.at('c.ndjson'), `${rows.slice(1).join('\n')}\n`);
    const { code, stdout } = await overTape('c.ndjson');
    expect(code).toBe(2);
    const [problem] = JSON.parse(stdout).error.problems;
    expect(problem.key).toBe('world.tape.file');
    expect(problem.rule).toContain(JSON.parse(rows[0]!).digest);
  }, 60_000);
});
