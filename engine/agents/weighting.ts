// The weight of a vote, where the config lets agents earn it. Nothing here draws or looks at the time:
// the same trades in the same order give the same weights.
//
//   static        the config's weight
//   performance   weight x exp(rate x m), from `least` to `most` times the weight; m is the exponential
//                 moving average of the returns, in per cent, of the trades it voted for
//   sigmoid       weight / (1 + exp(-steepness x (confidence x win rate - midpoint)))
//
// Multiplicative weights are those of Hedge (Freund and Schapire 1997), on a record that forgets. The
// sigmoid, its 3 and its 0.35 are the original system's, which gave a win rate of 0 to whoever has no
// record; so has everybody here before `minTrades` trades. The clamp 0.1 to 3, the 10 trades and the
// smoothing of 0.1 are the original's too.

/** `decision.consensus`, checked. */
export interface WeightingConfig {
  readonly weighting: 'static' | 'performance' | 'sigmoid';
  readonly minTrades: number;
  readonly performance: {
    readonly rate: number;
    readonly smoothing: number;
    readonly least: number;
    readonly most: number;
  };
  readonly sigmoid: { readonly steepness: number; readonly midpoint: number };
}

const PERCENT = 100;

export class Weighting {
  readonly isStatic: boolean;
  /** How often weights may have changed so far. */
  changes = 0;
  readonly #config: WeightingConfig;
  readonly #given: Float64Array;
  readonly #bounded: readonly boolean[];
  /** What a weight is multiplied by under `performance`. */
  readonly #factor: Float64Array;
  /** Under `sigmoid`: 0 before there is a record. */
  readonly #winRate: Float64Array;
  readonly #mean: Float64Array;
  readonly #trades: Int32Array;
  readonly #wins: Int32Array;

  /** `weights` are those of the config, by seat; those that are `bounded` are never exceeded. */
  constructor(
    config: WeightingConfig,
    weights: readonly number[],
    bounded: readonly boolean[] = [],
  ) {
    this.#bounded = bounded;
    this.isStatic = config.weighting === 'static';
    this.#config = config;
    this.#given = Float64Array.from(weights);
    this.#factor = new Float64Array(weights.length).fill(1);
    this.#winRate = new Float64Array(weights.length);
    this.#mean = new Float64Array(weights.length);
    this.#trades = new Int32Array(weights.length);
    this.#wins = new Int32Array(weights.length);
  }

  /** The weight of a seat's vote of this confidence, now. */
  weightOf(seat: number, confidence: number): number {
    const given = this.#given[seat]! * this.#factor[seat]!;
    if (this.#config.weighting !== 'sigmoid') return given;
    const { steepness, midpoint } = this.#config.sigmoid;
    return given / (1 + Math.exp(-steepness * (confidence * this.#winRate[seat]! - midpoint)));
  }

  /** A trade that the seat voted for was closed. A return that is not a number counts as a loss. */
  closed(seat: number, returnFraction: number): void {
    const { weighting, minTrades, performance } = this.#config;
    this.changes++;
    const trades = ++this.#trades[seat]!;
    if (returnFraction > 0) this.#wins[seat]!++;
    const { rate, smoothing, least, most } = performance;
    const percent = returnFraction === returnFraction ? returnFraction * PERCENT : -PERCENT;
    this.#mean[seat]! += smoothing * (percent - this.#mean[seat]!);
    if (trades < minTrades) return;
    if (weighting === 'sigmoid') this.#winRate[seat] = this.#wins[seat]! / trades;
    if (weighting !== 'performance') return;
    const above = this.#bounded[seat] === true ? 1 : most;
    this.#factor[seat] = Math.min(above, Math.max(least, Math.exp(rate * this.#mean[seat]!)));
  }
}
