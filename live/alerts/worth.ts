// What a person is told, and how urgently: the one place that decides it.
//
//   act    money is at risk and nothing here can mend it: look now
//   look   something keeps trading from going on, or may soon
//   know   it is over, or it is only said
//
// Everything else stands in the journal, the watchdog's logbook and on the screen.

import type { Note, NoteCode } from '../note.ts';
import type { SafetyState } from '../orders/guard.ts';

export type Urgency = 'act' | 'look' | 'know';

export interface Alert {
  /** Kebab-case: the same trouble has the same code. */
  readonly code: string;
  readonly urgency: Urgency;
  /** In words, one line. */
  readonly text: string;
}

const NOTES: Readonly<Partial<Record<NoteCode, Urgency>>> = {
  alert: 'act',
  safety: 'act',
  mismatch: 'look',
  blocked: 'look',
  unblocked: 'know',
};

/** `where`: the symbol that the note is about, or empty. */
export function ofNote({ code, text }: Note, where: string): Alert | null {
  const urgency = NOTES[code];
  return urgency === undefined ? null : { code, urgency, text: joined(where, text) };
}

const WATCHED: Readonly<Record<string, Urgency>> = {
  dead: 'act',
  hung: 'act',
  unprotected: 'act',
  'given-up': 'act',
  trouble: 'look',
  killed: 'look',
  relieved: 'know',
  flat: 'know',
  'handed-over': 'know',
};

/** Of the watchdog's logbook. */
export function ofWatch(code: string, text: string): Alert | null {
  const urgency = Object.hasOwn(WATCHED, code) ? WATCHED[code]! : null;
  return urgency === null ? null : { code: `watchdog-${code}`, urgency, text };
}

/** What may be sent to venues has changed. A person's own words are known to that person. */
export function ofSafety(state: SafetyState, cause: string): Alert | null {
  if (state === 'active' || cause === 'paused' || cause === 'rearmed') return null;
  if (state === 'halted') {
    const urgency = cause === 'operator' ? 'know' : 'act';
    return { code: 'halted', urgency, text: `halted: ${cause}; only --rearm goes on` };
  }
  // It ends by itself where what caused it does, but for a session that nobody watches or that has ended.
  const urgency = cause === 'unwatched' || cause === 'expired' ? 'act' : 'look';
  return { code: 'reducing', urgency, text: `only what takes risk away is sent: ${cause}` };
}

/** A session's end. `interrupted` and `ended` were meant. */
export function ofEnd(code: string): Alert {
  const isMeant = code === 'ended' || code === 'interrupted';
  return { code: 'ended', urgency: isMeant ? 'know' : 'act', text: `ended: ${code}` };
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(': ');
}
