// How far the newest candle is from what is usual, in deviations that outliers cannot widen: the
// modified z-score of Iglewicz and Hoaglin (1993), against the candles before it.
//
//   score = 0.6745 (x - median) / median of |x - median|          of the last `period`, x not among them
//
// Where half of a window are equal that median is 0; then the mean distance stands in, times
// sqrt(pi / 2), as they do, and where that is 0 as well any other value is infinitely far.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { SortedWindow } from './sorted-window.ts';

/** What is measured: the log return since the candle before, log high over low, or log volume. */
export type Measured = 'return' | 'range' | 'volume';

const MEASURED: readonly string[] = ['return', 'range', 'volume'];
/** Of a normal distribution, the median distance in standard deviations, and the mean one. */
const MEDIAN_DISTANCE = 0.674_489_750_196_081_7;
const MEAN_DISTANCE = 0.797_884_560_802_865_4;

/**
 * In robust standard deviations, either sign; 0 where nothing differs. `period` is 4 to 100,000. First
 * on candle `period` + 1, and one later for returns. A candle without volume is infinitely far below.
 */
export function robustScore(measured: Measured, period: number): Feature {
  const rule = `must be one of ${MEASURED.join(', ')}`;
  new Parameters('robustScore')
    .rule('measured', rule, measured, MEASURED.includes(measured))
    .period('period', period, 4)
    .check();
  return featureOf(
    defineIndicator(
      `robustScore(${measured},${period})`,
      ['value'],
      period + (measured === 'return' ? 2 : 1),
      (input, [out]) => new RobustScore(input, out!, measured, period),
    ),
  );
}

class RobustScore implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #measured: Measured;
  readonly #period: number;
  readonly #window: SortedWindow;
  #before = Number.NaN;

  constructor(input: CandleColumns, out: Float64Array, measured: Measured, period: number) {
    this.#input = input;
    this.#out = out;
    this.#measured = measured;
    this.#period = period;
    this.#window = new SortedWindow(period);
  }

  reset(): void {
    this.#window.reset();
    this.#before = Number.NaN;
  }

  run(from: number, to: number): void {
    const { close } = this.#input;
    const out = this.#out;
    const window = this.#window;
    for (let i = from; i < to; i++) {
      out[i] = Number.NaN;
      const c = close[i]!;
      if (c !== c) continue;
      const x = this.#measure(i);
      if (x !== x) continue;
      if (window.length === this.#period) out[i] = scoreOf(window, x);
      window.push(x);
    }
  }

  #measure(i: number): number {
    const { high, low, close, volume } = this.#input;
    if (this.#measured === 'range') return Math.log(high[i]! / low[i]!);
    if (this.#measured === 'volume') return Math.log(volume[i]!);
    const before = this.#before;
    this.#before = close[i]!;
    return Math.log(close[i]! / before);
  }
}

function scoreOf(window: SortedWindow, x: number): number {
  const median = window.median();
  if (x === median) return 0;
  const distance = window.medianDistance(median);
  if (distance > 0) return (MEDIAN_DISTANCE * (x - median)) / distance;
  return (MEAN_DISTANCE * (x - median)) / meanDistance(window, median);
}

function meanDistance({ sorted, length }: SortedWindow, centre: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += Math.abs(sorted[k]! - centre);
  return sum / length;
}
