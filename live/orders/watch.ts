// What is known of one venue from moment to moment, and what its stream tells.
//
//   stream, polls -> marks, fills booked, funding, balances -> situation (guard.ts)
//
// A fill by somebody else that took a part of our position away is booked as what it is; one that added
// to it is not. Either way the leg takes no new risk until orders and positions agree (reconcile.ts).

import type { Order } from '../../engine/execution/order.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import type { Clock } from '../clock.ts';
import type {
  BalanceReport,
  ClientEvent,
  FillReport,
  OrderReport,
  VenueClient,
} from '../venues/port.ts';
import type { Funding } from './funding.ts';
import type { Situation } from './guard.ts';
import type { Ledger } from './ledger.ts';
import { isNear, type VenueLegs, type WatchedLeg } from './legs.ts';
import type { Margins } from './margins.ts';
import { Recent } from './recent.ts';
import type { Safety } from './safety.ts';
import { type Attempt, isOver, lacksFills, outstandingQty } from './tracked.ts';

export interface WatchParts {
  readonly client: VenueClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly safety: Safety;
  readonly legs: VenueLegs;
  readonly leverage: number;
  readonly over: AbortSignal;
  readonly funding: Funding;
  readonly margins: Margins;
  /** A fresh mark of the same asset at another venue; null = there is none. */
  readonly referenceOf: (leg: number) => number | null;
  /** Asks after an order of which fills are missing. */
  readonly askAfter: (attempt: Attempt) => void;
  /** A fill was booked; what was held before it, signed. */
  readonly onFill: (order: Order, price: number, heldBefore: number) => void;
  /** Equity at the venue was told, USD. */
  readonly onEquity: (usd: number) => void;
  /** Something does not add up: orders and positions are to be compared. */
  readonly doubt: () => void;
}

/** Fills are asked for from a little before the last one that is known. */
const OVERLAP_MS = MINUTE_MS;

