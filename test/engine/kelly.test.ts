// Kelly: papers, the case files, and track records by hand.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  kellyBinary,
  kellyContinuous,
  kellyGainLoss,
  logGrowth,
  TrackRecord,
} from '../../engine/risk/kelly.ts';

const CASES = new URL('../../../shared/cases/', import.meta.url);
const VECTORS = new URL('../../../shared/vectors/kelly_voltarget_atr.json', import.meta.url);
const here = existsSync(CASES) && existsSync(VECTORS);

interface KellyCase {
  readonly id: string;
  readonly function: string;
  readonly inputs: Readonly<Record<string, number>>;
  readonly expected: number;
  readonly tolerance: number;
}

function ours({ function: name, inputs }: KellyCase): number {
  const { p = 0, b = 0, f = 0, gain = 0, loss = 0, mu = 0, r = 0, sigma = 0 } = inputs;
  if (name === 'kelly_binary') return kellyBinary(p, b);
  if (name === 'log_growth_per_bet') return logGrowth(p, b, f);
  if (name === 'kelly_gain_loss') return kellyGainLoss(p, gain, loss);
  if (name === 'kelly_continuous') return kellyContinuous(mu, r, sigma);
  const full = kellyBinary(p, b);
  return logGrowth(p, b, full / 2) / logGrowth(p, b, full);
}

describe.skipIf(!here)('the cases of others (skipped where shared/cases is absent)', () => {
  const read = (url: URL) => JSON.parse(readFileSync(url, 'utf8'));
  const known = ['kelly_binary', 'log_growth_per_bet', 'kelly_gain_loss', 'kelly_continuous'];
  const cases: KellyCase[] = here ? read(new URL('kelly.json', CASES)).cases : [];

  it.each(
    cases.filter(({ function: name }) => known.includes(name) || name.startsWith('log_growth')),
  )('$id', (one) => {
    expect(Math.abs(ours(one) - one.expected)).toBeLessThanOrEqual(one.tolerance);
  });

  it('of a list of trades: 66 trades of an SMA cross, win rate and mean win over mean loss', () => {
    const golden = read(new URL('backtestingpy_golden.json', CASES)).cases;
    const one = golden.find((each: KellyCase) => each.id === 'smacross_10_30_close_then_open');
    const pnl: number[] = one.reproduced.trades.map((trade: { PnL: number }) => trade.PnL);
    const record = new TrackRecord();
    for (const each of pnl) record.add(each);
    const expected = cases.find(({ id }) => id === 'trade_stats_kelly')!;
    const kelly = kellyBinary(record.winRate(0.5, 0), record.rewardToRisk(1, 0));
    expect(record.winRate(0.5, 0)).toBeCloseTo(expected.inputs['win_rate']!, 12);
    expect(Math.abs(kelly - expected.expected)).toBeLessThanOrEqual(1e-9);
  });

  it('agrees with the binary and generalised vectors', () => {
    for (const { id, inputs, expected } of read(VECTORS).vectors) {
      if (id.startsWith('kelly_binary')) {
        expect(kellyBinary(inputs.p, inputs.b)).toBeCloseTo(expected, 12);
      } else if (id === 'kelly_generalised_payoffs') {
        expect(kellyGainLoss(inputs.p, inputs.win_frac, inputs.loss_frac)).toBeCloseTo(expected, 9);
      }
    }
  });
});

describe('the binary stake', () => {
  it('is the top of the growth curve', () => {
    for (const [p, b] of [
      [0.6, 1],
      [0.4, 2],
      [0.9, 0.3],
    ] as const) {
      const best = kellyBinary(p, b);
      const top = logGrowth(p, b, best);
      expect(logGrowth(p, b, best - 0.01)).toBeLessThan(top);
      expect(logGrowth(p, b, best + 0.01)).toBeLessThan(top);
    }
  });

  it('is negative without an edge and NaN without a reward, so that it fails closed', () => {
    expect(kellyBinary(0.4, 1)).toBeCloseTo(-0.2, 12);
    expect(kellyBinary(0.6, 0)).toBeNaN();
    expect(kellyBinary(Number.NaN, 1)).toBeNaN();
  });
});

describe('a track record', () => {
  it('starts as its prior and is that prior while nothing has happened', () => {
    const record = new TrackRecord();
    expect(record.winRate(0.55, 30)).toBe(0.55);
    expect(record.winRate(0.55, 0)).toBe(0.55);
    expect(record.rewardToRisk(2, 30)).toBe(2);
  });

  it('is shrunk towards the prior as if that were so many trades', () => {
    const record = new TrackRecord();
    for (const each of [0.04, 0.02, -0.01, 0.03, -0.02]) record.add(each);
    // 3 wins of 5, prior 0.5 worth 5: (3 + 2.5) / 10.
    expect(record.winRate(0.5, 5)).toBeCloseTo(0.55, 12);
    // Mean win 0.03, mean loss 0.015: 2. Prior 1 worth 5: (2 x 5 + 1 x 5) / 10.
    expect(record.rewardToRisk(1, 5)).toBeCloseTo(1.5, 12);
  });

  it('keeps the prior reward until it holds a win and a loss', () => {
    const record = new TrackRecord();
    record.add(0.1);
    expect(record.rewardToRisk(2, 0)).toBe(2);
    record.add(-0.1);
    expect(record.rewardToRisk(2, 0)).toBeCloseTo(1, 12);
  });

  it('counts a trade that made nothing as lost, and does not divide by its size', () => {
    const record = new TrackRecord();
    record.add(0.1);
    record.add(0);
    expect(record.winRate(0.5, 0)).toBe(0.5);
    expect(record.rewardToRisk(2, 0)).toBe(2);
  });
});
