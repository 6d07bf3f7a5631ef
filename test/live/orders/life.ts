// One life of a session at venues: a kernel, a port, and what is written down, in a session's own order.
//
//   event -> written -> kernel -> intents written -> [durable] -> carried out
//
// Between any two of these it may die. The next life begins with what was durable, and perhaps a little
// more: the same kernel run again over it, the port told what had been answered (live/recovery.ts).

import { assert } from '../../../engine/errors.ts';
import type { Event } from '../../../engine/event.ts';
import type { Intent } from '../../../engine/intent.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import { isMarketEvent, type VenueEvent } from '../../../live/inbox.ts';
import type { OrderPort } from '../../../live/orders/port.ts';
import type { Answer } from '../../../live/venues/port.ts';
import type { SimClient } from './client.ts';

export type RowEvent = Extract<Event, { readonly kind: 'candle' | 'row-closed' }>;
type Line = { readonly event: Event } | { readonly intent: Intent };

/** A journal in memory: some of it would survive. */
export class Written {
  lines: Line[] = [];
  #durable = 0;

  flush(): void {
    this.#durable = this.lines.length;
  }

  /** The process is gone: what was not durable may have reached the disk, up to some line. */
  lose(share: number): void {
    const more = Math.floor(share * (this.lines.length - this.#durable + 1));
    this.lines.length = this.#durable + more;
    this.#durable = this.lines.length;
  }

  *events(): IterableIterator<Event> {
    for (const line of this.lines) if ('event' in line) yield line.event;
  }
}

/** What a life is made of; made anew for each. */
export interface LifeParts {
  readonly kernel: Kernel;
  readonly clients: readonly SimClient[];
  readonly openPort: (answer: Answer) => OrderPort;
  readonly written: Written;
  readonly monotonicMs: () => number;
  /** Asked between any two steps: true = killed here and now. */
  readonly dies: () => boolean;
  readonly onFailure: (error: unknown) => void;
}

const FLUSH_EVERY_MS = 1000;

export class Life {
  readonly kernel: Kernel;
  readonly port: OrderPort;
  readonly #parts: LifeParts;
  readonly #inbox: VenueEvent[] = [];
  #isPumping = false;
  #flushedMs: number;
  isDead = false;
  hasBegun = false;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.kernel = parts.kernel;
    this.#flushedMs = parts.monotonicMs();
    this.port = parts.openPort((event) => {
      this.#inbox.push(event);
      queueMicrotask(() => this.#pump());
    });
    this.#recall();
  }

  async begin(): Promise<void> {
    await this.port.begin();
    this.hasBegun = true;
    this.#pump();
  }

  die(): void {
    this.isDead = true;
    for (const client of this.#parts.clients) client.die();
    void this.port.close();
  }

  /** A row of the market, its end last, as far as it is not written down yet. */
  meet(row: readonly RowEvent[]): void {
    const { openMs } = row[0]!;
    const said = new Set<string>();
    for (const line of this.#parts.written.lines.toReversed()) {
      if (!('event' in line) || !isMarketEvent(line.event)) continue;
      if (line.event.kind === 'row-closed') {
        if (line.event.openMs >= openMs) return;
        break;
      }
      said.add(JSON.stringify(line.event));
    }
    for (const event of row) if (!said.has(JSON.stringify(event))) this.apply(event);
  }

  apply(event: Event): void {
    const { written, dies, monotonicMs } = this.#parts;
    if (this.isDead) return;
    written.lines.push({ event });
    this.kernel.apply(event);
    const intents = this.#emptied();
    for (const intent of intents) written.lines.push({ intent });
    if (intents.length === 0 && monotonicMs() - this.#flushedMs < FLUSH_EVERY_MS) return;
    if (dies()) return;
    written.flush();
    this.#flushedMs = monotonicMs();
    for (const intent of intents) {
      if (dies()) return;
      this.port.carryOut([intent]);
    }
  }

  #emptied(): Intent[] {
    const { tray } = this.kernel;
    const intents = Array.from({ length: tray.length }, (_, k) => tray.at(k));
    tray.clear();
    return intents;
  }

  /** Answers are applied one by one, each with all that it leads to. */
  #pump(): void {
    if (this.#isPumping || !this.hasBegun) return;
    this.#isPumping = true;
    try {
      while (this.#inbox.length > 0 && !this.isDead) this.apply(this.#inbox.shift()!);
    } catch (error) {
      this.#parts.onFailure(error);
    } finally {
      this.#isPumping = false;
    }
  }

  #recall(): void {
    const { written } = this.#parts;
    const lines = written.lines.splice(0);
    for (let k = 0; k < lines.length; ) {
      const line = lines[k++]!;
      assert('event' in line, 'intents stand behind the event that led to them');
      const recorded = k;
      while (k < lines.length && 'intent' in lines[k]!) k++;
      const { event } = line;
      if (!isMarketEvent(event)) this.port.recall(event as VenueEvent);
      this.kernel.apply(event);
      const intents = this.#emptied();
      // Of the last event some may be missing: they are written now, as a session does.
      assert(k === lines.length || intents.length === k - recorded, 'a life runs again as it was');
      written.lines.push(line, ...intents.map((intent) => ({ intent })));
      this.port.carryOut(intents);
    }
    written.flush();
  }
}
