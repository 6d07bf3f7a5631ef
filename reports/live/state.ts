// What can be seen of a running paper session at one moment, as plain values: `bin/` reads it off the
// kernel and the feed, `live.ts` beside this folder makes lines of it.

export interface LivePosition {
  readonly venue: string;
  readonly symbol: string;
  readonly side: 'long' | 'short';
  /** Base units > 0. */
  readonly qty: number;
  readonly entryPrice: number;
  /** The last close. */
  readonly markPrice: number;
  /** Unrealised, before fees. */
  readonly pnlUsd: number;
  /** Trigger of the stop that rests; NaN = none does, or the venue moves it itself. */
  readonly stopPrice: number;
  readonly isTrailedByVenue: boolean;
}

/** What was said on a leg at the last close on which it was asked about. */
export interface LiveVote {
  readonly venue: string;
  readonly symbol: string;
  /** The better direction; 0 = nobody leans. */
  readonly side: 1 | -1 | 0;
  /** 0 to 1; NaN = not asked yet. */
  readonly score: number;
  /** By agent: confidence signed by direction, 0 hold, NaN abstained. */
  readonly votes: readonly number[];
  /** Where one strategy decides alone: exposure it wants, of equity, signed; else NaN. */
  readonly target: number;
}

export interface LiveBreaker {
  readonly venue: string;
  readonly mode: 'closed' | 'open' | 'half-open' | 'isolated';
}

/** Something that happened, in words. */
export interface LiveEvent {
  readonly tsMs: number;
  readonly text: string;
}

export interface LiveState {
  readonly name: string;
  /** `swarm of 4 agents` or the name of the strategy that decides alone. */
  readonly strategy: string;
  /** `replay:candles.duckdb`. */
  readonly feed: string;
  /** Times real time; null = as fast as it goes. */
  readonly speed: number | null;
  readonly isRecovering: boolean;
  /** Close of the newest row, UTC ms; NaN before the first. */
  readonly marketMs: number;
  /** Rows closed since the first that may be decided on, and rows there will be; NaN = not known. */
  readonly rows: number;
  readonly expectedRows: number;
  /** Real time since this process took the session up, ms. */
  readonly elapsedMs: number;

  readonly cashUsd: number;
  readonly equityUsd: number;
  /** Below the highest equity, a fraction 0 to 1. */
  readonly drawdown: number;
  readonly fills: number;
  readonly trades: number;
  readonly positions: readonly LivePosition[];

  /** Ids; empty = one strategy decides alone. */
  readonly agents: readonly string[];
  /** A score above this acts. */
  readonly actThreshold: number;
  readonly votes: readonly LiveVote[];

  readonly breakers: readonly LiveBreaker[];
  /** Since the newest closed candle fell due, ms of the feed's time; NaN = none came yet. */
  readonly feedAgeMs: number;
  readonly isStale: boolean;
  readonly isPaused: boolean;
  readonly isHalted: boolean;
  /** Candles that were not taken as they came. */
  readonly counts: {
    readonly late: number;
    readonly revised: number;
    readonly repeated: number;
    readonly unsound: number;
  };
  /** Newest last. */
  readonly events: readonly LiveEvent[];
  /** Folder. */
  readonly journal: string;
}

/** What the keyboard can do now; `none` = nobody listens to it. */
export type LiveKeys = 'none' | 'usual' | 'confirm-halt';
