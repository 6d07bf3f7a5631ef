// What may be sent to venues at all. Three states, and the way back up from the last one is a person:
//
//   active --cause--> reducing --cause gone--> active        active, reducing --cause--> halted
//
// `halted` is on disk before the first thing is done about it, and a restart finds it there; so it does
// the highest equity, from which losses are counted: nobody gains a new limit by starting again.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { InputError } from '../../engine/errors.ts';
import type { SafetyState } from './guard.ts';

/** Where the state is kept; `null` = nothing was ever written. */
export interface SafetyStore {
  read(): string | null;
  /** Durable when it returns. */
  write(text: string): void;
}

/** Why trading was halted; kebab-case, `operator` when a person said so. */
export interface Halt {
  readonly code: string;
  readonly atMs: number;
  readonly text: string;
}

/** The highest equity of a session, USD; 0 = a person re-armed it: it is counted anew from what is there. */
interface Peak {
  readonly session: string;
  readonly usd: number;
}

interface Kept {
  readonly halted: Halt | null;
  readonly peak: Peak | null;
}

export class Safety {
  readonly #store: SafetyStore;
  readonly #onChange: (state: SafetyState, code: string) => void;
  /** Causes for which only what takes risk away is sent. */
  readonly #causes = new Set<string>();
  #halt: Halt | null;
  #peak: Peak | null;

  /** Throws InputError for a stored state that cannot be read: then nobody knows, and nothing trades. */
  constructor(store: SafetyStore, onChange: (state: SafetyState, code: string) => void = () => {}) {
    this.#store = store;
    this.#onChange = onChange;
    const kept = keptOf(store.read());
    this.#halt = kept.halted;
    this.#peak = kept.peak;
  }

  get state(): SafetyState {
    if (this.#halt !== null) return 'halted';
    return this.#causes.size > 0 ? 'reducing' : 'active';
  }

  get haltedFor(): Halt | null {
    return this.#halt;
  }

  /** Halts, once: what halted it first is what it stays halted for. */
  halt(code: string, atMs: number, text = ''): void {
    if (this.#halt !== null) return;
    // In memory first: a disk that fails must not leave it trading.
    this.#halt = { code, atMs, text };
    this.#onChange('halted', code);
    this.#keep();
  }

  /** A person's word, and nobody else's. Losses are counted from here on. */
  rearm(): void {
    const peak = this.#peak && { ...this.#peak, usd: 0 };
    this.#write({ halted: null, peak });
    this.#halt = null;
    this.#peak = peak;
    this.#onChange(this.state, 'rearmed');
  }

  /** The highest equity of a session so far, all venues, USD; null = none of it was ever told. */
  peakUsd(session: string): number | null {
    return this.#peak?.session === session ? this.#peak.usd : null;
  }

  /** A new highest equity of a session, USD. */
  rise(session: string, usd: number): void {
    this.#peak = { session, usd };
    this.#keep();
  }

  #keep(): void {
    this.#write({ halted: this.#halt, peak: this.#peak });
  }

  #write(kept: Kept): void {
    this.#store.write(`${JSON.stringify(kept)}\n`);
  }

  reduce(cause: string): void {
    if (this.#causes.has(cause)) return;
    this.#causes.add(cause);
    this.#onChange(this.state, cause);
  }

  settle(cause: string): void {
    if (!this.#causes.delete(cause)) return;
    this.#onChange(this.state, `${cause}-over`);
  }
}

function keptOf(text: string | null): Kept {
  if (text === null) return { halted: null, peak: null };
  try {
    const { halted, peak = null } = JSON.parse(text) as Partial<Kept>;
    const isHalt = halted === null || typeof halted?.code === 'string';
    const isPeak = peak === null || (typeof peak.session === 'string' && peak.usd >= 0);
    if (isHalt && isPeak) return { halted, peak };
  } catch {
    // Told below, like every other thing that is no state.
  }
  const rule = 'must be a state of safety: look at the venue, then remove it';
  throw new InputError({ key: 'safety.json', rule, value: text.slice(0, 80) });
}

/** A file, replaced in one step. */
export function safetyFile(path: string): SafetyStore {
  return {
    read() {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    write(text) {
      const file = openSync(`${path}.new`, 'w', 0o600);
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(`${path}.new`, path);
    },
  };
}
