// A trade is a round trip: from flat to flat on one leg, or to the point where it flips.

export type ExitReason =
  | 'signal'
  | 'stop'
  | 'trailing-stop'
  | 'take-profit'
  | 'veto'
  | 'delever'
  | 'liquidation'
  | 'external'
  | 'halt'
  | 'open';

/** Money in USD, prices in quote currency, quantities in base units; fractions are of entry notional. */
export interface Trade {
  readonly leg: number;
  readonly venue: string;
  readonly symbol: string;
  readonly side: 'long' | 'short';
  /** Rows of the first and last fill; a fill's time is its candle's open or, inside it, its close. */
  readonly entryRow: number;
  readonly exitRow: number;
  readonly entryMs: number;
  readonly exitMs: number;
  /** Largest quantity held, > 0. */
  readonly qty: number;
  /** Average prices, slippage included. */
  readonly entryPrice: number;
  readonly exitPrice: number;
  /** After fees and funding. */
  readonly pnlUsd: number;
  readonly feesUsd: number;
  readonly slippageUsd: number;
  /** Received; negative = paid. */
  readonly fundingUsd: number;
  /** pnlUsd over notional at entry. */
  readonly returnFraction: number;
  readonly exitReason: ExitReason;
  /** Votes at the entry by agent id: confidence, + BUY, - SELL, 0 HOLD; empty when one decides alone. */
  readonly votes: Readonly<Record<string, number>>;
}
