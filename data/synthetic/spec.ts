// What a synthetic market is made from: its span, its seed and its symbols.

/** One symbol of the market. Prices in quote currency, quantities in base units. */
export interface MarketLeg {
  readonly startPrice: number;
  /** Standard deviation of log returns over a year of 365 days, > |beta| x factorVolatility. */
  readonly annualVolatility: number;
  /** Log return per log return of the common factor. */
  readonly beta: number;
  /** Expected log return a year, a fraction; 0 for a market that owes nothing. */
  readonly driftPerYear: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly minNotionalUsd: number;
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
  readonly maxLeverage: number;
  /** Mean volume of a day in base units. */
  readonly dailyVolume: number;
  /** Mean funding rate per eight hours, a fraction of notional. */
  readonly fundingMean: number;
}

export interface MarketSpec {
  readonly venue: string;
  readonly seed: number;
  /** Open of the first candle, UTC ms, a multiple of the interval. */
  readonly fromMs: number;
  readonly candles: number;
  readonly intervalMs: number;
  /** Annual volatility of the factor that all legs share. */
  readonly factorVolatility: number;
  /** By symbol; the order of keys is the order of the result. */
  readonly legs: Readonly<Record<string, MarketLeg>>;
}
