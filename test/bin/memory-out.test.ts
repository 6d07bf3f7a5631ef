// `--memory-out` and what comes of it: a run's memory is kept whole or refused beforehand, and a run that
// begins with it is another run wherever runs are told apart.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMemoryOut } from '../../bin/memory-out.ts';
import { memoryDigest } from '../../data/runs/memory-file.ts';
import type { Config } from '../../engine/config/schema.ts';
import { room } from '../support/cli.ts';
import { configOf, type Partly } from '../support/run.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('memory-out');
const TREND = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'trend',
  analyze: (view) => view.vote(Math.floor(view.closeMs / 86400000) % 2 ? 'BUY' : 'SELL', 0.9),
});`;
const RUN = ['backtest', '--config', 'mine.json', '--db', 'small.duckdb', '--symbols', 'BTCUSDT'];

beforeAll(async () => {
  await writeSmallStore(here.at('small.duckdb'));
  writeFileSync(here.at('trend.ts'), TREND);
  const decision = { agents: { trend: { use: './trend.ts' } }, memory: { enabled: true } };
  writeFileSync(here.at('mine.json'), JSON.stringify({ name: 'mine', decision }));
});
afterAll(() => here.remove());

const run = async (...more: string[]) => {
  const { code, stdout, stderr } = await here.sapphire([...RUN, '--json', ...more]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

/** What its folder says it began with. */
const digestOf = ({ out }: { out: string }) => {
  const { facts } = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
  return facts.memory.digest;
};

describe('a memory', () => {
  it('is kept, loaded, and part of what a run is: another one is another run on the same candles', async () => {
    const first = await run('--memory-out', 'one.json');
    const kept = JSON.parse(readFileSync(here.at('one.json'), 'utf8'));
    expect(kept.trades.length).toBeGreaterThan(5);
    const late = ['--from', '2025-01-10', '--set', 'decision.memory.load=one.json'];
    const second = await run(...late);
    // Every trade turned around: the same file name, the same config, another memory.
    for (const trade of kept.trades) trade.returnFraction *= -1;
    writeFileSync(here.at('one.json'), JSON.stringify(kept));
    const third = await run(...late);
    expect(third.configDigest).toBe(second.configDigest);
    expect(third.dataDigest).not.toBe(second.dataDigest);
    expect(second.dataDigest).not.toBe(first.dataDigest);
    const lines = readFileSync(here.at('runs', 'trials.ndjson'), 'utf8').trimEnd().split('\n');
    const [, b, c] = lines.map((line) => JSON.parse(line));
    expect([b.dataDigest, c.dataDigest]).toEqual([second.dataDigest, third.dataDigest]);
    expect(c.candlesDigest).toBe(b.candlesDigest);
    // Each says what it began with, the first one nothing.
    expect([first, second].map((one) => digestOf(one)?.length)).toEqual([undefined, 64]);
    expect(digestOf(third)).not.toBe(digestOf(second));
  }, 60_000);

  it('of a paper trial stands in its journal, which nobody replays with another one', async () => {
    const kept = JSON.parse(readFileSync(here.at('one.json'), 'utf8'));
    const memory = ['--set', 'decision.memory.load=one.json'];
    const given = ['--config', 'mine.json', '--symbols', 'BTCUSDT', '--from', '2025-01-10'];
    const feed = ['--feed', 'replay:small.duckdb', '--days', '1', '--dir', 'trial'];
    const trial = await here.sapphire(['paper', ...given, ...feed, ...memory]);
    expect(trial.code, trial.stderr).toBe(0);
    const told = JSON.parse(readFileSync(here.at('trial', 'trial.json'), 'utf8'));
    expect(told.memoryDigest).toBe(memoryDigest(kept.trades));
    kept.trades.pop();
    writeFileSync(here.at('one.json'), JSON.stringify(kept));
    const { code, stderr } = await here.sapphire(['replay', 'trial']);
    expect(stderr).toContain('decision.memory.load: must hold what the session began with');
    expect(code).toBe(2);
  }, 60_000);

  it.each<[string, string, Partly<Config>, RegExp]>([
    ['without one', 'x.json', {}, /--memory-out: needs decision.memory.enabled/],
    [
      'into a folder',
      '.',
      { decision: { memory: { enabled: true } } },
      /must be a file, not a folder/,
    ],
    [
      'into no folder',
      'no/x.json',
      { decision: { memory: { enabled: true } } },
      /in a folder that is there/,
    ],
  ])('%s is refused before anything runs', async (_, file, given, rule) => {
    await expect(checkMemoryOut(here.at(file), configOf(given))).rejects.toThrow(rule);
    expect(existsSync(here.at('x.json'))).toBe(false);
  });
});
