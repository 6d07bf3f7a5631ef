// What trials of one thread leave for those after them: columns of features, what agents say. It makes
// them quicker and nothing else, so it may go at any time between two trials.
//
// One rule for all of it: of what the latest trial did not use so many bytes stay, and what was used
// least recently goes first. A thread holds as much after ten thousand trials as after a hundred.
//
// The invariant: between two trials nobody holds a column that was lent; it may be another's in the next.

import { SpareColumns } from '../../columns.ts';

/** Something that is kept; it is known by what it is, not by what it holds. */
export interface Shelved {
  /** About; the same from its first use on. */
  readonly bytes: number;
  /** Called once, between trials, when it goes. */
  drop(): void;
}

/** What all threads of a process keep together beside what their trials are using, bytes. */
export const SPARE_BYTES = 16 * 2 ** 20;

export class Shelf {
  readonly #spareBytes: number;
  /** In order of use, the latest last; and the trial that used it last. */
  readonly #things = new Map<Shelved, number>();
  #trial = 0;
  #bytes = 0;
  /** Of those that the trial at hand has used. */
  #usedBytes = 0;
  /** Columns of things that have just gone. */
  readonly #spare = new SpareColumns();

  constructor(spareBytes = SPARE_BYTES) {
    this.#spareBytes = spareBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The trial at hand uses a thing, which is kept from then on. */
  use(thing: Shelved): void {
    const last = this.#things.get(thing);
    if (last === this.#trial) return;
    if (last === undefined) this.#bytes += thing.bytes;
    this.#usedBytes += thing.bytes;
    this.#things.delete(thing);
    this.#things.set(thing, this.#trial);
  }

  /** To be called before a trial: lets go of what is too much. */
  tidy(): void {
    // What the trial before this one did not take is of no length that is wanted now.
    this.#spare.clear();
    // A trial that was refused needed nothing, and says nothing of what the next one will.
    if (this.#usedBytes === 0) return;
    let unused = this.#bytes - this.#usedBytes;
    for (const [thing, trial] of this.#things) {
      if (unused <= this.#spareBytes || trial === this.#trial) break;
      this.#things.delete(thing);
      this.#bytes -= thing.bytes;
      unused -= thing.bytes;
      thing.drop();
    }
    this.#trial++;
    this.#usedBytes = 0;
  }

  /** A column of `rows` zeros, to be kept by a thing and given back when it goes. */
  column(rows: number): Float64Array {
    return this.#spare.take(rows).fill(0);
  }

  giveBack(column: Float64Array): void {
    this.#spare.put(column);
  }
}
