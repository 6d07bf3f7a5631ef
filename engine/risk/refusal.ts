// Refusals: what risk says instead of an order. A code, counted and listed in the result; never
// thrown. `veto-*` codes carry the agent's own word after the dash.

export const REFUSALS = Object.freeze({
  'already-in-position': 'a position in that direction is open already',
  'order-pending': 'an order of that leg has not been answered yet',
  'short-not-allowed': 'risk.allowShort is false',
  'no-edge': 'Kelly: the expected edge is zero or negative',
  'stop-not-ready': 'the ATR that the stop needs is not warm yet',
  'max-positions': 'risk.maxPositions are open',
  'max-exposure': 'risk.maxExposure is used up',
  'no-capital': 'what was free went to better candidates of the same candle',
  'below-min-notional': 'smaller than the venue takes',
  'max-leverage': "beyond the instrument's leverage",
  bankrupt: 'equity is not above zero',
  halted: 'the run was halted',
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
