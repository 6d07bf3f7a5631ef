// Fills: how much of an order trades at a price that a rule of matching has named, what that costs,
// and who is told. Size is bounded by the order, the position it may reduce, the share of the candle's
// volume that is left for us, and the margin behind it.

import type { WorldConfig } from '../config/schema.ts';
import type { Order } from '../execution/order.ts';
import { lotsIn, qtyOfLots, roundQty } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import type { Accounts } from './account.ts';
import { type Bar, makeBar, OPEN, VOLUME } from './bar.ts';
import { worsePrice } from './costs/impact.ts';
import type { Counter } from './counter.ts';
import { FillCosts } from './fill-costs.ts';
import type { Floor } from './floor.ts';
import type { Resting } from './resting.ts';
import { isEntry } from './rules.ts';
import type { VenueSink } from './sink.ts';

export class Dealer implements Floor {
  /** The candle that each leg is meeting, or met last. */
  readonly bars: readonly Bar[];
  /** Row and turn of the candle that is being met. */
  row = 0;
  turn = 0;
  /** Orders now filling do so inside the candle, not at its open. */
  isInside = false;
  readonly #panel: Panel;
  readonly #accounts: Accounts;
  readonly #counter: Counter;
  readonly #sink: VenueSink;
  readonly #costs: FillCosts;
  readonly #liquidationRate: number;
  /** Share of a candle's volume that we get; Infinity = all we want. */
  readonly #share: number;
  readonly #waitsForVolume: boolean;
  /** Of each leg: base units of the candle that are left for us, as of `#budgetTurn`. */
  readonly #budget: Float64Array;
  readonly #budgetTurn: Int32Array;
  /** Turn in which an entry of the leg last filled; inside a candle, at a time not known. */
  readonly #entryTurn: Int32Array;
  readonly #openedTurn: Int32Array;

  constructor(
    panel: Panel,
    world: WorldConfig,
    accounts: Accounts,
    counter: Counter,
    sink: VenueSink,
  ) {
    const legs = panel.legs.length;
    this.#panel = panel;
    this.#accounts = accounts;
    this.#counter = counter;
    this.#sink = sink;
    this.#costs = new FillCosts(panel, world, accounts);
    this.#liquidationRate = world.margin.liquidationFeeBps / 10_000;
    this.#share = world.fills.volumeShare ?? Number.POSITIVE_INFINITY;
    this.#waitsForVolume = world.fills.zeroVolume === 'wait';
    this.bars = panel.legs.map(makeBar);
    this.#budget = new Float64Array(legs);
    this.#budgetTurn = new Int32Array(legs).fill(-1);
    this.#entryTurn = new Int32Array(legs).fill(-1);
    this.#openedTurn = new Int32Array(legs).fill(-1);
  }

  liquidationAt(leg: number): number {
    return this.#accounts.liquidationAt[leg]!;
  }

  held(leg: number): number {
    return this.#accounts.positions[leg]!.qty;
  }

  /** True when there is something that the order would bring towards zero. */
  reduces({ leg, side }: Order): boolean {
    const held = this.#accounts.positions[leg]!.qty;
    return held !== 0 && held > 0 !== side > 0;
  }

  openedInside(leg: number): boolean {
    return this.#openedTurn[leg] === this.turn;
  }

  openedNow(leg: number): boolean {
    return this.#entryTurn[leg] === this.turn;
  }

  /** Fills an order that takes; one that has nothing to reduce when it comes in is refused. */
  take(slot: Resting, reference: number): void {
    const isNew = !slot.arrived;
    slot.arrived = true;
    if (isNew && slot.order.reduceOnly && !this.reduces(slot.order)) {
      this.#counter.reject(slot, 'reduce-only');
    } else {
      this.fill(slot, reference, false);
    }
  }

