// The six kinds of line. One line is one JSON object; `s`, `k`, `t` come first and `h` last.
//
//   {"s":0,"k":"manifest","t":...,"m":{...},"h":"..."}            what the rest belongs to
//   {"s":1,"k":"in","t":...,"e":{"kind":"candle",...},"h":"..."}  an event, before it is applied
//   {"s":1,"k":"in","t":...,"a":...,"e":{...},"h":"..."}          one that says another time than t
//   {"s":2,"k":"out","t":...,"c":1,"i":{...},"h":"..."}           an intent and the seq of its cause
//   {"s":3,"k":"mark","t":...,"n":1,"d":"...","h":"..."}          digest of the state after n inputs
//   {"s":4,"k":"note","t":...,"w":"late","l":0,"at":...,"x":"","h":"..."}   changes nothing
//   {"s":5,"k":"stop","t":...,"w":"...","n":1,"o":1,"h":"..."}    why it ended; inputs and outputs
//
// `s` counts lines without a gap, on through the files of a folder; `t` never goes back: it is when we
// took the event in, and `a` the event's own time where that is another one.

import { assert } from '../../engine/errors.ts';
import type { Event } from '../../engine/event.ts';
import type { Intent } from '../../engine/intent.ts';
import { NOTES, type Note, type NoteCode } from '../note.ts';
import { numberText, type Refuse } from './codec.ts';
import { type Manifest, manifestText, readManifest } from './manifest.ts';
import { EVENT_CODEC, INTENT_CODEC } from './shape.ts';

/** What is appended; `tsMs` is the stamp, UTC ms, an integer. */
export type Entry =
  | { readonly kind: 'manifest'; readonly tsMs: number; readonly manifest: Manifest }
  /** `stampMs`: when it was taken in; the event's own time when left out. */
  | { readonly kind: 'in'; readonly event: Event; readonly stampMs?: number }
  | {
      readonly kind: 'out';
      readonly tsMs: number;
      /** Seq of the input whose step left this intent. */
      readonly causeSeq: number;
      readonly intent: Intent;
    }
  | {
      readonly kind: 'mark';
      readonly tsMs: number;
      /** Inputs of this folder so far. */
      readonly inputs: number;
      readonly digest: string;
    }
  | { readonly kind: 'note'; readonly tsMs: number; readonly note: Note }
  | {
      readonly kind: 'stop';
      readonly tsMs: number;
      /** Why, a code. */
      readonly code: string;
      readonly inputs: number;
      readonly outputs: number;
    };

/** What is read. */
export type Line = Entry & { readonly seq: number; readonly tsMs: number };

/** The text of a line up to its hash. InvariantError when the entry could not be read back. */
export function lineBody(entry: Entry, seq: number): string {
  const tsMs = stampOf(entry);
  assert(Number.isSafeInteger(tsMs) && tsMs >= 0, 'a stamp is whole ms');
  const head = `{"s":${seq},"k":"${entry.kind}","t":${tsMs}`;
  switch (entry.kind) {
    case 'in': {
      const { event } = entry;
      assert(Number.isFinite(event.tsMs), "an event's time is a number");
      const own = event.tsMs === tsMs ? '' : `,"a":${numberText(event.tsMs)}`;
      return `${head}${own},"e":${EVENT_CODEC.text(event)}`;
    }
    case 'out':
      return `${head},"c":${count(entry.causeSeq)},"i":${INTENT_CODEC.text(entry.intent)}`;
    case 'mark':
      return `${head},"n":${count(entry.inputs)},"d":${JSON.stringify(entry.digest)}`;
    case 'note': {
      const { code, leg, atMs, text } = entry.note;
      const at = `"l":${numberText(leg)},"at":${numberText(atMs)}`;
      return `${head},"w":"${code}",${at},"x":${JSON.stringify(text)}`;
    }
    case 'stop': {
      const { code, inputs, outputs } = entry;
      return `${head},"w":${JSON.stringify(code)},"n":${count(inputs)},"o":${count(outputs)}`;
    }
    case 'manifest':
      return `${head},"m":${manifestText(entry.manifest)}`;
  }
}

