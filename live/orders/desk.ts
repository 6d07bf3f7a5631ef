// One venue's desk: sends what it is told, once; finds out what became of it; takes back what is not
// wanted any more. Everything here waits for a venue; what is known stands in the ledger.
//
//   order -> guard -> attempt -> request -> outcome -> accepted: the stream tells the rest
//                                                   -> refused:  told, or, if it takes risk away, again
//                                                   -> unknown:  asked for until the venue says which
//
// A request is never sent twice for an order that adds risk. What takes risk away is tried again where
// the venue certainly did not take it, as a new request with an id of its own.

import type { Order } from '../../engine/execution/order.ts';
import { isProtection } from '../../engine/execution/order.ts';
import { roundQty } from '../../engine/market/instrument.ts';
import { concernOf } from '../venues/codes.ts';
import type { Outcome, Refused } from '../venues/port.ts';
import { boundOf, entryRefusal, reducible } from './guard.ts';
import { FIRST_PAUSE_MS, Inquiry, type InquiryParts, LONGEST_PAUSE_MS } from './inquiry.ts';
import { textOf } from './legs.ts';
import type { Limits } from './limits.ts';
import { requestOf } from './request.ts';
import type { Safety } from './safety.ts';
import {
  type Attempt,
  change,
  isGone,
  isOver,
  isPending,
  leftQty,
  type Tracked,
  type Wish,
} from './tracked.ts';

/** What a desk stands on. */
export interface DeskParts extends InquiryParts {
  readonly safety: Safety;
  readonly limits: Limits;
  /** Makes ids of orders unique among all runs of this wallet. */
  readonly sessionId: string;
  /** Equity as the session has it, USD: what a share of equity is a share of. */
  readonly equityUsd: () => number;
}

/** Ids that an order may have at its venue, one after another: a restart asks for all of them. */
const MOST_IDS = 10;
/** Requests for an order that takes risk away after which a person is called; it is tried on. */
const MANY_TRIES = 10;

