// `sapphire record` and what a tape is good for, as a person starts it: the same digests in separate
// processes, another answer named by its first consequence, a missing one by its question.

import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
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

  it('is recorded for all points of a sweep, whose trials find every question answered', async () => {
    const write = (name: string, more: object) => {
      const parameters = { 'risk.trailingStop.buffer': { values: [0.002, 0.02] } };
      writeFileSync(here.at(name), JSON.stringify({ config: 'mine.json', parameters, ...more }));
    };
    write('stops.json', {});
    write('adapting.json', { sampler: 'tpe', budget: 4 });
    const of = ['--db', 'small.duckdb', '--symbols', 'BTCUSDT'];
    const record = ['record', ...of, '--tape', 'swept.ndjson', '--stand-in', '--json', '--sweep'];
    const refused = await here.sapphire([...record, 'adapting.json']);
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('must be of the sampler grid, random, sobol');
    const made = await here.sapphire([...record, 'stops.json']);
    expect(made.code, made.stderr).toBe(0);
    const whole = JSON.parse(made.stdout);
    expect(whole).toMatchObject({ whole: true, failed: {} });
    // Other stops leave other moments to enter at, and more to ask than one config alone.
    expect(whole.answers).toBeGreaterThan(rows.length);
    const set = ['--set', 'world.tape.file=swept.ndjson'];
    const swept = await here.sapphire(['sweep', 'stops.json', ...of, ...set, '--json']);
    expect(JSON.parse(swept.stdout)).toMatchObject({ completed: 2, failed: 0 });
  }, 120_000);

  it('that lacks an answer ends the run with the question that nobody answered', async () => {
    writeFileSync(here.at('c.ndjson'), `${rows.slice(1).join('\n')}\n`);
    const { code, stdout } = await overTape('c.ndjson');
    expect(code).toBe(2);
    const [problem] = JSON.parse(stdout).error.problems;
    expect(problem.key).toBe('world.tape.file');
    expect(problem.rule).toContain(JSON.parse(rows[0]!).digest);
  }, 60_000);
});
