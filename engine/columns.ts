// Columns that grow: logs of a run (orders, fills, trades) without an object per row. They grow by
// blocks that stay where they are, so a long log is never copied while it is written.

import type { Digest } from './digest.ts';

const BLOCK_BITS = 13;
const BLOCK_ROWS = 1 << BLOCK_BITS;
/** Columns of a block lie this far apart: at a power of two all of a row would share one cache line. */
const STRIDE = BLOCK_ROWS + 72;

/** Named columns of one common length. */
export class GrowingColumns<Name extends string> {
  /** Rows in use. */
  length = 0;
  readonly #names: readonly Name[];
  readonly #blocks: Record<Name, Float64Array>[] = [];

  readonly #room: Room | undefined;

  /** Blocks are borrowed of `room`, where one is given. */
  constructor(names: readonly Name[], room?: Room) {
    this.#names = names;
    this.#room = room;
  }

  /** Takes the next row and returns its index; its values are to be written with `block`. */
  next(): number {
    const row = this.length++;
    if (row >>> BLOCK_BITS === this.#blocks.length) this.#blocks.push(this.#block());
    return row;
  }

  /** The columns of the block that holds a row; the row lies at `within(row)`. */
  block(row: number): Record<Name, Float64Array> {
    return this.#blocks[row >>> BLOCK_BITS]!;
  }

  /** A copy of all rows, each column in one piece of exact length. */
  flat(): Record<Name, Float64Array> {
    return this.#each((name) => this.column(name));
  }

  /** The same of one column. */
  column(name: Name): Float64Array {
    const whole = new Float64Array(this.length);
    this.#blocks.forEach((block, k) => {
      whole.set(block[name].subarray(0, this.#rowsOf(k)), k << BLOCK_BITS);
    });
    return whole;
  }

  /** Mixes all rows in, column after column: what the digest of `flat` would take, without a copy. */
  mixInto(digest: Digest): void {
    for (const name of this.#names) {
      this.#blocks.forEach((block, k) => {
        digest.column(block[name], 0, this.#rowsOf(k));
      });
    }
  }

  /** Rows in use of block `k`. */
  #rowsOf(k: number): number {
    return Math.min(BLOCK_ROWS, this.length - (k << BLOCK_BITS));
  }

  #block(): Record<Name, Float64Array> {
    const size = this.#names.length * STRIDE;
    const whole = this.#room?.column(size) ?? new Float64Array(size);
    return this.#each((_, k) => whole.subarray(k * STRIDE, k * STRIDE + BLOCK_ROWS));
  }

  #each(make: (name: Name, k: number) => Float64Array): Record<Name, Float64Array> {
    return Object.fromEntries(this.#names.map((name, k) => [name, make(name, k)])) as Record<
      Name,
      Float64Array
    >;
  }
}

/** Where a row lies in its block. */
export function within(row: number): number {
  return row & (BLOCK_ROWS - 1);
}

/**
 * Room for columns, lent and taken back: a thread that makes a thousand runs asks the machine for memory
 * once. A lent column holds what was written last: whoever borrows writes a row before reading it.
 */
export class Room {
  readonly #free = new Map<number, Float64Array[]>();
  readonly #lent: Float64Array[] = [];

  /** A column of exactly `rows` rows, to be used until `clear`. */
  column(rows: number): Float64Array {
    const column = this.#free.get(rows)?.pop() ?? new Float64Array(rows);
    this.#lent.push(column);
    return column;
  }

  /** Takes everything back: the run is over and what was wanted of it has been copied. */
  clear(): void {
    for (const column of this.#lent) {
      const free = this.#free.get(column.length);
      if (free) free.push(column);
      else this.#free.set(column.length, [column]);
    }
    this.#lent.length = 0;
  }
}
