// Moving average convergence and divergence: a fast mean minus a slow one, and its own mean.
//
// Each mean is seeded with the simple mean of its own first values (technicalindicators, LEAN).
// TA-Lib starts the fast mean later, so that both seeds end on the same candle; the two agree after
// a few slow periods. No output is written before the signal exists.

import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
  sourceColumn,
} from './definition.ts';

/**
 * `line` = ema(fast) - ema(slow), `signal` = ema(signal) of the line, `histogram` = line - signal,
 * all in units of `source`. `fast` < `slow`. First values on candle `slow` + `signal` - 1.
 */
export function macd(
  fast = 12,
  slow = 26,
  signal = 9,
  source: PriceSource = 'close',
): { readonly line: Feature; readonly signal: Feature; readonly histogram: Feature } {
  new Parameters('macd')
    .period('fast', fast)
    .period('slow', slow, 2)
    .period('signal', signal)
    .rule('fast', `must be below slow (${slow})`, fast, !(fast >= slow))
    .source(source)
    .check();
  const spec = defineIndicator(
    `macd(${source},${fast},${slow},${signal})`,
    ['line', 'signal', 'histogram'],
    slow + signal - 1,
    (input, outputs) => new Macd(input, sourceColumn(input, source), outputs, fast, slow, signal),
  );
  return Object.freeze({
    line: featureOf(spec, 0),
    signal: featureOf(spec, 1),
    histogram: featureOf(spec, 2),
  });
}

class Macd implements Indicator {
  readonly #close: Column;
  readonly #source: Column;
  readonly #outputs: readonly Float64Array[];
  readonly #periods: { readonly fast: number; readonly slow: number; readonly signal: number };
  /** Values seen, counted no further than the warm-up. */
  #seen = 0;
  /** Each is a sum while its seed is incomplete, then a mean. */
  #fast = 0;
  #slow = 0;
  #signal = 0;

  constructor(
    input: CandleColumns,
    source: Column,
    outputs: readonly Float64Array[],
    fast: number,
    slow: number,
    signal: number,
  ) {
    this.#close = input.close;
    this.#source = source;
    this.#outputs = outputs;
    this.#periods = { fast, slow, signal };
  }

  reset(): void {
    this.#seen = this.#fast = this.#slow = this.#signal = 0;
  }

  run(from: number, to: number): void {
    const close = this.#close;
    const source = this.#source;
    const lineOut = this.#outputs[0]!;
    const signalOut = this.#outputs[1]!;
    const histogramOut = this.#outputs[2]!;
    const { fast: fastPeriod, slow: slowPeriod, signal: signalPeriod } = this.#periods;
    const fastWeight = 2 / (fastPeriod + 1);
    const slowWeight = 2 / (slowPeriod + 1);
    const signalWeight = 2 / (signalPeriod + 1);
    const warm = slowPeriod + signalPeriod - 1;
    let seen = this.#seen;
    let fast = this.#fast;
    let slow = this.#slow;
    let signal = this.#signal;
    for (let i = from; i < to; i++) {
      const x = source[i]!;
      const c = close[i]!;
      if (c !== c) {
        lineOut[i] = signalOut[i] = histogramOut[i] = Number.NaN;
        continue;
      }
      if (seen === warm) {
        fast += (x - fast) * fastWeight;
        slow += (x - slow) * slowWeight;
        signal += (fast - slow - signal) * signalWeight;
      } else {
        seen++;
        if (seen > fastPeriod) fast += (x - fast) * fastWeight;
        else fast = seen === fastPeriod ? (fast + x) / fastPeriod : fast + x;
        if (seen > slowPeriod) slow += (x - slow) * slowWeight;
        else slow = seen === slowPeriod ? (slow + x) / slowPeriod : slow + x;
        if (seen >= slowPeriod) signal += fast - slow;
        if (seen < warm) {
          lineOut[i] = signalOut[i] = histogramOut[i] = Number.NaN;
          continue;
        }
        signal /= signalPeriod;
      }
      const line = fast - slow;
      lineOut[i] = line;
      signalOut[i] = signal;
      histogramOut[i] = line - signal;
    }
    this.#seen = seen;
    this.#fast = fast;
    this.#slow = slow;
    this.#signal = signal;
  }
}
