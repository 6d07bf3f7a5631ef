// The legs of one venue: what is known of each from moment to moment, and why it takes no new risk.

import type { Instrument } from '../../engine/market/instrument.ts';
import { type Note, type NoteCode, note } from '../note.ts';

/** Why nothing new is opened on a leg. */
export type Block = 'position' | 'external-order' | 'external-fill' | 'margin';

export interface WatchedLeg {
  readonly leg: number;
  readonly instrument: Instrument;
  /** The venue's mark price, NaN = never told; and when it was asked for, monotonic ms. */
  mark: number;
  markedMs: number;
  /** Fills up to here were asked for and are booked, UTC ms; NaN until the port has begun. */
  fillsMs: number;
  /** What happened from here on is this session's, UTC ms; NaN until the port has begun. */
  beganMs: number;
  readonly blocks: Set<Block>;
}

export class VenueLegs {
  readonly all: readonly WatchedLeg[];
  readonly symbols: readonly string[];
  readonly #byLeg = new Map<number, WatchedLeg>();
  readonly #bySymbol = new Map<string, WatchedLeg>();
  readonly #tell: (note: Note) => void;

  readonly #venue: string;

  constructor(
    venue: string,
    legs: readonly { readonly leg: number; readonly instrument: Instrument }[],
    tell: (note: Note) => void,
  ) {
    this.#venue = venue;
    this.#tell = tell;
    this.all = legs.map(({ leg, instrument }) => ({
      leg,
      instrument,
      mark: Number.NaN,
      markedMs: Number.NEGATIVE_INFINITY,
      fillsMs: Number.NaN,
      beganMs: Number.NaN,
      blocks: new Set(),
    }));
    for (const leg of this.all) {
      this.#byLeg.set(leg.leg, leg);
      this.#bySymbol.set(leg.instrument.symbol, leg);
    }
    this.symbols = [...this.#bySymbol.keys()];
  }

  of(leg: number): WatchedLeg {
    return this.#byLeg.get(leg)!;
  }

  /** undefined = a symbol that the session does not trade. */
  named(symbol: string): WatchedLeg | undefined {
    return this.#bySymbol.get(symbol);
  }

  block(leg: WatchedLeg, cause: Block): void {
    if (leg.blocks.has(cause)) return;
    leg.blocks.add(cause);
    this.tell('blocked', cause, leg.leg);
  }

  unblock(leg: WatchedLeg, cause: Block): void {
    if (leg.blocks.delete(cause)) this.tell('unblocked', cause, leg.leg);
  }

  /** A note on a leg, or, with -1, on the venue, which is then named. */
  tell(code: NoteCode, text: string, leg = -1): void {
    const isNamed = leg >= 0 || text.startsWith(`${this.#venue}:`);
    this.#tell(note(code, isNamed ? text : `${this.#venue}: ${text}`.slice(0, 200), leg));
  }

  /** The venue could not be asked, or said what cannot be read. */
  complain(error: unknown, leg = -1): void {
    this.tell('complaint', textOf(error), leg);
  }
}

/** An error in a line of at most 200 characters. */
export function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}

/** Equal but for what rounding may leave of a lot. */
export function isNear(a: number, b: number, { lotSize }: Pick<Instrument, 'lotSize'>): boolean {
  return Math.abs(a - b) < lotSize / 2;
}
