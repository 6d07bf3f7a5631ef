// Numbers that are used once: strictly rising for ever, near the venue's time, one process a signer.
//
//   next() = max(venue's time now, last + 1)        persisted: every number below `ceiling` is used up
//
// The file holds a ceiling that no number given out has reached; whoever starts begins at it. Raising it
// costs an fdatasync, so it is raised by seconds at once, well within the venue's window. The folder is
// locked like a journal's: a second process with the same signer is refused (exit code 7).

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { JournalLock } from '../journal/lock.ts';

/** Where nonces come from. */
export interface Nonces {
  /** A whole number that was never given out before for this signer. Throws when none can be kept. */
  next(): number;
  close(): void;
}

/** How far the ceiling is raised, ms: a restart begins at most so far ahead of the clock. */
const AHEAD_MS = 3000;
const FILE = 'ceiling';

export interface NonceOptions {
  /** Of this signer alone, made if missing. */
  readonly folder: string;
  /** Numbers in a millisecond: 1000 for microseconds. */
  readonly perMs: number;
  /** The venue's time as well as it is known, UTC ms, fractions welcome. */
  readonly nowMs: () => number;
}

export class KeptNonces implements Nonces {
  readonly #folder: string;
  readonly #perMs: number;
  readonly #nowMs: () => number;
  readonly #lock: JournalLock;
  #last: number;
  #ceiling: number;

  /**
   * Takes the folder's lock. Throws JournalRefusal (exit code 7) when another process has it,
   * InputError when the file cannot be believed: the signer's numbers are then unknown.
   */
  constructor({ folder, perMs, nowMs }: NonceOptions) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#perMs = perMs;
    this.#nowMs = nowMs;
    this.#lock = JournalLock.take(folder, 'nonces');
    try {
      this.#ceiling = readCeiling(folder);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#last = this.#ceiling - 1;
  }

  next(): number {
    const nonce = Math.max(Math.floor(this.#nowMs() * this.#perMs), this.#last + 1);
    if (nonce >= this.#ceiling) this.#raise(nonce + AHEAD_MS * this.#perMs);
    this.#last = nonce;
    return nonce;
  }

  close(): void {
    this.#lock.release();
  }

  /** Durable before any number below it is given out. */
  #raise(ceiling: number): void {
    const path = join(this.#folder, FILE);
    const file = openSync(`${path}.new`, 'w');
    try {
      writeSync(file, `${ceiling}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
    const folder = openSync(this.#folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    this.#ceiling = ceiling;
  }
}

/**
 * Nonces for whoever must act though no disk can be written and no lock be had: `flatten` beside a
 * session that hangs. They rise within this process and begin at the clock; that two processes draw the
 * same microsecond is possible, and is then refused by the venue, never carried out twice.
 */
export class VolatileNonces implements Nonces {
  readonly #perMs: number;
  readonly #nowMs: () => number;
  #last = 0;

  constructor({ perMs, nowMs }: Pick<NonceOptions, 'perMs' | 'nowMs'>) {
    this.#perMs = perMs;
    this.#nowMs = nowMs;
  }

  next(): number {
    this.#last = Math.max(Math.floor(this.#nowMs() * this.#perMs), this.#last + 1);
    return this.#last;
  }

  close(): void {}
}

/**
 * Nonces for a venue's signer. They are kept by wallet, not by session: whoever signs with the same key
 * shares them. `stateFolder` as in ClientOptions: null = kept nowhere.
 */
export function noncesFor(
  venue: string,
  signer: string,
  stateFolder: string | null | undefined,
  options: Pick<NonceOptions, 'perMs' | 'nowMs'>,
): Nonces {
  if (stateFolder === null) return new VolatileNonces(options);
  const root = stateFolder ?? join(homedir(), '.sapphire');
  const folder = join(root, 'nonces', `${venue}-${signer.toLowerCase()}`);
  return new KeptNonces({ ...options, folder });
}

function readCeiling(folder: string): number {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return 0;
    throw error;
  }
  if (/^\d{1,16}\n$/.test(text)) return Number(text);
  const rule = 'must be one whole number; if it is damaged, wait ten seconds and delete it';
  throw new InputError({ key: path, rule, value: text.slice(0, 40) });
}
