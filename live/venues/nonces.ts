// Numbers that are used once: strictly rising for ever, near the venue's time, one process a signer.
//
//   next() = max(venue's time now, last + 1)        persisted: every number below `ceiling` is used up
//
// The file holds a ceiling that no number given out has reached; whoever starts begins at it. Raising it
// costs an fdatasync, so it is raised by seconds at once, well within the venue's window, and in the
// background before they are over: an order only counts. Whoever is faster than that waits for the disk.
// The folder is locked like a journal's: a second process with the same signer is refused (exit code 7).

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import type { Clock } from '../clock.ts';
import { JournalLock } from '../journal/lock.ts';

/** Where nonces come from. */
export interface Nonces {
  /** A whole number that was never given out before for this signer. Throws when none can be kept. */
  next(): number;
  close(): void;
}

/**
 * How far the ceiling is raised, ms: a restart begins at most so far ahead of the clock, and the narrowest
 * window of a venue is ten seconds. Raised in the background when less than so much of it is left.
 */
const AHEAD_MS = 5000;
const LOOK_EVERY_MS = 1000;
const LEAST_LEFT_MS = 3500;
const FILE = 'ceiling';

export interface NonceOptions {
  /** Of this signer alone, made if missing. */
  readonly folder: string;
  /** Numbers in a millisecond: 1000 for microseconds. */
  readonly perMs: number;
  /** The venue's time as well as it is known, UTC ms, fractions welcome. */
  readonly nowMs: () => number;
  /** Measures the background's pauses; without one the ceiling is raised by whoever reaches it. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

export class KeptNonces implements Nonces {
  readonly #folder: string;
  readonly #perMs: number;
  readonly #nowMs: () => number;
  readonly #lock: JournalLock;
  readonly #clock: Pick<Clock, 'sleep'> | undefined;
  readonly #over = new AbortController();
  #isLooking = false;
  #last: number;
  /** Durable. */
  #ceiling: number;

  /**
   * Takes the folder's lock. Throws JournalRefusal (exit code 7) when another process has it,
   * InputError when the file cannot be believed: the signer's numbers are then unknown.
   */
  constructor({ folder, perMs, nowMs, clock }: NonceOptions) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#perMs = perMs;
    this.#nowMs = nowMs;
    this.#clock = clock;
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
    if (!this.#isLooking && this.#clock !== undefined) void this.#look(this.#clock);
    return nonce;
  }

  close(): void {
    this.#over.abort();
    this.#lock.release();
  }

  /** From the first number on: orders may come at any time, and none is to wait for the disk. */
  async #look(clock: Pick<Clock, 'sleep'>): Promise<void> {
    this.#isLooking = true;
    const { signal } = this.#over;
    while (!signal.aborted) {
      const now = Math.max(Math.floor(this.#nowMs() * this.#perMs), this.#last);
      const isLow = this.#ceiling - now < LEAST_LEFT_MS * this.#perMs;
      // A disk that fails is told to the order that needs it.
      if (isLow) await this.#raiseAside(now + AHEAD_MS * this.#perMs).catch(() => {});
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** As #raise, without holding anybody up. What is not durable yet is not counted on. */
  async #raiseAside(ceiling: number): Promise<void> {
    const path = join(this.#folder, FILE);
    const file = await open(`${path}.next`, 'w');
    try {
      await file.write(`${ceiling}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // Who was in a hurry has raised it further, or the folder is another's by now. In one step with the
    // look: a lower ceiling must never take the place of a higher one.
    if (ceiling <= this.#ceiling || this.#over.signal.aborted) return;
    renameSync(`${path}.next`, path);
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    this.#ceiling = Math.max(this.#ceiling, ceiling);
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
  options: Omit<NonceOptions, 'folder'>,
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
