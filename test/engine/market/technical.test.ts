// The adapter: columns equal what the package gives for the whole history at once, each value at the
// candle that produced it, and the indicator contract holds for every name.

import fc from 'fast-check';
import * as library from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import type { CandleArrays } from '../../../engine/market/column.ts';
import type { Feature } from '../../../engine/market/indicator.ts';
import * as indicators from '../../../engine/market/indicators/index.ts';
import {
  PATTERN_NAMES,
  pattern,
  TECHNICAL_NAMES,
  technical,
} from '../../../engine/market/technical.ts';
import { candles as chart } from '../../support/market.ts';
import { columnOf, outputsOf, randomCandles, slice } from './columns.ts';

const SEED = 20_251_121;
const ROWS = 400;

/** An output of each indicator that has several. */
const OUTPUTS: Readonly<Record<string, string>> = {
  macd: 'signal',
  bollingerbands: 'pb',
  stochasticrsi: 'd',
  kst: 'signal',
  heikinashi: 'close',
  adx: 'mdi',
  stochastic: 'd',
  keltnerchannels: 'lower',
  chandelierexit: 'exitShort',
  ichimokucloud: 'spanB',
};

const every: readonly (readonly [string, Feature])[] = [
  ...TECHNICAL_NAMES.map((name) => [name, technical(name, {}, OUTPUTS[name])] as const),
  ...PATTERN_NAMES.map((name) => [name, pattern(name)] as const),
];

const market = randomCandles(11, ROWS);
const lists = {
  open: [...market.open],
  high: [...market.high],
  low: [...market.low],
  close: [...market.close],
  volume: [...market.volume],
  values: [...market.close],
};

type Row = number | Readonly<Record<string, number>>;
type Batch = (input: unknown) => Row[];

describe('an adapted indicator equals the package on the whole history', () => {
  const cases: readonly [string, Record<string, number | boolean>, string?][] = [
    ['sma', { period: 20 }],
    ['ema', { period: 20 }],
    ['wma', { period: 9 }],
    ['rsi', { period: 14 }],
    ['roc', { period: 12 }],
    ['trix', { period: 8 }],
    ['cci', { period: 20 }],
    ['atr', { period: 14 }],
    ['williamsr', { period: 14 }],
    ['mfi', { period: 14 }],
    ['forceindex', { period: 13 }],
    ['obv', {}],
    ['adl', {}],
    ['vwap', {}],
    ['psar', { step: 0.02, max: 0.2 }],
    ['awesomeoscillator', { fastPeriod: 5, slowPeriod: 34 }],
    ['stochastic', { period: 14, signalPeriod: 3 }, 'k'],
    ['stochastic', { period: 14, signalPeriod: 3 }, 'd'],
    ['stochasticrsi', { rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 }, 'k'],
    ['bollingerbands', { period: 20, stdDev: 2 }, 'pb'],
    ['adx', { period: 14 }, 'adx'],
    ['keltnerchannels', { maPeriod: 20, atrPeriod: 10, useSMA: true, multiplier: 1.5 }, 'upper'],
    ['chandelierexit', { period: 22, multiplier: 3 }, 'exitLong'],
    [
      'ichimokucloud',
      { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 },
      'spanB',
    ],
  ];
  it.each(cases)('%s %j %s', (name, parameters, output) => {
    const batch = (library as unknown as Record<string, Batch>)[name]!;
    // The package may reverse its inputs in place: it is given copies.
    const rows = batch({ ...structuredClone(lists), ...parameters });
    const feature = technical(name, parameters, output);
    const column = columnOf(feature, market);
    const warm = feature.indicator.warmupCandles - 1;
    const first = ROWS - rows.length;
    expect(first).toBeLessThanOrEqual(warm);
    expect(column.slice(0, warm).every(Number.isNaN)).toBe(true);
    for (let i = warm; i < ROWS; i++) {
      const row = rows[i - first]!;
      expect(column[i], `row ${i}`).toBe(typeof row === 'number' ? row : row[output!]);
    }
  });

  it('takes another source where the package takes single values', () => {
    const expected = library.EMA.calculate({ period: 5, values: lists.high });
    const column = columnOf(technical('ema', { period: 5, source: 'high' }), market);
    expect([...column.slice(4)]).toEqual(expected);
  });
});

