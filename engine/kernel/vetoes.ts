// Who stands against: agents that refuse an entry, or no longer stand for a position that is open.
// Every one of them is shown the account as it is for the market in question.

import type { Seat } from '../agents/seat.ts';
import type { RefusalCode } from '../risk/refusal.ts';
import type { DeciderParts } from './decide.ts';
import type { Holdings } from './holdings.ts';

export class Vetoes {
  /** Somebody may refuse an entry or end a position. */
  readonly any: boolean;
  /** Somebody may end a position at any close. */
  readonly endsHolding: boolean;
  /** The word of the agent that `whoEnds` found. */
  word = '';
  /** Those who may end a position. */
  readonly #enders: readonly Seat[];
  readonly #parts: DeciderParts;
  readonly #holdings: Holdings;

  constructor(parts: DeciderParts, holdings: Holdings) {
    const { seats } = parts;
    this.#parts = parts;
    this.#holdings = holdings;
    this.#enders = seats.filter((seat) => seat.strategy.vetoHolding);
    this.endsHolding = this.#enders.length > 0;
    this.any = this.endsHolding || seats.some((seat) => seat.strategy.veto);
  }

  /** The first refusal of an entry at row `i`; null = nobody refuses. */
  refusal(leg: number, side: 1 | -1, i: number): RefusalCode | null {
    const { seats, view, warm } = this.#parts;
    this.show(leg);
    for (const seat of seats) {
      if (!seat.strategy.veto) continue;
      // Fails closed: who cannot see yet does not wave an entry through.
      const isWarm = warm[leg]! >= seat.warmupCandles;
      const code = isWarm ? seat.veto(leg, i, view, side) : 'warming-up';
      if (code === null) continue;
      seat.vetoes++;
      return `veto-${code}`;
    }
    return null;
  }

  /** The first agent that no longer stands for the position of a leg; its word is then in `word`. */
  whoEnds(leg: number, i: number): Seat | null {
    const { portfolio, view, warm, desk } = this.#parts;
    const at = this.#holdings.heldAt(leg);
    if (at < 0 || desk.isClosing(at)) return null;
    view.show(portfolio, at);
    for (let k = 0; k < this.#enders.length; k++) {
      const seat = this.#enders[k]!;
      if (warm[leg]! < seat.warmupCandles) continue;
      const word = seat.vetoHolding(leg, i, view);
      if (word === null) continue;
      this.word = word;
      return seat;
    }
    return null;
  }

  /** Shows an agent the account as it is for a market: where it holds something, if it does. */
  show(leg: number): void {
    const { portfolio, view } = this.#parts;
    const at = this.#holdings.heldAt(leg);
    view.show(portfolio, at < 0 ? leg : at);
  }
}
