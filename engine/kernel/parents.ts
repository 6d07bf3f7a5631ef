// Working parents: an approved quantity on its way to the market in children, one parent a leg.
//
//   close of a base candle -> the algorithm says what to take back and what to send -> the gate makes
//   the child, within what it approved of the parent -> the desk
//
// A parent ends when its algorithm is over or somebody wants the opposite; what is unfilled then is
// missed. What each parent, and each plain market order, cost against its decision price is summed
// by algorithm (shortfall.ts).

import type { ExecutionConfig } from '../config/schema.ts';
import type { Algorithm, Moment } from '../execution/algorithms/contract.ts';
import { type AlgorithmName, makeAlgorithm } from '../execution/algorithms/list.ts';
import { boundedLimit, delayOf, qtyFactor } from '../execution/algorithms/obfuscate.ts';
import { selectAlgorithm } from '../execution/algorithms/select.ts';
import { VolumeProfile } from '../execution/algorithms/volume-profile.ts';
import type { Order } from '../execution/order.ts';
import { ShortfallSum } from '../execution/shortfall.ts';
import { roundPriceTowards } from '../market/instrument.ts';
import type { Panel } from '../market/panel.ts';
import { recentMarket } from '../market/recent.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { type Random, random } from '../random.ts';
import type { ApprovedOrder, ApprovedParent, RiskGate } from '../risk/gate.ts';
import type { Desk } from './desk.ts';
import type { Routing } from './routing.ts';
import type { Stir } from './stir.ts';

/** How a quantity was worked; `exit` is a market order that closes. */
export type Worked = AlgorithmName | 'exit';

interface Working {
  readonly parent: ApprovedParent;
  readonly name: AlgorithmName;
  readonly algorithm: Algorithm;
  /** Distance of the stop that goes along with the first child that fills; 0 = none. */
  readonly distance: number;
  children: Order[];
  filledQty: number;
  /** Price at which it was over; NaN while it works. */
  endPrice: number;
}

/** What an algorithm is shown; one object, used again. */
type MutableMoment = { -readonly [K in keyof Moment]: Moment[K] };

export class Parents {
  /** Cost of each way of working, in order of first use. */
  readonly shortfall = new Map<Worked, ShortfallSum>();
  readonly #panel: Panel;
  readonly #portfolio: Portfolio;
  readonly #config: ExecutionConfig;
  readonly #gate: RiskGate;
  readonly #desk: Desk;
  readonly #routing: Routing;
  readonly #stir: Stir;
  readonly #draw: Random;
  /** The two sums of plain orders, at hand. */
  #market: ShortfallSum | undefined;
  #exit: ShortfallSum | undefined;
  readonly #working: (Working | undefined)[];
  readonly #byId = new Map<number, Working>();
  readonly #profiles: (VolumeProfile | undefined)[] = [];
  readonly #profiled: Int32Array;
  readonly #moment: MutableMoment = { nowMs: 0, price: 0, filledQty: 0, restingQty: 0 };
  /** How each parent was worked, by its id - 1. */
  readonly names: AlgorithmName[] = [];
  /** Parents that work now. */
  active = 0;

  constructor(
    panel: Panel,
    portfolio: Portfolio,
    config: ExecutionConfig,
    gate: RiskGate,
    desk: Desk,
    routing: Routing,
    stir: Stir,
    seed: number,
  ) {
    this.#panel = panel;
    this.#portfolio = portfolio;
    this.#config = config;
    this.#gate = gate;
    this.#desk = desk;
    this.#routing = routing;
    this.#stir = stir;
    this.#draw = random(seed, 'execution');
    this.#working = panel.legs.map(() => undefined);
    this.#profiled = new Int32Array(panel.legs.length);
  }

  /** Direction of the parent that works on a leg; 0 = none does. */
  sideOf(leg: number): 1 | -1 | 0 {
    return this.#working[leg]?.parent.side ?? 0;
  }