/** The stamp of an entry, UTC ms. */
export function stampOf(entry: Entry): number {
  if (entry.kind !== 'in') return entry.tsMs;
  return entry.stampMs ?? entry.event.tsMs;
}

function count(value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a count in the journal is whole and >= 0');
  return value;
}

const BODY_KEYS: Readonly<Record<Entry['kind'], string>> = {
  manifest: 's,k,t,m,h',
  in: 's,k,t,e,h',
  out: 's,k,t,c,i,h',
  mark: 's,k,t,n,d,h',
  note: 's,k,t,w,l,at,x,h',
  stop: 's,k,t,w,n,o,h',
};

/** The keys of an event whose own time is not the stamp. */
const OWN_TIME_KEYS = 's,k,t,a,e,h';

/** The line of a JSON text whose hash has been verified; whatever does not fit goes to `refuse`. */
export function readLine(text: string, refuse: Refuse): Line {
  let found: Readonly<Record<string, unknown>>;
  try {
    found = JSON.parse(text);
  } catch {
    return refuse('must be JSON', text);
  }
  const { s, k, t } = found;
  const kind = k as Entry['kind'];
  if (typeof k !== 'string' || !Object.hasOwn(BODY_KEYS, k)) return refuse('k must be known', k);
  const keys = Object.keys(found).join();
  const isOwn = kind === 'in' && keys === OWN_TIME_KEYS;
  if (keys !== BODY_KEYS[kind] && !isOwn)
    return refuse(`must have the keys ${BODY_KEYS[kind]}`, keys);
  const seq = readCount(s, 's', refuse);
  const tsMs = readCount(t, 't', refuse);
  switch (kind) {
    case 'in': {
      const own = isOwn ? found['a'] : tsMs;
      if (typeof own !== 'number') return refuse('a must be a number', own);
      if (isOwn && own === tsMs) return refuse('a must differ from t', own);
      const event = EVENT_CODEC.record(found['e'], { tsMs: own }, refuse);
      return isOwn ? { kind, seq, tsMs, stampMs: tsMs, event } : { kind, seq, tsMs, event };
    }
    case 'out': {
      const causeSeq = readCount(found['c'], 'c', refuse);
      if (causeSeq >= seq) refuse('c must be an earlier line', causeSeq);
      return { kind, seq, tsMs, causeSeq, intent: INTENT_CODEC.record(found['i'], {}, refuse) };
    }
    case 'mark': {
      const inputs = readCount(found['n'], 'n', refuse);
      return { kind, seq, tsMs, inputs, digest: readText(found['d'], 'd', refuse) };
    }
    case 'note': {
      const code = readText(found['w'], 'w', refuse);
      if (!Object.hasOwn(NOTES, code)) return refuse('w must be a known note', code);
      const leg = found['l'];
      if (!Number.isSafeInteger(leg)) return refuse('l must be an integer', leg);
      // A number that JSON has no word for is null: of no instant.
      const at = found['at'] === null ? Number.NaN : found['at'];
      if (typeof at !== 'number') return refuse('at must be a number or null', at);
      const text = readText(found['x'], 'x', refuse);
      const note = { code: code as NoteCode, leg: leg as number, atMs: at, text };
      return { kind, seq, tsMs, note };
    }
    case 'stop': {
      const inputs = readCount(found['n'], 'n', refuse);
      const outputs = readCount(found['o'], 'o', refuse);
      return { kind, seq, tsMs, code: readText(found['w'], 'w', refuse), inputs, outputs };
    }
    case 'manifest':
      return { kind, seq, tsMs, manifest: readManifest(found['m'], refuse) };
  }
}

function readCount(value: unknown, key: string, refuse: Refuse): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  return refuse(`${key} must be an integer >= 0`, value);
}

function readText(value: unknown, key: string, refuse: Refuse): string {
  return typeof value === 'string' ? value : refuse(`${key} must be a text`, value);
}
