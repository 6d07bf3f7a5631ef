// A trade is a round trip: from flat to flat on one leg, or to the point where it flips.

export const EXIT_REASONS = Object.freeze([
  'signal',
  'stop',
  'trailing-stop',
  'take-profit',
  'veto',
  'delever',
  'liquidation',
  'external',
  'halt',
  'open',
] as const);

export type ExitReason = (typeof EXIT_REASONS)[number];

/** Signed votes by agent id: confidence, + BUY, - SELL, 0 HOLD. */
export type Votes = Readonly<Record<string, number>>;

/** What stood behind an entry or an exit: who said what at which close. */
export interface Decision {
  /** Row of the panel at whose close it was made; -1 = nobody decided (a stop, a target, the end). */
  readonly row: number;
  /** Score of the votes, or the size of the exposure asked for; NaN without a decision. */
  readonly score: number;
  /** Of those who did not abstain; empty when one decides alone. */
  readonly votes: Votes;
  /** A few words by agent id, of those who gave some. */
  readonly reasons: Readonly<Record<string, string>>;
  /** What each vote was multiplied by, where weights are earned or memory had a say; else the config's. */
  readonly weights?: Readonly<Record<string, number>>;
}

export const UNDECIDED: Decision = Object.freeze({
  row: -1,
  score: Number.NaN,
  votes: Object.freeze({}),
  reasons: Object.freeze({}),
});

/** What a trade came from: the decisions at both ends, and the first and last order by id. */
export interface TradeOrigin {
  readonly entry: Decision;
  readonly exit: Decision;
  readonly entryOrderId: number;
  /** 0 = no order of ours (a liquidation, or still open). */
  readonly exitOrderId: number;
}

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
  readonly votes: Votes;
}