  /** Capital that a working parent still wants, USD at its decision price. */
  unfilledUsd(leg: number): number {
    const working = this.#working[leg];
    if (!working) return 0;
    return (working.parent.qty - working.filledQty) * working.parent.decisionPrice;
  }

  /** What an entry's stake is multiplied by before risk caps it. */
  stakeFactor(): number {
    const { obfuscation } = this.#config;
    return obfuscation.enabled ? qtyFactor(obfuscation, this.#draw) : 1;
  }

  /**
   * Sends an approved entry to the market, whole or in children; returns the first order of it, null
   * when nothing is sent yet. `distance` of its stop as a fraction,
   * 0 = none; `targetPrice` NaN = none.
   */
  enter(order: ApprovedOrder, distance: number, targetPrice: number, i: number): Order | null {
    const name = this.#choose(order, targetPrice, i);
    if (name === 'market') {
      this.#hold(order);
      this.#desk.submit(order);
      this.#desk.protection.attach(order, distance);
      return order;
    }
    const parent = this.#gate.parent(order, this.names.push(name));
    const { leg, side, qty, decisionPrice, createdMs: startMs } = parent;
    const { lotSize, minNotionalUsd } = this.#panel.legs[leg]!.instrument;
    const facts = { side, qty, decisionPrice, startMs, lotSize, minNotionalUsd, targetPrice };
    const profile = name === 'vwap' ? this.#profile(leg, i) : null;
    const algorithm = makeAlgorithm(
      name,
      facts,
      this.#config,
      this.#draw,
      profile,
      this.#panel.intervalMs,
    );
    const working: Working = {
      parent,
      name,
      algorithm,
      distance,
      children: [],
      filledQty: 0,
      endPrice: Number.NaN,
    };
    this.#working[leg] = working;
    this.active++;
    this.#stir.count++;
    this.#byId.set(parent.id, working);
    return this.#ask(working, startMs);
  }

  /** Lets every working parent act at the close of a base candle. */
  work(nowMs: number): void {
    for (const working of this.#working) if (working) this.#ask(working, nowMs);
  }

  /** Takes a parent back: its children are cancelled, what is unfilled is missed. */
  withdraw(leg: number): void {
    const working = this.#working[leg];
    if (!working) return;
    for (const child of working.children) this.#desk.cancel(child);
    this.#end(working);
  }

  /** A fill of any order that is not a protection: what it cost against its decision. */
  filled(
    order: Order,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    impactUsd: number,
  ): void {
    const working = order.parentId > 0 ? this.#byId.get(order.parentId) : undefined;
    if (working) working.filledQty += Math.abs(qty);
    const { side, decisionPrice } = working?.parent ?? order;
    const spreadUsd = slippageUsd - impactUsd;
    const sum = this.#sumOf(order, working);
    sum.addFill(side, decisionPrice, Math.abs(qty), price, feeUsd, spreadUsd, impactUsd);
  }

  /** An order that is not a protection has come to its end. */
  settled(order: Order): void {
    if (order.parentId === 0) {
      const wanted = order.qty === order.qty ? order.qty : order.filledQty;
      const endPrice = this.#portfolio.lastPrice[order.leg]!;
      const sum = this.#sumOf(order, undefined);
      sum.endParent(order.side, order.decisionPrice, wanted, order.filledQty, endPrice);
      return;
    }
    const working = this.#byId.get(order.parentId);
    if (!working) return;
    working.children = working.children.filter((child) => child !== order);
    const isOver = this.#working[order.leg] !== working;
    if (isOver && working.children.length === 0) this.#sumUp(working);
  }

  #choose(order: ApprovedOrder, targetPrice: number, i: number): AlgorithmName {
    const { algorithm, selection } = this.#config;
    if (algorithm !== 'auto') return algorithm;
    const { candles } = this.#panel.legs[order.leg]!;
    const { volume, moves, deviation } = recentMarket(
      candles,
      i + 1 - selection.lookbackCandles,
      i + 1,
    );
    return selectAlgorithm({
      shareOfVolume: volume > 0 ? this.#gate.qtyOf(order) / volume : Number.NaN,
      volatility: moves > 1 ? deviation : Number.NaN,
      targetPrice,
      config: { ...selection, volatilityThreshold: selection.volatility },
    });
  }

  /** One close of one parent: take back, send, and see whether it is over. */
  #ask(working: Working, nowMs: number): Order | null {
    const { algorithm, parent } = working;
    const moment = this.#moment;
    moment.nowMs = nowMs;
    moment.price = this.#portfolio.lastPrice[parent.leg]!;
    moment.filledQty = working.filledQty;
    moment.restingQty = restingQty(working);
    if (algorithm.cancelsResting(moment)) {
      for (const child of working.children) this.#desk.cancel(child);
    }
    // New risk, though of a parent approved before: not while the venue is out.
    const isOpen = this.#routing.takesEntries(parent.leg, nowMs);
    const wanted = isOpen ? algorithm.next(moment) : null;
    let sent: Order | null = null;
    if (wanted) {
      const { instrument } = this.#panel.legs[parent.leg]!;
      const { side } = parent;
      const { limitBoundBps } = this.#config;
      const bounded = boundedLimit(wanted.limitPrice, side, moment.price, limitBoundBps);
      // Rounded to the better side, so that no bound is broken by half a tick.
      const limitPrice = roundPriceTowards(instrument, bounded, -side as 1 | -1);
      const used = working.filledQty + moment.restingQty;
      const child = this.#gate.child(parent, used, wanted, limitPrice, nowMs);
      this.#hold(child);
      sent = child;
      working.children.push(child);
      this.#desk.submit(child);
      this.#desk.protection.attach(child, working.distance);
      moment.restingQty += child.qty;
    }
    if (algorithm.isOver(moment)) this.#end(working);
    return sent;
  }

