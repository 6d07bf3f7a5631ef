// What a session tells its watchdog, a line at a time, over a pipe that nobody else has: who it is, that
// it lives, and that it ends on purpose. Keys go this way as well, and are nowhere else: not in an
// argument, not in a file.
//
//   hello (once) -> beat, beat, ... -> leave?        the pipe's end says that the process is gone

import { Type } from 'typebox';
import { Value } from 'typebox/value';

/** What is done with what is open when nobody minds it; each does what the ones before it do. */
export const MEASURES = Object.freeze([
  /** Entries are taken back, stops stay. */
  'take-back-entries',
  /** Positions that no resting stop covers are closed as well. */
  'close-unprotected',
  /** Everything is taken back and closed. */
  'flatten',
] as const);

export type Measure = (typeof MEASURES)[number];

/** How long a session may be silent, or gone without having said so, before something is done. */
export interface Patience {
  readonly silenceMs: number;
  readonly measure: Measure;
}

/** One venue that the session trades at. */
export interface WatchedVenue {
  readonly id: string;
  readonly symbols: readonly string[];
  readonly hosts?: { readonly restUrl?: string; readonly streamUrl?: string };
}

export interface Hello extends Patience {
  readonly kind: 'hello';
  /** The session's process, which has the other end of the pipe. */
  readonly pid: number;
  /** A name for people. */
  readonly name: string;
  /** Where the record goes, and the session's journal, whose lock says that a session lives. */
  readonly folder: string;
  readonly journal: string;
  readonly venues: readonly WatchedVenue[];
  /** By their names in the environment. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Of nonces; see ClientOptions. */
  readonly stateFolder?: string;
  /** A rehearsal, at a venue on this machine: what it has left open is worth nobody's waiting. */
  readonly isRehearsal?: boolean;
}

export type Said =
  | Hello
  | { readonly kind: 'beat' }
  /** It ends on purpose; what it leaves is looked after at once. */
  | { readonly kind: 'leave'; readonly code: string };

/** What the watchdog says once it has understood the first line. */
export const READY = 'ready\n';

const strict = { additionalProperties: false } as const;
const Host = Type.Optional(Type.String());
const SaidSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('hello'),
      silenceMs: Type.Number({ minimum: 100 }),
      measure: Type.Union(MEASURES.map((measure) => Type.Literal(measure))),
      pid: Type.Integer({ minimum: 1 }),
      name: Type.String(),
      folder: Type.String({ minLength: 1 }),
      journal: Type.String({ minLength: 1 }),
      venues: Type.Array(
        Type.Object(
          {
            id: Type.String(),
            symbols: Type.Array(Type.String(), { minItems: 1 }),
            hosts: Type.Optional(Type.Object({ restUrl: Host, streamUrl: Host }, strict)),
          },
          strict,
        ),
        { minItems: 1 },
      ),
      secrets: Type.Record(Type.String(), Type.String()),
      stateFolder: Type.Optional(Type.String()),
      isRehearsal: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('beat') }, strict),
  Type.Object({ kind: Type.Literal('leave'), code: Type.String() }, strict),
]);

export function saidText(said: Said): string {
  return `${JSON.stringify(said)}\n`;
}

/** null = no line of ours. */
export function readSaid(line: string): Said | null {
  try {
    const said: unknown = JSON.parse(line);
    return Value.Check(SaidSchema, said) ? (said as Said) : null;
  } catch {
    return null;
  }
}
