// Indicators against the package technicalindicators on 1,000 random candles.
//
// Tolerances are those of a comparison of both with direct formulas: the package rounds its RSI to
// two decimals and agrees elsewhere to the last bits. It shares our conventions (simple-mean seeds,
// Wilder seeds from the second candle, population deviation), so every row it gives is compared.

import {
  ADX,
  ATR,
  BollingerBands,
  EMA,
  Highest,
  Lowest,
  MACD,
  OBV,
  ROC,
  RSI,
  SD,
  SMA,
} from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../engine/market/indicator.ts';
import {
  adx,
  atr,
  bollinger,
  change,
  ema,
  highest,
  lowest,
  macd,
  obv,
  rsi,
  sma,
  zScore,
} from '../../../engine/market/indicators/index.ts';
import { columnOf, randomCandles } from './columns.ts';

const ROWS = 1000;
const candles = randomCandles(7, ROWS);
const open = [...candles.open];
const high = [...candles.high];
const low = [...candles.low];
const close = [...candles.close];
const volume = [...candles.volume];

/** The package gives fewer numbers than rows: they belong to the last rows. */
function expectTail(feature: Feature, expected: readonly number[], tolerance: number): void {
  const column = columnOf(feature, candles);
  const first = ROWS - expected.length;
  expect(feature.indicator.warmupCandles).toBe(first + 1);
  for (let i = 0; i < ROWS; i++) {
    if (i < first) expect(column[i], `row ${i}`).toBeNaN();
    else {
      const allowed = tolerance * Math.max(1, Math.abs(expected[i - first]!));
      expect(Math.abs(column[i]! - expected[i - first]!), `row ${i}`).toBeLessThanOrEqual(allowed);
    }
  }
}

describe('indicators and the package technicalindicators on 1,000 random candles', () => {
  it('agree on sma within rounding', () => {
    expectTail(sma(20), SMA.calculate({ period: 20, values: close }), 1e-12);
    expectTail(sma(7, 'open'), SMA.calculate({ period: 7, values: open }), 1e-12);
    expectTail(sma(1), close, 0);
  });

  it('agree on ema to the last bit', () => {
    expectTail(ema(20), EMA.calculate({ period: 20, values: close }), 0);
  });

  it('agree on rsi to its two decimals', () => {
    const rounded = columnOf(rsi(14), candles).map((value) => Number(value.toFixed(2)));
    expect([...rounded.slice(14)]).toEqual(RSI.calculate({ period: 14, values: close }));
    expect(rounded.slice(0, 14).every(Number.isNaN)).toBe(true);
  });

  it('agree on atr within rounding', () => {
    expectTail(atr(14), ATR.calculate({ period: 14, high, low, close }), 1e-12);
  });

  it('agree on macd line, signal and histogram within rounding', () => {
    const expected = MACD.calculate({
      values: close,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    }).slice(8);
    const { line, signal, histogram } = macd();
    expectTail(
      line,
      expected.map((row) => row.MACD!),
      1e-12,
    );
    expectTail(
      signal,
      expected.map((row) => row.signal!),
      1e-12,
    );
    expectTail(
      histogram,
      expected.map((row) => row.histogram!),
      1e-12,
    );
  });

  it('agree on Bollinger bands and the z-score within rounding', () => {
    const expected = BollingerBands.calculate({ period: 20, values: close, stdDev: 2 });
    const { upper, middle, lower } = bollinger(20, 2);
    expectTail(
      upper,
      expected.map((row) => row.upper),
      1e-12,
    );
    expectTail(
      middle,
      expected.map((row) => row.middle),
      1e-12,
    );
    expectTail(
      lower,
      expected.map((row) => row.lower),
      1e-12,
    );
    const mean = SMA.calculate({ period: 20, values: close });
    const deviation = SD.calculate({ period: 20, values: close });
    expectTail(
      zScore(20),
      mean.map((m, k) => (close[k + 19]! - m) / deviation[k]!),
      1e-11,
    );
  });

  it('agree on adx and both directional indicators within rounding', () => {
    const expected = ADX.calculate({ period: 14, high, low, close });
    const outputs = adx(14);
    expectTail(
      outputs.adx,
      expected.map((row) => row.adx),
      1e-12,
    );
    expectTail(
      outputs.plusDi,
      expected.map((row) => row.pdi),
      1e-12,
    );
    expectTail(
      outputs.minusDi,
      expected.map((row) => row.mdi),
      1e-12,
    );
  });

  it('agree on obv up to the volume of the first candle', () => {
    const column = columnOf(obv(), candles);
    const expected = OBV.calculate({ close, volume });
    expect(column[0]).toBe(volume[0]);
    expected.forEach((value, k) => {
      expect(column[k + 1]! - volume[0]!).toBeCloseTo(value, 9);
    });
  });

  it('agree on rolling extremes exactly and on the change over n candles', () => {
    expectTail(highest(20), Highest.calculate({ period: 20, values: high }), 0);
    expectTail(lowest(20), Lowest.calculate({ period: 20, values: low }), 0);
    const rates = ROC.calculate({ period: 12, values: close }).map((rate) => rate / 100);
    expectTail(change(12), rates, 1e-13);
  });
});
