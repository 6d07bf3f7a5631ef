// What is open at Symphony as we know it: batches, each closed whole or not at all. There is no client
// id and no list of orders: what is not remembered here, or handed in at the start, nobody finds again.

export interface Batch {
  readonly batchId: string;
  readonly symbol: string;
  readonly side: 1 | -1;
  /** Base units that it was opened for. */
  readonly qty: number;
  /** It waited for a price: whether it has become a position is never told. */
  readonly isTrigger: boolean;
}

export class Batches {
  readonly #open = new Map<string, Batch>();
  readonly #dropped = new Set<string>();

  constructor(known: readonly Batch[]) {
    for (const batch of known) this.add(batch);
  }

  add(batch: Batch): void {
    this.#open.set(batch.batchId, batch);
  }

  drop(batchId: string): void {
    if (this.#open.delete(batchId)) this.#dropped.add(batchId);
  }

  wasDropped(batchId: string): boolean {
    return this.#dropped.has(batchId);
  }

  get(batchId: string): Batch | undefined {
    return this.#open.get(batchId);
  }

  of(symbol: string): readonly Batch[] {
    return [...this.#open.values()].filter((one) => one.symbol === symbol);
  }
}
