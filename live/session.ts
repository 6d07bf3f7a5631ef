// The session: one consumer between the inbox and the world. The order of one event:
//
//   take -> stamp -> journal the input -> kernel.apply -> journal its intents -> [flush] -> dispatch
//
// and of one row: its candles gather (rows.ts) -> is it too old to be traded on? -> the venue meets it
// -> the venue's answers are applied -> funding rates, candles, series that changed -> row-closed ->
// what was decided leaves. Nothing is awaited in between but the flush, and no market event and no
// person's word is taken while intents wait to leave.

import { type Command, type Event, isModelEvent, type ModelEvent } from '../engine/event.ts';
import type { Intent } from '../engine/intent.ts';
import { HOUR_MS, MINUTE_MS } from '../engine/interval.ts';
import type { Kernel } from '../engine/kernel.ts';
import type { Clock } from './clock.ts';
import { eventText } from './divergence.ts';
import { type Inbox, isMarketEvent, type Letter, type VenueEvent } from './inbox.ts';
import type { CarriedJournal } from './journal/carried.ts';
import { knownCandle, stateDigest } from './market.ts';
import { ModelDesk } from './models/desk.ts';
import { type Note, type NoteCode, note } from './note.ts';
import { type ClosedRow, type RowCounts, RowGate } from './rows.ts';
import type { Onlooker, SessionParts } from './session-parts.ts';
import type { VenuePort } from './venues/port.ts';

const GRACE_MS = 5000;
const STALE_MS = 20_000;
/** Notes of one kind that are written down for an hour of the feed's time; the rest is counted. */
const NOTES_AN_HOUR = 60;
/** How often it is written down that the process is there, ms of real time. */
const ALIVE_MS = 10 * MINUTE_MS;
/** How often the venue's positions are compared with ours, ms of the feed's time. */
const RECONCILE_MS = HOUR_MS;
/** What waits for a flush although nothing is to be sent is made durable this often, */
const FLUSH_EVERY_MS = 1000;
/** or when there are so many lines of it. */
const FLUSH_LINES = 8192;
/** How often somebody who listens is told that the session lives, ms of the clock it is given. */
const BEAT_MS = 1000;
const ALARM_MS = 250; // how often an idle session looks at what it waits for

export class Session {
  readonly kernel: Kernel;
  readonly #inbox: Inbox;
  readonly #journal: CarriedJournal;
  readonly #clock: Clock;
  readonly #port: VenuePort;
  /** Null where nobody asks a model. */
  readonly #models: ModelDesk | null;
  /** A row that waits for what models say up to its close. */
  #closed: ClosedRow | null = null;
  readonly #gate: RowGate;
  readonly #onlooker: Onlooker;
  readonly #digest = () => stateDigest(this.kernel);
  /** Events of a row that the venue has met, on their way to the kernel. */
  #staged: Event[] = [];
  #nextStaged = 0;
  /** Intents that are journaled and not dispatched. */
  #outbox: Intent[] = [];
  #stopCode: string | null = null;
  /** What a person has said and the kernel has not been told. */
  readonly #commands: Command[] = [];
  readonly #staleMs: number;
  readonly #noted = new Map<NoteCode, number>();
  #notedHour = 0;
  #reconciledMs = Number.NEGATIVE_INFINITY;
  #flushedMs: number;
  #toldMs: number;
  #hasAlarm = false;
  #hasBegun = false;
  readonly #over = new AbortController();
  /** Market events of a row that had not closed when an earlier process ended, as texts. */
  readonly #relived = new Set<string>();

