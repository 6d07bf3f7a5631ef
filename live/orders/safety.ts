// What may be sent to venues at all. Three states, and the way back up from the last one is a person:
//
//   active --cause--> reducing --cause gone--> active        active, reducing --cause--> halted
//
// `halted` is on disk before the first thing is done about it, and a restart finds it there.

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

export class Safety {
  readonly #store: SafetyStore;
  readonly #onChange: (state: SafetyState, code: string) => void;
  /** Causes for which only what takes risk away is sent. */
  readonly #causes = new Set<string>();
  #halt: Halt | null;

  /** Throws InputError for a stored state that cannot be read: then nobody knows, and nothing trades. */
  constructor(store: SafetyStore, onChange: (state: SafetyState, code: string) => void = () => {}) {
    this.#store = store;
    this.#onChange = onChange;
    this.#halt = haltOf(store.read());
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
    this.#store.write(`${JSON.stringify({ halted: this.#halt })}\n`);
  }

  /** A person's word, and nobody else's. */
  rearm(): void {
    this.#store.write(`${JSON.stringify({ halted: null })}\n`);
    this.#halt = null;
    this.#onChange(this.state, 'rearmed');
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

function haltOf(text: string | null): Halt | null {
  if (text === null) return null;
  try {
    const { halted } = JSON.parse(text) as { halted?: Halt | null };
    if (halted === null) return null;
    if (typeof halted?.code === 'string') return halted;
  } catch {
    // Told below, like every other thing that is no state.
  }
  const rule = 'must be a state of safety: look at the venue, then re-arm by hand';
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