export class VenueDesk {
  readonly #parts: DeskParts;
  readonly #inquiry: Inquiry;
  /** Orders that are being changed. */
  readonly #changing = new Set<Tracked>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#inquiry = new Inquiry(parts, (attempt) => this.#takeBack(attempt));
  }

  /** The nth id that an order may have at the venue; the same in every process. */
  #clientId(orderId: number, n: number): string {
    const { client, sessionId } = this.#parts;
    return client.clientId(n === 0 ? `${sessionId}:${orderId}` : `${sessionId}:${orderId}.${n}`);
  }

  // ---- sending ---------------------------------------------------------------------------------------

  /** An order that is to be at the venue now. Refused or on its way when it returns. */
  submit(order: Order): void {
    const { ledger, legs } = this.#parts;
    const { instrument } = legs.of(order.leg);
    const tracked = ledger.take(order, this.#sizeOf(order), instrument);
    const code = order.reduceOnly ? this.#reductionRefusal(tracked) : this.#entryRefusal(tracked);
    if (code !== null) {
      ledger.refuse(tracked, code);
      return;
    }
    void this.#send(tracked, order);
  }

  /** An order of an earlier process, recorded as on its way: nobody knows what became of it. */
  recall(order: Order): Tracked {
    const { ledger, legs } = this.#parts;
    return ledger.take(order, this.#sizeOf(order), legs.of(order.leg).instrument);
  }

  /**
   * Finds out what became of an order of an earlier process. It may have led to several requests where it
   * takes risk away, and nobody has counted them: all that there can be are asked for.
   */
  resume(tracked: Tracked): void {
    const { client, clock } = this.#parts;
    const { requestLifeMs, visibilityLagMs } = client.capabilities;
    this.#askForAll(tracked, clock.monotonicMs() + requestLifeMs + visibilityLagMs);
  }

  /**
   * An order that woke now and that an earlier process may have woken: it is asked for before it is sent,
   * for one that has ended meanwhile would be taken again. No position waits for a proof: it is sent by
   * the same id as soon as it was asked for, and of one that is open the venue takes no second.
   */
  retrieve(order: Order): void {
    this.#askForAll(this.recall(order), this.#parts.clock.monotonicMs());
  }

  #askForAll(tracked: Tracked, provenMs: number): void {
    const { ledger } = this.#parts;
    const { id, reduceOnly } = tracked.order;
    for (let n = 0; n < (reduceOnly ? MOST_IDS : 1); n++) {
      const attempt = ledger.attempt(tracked, n, this.#clientId(id, n));
      ledger.outcome(attempt, NOBODY_KNOWS, provenMs);
      void this.askAfter(attempt);
    }
    void this.#change(tracked);
  }

  /** Whole lots. What takes risk away is cut to what is held. */
  #sizeOf(order: Order): number {
    const { ledger, legs, equityUsd } = this.#parts;
    const { leg, side, qty, equityFraction, decisionPrice, reduceOnly } = order;
    const { instrument } = legs.of(leg);
    const wanted = qty === qty ? qty : (equityFraction * equityUsd()) / decisionPrice;
    if (reduceOnly) return reducible(side, wanted, ledger.heldQty(leg), instrument);
    return roundQty(instrument, wanted);
  }

  #reductionRefusal({ qty }: Tracked): string | null {
    return qty > 0 ? null : 'reduce-only';
  }

  #entryRefusal({ order, qty, instrument }: Tracked): string | null {
    const { limits, watch } = this.#parts;
    const code = entryRefusal(order, qty, instrument, limits, watch.situation(order));
    watch.entered(order, code);
    return code;
  }

  async #send(tracked: Tracked, order: Order): Promise<void> {
    const { client, ledger, legs, watch, limits, clock, over } = this.#parts;
    // A session that has ended sends nothing more, whatever it still hears.
    if (over.aborted) return;
    const n = freeId(tracked);
    const clientId = this.#clientId(order.id, n);
    const { mark } = legs.of(order.leg);
    const { instrument } = tracked;
    const qty = this.#leftOf(tracked);
    const reference = mark === mark ? mark : order.decisionPrice;
    const bound = boundOf(order.side, reference, limits);
    const attempt = ledger.attempt(tracked, n, clientId);
    tracked.tries++;
    const request = requestOf(
      { clientId, order, instrument, qty, bound, mark },
      client.capabilities,
    );
    const outcome = await never(client.submit(request));
    const { requestLifeMs, visibilityLagMs } = client.capabilities;
    ledger.outcome(attempt, outcome, clock.monotonicMs() + requestLifeMs + visibilityLagMs);
    watch.told();
    if (outcome.kind === 'unknown') void this.askAfter(attempt);
    else if (outcome.kind === 'refused') await this.#refused(tracked, order, outcome);
    if (tracked.isUnwanted && attempt.state === 'there') await this.#takeBack(attempt);
  }

  async #refused(
    tracked: Tracked,
    order: Order,
    { code, text, retryAfterMs }: Refused,
  ): Promise<void> {
    const { ledger, watch, safety, clock, doubt } = this.#parts;
    const concern = concernOf(code);
    if (concern === 'account') {
      safety.halt(`venue-${code}`, clock.nowMs(), text);
      this.#alert(order, `${code}: ${text}`);
    }
    if (concern === 'state') doubt();
    if (!order.reduceOnly) {
      watch.refused(order);
      if (concern === 'ours')
        this.#alert(order, `we built an order that it does not take: ${text}`);
      ledger.refuse(tracked, code);
      return;
    }
    // A change of what rests: that goes on protecting, and the change is tried again.
    if (tracked.attempts.some(({ state }) => state === 'there')) return;
    const isLast = isWornOut(tracked);
    if (concern === 'account' || concern === 'state' || isLast) {
      if (concern !== 'state')
        this.#alert(order, `a reduction was refused for good: ${code} ${text}`);
      ledger.refuse(tracked, code);
      return;
    }
    if (concern === 'pace' || concern === 'way') {
      await this.#later(tracked, order, retryAfterMs);
      return;
    }
    // It was at any price already: the same once more, and never in haste.
    if (order.type === 'market') {
      await this.#later(tracked, order, retryAfterMs);
      return;
    }
    // A stop whose price has passed, or that the venue does not take: what it protects is closed now.
    if (isProtection(order.purpose)) {
      this.#alert(order, `${order.purpose} was refused (${code}): closed at the market instead`);
    }
    await this.#again(tracked, { ...order, type: 'market' });
  }

  /** After a pause that grows with every try. */
  async #later(tracked: Tracked, order: Order, leastMs: number): Promise<void> {
    const { clock, ledger, over } = this.#parts;
    if (tracked.tries === MANY_TRIES) {
      this.#alert(order, `${order.purpose} has not come through ${MANY_TRIES} times: tried on`);
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** tracked.tries, LONGEST_PAUSE_MS);
    await clock.sleep(Math.max(leastMs, pauseMs), over);
    if (over.aborted) return;
    if (tracked.isUnwanted) ledger.cancelled(tracked);
    else await this.#again(tracked, order);
  }

  /** The same again, as far as there is still something to take away. */
  async #again(tracked: Tracked, order: Order): Promise<void> {
    if (this.#leftOf(tracked) > 0) await this.#send(tracked, order);
    else this.#parts.ledger.refuse(tracked, 'reduce-only');
  }

  /** Whole lots that are still wanted of an order. */
  #leftOf(tracked: Tracked): number {
    const { order, instrument } = tracked;
    const left = roundQty(instrument, leftQty(tracked) + instrument.lotSize / 2);
    if (!order.reduceOnly) return left;
    return reducible(order.side, left, this.#parts.ledger.heldQty(order.leg), instrument);
  }

  /**
   * What takes risk away is not at the venue any more, or never was, and is still wanted: it is sent again,
   * so that no position is without its stop. False = it adds risk, or was sent often enough.
   */
  restore(tracked: Tracked): boolean {
    const { order } = tracked;
    if (!order.reduceOnly || isWornOut(tracked) || !(this.#leftOf(tracked) > 0)) return false;
    this.#alert(order, `${order.purpose} is not at the venue: sent again`);
    if (tracked.tries === 0) void this.#send(tracked, order);
    else void this.#later(tracked, order, 0);
    return true;
  }

  // ---- taking back -----------------------------------------------------------------------------------

  cancel(tracked: Tracked): void {
    if (isOver(tracked)) return;
    tracked.isUnwanted = true;
    for (const attempt of tracked.attempts) {
      if (attempt.state === 'there') void this.#takeBack(attempt);
      // Of unknown fate: when it turns out to be there it is taken back then.
    }
  }

  /** One request of an order, whatever becomes of the order. */
  dismiss(attempt: Attempt): void {
    void this.#takeBack(attempt);
  }

  /** Cancels until the venue says that it is over, one way or another. A repeated cancel does no harm. */
  async #takeBack(attempt: Attempt): Promise<void> {
    const { client, clock, over } = this.#parts;
    const { tracked } = attempt;
    let pauseMs = FIRST_PAUSE_MS;
    while (!isGone(attempt) && !over.aborted) {
      const outcome = await never(client.cancel(tracked.instrument.symbol, this.#nameOf(attempt)));
      if (outcome.kind === 'refused' && concernOf(outcome.code) === 'account') {
        this.#alert(tracked.order, `cannot be taken back: ${outcome.code} ${outcome.text}`);
        return;
      }
      if (isGone(attempt)) return;
      // The stream may say it; asking is what makes sure.
      await clock.sleep(Math.max(pauseMs, retryOf(outcome)), over);
      await this.check(attempt);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  // ---- changing --------------------------------------------------------------------------------------

  /** The order is to be so, as soon as the venue has it. */
  amend(tracked: Tracked, wish: Wish): void {
    tracked.wish = wish;
    void this.#change(tracked);
  }

  /**
   * One change after the other, the newest wish first; what is on its way is waited for. Of an order that
   * rests twice, as an earlier process left it in the middle of a change, the newer one stays.
   */
  async #change(tracked: Tracked): Promise<void> {
    const { clock, over } = this.#parts;
    if (this.#changing.has(tracked)) return;
    this.#changing.add(tracked);
    let pauseMs = FIRST_PAUSE_MS;
    while (!isOver(tracked) && !tracked.isUnwanted && !over.aborted) {
      const { attempts } = tracked;
      if (!attempts.some(isPending)) {
        const there = attempts.filter(({ state }) => state === 'there');
        const newest = there.pop();
        for (const older of there) await this.#takeBack(older);
        const { wish } = tracked;
        if (wish === null) break;
        tracked.wish = null;
        if (newest !== undefined && (await this.#amend(tracked, newest, wish))) continue;
        tracked.wish ??= wish;
      }
      await clock.sleep(pauseMs, over);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    this.#changing.delete(tracked);
  }

  /** False = the venue did not take the change, this time. */
  async #amend(tracked: Tracked, attempt: Attempt, wish: Wish): Promise<boolean> {
    const { client, ledger, clock, over, doubt } = this.#parts;
    if (tracked.order.type === 'limit' && client.capabilities.amend) {
      const { qty, price } = wish;
      const limit = price === price ? price : tracked.order.terms.limitPrice;
      const { symbol } = tracked.instrument;
      const outcome = await never(client.amend(symbol, this.#nameOf(attempt), qty, limit));
      if (outcome.kind !== 'accepted') {
        doubt();
        return true;
      }
      change(tracked, wish);
      ledger.amended(tracked, wish);
      return true;
    }
    // The new one first: a position is never without what protects it.
    const before = tracked.attempts.length;
    change(tracked, wish);
    await this.#send(tracked, tracked.order);
    const sent = tracked.attempts.slice(before);
    while (sent.some(isPending) && !over.aborted) await clock.sleep(FIRST_PAUSE_MS, over);
    if (!sent.some(({ state, filledQty }) => state === 'there' || filledQty > 0)) return false;
    ledger.amended(tracked, wish);
    await this.#takeBack(attempt);
    return true;
  }

  #nameOf({ clientId, venueOrderId }: Attempt) {
    const { clientIds } = this.#parts.client.capabilities;
    return clientIds === 'none' ? { venueOrderId } : { clientId };
  }

  // ---- finding out -----------------------------------------------------------------------------------

  /** See Inquiry. */
  askAfter(attempt: Attempt): Promise<void> {
    return this.#inquiry.askAfter(attempt);
  }

  check(attempt: Attempt): Promise<void> {
    return this.#inquiry.check(attempt);
  }

  #alert(order: Order, text: string): void {
    this.#parts.legs.tell('alert', text, order.leg);
  }
}

/** The first id that is not, and never was, the name of an order at the venue. */
function freeId({ attempts }: Tracked): number {
  for (let n = 0; ; n++) {
    if (attempts.every((attempt) => attempt.n !== n || attempt.isVoid)) return n;
  }
}

/** It has been at the venue, and was ended there, as often as it can be told apart. */
function isWornOut(tracked: Tracked): boolean {
  return freeId(tracked) >= MOST_IDS;
}

const NOBODY_KNOWS: Outcome = Object.freeze({
  kind: 'unknown',
  code: 'unknown',
  text: 'sent, or not, by an earlier process',
});

/** A client gives values for whatever a venue does; if one throws all the same, nobody knows. */
async function never(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    return { kind: 'unknown', code: 'unknown', text: textOf(error) };
  }
}

function retryOf(outcome: Outcome): number {
  return outcome.kind === 'refused' ? outcome.retryAfterMs : 0;
}
