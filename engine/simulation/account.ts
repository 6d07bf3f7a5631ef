// The venues' own ledger: what is held, the wallets, the margin behind them. The kernel keeps its own
// books from the answers it gets; the two agree once every answer has arrived.
//
// One wallet per venue. Isolated margin sets `notional / leverage` aside at every fill; in cross
// margin the whole wallet stands behind every position of the venue. A liquidation price is worked
// out anew after whatever moves it, not at every candle.

import type { WorldConfig } from '../config/schema.ts';
import type { Panel } from '../market/panel.ts';
import { venuesOf, walletsOf } from '../market/venues.ts';
import {
  crossMarginUsd,
  initialMarginUsd,
  liquidationPrice,
  type MarginTiers,
  maintenanceUsd,
  tiersOfLeverage,
} from '../portfolio/margin.ts';
import { Position } from '../portfolio/position.ts';

export class Accounts {
  readonly positions: readonly Position[];
  /** Of each leg: number of its venue, in the order in which venues appear in the panel. */
  readonly venueOf: Int32Array;
  readonly venues: readonly string[];
  readonly walletUsd: Float64Array;
  /** Of each leg: price at which it is liquidated; NaN = at none. */
  readonly liquidationAt: Float64Array;
  /** Last close seen of each leg. */
  readonly lastPrice: Float64Array;
  /** Some leg has a liquidation price. */
  isExposed = false;
  /** What a position can bear depends on others: `followMarket` wants to be called at every candle. */
  followsMarket = false;
  readonly #enabled: boolean;
  readonly #isolated: boolean;
  readonly #leverage: Float64Array;
  readonly #tiers: readonly MarginTiers[];
  readonly #isolatedUsd: Float64Array;
  /** Of each venue: open positions, and whether they need a look at every candle. */
  readonly #held: Int32Array;
  readonly #isTight: Uint8Array;
  /** Of each leg: the price at which it was looked at last. */
  readonly #seenAt: Float64Array;

