// Headlines as strategies see them: texts that strangers wrote, each from the instant it was published.
// They are data to be quoted, in the order in which they became known, and never more than that.

import { plainLine } from '../text.ts';

/** A headline as a reader or a feed hands it over. */
export interface Headline {
  /** UTC ms. */
  readonly publishedMs: number;
  readonly text: string;
}

/** Characters of one that are kept. */
export const HEADLINE_LENGTH = 300;

/** What threads hand each other. */
export interface HeadlineColumns {
  readonly knownMs: readonly number[];
  readonly texts: readonly string[];
}

export class Headlines {
  /** When each became known, UTC ms, ascending; and its text. Plain, so that threads can share it. */
  readonly knownMs: number[] = [];
  readonly texts: string[] = [];

  constructor(headlines: readonly Headline[] = []) {
    for (const headline of headlines) this.add(headline);
  }

  get length(): number {
    return this.texts.length;
  }

  /** One that comes late was not known before. Its text is put on one line and cut. */
  add({ publishedMs, text }: Headline): void {
    const lastMs = this.knownMs.at(-1) ?? Number.NEGATIVE_INFINITY;
    this.knownMs.push(Math.max(publishedMs, lastMs));
    this.texts.push(plainLine(text, HEADLINE_LENGTH));
  }

  at(k: number): Headline {
    return { publishedMs: this.knownMs[k]!, text: this.texts[k]! };
  }

  /** A copy of what another thread has. */
  static from({ knownMs, texts }: HeadlineColumns): Headlines {
    const copy = new Headlines();
    // One by one: a call takes no more than some hundred thousand arguments.
    for (const ms of knownMs) copy.knownMs.push(ms);
    for (const text of texts) copy.texts.push(text);
    return copy;
  }

  /** How many were known at `ms`, UTC. */
  knownAt(ms: number): number {
    let low = 0;
    let high = this.knownMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.knownMs[middle]! <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The newest known at `ms` and not older than `withinMs`, at most `most`; newest first. */
  newest(ms: number, most: number, withinMs: number): readonly string[] {
    const end = this.knownAt(ms);
    const start = Math.max(this.knownAt(ms - withinMs), end - most);
    return this.texts.slice(start, end).reverse();
  }
}

/** Shared, and never added to. */
export const NO_HEADLINES = new Headlines();
Object.freeze(NO_HEADLINES.texts);
