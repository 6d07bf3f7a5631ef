// What a local venue server is made of: the symbols it has, its options, and how one venue speaks.

import type { WebSocket } from 'ws';
import type { SaidCandle } from '../../../data/venues/contract.ts';
import type { WireCandle } from './faults.ts';

/** A funding stamp in a server's history. */
export interface LocalFunding {
  readonly atMs: number;
  readonly rate: number;
}

/** One symbol a server has. */
export interface LocalSymbol {
  readonly candles?: readonly SaidCandle[];
  readonly funding?: readonly LocalFunding[];
  /** Candles of the mark price. */
  readonly mark?: readonly SaidCandle[];
  /** Listed and not trading: Aster says SETTLING, Hyperliquid isDelisted. */
  readonly isDelisted?: boolean;
  /** Aster's filters; Hyperliquid's `szDecimals` is derived from the lot. Defaults 0.1 and 0.001. */
  readonly tickSize?: number;
  readonly lotSize?: number;
  readonly maxLeverage?: number;
}

export interface LocalVenueOptions {
  readonly symbols: Readonly<Record<string, LocalSymbol>>;
  /** The interval of all its candles, default one minute; other intervals are empty. */
  readonly intervalMs?: number;
  /** The server's clock, UTC ms. */
  readonly nowMs?: () => number;
  /** Request weight a minute before it answers 429; default the documented limit. */
  readonly weightLimit?: number;
  /** Machine ms between protocol pings, default 5 minutes. */
  readonly pingEveryMs?: number;
  /** Machine ms until a connection is closed: without a pong (Aster, 15 minutes), without a message
   * sent to it (Hyperliquid, 60 s). */
  readonly idleMs?: number;
}

/** A request as it arrived. */
export interface SeenRequest {
  /** By the server's clock. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As it was sent, without the question mark. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Documented weight of it. */
  weight: number;
  /** What it was answered, 0 when it was not. */
  status: number;
}

/** The right answer to a request. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly weight: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One open stream connection. */
export interface Listener {
  readonly socket: WebSocket;
  /** What it is subscribed to, in the dialect's words. */
  readonly topics: Set<string>;
  isCombined: boolean;
  lastSentMs: number;
  lastPongMs: number;
  heardAtMs: number[];
}

/** What a dialect may ask of the server it speaks for. */
export interface Market {
  readonly intervalMs: number;
  readonly symbols: readonly string[];
  nowMs(): number;
  about(symbol: string): LocalSymbol | undefined;
  served(symbol: string): readonly WireCandle[];
  servedMark(symbol: string): readonly WireCandle[];
  /** Answers what is beyond its history with its last candle. */
  readonly isStuck: boolean;
}

/** How one venue speaks; given by aster-server.ts and hyperliquid-server.ts. */
export interface Dialect {
  readonly streamPath: string;
  /** Documented weight a minute. */
  readonly weightLimit: number;
  /** The header that says the weight used, null for a venue without one. */
  readonly weightHeader: string | null;
  readonly hasProtocolPing: boolean;
  readonly idleMs: number;
  answer(market: Market, request: SeenRequest): Reply;
  /** False closes the connection at once. */
  connected(listener: Listener, url: URL): boolean;
  /** Replies to a client's text; null closes the connection. */
  heard(market: Market, listener: Listener, text: string): readonly string[] | null;
  topic(symbol: string): string;
  candleText(
    market: Market,
    symbol: string,
    candle: WireCandle,
    closed: boolean,
    listener: Listener,
  ): string;
}
