// A panel's columns in memory that all threads see. They are copied once, column by column, and the
// ones they were copied from can go; nobody writes into them afterwards.

import type { PanelColumns } from '../research/sweep/slice.ts';

/** The columns in shared memory; a column that stands in several places is shared by them, too. */
export function shareColumns(panel: PanelColumns): PanelColumns {
  const copies = new Map<Float64Array, Float64Array>();
  const share = (column: Float64Array): Float64Array => {
    const known = copies.get(column);
    if (known !== undefined) return known;
    const copy = new Float64Array(new SharedArrayBuffer(column.byteLength));
    copy.set(column);
    copies.set(column, copy);
    return copy;
  };
  const shareAll = <T extends object>(columns: T): T =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [name, share(column as Float64Array)]),
    ) as T;
  return {
    intervalMs: panel.intervalMs,
    openMs: share(panel.openMs),
    legs: panel.legs.map(({ index, primary, instrument, candles, funding, mark, finer }) => ({
      index,
      primary,
      instrument,
      candles: shareAll(candles),
      funding: shareAll(funding),
      mark: shareAll(mark),
      finer: finer && shareAll(finer),
    })),
    series: shareAll(panel.series),
    ...(panel.headlines === undefined ? {} : { headlines: panel.headlines }),
  };
}
