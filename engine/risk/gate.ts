// The risk gate: the only place where an order is made. Whatever wants to trade asks here and gets
// an ApprovedOrder or a refusal code; the intent to submit takes nothing else, so an order that
// passed no check does not compile.
//
//   decision -> rules (limits, protections, cost, correlation) -> sizing -> caps (position, exposure,
//   count, leverage) -> lots -> bandit -> order
//
// Every check is written so that NaN fails closed. Capital promised to an order of this candle is
// reserved until the candle is over, so later candidates are sized on what is left.

import type { RiskConfig } from '../config/schema.ts';
import { assert } from '../errors.ts';
import type { Child } from '../execution/algorithms/contract.ts';
import { type Order, PLAIN, type Purpose } from '../execution/order.ts';
import { type Instrument, roundPrice, roundQty } from '../market/instrument.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RefusalCode } from './refusal.ts';
import type { RiskRules } from './rules.ts';
import { stakeOf } from './sizing.ts';
import { riskDistance } from './stop-distance.ts';

declare const approved: unique symbol;
/** An order that has passed the gate. */
export type ApprovedOrder = Order & { readonly [approved]: true };

/** A quantity that has passed the gate and is worked in children. */
export interface ApprovedParent {
  readonly [approved]: true;
  /** 1, 2, 3 ... in the order in which they began. */
  readonly id: number;
  readonly leg: number;
  readonly side: 1 | -1;
  /** Base units > 0. */
  readonly qty: number;
  readonly decisionPrice: number;
  readonly createdMs: number;
  readonly counts: boolean;
}

export class RiskGate {
  readonly #config: RiskConfig;
  readonly #portfolio: Portfolio;
  readonly #instruments: readonly Instrument[];
  readonly #rules: RiskRules;
  /** Most of equity that one position of each leg may be, by the config. */
  readonly #caps: Float64Array;
  /** Nothing is opened while it is set: the reason. What reduces or protects passes. */
  barred: RefusalCode | null = null;
  #nextId = 1;
  #reservedUsd = 0;
  #reservedPositions = 0;

