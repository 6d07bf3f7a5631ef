// Logs of a run (orders, fills, trades) without an object per row: rows of numbers that grow by blocks,
// which stay where they are, so a long log is never copied while it is written.
//
// A row lies in one piece, because it is written in one go; it is read by columns, once, after the run.

import type { Digest } from './digest.ts';

const BLOCK_BITS = 10;
const BLOCK_ROWS = 1 << BLOCK_BITS;

/** Rows of named numbers. `Name` are the keys of the fields it was made of. */
export class GrowingRows<Name extends string> {
  /** Rows in use. */
  length = 0;
  readonly #fields: Readonly<Record<Name, number>>;
  readonly #width: number;
  readonly #blocks: Float64Array[] = [];
  readonly #room: Room | undefined;

  /** `fields`: where each lies in a row, from 0 up. Blocks are borrowed of `room`, where one is given. */
  constructor(fields: Readonly<Record<Name, number>>, room?: Room) {
    this.#fields = fields;
    this.#width = Object.keys(fields).length;
    this.#room = room;
  }

  /** Takes the next row and returns its index; its values are to be written into `block` from `at` on. */
  next(): number {
    const row = this.length++;
    if (row >>> BLOCK_BITS === this.#blocks.length) {
      const size = this.#width * BLOCK_ROWS;
      this.#blocks.push(this.#room?.column(size) ?? new Float64Array(size));
    }
    return row;
  }

  /** Where a row is: field `f` of it lies at `block(row)[at(row) + f]`. */
  block(row: number): Float64Array {
    return this.#blocks[row >>> BLOCK_BITS]!;
  }

  at(row: number): number {
    return (row & (BLOCK_ROWS - 1)) * this.#width;
  }

  /** A copy of all rows as columns of exact length. */
  flat(): Record<Name, Float64Array> {
    const names = Object.keys(this.#fields) as Name[];
    return Object.fromEntries(names.map((name) => [name, this.column(name)])) as Record<
      Name,
      Float64Array
    >;
  }

  /** The same of one column. */
  column(name: Name): Float64Array {
    const field = this.#fields[name];
    const column = new Float64Array(this.length);
    for (let row = 0; row < column.length; row++) {
      column[row] = this.block(row)[this.at(row) + field]!;
    }
    return column;
  }

  /** Mixes all rows in, column after column: what the digest of `flat` would take, without a copy. */
  mixInto(digest: Digest): void {
    for (let field = 0; field < this.#width; field++) {
      this.#blocks.forEach((block, k) => {
        const rows = Math.min(BLOCK_ROWS, this.length - (k << BLOCK_BITS));
        digest.column(block, field, rows * this.#width, this.#width);
      });
    }
  }
}

/** A list of numbers that keeps its room when it is cleared: nothing is allocated when it is filled anew. */
export class NumberList {
  /** The first `length` are the list. */
  values: Float64Array;
  length = 0;

  constructor(room = 1024) {
    this.values = new Float64Array(room);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const longer = new Float64Array(2 * this.length);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.length++] = value;
  }

  /** Takes over `count` numbers of another list, from `from` on. */
  append(other: NumberList, from: number, count: number): void {
    for (let k = from; k < from + count; k++) this.push(other.values[k]!);
  }

  /** Puts the numbers in ascending order, each of them once. */
  sortOut(): void {
    const { values } = this;
    values.subarray(0, this.length).sort();
    let kept = 0;
    for (let k = 0; k < this.length; k++) {
      if (k === 0 || values[k] !== values[k - 1]) values[kept++] = values[k]!;
    }
    this.length = kept;
  }

  clear(): void {
    this.length = 0;
  }
}

/** A column lies in room for a multiple of so many rows. */
const STEP_ROWS = 1024;
/** Sizes of which columns are kept; logs have a few, histories of ever other warm-up one each. */
const MOST_SIZES = 16;

/** Columns that nobody uses, by the size of what they lie in: a few rows more or less are one size. */
export class SpareColumns {
  /** In order of use, the latest last. */
  readonly #free = new Map<number, ArrayBufferLike[]>();

  /** A column of exactly `rows` rows; it holds what was written there last, or zeros. */
  take(rows: number): Float64Array {
    const bytes = Math.ceil(rows / STEP_ROWS) * STEP_ROWS * Float64Array.BYTES_PER_ELEMENT;
    const buffer = this.#free.get(bytes)?.pop() ?? new ArrayBuffer(bytes);
    return new Float64Array(buffer, 0, rows);
  }

  /** Nobody may use the column any more. */
  put({ buffer }: Float64Array): void {
    const free = this.#free.get(buffer.byteLength) ?? [];
    free.push(buffer);
    this.#free.delete(buffer.byteLength);
    this.#free.set(buffer.byteLength, free);
    if (this.#free.size > MOST_SIZES) this.#free.delete(this.#free.keys().next().value!);
  }

  /** Lets go of all. */
  clear(): void {
    this.#free.clear();
  }
}

/**
 * Room for columns, lent and taken back: a thread that makes a thousand runs asks the machine for memory
 * once. A lent column holds what was written last: whoever borrows writes a row before reading it.
 */
export class Room {
  readonly #spare = new SpareColumns();
  readonly #lent: Float64Array[] = [];

  /** A column of exactly `rows` rows, to be used until `clear`. */
  column(rows: number): Float64Array {
    const column = this.#spare.take(rows);
    this.#lent.push(column);
    return column;
  }

  /** Takes everything back: the run is over and what was wanted of it has been copied. */
  clear(): void {
    for (const column of this.#lent) this.#spare.put(column);
    this.#lent.length = 0;
  }
}
