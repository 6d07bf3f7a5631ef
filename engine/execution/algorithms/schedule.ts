// Whole lots over slices of time: what TWAP and VWAP share, and the count of lots all algorithms
// keep.
//
//   qty -> total lots -> largest remainder over weights -> lots due at each slice -> children
//
// The invariant: a child is cut to total - filled - resting, so no path can exceed the parent. What
// a slice could not send (rounding, the venue's minimum, a refused child) is due with the next one.

import type { Problem } from '../../errors.ts';
import { assert } from '../../errors.ts';
import { lotsIn, qtyOfLots } from '../../market/instrument.ts';
import type { Algorithm, Child, Moment, ParentFacts } from './contract.ts';

/**
 * Splits `totalLots` (a whole number >= 0) in proportion to `weights` (each >= 0, sum > 0) into
 * whole numbers that add up to it exactly: floors first, then one more to the largest remainders,
 * ties to the earliest (Hamilton's method). Throws InvariantError on other input.
 */
export function largestRemainder(totalLots: number, weights: readonly number[]): number[] {
  let sum = 0;
  for (const weight of weights) {
    assert(weight >= 0, 'weights of slices are at least 0');
    sum += weight;
  }
  assert(sum > 0 && sum < Infinity, 'weights of slices add up to more than 0');
  assert(Number.isSafeInteger(totalLots) && totalLots >= 0, 'lots are a whole number');
  const shares = weights.map((weight) => (totalLots * weight) / sum);
  let left = totalLots;
  const lots = shares.map((share) => {
    const whole = Math.min(Math.floor(share), left);
    left -= whole;
    return whole;
  });
  const remainder = (index: number) => shares[index]! - lots[index]!;
  const order = lots.map((_, index) => index);
  order.sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (let k = 0; left > 0; k++, left--) lots[order[k % order.length]!]!++;
  return lots;
}

/** Problems of a window cut into slices; `baseMs` is the length of a base candle. */
export function checkWindow(
  windowMs: number,
  slices: number,
  baseMs: number,
  key = 'execution',
): Problem[] {
  const problems: Problem[] = [];
  if (!(windowMs > 0 && windowMs < Infinity)) {
    const rule = 'must be above 0';
    problems.push({ key: `${key}.windowMinutes`, rule, value: windowMs / 60_000 });
  }
  if (!(Number.isSafeInteger(slices) && slices >= 1)) {
    const rule = 'must be a whole number of at least 1';
    problems.push({ key: `${key}.slices`, rule, value: slices });
  }
  if (problems.length === 0 && windowMs / slices < baseMs) {
    const most = Math.floor(windowMs / baseMs);
    const rule =
      most >= 1
        ? `must give slices no shorter than a base candle (${baseMs / 60_000} min): at most ${most}`
        : `must be 1, in a window no shorter than a base candle (${baseMs / 60_000} min)`;
    problems.push({ key: `${key}.slices`, rule, value: slices });
  }
  return problems;
}

/** The lots of one parent: how many there are, how many may still be sent. */
export class ParentLots {
  /** Whole lots of the parent, rounded down: what is below a lot is missed. */
  readonly total: number;
  readonly #parent: ParentFacts;

  constructor(parent: ParentFacts) {
    assert(parent.lotSize > 0 && parent.lotSize < Infinity, 'a lot is above 0');
    assert(parent.qty >= 0 && parent.qty < Infinity, 'a parent quantity is at least 0');
    const price = parent.decisionPrice;
    assert(price > 0 && price < Infinity, 'a decision price is above 0');
    this.#parent = parent;
    this.total = lotsIn(parent, parent.qty);
  }

  /** Lots that may still be sent; NaN quantities give NaN, which sends nothing. */
  room({ filledQty, restingQty }: Moment): number {
    const taken = (filledQty + restingQty) / this.#parent.lotSize;
    return this.total - Math.ceil(taken * (1 - 1e-12) - 1e-9);
  }

