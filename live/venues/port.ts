// Two layers between a session and a venue. Above, what a session asks of a venue, and the only way in
// which a venue answers: events into the inbox. Below, the client that every real venue has.
//
//   session --carryOut(intents)--> VenuePort --answer(event)--> inbox (venue lane) --> session
//                                     |  ^
//                      submit, cancel v  | outcomes as values, ClientEvents
//                                  VenueClient  <-- bytes -->  venue
//
// Nothing of a port is waited for, and an intent is handed over only when the journal holds it durably.
// A client sends what it is told once, and never again by itself: what an unknown outcome leads to is
// decided above it.

import type { Command } from '../../engine/event.ts';
import type { OrderType, TimeInForce } from '../../engine/execution/order.ts';
import type { Intent } from '../../engine/intent.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import type { VenueEvent } from '../inbox.ts';
import type { Note } from '../note.ts';
import type { ClosedRow } from '../rows.ts';
import type { RefusalCode, UnknownCode } from './codes.ts';

/** Takes an answer in, or the news of a failure: an event as well, never an exception. */
export type Answer = (event: VenueEvent) => void;

export interface VenuePort {
  /** `paper`, `aster`, ... */
  readonly id: string;
  /**
   * A row is complete; it is told before the kernel sees it. A venue that trades on candles meets the
   * row now and has answered when this returns; a real one knows its market itself.
   */
  onRow?(row: ClosedRow): void;
  /** Carries intents out, in order. `nowMs`: the kernel's time, UTC ms. Returns at once. */
  carryOut(intents: readonly Intent[], nowMs: number): void;
  /**
   * Signed quantity of each leg as the venue has it, base units; null while answers are under way
   * that would change it.
   */
  positions?(): readonly number[] | null;
  /**
   * An answer that the journal holds: a port that has this is not asked to give it again when a session
   * is taken up. Intents are handed over as they were, in their place among the answers; nothing of them
   * may leave before `begin`.
   */
  recall?(event: VenueEvent): void;
  /**
   * The journal has been run again, or there is none. Resolves when new intents may leave, or when
   * `signal` aborts.
   */
  begin?(signal?: AbortSignal): Promise<void>;
  /** A person's word, which the kernel has been told. */
  hear?(command: Command): void;
  /** No more answers after it resolves. A second call does nothing. */
  close(): Promise<void>;
}

/** What a port may know and say of the session that it serves. */
export interface SessionView {
  /** Something to be written down; changes nothing. */
  readonly note: (note: Note) => void;
  /** A word to the kernel, as a person's. */
  readonly say: (command: Command) => void;
  /** As the kernel has it, USD. */
  readonly equityUsd: () => number;
}

/** Makes a session's port; `answer` takes its answers. */
export type OpenPort = (answer: Answer, session: SessionView) => VenuePort;

// ---- the client of a venue ---------------------------------------------------------------------------

/** What a venue can do. What it cannot is refused by its client with `unsupported`, unsent. */
export interface Capabilities {
  readonly orderTypes: readonly OrderType[];
  readonly timesInForce: readonly TimeInForce[];
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** Of a market order the worst price: `limitPrice` must, may or cannot be given. */
  readonly marketBound: 'needed' | 'taken' | 'none';
  /**
   * How far a client id protects: `forever` = never taken twice; `open-orders` = taken again once the
   * first order has ended; `none` = the venue carries none.
   */
  readonly clientIds: 'forever' | 'open-orders' | 'none';
  /** True when `resend` can be called: the very same bytes take effect once at most. */
  readonly resends: boolean;
  /** Orders in one request; 1 = none. Every item has an outcome of its own. */
  readonly batch: number;
  /** Price and quantity of a resting order can be changed in place. */
  readonly amend: boolean;
  readonly subAccounts: boolean;
  readonly deadMan: DeadMan | null;
  /** Open orders, fills and orders by client id can be asked for; false = only positions, if those. */
  readonly reportsOrders: boolean;
  readonly reportsPositions: boolean;
  /** What funding was charged and paid can be asked for: the stream's word is a hint then. */
  readonly reportsFunding: boolean;
  /** Leverage and margin mode of a symbol can be set. */
  readonly setsMargin: boolean;
  /** The venue pushes orders and fills. */
  readonly userStream: boolean;
  /** Marks and the venue's clock can be asked for; false = they must come from elsewhere. */
  readonly reportsMarks: boolean;
  /** Lots and ticks are the venue's own; false = it names none, and what is told of them is assumed. */
  readonly hasGrid: boolean;
  /** Without the venue having answered, a request can take effect so long after it was sent, ms. */
  readonly requestLifeMs: number;
  /** What took effect is found by a query sent so long after it, ms. */
  readonly visibilityLagMs: number;
}

