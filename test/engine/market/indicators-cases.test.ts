// Indicators against the series that LEAN and TA-Lib keep in their own tests.
//
// LEAN's files are printed to about seven digits and asserted there within 1e-3, so both are
// allowed. Where a convention differs the test says which rows are compared and why.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import type { Feature } from '../../../engine/market/indicator.ts';
import {
  atr,
  bollinger,
  ema,
  macd,
  obv,
  rsi,
  sma,
  vwap,
} from '../../../engine/market/indicators/index.ts';
import { technical } from '../../../engine/market/technical.ts';
import { closesOnly, columnOf } from './columns.ts';

const LEAN = new URL('../../../../shared/cases/indicators_lean.json', import.meta.url);
const TALIB = new URL('../../../../shared/cases/talib_python.json', import.meta.url);

type Columns = Readonly<Record<string, readonly (number | null)[]>>;
interface LeanSet {
  readonly file: string;
  readonly columns: Columns;
}

const lean: readonly LeanSet[] = existsSync(LEAN)
  ? JSON.parse(readFileSync(LEAN, 'utf8')).sets
  : [];

function setOf(file: string): { candles: CandleArrays; columns: Columns } {
  const { columns } = lean.find((one) => one.file === file)!;
  const column = (name: string) =>
    columns[name] ?? columns[name.toLowerCase()] ?? columns['Close']!;
  const candles = candleArrays(column('Close').length);
  for (const name of ['Open', 'High', 'Low', 'Close'] as const) {
    candles[name.toLowerCase() as 'open'].set(column(name) as number[]);
  }
  candles.volume.set((columns['Volume'] ?? column('Close').map(() => 1)) as number[]);
  return { candles, columns };
}

/** Rows compared: every row that has both numbers, from `from` on. */
function compare(
  actual: Float64Array,
  expected: readonly (number | null)[],
  from = 0,
  tolerance = 1e-3,
): number {
  let compared = 0;
  expected.forEach((value, i) => {
    if (value === null || i < from) return;
    const allowed = Math.max(tolerance, 5e-7 * Math.abs(value));
    expect(Math.abs(actual[i]! - value), `row ${i}: ${actual[i]} for ${value}`).toBeLessThan(
      allowed,
    );
    compared++;
  });
  return compared;
}

/** Where a case starts by itself: the first row with an expected number. */
function firstOf(expected: readonly (number | null)[]): number {
  return expected.findIndex((value) => value !== null);
}

function firstNumber(column: Float64Array): number {
  return column.findIndex((value) => value === value);
}