export class Watch {
  readonly #parts: WatchParts;
  readonly #recent = new Recent();
  /** Fills that name no order of ours yet: an answer that will name it may be under way. */
  #parked: FillReport[] = [];
  #freeUsd = Number.NaN;
  #skewMs = Number.NaN;
  /** The stream is down: fills and ends of orders are not told as they come. */
  #isDeaf = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  leg(leg: number): WatchedLeg {
    return this.#parts.legs.of(leg);
  }

  // ---- what the guard asks ---------------------------------------------------------------------------

  situation(order: Order): Situation {
    const { clock, safety, ledger, leverage, referenceOf } = this.#parts;
    const { mark, markedMs, blocks } = this.leg(order.leg);
    const live = [...ledger.live()];
    const { state } = safety;
    return {
      state: state === 'active' && this.#isDeaf ? 'reducing' : state,
      isBlocked: blocks.size > 0,
      hasUnknown: live.some(({ order: one }) => one.leg === order.leg && one.status === 'unknown'),
      mark,
      markAgeMs: clock.monotonicMs() - markedMs,
      reference: referenceOf(order.leg),
      exposureUsd: this.#exposureUsd(order.id),
      freeUsd: this.#freeUsd,
      leverage,
      skewMs: this.#skewMs,
      ...this.#recent.counts(order, clock.monotonicMs()),
    };
  }

  /** Worst case: what is held, and every entry that may still fill. NaN where a price is missing. */
  #exposureUsd(except: number): number {
    const { ledger, legs } = this.#parts;
    let usd = 0;
    for (const { leg, mark } of legs.all) {
      const held = Math.abs(ledger.heldQty(leg));
      if (held > 0) usd += held * mark;
    }
    for (const tracked of ledger.live()) {
      const { id, leg, reduceOnly, decisionPrice } = tracked.order;
      if (reduceOnly || id === except) continue;
      const { mark } = this.leg(leg);
      usd += outstandingQty(tracked) * (mark === mark ? mark : decisionPrice);
    }
    return usd;
  }

  /** Nothing of the leg is on its way that could change its position without our knowing. */
  isQuiet(leg: number): boolean {
    for (const attempt of this.#parts.ledger.open()) {
      const { tracked, state } = attempt;
      if (tracked.order.leg !== leg) continue;
      if (state === 'sending' || state === 'unknown' || lacksFills(attempt)) return false;
      if (tracked.order.type === 'market' && !isOver(tracked)) return false;
    }
    return true;
  }

  entered(order: Order, code: string | null): void {
    if (code === null) this.#recent.entered(order, this.#parts.clock.monotonicMs());
  }

  refused(order: Order): void {
    this.#recent.refused(order, this.#parts.clock.monotonicMs());
  }

  // ---- what the venue tells --------------------------------------------------------------------------

  hear(event: ClientEvent): void {
    const { ledger, legs, safety, clock, doubt } = this.#parts;
    switch (event.kind) {
      case 'order':
        if (!ledger.report(event.order)) this.stranger(event.order);
        else this.#askForFills(event.order);
        return;
      case 'fill':
        this.#book(event.fill);
        return;
      case 'funding':
        this.#parts.funding.hear(event);
        return;
      case 'position': {
        const leg = legs.named(event.symbol);
        if (leg === undefined || !this.isQuiet(leg.leg)) return;
        if (!isNear(ledger.heldQty(leg.leg), event.qty, leg.instrument)) doubt();
        return;
      }
      case 'leverage':
        this.#parts.margins.hear(event);
        return;
      case 'balance':
        return;
      case 'stream':
        legs.tell(event.isUp ? 'connected' : 'lost', `its user stream ${event.text}`.trimEnd());
        this.#isDeaf = !event.isUp;
        if (event.isUp) doubt();
        return;
      case 'alert':
        legs.tell('alert', `${event.code}: ${event.text}`);
        if (event.code === 'auth') safety.halt('venue-auth', clock.nowMs(), event.text);
        return;
      case 'complaint':
        legs.tell('complaint', event.text);
    }
  }

  /** An end that comes before its fills: they are asked for, should the stream not bring them. */
  #askForFills({ clientId, venueOrderId }: OrderReport): void {
    for (const attempt of this.#parts.ledger.open()) {
      const isIt = attempt.clientId === clientId || attempt.venueOrderId === venueOrderId;
      if (isIt && lacksFills(attempt)) this.#parts.askAfter(attempt);
    }
  }

  /** An order at the venue that nobody here sent. */
  stranger({ symbol, venueOrderId, clientId, status }: OrderReport): void {
    const { legs } = this.#parts;
    const leg = legs.named(symbol);
    if (leg === undefined || (status !== 'open' && status !== 'partly-filled')) return;
    if (leg.blocks.has('external-order')) return;
    legs.tell('external', `an order that is not ours: ${clientId ?? venueOrderId}`, leg.leg);
    legs.block(leg, 'external-order');
  }

  #book(fill: FillReport): void {
    const { ledger, legs, onFill } = this.#parts;
    const leg = legs.named(fill.symbol);
    if (leg === undefined) return;
    const before = ledger.heldQty(leg.leg);
    const told = ledger.fill(leg.leg, fill, feeOf(fill, leg.instrument));
    if (told === 'booked') onFill(ledger.orderOf(fill)!, fill.price, before);
    else if (told === 'external') this.#external(leg, fill);
  }

  #external(leg: WatchedLeg, fill: FillReport): void {
    const { ledger, legs, doubt } = this.#parts;
    const { qty, price, tradeId, forced } = fill;
    if (fill.clientId === null && forced === null && ledger.mayName(leg.leg)) {
      if (!this.#parked.some((one) => one.tradeId === tradeId)) this.#parked.push(fill);
      return;
    }
    const held = ledger.heldQty(leg.leg);
    const takesAway = held > 0 !== qty > 0 && Math.abs(qty) <= Math.abs(held) * (1 + 1e-9);
    legs.tell('external', `${qty} at ${price}, trade ${tradeId}, ${forced ?? 'not ours'}`, leg.leg);
    if (forced !== null || takesAway) ledger.external(leg.leg, fill, feeOf(fill, leg.instrument));
    legs.block(leg, 'external-fill');
    doubt();
  }

  /** An answer has come: what was parked may have a name now. */
  told(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const fill of parked) this.#book(fill);
  }

  // ---- what is asked for -----------------------------------------------------------------------------

  /** Marks now; a venue that does not answer leaves them to grow old. */
  async readMarks(): Promise<void> {
    const { client, clock, legs, over } = this.#parts;
    const askedMs = clock.monotonicMs();
    try {
      const marks = await client.marks(legs.symbols, over);
      for (const leg of legs.all) {
        const mark = marks.get(leg.instrument.symbol);
        if (mark === undefined || !(mark > 0)) continue;
        leg.mark = mark;
        leg.markedMs = askedMs;
      }
    } catch (error) {
      legs.complain(error);
    }
  }

  /** True when the venue is there; its clock is compared with ours by the way. */
  async readPulse(): Promise<boolean> {
    const { client, legs, over } = this.#parts;
    try {
      this.pulse((await client.ping(over)).skewMs);
      return true;
    } catch (error) {
      this.pulse(Number.NaN);
      legs.complain(error);
      return false;
    }
  }

  pulse(skewMs: number): void {
    this.#skewMs = skewMs;
  }

  /**
   * Books every fill of a leg that has not been asked for yet. What the stream said of later ones proves
   * nothing about earlier ones. Throws when the venue cannot be asked.
   */
  async readFills(leg: number): Promise<void> {
    const { client, clock, over } = this.#parts;
    const watched = this.leg(leg);
    const askedMs = clock.nowMs();
    const sinceMs = watched.fillsMs - OVERLAP_MS;
    const fills = await client.fills(watched.instrument.symbol, sinceMs, over);
    for (const fill of fills) this.#book(fill);
    watched.fillsMs = Math.max(watched.fillsMs, askedMs);
  }

  /** A venue that tells no fills: its position says that the order was filled, whole. */
  inferFill({ clientId, tracked }: Attempt, price: number): void {
    const { order, qty, instrument } = tracked;
    this.#book({
      tradeId: `position ${clientId}`,
      venueOrderId: '',
      clientId,
      symbol: instrument.symbol,
      qty: order.side * qty,
      price: price > 0 ? price : order.decisionPrice,
      feeUsd: Number.NaN,
      maker: false,
      atMs: this.#parts.clock.nowMs(),
      forced: null,
    });
  }

  account(balances: readonly BalanceReport[]): void {
    this.#freeUsd = balances.reduce((sum, { freeUsd }) => sum + freeUsd, 0);
    this.#parts.onEquity(balances.reduce((sum, { equityUsd }) => sum + equityUsd, 0));
  }
}

/** The venue's word, else what its schedule says of such a fill. */
function feeOf({ feeUsd, qty, price, maker }: FillReport, instrument: Instrument): number {
  if (feeUsd === feeUsd) return feeUsd;
  const bps = maker ? instrument.makerFeeBps : instrument.takerFeeBps;
  return (Math.abs(qty) * price * bps) / 10_000;
}
