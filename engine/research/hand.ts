// What one hand did with a kernel: every order it made, what strategies said, and how it stood at
// every close. Two hands over the same candles are then compared (shadow.ts).
//
// Nothing here looks into the kernel but at closes, and nothing changes it.

import type { SeatSpec } from '../agents/seat.ts';
import type { Order, Purpose } from '../execution/order.ts';
import type { Kernel } from '../kernel.ts';
import type { Instrument } from '../market/instrument.ts';
import { SignalLog } from './signals.ts';

/** An order as it was made: what is needed to find its like in another run. */
export interface OrderMade {
  readonly leg: number;
  readonly side: 1 | -1;
  readonly purpose: Purpose;
  /** Close at which it was decided, UTC ms. */
  readonly createdMs: number;
  /** A person's word led to it. */
  readonly byOperator: boolean;
}

/** Whose word it stands under, which the kernel does not know. */
export interface Words {
  readonly isHaltedByPerson: boolean;
  /** The session paused itself, because the venue's positions were not its own. */
  readonly isPausedByItself: boolean;
}

/** Nobody has said anything. */
export const NO_WORDS: Words = Object.freeze({ isHaltedByPerson: false, isPausedByItself: false });

const STALE = 1;
const PAUSED = 2;
const HALTED = 4;
const BY_PERSON = 8;
const BY_ITSELF = 16;
/** From this bit on: one for each venue whose breaker keeps entries back. */
const FIRST_VENUE = 32;
/** Venues beyond this many share no bit; a run has two or three. */
const MOST_VENUES = 20;

export class Hand {
  readonly signals: SignalLog;
  /** The order with id n is at n - 1. */
  readonly orders: OrderMade[] = [];
  /** Orders that a person's word took back, by id. */
  readonly takenBack = new Set<number>();
  /** Of each row, how it stood when it was decided. */
  readonly #standing: Int32Array;

  /** Room for `rows` rows of each leg. */
  constructor(instruments: readonly Instrument[], seats: readonly SeatSpec[], rows: number) {
    this.signals = new SignalLog(instruments, seats, rows);
    this.#standing = new Int32Array(rows);
  }

  submitted(order: Order, byOperator: boolean): void {
    const { id, leg, side, purpose, createdMs } = order;
    this.orders[id - 1] = { leg, side, purpose, createdMs, byOperator };
  }

  cancelled(orderId: number, byOperator: boolean): void {
    if (byOperator) this.takenBack.add(orderId);
  }

  /** A row has just been decided on. */
  closed({ row, standing, routing }: Kernel, words: Words): void {
    const { isStale, isPaused, isHalted } = standing;
    let bits = isStale ? STALE : 0;
    if (isPaused) bits |= PAUSED;
    if (isHalted) bits |= HALTED;
    if (isHalted && words.isHaltedByPerson) bits |= BY_PERSON;
    if (isPaused && words.isPausedByItself) bits |= BY_ITSELF;
    if (routing.isTroubled) {
      for (let k = 0; k < Math.min(routing.breakers.length, MOST_VENUES); k++) {
        if (routing.breakers[k]!.toState().mode !== 'closed') bits |= FIRST_VENUE << k;
      }
    }
    this.#standing[row - 1] = bits;
  }

  /** Its candles were too old to be traded on. */
  isStale(row: number): boolean {
    return (this.#standing[row]! & STALE) !== 0;
  }

  /** A person has halted it, or paused it. */
  isHeldBack(row: number): boolean {
    return this.isHaltedByPerson(row) || (this.#standing[row]! & (PAUSED | BY_ITSELF)) === PAUSED;
  }

  isHaltedByPerson(row: number): boolean {
    return (this.#standing[row]! & BY_PERSON) !== 0;
  }

  /** It had paused itself, because the venue's positions were not its own. */
  isAtOdds(row: number): boolean {
    return (this.#standing[row]! & BY_ITSELF) !== 0;
  }

  /** Nobody was asked: a person, or want of equity, had halted it. */
  isHalted(row: number): boolean {
    return (this.#standing[row]! & HALTED) !== 0;
  }

  /** The breaker of a venue (its number in the panel) kept entries back. */
  isVenueOut(row: number, venue: number): boolean {
    return venue < MOST_VENUES && (this.#standing[row]! & (FIRST_VENUE << venue)) !== 0;
  }

  countStale(fromRow: number, rows: number): number {
    let count = 0;
    for (let row = fromRow; row < rows; row++) if (this.isStale(row)) count++;
    return count;
  }
}