  isFilled({ filledQty }: Moment): boolean {
    return lotsIn(this.#parent, filledQty) >= this.total;
  }

  /**
   * Lots of a child when `wanted` are: cut to the room, 0 while it would be below the venue's
   * minimum at `price`, and everything when what it leaves would be below that minimum for good.
   */
  sizeOf(wanted: number, moment: Moment, price: number): number {
    const room = this.room(moment);
    const lots = Math.min(wanted, room);
    if (!(lots >= 1) || !this.#isEnough(lots, price)) return 0;
    return room > lots && !this.#isEnough(room - lots, price) ? room : lots;
  }

  /** Fewest lots that the venue takes at `price`, at least 1. */
  fewest(price: number): number {
    const { minNotionalUsd, lotSize } = this.#parent;
    return Math.max(1, Math.ceil((minNotionalUsd / (lotSize * price)) * (1 - 1e-12)));
  }

  qtyOf(lots: number): number {
    return qtyOfLots(this.#parent, lots);
  }

  /** False for a NaN price: nothing is sent on an unknown one. */
  #isEnough(lots: number, price: number): boolean {
    return this.qtyOf(lots) * price >= this.#parent.minNotionalUsd;
  }
}

/** A market child; what a candle's volume leaves of it rests until the algorithm cancels it. */
export function marketChild(qty: number): Child {
  const none = Number.NaN;
  return { qty, type: 'market', limitPrice: none, timeInForce: 'gtc', expiresMs: none };
}

/** A limit child that the venue itself cancels at `expiresMs`. */
export function limitChild(qty: number, limitPrice: number, expiresMs: number): Child {
  return { qty, type: 'limit', limitPrice, timeInForce: 'gtd', expiresMs };
}

/** One market child for the whole room, once: MARKET itself, and what a sniper falls back to. */
export class MarketOnce implements Algorithm {
  readonly #lots: ParentLots;
  readonly #decisionPrice: number;
  #askedMs = Number.NaN;
  #isSent = false;

  constructor(parent: ParentFacts, lots: ParentLots = new ParentLots(parent)) {
    this.#lots = lots;
    this.#decisionPrice = parent.decisionPrice;
  }

  get isAsked(): boolean {
    return !Number.isNaN(this.#askedMs);
  }

  next(moment: Moment): Child | null {
    if (this.isAsked) return null;
    this.#askedMs = moment.nowMs;
    // In a hole the child is sent all the same and waits at the venue.
    const price = Number.isNaN(moment.price) ? this.#decisionPrice : moment.price;
    const lots = this.#lots.sizeOf(this.#lots.total, moment, price);
    this.#isSent = lots > 0;
    return this.#isSent ? marketChild(this.#lots.qtyOf(lots)) : null;
  }

  /** Later than it was sent: at the same moment the child is not counted as resting yet. */
  isOver({ nowMs, restingQty }: Moment): boolean {
    if (!this.#isSent) return this.isAsked || this.#lots.total === 0;
    return nowMs > this.#askedMs && restingQty === 0;
  }

  cancelsResting(): boolean {
    return false;
  }
}

/** Market children at given times inside a window; at its end what is unfilled is cancelled. */
export class SlicedWindow implements Algorithm {
  readonly #lots: ParentLots;
  readonly #sliceMs: readonly number[];
  readonly #sliceLots: readonly number[];
  readonly #endMs: number;
  readonly #baseMs: number;
  #slice = 0;
  #dueLots = 0;
  #isDue = false;

  /**
   * `sliceMs` are times in ascending order, `weights` one for each. A slice goes to the close
   * nearest to its time (`baseMs` = length of a base candle), so that a jitter shorter than half a
   * candle cannot push two slices into one; `baseMs` 0: to the first close at or after its time.
   */
  constructor(
    parent: ParentFacts,
    sliceMs: readonly number[],
    weights: readonly number[],
    endMs: number,
    baseMs: number,
  ) {
    this.#lots = new ParentLots(parent);
    this.#sliceMs = sliceMs;
    this.#sliceLots = largestRemainder(this.#lots.total, weights);
    this.#endMs = endMs;
    this.#baseMs = baseMs;
  }

  next(moment: Moment): Child | null {
    if (moment.nowMs >= this.#endMs) return null;
    const reachMs = moment.nowMs + this.#baseMs / 2;
    while (this.#slice < this.#sliceMs.length && this.#sliceMs[this.#slice]! <= reachMs) {
      this.#dueLots += this.#sliceLots[this.#slice++]!;
      this.#isDue = true;
    }
    // A slice waits through a hole, but one that the venue refused waits for the next slice: asked
    // again at each close, it would be refused again at each close.
    if (!this.#isDue || Number.isNaN(moment.price)) return null;
    this.#isDue = false;
    const sent = this.#lots.total - this.#lots.room(moment);
    const lots = this.#lots.sizeOf(this.#dueLots - sent, moment, moment.price);
    return lots > 0 ? marketChild(this.#lots.qtyOf(lots)) : null;
  }

  isOver(moment: Moment): boolean {
    return moment.nowMs >= this.#endMs || this.#lots.isFilled(moment);
  }

  cancelsResting({ nowMs }: Moment): boolean {
    return nowMs >= this.#endMs;
  }
}
