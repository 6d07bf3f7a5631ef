// Columns that grow: logs of a run (orders, fills, trades) without an object per row. They grow by
// blocks that stay where they are, so a long log is never copied while it is written.

const BLOCK_BITS = 13;
const BLOCK_ROWS = 1 << BLOCK_BITS;

/** Named columns of one common length. */
export class GrowingColumns<Name extends string> {
  /** Rows in use. */
  length = 0;
  readonly #names: readonly Name[];
  readonly #blocks: Record<Name, Float64Array>[] = [];

  constructor(names: readonly Name[]) {
    this.#names = names;
  }

  /** Takes the next row and returns its index; its values are to be written with `block`. */
  next(): number {
    const row = this.length++;
    if (row >>> BLOCK_BITS === this.#blocks.length) this.#blocks.push(this.#make(BLOCK_ROWS));
    return row;
  }

  /** The columns of the block that holds a row; the row lies at `within(row)`. */
  block(row: number): Record<Name, Float64Array> {
    return this.#blocks[row >>> BLOCK_BITS]!;
  }

  /** A copy of all rows, each column in one piece of exact length. */
  flat(): Record<Name, Float64Array> {
    const whole = this.#make(this.length);
    this.#blocks.forEach((block, k) => {
      const from = k << BLOCK_BITS;
      const rows = Math.min(BLOCK_ROWS, this.length - from);
      for (const name of this.#names) whole[name].set(block[name].subarray(0, rows), from);
    });
    return whole;
  }

  #make(rows: number): Record<Name, Float64Array> {
    return Object.fromEntries(this.#names.map((name) => [name, new Float64Array(rows)])) as Record<
      Name,
      Float64Array
    >;
  }
}

/** Where a row lies in its block. */
export function within(row: number): number {
  return row & (BLOCK_ROWS - 1);
}
