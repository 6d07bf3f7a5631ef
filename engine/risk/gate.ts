// The risk gate: the only place where an order is made. Whatever wants to trade asks here and gets
// an ApprovedOrder or a refusal code; the intent to submit takes nothing else, so an order that
// passed no check does not compile.
//
//   decision -> sizing (Kelly or fixed) -> caps (position, exposure, count, leverage) -> lots -> order
//
// Every check is written so that NaN fails closed. Capital promised to an order of this candle is
// reserved until the candle is over, so later candidates are sized on what is left.

import type { RiskConfig } from '../config/schema.ts';
import { assert } from '../errors.ts';
import { type Order, PLAIN, type Purpose } from '../execution/order.ts';
import { type Instrument, roundPrice, roundQty } from '../market/instrument.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { kellyBinary, type TrackRecord } from './kelly.ts';
import type { RefusalCode } from './refusal.ts';

declare const approved: unique symbol;
/** An order that has passed the gate. */
export type ApprovedOrder = Order & { readonly [approved]: true };

export class RiskGate {
  readonly #config: RiskConfig;
  readonly #portfolio: Portfolio;
  readonly #instruments: readonly Instrument[];
  readonly #record: TrackRecord;
  #nextId = 1;
  #reservedUsd = 0;
  #reservedPositions = 0;

  constructor(
    config: RiskConfig,
    portfolio: Portfolio,
    instruments: readonly Instrument[],
    record: TrackRecord,
  ) {
    this.#config = config;
    this.#portfolio = portfolio;
    this.#instruments = instruments;
    this.#record = record;
  }

  /** Forgets what the last candle reserved, keeping what orders in flight still need. */
  beginCandle(inFlightUsd: number, inFlightPositions: number): void {
    this.#reservedUsd = inFlightUsd;
    this.#reservedPositions = inFlightPositions;
  }

  /** The share of equity that the sizing rule stakes on one entry, before caps; <= 0 = no edge. */
  stake(): number {
    const sizing = this.#config.sizing;
    if (sizing.rule === 'fixed-fraction') return sizing.notionalFraction;
    let { winRate, rewardToRisk } = sizing;
    if (sizing.winRateSource === 'track-record') {
      winRate = this.#record.winRate(winRate, sizing.priorTrades);
      rewardToRisk = this.#record.rewardToRisk(rewardToRisk, sizing.priorTrades);
    }
    return sizing.kellyFraction * kellyBinary(winRate, rewardToRisk);
  }

  /**
   * An entry, or an addition, of `fraction` of equity on one leg.
   * `freedUsd` is the notional that a close decided together with it gives back.
   */
  entry(
    leg: number,
    side: 1 | -1,
    fraction: number,
    price: number,
    nowMs: number,
    freedUsd: number,
  ): ApprovedOrder | RefusalCode {
    const config = this.#config;
    const equity = this.#portfolio.equityUsd;
    if (!(equity > 0)) return 'bankrupt';
    if (side < 0 && !config.allowShort) return 'short-not-allowed';
    if (!(fraction > 0)) return 'no-edge';
    const opens = this.#portfolio.positions[leg]!.qty === 0 || freedUsd > 0;
    const positions = this.#portfolio.openPositions + this.#reservedPositions;
    if (opens && freedUsd === 0 && positions >= config.maxPositions) return 'max-positions';
    const instrument = this.#instruments[leg]!;
    const held = opens ? 0 : this.#portfolio.notionalUsd(leg);
    const cap = Math.min(config.maxPositionFraction, instrument.maxLeverage) * equity - held;
    if (!(cap > 0)) return 'max-leverage';
    const free = config.maxExposure * equity - this.#portfolio.grossUsd() + freedUsd;
    if (!(free > 0)) return 'max-exposure';
    const room = free - this.#reservedUsd;
    if (!(room > 0)) return 'no-capital';
    const notional = Math.min(fraction * equity, cap, room);
    const qty = roundQty(instrument, notional / price);
    if (!(qty > 0) || !(qty * price >= instrument.minNotionalUsd)) {
      return room < Math.min(fraction * equity, cap) ? 'no-capital' : 'below-min-notional';
    }
    this.#reservedUsd += notional;
    if (opens && freedUsd === 0) this.#reservedPositions++;
    // Sized at the fill only from flat: what is added to a position is a quantity, known now.
    const atFill = config.sizeAt === 'fill' && opens;
    const order = this.#make(leg, side, 'market', 'entry', price, nowMs);
    if (atFill) order.equityFraction = notional / equity;
    else order.qty = qty;
    order.counts = true;
    return order as ApprovedOrder;
  }

