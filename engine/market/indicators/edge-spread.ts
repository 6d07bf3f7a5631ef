// EDGE over a moving window; see edge.ts for the estimator. Both of its moment conditions are
// polynomials in the returns a, b and d of a step, so 19 sums and three counts over the window hold all
// there is to know, and a row costs the same whatever the period. The sums are kept in blocks and never
// subtracted (see window.ts): they do not drift, and an absurd candle is forgotten when it leaves.
//
//   tails[k] = the sums of the last block from its k-th step to its end     head = this block's so far

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { halfLog, rootOf } from './edge.ts';

/**
 * The spread over the last `period` candles as a fraction of the price: 0.01 is 1 %, half of it is what
 * a taker pays. The squared estimate can come out negative, which means a spread too small to be seen:
 * its root is then of the absolute value, as in the authors' code, or negative if `signed`, which is the
 * one for a cost model to read, with everything not above 0 as "unseen".
 * `period` is 3 to 100,000. First value on candle `period`; NaN while fewer than two candles of the
 * window moved, or while opens or closes tell nothing (see `edge`).
 */
export function edgeSpread(period: number, signed = false): Feature {
  new Parameters('edgeSpread').period('period', period, 3).check();
  return featureOf(
    defineIndicator(
      `edgeSpread(${period},${signed ? 'signed' : 'absolute'})`,
      ['value'],
      period,
      (input, [out]) => new EdgeSpread(input, out!, period, signed),
    ),
  );
}

/** Numbers in a row of sums; their order is that of `addStep`. */
const SUMS = 19;

class EdgeSpread implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #signed: boolean;
  /** Steps in a window: one less than its candles. */
  readonly #size: number;
  /** Row k: the sums of the last block from its k-th step to its end; the row after the block is 0. */
  readonly #tails: Float64Array;
  readonly #head = new Float64Array(SUMS);
  /** A ring of the steps in the window: a, b and d, and what `moved`, `opens` and `closes` count. */
  readonly #steps: Float64Array;
  readonly #marks: Uint8Array;
  #at = 0;
  #moved = 0;
  #opens = 0;
  #closes = 0;
  #lastClose = Number.NaN;
  #lastD = 0;
  #lastApart = 0;

  constructor(input: CandleColumns, out: Float64Array, period: number, signed: boolean) {
    this.#input = input;
    this.#out = out;
    this.#signed = signed;
    this.#size = period - 1;
    this.#tails = new Float64Array(SUMS * period);
    this.#steps = new Float64Array(3 * this.#size);
    this.#marks = new Uint8Array(this.#size);
    this.reset();
  }

  reset(): void {
    this.#tails.fill(Number.NaN, 0, SUMS * this.#size);
    this.#marks.fill(0);
    this.#head.fill(0);
    this.#at = this.#moved = this.#opens = this.#closes = 0;
    this.#lastClose = Number.NaN;
  }

  run(from: number, to: number): void {
    const { open, high, low, close } = this.#input;
    const out = this.#out;
    const size = this.#size;
    const signed = this.#signed;
    const tails = this.#tails;
    const steps = this.#steps;
    const marks = this.#marks;
    const head = this.#head;
    let at = this.#at;
    let moved = this.#moved;
    let opens = this.#opens;
    let closes = this.#closes;
    let lastClose = this.#lastClose;
    let lastD = this.#lastD;
    let lastApart = this.#lastApart;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c !== c) {
        out[i] = Number.NaN;
        continue;
      }
      const o = open[i]!;
      const h = high[i]!;
      const l = low[i]!;
      if (lastClose === lastClose) {
        const step = 3 * at;
        const gone = marks[at]!;
        // Counts are exact, so they may be subtracted.
        moved -= gone & 1;
        opens -= (gone >> 1) & 3;
        closes -= gone >> 3;
        if (h !== l || l !== lastClose) {
          const openApart = Number(o !== h) + Number(o !== l);
          moved++;
          opens += openApart;
          closes += lastApart;
          marks[at] = 1 | (openApart << 1) | (lastApart << 3);
          steps[step] = halfLog(h * l, o);
          steps[step + 1] = o === lastClose ? 0 : Math.log(o / lastClose);
          steps[step + 2] = lastD;
          addStep(head, steps, step);
        } else {
          marks[at] = 0;
          steps[step] = steps[step + 1] = steps[step + 2] = 0;
        }
        at++;
        estimate(out, i, tails, SUMS * at, head, size, moved, opens, closes, signed);
        if (at === size) {
          fold(tails, steps, size);
          head.fill(0);
          at = 0;
        }
      } else {
        out[i] = Number.NaN;
      }
      lastClose = c;
      lastD = -halfLog(h * l, c);
      lastApart = Number(c !== h) + Number(c !== l);
    }
    this.#at = at;
    this.#moved = moved;
    this.#opens = opens;
    this.#closes = closes;
    this.#lastClose = lastClose;
    this.#lastD = lastD;
    this.#lastApart = lastApart;
  }
}

