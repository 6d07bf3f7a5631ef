// What an execution algorithm is: a pure state machine that splits one parent order into children.
//
//   close of a base candle -> moment -> next() -> child -> venue -> filledQty, restingQty -> ...
//
// The invariant: filled + resting + the child asked for never exceed the parent. That holds only if
// `restingQty` counts everything that may still fill: in flight, delayed and unknown children too.

/** The order to be worked. What a close (reduce-only) may leave out is for the caller to decide. */
export interface ParentFacts {
  readonly side: 1 | -1;
  /** Unrounded base units, >= 0. */
  readonly qty: number;
  /** Price the decision was made at, > 0. */
  readonly decisionPrice: number;
  /** Close of the candle the decision was made at, UTC ms. */
  readonly startMs: number;
  /** Smallest quantity step of the venue, > 0. */
  readonly lotSize: number;
  /** No child is smaller than this, >= 0; give 0 where the venue lets reduce-only orders off. */
  readonly minNotionalUsd: number;
  /** Price the strategy asks for; NaN = none. */
  readonly targetPrice: number;
}

/** What an algorithm is shown at a close of a base candle. */
export interface Moment {
  /** UTC ms; grows from call to call. */
  readonly nowMs: number;
  /** Last close; NaN in a hole, where algorithms that look at a price wait. */
  readonly price: number;
  /** Of the parent, base units. */
  readonly filledQty: number;
  /** Unfilled part of children still at the venue, in flight or unknown, base units. */
  readonly restingQty: number;
}

/** A child wanted now. */
export interface Child {
  /** Whole lots in base units, rounded down, > 0. */
  readonly qty: number;
  readonly type: 'market' | 'limit';
  /** Not on the tick grid: round a buy down and a sell up. NaN for market. */
  readonly limitPrice: number;
  readonly timeInForce: 'gtc' | 'ioc' | 'gtd';
  /** UTC ms; NaN = none. */
  readonly expiresMs: number;
}

/** One parent being worked. Asked in this order at a close: `cancelsResting`, `next`, `isOver`. */
export interface Algorithm {
  /**
   * The child to send at this moment; null = none now. Mutable state inside; called once per close
   * of a base candle.
   */
  next(moment: Moment): Child | null;
  /**
   * True once nothing more will be sent: what is unfilled then is missed. It is true only when
   * nothing rests any more, or when `cancelsResting` is true at the same moment.
   */
  isOver(moment: Moment): boolean;
  /** Children still resting are to be cancelled now (window ended, expiry). */
  cancelsResting(moment: Moment): boolean;
}

/** The part of the config that the algorithms read. */
export interface ExecutionSettings {
  readonly twap: { readonly windowMinutes: number; readonly slices: number };
  readonly vwap: {
    readonly windowMinutes: number;
    readonly slices: number;
    /** Whole days of history behind the volume profile, >= 1. */
    readonly profileDays: number;
  };
  /** `visibleFraction`: part of the parent shown at once, above 0 to 1. */
  readonly iceberg: { readonly visibleFraction: number; readonly expiryMinutes: number };
  readonly sniper: {
    /** Better than the decision price by this, where the strategy gives no target price. */
    readonly improvementBps: number;
    readonly expiryMinutes: number;
    /** What becomes of the rest at expiry. */
    readonly fallback: 'market' | 'cancel';
  };
  /** A limit of our own making is never worse than the decision price by more than this. */
  readonly limitBoundBps: number;
}