describe.skipIf(lean.length === 0)('LEAN indicator files (skipped where shared/ is absent)', () => {
  const whole: readonly (readonly [string, string, string, Feature])[] = [
    ['sma(14)', 'spy_with_indicators.txt', 'SMA14', sma(14)],
    ['ema(14)', 'spy_with_indicators.txt', 'EMA14', ema(14)],
    ['rsi(14)', 'spy_with_indicators.txt', 'RSI 14 Wilder', rsi(14)],
    ['bollinger middle', 'spy_bollinger_bands.txt', 'Moving Average 20', bollinger().middle],
    ['bollinger upper', 'spy_bollinger_bands.txt', 'Bollinger Bands® 20 2 Top', bollinger().upper],
    [
      'bollinger lower',
      'spy_bollinger_bands.txt',
      'Bollinger Bands® 20 2 Bottom',
      bollinger().lower,
    ],
  ];
  for (const [title, file, name, feature] of whole) {
    it(`${title} equals ${file} on every row, warm-up included`, () => {
      const { candles, columns } = setOf(file);
      const column = columnOf(feature, candles);
      expect(firstNumber(column)).toBe(firstOf(columns[name]!));
      expect(compare(column, columns[name]!)).toBeGreaterThan(400);
    });
  }

  it('macd line, signal and histogram equal spy_with_macd.txt, which begins after 179 rows', () => {
    const { candles, columns } = setOf('spy_with_macd.txt');
    const { line, signal, histogram } = macd(12, 26, 9);
    expect(compare(columnOf(line, candles), columns['MACD']!)).toBe(183);
    expect(compare(columnOf(signal, candles), columns['Signal']!)).toBe(183);
    expect(compare(columnOf(histogram, candles), columns['Histogram']!)).toBe(183);
  });

  it('the macd line equals spy_with_indicators.txt from where its signal exists', () => {
    const { candles, columns } = setOf('spy_with_indicators.txt');
    const column = columnOf(macd().line, candles);
    expect(firstNumber(column)).toBe(33);
    expect(compare(column, columns['MACD 12 26']!, 33)).toBe(467);
  });

  it('atr(14) equals spy_atr_wilder.txt once the other seed (high - low of row 0) has died away', () => {
    const { candles, columns } = setOf('spy_atr_wilder.txt');
    const column = columnOf(atr(14), candles);
    const expected = columns['Average True Range 14']!;
    expect(compare(column, expected, 80)).toBeGreaterThan(400);
    // Until then the difference is that of the seeds, shrinking by 13/14 a row.
    const gap = column[14]! - expected[14]!;
    for (let i = 14; i < 80; i++) {
      expect(Math.abs(column[i]! - expected[i]! - gap * (13 / 14) ** (i - 14))).toBeLessThan(1e-3);
    }
  });

  it('obv equals spy_with_obv.txt, which leaves out the first row: its volume', () => {
    const { candles, columns } = setOf('spy_with_obv.txt');
    const column = columnOf(obv(), candles);
    expect(column[0]).toBe(candles.volume[0]);
    // Volumes are printed to the hundred, the sums are of the real ones: 50 a row. A day's volume
    // is a thousand times the total of that.
    expect(compare(column, columns['OBV']!, 1, 50 * 500)).toBe(500);
  });

  it('vwap(50) equals spy_with_vwap.txt when given the price LEAN weighs, (o + h + l + c) / 4', () => {
    const { candles, columns } = setOf('spy_with_vwap.txt');
    const { open, high, low, close } = candles;
    const price = close.map((c, i) => (open[i]! + high[i]! + low[i]! + c) / 4);
    const column = columnOf(vwap(50), { ...candles, high: price, low: price, close: price });
    expect(firstNumber(column)).toBe(49);
    expect(compare(column, columns['Moving VWAP 50']!)).toBe(452);
  });

  const adapted: readonly (readonly [string, string, string, Feature, number, number])[] = [
    [
      'cci(14)',
      'spy_with_cci.txt',
      'Commodity Channel Index (CCI) 14',
      technical('cci', { period: 14 }),
      0,
      1e-2,
    ],
    [
      'williamsr(14)',
      'spy_with_williamsR14.txt',
      'Williams %R 14',
      technical('williamsr', { period: 14 }),
      0,
      1e-3,
    ],
  ];
  for (const [title, file, name, feature, from, tolerance] of adapted) {
    it(`the adapter's ${title} equals ${file}`, () => {
      const { candles, columns } = setOf(file);
      expect(compare(columnOf(feature, candles), columns[name]!, from, tolerance)).toBeGreaterThan(
        400,
      );
    });
  }

  it("the adapter's mfi(20) equals spy_mfi.txt from its second row, to its two decimals", () => {
    const { candles, columns } = setOf('spy_mfi.txt');
    const column = columnOf(technical('mfi', { period: 20 }), candles);
    expect(compare(column, columns['Money Flow Index 20']!, 21, 6e-3)).toBe(479);
  });

  it("the adapter's stochastic(12) smoothed by 3 is LEAN's slow %K", () => {
    const { candles, columns } = setOf('spy_with_stoch12k3.txt');
    const d = columnOf(technical('stochastic', { period: 12, signalPeriod: 3 }, 'd'), candles);
    expect(compare(d, columns['Stochastics 12 %K 3']!)).toBeGreaterThan(400);
  });
});

interface TalibCase {
  readonly fn: string;
  readonly period: number;
  readonly input: readonly number[];
  readonly expected?: readonly (number | null)[];
  readonly expected_from_index_10?: readonly number[];
  readonly compatibility?: string;
  readonly note: string;
}
const talib: readonly TalibCase[] = existsSync(TALIB)
  ? JSON.parse(readFileSync(TALIB, 'utf8')).cases
  : [];

describe.skipIf(talib.length === 0)('TA-Lib cases (skipped where shared/ is absent)', () => {
  it('rsi keeps its precision at prices of 2.4e-07', () => {
    const { input, period, expected_from_index_10: expected } = talib.find((c) => c.fn === 'RSI')!;
    const column = columnOf(rsi(period), closesOnly(input));
    expect(column.slice(0, 10).every(Number.isNaN)).toBe(true);
    expected!.forEach((value, k) => {
      expect(column[10 + k]).toBeCloseTo(value, 8);
    });
  });

  it('ema is seeded with the simple mean, as TA-Lib is by default', () => {
    const { input, period, expected } = talib.find((c) => c.fn === 'EMA' && !c.compatibility)!;
    const column = columnOf(ema(period), closesOnly(input));
    expect([...column]).toEqual(expected!.map((value) => value ?? Number.NaN));
  });
});
