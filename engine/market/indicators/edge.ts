// EDGE: the effective bid-ask spread as candles show it. Ardia, Guidotti and Kroencke, "Efficient
// estimation of bid-ask spreads from open, high, low, and close prices", Journal of Financial
// Economics 161 (2024) 103916, with the conventions of its authors' code (bidask) for windows that
// tell nothing. Every step from a candle to the next that moved at all gives three log returns:
//
//   a = mid - open    b = open - last close    d = last close - last mid     (mid = ln(high x low) / 2)
//
// This is the direct form, written after the paper; `edgeSpread` is the same over a moving window.
// Returns are logs of ratios, so no digit is lost to the size of the price.

import { InputError } from '../../errors.ts';
import type { Column } from '../column.ts';

/**
 * The effective spread over whole columns as a fraction of the price: 0.01 is 1 %. The squared estimate
 * can be negative, which means a spread too small to be seen: its root is then that of the absolute
 * value, as in the authors' code, or negative if `signed`.
 * Rows whose close is NaN are taken as not there. NaN below three candles, where fewer than two moved, or
 * where every open (or every close but the last) is both high and low of its candle.
 * Throws InputError when the columns differ in length.
 */
export function edge(
  open: Column,
  high: Column,
  low: Column,
  close: Column,
  signed = false,
): number {
  checkLengths('edge', open, high, low, close);
  const steps = stepsOf(open, high, low, close);
  const n = steps.length;
  const moved = sumOf(steps, (s) => s.t);
  const opens = sumOf(steps, (s) => s.opens);
  const closes = sumOf(steps, (s) => s.closes);
  if (moved < 2 || opens === 0 || closes === 0) return Number.NaN;
  const meanA = sumOf(steps, (s) => s.a) / moved;
  const meanB = sumOf(steps, (s) => s.b) / moved;
  const perOpen = (-4 * n) / opens;
  const perClose = (-4 * n) / closes;
  const first = steps.map(({ a, b, d, t }) => {
    const ofOpen = (a - t * meanA) * (b + d);
    return perOpen * ofOpen + perClose * (a + b - t * (meanA + meanB)) * d;
  });
  const second = steps.map(({ a, b, d, t }) => {
    return perOpen * (a - t * meanA) * b + perClose * (b - t * meanB) * d;
  });
  const [mean1, variance1] = momentsOf(first);
  const [mean2, variance2] = momentsOf(second);
  return rootOf(mean1, variance1, mean2, variance2, signed);
}

/** Throws InputError unless all columns are as long as the first. */
export function checkLengths(name: string, ...columns: readonly Column[]): void {
  const lengths = columns.map((column) => column.length);
  if (lengths.every((length) => length === lengths[0])) return;
  throw new InputError({ key: name, rule: 'columns must have the same length', value: lengths });
}

interface Step {
  readonly a: number;
  readonly b: number;
  readonly d: number;
  readonly t: number;
  /** 0 to 2: of high and low, how many the open is apart from, when the price moved. */
  readonly opens: number;
  /** The same of the last close and its candle. */
  readonly closes: number;
}

const STILL: Step = { a: 0, b: 0, d: 0, t: 0, opens: 0, closes: 0 };

function stepsOf(open: Column, high: Column, low: Column, close: Column): Step[] {
  const steps: Step[] = [];
  let last = -1;
  for (let i = 0; i < close.length; i++) {
    if (Number.isNaN(close[i])) continue;
    if (last >= 0) {
      const o = open[i]!;
      const h = high[i]!;
      const l = low[i]!;
      const c1 = close[last]!;
      const h1 = high[last]!;
      const l1 = low[last]!;
      // Where the price did not move, open = high = low = last close, and all three returns are 0 or
      // count for nothing; said here so that a candle whose open is outside its range cannot matter.
      if (h === l && l === c1) steps.push(STILL);
      else {
        steps.push({
          a: halfLog(h * l, o),
          b: Math.log(o / c1),
          d: -halfLog(h1 * l1, c1),
          t: 1,
          opens: apart(o, h) + apart(o, l),
          closes: apart(c1, h1) + apart(c1, l1),
        });
      }
    }
    last = i;
  }
  return steps;
}

function apart(x: number, y: number): number {
  return x === y ? 0 : 1;
}

function sumOf(steps: readonly Step[], pick: (step: Step) => number): number {
  let sum = 0;
  for (const step of steps) sum += pick(step);
  return sum;
}

function momentsOf(values: readonly number[]): [mean: number, variance: number] {
  let sum = 0;
  for (const x of values) sum += x;
  const mean = sum / values.length;
  let squares = 0;
  for (const x of values) squares += (x - mean) ** 2;
  return [mean, squares / values.length];
}

/** The two conditions weighted by each other's variance; equally where neither varies. */
export function rootOf(
  mean1: number,
  variance1: number,
  mean2: number,
  variance2: number,
  signed: boolean,
): number {
  const total = variance1 + variance2;
  const square = total > 0 ? (variance2 * mean1 + variance1 * mean2) / total : (mean1 + mean2) / 2;
  const root = Math.sqrt(Math.abs(square));
  return signed && square < 0 ? -root : root;
}

/** ln of a candle's mid price over `price`; `product` is high x low. */
export function halfLog(product: number, price: number): number {
  return 0.5 * Math.log(product / (price * price));
}
