// The session: one consumer between the inbox and the world. The order of one event:
//
//   take -> stamp -> journal the input -> kernel.apply -> journal its intents -> [flush] -> dispatch
//
// and of one row: its candles gather (rows.ts) -> the venue meets it -> the venue's answers are
// applied -> the candles -> series that changed -> row-closed -> what was decided leaves. Nothing is
// awaited in between but the flush, and no market event is taken while intents wait to leave.

import type { Event } from '../engine/event.ts';
import type { Intent } from '../engine/intent.ts';
import type { Kernel } from '../engine/kernel.ts';
import type { Clock } from './clock.ts';
import type { Inbox, Letter } from './inbox.ts';
import type { CarriedJournal } from './journal/carried.ts';
import { stateDigest } from './market.ts';
import { type ClosedRow, type RowCounts, RowGate } from './rows.ts';
import type { OpenPort, VenuePort } from './venues/port.ts';

export interface SessionParts {
  /** One that has seen nothing, over a panel that grows. */
  readonly kernel: Kernel;
  readonly inbox: Inbox;
  readonly journal: CarriedJournal;
  readonly openPort: OpenPort;
  /** The feed's: grace times and waits. */
  readonly clock: Clock;
  /** How long after its close a row waits for late legs. */
  readonly graceMs?: number;
  /** Told after each row has been decided on. */
  readonly onRow?: (kernel: Kernel) => void;
}

const GRACE_MS = 5000;
/** What waits for a flush although nothing is to be sent is made durable this often, */
const FLUSH_EVERY_MS = 1000;
/** or when there are so many lines of it. */
const FLUSH_LINES = 8192;
/** How often an idle session looks at what it waits for. */
const ALARM_MS = 250;

export class Session {
  readonly kernel: Kernel;
  readonly #inbox: Inbox;
  readonly #journal: CarriedJournal;
  readonly #clock: Clock;
  readonly #port: VenuePort;
  readonly #gate: RowGate;
  readonly #onRow: ((kernel: Kernel) => void) | undefined;
  readonly #digest = () => stateDigest(this.kernel);
  /** Events of a row that the venue has met, on their way to the kernel. */
  #staged: Event[] = [];
  #nextStaged = 0;
  /** Intents that are journaled and not dispatched. */
  #outbox: Intent[] = [];
  #stopCode: string | null = null;
  #flushedMs: number;
  #hasAlarm = false;
  readonly #over = new AbortController();

  constructor(parts: SessionParts) {
    const { kernel, inbox, journal, openPort, clock } = parts;
    this.kernel = kernel;
    this.#inbox = inbox;
    this.#journal = journal;
    this.#clock = clock;
    this.#onRow = parts.onRow;
    const { legs, intervalMs } = kernel.panel;
    this.#gate = new RowGate(legs.length, intervalMs, parts.graceMs ?? GRACE_MS);
    this.#port = openPort((event) => inbox.push({ lane: 'venue', event }));
    this.#flushedMs = clock.monotonicMs();
  }

  /** What of the market came late, twice, changed or unsound. */
  get counts(): Readonly<RowCounts> {
    return this.#gate.counts;
  }

  /**
   * Goes through what waits in the inbox without a flush: over recorded lines only, whose intents
   * are durable already.
   */
  rerun(): void {
    for (;;) {
      this.#drain();
      if (this.#outbox.length === 0) return;
      this.#dispatch();
    }
  }

  /**
   * Runs until it is stopped or halts, and gives the code of its stop line, which is then durable. A
   * JournalFault ends it with nothing more dispatched; whatever is thrown, its input is journaled.
   */
  async run(): Promise<string> {
    try {
      for (;;) {
        this.#drain();
        if (this.#outbox.length > 0 || this.#journal.pendingLines >= FLUSH_LINES) {
          await this.#flush();
          this.#dispatch();
        } else if (this.#stopCode !== null) break;
        else await this.#wait();
      }
      if (this.#stopCode === 'ended') this.#journal.refuseRest();
      await this.#journal.stop(this.#stopCode);
      return this.#stopCode;
    } catch (error) {
      await this.#journal.abandon('failed');
      throw error;
    } finally {
      this.#over.abort();
      this.#inbox.close();
      await this.#port.close();
    }
  }

  /** Everything that can be done without letting an intent leave. */
  #drain(): void {
    const inbox = this.#inbox;
    for (;;) {
      const letter = inbox.take(false);
      if (letter !== null) {
        this.#open(letter);
        continue;
      }
      if (this.#nextStaged < this.#staged.length) {
        this.#step(this.#staged[this.#nextStaged++]!);
        continue;
      }
      if (inbox.overflow !== null) this.#stopCode ??= `${inbox.overflow}-lane-full`;
      // What was decided leaves before the market goes on; a session that ends takes no more of it.
      if (this.#outbox.length > 0 || this.#stopCode !== null) return;
      const due = this.#gate.isWaiting ? this.#gate.due(this.#clock.nowMs()) : null;
      if (due !== null) {
        this.#meet(due);
        continue;
      }
      const market = inbox.take(true);
      if (market === null) return;
      this.#open(market);
    }
  }

  #open(letter: Letter): void {
    switch (letter.lane) {
      case 'operator':
        this.#stopCode ??= letter.code;
        return;
      case 'venue':
      case 'model':
        this.#step(letter.event);
        return;
      case 'tick':
        return;
      case 'market': {
        // A candle that still forms is looked at by people, not by the kernel.
        if ('forming' in letter) return;
        const row = this.#gate.add(letter.event);
        if (row !== null) this.#meet(row);
      }
    }
  }

  /** The venue's answers to a row go before the row itself: their lane is taken first. */
  #meet(row: ClosedRow): void {
    const { openMs, candles, series } = row;
    const tsMs = candles[0]!.tsMs;
    this.#port.onRow?.(row);
    this.#staged = [...candles, ...series, { kind: 'row-closed', tsMs, openMs }];
    this.#nextStaged = 0;
  }

  /** One event, whole: nothing else happens between its line and the lines of its intents. */
  #step(event: Event): void {
    const journal = this.#journal;
    const { kernel } = this;
    const stampMs = journal.stamp();
    const seq = journal.input(stampMs, event);
    kernel.apply(event);
    const { tray } = kernel;
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      journal.output(stampMs, seq, intent);
      this.#outbox.push(intent);
    }
    tray.clear();
    journal.mark(stampMs, this.#digest);
    if (event.kind === 'row-closed') this.#onRow?.(kernel);
  }

  #dispatch(): void {
    if (this.#outbox.length === 0) return;
    const intents = this.#outbox;
    this.#outbox = [];
    this.#port.carryOut(intents, this.kernel.nowMs);
  }

  async #flush(): Promise<void> {
    await this.#journal.flush();
    this.#flushedMs = this.#clock.monotonicMs();
  }

  /** Until a letter comes, or a row's grace time or a flush may be due. */
  async #wait(): Promise<void> {
    const hasLines = this.#journal.pendingLines > 0;
    if (hasLines && this.#clock.monotonicMs() - this.#flushedMs >= FLUSH_EVERY_MS) {
      await this.#flush();
    } else {
      if (hasLines || this.#gate.isWaiting) this.#setAlarm();
      await this.#inbox.arrival();
    }
  }

  #setAlarm(): void {
    if (this.#hasAlarm) return;
    this.#hasAlarm = true;
    this.#clock.sleep(ALARM_MS, this.#over.signal).then(() => {
      this.#hasAlarm = false;
      this.#inbox.wake();
    });
  }
}
