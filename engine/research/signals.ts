// What strategies said of every leg at every row, and whether two runs over the same candles heard
// the same.
//
// Only answers that follow from candles alone are compared: votes and targets of strategies that read
// the market. What others said follows from the account as well and is counted.

import type { View, Vote } from '../agents/contract.ts';
import type { SeatSpec } from '../agents/seat.ts';
import type { Instrument } from '../market/instrument.ts';
import { type Answer, type Ear, overheard, type Question } from './witness.ts';

/** What was said, beside its number; `NOT_ASKED` is 0, so that fresh columns say so. */
const NOT_ASKED = 0;
const NOTHING = 1;
const TARGET = 2;
const ACTIONS: readonly string[] = ['HOLD', 'BUY', 'SELL'];
const FIRST_ACTION = 3;

interface Column {
  readonly word: Uint8Array;
  /** The confidence or the target, every bit of it. */
  readonly value: Float64Array;
}

export class SignalLog implements Ear {
  readonly seats: readonly SeatSpec[];
  /** Votes and targets of strategies that read more than the market. */
  uncompared = 0;
  readonly #instruments: readonly Instrument[];
  readonly #rows: number;
  /** Of each seat and leg; null for seats that are not compared. */
  readonly #columns: readonly (readonly Column[] | null)[];
  readonly #legs = new WeakMap<View, number>();

  /** Room for `rows` rows of each leg. */
  constructor(instruments: readonly Instrument[], seats: readonly SeatSpec[], rows: number) {
    this.seats = seats;
    this.#instruments = instruments;
    this.#rows = rows;
    this.#columns = seats.map(({ strategy }) => {
      if ((strategy.reads ?? 'market') !== 'market') return null;
      return instruments.map(() => ({
        word: new Uint8Array(rows),
        value: new Float64Array(rows),
      }));
    });
  }

  /** The seats, heard by this log. */
  overheard(): SeatSpec[] {
    return this.seats.map((seat, k) => overheard(seat, k, this));
  }

  heard(seat: number, row: number, view: View, question: Question, answer: Answer): void {
    if (question !== 'analyze' && question !== 'decide') return;
    const columns = this.#columns[seat]!;
    if (columns === null) {
      this.uncompared++;
      return;
    }
    if (!(row >= 0 && row < this.#rows)) return;
    const { word, value } = columns[this.#legOf(view)]!;
    word[row] = wordOf(question, answer);
    value[row] = numberOf(answer);
  }

  /** Whether both were asked, one of them, or none, and the first seat that said something else. */
  compareAt(other: SignalLog, leg: number, row: number): Comparison {
    let asked: Comparison['asked'] = 'none';
    for (let k = 0; k < this.#columns.length; k++) {
      const [mine, its] = [this.#columns[k]?.[leg], other.#columns[k]?.[leg]];
      if (!mine || !its) continue;
      const [a, b] = [mine.word[row]!, its.word[row]!];
      if (a === NOT_ASKED && b === NOT_ASKED) continue;
      if (a === NOT_ASKED || b === NOT_ASKED) return { asked: 'one', seat: k };
      asked = 'both';
      if (a !== b || !Object.is(mine.value[row], its.value[row])) return { asked, seat: k };
    }
    return asked === 'both' ? SAME : NOBODY;
  }

  /** `BUY 0.7`, `target 1`, `nothing`, `was not asked`. */
  textAt(seat: number, leg: number, row: number): string {
    const { word, value } = this.#columns[seat]![leg]!;
    switch (word[row]!) {
      case NOT_ASKED:
        return 'was not asked';
      case NOTHING:
        return 'nothing';
      case TARGET:
        return `target ${value[row]}`;
      default:
        return `${ACTIONS[word[row]! - FIRST_ACTION] ?? 'no vote'} ${value[row]}`;
    }
  }

  /** A view is one object per leg of a seat, used again for every row. */
  #legOf(view: View): number {
    const known = this.#legs.get(view);
    if (known !== undefined) return known;
    const { venue, symbol } = view;
    const leg = this.#instruments.findIndex((instrument) => {
      return instrument.venue === venue && instrument.symbol === symbol;
    });
    this.#legs.set(view, leg);
    return leg;
  }
}

export interface Comparison {
  readonly asked: 'none' | 'one' | 'both';
  /** The first seat of which the answers differ; -1 = they are the same. */
  readonly seat: number;
}

const NOBODY: Comparison = Object.freeze({ asked: 'none', seat: -1 });
const SAME: Comparison = Object.freeze({ asked: 'both', seat: -1 });

function wordOf(question: Question, answer: Answer): number {
  if (answer === null || answer === undefined) return NOTHING;
  if (question === 'decide') return TARGET;
  return FIRST_ACTION + ACTIONS.indexOf((answer as Vote).action);
}

function numberOf(answer: Answer): number {
  if (answer === null || answer === undefined) return 0;
  return typeof answer === 'number' ? answer : (answer as Vote).confidence;
}

export interface SignalComparison {
  /** Legs' rows on which both were asked. */
  readonly candles: number;
  /** Legs' rows on which only one was asked, which is excused. */
  readonly unasked: number;
  readonly first: { readonly row: number; readonly leg: number; readonly seat: number } | null;
}

/**
 * Compares what was said at the first `rows` rows, leg by leg. At a row that is `excused` one of the
 * two may not have been asked.
 */
export function compareSignals(
  a: SignalLog,
  b: SignalLog,
  legs: number,
  rows: number,
  excused: (row: number) => boolean,
): SignalComparison {
  let candles = 0;
  let unasked = 0;
  let first: SignalComparison['first'] = null;
  for (let row = 0; row < rows; row++) {
    for (let leg = 0; leg < legs; leg++) {
      const { asked, seat } = a.compareAt(b, leg, row);
      if (asked === 'none') continue;
      if (asked === 'both') candles++;
      else if (excused(row)) {
        unasked++;
        continue;
      }
      if (seat >= 0 && first === null) first = { row, leg, seat };
    }
  }
  return { candles, unasked, first };
}
