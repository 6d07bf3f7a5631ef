// Funding stamps of one leg, from the venue's answer to the row that says them: each once, in order.

import type { SaidFunding } from '../../data/venues/contract.ts';
import { HOUR_MS } from '../../engine/interval.ts';

/** Stamps are written some ms after the hour. */
const PUNCTUAL_MS = 60_000;
/** How often a stamp that should be there is asked for within its hour. */
const ATTEMPTS = 4;

export class Rates {
  readonly #waiting: SaidFunding[] = [];
  #nextMs: number;
  #lastMs = Number.NaN;
  #spacingMs = Number.NaN;
  /** The hour that was asked for, in hours since 1970, and how often. */
  #hour = Number.NEGATIVE_INFINITY;
  #attempts = 0;
  isBusy = false;
  /** The venue has been asked for what there was at the start. */
  isKnown = false;

  /** `fromMs`: the first stamp that is wanted, UTC ms. */
  constructor(fromMs: number) {
    this.#nextMs = fromMs;
  }

  /** Where to ask from, UTC ms. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Ascending; what is older than the newest known is passed over. */
  take(stamps: readonly SaidFunding[]): void {
    for (const stamp of stamps) {
      if (!(stamp.atMs >= this.#nextMs && Number.isFinite(stamp.rate))) continue;
      this.#spacingMs = stamp.atMs - this.#lastMs;
      this.#lastMs = stamp.atMs;
      this.#nextMs = stamp.atMs + 1;
      this.#waiting.push(stamp);
    }
  }

  /** True when the venue should be asked, so long after each full hour and again if it is slow. */
  isWanted(nowMs: number, afterMs: number): boolean {
    const hour = hourOf(nowMs, afterMs);
    if (this.isBusy) return false;
    if (!this.isKnown || hour > this.#hour) return true;
    if (this.#attempts >= ATTEMPTS || !this.#isDue(hour * HOUR_MS)) return false;
    return nowMs >= hour * HOUR_MS + afterMs * (1 + this.#attempts);
  }

  /** ms until it may be wanted. */
  nextMsFrom(nowMs: number, afterMs: number): number {
    const sinceMs = nowMs - afterMs - hourOf(nowMs, afterMs) * HOUR_MS;
    return this.#attempts < ATTEMPTS && this.#isDue(nowMs) ? afterMs : HOUR_MS - sinceMs;
  }

  /** The venue has answered what was wanted at `nowMs`. */
  wereAsked(nowMs: number, afterMs: number): void {
    const hour = hourOf(nowMs, afterMs);
    this.isKnown = true;
    this.#attempts = hour > this.#hour ? 1 : this.#attempts + 1;
    this.#hour = hour;
  }

  /** The time was another one: what was asked for counts no more. */
  forgetHour(): void {
    this.#hour = Number.NEGATIVE_INFINITY;
  }

  /** Those stamped before `tsMs` that were not said yet; they are said with this. */
  sayable(tsMs: number): SaidFunding[] {
    let count = 0;
    while (count < this.#waiting.length && this.#waiting[count]!.atMs < tsMs) count++;
    return this.#waiting.splice(0, count);
  }

  /** True when, by the distance of the last two, one more should be there by `nowMs`. */
  #isDue(nowMs: number): boolean {
    return this.#lastMs + this.#spacingMs <= nowMs + PUNCTUAL_MS;
  }
}

function hourOf(nowMs: number, afterMs: number): number {
  return Math.floor((nowMs - afterMs) / HOUR_MS);
}
