// Sizing rules: each against its formula by hand, and each without an answer when what it needs is
// missing.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrackRecord } from '../../../engine/risk/kelly.ts';
import {
  annualVolatility,
  type SizingConfig,
  type SizingInputs,
  stakeOf,
} from '../../../engine/risk/sizing.ts';

const VECTORS = new URL('../../../../shared/vectors/kelly_voltarget_atr.json', import.meta.url);
const here = existsSync(VECTORS);

const KELLY: SizingConfig = {
  rule: 'kelly',
  notionalFraction: 0.05,
  winRateSource: 'config',
  winRate: 0.55,
  rewardToRisk: 2,
  kellyFraction: 0.5,
  priorTrades: 30,
  lastTrades: 0,
  volatilityTarget: 0.2,
  volatilityCandles: 60,
  riskPerTrade: 0.01,
};

/** A stake where everything that the rule does not read is NaN. */
function stake(config: Partial<SizingConfig>, inputs: Partial<SizingInputs> = {}): number {
  return stakeOf(
    { ...KELLY, ...config },
    {
      record: new TrackRecord(),
      similar: null,
      confidence: Number.NaN,
      annualVolatility: Number.NaN,
      stopDistance: Number.NaN,
      ...inputs,
    },
  );
}

describe('the stake', () => {
  it('under kelly is half of 0.55 - 0.45 / 2 by default', () => {
    expect(stake({})).toBeCloseTo(0.1625, 12);
  });

  it('under kelly takes the win rate from the score: 0.5 + 0.2 x confidence', () => {
    const config = { winRateSource: 'confidence', kellyFraction: 1 } as const;
    // p = 0.7, b = 2: 0.7 - 0.3 / 2. And a score of 0 is a fair coin paid two to one.
    expect(stake(config, { confidence: 1 })).toBeCloseTo(0.55, 12);
    expect(stake(config, { confidence: 0 })).toBeCloseTo(0.25, 12);
    expect(stake({ ...config, rewardToRisk: 1 }, { confidence: 0 })).toBeCloseTo(0, 12);
  });

  it('under kelly learns from the track record, shrunk towards the config', () => {
    const record = new TrackRecord();
    for (const each of [0.04, 0.02, -0.01, 0.03, -0.02]) record.add(each);
    const config = { winRate: 0.5, rewardToRisk: 1, priorTrades: 5 };
    // Win rate 0.55 and reward-to-risk 1.5 by hand in kelly.test.ts: (0.55 - 0.45 / 1.5) / 2.
    expect(stake({ ...config, winRateSource: 'track-record' }, { record })).toBeCloseTo(0.125, 12);
  });

  it('under fixed-fraction is that fraction, under confidence that fraction of the score', () => {
    expect(stake({ rule: 'fixed-fraction' })).toBe(0.05);
    expect(stake({ rule: 'confidence' }, { confidence: 0.8 })).toBeCloseTo(0.04, 12);
  });

  it('under fixed-risk loses riskPerTrade when the stop is hit', () => {
    expect(stake({ rule: 'fixed-risk' }, { stopDistance: 0.02 })).toBeCloseTo(0.5, 12);
  });

  it.skipIf(!here)('under volatility-target agrees with the vector (skipped without it)', () => {
    const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8'));
    const { inputs, expected } = vectors.find(({ id }: { id: string }) => id === 'vol_target');
    const config = { rule: 'volatility-target', volatilityTarget: inputs.target_annual } as const;
    expect(stake(config, { annualVolatility: inputs.realised_annual })).toBeCloseTo(expected, 12);
  });

  it.each([
    ['no score', { rule: 'confidence' }, {}],
    ['a score below 0', { rule: 'confidence' }, { confidence: -0.1 }],
    ['a score above 1', { rule: 'confidence' }, { confidence: Infinity }],
    ['no score for the win rate', { winRateSource: 'confidence' }, {}],
    ['a score below 0 for the win rate', { winRateSource: 'confidence' }, { confidence: -0.1 }],
    ['no volatility', { rule: 'volatility-target' }, {}],
    ['a price that stands still', { rule: 'volatility-target' }, { annualVolatility: 0 }],
    ['a stop that is not warm', { rule: 'fixed-risk' }, {}],
    ['no stop', { rule: 'fixed-risk' }, { stopDistance: 0 }],
    ['no win rate', { winRate: Number.NaN }, {}],
  ] as const)('is no answer with %s', (_, config, inputs) => {
    expect(stake(config, inputs) > 0).toBe(false);
  });

  it('is no answer when the track record holds a return that is not a number', () => {
    const record = new TrackRecord();
    for (const each of [0.1, Number.NaN]) record.add(each);
    expect(stake({ winRateSource: 'track-record' }, { record }) > 0).toBe(false);
  });
});

describe('a track record of the last trades', () => {
  it('is the record of those trades and no others, to the last bit', () => {
    const returns = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), {
      maxLength: 60,
      size: 'max',
    });
    const property = fc.property(returns, fc.integer({ min: 1, max: 20 }), (list, last) => {
      const windowed = new TrackRecord(last);
      for (const each of list) windowed.add(each);
      const fresh = new TrackRecord();
      for (const each of list.slice(-last)) fresh.add(each);
      expect(windowed.trades).toBe(Math.min(last, list.length));
      expect(windowed.winRate(0.5, 3)).toBe(fresh.winRate(0.5, 3));
      expect(windowed.rewardToRisk(2, 3)).toBe(fresh.rewardToRisk(2, 3));
    });
    fc.assert(property, { seed: 1956, numRuns: 200 });
  });
});

describe('annual volatility', () => {
  const DAY_MS = 86_400_000;
  const saw = (up: number, n: number) =>
    Float64Array.from({ length: n }, (_, i) => 100 * (i % 2 === 0 ? 1 : Math.exp(up)));

  it('of daily returns of +1 % and -1 % in turn is about 1 % x sqrt(365)', () => {
    // Ten returns of +-0.01, mean 0: sample variance 10 x 0.0001 / 9.
    const expected = Math.sqrt((10 * 0.0001) / 9) * Math.sqrt(365);
    expect(annualVolatility(saw(0.01, 11), 10, 10, 1, DAY_MS)).toBeCloseTo(expected, 12);
  });

  it('takes a return over as many rows as a decision candle has', () => {
    const days = saw(0.01, 11);
    const hours = Float64Array.from({ length: 22 }, (_, i) => days[i >> 1]!);
    const byDay = annualVolatility(days, 10, 10, 1, DAY_MS);
    expect(annualVolatility(hours, 21, 10, 2, DAY_MS / 2)).toBeCloseTo(byDay, 12);
  });

  it('leaves out returns with a hole at either end and needs half of them', () => {
    const holed = saw(0.01, 11);
    holed[5] = Number.NaN;
    const expected = Math.sqrt((8 * 0.0001) / 7) * Math.sqrt(365);
    expect(annualVolatility(holed, 10, 10, 1, DAY_MS)).toBeCloseTo(expected, 12);
    for (const i of [1, 3, 7]) holed[i] = Number.NaN;
    expect(annualVolatility(holed, 10, 10, 1, DAY_MS)).toBeNaN();
    expect(annualVolatility(saw(0.01, 5), 4, 10, 1, DAY_MS)).toBeNaN();
  });
});