/** The venue's own switch: takes back resting orders when nobody has spoken up in time. */
export interface DeadMan {
  readonly scope: 'symbol' | 'account';
  readonly shortestMs: number;
  /** Times a day that it may fire; Infinity. */
  readonly firesADay: number;
  /** It takes protective stops as well: not to be armed while a position relies on them. */
  readonly takesStops: boolean;
}

/** An order as it is to stand at the venue. Quantities are whole lots, prices whole ticks. */
export interface OrderRequest {
  /** In the venue's spelling, from `clientId(key)`; ignored where there are none. */
  readonly clientId: string;
  readonly symbol: string;
  readonly side: 1 | -1;
  readonly type: OrderType;
  /** Base units > 0. */
  readonly qty: number;
  readonly timeInForce: TimeInForce;
  /** Of limits; of a market order the worst price that is taken, NaN = the venue's own bound. */
  readonly limitPrice: number;
  /** Of stops and take-profits, else NaN. Compared with the mark price where the venue lets us. */
  readonly triggerPrice: number;
  /** Of `gtd`, UTC ms; else NaN. */
  readonly expiresMs: number;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** Of a trailing stop: fraction behind the best price, else NaN. */
  readonly trailFraction: number;
  /** Of a trailing stop, NaN = at once. */
  readonly activationPrice: number;
  /** What the order is worth, quote currency, for venues that take shares of a collateral; else NaN. */
  readonly notionalUsd: number;
}

/** The venue has taken it. */
export interface Accepted {
  readonly kind: 'accepted';
  /** The venue's own id, a text; empty where the request was not about one order. */
  readonly venueOrderId: string;
}

/** Certainly without effect. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  /** The venue's words, cut, in one line and free of secrets. */
  readonly text: string;
  /** Not before, ms from now; 0 = nobody asked for a pause. */
  readonly retryAfterMs: number;
}

/** It may have taken effect, or may yet, for `requestLifeMs`. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly code: UnknownCode;
  readonly text: string;
}

export type Outcome = Accepted | Refused | Unknown;

export type ReportedStatus =
  | 'open'
  | 'partly-filled'
  | 'filled'
  | 'cancelled'
  | 'expired'
  | 'rejected'
  /** A state that the venue has and we do not know. */
  | 'unknown';

/** An order as the venue says it is. */
export interface OrderReport {
  /** null = it was given none: nobody of ours sent it. */
  readonly clientId: string | null;
  readonly venueOrderId: string;
  readonly symbol: string;
  readonly side: 1 | -1;
  readonly type: OrderType;
  readonly status: ReportedStatus;
  readonly qty: number;
  readonly filledQty: number;
  /** NaN where there is none, or the venue does not say. */
  readonly averagePrice: number;
  readonly limitPrice: number;
  readonly triggerPrice: number;
  readonly reduceOnly: boolean;
  /** When the venue changed it last, its clock, UTC ms. */
  readonly updatedMs: number;
  /** The venue's own doing. */
  readonly forced: Forced;
}

export type Forced = 'liquidation' | 'auto-deleverage' | null;

/** One fill. May be told more than once: `tradeId` is what it is known by. */
export interface FillReport {
  /** Unique at the venue, with the symbol where the venue counts by symbol. */
  readonly tradeId: string;
  readonly venueOrderId: string;
  /** null where the venue does not say; the order is then known by `venueOrderId`. */
  readonly clientId: string | null;
  readonly symbol: string;
  /** Signed base units. */
  readonly qty: number;
  readonly price: number;
  /** Positive = paid. NaN where it is not said, or said in another coin (`text` of a complaint). */
  readonly feeUsd: number;
  readonly maker: boolean;
  readonly atMs: number;
  readonly forced: Forced;
}

export interface PositionReport {
  readonly symbol: string;
  /** Signed base units; 0 = flat. */
  readonly qty: number;
  /** NaN where there is none. */
  readonly entryPrice: number;
  readonly markPrice: number;
  readonly liquidationPrice: number;
  readonly leverage: number;
}

export interface BalanceReport {
  readonly asset: string;
  /** Wallet and unrealised profit. */
  readonly equityUsd: number;
  /** What new orders may use. */
  readonly freeUsd: number;
}

/** What stands behind a position. */
export interface Margin {
  readonly mode: 'cross' | 'isolated';
  /** From 1; whole where it is told to a venue. */
  readonly leverage: number;
}

/** Funding of one position at one stamp: positive = paid to us. */
export interface FundingReport {
  readonly symbol: string;
  readonly atMs: number;
  readonly amountUsd: number;
}

