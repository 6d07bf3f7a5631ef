// What voters say, heard some thousand rows ahead of one run: every seat is asked about a whole window in
// one tight loop, and the polls of the window are counted before the run comes to them.
//
//   window |----4096 rows----|      asked when the run polls its first row; the run then looks polls up
//
// The invariant: a run that looks up is the run that asks. What a strategy throws is thrown at the row of
// which it was thrown, and only in a run that comes to it.

import { intervalOr } from '../interval.ts';
import type { Panel } from '../market/panel.ts';
import { Ballots } from './ballots.ts';
import { type Failure, Inquiry } from './foresight.ts';
import { Opinions } from './opinions.ts';
import type { SeatSpec } from './seat.ts';

const WINDOW_ROWS = 4096;

export class Hearing {
  /** The polls of the newest window; of no rows before the first. */
  readonly ballots: Ballots;
  readonly #panel: Panel;
  readonly #begin: () => readonly Inquiry[];
  /** Made when the first window is heard, as the seats of a run are made with it. */
  #inquiries: readonly Inquiry[] | null = null;
  readonly #opinions: readonly Opinions[];
  readonly #windowRows: number;
  #failure: Failure | null = null;

  /** `decisionInterval` as in the config. All seats must be foreseeable: see foresight.ts. */
  constructor(
    panel: Panel,
    seats: readonly SeatSpec[],
    decisionInterval: string | null,
    firstRow: number,
    windowRows = WINDOW_ROWS,
  ) {
    const decisionMs = intervalOr(decisionInterval, panel.intervalMs);
    const weights = seats.map((seat) => seat.weight);
    this.#panel = panel;
    this.#windowRows = windowRows;
    this.#begin = () => seats.map((seat) => new Inquiry(panel, seat, decisionInterval, firstRow));
    this.#opinions = seats.map(() => new Opinions(panel, true));
    this.ballots = new Ballots(panel, this.#opinions, weights, decisionMs, firstRow);
  }

  /** Hears the next window. Throws InputError that a strategy threw at its first row. */
  next(): void {
    this.#inquiries ??= this.#begin();
    const from = this.ballots.to;
    let to =
      from === this.#failure?.row ? from : Math.min(from + this.#windowRows, this.#panel.length);
    for (let k = 0; k < this.#opinions.length && to > from; k++) {
      const inquiry = this.#inquiries[k]!;
      to = this.#opinions[k]!.hear(inquiry, from, to);
      // Whoever comes later is asked up to there, so that the last failure is the first one of a run.
      this.#failure = inquiry.failure ?? this.#failure;
    }
    if (to === from) throw this.#failure!.error;
    this.ballots.count(from, to);
  }
}
