// The indicator contract. An indicator is written once: `run(from, to)` reads its input columns
// and writes its output columns for those rows, keeping what it must remember in its own fields.
//
//   batch   run(0, n)            the whole history in one tight loop
//   live    run(i, i + 1)        one row as it closes
//
// Both are the same lines of code with the same state, so they agree to the last bit. Rules:
// - a row whose close is NaN is a hole: write NaN, keep the state, go on;
// - before the warm-up is complete: write NaN;
// - never read a row at or beyond `to`; never look at a row after the one being written;
// - allocate in the constructor only.

import { intervalMs as msOf } from '../interval.ts';
import type { CandleColumns } from './column.ts';

export interface Indicator {
  /** Computes rows `from` (included) to `to` (excluded); calls come in order, without gaps. */
  run(from: number, to: number): void;
  /** Forgets everything, as if no row had been seen: after a long hole or a listing break. */
  reset(): void;
}

/** How to make an indicator. Frozen data plus one factory; equal keys mean equal indicators. */
export interface IndicatorSpec {
  /** For example `sma(close,10)`: unique, and what the cache of columns is keyed by. */
  readonly key: string;
  /** Names of the columns it writes, in order, for example `['line', 'signal', 'histogram']`. */
  readonly outputs: readonly string[];
  /** Candles consumed before (and including) the first row on which every output is a number. */
  readonly warmupCandles: number;
  create(input: CandleColumns, outputs: readonly Float64Array[]): Indicator;
}

/** One output of one indicator on one interval: what a strategy declares and then reads. */
export interface Feature {
  readonly indicator: IndicatorSpec;
  /** Index into `indicator.outputs`. */
  readonly output: number;
  /** Candle interval it is computed on; undefined = the interval the strategy decides on. */
  readonly intervalMs?: number;
}

/** `feature` computed on closed candles of the named interval: `on('1h', sma(20))`. */
export function on(interval: string, feature: Feature): Feature {
  return atInterval(msOf(interval), feature);
}

/** The same with the interval in milliseconds. */
export function atInterval(intervalMs: number, feature: Feature): Feature {
  return Object.freeze({ ...feature, intervalMs });
}
