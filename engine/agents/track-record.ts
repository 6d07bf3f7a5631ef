// What came of the trades that an agent voted for: how often it was right, by how much, and whether its
// confidence was worth anything.
//
//   Brier score   mean of (confidence - outcome)^2, outcome 1 = a win: Brier, Monthly Weather Review 78, 1950
//   calibration   trades by confidence, in tenths: of those with confidence 0.7 to 0.8, how many won?
//
// Always about the confidence that the agent gave, before memory or a weight touched it.

/** Tenths of confidence; 1 is in the last one. */
const BINS = 10;

/** Trades of one tenth of confidence. */
export interface CalibrationBin {
  /** Confidence, this included and the next bin's not. */
  readonly from: number;
  readonly trades: number;
  readonly wins: number;
  /** Of their confidence. */
  readonly meanConfidence: number;
}

/** Returns are fractions of notional at entry; null = there is no such trade. */
export interface AgentRecord {
  readonly trades: number;
  readonly wins: number;
  readonly averageWin: number | null;
  /** <= 0. */
  readonly averageLoss: number | null;
  /** Mean return. */
  readonly expectancy: number | null;
  /** 0 is a prophet, 0.25 who says 0.5 each time; null where no confidence was given. */
  readonly brier: number | null;
  /** Those bins that have trades, in order. */
  readonly calibration: readonly CalibrationBin[];
}

export class TrackRecorder {
  trades = 0;
  wins = 0;
  #gains = 0;
  #losses = 0;
  #squares = 0;
  #scored = 0;
  readonly #binTrades = new Int32Array(BINS);
  readonly #binWins = new Int32Array(BINS);
  readonly #binConfidence = new Float64Array(BINS);

  /** A closed trade that the agent voted for with `confidence`, 0 to 1; NaN = it gave none. Break-even is no win. */
  add(confidence: number, returnFraction: number): void {
    const won = returnFraction > 0;
    this.trades++;
    if (won) {
      this.wins++;
      this.#gains += returnFraction;
    } else {
      this.#losses += returnFraction;
    }
    if (confidence !== confidence) return;
    this.#scored++;
    const miss = confidence - (won ? 1 : 0);
    this.#squares += miss * miss;
    // A tenth of confidence is written as 0.1 x n: 0.7 x 10 is 7, 0.3 / 0.1 is not 3.
    const bin = Math.min(BINS - 1, Math.floor(confidence * BINS));
    this.#binTrades[bin]!++;
    if (won) this.#binWins[bin]!++;
    this.#binConfidence[bin]! += confidence;
  }

  record(): AgentRecord {
    const { trades, wins } = this;
    const losses = trades - wins;
    const calibration: CalibrationBin[] = [];
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#binTrades[bin]!;
      if (count === 0) continue;
      calibration.push({
        from: bin / BINS,
        trades: count,
        wins: this.#binWins[bin]!,
        meanConfidence: this.#binConfidence[bin]! / count,
      });
    }
    return {
      trades,
      wins,
      averageWin: wins > 0 ? this.#gains / wins : null,
      averageLoss: losses > 0 ? this.#losses / losses : null,
      expectancy: trades > 0 ? (this.#gains + this.#losses) / trades : null,
      brier: this.#scored > 0 ? this.#squares / this.#scored : null,
      calibration,
    };
  }
}
