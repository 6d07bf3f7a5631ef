// Every rule that may say no to an entry whatever its size: one bundle, fed by the kernel at each close
// and each closed trade, and asked by the gate alone, in the only path to an order.
//
//   onClose   loss limits, delever              closed   track record, protections, bandit
//   refusal   limits -> protections -> slippage -> correlation        tries   the bandit, last
//
// A rule that is off is not fed and costs nothing. Exits are never asked.

import type { RiskConfig } from '../config/schema.ts';
import { DAY_MS, MINUTE_MS } from '../interval.ts';
import { edgeSpread } from '../market/indicators/edge-spread.ts';
import type { Panel } from '../market/panel.ts';
import { MarketState, REGIME_NAMES } from '../market/state.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import { random } from '../random.ts';
import type { Evidence } from '../statistics/shrinkage.ts';
import { Bandit } from './bandit.ts';
import { correlationCode } from './correlation.ts';
import { changeOver, Delever } from './delever.ts';
import { TrackRecord } from './kelly.ts';
import { LossLimits } from './limits.ts';
import { Protections } from './protections.ts';
import type { RefusalCode } from './refusal.ts';
import { annualVolatility } from './sizing.ts';
import { slippageCode } from './slippage-check.ts';

/** Base candles that the expected spread of an entry is estimated from (EDGE). */
export const SPREAD_CANDLES = 240;

const BPS = 10_000;

/** What the rules look at; `seatIds` are the agents in the order of their seats. */
export interface RuleParts {
  readonly config: RiskConfig;
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly decisionMs: number;
  readonly seatIds: readonly string[];
  readonly seed: number;
}

export class RiskRules {
  /** Closed trades, cut to `risk.sizing.lastTrades`. */
  readonly record: TrackRecord;
  /** Positions are reduced when price moves far: `keepFraction` and `delevered` matter. */
  readonly delevers: boolean;
  /** Entries in flight count as positions: `forgetAnswered` wants to be called. */
  readonly correlates: boolean;
  /** Whether the vote of a seat counts now; null = every vote does, always. */
  readonly admits: ((seat: number, leg: number) => boolean) | null;
  readonly #config: RiskConfig;
  readonly #panel: Panel;
  readonly #portfolio: Portfolio;
  readonly #seatIds: readonly string[];
  readonly #limits: LossLimits;
  readonly #protections: Protections;
  readonly #delever: Delever;
  readonly #bandit: Bandit;
  readonly #byAgent: boolean;
  /** Tells regimes; null where the bandit does not ask for them. */
  readonly #market: MarketState | null;
  /** Of each leg: the row that its regime was told at last, and the regime. */
  readonly #toldAt: Int32Array;
  readonly #told: Int32Array;
  /** The bandit's arm of each leg: legs of one symbol share one. */
  readonly #armOf: Int32Array;
  readonly #closes: readonly Float64Array[];
  /** Estimated spread of each leg, a fraction of price; null where no entry is asked for it. */
  readonly #spread: readonly Float64Array[] | null;
  /** Signed entries that are approved and not answered, by leg. */
  readonly #waiting: readonly { qty: number }[];
  readonly #stepRows: number;
  /** The row that closed last. */
  row = 0;
  /** What came of past trades like an entry on a leg, for Kelly; null = nothing is remembered. */
  similar: (leg: number, side: 1 | -1) => Evidence | null = () => null;
  /** `onClose` has something to do: a loss limit or the delever is on. */
  readonly watches: boolean;
  /** Nothing may say no. */
  readonly #isIdle: boolean;

  constructor({ config, panel, portfolio, decisionMs, seatIds, seed }: RuleParts) {
    const { legs, intervalMs } = panel;
    this.#config = config;
    this.#panel = panel;
    this.#portfolio = portfolio;
    this.#seatIds = seatIds;
    this.record = new TrackRecord(config.sizing.lastTrades);
    this.#limits = new LossLimits(config.limits);
    this.#protections = new Protections(config.protections, legs.length);
    this.#delever = new Delever(config.delever, legs.length);
    this.watches = this.#limits.enabled || this.#delever.enabled;
    this.#byAgent = config.bandit.arms === 'agent';
    const symbols = [...new Set(legs.map(({ instrument }) => instrument.symbol))];
    const arms = this.#byAgent ? seatIds.length : symbols.length;
    const byRegime = config.bandit.enabled && config.bandit.context === 'regime';
    this.#market = byRegime ? new MarketState(panel, decisionMs) : null;
    const contexts = byRegime ? REGIME_NAMES.length : 1;
    this.#bandit = new Bandit(config.bandit, arms, random(seed, 'bandit'), contexts);
    this.#armOf = Int32Array.from(legs, ({ instrument }) => symbols.indexOf(instrument.symbol));
    this.#toldAt = new Int32Array(legs.length).fill(-1);
    this.#told = new Int32Array(legs.length);
    this.#closes = legs.map(({ candles }) => candles.close);
    this.#spread =
      config.maxSlippageBps === null
        ? null
        : legs.map(({ features }) => features.column(edgeSpread(SPREAD_CANDLES, true), intervalMs));
    this.#waiting = legs.map(() => ({ qty: 0 }));
    this.#stepRows = decisionMs / intervalMs;
    this.delevers = this.#delever.enabled;
    this.correlates = config.correlation.enabled;
    this.#isIdle =
      !this.#limits.enabled &&
      !this.#protections.enabled &&
      !this.#bandit.enabled &&
      this.#spread === null &&
      !this.correlates;
    const choosesAgents = this.#bandit.enabled && this.#byAgent;
    this.admits = choosesAgents ? (seat, leg) => this.#allows(seat, leg) : null;
  }

