// Volatility auto-delever: when price has moved far within the lookback, entries are scaled down
// and an open position is reduced, once.
//
//   calm -> episode (|change| >= threshold) -> calm       one reduction per leg and episode
//
// Once, because a factor applied at every candle of a storm would sell everything. An unknown
// change scales entries (it fails closed) but neither begins nor ends an episode: a hole in the
// data must not trade. After the original system: |24 h change| >= 4 % halves the notional.

/** `risk.delever`: threshold and factor are fractions. */
export interface DeleverConfig {
  readonly enabled: boolean;
  readonly threshold: number;
  readonly factor: number;
  readonly lookbackMinutes: number;
}

/** True when a price change asks for less risk; an unknown one does. */
export function movedFar(change: number, threshold: number): boolean {
  return !(Math.abs(change) < threshold);
}

/**
 * Change of the close over the last `lookbackMs` before the close of `row`, a fraction. The base is
 * the newest close at or before that time, older by a lookback (or a candle) at most; NaN without.
 */
export function changeOver(
  close: Float64Array,
  openMs: Float64Array,
  row: number,
  lookbackMs: number,
  intervalMs: number,
): number {
  const to = close[row]!;
  if (to !== to) return Number.NaN;
  const atMs = openMs[row]! - lookbackMs;
  const oldestMs = atMs - Math.max(lookbackMs, intervalMs);
  // Rows may be missing on the grid, never doubled: this one is at the time or before it.
  let base = Math.max(0, row - Math.ceil(lookbackMs / intervalMs));
  while (base < row && openMs[base + 1]! <= atMs) base++;
  while (base >= 0 && openMs[base]! <= atMs && openMs[base]! > oldestMs) {
    const from = close[base]!;
    if (from === from) return to / from - 1;
    base--;
  }
  return Number.NaN;
}

const CALM = 0;
const DUE = 1;
const DONE = 2;

export class Delever {
  readonly enabled: boolean;
  readonly #threshold: number;
  readonly #factor: number;
  readonly #state: Uint8Array;
  readonly #isScaled: Uint8Array;

  constructor(config: DeleverConfig, legs: number) {
    this.enabled = config.enabled;
    this.#threshold = config.threshold;
    this.#factor = config.factor;
    this.#state = new Uint8Array(config.enabled ? legs : 0);
    // Before the first observation nothing is known, which counts as far.
    this.#isScaled = new Uint8Array(config.enabled ? legs : 0).fill(1);
  }

  /** Takes the leg's price change at a close; `isHeld`: it has a position now. */
  observe(leg: number, change: number, isHeld: boolean): void {
    if (!this.enabled) return;
    const isFar = movedFar(change, this.#threshold);
    this.#isScaled[leg] = isFar ? 1 : 0;
    const state = this.#state[leg]!;
    if (state === DUE && !isHeld) this.#state[leg] = DONE;
    if (change !== change) return;
    if (!isFar) this.#state[leg] = CALM;
    // A position opened during an episode was scaled when it was opened.
    else if (state === CALM) this.#state[leg] = isHeld ? DUE : DONE;
  }

  /** What the stake of an entry is multiplied by: 1 or the factor. */
  entryFactor(leg: number): number {
    return this.enabled && this.#isScaled[leg] === 1 ? this.#factor : 1;
  }

  /** What share of the open position to keep: the factor while a reduction is due, else 1. */
  keepFraction(leg: number): number {
    return this.enabled && this.#state[leg] === DUE ? this.#factor : 1;
  }

  /** The reduction was ordered: no other one in this episode. */
  reduced(leg: number): void {
    if (this.enabled && this.#state[leg] === DUE) this.#state[leg] = DONE;
  }
}
