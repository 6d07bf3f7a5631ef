// The Kelly criterion: the stake that maximises the long-run growth of capital, and why not to
// stake it all. Formulas after Kelly 1956 and Thorp 2006; half Kelly keeps about three quarters of
// the growth with half the swings, and an over-estimated edge turns full Kelly into ruin.

/**
 * Full Kelly fraction of a bet that wins `rewardToRisk` with probability `winRate` and else loses 1:
 * p - (1 - p) / b. Negative = do not bet. NaN for b <= 0.
 */
export function kellyBinary(winRate: number, rewardToRisk: number): number {
  return rewardToRisk > 0 ? winRate - (1 - winRate) / rewardToRisk : Number.NaN;
}

/** Of a bet that gains `gain` or loses `loss` (fractions of the stake): p / loss - (1 - p) / gain. */
export function kellyGainLoss(winRate: number, gain: number, loss: number): number {
  return winRate / loss - (1 - winRate) / gain;
}

/** Continuous returns: (mean - riskFree) / sd^2, all per the same period. */
export function kellyContinuous(mean: number, riskFree: number, sd: number): number {
  return (mean - riskFree) / (sd * sd);
}

/** Expected log growth per bet at stake `fraction` of a binary bet. */
export function logGrowth(winRate: number, rewardToRisk: number, fraction: number): number {
  return winRate * Math.log1p(fraction * rewardToRisk) + (1 - winRate) * Math.log1p(-fraction);
}

/** Wins and losses, shrunk towards a prior worth `priorTrades` trades. */
export class TrackRecord {
  trades = 0;
  wins = 0;
  #winSum = 0;
  #lossSum = 0;
  readonly #window: number;
  readonly #last: number[] = [];
  #oldest = 0;

  /** Looks back on the last `lastTrades` trades; 0 = on all of them. */
  constructor(lastTrades = 0) {
    this.#window = lastTrades;
  }

  /** Adds a closed trade by its return on entry notional. */
  add(returnFraction: number): void {
    if (this.#window === 0) {
      this.#count(returnFraction);
    } else if (this.#last.length < this.#window) {
      this.#last.push(returnFraction);
      this.#count(returnFraction);
    } else {
      this.#last[this.#oldest] = returnFraction;
      this.#oldest = (this.#oldest + 1) % this.#window;
      this.#recount();
    }
  }

  /** Summed anew and in order: taking the oldest off a running sum would drift. */
  #recount(): void {
    this.trades = 0;
    this.wins = 0;
    this.#winSum = 0;
    this.#lossSum = 0;
    for (let k = 0; k < this.#window; k++) {
      this.#count(this.#last[(this.#oldest + k) % this.#window]!);
    }
  }

  #count(returnFraction: number): void {
    this.trades++;
    if (returnFraction > 0) {
      this.wins++;
      this.#winSum += returnFraction;
    } else {
      this.#lossSum -= returnFraction;
    }
  }

  winRate(prior: number, priorTrades: number): number {
    const n = this.trades + priorTrades;
    return n === 0 ? prior : (this.wins + prior * priorTrades) / n;
  }

  /** Average win over average loss; the prior until there is at least one of each. */
  rewardToRisk(prior: number, priorTrades: number): number {
    const losses = this.trades - this.wins;
    if (this.wins === 0 || losses === 0 || this.#lossSum === 0) return prior;
    const seen = this.#winSum / this.wins / (this.#lossSum / losses);
    return (seen * this.trades + prior * priorTrades) / (this.trades + priorTrades);
  }
}