  fill(slot: Resting, reference: number, isMaker: boolean): void {
    const { order } = slot;
    const { leg, side } = order;
    const { instrument } = this.#panel.legs[leg]!;
    const held = this.#accounts.positions[leg]!.qty;
    let wanted = slot.qty;
    if (order.reduceOnly) {
      if (!this.reduces(order)) {
        this.#counter.drop(slot);
        return;
      }
      wanted = Math.min(wanted, Math.abs(held));
    }
    const half = isMaker ? 0 : this.#costs.halfSpread(leg, this.row);
    const feeRate = this.#costs.feeRate(leg, isMaker, this.#counter.tsMs);
    if (wanted !== wanted) {
      // A share of equity: whole lots that it buys here, fee included.
      const amountUsd = order.equityFraction * this.#accounts.worthUsd();
      wanted = roundQty(instrument, amountUsd / (reference * (1 + side * half) * (1 + feeRate)));
      if (!(wanted > 0) || !(wanted * reference >= instrument.minNotionalUsd)) {
        this.#counter.reject(slot, 'below-min-notional');
        return;
      }
      slot.qty = wanted;
    }
    const room = this.#room(leg);
    let size = room >= wanted ? wanted : roundQty(instrument, room);
    let impact = isMaker ? 0 : this.#costs.impact(leg, this.row, size);
    let price = worsePrice(reference, side, half + impact);
    const { limitPrice, timeInForce, ocoGroup } = slot.terms;
    const worst = isMaker ? Number.NaN : worstPrice(reference, side, limitPrice);
    if (side * (price - worst) > 0) {
      // A limit is a promise. Where the spread alone breaks it, a rule has named the limit's own price;
      // else it is our size that does, and less of it trades.
      if (side * (reference * (1 + side * half) - worst) >= 0) impact = 0;
      else {
        size = this.#sizeWithin(leg, side, reference, half, size, worst);
        impact = this.#costs.impact(leg, this.row, size);
      }
      price = worsePrice(reference, side, half + impact);
      if (side * (price - worst) > 0) price = worst;
    }
    const isWhole = size === wanted;
    if (timeInForce === 'fok' && !isWhole) {
      this.#counter.drop(slot);
      return;
    }
    if (!(size > 0) || impact !== impact) return;
    // What closes a position needs no margin.
    const closes = held !== 0 && held > 0 !== side > 0 ? Math.abs(held) : 0;
    if (size > closes && !this.#accounts.canCarry(leg, (size - closes) * price)) {
      this.#counter.reject(slot, 'insufficient-margin');
      return;
    }
    this.#budget[leg]! -= size;
    slot.filled += size;
    const feeUsd = size * price * feeRate;
    const slippageUsd = Math.abs(price - reference) * size;
    const impactUsd = reference * impact * size;
    this.#accounts.fill(leg, side * size, price, feeUsd);
    this.#costs.traded(leg, this.#counter.tsMs, size * price);
    if (isEntry(order)) {
      this.#entryTurn[leg] = this.turn;
      if (this.isInside) this.#openedTurn[leg] = this.turn;
    }
    const leaves = isWhole ? 0 : roundQty(instrument, wanted - size + instrument.lotSize / 2);
    if (isWhole) slot.gone = true;
    else slot.qty = leaves;
    const maker = isMaker ? 1 : 0;
    const signed = side * size;
    if (this.#counter.isInstant) {
      this.#sink.onFill(
        this.#counter.tsMs,
        order.id,
        signed,
        price,
        feeUsd,
        slippageUsd,
        impactUsd,
        maker,
        leaves,
      );
    } else {
      this.#tellLate(order, signed, price, feeUsd, slippageUsd, impactUsd, maker, leaves);
    }
    // Only the fill that opens a position brings its protection along: as the kernel has it.
    if (order.purpose === 'entry' && held === 0) {
      // A resting limit that the open lies beyond has filled on the way there.
      const open = this.bars[leg]![OPEN]!;
      const isGap = isMaker && side * (open - reference) <= 0;
      this.#counter.wake(order, price, this.isInside && !isGap ? this.turn : -1);
    }
    if (ocoGroup > 0) this.#counter.shrinkGroup(slot, size);
  }

  /** Apart from `fill`: what a closure captures costs room at every fill, made or not. */
  #tellLate(
    { id, leg }: Order,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    impactUsd: number,
    maker: 0 | 1,
    leaves: number,
  ): void {
    this.#counter.answer(leg, (tsMs) =>
      this.#sink.onFill(tsMs, id, qty, price, feeUsd, slippageUsd, impactUsd, maker, leaves),
    );
  }

  liquidate(leg: number, price: number): void {
    const qty = -this.#accounts.positions[leg]!.qty;
    const book = this.#counter.books[leg]!;
    for (let k = 0; k < book.count; k++)
      if (!book.slots[k]!.gone) this.#counter.drop(book.slots[k]!);
    for (let k = 0; k < this.#counter.takers.count; k++) {
      const slot = this.#counter.takers.slots[k]!;
      if (slot.order.leg === leg && !slot.gone) this.#counter.drop(slot);
    }
    const feeUsd = Math.abs(qty) * price * this.#liquidationRate;
    this.#accounts.fill(leg, qty, price, feeUsd);
    this.#counter.answer(leg, (tsMs) => this.#sink.onLiquidation(tsMs, leg, qty, price, feeUsd));
  }

  /** Price at which a taker of the leg buys or sells when the market is at `reference`. */
  quote(leg: number, reference: number, side: 1 | -1): number {
    return reference * (1 + side * this.#costs.halfSpread(leg, this.row));
  }

  /** Most whole lots, up to `most`, whose own impact leaves the price no worse than `worst`. */
  #sizeWithin(
    leg: number,
    side: 1 | -1,
    reference: number,
    half: number,
    most: number,
    worst: number,
  ): number {
    const { instrument } = this.#panel.legs[leg]!;
    let low = 0;
    let high = lotsIn(instrument, most);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const impact = this.#costs.impact(leg, this.row, qtyOfLots(instrument, middle));
      if (side * (worsePrice(reference, side, half + impact) - worst) <= 0) low = middle;
      else high = middle - 1;
    }
    return qtyOfLots(instrument, low);
  }

  /** Base units of the candle being met that are left for our orders. */
  #room(leg: number): number {
    if (this.#budgetTurn[leg] !== this.turn) {
      this.#budgetTurn[leg] = this.turn;
      const volume = this.bars[leg]![VOLUME]!;
      // Nobody traded: there was nobody to trade with. Unknown volume counts as none.
      if (this.#waitsForVolume && !(volume > 0)) this.#budget[leg] = 0;
      else if (volume > 0) this.#budget[leg] = volume * this.#share;
      else this.#budget[leg] = Number.POSITIVE_INFINITY;
    }
    return this.#budget[leg]!;
  }
}

/** The order's limit, or where nobody is left to trade with: costs of half the price and more. */
function worstPrice(reference: number, side: 1 | -1, limitPrice: number): number {
  const last = reference * (1 + side * 0.5);
  return side * (limitPrice - last) < 0 ? limitPrice : last;
}
