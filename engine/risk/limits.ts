// The loss limits of the account: no entry after a loss since UTC midnight, none below a drawdown
// from the peak. They stop entries only; what is open keeps its stops.
//
//   onClose(closeMs, equity) at every base close  ->  entriesBlocked()
//
// Both latch. A day that was lost stays lost although the open positions recover, because a limit
// that lets go at the first bounce is traded through at every bounce.

/** `risk.limits`: fractions of equity, null = off. */
export interface LimitsConfig {
  readonly dailyLoss: number | null;
  readonly maxDrawdown: number | null;
  /** Base candles until a drawdown halt ends; 0 = it stays for the run. */
  readonly drawdownCooldownCandles: number;
}

export type LimitCode = 'daily-loss' | 'drawdown-halt';

const DAY_MS = 86_400_000;

export class LossLimits {
  /** False: nothing is limited and nothing needs to be fed. */
  readonly enabled: boolean;
  readonly #dailyLoss: number;
  readonly #maxDrawdown: number;
  readonly #cooldown: number;
  #day = -Infinity;
  #lastUsd = Number.NaN;
  #dayStartUsd = Number.NaN;
  #isDayLost = false;
  #peakUsd = -Infinity;
  #isHalted = false;
  #candlesHalted = 0;

  constructor(config: LimitsConfig) {
    this.enabled = config.dailyLoss !== null || config.maxDrawdown !== null;
    this.#dailyLoss = config.dailyLoss ?? Infinity;
    this.#maxDrawdown = config.maxDrawdown ?? Infinity;
    this.#cooldown = config.drawdownCooldownCandles;
  }

  /** Takes the equity at a close. Equity that is not a number counts as lost, on both limits. */
  onClose(closeMs: number, equityUsd: number): void {
    if (!this.enabled) return;
    if (this.#dailyLoss < Infinity) this.#watchDay(closeMs, equityUsd);
    if (this.#maxDrawdown < Infinity) this.#watchPeak(equityUsd);
    this.#lastUsd = equityUsd;
  }

  /** Why no entry may be made now; the drawdown, which lasts longer, is named first. */
  entriesBlocked(): LimitCode | null {
    if (this.#isHalted) return 'drawdown-halt';
    return this.#isDayLost ? 'daily-loss' : null;
  }

  /**
   * A close at midnight opens the new day: what is decided there is filled in it. Where no candle
   * closes at midnight the day starts from the last equity before it.
   */
  #watchDay(closeMs: number, equityUsd: number): void {
    const day = Math.floor(closeMs / DAY_MS);
    if (day > this.#day) {
      const isKnown = closeMs > day * DAY_MS && this.#day > -Infinity;
      this.#day = day;
      this.#dayStartUsd = isKnown ? this.#lastUsd : equityUsd;
      this.#isDayLost = false;
    } else if (day !== this.#day) {
      this.#isDayLost = true;
    }
    if (!(equityUsd > this.#dayStartUsd * (1 - this.#dailyLoss))) this.#isDayLost = true;
  }

  #watchPeak(equityUsd: number): void {
    if (this.#isHalted) {
      this.#candlesHalted++;
      const isOver = this.#cooldown > 0 && this.#candlesHalted >= this.#cooldown;
      if (!isOver) return;
      this.#isHalted = false;
      this.#peakUsd = equityUsd;
    }
    if (equityUsd > this.#peakUsd) this.#peakUsd = equityUsd;
    if (!(equityUsd > this.#peakUsd * (1 - this.#maxDrawdown))) {
      this.#isHalted = true;
      this.#candlesHalted = 0;
    }
  }
}