  /** Nothing more is sent. It is summed up once its last child has come to an end. */
  #end(working: Working): void {
    const { leg } = working.parent;
    this.#working[leg] = undefined;
    this.active--;
    this.#stir.count--;
    working.endPrice = this.#portfolio.lastPrice[leg]!;
    if (working.children.length === 0) this.#sumUp(working);
  }

  #sumUp({ parent, name, filledQty, endPrice }: Working): void {
    const { id, side, qty, decisionPrice } = parent;
    this.#byId.delete(id);
    this.#sum(name).endParent(side, decisionPrice, qty, filledQty, endPrice);
  }

  #hold(order: ApprovedOrder): void {
    const { obfuscation } = this.#config;
    if (obfuscation.enabled) order.sendMs = order.createdMs + delayOf(obfuscation, this.#draw);
  }

  /** The leg's volume by hour, with every candle up to row `i`; made when first asked for. */
  #profile(leg: number, i: number): VolumeProfile {
    const { openMs, volume, close } = this.#panel.legs[leg]!.candles;
    const { profileDays } = this.#config.vwap;
    this.#profiles[leg] ??= new VolumeProfile(profileDays, this.#panel.intervalMs);
    const profile = this.#profiles[leg]!;
    for (let k = this.#profiled[leg]!; k <= i; k++) {
      if (close[k] === close[k]) profile.add(openMs[k]!, volume[k]!);
    }
    this.#profiled[leg] = i + 1;
    return profile;
  }

  #sumOf(order: Order, working: Working | undefined): ShortfallSum {
    if (working) return this.#sum(working.name);
    if (order.purpose === 'entry') {
      this.#market ??= this.#sum('market');
      return this.#market;
    }
    this.#exit ??= this.#sum('exit');
    return this.#exit;
  }

  #sum(name: Worked): ShortfallSum {
    let sum = this.shortfall.get(name);
    if (!sum) {
      sum = new ShortfallSum();
      this.shortfall.set(name, sum);
    }
    return sum;
  }
}

function restingQty({ children }: Working): number {
  let resting = 0;
  for (const child of children) resting += child.qty - child.filledQty;
  return resting;
}