  /**
   * Row `i` has closed and the account is marked; comes before anything is decided on it. True when
   * a loss limit was hit at this very close.
   */
  onClose(i: number, closeMs: number): boolean {
    if (this.#delever.enabled) this.#observe(i);
    if (!this.#limits.enabled) return false;
    const before = this.#limits.entriesBlocked();
    this.#limits.onClose(closeMs, this.#portfolio.equityUsd);
    return before === null && this.#limits.entriesBlocked() !== null;
  }

  /**
   * A trade of the leg was closed by a fill in `row`. `votes` are those of its entry by agent id, decided
   * on at the close of `entryRow` (-1 = nobody decided).
   * Every agent that voted for it is credited with its whole return: a share of it, by confidence
   * and weight, would make the bandit's bar lower for whoever speaks softly.
   */
  closed(
    leg: number,
    side: 1 | -1,
    row: number,
    exitReason: string,
    returnFraction: number,
    votes: Readonly<Record<string, number>>,
    entryRow: number,
  ): void {
    this.record.add(returnFraction);
    this.#protections.closed(leg, row, exitReason, returnFraction);
    if (!this.#bandit.enabled) return;
    const { primary } = this.#panel.legs[leg]!;
    const context = entryRow < 0 ? 0 : (this.#market?.regime(primary, entryRow) ?? 0);
    if (!this.#byAgent) {
      this.#bandit.closed(this.#armOf[leg]!, returnFraction, context);
      return;
    }
    this.#seatIds.forEach((id, seat) => {
      if ((votes[id] ?? 0) * side > 0) this.#bandit.closed(seat, returnFraction, context);
    });
  }

  /** Why no entry of `side` may be made on the leg at the close of the newest row, or null. */
  refusal(leg: number, side: 1 | -1): RefusalCode | null {
    if (this.#isIdle) return null;
    return (
      this.#limits.entriesBlocked() ??
      this.#protections.locked(leg, this.row) ??
      (this.#spread === null ? null : this.#tooDear(this.#spread[leg]!)) ??
      (this.correlates ? this.#repeats(leg, side) : null)
    );
  }

  /** Whether the bandit lets the leg's symbol trade; to be asked once an entry is otherwise good. */
  tries(leg: number): boolean {
    return this.#isIdle || this.#byAgent || this.#allows(this.#armOf[leg]!, leg);
  }

  /** What the stake of an entry is multiplied by, 0 to 1. */
  entryFactor(leg: number): number {
    return this.#delever.entryFactor(leg);
  }

  /** What share of an open position to keep: below 1 while a reduction is due. */
  keepFraction(leg: number): number {
    return this.#delever.keepFraction(leg);
  }

  /** The reduction was ordered, or is less than a lot: no other one in this episode. */
  delevered(leg: number): void {
    this.#delever.reduced(leg);
  }

  /** The gate has approved an entry: until it is answered it counts as a position. */
  approved(leg: number, side: 1 | -1): void {
    this.#waiting[leg]!.qty = side;
  }

  /** What became of answered entries is a position, or nothing. */
  forgetAnswered(isWaiting: (leg: number) => boolean): void {
    this.#waiting.forEach((entry, leg) => {
      if (entry.qty !== 0 && !isWaiting(leg)) entry.qty = 0;
    });
  }

  /** Of a year's log return on decision candles, a fraction; NaN while there are too few. */
  annualVolatility(leg: number): number {
    const { volatilityCandles } = this.#config.sizing;
    const close = this.#closes[leg]!;
    const { intervalMs } = this.#panel;
    return annualVolatility(close, this.row, volatilityCandles, this.#stepRows, intervalMs);
  }

  #allows(arm: number, leg: number): boolean {
    const { openMs, legs } = this.#panel;
    return this.#bandit.allow(
      arm,
      this.#market === null ? 0 : this.#regime(legs[leg]!.primary),
      Math.floor(openMs[this.row]! / DAY_MS),
    );
  }

  /** Of the newest row; told once a row, as every seat asks for it. */
  #regime(leg: number): number {
    if (this.#toldAt[leg] !== this.row) {
      this.#told[leg] = this.#market!.regime(leg, this.row);
      this.#toldAt[leg] = this.row;
    }
    return this.#told[leg]!;
  }

  #observe(i: number): void {
    const { openMs, intervalMs } = this.#panel;
    const lookbackMs = this.#config.delever.lookbackMinutes * MINUTE_MS;
    const { positions } = this.#portfolio;
    for (let leg = 0; leg < positions.length; leg++) {
      const change = changeOver(this.#closes[leg]!, openMs, i, lookbackMs, intervalMs);
      this.#delever.observe(leg, change, positions[leg]!.qty !== 0);
    }
  }

  /**
   * Half the spread that candles show. Our own impact is not in it: what it will be is a model of the
   * world, which a decision does not know. One that is below 0 is too small to be seen, so it is 0.
   */
  #tooDear(spread: Float64Array): RefusalCode | null {
    const half = Math.max(0, spread[this.row]! / 2) * BPS;
    return slippageCode(this.#config.maxSlippageBps, half, 0);
  }

  /** Entries of the same candle count too: two that move together would slip through as a pair. */
  #repeats(leg: number, side: 1 | -1): RefusalCode | null {
    const { correlation } = this.#config;
    const check = (positions: readonly { readonly qty: number }[]) =>
      correlationCode(correlation, this.#closes, positions, leg, side, this.row);
    return check(this.#portfolio.positions) ?? check(this.#waiting);
  }
}