  /** A close of the whole position. Always passes: it only takes risk away. */
  exit(
    leg: number,
    purpose: Purpose,
    price: number,
    nowMs: number,
    counts: boolean,
  ): ApprovedOrder {
    const held = this.#portfolio.positions[leg]!.qty;
    assert(held !== 0, 'there is a position to close');
    const order = this.#make(leg, held > 0 ? -1 : 1, 'market', purpose, price, nowMs);
    order.qty = Math.abs(held);
    order.counts = counts;
    return order as ApprovedOrder;
  }

  /** A close of about `qty` of the position, in whole lots; null when that is less than one. */
  reduction(leg: number, qty: number, price: number, nowMs: number): ApprovedOrder | null {
    const held = this.#portfolio.positions[leg]!.qty;
    const size = roundQty(this.#instruments[leg]!, Math.min(qty, Math.abs(held)));
    if (!(size > 0)) return null;
    const order = this.#make(leg, held > 0 ? -1 : 1, 'market', 'signal', price, nowMs);
    order.qty = size;
    order.counts = true;
    return order as ApprovedOrder;
  }

  /** A stop that sleeps until its parent fills and then rests at `distance` from that fill. */
  attachedStop(parent: ApprovedOrder, distance: number, nowMs: number): ApprovedOrder {
    const side = parent.side > 0 ? -1 : 1;
    const order = this.#make(parent.leg, side, 'stop-market', 'stop', parent.decisionPrice, nowMs);
    order.status = 'dormant';
    order.distance = distance;
    order.attachedTo = parent.id;
    return order as ApprovedOrder;
  }

  /** The venue's own trailing stop, asleep until its parent fills; `buffer` and `activation` of config. */
  attachedTrail(parent: ApprovedOrder, nowMs: number): ApprovedOrder {
    const { buffer, activation } = this.#config.trailingStop;
    const side = parent.side > 0 ? -1 : 1;
    const price = parent.decisionPrice;
    const order = this.#make(parent.leg, side, 'trailing-stop', 'trailing-stop', price, nowMs);
    order.status = 'dormant';
    order.distance = activation;
    order.attachedTo = parent.id;
    order.terms = { ...PLAIN, trailFraction: buffer };
    return order as ApprovedOrder;
  }

  /** A take-profit that sleeps until its parent fills; see `Terms.closeFraction`. */
  attachedTakeProfit(
    parent: ApprovedOrder,
    gain: number,
    closeFraction: number,
    nowMs: number,
  ): ApprovedOrder {
    const side = parent.side > 0 ? -1 : 1;
    const price = parent.decisionPrice;
    const order = this.#make(parent.leg, side, 'limit', 'take-profit', price, nowMs);
    order.status = 'dormant';
    order.distance = gain;
    order.attachedTo = parent.id;
    order.terms = { ...PLAIN, closeFraction };
    return order as ApprovedOrder;
  }

  /** A resting limit that closes `qty` (whole lots) of the position at `limitPrice` (on the grid). */
  takeProfit(leg: number, limitPrice: number, qty: number, nowMs: number): ApprovedOrder {
    const held = this.#portfolio.positions[leg]!.qty;
    assert(held !== 0, 'there is a position to take profit from');
    const price = this.#portfolio.lastPrice[leg]!;
    const order = this.#make(leg, held > 0 ? -1 : 1, 'limit', 'take-profit', price, nowMs);
    order.qty = qty;
    order.terms = { ...PLAIN, limitPrice };
    return order as ApprovedOrder;
  }

  /** A resting stop over the whole position at `triggerPrice`, rounded to the tick. */
  stop(leg: number, purpose: Purpose, triggerPrice: number, nowMs: number): ApprovedOrder {
    const held = this.#portfolio.positions[leg]!.qty;
    assert(held !== 0, 'there is a position to protect');
    const price = this.#portfolio.lastPrice[leg]!;
    const order = this.#make(leg, held > 0 ? -1 : 1, 'stop-market', purpose, price, nowMs);
    order.qty = Math.abs(held);
    order.triggerPrice = roundPrice(this.#instruments[leg]!, triggerPrice);
    return order as ApprovedOrder;
  }

  /** A market order; callers fill in what is special about theirs. */
  #make(
    leg: number,
    side: 1 | -1,
    type: Order['type'],
    purpose: Purpose,
    decisionPrice: number,
    createdMs: number,
  ): Draft {
    return {
      id: this.#nextId++,
      leg,
      side,
      type,
      purpose,
      reduceOnly: purpose !== 'entry',
      terms: PLAIN,
      qty: Number.NaN,
      equityFraction: Number.NaN,
      triggerPrice: Number.NaN,
      distance: Number.NaN,
      attachedTo: 0,
      parentId: 0,
      decisionPrice,
      createdMs,
      sendMs: 0,
      counts: false,
      status: 'new',
      filledQty: 0,
    };
  }
}

/** An order while it is being written. */
type Draft = { -readonly [K in keyof Order]: Order[K] };
