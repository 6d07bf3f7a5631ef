// Protections: what the last closed trades say about trading on. After freqtrade's four (facts of
// its plugins/protections), counted in rows of the base grid.
//
//   cooldown             the leg, after every close
//   stop-loss-guard      all legs, after too many losing stop exits
//   low-profit           the leg, when its trades of late sum up below a return
//   protection-drawdown  all legs, when the running sum of returns falls too far from its top
//
// A lock of n set by an exit in row e refuses the decisions at the closes of rows e to e + n - 1, so
// that n whole candles pass without an entry. The lookback counts the exit's own row.

interface Guard {
  /** Trades that must have closed in the lookback; 0 = off. */
  readonly trades: number;
  readonly lookbackCandles: number;
  readonly lockCandles: number;
}

/** `risk.protections`: candles are base candles, returns are fractions. */
export interface ProtectionsConfig {
  readonly cooldownCandles: number;
  readonly stopLossGuard: Guard;
  readonly lowProfit: Guard & { readonly minReturn: number };
  readonly maxDrawdown: Guard & { readonly fraction: number };
}

export type ProtectionCode = 'cooldown' | 'stop-loss-guard' | 'low-profit' | 'protection-drawdown';

interface ClosedTrade {
  readonly leg: number;
  readonly row: number;
  readonly isLosingStop: boolean;
  readonly returnFraction: number;
}

/** Exits that a guard counts as stops. */
const STOPS: ReadonlySet<string> = new Set(['stop', 'trailing-stop', 'liquidation']);
/** Trades that have left every lookback are dropped from memory in lumps of this many. */
const LUMP = 1024;

export class Protections {
  /** False: nothing is protected and nothing needs to be fed. */
  readonly enabled: boolean;
  readonly #config: ProtectionsConfig;
  readonly #lookback: number;
  readonly #trades: ClosedTrade[] = [];
  #first = 0;
  /** First row in which a decision is free again. */
  readonly #cooldownUntil: Float64Array;
  readonly #lowProfitUntil: Float64Array;
  #stopsUntil = 0;
  #drawdownUntil = 0;

  constructor(config: ProtectionsConfig, legs: number) {
    const guards = [config.stopLossGuard, config.lowProfit, config.maxDrawdown];
    const active = guards.filter((guard) => guard.trades > 0);
    this.#config = config;
    this.enabled = config.cooldownCandles > 0 || active.length > 0;
    this.#lookback = Math.max(0, ...active.map((guard) => guard.lookbackCandles));
    this.#cooldownUntil = new Float64Array(this.enabled ? legs : 0);
    this.#lowProfitUntil = new Float64Array(this.enabled ? legs : 0);
  }

  /** A trade was closed by a fill in `row`; return on entry notional after fees and funding. */
  closed(leg: number, row: number, exitReason: string, returnFraction: number): void {
    if (!this.enabled) return;
    const { cooldownCandles, stopLossGuard, lowProfit, maxDrawdown } = this.#config;
    this.#cooldownUntil[leg] = row + cooldownCandles;
    if (this.#lookback === 0) return;
    // A stop out of profit is no warning; one whose result is unknown is.
    const isLosingStop = STOPS.has(exitReason) && !(returnFraction >= 0);
    this.#trades.push({ leg, row, isLosingStop, returnFraction });
    this.#forget(row - this.#lookback);
    if (isLosingStop && this.#tooManyStops(row)) this.#stopsUntil = row + stopLossGuard.lockCandles;
    if (this.#profitTooLow(leg, row)) this.#lowProfitUntil[leg] = row + lowProfit.lockCandles;
    if (this.#fellTooFar(row)) this.#drawdownUntil = row + maxDrawdown.lockCandles;
  }

  /** Why no entry may be decided on the leg at the close of `row`; the widest lock is named. */
  locked(leg: number, row: number): ProtectionCode | null {
    if (!this.enabled) return null;
    if (!(row >= this.#drawdownUntil)) return 'protection-drawdown';
    if (!(row >= this.#stopsUntil)) return 'stop-loss-guard';
    if (!(row >= this.#lowProfitUntil[leg]!)) return 'low-profit';
    return row >= this.#cooldownUntil[leg]! ? null : 'cooldown';
  }

  #tooManyStops(row: number): boolean {
    const { trades, lookbackCandles } = this.#config.stopLossGuard;
    if (trades === 0) return false;
    let count = 0;
    for (let k = this.#trades.length - 1; k >= this.#first; k--) {
      const trade = this.#trades[k]!;
      if (trade.row <= row - lookbackCandles) break;
      if (trade.isLosingStop) count++;
    }
    return count >= trades;
  }

  #profitTooLow(leg: number, row: number): boolean {
    const { trades, lookbackCandles, minReturn } = this.#config.lowProfit;
    if (trades === 0) return false;
    let count = 0;
    let sum = 0;
    for (let k = this.#first; k < this.#trades.length; k++) {
      const trade = this.#trades[k]!;
      if (trade.leg !== leg || trade.row <= row - lookbackCandles) continue;
      count++;
      sum += trade.returnFraction;
    }
    return count >= trades && !(sum >= minReturn);
  }

  /** The top is at least 0: a first trade that loses has fallen from where it began. */
  #fellTooFar(row: number): boolean {
    const { trades, lookbackCandles, fraction } = this.#config.maxDrawdown;
    if (trades === 0) return false;
    let count = 0;
    let sum = 0;
    let top = 0;
    let deepest = 0;
    for (let k = this.#first; k < this.#trades.length; k++) {
      const trade = this.#trades[k]!;
      if (trade.row <= row - lookbackCandles) continue;
      count++;
      sum += trade.returnFraction;
      // Math.max keeps a NaN, and the NaN locks.
      top = Math.max(top, sum);
      deepest = Math.max(deepest, top - sum);
    }
    return count >= trades && !(deepest <= fraction);
  }

  #forget(row: number): void {
    while (this.#first < this.#trades.length && this.#trades[this.#first]!.row <= row) {
      this.#first++;
    }
    if (this.#first < LUMP) return;
    this.#trades.splice(0, this.#first);
    this.#first = 0;
  }
}
