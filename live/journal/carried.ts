// A journal that is carried on. What the session appends is first compared with the lines recorded
// before, one by one, and written once there are none left: recovery is the session itself, run again.
//
//   session --append--> recorded lines left? --yes--> must be equal (else Divergence), nothing written
//                                             `--no--> writer
//
// Stamps come from the recorded lines too, and from the clock after them.

import { assert } from '../../engine/errors.ts';
import type { Event } from '../../engine/event.ts';
import type { Intent } from '../../engine/intent.ts';
import { type Clock, Stamper } from '../clock.ts';
import { type Difference, Divergence, eventText, intentText } from '../divergence.ts';
import type { Note } from '../note.ts';
import type { Line } from './line.ts';
import { JournalFault } from './refusal.ts';
import type { JournalWriter } from './writer.ts';

/** How a file is followed by the next one. */
export interface Rotation {
  /** ms of stamps that one file holds. */
  readonly everyMs: number;
  /** Ends the file of a writer and begins the one after it. */
  next(writer: JournalWriter): Promise<JournalWriter>;
}

export class CarriedJournal {
  readonly #folder: string;
  #recorded: Line[] = [];
  #head = 0;
  #writer: JournalWriter | null = null;
  #stamper: Stamper | null = null;
  #causeSeq: number | null = null;
  #cause: Event | null = null;
  #tsMs = 0;
  #rotation: Rotation | undefined;
  #sinceMs = 0;

  /** `folder` is named in messages. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A line that was recorded, in order. Manifests, notes and stops say nothing about state. */
  expect(line: Line): void {
    if (line.kind !== 'in' && line.kind !== 'out' && line.kind !== 'mark') return;
    if (this.#head > 1024) {
      this.#recorded = this.#recorded.slice(this.#head);
      this.#head = 0;
    }
    this.#recorded.push(line);
  }

  /** What comes after the recorded lines goes to `writer`, stamped by `clock`. */
  goOn(writer: JournalWriter, clock: Clock, rotation?: Rotation): void {
    this.#writer = writer;
    this.#stamper = new Stamper(clock, writer.tsMs);
    this.#rotation = rotation;
    this.#sinceMs = writer.tsMs;
  }

  /** The file holds all that one is to hold. */
  get isRotationDue(): boolean {
    const { everyMs = Number.POSITIVE_INFINITY } = this.#rotation ?? {};
    return this.#alive.writer.tsMs - this.#sinceMs >= everyMs;
  }

  /** Ends the file durably and goes on in the next one. Throws JournalFault. */
  async rotate(): Promise<void> {
    const { writer } = this.#alive;
    const rotated = await this.#rotation!.next(writer);
    this.#writer = rotated;
    this.#sinceMs = rotated.tsMs;
  }

  /** Lines that wait for a flush. */
  get pendingLines(): number {
    return this.#writer?.pendingLines ?? 0;
  }

  /** True once something was written that was not recorded before, or may be. */
  get isWritten(): boolean {
    return this.#writer !== null && this.#peek() === undefined;
  }

  /** Whether a person's word may come now: behind all that was recorded, or where one was. */
  get takesWords(): boolean {
    const line = this.#peek();
    return line === undefined || (line.kind === 'in' && line.event.kind === 'command');
  }

  /** When a person's word is taken in: the last stamp, or the recorded word's own time. */
  get nextStampMs(): number {
    const line = this.#peek();
    if (line === undefined) return this.#alive.stamper.next();
    return line.kind === 'in' ? line.event.tsMs : line.tsMs;
  }

  /** The stamp of the next input, UTC ms. */
  stamp(): number {
    const recorded = this.#peek();
    this.#tsMs = recorded === undefined ? this.#alive.stamper.next() : recorded.tsMs;
    return this.#tsMs;
  }

  /**
   * Whether the feed was stale, as it was recorded at this very place: null = no change was. Undefined
   * where nothing is recorded any more, and the clock has to be asked.
   */
  recordedStale(): boolean | null | undefined {
    const line = this.#peek();
    if (line === undefined) return undefined;
    return line.kind === 'in' && line.event.kind === 'feed-health' ? line.event.stale : null;
  }

