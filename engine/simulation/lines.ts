// The line between us and each venue: how long a message takes, and whether it arrives at all.
//
//   decision -> feed delay -> entry delay -> venue        venue -> response delay -> us
//
// While a venue cannot be reached an entry is refused or its fate unknown; whatever takes risk away
// is tried again until it gets through, and answers wait. Draws come from named streams, in the order
// in which orders are sent; a line without delay or outage draws nothing and answers at once.

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

  constructor(panel: Panel, world: WorldConfig, seed: number, venues: readonly string[]) {
    const { entry, response, feed } = world.latency;
    this.#entry = new LatencyModel(entry, seed, 'entry');
    this.#response = new LatencyModel(response, seed, 'response');
    this.#feed = new LatencyModel(feed, seed, 'feed');
    const fromMs = panel.openMs[0] ?? 0;
    const toMs = (panel.openMs[panel.length - 1] ?? 0) + panel.intervalMs;
    this.#outages = new OutageCalendar(outagesOf(world, venues, fromMs, toMs, seed), venues);
    this.#fate = random(seed, 'outages/fate');
    const models = [entry.model, response.model, feed.model];
    this.isInstant = this.#outages.isEmpty && models.every((model) => model === 'none');
  }

  isUp(venue: number, atMs: number): boolean {
    return this.#outages.at(venue, atMs) === null;
  }

  /** Sends an order decided at `nowMs`. The answer is valid until the next call. */
  send(order: Order, venue: number, nowMs: number): Sending {
    const sending = this.#sending;
    let departsMs = Math.max(nowMs, order.sendMs) + this.#feed.draw();
    sending.outcome = 'sent';
    const outage = this.#outages.isEmpty ? null : this.#outages.at(venue, departsMs);
    if (outage !== null) {
      if (order.reduceOnly) {
        departsMs = this.#outages.reachableMs(venue, departsMs);
      } else if (outage.answer === 'refused') {
        sending.outcome = 'refused';
        sending.atMs = departsMs;
        return sending;
      } else {
        sending.outcome = this.#fate() < 0.5 ? 'lost' : 'taken';
        sending.atMs = departsMs + TIMEOUT_MS;
        sending.backMs = Math.max(this.#outages.reachableMs(venue, departsMs), sending.atMs);
      }
    }
    sending.arrivesMs = departsMs + this.#entry.draw();
    return sending;
  }

  /** When a cancel sent at `nowMs` reaches the venue. */
  cancel(venue: number, nowMs: number): number {
    return this.#outages.reachableMs(venue, nowMs + this.#feed.draw()) + this.#entry.draw();
  }

  /** When what the venue says at `atMs` reaches us. */
  back(venue: number, atMs: number): number {
    return this.#outages.reachableMs(venue, atMs) + this.#response.draw();
  }
}