/** What a client tells without having been asked. Orders and fills may come twice, late and mixed. */
export type ClientEvent =
  | { readonly kind: 'order'; readonly order: OrderReport }
  | { readonly kind: 'fill'; readonly fill: FillReport }
  /** The venue's word on a position, from its stream: a hint to reconcile, nothing to book. */
  | { readonly kind: 'position'; readonly symbol: string; readonly qty: number }
  /** At which leverage a symbol is now, whoever set it. */
  | { readonly kind: 'leverage'; readonly symbol: string; readonly leverage: number }
  | { readonly kind: 'balance'; readonly asset: string; readonly walletUsd: number }
  /** Funding was paid or charged; the symbol may be empty where a history knows it. */
  | ({ readonly kind: 'funding' } & FundingReport)
  /**
   * `up`: everything from here on is told, and what the gap hid was asked for and told before this.
   * `down`: nothing is told any more; orders go on living.
   */
  | { readonly kind: 'stream'; readonly isUp: boolean; readonly text: string }
  /** A person is needed: `margin-call`, `auth`, `settings` (somebody changed mode or leverage). */
  | {
      readonly kind: 'alert';
      readonly code: 'margin-call' | 'auth' | 'settings';
      readonly text: string;
    }
  /** It said what cannot be read. */
  | { readonly kind: 'complaint'; readonly text: string };

/** What a venue says about itself when asked whether it is there. */
export interface Pulse {
  /** The venue's clock less ours, ms, good to about the round trip; NaN where it does not say. */
  readonly skewMs: number;
  readonly roundTripMs: number;
}

/**
 * A venue with an account. Symbols are in our spelling, times UTC ms. Writes never throw for the
 * world's sake: what came of them is a value, always within the client's own time limit. Reads throw
 * VenueFault when the venue cannot be asked, and are asked again by the client where that is safe.
 */
export interface VenueClient {
  /** `aster`, `hyperliquid`, ... */
  readonly id: string;
  readonly capabilities: Capabilities;
  /**
   * The venue's spelling of an id of ours, the same for the same `key` for ever: an ASCII text without
   * spaces, unique among all orders of all runs. Two keys never share one.
   */
  clientId(key: string): string;
  /**
   * Looks at clock, mode and keys and opens the user stream; to be called once, before any write.
   * Throws VenueFault, or InputError for an account that cannot be traded here (hedge mode, no trading
   * permission, keys of another account).
   */
  connect(signal?: AbortSignal): Promise<Pulse>;
  /** A read that costs next to nothing: what a breaker's probe asks. */
  ping(signal?: AbortSignal): Promise<Pulse>;
  /** Trading rules with the account's own fees and leverage where the venue says them. */
  instruments(symbols: readonly string[], signal?: AbortSignal): Promise<readonly Instrument[]>;
  /** Mark prices now. */
  marks(symbols: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;

  submit(request: OrderRequest): Promise<Outcome>;
  /** At most `capabilities.batch`; outcomes in the order of the requests. */
  submitAll(requests: readonly OrderRequest[]): Promise<readonly Outcome[]>;
  /**
   * Sends the bytes of an unknown submit again, as they were signed. Whatever it answers, only the
   * venue's word on the order settles it.
   */
  resend(clientId: string): Promise<Outcome>;
  /** `not-found` = there is no such open order: it ended. Ask which way before believing anything. */
  cancel(symbol: string, order: OrderName): Promise<Outcome>;
  /** Every resting order of the symbol, whoever sent it. */
  cancelAll(symbol: string): Promise<Outcome>;
  /** Of a limit order; a partial fill stays. */
  amend(symbol: string, order: OrderName, qty: number, price: number): Promise<Outcome>;
  /** Arms the venue's switch for `ms` from now; 0 disarms. `symbol` matters where its scope is one. */
  deadMan(symbol: string, ms: number): Promise<Outcome>;
  /** How positions of the symbol are margined from here on; the same again does no harm. */
  setMargin(symbol: string, margin: Margin): Promise<Outcome>;

  openOrders(symbol?: string, signal?: AbortSignal): Promise<readonly OrderReport[]>;
  /**
   * One order, asked for by itself; null = the venue knows none. It proves that nothing was placed only
   * if this was called `requestLifeMs + visibilityLagMs` after the submit had answered or been cut off.
   */
  order(symbol: string, clientId: string, signal?: AbortSignal): Promise<OrderReport | null>;
  /** All positions that are not flat. */
  positions(signal?: AbortSignal): Promise<readonly PositionReport[]>;
  balances(signal?: AbortSignal): Promise<readonly BalanceReport[]>;
  /** Every fill at or after `sinceMs`, ascending, whoever sent the order. */
  fills(symbol: string, sinceMs: number, signal?: AbortSignal): Promise<readonly FillReport[]>;
  /**
   * Every payment of funding at or after `sinceMs`, of all symbols, ascending; none where `reportsFunding`
   * is false.
   */
  funding(sinceMs: number, signal?: AbortSignal): Promise<readonly FundingReport[]>;
  /** Ends the stream; nothing is told after it resolves. A second call does nothing. */
  close(): Promise<void>;
}

/** How an order is named to the venue: by our id, or by the venue's for one that is not ours. */
export type OrderName = { readonly clientId: string } | { readonly venueOrderId: string };

/** Takes what a client tells; called in the order in which it became known. Must not throw. */
export type Tell = (event: ClientEvent) => void;