  /** Writes a note down, once there is a writer; it is nobody's input. */
  note(note: Note): void {
    const writer = this.#writer;
    if (writer === null || this.#stamper === null) return;
    // What is recorded and still to be compared was stamped before.
    writer.append({ kind: 'note', tsMs: this.#stamper.next(), note });
  }

  /** Appends an event before it is applied; gives its number. */
  input(stampMs: number, event: Event): number {
    const line = this.#next('event', () => eventText(event));
    if (line === undefined) {
      this.#causeSeq = this.#alive.writer.append({ kind: 'in', event, stampMs });
    } else {
      const isSame = line.kind === 'in' && eventText(line.event) === eventText(event);
      if (!isSame) throw this.#diverged(line, 'event', eventText(event));
      this.#causeSeq = line.seq;
    }
    this.#cause = event;
    return this.#causeSeq;
  }

  /** Appends an intent that the input `causeSeq` has left. */
  output(tsMs: number, causeSeq: number, intent: Intent): void {
    const line = this.#next('intent', () => intentText(intent));
    if (line === undefined) {
      this.#alive.writer.append({ kind: 'out', tsMs, causeSeq, intent });
      return;
    }
    const isSame =
      line.kind === 'out' &&
      line.causeSeq === causeSeq &&
      intentText(line.intent) === intentText(intent);
    if (!isSame) throw this.#diverged(line, 'intent', intentText(intent));
  }

  /** Appends a mark where one is due. */
  mark(tsMs: number, digest: () => string): void {
    const line = this.#peek();
    if (line === undefined) {
      const writer = this.#writer;
      if (writer === null || !writer.isMarkDue) return;
      writer.append({ kind: 'mark', tsMs, inputs: writer.inputs, digest: digest() });
    } else if (line.kind === 'mark') {
      this.#head++;
      const found = digest();
      if (line.digest !== found) throw this.#diverged(line, 'mark', JSON.stringify(found));
    }
  }

  /** Resolves once all that was appended is durable; what was recorded is. Throws JournalFault. */
  async flush(): Promise<void> {
    if (this.pendingLines > 0) await this.#alive.writer.flush();
  }

  /** Throws Divergence when something was recorded that the session does not come to any more. */
  refuseRest(): void {
    const line = this.#peek();
    if (line === undefined) return;
    const what = ({ in: 'event', out: 'intent' } as const)[line.kind as 'in' | 'out'] ?? 'mark';
    throw this.#diverged(line, what, null);
  }

  /** Ends the file with a stop, durably, and closes it. */
  async stop(code: string): Promise<void> {
    const { writer } = this.#alive;
    writer.appendStop(writer.tsMs, code);
    await writer.close();
  }

  /**
   * Closes a file that cannot be written any more. When the disk was full, what waited and a stop go
   * into the room that was kept for it.
   */
  async abandon(code: string): Promise<void> {
    const writer = this.#writer;
    if (writer === null) return;
    const { tsMs, inputs, outputs } = writer;
    if (writer.fault !== null)
      await writer.lastWords([{ kind: 'stop', tsMs, code, inputs, outputs }]);
    try {
      await writer.close();
    } catch (error) {
      // Whoever abandons it throws what came first.
      if (!(error instanceof JournalFault)) throw error;
    }
  }

  get #alive(): { writer: JournalWriter; stamper: Stamper } {
    assert(this.#writer !== null && this.#stamper !== null, 'a journal is carried on by a writer');
    return { writer: this.#writer, stamper: this.#stamper };
  }

  #peek(): Line | undefined {
    return this.#recorded[this.#head];
  }

  /** The recorded line that the next entry is compared with; a mark nobody made is a difference. */
  #next(what: Difference['what'], text: () => string): Line | undefined {
    const line = this.#peek();
    if (line === undefined) return undefined;
    if (line.kind === 'mark') throw this.#diverged(line, what, text());
    this.#head++;
    return line;
  }

  #diverged(line: Line, what: Difference['what'], found: string | null): Divergence {
    return new Divergence(this.#folder, {
      seq: line.seq,
      what,
      recorded: lineText(line),
      found,
      causeSeq: this.#causeSeq,
      cause: this.#cause === null ? null : eventText(this.#cause),
    });
  }
}

/** What a recorded line says, as JSON. */
export function lineText(line: Line): string {
  if (line.kind === 'in') return eventText(line.event);
  if (line.kind === 'out') return intentText(line.intent);
  return JSON.stringify(line.kind === 'mark' ? line.digest : line.kind);
}
