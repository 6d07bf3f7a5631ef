// What a venue says to everybody, without keys: candles, funding, trading rules; asked (REST) or
// streamed. One folder per venue knows its hosts, spelling, limits and answers; nobody else does.
//
//   symbol of ours --spelling--> request or subscription --answer--> parse --> rows of ours
//
// Money arrives as decimal strings and becomes a number once, in the venue's parse.ts. A candle is
// given only when it has closed, or says of itself whether it has.

import type { Instrument } from '../../engine/market/instrument.ts';

/** One candle as a venue says it. `openMs` UTC ms on the interval's grid; volume in base units. */
export interface SaidCandle {
  readonly openMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A funding stamp: `rate` is a fraction of notional, positive = longs pay; price NaN = not said. */
export interface SaidFunding {
  readonly atMs: number;
  readonly rate: number;
  /** The mark or oracle price it was charged on, where the venue says it. */
  readonly markPrice: number;
}

/** What one message of a stream says. */
export type Saying =
  /** `closed`: true = final, false = still forming, null = the venue does not tell. */
  | {
      readonly kind: 'candle';
      readonly symbol: string;
      readonly candle: SaidCandle;
      readonly closed: boolean | null;
    }
  /** Proof of life and nothing else: pong, subscription answer. */
  | { readonly kind: 'alive' }
  /** The venue complains; whether the connection can go on is not known. */
  | { readonly kind: 'complaint'; readonly text: string };

/** How one connection to a venue's stream is used. Pure: whoever holds the socket calls it. */
export interface StreamTalk {
  /** Where to connect for these symbols and this interval. */
  url(symbols: readonly string[], intervalMs: number): string;
  /** What to send once connected, in order; at most a few a second may leave. */
  hello(symbols: readonly string[], intervalMs: number): readonly string[];
  /** Symbols that one connection may carry. */
  readonly maxSymbols: number;
  /** Text that keeps it alive; null = the protocol's own ping. */
  readonly ping: string | null;
  readonly pingEveryMs: number;
  /** Without a byte for so long it is dead. */
  readonly silenceMs: number;
  /** The venue ends a connection at this age; a new one is opened before. */
  readonly maxAgeMs: number;
  /** Everything one message says; what it cannot read is a complaint, never an exception. */
  parse(text: string, intervalMs: number): readonly Saying[];
}

/** A venue's public side. Times UTC ms, half-open ranges `from <= t < to`. */
export interface PublicVenue {
  /** `aster`, `hyperliquid`: what a store and an instrument call it. */
  readonly id: string;
  /** Intervals that it has candles of, ms. */
  readonly intervalsMs: readonly number[];
  /** How far back its candles of an interval reach, in candles; Infinity = to the listing. */
  readonly candleDepth: number;
  readonly talk: StreamTalk;
  /** Every perpetual that is traded there now, in our spelling. Throws VenueFault. */
  symbols(signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Trading rules of symbols in our spelling. Throws InputError naming the nearest symbol for one it
   * does not have, VenueFault when it cannot be asked.
   */
  instruments(symbols: readonly string[], signal?: AbortSignal): Promise<readonly Instrument[]>;
  /**
   * Pages of closed candles, ascending, none twice. Ends when there is nothing more before `toMs`.
   * Holes stay holes. Throws VenueFault when the venue cannot be asked any more.
   */
  candles(
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): AsyncIterable<readonly SaidCandle[]>;
  /** Pages of funding stamps that have been charged, ascending, none twice. */
  funding(
    symbol: string,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): AsyncIterable<readonly SaidFunding[]>;
}

/** Time as a venue's client needs it; `Clock` of the asynchronous world is one. */
export interface Pace {
  nowMs(): number;
  /** Never goes back: budgets and waits are measured on it. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Where a venue is reached. Tests point it at a local server. */
export interface VenueHosts {
  readonly restUrl: string;
  readonly streamUrl: string;
}

export type OpenVenue = (options: {
  readonly hosts?: Partial<VenueHosts>;
  readonly pace: Pace;
}) => PublicVenue;

/** A venue that cannot be asked: down, banned, or not understood. Exit code 5. */
export class VenueFault extends Error {
  readonly exitCode = 5;
  readonly venue: string;
  /** `unreachable`, `banned`, `overloaded`, `bad-reply`, `refused`. */
  readonly code: string;
  readonly retryable: boolean;

  constructor(venue: string, code: string, retryable: boolean, text: string, cause?: unknown) {
    super(`${venue}: ${code}: ${text}`, cause === undefined ? undefined : { cause });
    this.name = 'VenueFault';
    this.venue = venue;
    this.code = code;
    this.retryable = retryable;
  }
}
