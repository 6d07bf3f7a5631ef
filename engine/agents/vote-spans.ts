// What seats said over a whole run, thinned for people to look at: of each span of time on a leg the lowest
// and the highest vote of every seat, and of all together. A vote stands until another is given, so spans
// without a change are filled with what stood; nothing between two looks is lost.
//
//   note(leg, i, ...)  where a vote changes  ->  spans of the leg up to row i  ->  columns()

import type { Column } from '../market/column.ts';
import type { Panel } from '../market/panel.ts';

/** By leg, then time, then seat; seats that abstained in all of a span have no row for it. */
export interface VoteColumns {
  readonly length: number;
  readonly leg: Column;
  /** Start of the span, UTC ms. */
  readonly openMs: Column;
  /** In the order of the run's agents; -1 = the score of all together. */
  readonly seat: Column;
  /** Confidence signed by direction, to a hundredth; of one that decides alone its target exposure. */
  readonly low: Column;
  readonly high: Column;
}

const NONE_OF_THEM = new Float64Array(0);
/** Of a run that kept none. */
export const NO_VOTES: VoteColumns = Object.freeze({
  length: 0,
  leg: NONE_OF_THEM,
  openMs: NONE_OF_THEM,
  seat: NONE_OF_THEM,
  low: NONE_OF_THEM,
  high: NONE_OF_THEM,
});

/** What stands for no vote. */
const NONE = -128;
const SCALE = 100;
/** A target exposure may be larger, and is cut. */
const MOST = 1.27;

interface OnLeg {
  /** Spans that are filled in. */
  until: number;
  readonly now: Int8Array;
  readonly low: Int8Array;
  readonly high: Int8Array;
}

export class VoteSpans {
  /** Length of a span. */
  readonly spanMs: number;
  readonly #openMs: Column;
  readonly #first: number;
  readonly #spans: number;
  /** Votes of a span: those of the seats, and one of all together. */
  readonly #width: number;
  readonly #legs: (OnLeg | undefined)[] = [];

  /** Spans begin at multiples of `spanMs`, the first of them with row `firstRow`. */
  constructor(panel: Panel, seats: number, spanMs: number, firstRow: number) {
    this.spanMs = spanMs;
    this.#openMs = panel.openMs;
    this.#width = seats + 1;
    const last = panel.length - 1;
    this.#first = firstRow <= last ? this.#spanOf(firstRow) : 0;
    this.#spans = firstRow <= last ? this.#spanOf(last) - this.#first + 1 : 0;
  }

  /** From row `i` on seats say `votes` (NaN = abstained), and all together `score`; both signed. */
  note(leg: number, i: number, votes: Column, score: number): void {
    this.#legs[leg] ??= this.#fresh();
    const own = this.#legs[leg];
    const span = this.#spanOf(i) - this.#first;
    // What stood before is of this span only where rows of the span lie before this one.
    const isStart = i === 0 || this.#spanOf(i - 1) - this.#first < span;
    this.#fill(own, isStart ? span : span + 1);
    const at = span * this.#width;
    for (let k = 0; k < this.#width; k++) {
      const vote = k === this.#width - 1 ? score : votes[k]!;
      const code = vote === vote ? Math.round(Math.min(MOST, Math.max(-MOST, vote)) * SCALE) : NONE;
      own.now[k] = code;
      if (code === NONE) continue;
      if (own.low[at + k] === NONE || code < own.low[at + k]!) own.low[at + k] = code;
      if (own.high[at + k] === NONE || code > own.high[at + k]!) own.high[at + k] = code;
    }
    own.until = span + 1;
  }

  /** All of them; what was said last stands until the end. */
  columns(): VoteColumns {
    const numbers: number[][] = [[], [], [], [], []];
    this.#legs.forEach((own, leg) => {
      if (own === undefined) return;
      this.#fill(own, this.#spans);
      for (let at = 0; at < own.low.length; at++) {
        if (own.low[at] === NONE) continue;
        const k = at % this.#width;
        const openMs = (this.#first + (at - k) / this.#width) * this.spanMs;
        const seat = k === this.#width - 1 ? -1 : k;
        const row = [leg, openMs, seat, own.low[at]! / SCALE, own.high[at]! / SCALE];
        for (let n = 0; n < row.length; n++) numbers[n]!.push(row[n]!);
      }
    });
    const [leg, openMs, seat, low, high] = numbers.map((one) => Float64Array.from(one));
    return { length: leg!.length, leg: leg!, openMs: openMs!, seat: seat!, low: low!, high: high! };
  }

  #fresh(): OnLeg {
    const size = this.#spans * this.#width;
    const none = (length: number) => new Int8Array(length).fill(NONE);
    return { until: 0, now: none(this.#width), low: none(size), high: none(size) };
  }

  /** Puts down what stands in the spans up to `span` (not included). */
  #fill(own: OnLeg, span: number): void {
    for (; own.until < span; own.until++) {
      own.low.set(own.now, own.until * this.#width);
      own.high.set(own.now, own.until * this.#width);
    }
  }

  #spanOf(row: number): number {
    return Math.floor(this.#openMs[row]! / this.spanMs);
  }
}
