// Columns that grow: logs of a run (fills, trades) without an object per row.

/** Named Float64Arrays of one common length that double when they are full. */
export class GrowingColumns<Name extends string> {
  /** Rows in use. */
  length = 0;
  /** The columns themselves, longer than `length`; read again after `next()`. */
  data: Record<Name, Float64Array>;
  readonly #names: readonly Name[];
  #capacity = 4096;

  constructor(names: readonly Name[]) {
    this.#names = names;
    this.data = this.#make();
  }

  /** Takes the next row and returns its index; its values are to be written. */
  next(): number {
    if (this.length === this.#capacity) {
      const before = this.data;
      this.#capacity *= 2;
      this.data = this.#make();
      for (const name of this.#names) this.data[name].set(before[name]);
    }
    return this.length++;
  }

  #make(): Record<Name, Float64Array> {
    const columns = this.#names.map((name) => [name, new Float64Array(this.#capacity)]);
    return Object.fromEntries(columns);
  }
}
