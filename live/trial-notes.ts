// What a journal tells about its session beside what replays: notes, a person's words, answers that did
// not come; and how long processes were really there.
//
// Real time is what notes say of the wall clock: from each `began` to the last note of that process
// that has one. After a crash the rest of its hour is not known and not counted.

import { parseInstant } from '../engine/config/instant.ts';
import { InputError } from '../engine/errors.ts';
import { outcomeOf } from '../engine/execution/router.ts';
import type { Line } from './journal/line.ts';
import type { Note, NoteCode } from './note.ts';
import type { AlsoSee } from './shadow.ts';

/** A process that took the session up. */
interface Process {
  readonly beganMs: number;
  /** The last that was heard of it. */
  lastMs: number;
  readonly speed: number;
}

export interface SeenNote {
  readonly tsMs: number;
  readonly note: Note;
}

/** Said all the time, and of no interest one by one. */
const QUIET: readonly NoteCode[] = ['alive', 'reconciled', 'repeated'];
/** Of more notes the first and the last half are kept. */
const MOST_NOTES = 200;

export class TrialWatch implements AlsoSee {
  /** Stamps of recoveries, of a person's halts, and of answers that an order's venue was not there. */
  readonly recoveredMs: number[] = [];
  readonly haltedMs: number[] = [];
  readonly unansweredMs: number[] = [];
  readonly #counts = new Map<NoteCode, number>();
  readonly #first: SeenNote[] = [];
  #last: SeenNote[] = [];
  readonly #processes: Process[] = [];
  /** The one that is there now; null when it has not said when it began. */
  #process: Process | null = null;
  #began = 0;

  see(line: Line): void {
    if (line.kind === 'note') this.#note(line.tsMs, line.note);
    if (line.kind !== 'in') return;
    const { event } = line;
    if (event.kind === 'command' && event.command === 'halt') this.haltedMs.push(event.tsMs);
    const isUnanswered =
      event.kind === 'order-unknown' ||
      (event.kind === 'order-rejected' && outcomeOf(event.code) === 'not-taken');
    if (isUnanswered) this.unansweredMs.push(event.tsMs);
  }

  /** Those worth reading, oldest first. */
  get notes(): SeenNote[] {
    return [...this.#first, ...this.#last.slice(-MOST_NOTES / 2)];
  }

  countOf(code: NoteCode): number {
    return this.#counts.get(code) ?? 0;
  }

  /** How often each note was made, by name. */
  noteCounts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** `speed` is the fastest; Infinity when one went as fast as it could, or nothing is known. */
  processes(): {
    readonly starts: number;
    readonly startedMs: number | null;
    readonly realElapsedMs: number;
    readonly speed: number;
  } {
    const all = this.#processes;
    let realElapsedMs = 0;
    let speed = this.#isKnown ? 0 : Number.POSITIVE_INFINITY;
    for (const one of all) {
      realElapsedMs += one.lastMs - one.beganMs;
      speed = Math.max(speed, one.speed);
    }
    return { starts: this.#began, startedMs: all[0]?.beganMs ?? null, realElapsedMs, speed };
  }

  warnings(): string[] {
    if (this.#isKnown) return [];
    const said = `${this.#processes.length} of ${this.#began}`;
    return [`how long it really took is not known: ${said} processes have said when they began`];
  }

  get #isKnown(): boolean {
    return this.#began > 0 && this.#processes.length === this.#began;
  }

  #note(tsMs: number, note: Note): void {
    const { code, text } = note;
    this.#counts.set(code, this.countOf(code) + 1);
    if (code === 'recovered') this.recoveredMs.push(tsMs);
    if (code === 'began') this.#begin(text);
    else if (code === 'alive' || code === 'ended') this.#hear(text);
    if (QUIET.includes(code)) return;
    if (this.#first.length < MOST_NOTES / 2) this.#first.push({ tsMs, note });
    else this.#last.push({ tsMs, note });
    if (this.#last.length > 2 * MOST_NOTES) this.#last = this.#last.slice(-MOST_NOTES / 2);
  }

  /** `wall=2025-01-01T00:00:00.000Z feed=replay speed=60` */
  #begin(text: string): void {
    this.#began++;
    const beganMs = wallOf(text);
    const speed = Number(/ speed=(\S+)$/.exec(text)?.[1] ?? Number.NaN);
    this.#process = beganMs === null || !(speed > 0) ? null : { beganMs, lastMs: beganMs, speed };
    if (this.#process !== null) this.#processes.push(this.#process);
  }

  /** Where the wall clock was set back, what it showed before stands. */
  #hear(text: string): void {
    const process = this.#process;
    const wallMs = wallOf(text);
    if (process !== null && wallMs !== null && wallMs > process.lastMs) process.lastMs = wallMs;
  }
}

function wallOf(text: string): number | null {
  const wall = /^wall=(\S+)/.exec(text)?.[1];
  if (wall === undefined) return null;
  try {
    return parseInstant(wall, 'wall');
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
