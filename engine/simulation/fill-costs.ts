// What a fill costs beyond its reference price: half the spread and our own impact when we take, and
// the venue's fee. Models and their sources are in costs/; here they meet a panel and a config.

import type { WorldConfig } from '../config/schema.ts';
import { edgeSpread } from '../market/indicators/edge-spread.ts';
import { type Panel, seriesOfLeg } from '../market/panel.ts';
import { recentMarket } from '../market/recent.ts';
import type { Accounts } from './account.ts';
import { feeSchedule } from './costs/fee-schedules.ts';
import { FeeMeter } from './costs/fees.ts';
import { impactFraction } from './costs/impact.ts';
import { edgeHalfSpread, fixedHalfSpread } from './costs/spread.ts';

/** Fewer returns than this and volatility is a guess: the fill waits. */
const LEAST_RETURNS = 2;

export class FillCosts {
  readonly #panel: Panel;
  readonly #world: WorldConfig['costs'];
  readonly #multiple: number;
  readonly #fixedHalf: number;
  readonly #fixedBps: number;
  /** Estimated spread of each leg by row; null under a fixed one. */
  readonly #spread: readonly Float64Array[] | null;
  /** Half-spread of quotes in bps, of each leg by row; null where quotes are not asked for. */
  readonly #quoted: readonly (Float64Array | undefined)[] | null;
  readonly #volumeLimit: number;
  readonly #venueOf: Int32Array;
  /** By leg; used where no volume tiers are. */
  readonly #takerRate: Float64Array;
  readonly #makerRate: Float64Array;
  /** By venue; null = flat fees. */
  readonly #meters: readonly (FeeMeter | null)[];
  readonly #hasMeters: boolean;

  constructor(panel: Panel, world: WorldConfig, accounts: Accounts) {
    const { costs, fees } = world;
    this.#panel = panel;
    this.#world = costs;
    this.#multiple = costs.multiple;
    this.#fixedBps = world.slippageBps;
    this.#fixedHalf = costs.multiple * fixedHalfSpread(world.slippageBps);
    this.#volumeLimit = world.fills.volumeShare ?? 1;
    this.#venueOf = accounts.venueOf;
    this.#spread =
      costs.spread === 'edge'
        ? panel.legs.map(({ features }) =>
            features.column(edgeSpread(costs.lookbackCandles, true), panel.intervalMs),
          )
        : null;
    this.#quoted =
      costs.spread === 'stored'
        ? panel.legs.map(({ index }) => seriesOfLeg(panel, index, 'halfSpreadBps'))
        : null;
    const rate = (which: 'takerFeeBps' | 'makerFeeBps') =>
      Float64Array.from(panel.legs, ({ instrument }) => {
        const own = world.venues[instrument.venue]?.[which] ?? null;
        return this.#paid((own ?? world[which] ?? instrument[which]) / 10_000);
      });
    this.#takerRate = rate('takerFeeBps');
    this.#makerRate = rate('makerFeeBps');
    const own = Object.values(fees.tiers);
    this.#meters = accounts.venues.map((name) => {
      const schedule = world.venues[name]?.feeSchedule ?? fees.schedule;
      if (schedule === null) return own.length > 0 ? new FeeMeter(own) : null;
      const { tiers, windowDays } = feeSchedule(schedule);
      return new FeeMeter(tiers, windowDays);
    });
    this.#hasMeters = this.#meters.some((meter) => meter !== null);
  }

  /** Half the spread of a leg as a fraction of price, as known before row `i`. */
  halfSpread(leg: number, i: number): number {
    if (this.#quoted !== null) {
      const bps = i > 0 ? (this.#quoted[leg]?.[i - 1] ?? Number.NaN) : Number.NaN;
      // Twice the half, as the full spread of an estimate: the same floor and the same bound.
      return this.#bounded(bps / 5000);
    }
    if (this.#spread === null) return this.#fixedHalf;
    const estimate = i > 0 ? this.#spread[leg]![i - 1]! : Number.NaN;
    return this.#bounded(estimate);
  }

  #bounded(spread: number): number {
    return this.#multiple * edgeHalfSpread(spread, this.#fixedBps, this.#world.spreadMaxBps);
  }

  /** How far `qty` moves the price of a leg in row `i`, a fraction >= 0; NaN = it cannot be filled. */
  impact(leg: number, i: number, qty: number): number {
    const { impact, impactCoefficient } = this.#world;
    if (impact === 'none') return 0;
    const { volume } = this.#panel.legs[leg]!.candles;
    const once =
      impact === 'volume-share'
        ? impactFraction(impact, qty, volume[i]!, 0, impactCoefficient, this.#volumeLimit)
        : this.#squareRoot(leg, i, qty);
    return this.#multiple * once;
  }

  /** Fee of a fill as a fraction of its notional. */
  feeRate(leg: number, isMaker: boolean, tsMs: number): number {
    const meter = this.#hasMeters ? this.#meters[this.#venueOf[leg]!] : null;
    if (meter) return this.#paid(meter.feeBps(isMaker, tsMs) / 10_000);
    return (isMaker ? this.#makerRate : this.#takerRate)[leg]!;
  }

  /** A rebate is received, and no dearer world pays more of it. */
  #paid(rate: number): number {
    return rate > 0 ? this.#multiple * rate : rate;
  }

  /** Counts a fill towards the venue's volume tiers. */
  traded(leg: number, tsMs: number, notionalUsd: number): void {
    if (this.#hasMeters) this.#meters[this.#venueOf[leg]!]?.traded(tsMs, notionalUsd);
  }

  /**
   * Volatility and mean volume of the candles before row `i`, holes left out: both per candle, as the
   * law wants them over one period. Costs a look back at each fill, and nothing at other rows.
   */
  #squareRoot(leg: number, i: number, qty: number): number {
    const { lookbackCandles, impactCoefficient } = this.#world;
    const { candles } = this.#panel.legs[leg]!;
    const { volume, moves, deviation } = recentMarket(candles, i - lookbackCandles, i);
    if (moves < LEAST_RETURNS) return Number.NaN;
    return impactFraction('square-root', qty, volume / moves, deviation, impactCoefficient, 1);
  }
}