describe('an adapted pattern equals the package asked at every candle', () => {
  /** The package on all candles up to and including row i. */
  const asked = (name: string, data: CandleArrays, i: number) =>
    (library as unknown as Record<string, (input: unknown) => boolean>)[name]!({
      open: [...data.open.slice(0, i + 1)],
      high: [...data.high.slice(0, i + 1)],
      low: [...data.low.slice(0, i + 1)],
      close: [...data.close.slice(0, i + 1)],
    });

  it.each(PATTERN_NAMES.map((name) => [name]))('%s', (name) => {
    const feature = pattern(name);
    const first = feature.indicator.warmupCandles - 1;
    // Prices on a coarse grid gap, touch and repeat: what patterns are made of.
    const grid = randomCandles(5, 300);
    for (const key of ['open', 'high', 'low', 'close'] as const) {
      grid[key].set(grid[key].map((price) => Math.round(price)));
    }
    for (const data of [grid, slice(market, 0, 200)]) {
      const column = columnOf(feature, data);
      for (let i = 0; i < column.length; i++) {
        const expected = i < first ? Number.NaN : asked(name, data, i) ? 1 : 0;
        expect(column[i], `row ${i}`).toBe(expected);
      }
    }
  });

  it('marks the candle that completes the pattern, and only that one', () => {
    const rows = chart('12/13/9/10 9/14/8/13 13/14/12/13');
    expect([...columnOf(pattern('bullishengulfingpattern'), rows)]).toEqual([NaN, 1, 0]);
    const crows = chart('20/21/14/15 18/19/11/12 15/16/8/9 9/10/8/9');
    expect([...columnOf(pattern('threeblackcrows'), crows)]).toEqual([NaN, NaN, 1, 0]);
  });

  it('reaches over a hole to the last candle that exists', () => {
    const rows = chart('12/13/9/10 - 9/14/8/13');
    expect([...columnOf(pattern('bullishengulfingpattern'), rows)]).toEqual([NaN, NaN, 1]);
  });
});

describe.each(every)('%s keeps the indicator contract', (_, feature) => {
  const equal = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
    a.every((column, k) => column.every((x, i) => Object.is(x, b[k]![i])));

  it('one run, any runs and a reset agree to the bit, with holes', () => {
    const property = fc.property(
      fc.integer(),
      fc.constantFrom(0, 0.2),
      fc.array(fc.nat(140), { maxLength: 6 }),
      fc.nat(100),
      (seed, holes, cuts, row) => {
        const data = randomCandles(seed, 140, { holes });
        const whole = outputsOf(feature, data);
        const runs = outputsOf(
          feature,
          data,
          cuts.sort((a, b) => a - b),
        );
        const outputs = whole.map((column) => new Float64Array(column.length));
        const indicator = feature.indicator.create(data, outputs);
        indicator.run(0, row);
        indicator.reset();
        indicator.run(row, 140);
        const after = outputs.map((column) => column.slice(row));
        return equal(whole, runs) && equal(after, outputsOf(feature, slice(data, row, 140)));
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 12 });
  });

  it('is NaN on holes and before the warm-up, a number at its end', () => {
    for (const holes of [0, 0.3]) {
      const data = randomCandles(21, 160, { holes });
      const outputs = outputsOf(feature, data);
      let seen = 0;
      data.close.forEach((close, i) => {
        const hole = Number.isNaN(close);
        if (!hole) seen++;
        const known = !hole && seen >= feature.indicator.warmupCandles;
        for (const column of outputs) expect(Number.isFinite(column[i]), `row ${i}`).toBe(known);
      });
    }
  });
});

describe('asking for what does not exist', () => {
  const problemsOf = (make: () => unknown) => {
    try {
      make();
    } catch (error) {
      if (error instanceof InputError) return error.problems;
    }
    throw new Error('was not refused with InputError');
  };

  it('names the nearest indicator, pattern, output and parameter', () => {
    expect(problemsOf(() => technical('stochastc'))[0]).toMatchObject({ nearest: 'stochastic' });
    expect(problemsOf(() => technical('CCI'))[0]).toMatchObject({ nearest: 'cci' });
    expect(problemsOf(() => technical('toString'))[0]).toMatchObject({ value: 'toString' });
    expect(problemsOf(() => pattern('dojji'))[0]).toMatchObject({ nearest: 'doji' });
    expect(problemsOf(() => technical('adx', {}, 'pid'))[0]).toMatchObject({ nearest: 'pdi' });
    expect(problemsOf(() => technical('cci', { perod: 3 }))[0]).toMatchObject({
      key: 'cci.perod',
      nearest: 'period',
    });
  });

  it('wants an output named where there are several', () => {
    expect(problemsOf(() => technical('stochastic'))[0]!.rule).toBe('must be one of k, d');
  });

  it.each([
    ['cci.period', () => technical('cci', { period: 0 })],
    ['psar.step', () => technical('psar', { step: -1 })],
    ['sma.source', () => technical('sma', { source: 'price' })],
    ['macd.fastPeriod', () => technical('macd', { fastPeriod: 30 }, 'MACD')],
    ['keltnerchannels.useSMA', () => technical('keltnerchannels', { useSMA: 1 }, 'upper')],
    ['obv.period', () => technical('obv', { period: 3 })],
    ['kst.ROCPer2', () => technical('kst', { ROCPer2: 1.5 }, 'kst')],
  ])('refuses a bad %s', (key, make) => {
    expect(problemsOf(make).map((problem) => problem.key)).toContain(key);
  });

  it('is apart from our own indicators: those do not need the package', () => {
    expect(Object.keys(indicators)).not.toContain('technical');
  });
});
