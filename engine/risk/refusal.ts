// Refusals: what risk says instead of an order. A code, counted and listed in the result; never
// thrown. `veto-*` codes carry the agent's own word after the dash.

export const REFUSALS = Object.freeze({
  'already-in-position': 'a position in that direction is open already',
  'order-pending': 'an order of that leg has not been answered yet',
  'short-not-allowed': 'risk.allowShort is false',
  'no-edge': 'Kelly: the expected edge is zero or negative',
  'stop-not-ready': 'the distance of the stop is not known: its ATR is not warm yet, or 0',
  'volatility-unknown': 'too little history to size by volatility',
  delevered: 'price has moved far and risk.delever.factor is 0',
  'max-positions': 'risk.maxPositions are open',
  'max-exposure': 'risk.maxExposure is used up',
  'no-capital': 'what was free went to better candidates of the same candle',
  'below-min-notional': 'smaller than the venue takes',
  'max-leverage': "beyond the instrument's leverage, or risk.maxLeverage of the symbol",
  bankrupt: 'equity is not above zero',
  halted: 'the run was halted',
  'stale-data': 'the candles are too old to be traded on',
  paused: 'a person wants nothing new opened',
  'daily-loss': 'risk.limits.dailyLoss was lost since UTC midnight',
  'drawdown-halt': 'equity is risk.limits.maxDrawdown below its peak',
  cooldown: 'risk.protections.cooldownCandles after a close',
  'stop-loss-guard': 'too many losing stops of late',
  'low-profit': 'the symbol’s trades of late brought too little',
  'protection-drawdown': 'the trades of late lost too much',
  correlated: 'moves with a position that is open already',
  'correlation-unknown': 'too little common history to tell whether it repeats a position',
  bandit: 'its realised results are too poor, and chance did not give it another try',
  slippage: 'the expected cost is above risk.maxSlippageBps, or not known yet',
  'bad-tick': 'the venue: a price off its grid',
  'bad-lot': 'the venue: a quantity that is no whole number of lots',
  'bad-order': 'the venue: an order that contradicts itself',
  'reduce-only': 'the venue: nothing to reduce',
  'would-cross': 'the venue: a post-only order that would have taken',
  'insufficient-margin': 'the venue: too little margin',
  'venue-unavailable': 'the venue could not be reached',
  'not-found': 'an order of unknown fate never arrived',
  'target-expired': 'it was wanted so many closes ago that nothing is opened on it any more',
  overtaken: 'a newer candle came before a second opinion on the entry did',
  'no-venue': 'no venue takes entries now',
} as const);

export type RefusalCode = keyof typeof REFUSALS | `veto-${string}`;

/** Counts refusals by code. */
export class RefusalCount {
  readonly #codes: RefusalCode[] = [];
  readonly #counts: number[] = [];
  readonly #index = new Map<RefusalCode, number>();

  /** Different codes so far. */
  get size(): number {
    return this.#codes.length;
  }

  /** Counts one more; returns the code's number, in the order in which codes first appeared. */
  add(code: RefusalCode): number {
    let k = this.#index.get(code);
    if (k === undefined) {
      k = this.#codes.length;
      this.#index.set(code, k);
      this.#codes.push(code);
      this.#counts.push(0);
    }
    this.#counts[k]!++;
    return k;
  }

  /** Most frequent first, ties by code. */
  toRecord(): Record<string, number> {
    const rows = this.#codes.map((code, k) => [code, this.#counts[k]!] as const);
    rows.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return Object.fromEntries(rows);
  }
}