  constructor(panel: Panel, world: WorldConfig) {
    const { legs } = panel;
    this.positions = legs.map((leg) => new Position(leg.instrument));
    const venues = venuesOf(legs.map((leg) => leg.instrument));
    this.venues = venues.names;
    this.venueOf = venues.of;
    this.walletUsd = walletsOf(venues.names, world.cashUsd, cashElsewhere(world));
    this.liquidationAt = new Float64Array(legs.length).fill(Number.NaN);
    this.lastPrice = new Float64Array(legs.length).fill(Number.NaN);
    this.#enabled = world.margin.enabled;
    this.#isolated = world.margin.mode === 'isolated';
    this.#leverage = Float64Array.from(legs, ({ instrument }) =>
      Math.min(world.margin.leverage, instrument.maxLeverage),
    );
    this.#tiers = legs.map(({ instrument }) => tiersOfLeverage(instrument.maxLeverage));
    this.#isolatedUsd = new Float64Array(legs.length);
    this.#held = new Int32Array(this.venues.length);
    this.#isTight = new Uint8Array(this.venues.length);
    this.#seenAt = new Float64Array(legs.length);
  }

  /** Books a fill of signed `qty`; returns the realised P&L before fees. */
  fill(leg: number, qty: number, price: number, feeUsd: number): number {
    const position = this.positions[leg]!;
    const held = position.qty;
    const realised = position.fill(qty, price);
    const venue = this.venueOf[leg]!;
    this.walletUsd[venue]! += realised - feeUsd;
    if (!this.#enabled) return realised;
    // A fill through zero closes all there was, and opens anew.
    const before = position.qty > 0 === held > 0 ? Math.abs(held) : 0;
    const after = Math.abs(position.qty);
    const set = before === 0 ? 0 : this.#isolatedUsd[leg]!;
    // What is added brings its own margin; what is closed takes its share along.
    this.#isolatedUsd[leg] =
      after > before
        ? set + initialMarginUsd((after - before) * price, this.#leverage[leg]!)
        : before === 0
          ? 0
          : (set * after) / before;
    this.#rework(venue);
    return realised;
  }

  fund(leg: number, amountUsd: number): void {
    const venue = this.venueOf[leg]!;
    this.walletUsd[venue]! += amountUsd;
    if (!this.#enabled) return;
    // Isolated funding is paid out of the position's own margin.
    this.#isolatedUsd[leg]! += amountUsd;
    this.#rework(venue);
  }

  /** Wallets plus unrealised P&L of all venues at the last closes, USD. */
  worthUsd(): number {
    let sum = 0;
    for (let venue = 0; venue < this.walletUsd.length; venue++) sum += this.venueWorthUsd(venue);
    return sum;
  }

  venueWorthUsd(venue: number): number {
    let sum = this.walletUsd[venue]!;
    for (let leg = 0; leg < this.positions.length; leg++) {
      const { qty, entryPrice } = this.positions[leg]!;
      if (qty !== 0 && this.venueOf[leg] === venue) {
        sum += qty * (this.#mark(leg) - entryPrice);
      }
    }
    return sum;
  }

  /** The last close; what was paid, before there is one. */
  #mark(leg: number): number {
    const price = this.lastPrice[leg]!;
    return price === price ? price : this.positions[leg]!.entryPrice;
  }

  /** True when the venue's account can carry `notionalUsd` more on a leg. */
  canCarry(leg: number, notionalUsd: number): boolean {
    if (!this.#enabled) return true;
    const venue = this.venueOf[leg]!;
    let used = initialMarginUsd(notionalUsd, this.#leverage[leg]!);
    for (let other = 0; other < this.positions.length; other++) {
      const { qty, entryPrice } = this.positions[other]!;
      if (qty === 0 || this.venueOf[other] !== venue) continue;
      used += this.#isolated
        ? this.#isolatedUsd[other]!
        : initialMarginUsd(qty * entryPrice, this.#leverage[other]!);
    }
    // What an isolated position has won or lost is its own.
    const behindUsd = this.#isolated ? this.walletUsd[venue]! : this.venueWorthUsd(venue);
    return used <= behindUsd * (1 + 1e-12);
  }

  /** The liquidation prices of a venue, from what is held and the last closes. */
  #rework(venue: number): void {
    const { positions, venueOf } = this;
    let held = 0;
    for (let leg = 0; leg < positions.length; leg++) {
      if (venueOf[leg] !== venue) continue;
      const { qty, entryPrice } = positions[leg]!;
      if (qty !== 0) {
        held++;
        this.#seenAt[leg] = this.#mark(leg);
      }
      this.liquidationAt[leg] =
        qty === 0
          ? Number.NaN
          : liquidationPrice(this.#tiers[leg]!, qty, entryPrice, this.#behind(leg));
    }
    this.#held[venue] = held;
    const isShared = held > 1 && !this.#isolated;
    this.#isTight[venue] = isShared && !(this.#slackUsd(venue) > 0) ? 1 : 0;
    this.isExposed = false;
    this.followsMarket = false;
    const { liquidationAt } = this;
    for (let leg = 0; leg < liquidationAt.length; leg++) {
      if (liquidationAt[leg] === liquidationAt[leg]) this.isExposed = true;
    }
    // Without a price now, positions that win for each other may have one when they no longer do.
    for (let k = 0; k < this.venues.length; k++) {
      if (this.#held[k]! < 2 || this.#isolated) continue;
      this.followsMarket = true;
      if (!this.#isPaid(k)) this.isExposed = true;
    }
  }

  /** Longs only and paid for in full: whatever prices do, the wallet holds. */
  #isPaid(venue: number): boolean {
    let costUsd = 0;
    for (let leg = 0; leg < this.positions.length; leg++) {
      const { qty, entryPrice } = this.positions[leg]!;
      if (qty === 0 || this.venueOf[leg] !== venue) continue;
      if (qty < 0) return false;
      costUsd += qty * entryPrice;
    }
    return costUsd <= this.walletUsd[venue]!;
  }

  /**
   * Equity above maintenance were every long to lose half its price and every short to see it double.
   * Both are monotone in every price, so above 0 nothing is liquidated anywhere in between.
   */
  #slackUsd(venue: number): number {
    let slack = this.walletUsd[venue]!;
    for (let leg = 0; leg < this.positions.length; leg++) {
      const { qty, entryPrice } = this.positions[leg]!;
      if (qty === 0 || this.venueOf[leg] !== venue) continue;
      const worst = this.#mark(leg) * (qty > 0 ? 0.5 : 2);
      slack += qty * (worst - entryPrice) - maintenanceUsd(this.#tiers[leg]!, qty * worst);
    }
    return slack;
  }

  /** USD that stand behind the position of a leg. */
  #behind(leg: number): number {
    if (this.#isolated) return this.#isolatedUsd[leg]!;
    const venue = this.venueOf[leg]!;
    let unrealised = 0;
    let maintenance = 0;
    for (let other = 0; other < this.positions.length; other++) {
      const { qty, entryPrice } = this.positions[other]!;
      if (other === leg || qty === 0 || this.venueOf[other] !== venue) continue;
      const mark = this.#mark(other);
      unrealised += qty * (mark - entryPrice);
      maintenance += maintenanceUsd(this.#tiers[other]!, Math.abs(qty) * mark);
    }
    return crossMarginUsd(this.walletUsd[venue]!, unrealised, maintenance);
  }

  /**
   * Before a candle: cross margin depends on what the other legs have become worth. An account that
   * bears every price halved or doubled is looked at anew once one of them has done so, others always.
   */
  followMarket(): void {
    if (!this.#enabled || this.#isolated) return;
    for (let venue = 0; venue < this.venues.length; venue++) {
      if (this.#held[venue]! < 2) continue;
      if (this.#isTight[venue] !== 0 || this.#hasMovedFar(venue)) this.#rework(venue);
    }
  }

  #hasMovedFar(venue: number): boolean {
    for (let leg = 0; leg < this.positions.length; leg++) {
      if (this.venueOf[leg] !== venue || this.positions[leg]!.qty === 0) continue;
      const share = this.#mark(leg) / this.#seenAt[leg]!;
      if (!(share > 0.5 && share < 2)) return true;
    }
    return false;
  }
}

/** Cash at venues other than the first, by name. */
export function cashElsewhere({ venues }: WorldConfig): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(venues).map(([name, { cashUsd }]) => [name, cashUsd]));
}
