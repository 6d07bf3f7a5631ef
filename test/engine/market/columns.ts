// Random candles from a seed, and a feature computed on them by itself: what the tests of this
// folder share. A hole has a time and nothing else.

import { MINUTE_MS } from '../../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import type { Feature } from '../../../engine/market/indicator.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { START_MS } from '../../support/market.ts';

export interface RandomOptions {
  /** Share of rows that are holes. */
  readonly holes?: number;
  readonly startMs?: number;
  readonly intervalMs?: number;
  readonly price?: number;
}

export function randomCandles(seed: number, rows: number, options: RandomOptions = {}) {
  const { holes = 0, startMs = START_MS, intervalMs = MINUTE_MS, price = 100 } = options;
  const draw = random(seed, 'candles');
  const candles = candleArrays(rows);
  let last = price;
  for (let i = 0; i < rows; i++) {
    candles.openMs[i] = startMs + i * intervalMs;
    if (draw() < holes) continue;
    const close = last * Math.exp(0.01 * gaussian(draw));
    candles.open[i] = last;
    candles.high[i] = Math.max(last, close) * (1 + 0.005 * draw());
    candles.low[i] = Math.min(last, close) * (1 - 0.005 * draw());
    candles.close[i] = close;
    candles.volume[i] = 0.1 + 10 * draw();
    last = close;
  }
  return candles;
}

/** Candles with these closes and nothing else to them. */
export function closesOnly(closes: readonly number[]): CandleArrays {
  const candles = candleArrays(closes.length);
  closes.forEach((close, i) => {
    candles.openMs[i] = START_MS + i * MINUTE_MS;
    candles.open[i] = candles.high[i] = candles.low[i] = candles.close[i] = close;
    candles.volume[i] = 1;
  });
  return candles;
}

/** All outputs of the indicator behind `feature`, filled in the runs that `cuts` make of the rows. */
export function outputsOf(
  feature: Feature,
  candles: CandleArrays,
  cuts: readonly number[] = [],
): Float64Array[] {
  const rows = candles.close.length;
  const outputs = feature.indicator.outputs.map(() => new Float64Array(rows).fill(-1));
  const indicator = feature.indicator.create(candles, outputs);
  let from = 0;
  for (const to of [...cuts, rows]) {
    indicator.run(from, to);
    from = to;
  }
  return outputs;
}

/** The one column a feature stands for. */
export function columnOf(feature: Feature, candles: CandleArrays): Float64Array {
  return outputsOf(feature, candles)[feature.output]!;
}

/** Rows `from` to `to` as candles of their own. */
export function slice(candles: CandleArrays, from: number, to: number): CandleArrays {
  return {
    openMs: candles.openMs.slice(from, to),
    open: candles.open.slice(from, to),
    high: candles.high.slice(from, to),
    low: candles.low.slice(from, to),
    close: candles.close.slice(from, to),
    volume: candles.volume.slice(from, to),
  };
}