  constructor(
    config: RiskConfig,
    portfolio: Portfolio,
    instruments: readonly Instrument[],
    rules: RiskRules,
  ) {
    this.#config = config;
    this.#portfolio = portfolio;
    this.#instruments = instruments;
    this.#rules = rules;
    this.#caps = Float64Array.from(instruments, ({ symbol }) =>
      Math.min(config.maxPositionFraction, config.maxLeverage[symbol] ?? Infinity),
    );
  }

  /** Forgets what the last candle reserved, keeping what orders in flight still need. */
  beginCandle(inFlightUsd: number, inFlightPositions: number): void {
    this.#reservedUsd = inFlightUsd;
    this.#reservedPositions = inFlightPositions;
  }

  /** Cap of one position over equity that the config sets; the instrument may set a lower one. */
  positionCap(leg: number): number {
    return this.#caps[leg]!;
  }

  /**
   * The share of equity that the sizing rule stakes on one entry, before caps; <= 0 = no edge. A
   * code where the rule lacks what it needs. `score` 0 to 1; `stopDistance` as in stop-distance.ts.
   */
  stake(leg: number, side: 1 | -1, score: number, stopDistance: number): number | RefusalCode {
    const { sizing } = this.#config;
    const { rule, winRateSource } = sizing;
    const remembers = rule === 'kelly' && winRateSource === 'memory';
    const stake = stakeOf(sizing, {
      record: this.#rules.record,
      similar: remembers ? this.#rules.similar(leg, side) : null,
      confidence: score,
      annualVolatility:
        rule === 'volatility-target' ? this.#rules.annualVolatility(leg) : Number.NaN,
      stopDistance: riskDistance(this.#config, stopDistance),
    });
    if (stake === stake) return stake;
    if (rule === 'volatility-target') return 'volatility-unknown';
    return rule === 'fixed-risk' ? 'stop-not-ready' : 'no-edge';
  }

  /**
   * An entry, or an addition, of `fraction` of equity on one leg.
   * `freedUsd` is the notional that a close decided together with it gives back. `share` is what second
   * opinions leave, of what every cap and the room would have let in: a share of more would reduce nothing.
   */
  entry(
    leg: number,
    side: 1 | -1,
    fraction: number,
    price: number,
    nowMs: number,
    freedUsd: number,
    share = 1,
  ): ApprovedOrder | RefusalCode {
    const config = this.#config;
    const equity = this.#portfolio.equityUsd;
    if (this.barred !== null) return this.barred;
    if (!(equity > 0)) return 'bankrupt';
    if (side < 0 && !config.allowShort) return 'short-not-allowed';
    if (!(fraction > 0)) return 'no-edge';
    const refusal = this.#rules.refusal(leg, side);
    if (refusal !== null) return refusal;
    const wanted = fraction * this.#rules.entryFactor(leg);
    if (!(wanted > 0)) return 'delevered';
    const opens = this.#portfolio.positions[leg]!.qty === 0 || freedUsd > 0;
    const positions = this.#portfolio.openPositions + this.#reservedPositions;
    if (opens && freedUsd === 0 && positions >= config.maxPositions) return 'max-positions';
    const instrument = this.#instruments[leg]!;
    const held = opens ? 0 : this.#portfolio.notionalUsd(leg);
    const cap = Math.min(this.#caps[leg]!, instrument.maxLeverage) * equity - held;
    if (!(cap > 0)) return 'max-leverage';
    // There are no transfers between venues: what lies elsewhere cannot carry it.
    const here = this.#portfolio.venueEquityUsd(leg) * instrument.maxLeverage - held;
    if (!(here > 0)) return 'no-capital';
    const free = config.maxExposure * equity - this.#portfolio.grossUsd() + freedUsd;
    if (!(free > 0)) return 'max-exposure';
    const room = free - this.#reservedUsd;
    if (!(room > 0)) return 'no-capital';
    const notional = Math.min(wanted * equity, cap, here, room) * share;
    const qty = roundQty(instrument, notional / price);
    if (!(qty > 0) || !(qty * price >= instrument.minNotionalUsd)) {
      return room < Math.min(wanted * equity, cap) ? 'no-capital' : 'below-min-notional';
    }
    if (!this.#rules.tries(leg)) return 'bandit';
    this.#rules.approved(leg, side);
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

  /**
   * Turns an approved order into a parent that is worked in children. It gives its number back: it is
   * never sent itself, and each child gets a number of its own.
   */
  parent(order: ApprovedOrder, id: number): ApprovedParent {
    assert(order.id === this.#nextId - 1, 'a parent is made of the order that was approved last');
    this.#nextId--;
    const { leg, side, decisionPrice, createdMs, counts } = order;
    const qty = this.qtyOf(order);
    return { id, leg, side, qty, decisionPrice, createdMs, counts } as ApprovedParent;
  }

  /** Base units of an approved order; one that is sized at its fill is reckoned at its decision. */
  qtyOf({ qty, equityFraction, decisionPrice }: Order): number {
    return qty === qty ? qty : (equityFraction * this.#portfolio.equityUsd) / decisionPrice;
  }

  /** One child of a parent of which `usedQty` has filled or may still fill. Never beyond the parent. */
  child(
    parent: ApprovedParent,
    usedQty: number,
    wanted: Child,
    limitPrice: number,
    nowMs: number,
  ): ApprovedOrder {
    const { leg, side, decisionPrice, counts } = parent;
    const { qty, type, timeInForce, expiresMs } = wanted;
    assert(usedQty + qty <= parent.qty * (1 + 1e-9), 'children stay within what was approved');
    const order = this.#make(leg, side, type, 'entry', decisionPrice, nowMs);
    order.qty = qty;
    order.parentId = parent.id;
    order.counts = counts && usedQty === 0;
    if (type === 'limit' || timeInForce !== 'gtc') {
      order.terms = { ...PLAIN, timeInForce, expiresMs, limitPrice };
    }
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

  /**
   * A close of about `qty` of the position, in whole lots; null when that is less than one. It
   * counts as what a decision wanted only under the purpose of one.
   */
  reduction(
    leg: number,
    qty: number,
    price: number,
    nowMs: number,
    purpose: 'signal' | 'delever',
  ): ApprovedOrder | null {
    const held = this.#portfolio.positions[leg]!.qty;
    const size = roundQty(this.#instruments[leg]!, Math.min(qty, Math.abs(held)));
    if (!(size > 0)) return null;
    const order = this.#make(leg, held > 0 ? -1 : 1, 'market', purpose, price, nowMs);
    order.qty = size;
    order.counts = purpose === 'signal';
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
