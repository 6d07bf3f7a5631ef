// How a range is asked for page by page: what has been given is never given again, and every page
// moves on or ends it. A venue says how one page is asked; the rules of a range are here once.
//
// The end of a range is not known from a short page: a venue may cut one for reasons of its own. It
// is the end of the range, an empty page, or a candle that has not closed.

import type { SaidCandle, SaidFunding } from './contract.ts';
import { LATEST_MS } from './said.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

export interface CandlePage {
  /** Ascending, none twice; may reach beyond what was asked for, and hold an unfinished candle. */
  readonly candles: readonly SaidCandle[];
  /** The venue's clock when it answered, UTC ms, never ahead of it. */
  readonly serverMs: number;
}

/** One page of candles from `fromMs`, which is on the grid, that open before `toMs`. */
export type AskCandles = (fromMs: number, toMs: number) => Promise<CandlePage>;

/** All closed candles of `fromMs <= open < toMs`. A candle has closed when the venue's clock says so. */
export async function* candlePages(
  intervalMs: number,
  fromMs: number,
  toMs: number,
  ask: AskCandles,
): AsyncGenerator<readonly SaidCandle[]> {
  const endMs = Math.ceil(Math.min(toMs, LATEST_MS));
  let nextMs = Math.ceil(Math.max(0, fromMs) / intervalMs) * intervalMs;
  while (nextMs < endMs) {
    const { candles, serverMs } = await ask(nextMs, endMs);
    const within = candles.filter(({ openMs }) => openMs >= nextMs && openMs < endMs);
    const closed = within.filter(({ openMs }) => openMs + intervalMs <= serverMs);
    if (closed.length > 0) yield closed;
    if (closed.length === 0 || closed.length < within.length) return;
    nextMs = closed.at(-1)!.openMs + intervalMs;
    if (nextMs + intervalMs > serverMs) return;
  }
}

/** A stamp as it came: venues stamp some milliseconds late. */
export interface RawFunding extends SaidFunding {
  /** UTC ms, not floored. */
  readonly stampMs: number;
}

export interface FundingPage {
  /** Due at rising minutes; may reach beyond what was asked for. */
  readonly stamps: readonly RawFunding[];
  /** The venue's clock in whole seconds, rounded down; NaN when it does not say. */
  readonly serverMs: number;
}

/** One page of stamps from `fromMs` on that came before `toMs`. */
export type AskFunding = (fromMs: number, toMs: number) => Promise<FundingPage>;

/** The minute a stamp is due, which is what the store calls its time. */
export function dueMs(stampMs: number): number {
  return Math.floor(stampMs / MINUTE_MS) * MINUTE_MS;
}

/** All stamps due at `fromMs <= atMs < toMs` that have been charged by the venue's clock. */
export async function* fundingPages(
  fromMs: number,
  toMs: number,
  ask: AskFunding,
): AsyncGenerator<readonly SaidFunding[]> {
  // A stamp is due in [from, to) just when it came in that range with both ends rounded up.
  const endMs = Math.ceil(Math.min(toMs, LATEST_MS) / MINUTE_MS) * MINUTE_MS;
  let nextMs = Math.ceil(Math.max(0, fromMs) / MINUTE_MS) * MINUTE_MS;
  let lastDueMs = Number.NEGATIVE_INFINITY;
  while (nextMs < endMs) {
    const { stamps, serverMs } = await ask(nextMs, endMs);
    const within = stamps.filter(
      ({ stampMs, atMs }) => stampMs >= nextMs && stampMs < endMs && atMs > lastDueMs,
    );
    const charged = within.filter(({ stampMs }) => !(stampMs >= serverMs + SECOND_MS));
    if (charged.length > 0) {
      yield charged.map(({ atMs, rate, markPrice }) => ({ atMs, rate, markPrice }));
    }
    if (charged.length === 0 || charged.length < within.length) return;
    nextMs = charged.at(-1)!.stampMs + 1;
    lastDueMs = charged.at(-1)!.atMs;
  }
}