  constructor(parts: SessionParts) {
    const { kernel, inbox, journal, openPort, clock } = parts;
    this.kernel = kernel;
    this.#inbox = inbox;
    this.#journal = journal;
    this.#clock = clock;
    this.#onlooker = parts;
    const { legs, intervalMs } = kernel.panel;
    this.#gate = new RowGate({
      legs: legs.length,
      intervalMs,
      graceMs: parts.graceMs ?? GRACE_MS,
      known: (leg, openMs) => knownCandle(kernel.panel, leg, openMs),
      onOdd: (odd) => this.#note(odd),
    });
    this.#staleMs = parts.staleMs ?? STALE_MS;
    this.#port = openPort((event) => inbox.push({ lane: 'venue', event }), {
      note: (one) => inbox.push({ lane: 'market', note: one }),
      say: (command) => inbox.push({ lane: 'operator', command }),
      equityUsd: () => kernel.portfolio.equityUsd,
    });
    const { models: answers = null, isStored = false } = parts;
    const tell = (event: ModelEvent) => inbox.push({ lane: 'model', event });
    const desk = { port: answers, clock, tell, isStored };
    this.#models = kernel.decider.parking ? new ModelDesk(desk) : null;
    this.#flushedMs = clock.monotonicMs();
    this.#toldMs = this.#flushedMs;
  }

  /** Called before the stop is written; and every ten minutes of real time. */
  onEnd = () => {};
  onAlive = () => {};

  /** What of the market came late, twice, changed or unsound. */
  get counts(): Readonly<RowCounts> {
    return this.#gate.counts;
  }

  /** True where a venue cannot be rebuilt: what it answered is taken from the journal. */
  get recalls(): boolean {
    return this.#port.recall !== undefined;
  }

  /**
   * One recorded event of a session whose answers come from the journal, in its place; all that it led to
   * is recorded behind it, or was never sent.
   */
  relive(event: Event): void {
    if (isMarketEvent(event)) this.#relived.add(eventText(event));
    else if (!isModelEvent(event)) this.#port.recall?.(event as VenueEvent);
    if (event.kind === 'row-closed') this.#relived.clear();
    this.#step(event);
    this.#dispatch();
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
   * `signal` ends only the wait for venues at the start.
   */
  async run(signal?: AbortSignal): Promise<string> {
    const beating = this.#beat();
    try {
      await Promise.all([this.#port.begin?.(signal), this.#models?.warm()]);
      this.#hasBegun = true;
      for (;;) {
        this.#drain();
        if (this.#outbox.length > 0 || this.#journal.pendingLines >= FLUSH_LINES) {
          await this.#flush();
          this.#dispatch();
        } else if (this.#stopCode !== null) break;
        else if (this.#journal.isRotationDue) await this.#journal.rotate();
        else if (this.#models?.holds) await this.#models.settled();
        else await this.#wait();
      }
      if (this.#stopCode === 'ended') this.#journal.refuseRest();
      this.onEnd();
      await this.#journal.stop(this.#stopCode);
      return this.#stopCode;
    } catch (error) {
      await this.#journal.abandon('failed');
      throw error;
    } finally {
      this.#over.abort();
      this.#inbox.close();
      await this.#port.close();
      await this.#models?.close();
      await beating;
    }
  }

  /** Through the loop itself: one that waits for a disk for ever does not beat. */
  async #beat(): Promise<void> {
    const { onBeat } = this.#onlooker;
    if (onBeat === undefined) return;
    while (!this.#over.signal.aborted) {
      if (this.#hasBegun) this.#inbox.push({ lane: 'tick' });
      else onBeat();
      await this.#clock.sleep(BEAT_MS, this.#over.signal);
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
      if (this.#outbox.length > 0) return;
      const command = this.#nextWord();
      if (command !== undefined) {
        this.#step({ kind: 'command', tsMs: this.#journal.nextStampMs, command });
        continue;
      }
      if (this.#stopCode !== null) return;
      const answer = inbox.takeAnswer();
      if (answer !== null) {
        this.#open(answer);
        continue;
      }
      if (this.#journal.isWritten) this.#models?.begin();
      if (this.#closed !== null) {
        if (this.#models?.holds) return;
        this.#next(this.#closed);
        continue;
      }
      if (this.#reconcile()) continue;
      const market = inbox.take(true);
      if (market !== null) {
        this.#open(market);
        continue;
      }
      // Only now: while we were behind, a row's other legs may have been waiting all the time.
      const due = this.#gate.isWaiting ? this.#gate.due(this.#clock.nowMs()) : null;
      if (due === null) return;
      this.#closed = due;
    }
  }

  #open(letter: Letter): void {
    switch (letter.lane) {
      case 'operator':
        if ('command' in letter) this.#commands.push(letter.command);
        else this.#stopCode ??= letter.code;
        return;
      case 'venue':
      case 'model':
        this.#step(letter.event);
        return;
      case 'tick':
        this.#onlooker.onBeat?.();
        return;
      case 'market': {
        // A candle that still forms is looked at by people, not by the kernel.
        if ('forming' in letter) {
          this.#onlooker.onForming?.(letter.forming);
          return;
        }
        if ('note' in letter) {
          this.#note(letter.note);
          return;
        }
        const row = this.#gate.add(letter.event);
        if (row !== null) this.#closed = row;
      }
    }
  }

  /** What models say up to a row's close is taken before the venue meets it. */
  #next(row: ClosedRow): void {
    const due = this.#models?.due(row.candles[0]!.tsMs) ?? null;
    if (due !== null) {
      this.#step(due);
      return;
    }
    this.#closed = null;
    this.#meet(row);
  }

  /** The venue's answers to a row go before the row itself: their lane is taken first. */
  #meet(row: ClosedRow): void {
    const { openMs, candles, series, rates } = row;
    const tsMs = candles[0]!.tsMs;
    this.#seeAge(tsMs);
    this.#port.onRow?.(row);
    const events: Event[] = [...rates, ...candles, ...series];
    // What was recorded of a row that did not close is brought again, and has been taken in.
    const isNew = (event: Event) => !this.#relived.delete(eventText(event));
    this.#staged = [...events.filter(isNew), { kind: 'row-closed', tsMs, openMs }];
    this.#nextStaged = 0;
  }

  /** Tells the kernel when rows have become too old to be traded on, or are fresh again. */
  #seeAge(closeMs: number): void {
    const { isStale } = this.kernel.standing;
    const recorded = this.#journal.recordedStale();
    const isOld = this.#clock.nowMs() - closeMs > this.#staleMs;
    const stale = recorded === undefined ? isOld : (recorded ?? isStale);
    if (stale !== isStale) this.#step({ kind: 'feed-health', tsMs: closeMs, stale });
  }

  /** A word that waits for the next start comes behind all that was recorded. */
  #nextWord(): Command | undefined {
    return this.#journal.takesWords ? this.#commands.shift() : undefined;
  }

  /**
   * Once an hour, and soon after the start: are the venue's positions ours? True when they are not,
   * and there is a pause to be taken first.
   */
  #reconcile(): boolean {
    const { nowMs, panel, portfolio, row } = this.kernel;
    const isDue = row > 0 && nowMs - this.#reconciledMs >= RECONCILE_MS;
    if (!isDue || !this.#journal.isWritten) return false;
    const theirs = this.#port.positions?.() ?? null;
    if (theirs === null) return false;
    this.#reconciledMs = nowMs;
    const differ = panel.legs.filter(({ index, instrument: { lotSize } }) => {
      return !(Math.abs(theirs[index]! - portfolio.positions[index]!.qty) < lotSize / 2);
    });
    if (differ.length === 0) {
      this.#note(note('reconciled', `${panel.legs.length} positions`));
      return false;
    }
    for (const { index } of differ) {
      const text = `venue ${theirs[index]} ours ${portfolio.positions[index]!.qty}`;
      this.#note(note('mismatch', text, index));
    }
    // Nothing new is opened on positions that are not known.
    const { isPaused } = this.kernel.standing;
    if (!isPaused) this.#commands.push('pause');
    return !isPaused;
  }

  #note(one: Note): void {
    const hour = Math.floor(this.kernel.nowMs / HOUR_MS);
    if (hour !== this.#notedHour) this.#noted.clear();
    this.#notedHour = hour;
    const count = (this.#noted.get(one.code) ?? 0) + 1;
    this.#noted.set(one.code, count);
    if (count > NOTES_AN_HOUR) return;
    this.#journal.note(one);
    this.#onlooker.onNote?.(one, this.kernel);
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
    if (event.kind === 'command') this.#port.hear?.(event.command);
    if (isModelEvent(event)) this.#models?.seen(event);
    if (event.kind !== 'row-closed') return;
    this.#onlooker.onRow?.(kernel, this.counts, !journal.isWritten);
  }

  #dispatch(): void {
    if (this.#outbox.length === 0) return;
    const intents = this.#outbox;
    this.#outbox = [];
    this.#port.carryOut(intents, this.kernel.nowMs);
    for (const intent of intents) {
      if (intent.kind === 'ask-model') this.#models!.ask(intent.question, !this.#journal.isWritten);
    }
  }

  async #flush(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs >= ALIVE_MS) {
      this.#toldMs = nowMs;
      this.onAlive();
    }
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
