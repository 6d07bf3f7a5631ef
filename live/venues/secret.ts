// Keys and what must never be written down. A secret has no text of its own: printed, joined, put into
// JSON or inspected it is `[secret]`; who needs it says `reveal()`. And whatever a venue says goes
// through `scrubber` before it stands in an error, a log line or the journal: venues echo requests.

import { inspect } from 'node:util';

const SHOWN = '[secret]';
/** Shorter ones would take innocent text with them; no key is so short. */
const SHORTEST = 8;

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for a signature or a header, nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** Replaces secrets in a text, in any case and with or without their 0x; more may be added later. */
export class Scrubber {
  readonly #needles = new Set<string>();
  #pattern: RegExp | null = null;

  constructor(secrets: readonly Secret[]) {
    for (const secret of secrets) this.add(secret);
  }

  add(secret: Secret): void {
    const bare = secret.reveal().replace(/^0x/i, '');
    if (bare.length < SHORTEST || this.#needles.has(bare)) return;
    this.#needles.add(bare);
    // Longest first, so that one that holds another is taken whole.
    const all = [...this.#needles].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(`(?:0x)?(?:${all.map(literal).join('|')})`, 'gi');
  }

  /** Can be handed around as it is. */
  readonly scrub = (text: string): string => {
    return this.#pattern === null ? text : text.replace(this.#pattern, SHOWN);
  };
}

function literal(text: string): string {
  return text.replace(/[^a-z0-9]/gi, '\\$&');
}
