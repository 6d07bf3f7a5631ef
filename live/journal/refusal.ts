// The two ways in which a journal fails: a refusal to read what is there (bad input, the process may
// not start on it) and a fault while writing (the world; the session must stop).

import { InputError } from '../../engine/errors.ts';

/**
 * - `journal-damaged`: a line does not follow from the one before it, and it is not a torn tail.
 * - `journal-malformed`: the chain holds, but a line breaks a rule of the format.
 * - `journal-version`: written in another format.
 * - `journal-link`: a file of the folder does not continue the one before it.
 * - `journal-quarantined`: a damaged file lies in the folder and nobody has decided about it.
 * - `journal-missing`: there is no such folder.
 * - `journal-locked`: another process writes this folder.
 */
export type RefusalCode =
  | 'journal-damaged'
  | 'journal-malformed'
  | 'journal-version'
  | 'journal-link'
  | 'journal-quarantined'
  | 'journal-missing'
  | 'journal-locked';

/** A journal that may not be used as it is. Exit code 2; 7 when somebody else writes it. */
export class JournalRefusal extends InputError {
  readonly code: RefusalCode;
  readonly exitCode: 2 | 7;
  /** The file or folder it is about. */
  readonly path: string;
  /** Number of the line from 1; 0 = about the whole. */
  readonly line: number;

  constructor(
    code: RefusalCode,
    path: string,
    line: number,
    rule: string,
    options: { value?: unknown; cause?: unknown } = {},
  ) {
    const key = line > 0 ? `${path}:${line}` : path;
    const { value, cause } = options;
    super({ key, rule, value }, cause === undefined ? undefined : { cause });
    this.name = 'JournalRefusal';
    this.code = code;
    this.exitCode = code === 'journal-locked' ? 7 : 2;
    this.path = path;
    this.line = line;
  }
}

/**
 * - `journal-failed`: a write or a flush failed; the writer is dead from now on.
 * - `journal-dead`: the writer had failed, or was closed, before this call.
 */
export type FaultCode = 'journal-failed' | 'journal-dead';

/** The journal cannot be written. Exit code 3: never trade without a journal. */
export class JournalFault extends Error {
  readonly code: FaultCode;
  readonly exitCode = 3;
  /** What the system called it (`ENOSPC`, `EIO`, ...), or null. */
  readonly errno: string | null;

  constructor(code: FaultCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'JournalFault';
    this.code = code;
    this.errno = errnoOf(cause);
  }
}

/** The system's name of an error; that of a fault is its cause's; null when there is none. */
export function errnoOf(error: unknown): string | null {
  if (error instanceof JournalFault) return error.errno;
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
