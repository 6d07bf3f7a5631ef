// The first place where a journal and the code that reads it disagree. Found by recovery, which then
// refuses to go on, and by a replay, which reports it.

import type { Event } from '../engine/event.ts';
import type { Intent } from '../engine/intent.ts';
import { EVENT_CODEC, INTENT_CODEC } from './journal/shape.ts';

export interface Difference {
  /** Number of the journal's line, on through all files of the folder. */
  readonly seq: number;
  readonly what: 'event' | 'intent' | 'mark';
  /** JSON as recorded; null: nothing was recorded where the code has something. */
  readonly recorded: string | null;
  /** JSON as the code has it now; null: nothing. */
  readonly found: string | null;
  /** The event that it follows from, and the number of its line; null before the first one. */
  readonly causeSeq: number | null;
  readonly cause: string | null;
}

/** A journal that does not follow from its own inputs any more. Exit code 1. */
export class Divergence extends Error {
  readonly exitCode = 1;
  readonly difference: Difference;

  constructor(folder: string, difference: Difference) {
    super(`${folder}: ${differenceText(difference)}`);
    this.name = 'Divergence';
    this.difference = difference;
  }
}

/** One line in words. */
export function differenceText({
  seq,
  what,
  recorded,
  found,
  causeSeq,
  cause,
}: Difference): string {
  const after = causeSeq === null ? '' : `, after line ${causeSeq} ${cause}`;
  return `diverges at line ${seq}: ${what} recorded ${recorded ?? 'none'}, now ${found ?? 'none'}${after}`;
}

/** An event with its own time, as JSON. */
export function eventText(event: Event): string {
  return `{"tsMs":${event.tsMs},${EVENT_CODEC.text(event).slice(1)}`;
}

export function intentText(intent: Intent): string {
  return INTENT_CODEC.text(intent);
}
