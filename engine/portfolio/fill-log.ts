// Every fill of a run, in columns that grow by doubling: nothing is allocated per fill.

const FIELDS = ['tsMs', 'row', 'leg', 'orderId', 'qty', 'price', 'feeUsd', 'slippageUsd'] as const;

type Columns = Record<(typeof FIELDS)[number], Float64Array>;

export class FillLog {
  length = 0;
  #columns: Columns = columns(1024);

  /** The columns, longer than `length`; use rows below it. */
  get columns(): Readonly<Columns> {
    return this.#columns;
  }

  add(
    tsMs: number,
    row: number,
    leg: number,
    orderId: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
  ): void {
    const k = this.length;
    if (k === this.#columns.tsMs.length) this.#grow();
    const into = this.#columns;
    into.tsMs[k] = tsMs;
    into.row[k] = row;
    into.leg[k] = leg;
    into.orderId[k] = orderId;
    into.qty[k] = qty;
    into.price[k] = price;
    into.feeUsd[k] = feeUsd;
    into.slippageUsd[k] = slippageUsd;
    this.length = k + 1;
  }

  #grow(): void {
    const wider = columns(this.length * 2);
    for (const field of FIELDS) wider[field].set(this.#columns[field]);
    this.#columns = wider;
  }
}

function columns(capacity: number): Columns {
  return Object.fromEntries(FIELDS.map((field) => [field, new Float64Array(capacity)])) as Columns;
}