/** Turns the steps of a full block into the sums from each of them to the end of the block. */
function fold(tails: Float64Array, steps: Float64Array, size: number): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let s8 = 0;
  let s9 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s14 = 0;
  let s15 = 0;
  let s16 = 0;
  let s17 = 0;
  let s18 = 0;
  for (let k = size - 1; k >= 0; k--) {
    const a = steps[3 * k]!;
    const b = steps[3 * k + 1]!;
    const d = steps[3 * k + 2]!;
    const ab = a * b;
    const bd = b * d;
    const ad = a * d;
    const row = SUMS * k;
    tails[row] = s0 += a;
    tails[row + 1] = s1 += b;
    tails[row + 2] = s2 += d;
    tails[row + 3] = s3 += ab;
    tails[row + 4] = s4 += bd;
    tails[row + 5] = s5 += ad;
    tails[row + 6] = s6 += b * b;
    tails[row + 7] = s7 += d * d;
    tails[row + 8] = s8 += ab * ab;
    tails[row + 9] = s9 += ab * b;
    tails[row + 10] = s10 += ab * d;
    tails[row + 11] = s11 += ab * bd;
    tails[row + 12] = s12 += ab * ad;
    tails[row + 13] = s13 += bd * bd;
    tails[row + 14] = s14 += bd * b;
    tails[row + 15] = s15 += bd * d;
    tails[row + 16] = s16 += bd * ad;
    tails[row + 17] = s17 += ad * ad;
    tails[row + 18] = s18 += ad * d;
  }
}

/** Adds one step to the sums of this block. */
function addStep(head: Float64Array, steps: Float64Array, at: number): void {
  const a = steps[at]!;
  const b = steps[at + 1]!;
  const d = steps[at + 2]!;
  const ab = a * b;
  const bd = b * d;
  const ad = a * d;
  head[0]! += a;
  head[1]! += b;
  head[2]! += d;
  head[3]! += ab;
  head[4]! += bd;
  head[5]! += ad;
  head[6]! += b * b;
  head[7]! += d * d;
  head[8]! += ab * ab;
  head[9]! += ab * b;
  head[10]! += ab * d;
  head[11]! += ab * bd;
  head[12]! += ab * ad;
  head[13]! += bd * bd;
  head[14]! += bd * b;
  head[15]! += bd * d;
  head[16]! += bd * ad;
  head[17]! += ad * ad;
  head[18]! += ad * d;
}

/** Writes the estimate of the window = tail + head: the moments of `edge`, multiplied out. */
function estimate(
  out: Float64Array,
  i: number,
  tails: Float64Array,
  row: number,
  head: Float64Array,
  n: number,
  moved: number,
  opens: number,
  closes: number,
  signed: boolean,
): void {
  if (moved < 2 || opens === 0 || closes === 0) {
    out[i] = Number.NaN;
    return;
  }
  const perMoved = 1 / moved;
  const meanA = (tails[row]! + head[0]!) * perMoved;
  const b = tails[row + 1]! + head[1]!;
  const meanB = b * perMoved;
  const perOpen = -4 / opens;
  const perClose = -4 / closes;
  const both = perOpen + perClose;
  const d = tails[row + 2]! + head[2]!;
  const bd = tails[row + 4]! + head[4]!;
  const dd = tails[row + 7]! + head[7]!;
  const abb = tails[row + 9]! + head[9]!;
  const abd = tails[row + 10]! + head[10]!;
  const bdb = tails[row + 14]! + head[14]!;
  const bdd = tails[row + 15]! + head[15]!;
  const add = tails[row + 18]! + head[18]!;
  // With P = (a - meanA)b, Q = (b - meanB)d and R = (a - meanA)d the second condition of the paper
  // is perOpen P + perClose Q, and the first is the second + both R.
  const p = tails[row + 3]! + head[3]! - meanA * b;
  const q = bd - meanB * d;
  const r = tails[row + 5]! + head[5]! - meanA * d;
  const pp = tails[row + 8]! + head[8]! - meanA * (2 * abb - meanA * (tails[row + 6]! + head[6]!));
  const qq = tails[row + 13]! + head[13]! - meanB * (2 * bdd - meanB * dd);
  const rr = tails[row + 17]! + head[17]! - meanA * (2 * add - meanA * dd);
  const pq = tails[row + 11]! + head[11]! - meanA * bdb - meanB * (abd - meanA * bd);
  const pr = tails[row + 12]! + head[12]! - meanA * (2 * abd - meanA * bd);
  const qr = tails[row + 16]! + head[16]! - meanA * bdd - meanB * (add - meanA * dd);
  // The factor n of the frequencies and the 1 / n of the means are one and the same here.
  const mean2 = perOpen * p + perClose * q;
  const mean1 = mean2 + both * r;
  const square2 = perOpen * (perOpen * pp + 2 * perClose * pq) + perClose * perClose * qq;
  const square1 = square2 + both * (2 * (perOpen * pr + perClose * qr) + both * rr);
  const variance1 = Math.max(0, n * square1 - mean1 * mean1);
  const variance2 = Math.max(0, n * square2 - mean2 * mean2);
  out[i] = rootOf(mean1, variance1, mean2, variance2, signed);
}
