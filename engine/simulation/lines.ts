// The line between us and each venue: how long a message takes, and whether it arrives at all.
//
//   decision -> feed delay -> entry delay -> venue        venue -> response delay -> us
//
// While a venue cannot be reached an entry is refused or its fate unknown; whatever takes risk away
// is tried again until it gets through, and answers wait. A line keeps its order, as a connection does:
// nothing overtakes what was sent before it, either way. Draws come from named streams, in the order in
// which messages are sent; a line without delay or outage draws nothing and answers at once.

import type { WorldConfig } from '../config/schema.ts';
import type { Order } from '../execution/order.ts';
import type { Panel } from '../market/panel.ts';
import { type Random, random } from '../random.ts';
import { LatencyModel } from './costs/latency.ts';
import { OutageCalendar, outagesOf } from './outages.ts';

/** How long we wait for an answer before an order counts as unknown. */
const TIMEOUT_MS = 10_000;

/** What became of an order on its way; one object, used again. */
export interface Sending {
  /** `lost` and `taken` are both unknown to us until the venue is back. */
  outcome: 'sent' | 'refused' | 'lost' | 'taken';
  /** When it reaches the venue. */
  arrivesMs: number;
  /** When we hear of a refusal, or give up waiting. */
  atMs: number;
  /** When the venue can be asked what became of it. */
  backMs: number;
}

export class Lines {
  /** Nothing is ever late or lost. */
  readonly isInstant: boolean;
  readonly #entry: LatencyModel;
  readonly #response: LatencyModel;
  readonly #feed: LatencyModel;
  readonly #outages: OutageCalendar;
  readonly #fate: Random;
  readonly #sending: Sending = { outcome: 'sent', arrivesMs: 0, atMs: 0, backMs: 0 };
  /** Of each venue: when the newest message was sent, when it gets there, when we last heard. */
  readonly #sentMs: Float64Array;
  readonly #thereMs: Float64Array;
  readonly #heardMs: Float64Array;
  /** Of each venue: its own constant, where it has one. */
  readonly #ownMs: readonly (number | null)[];
  #feedAtMs = Number.NaN;
  #feedMs = 0;

  constructor(panel: Panel, world: WorldConfig, seed: number, venues: readonly string[]) {
    const { entry, response, feed } = world.latency;
    this.#entry = new LatencyModel(entry, seed, 'entry');
    this.#response = new LatencyModel(response, seed, 'response');
    this.#feed = new LatencyModel(feed, seed, 'feed');
    const fromMs = panel.openMs[0] ?? 0;
    const toMs = (panel.openMs[panel.length - 1] ?? 0) + panel.intervalMs;
    this.#outages = new OutageCalendar(outagesOf(world, venues, fromMs, toMs, seed), venues);
    this.#fate = random(seed, 'outages/fate');
    this.#sentMs = new Float64Array(venues.length);
    this.#thereMs = new Float64Array(venues.length);
    this.#heardMs = new Float64Array(venues.length);
    const models = [entry.model, response.model, feed.model];
    this.#ownMs = venues.map((name) => world.venues[name]?.latencyMs ?? null);
    const isPrompt = this.#ownMs.every((ms) => ms === null || ms === 0);
    this.isInstant = this.#outages.isEmpty && isPrompt && models.every((model) => model === 'none');
  }

  #late(venue: number, model: LatencyModel): number {
    // Stamps are whole milliseconds.
    return Math.round(this.#ownMs[venue] ?? model.draw());
  }

  isUp(venue: number, atMs: number): boolean {
    return this.#outages.at(venue, atMs) === null;
  }

  /** Sends an order decided at `nowMs`. The answer is valid until the next call. */
  send(order: Order, venue: number, nowMs: number): Sending {
    const sending = this.#sending;
    const sentMs = Math.max(nowMs, order.sendMs);
    sending.outcome = 'sent';
    if (this.isInstant) {
      sending.arrivesMs = sentMs;
      return sending;
    }
    let departsMs = Math.max(nowMs + this.#feedDelay(nowMs), order.sendMs);
    const outage = this.#outages.isEmpty ? null : this.#outages.at(venue, departsMs);
    if (outage !== null) {
      if (order.reduceOnly) {
        departsMs = this.#outages.reachableMs(venue, departsMs);
      } else if (outage.answer === 'refused') {
        sending.outcome = 'refused';
        sending.atMs = departsMs;
        return sending;
      } else {
        const reachableMs = this.#outages.reachableMs(venue, departsMs);
        sending.atMs = departsMs + TIMEOUT_MS;
        sending.backMs = Math.max(reachableMs, sending.atMs);
        if (this.#fate() < 0.5) sending.outcome = 'lost';
        // Back before we give up waiting: its answers are late and nothing else.
        else if (reachableMs > sending.atMs) sending.outcome = 'taken';
      }
    }
    sending.arrivesMs = this.#inOrder(venue, sentMs, departsMs + this.#late(venue, this.#entry));
    return sending;
  }

  /** When a cancel or an amendment sent at `nowMs` reaches the venue. */
  message(venue: number, nowMs: number): number {
    const departsMs = this.#outages.reachableMs(venue, nowMs + this.#feedDelay(nowMs));
    return this.#inOrder(venue, nowMs, departsMs + this.#late(venue, this.#entry));
  }

  /** When what the venue says at `atMs` about its orders reaches us. */
  back(venue: number, atMs: number): number {
    const dueMs = Math.max(this.alone(venue, atMs), this.#heardMs[venue]!);
    this.#heardMs[venue] = dueMs;
    return dueMs;
  }

  /** The same of an answer that no other one depends on. */
  alone(venue: number, atMs: number): number {
    return this.#outages.reachableMs(venue, atMs) + this.#late(venue, this.#response);
  }

  /** One draw for each close: all that is decided at it has seen the same candle. */
  #feedDelay(nowMs: number): number {
    if (nowMs !== this.#feedAtMs) {
      this.#feedAtMs = nowMs;
      this.#feedMs = Math.round(this.#feed.draw());
    }
    return this.#feedMs;
  }

  /** Not before what was sent earlier; what is sent before a message that waits to be sent may be. */
  #inOrder(venue: number, sentMs: number, arrivesMs: number): number {
    if (sentMs < this.#sentMs[venue]!) return arrivesMs;
    const thereMs = Math.max(arrivesMs, this.#thereMs[venue]!);
    this.#sentMs[venue] = sentMs;
    this.#thereMs[venue] = thereMs;
    return thereMs;
  }
}
