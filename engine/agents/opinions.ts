// What one seat votes on every leg, asked for ahead of a run: of each leg only the rows at which it says
// something else than before, and what. Looked up in a run, and in every other run in which it would say
// the same: by ballots.ts. Either of a whole history, or of some thousand rows at a time.
//
//   row      0  1  2  3  4  5  6  7          rows    1     4     6
//   votes    -  H  H  H  B  B  -  -          said    HOLD  BUY   ABSTAINED
//
// Only for strategies that read the market alone: they say the same in every run over the same
// candles, whatever is done with it. Vetoes read the account and are always asked.

import { NumberList } from '../columns.ts';
import type { Panel } from '../market/panel.ts';
import type { AskedRows } from './asked-rows.ts';
import type { Action } from './contract.ts';
import { type Foreseen, Inquiry } from './foresight.ts';
import type { Saying, Seat, SeatSpec } from './seat.ts';

/** What was said; all but an abstention have a confidence beside them. */
export const ABSTAINED = 1;
export const HOLD = 2;
export const BUY = 3;
export const SELL = 4;
/** Numbers for which there is room at first: many seats are asked in one sweep. */
const ROOM = 128;
const SAID: Readonly<Record<Action, number>> = { HOLD, BUY, SELL };

/** Of one leg. What is said stands until something else is, at rows at which nobody is asked, too. */
export class Sayings {
  /** All three of one length. */
  readonly rows = new NumberList(ROOM);
  readonly said = new NumberList(ROOM);
  readonly confidence = new NumberList(ROOM);
  /** The words of a vote, or why there is none; empty where nobody keeps them. */
  readonly words: (string | undefined)[] = [];
  /** The last of them. */
  readonly last: Saying = { action: undefined, confidence: 0, words: undefined };
  readonly #keepsWords: boolean;

  constructor(keepsWords: boolean) {
    this.#keepsWords = keepsWords;
  }

  get bytes(): number {
    const columns = [this.rows, this.said, this.confidence];
    return columns.reduce((sum, { values }) => sum + values.byteLength, 0);
  }

  /** Writes down that `last` is said from a row on. */
  add(row: number): void {
    const { action, confidence, words } = this.last;
    this.rows.push(row);
    this.said.push(action == null ? ABSTAINED : SAID[action]);
    this.confidence.push(confidence);
    if (this.#keepsWords) this.words.push(words);
  }

  clear(): void {
    this.#empty();
    this.last.action = undefined;
  }

  /** Forgets all but the last, which stands as of `row`. */
  keepLast(row: number): void {
    this.#empty();
    if (this.last.action !== undefined) this.add(row);
  }

  #empty(): void {
    this.rows.clear();
    this.said.clear();
    this.confidence.clear();
    this.words.length = 0;
  }

  /** The number of what stands at a row; -1 = nothing was said. */
  at(row: number): number {
    const { values } = this.rows;
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (values[middle]! <= row) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

export class Opinions implements Foreseen {
  /** By leg. */
  readonly sayings: readonly Sayings[];
  readonly #keepsWords: boolean;

  constructor({ legs }: Panel, keepsWords = false) {
    this.sayings = legs.map(() => new Sayings(keepsWords));
    this.#keepsWords = keepsWords;
  }

  get bytes(): number {
    return this.sayings.reduce((sum, one) => sum + one.bytes, 0);
  }

  foresee(panel: Panel, spec: SeatSpec, decisionInterval: string | null, firstRow: number): void {
    for (const one of this.sayings) one.clear();
    const inquiry = new Inquiry(panel, spec, decisionInterval, firstRow);
    this.hear(inquiry, 0, panel.length);
    if (inquiry.failure !== null) throw inquiry.failure.error;
  }

  /**
   * Asks about rows `from` to `to`, the next ones, in place of those before; returns the row that
   * answers end at, see Inquiry.
   */
  hear(inquiry: Inquiry, from: number, to: number): number {
    for (const one of this.sayings) one.keepLast(from);
    return inquiry.each(from, to, (seat, rows, a, b) => this.#ask(seat, rows, a, b));
  }

  #ask(seat: Seat, rows: AskedRows, from: number, to: number): void {
    const { leg, everyFrom } = rows;
    const sayings = this.sayings[leg]!;
    const { last } = sayings;
    const keeps = this.#keepsWords;
    let i = from;
    for (; i < to && i < everyFrom; i++) {
      const isWarm = rows.sees(i);
      if (isWarm === null || !rows.hasCandle) continue;
      if (isWarm) {
        if (seat.analyzeUntil(leg, i, i + 1, last, keeps) === i) sayings.add(i);
      } else if (last.action !== null || last.words !== undefined) {
        last.action = null;
        last.confidence = 0;
        last.words = undefined;
        sayings.add(i);
      }
    }
    for (; i < to; i++) {
      i = seat.analyzeUntil(leg, i, to, last, keeps);
      if (i < to) sayings.add(i);
    }
  }
}
