// Notes: what a session tells about itself in its journal. They change no state, and a replay passes
// over them; a trial is judged by them.

/** What a note is about. */
export const NOTES = Object.freeze({
  began: 'a process took the session up; its wall clock, feed and speed',
  ended: 'the process left it; its wall clock',
  alive: 'the process is there; its wall clock',
  recovered: 'the journal was run again and agreed',
  reconciled: 'positions of the venue and ours agree',
  mismatch: 'positions of the venue and ours differ',
  external: 'somebody else traded on the account',
  'late-fill': 'an order that had ended here was filled at the venue all the same',
  blocked: 'nothing new is opened on a leg until what was found there is settled',
  unblocked: 'the leg may be traded on again',
  safety: 'what may be sent to venues has changed',
  alert: 'a person is needed',
  'news-lost': 'a source of headlines is away, or says too much',
  'news-back': 'a source of headlines is there again',
  connected: 'the feed is connected',
  lost: 'the feed lost its connection',
  repaired: 'candles that were missing were asked for and came',
  gap: 'candles that were missing could not be had',
  complaint: 'the venue complained, or said what cannot be read',
  late: 'a candle came after its row had closed; it changed nothing',
  revised: 'a candle came again with other values',
  repeated: 'a candle came again',
  unsound: 'no candle: not a price, crossed, off the grid, or of no leg',
} as const);

export type NoteCode = keyof typeof NOTES;

export interface Note {
  readonly code: NoteCode;
  /** Of which leg; -1 = of none. */
  readonly leg: number;
  /** The open time that it is about, UTC ms; NaN = of none. */
  readonly atMs: number;
  /** Details in words, or `key=value` pairs; may be empty. */
  readonly text: string;
}

export function note(code: NoteCode, text = '', leg = -1, atMs = Number.NaN): Note {
  return { code, leg, atMs, text };
}
