// Pieces of one history, as a run over just that range would have read them.
//
//   columns   |.........|======= rows a trial decides on =======|........|
//   slice          |----|=======================================|          warm-up, then the rows
//
// The invariant: a slice is what the reader of the store would have given for its range, so a trial on
// it has the digests of a backtest alone. Nothing is copied; trials of the same range share the columns
// of features, and no trial writes into either.

import { Room } from '../../columns.ts';
import { type HeadlineColumns, Headlines, NO_HEADLINES } from '../../market/headlines.ts';
import { type Leg, Panel } from '../../market/panel.ts';
import { candleMs } from '../../statistics/performance.ts';
import { KeptFeatures } from './kept-features.ts';
import { Shelf } from './shelf.ts';

/** A panel's history without what is computed on it: what threads share. */
export interface PanelColumns {
  readonly intervalMs: number;
  readonly openMs: Float64Array;
  readonly legs: readonly Omit<Leg, 'features'>[];
  readonly series: Readonly<Record<string, Float64Array>>;
  readonly headlines?: HeadlineColumns;
}

/** Ranges that are kept; sweeps with splits and rungs come back to a few. */
const KEPT = 6;

/** The closes of rows that count. */
export interface Closes {
  /** UTC ms. */
  readonly closeMs: Float64Array;
  /** The smallest step between them. */
  readonly candleMs: number;
}

/** The slices of one history that trials of one thread run on. */
export class Slices {
  readonly columns: PanelColumns;
  readonly #headlines: Headlines;
  /** In order of use, the latest last. */
  readonly #kept = new Map<string, Panel>();
  /** Those of the latest trial. */
  #closes: { readonly panel: Panel; readonly firstRow: number; readonly closes: Closes } | null =
    null;
  /** Where trials on slices borrow their columns, one after the other. */
  readonly room = new Room();
  /** Where features and answers are kept from one trial to the next. */
  readonly shelf: Shelf;

  /** `spareBytes` are kept beside what a trial needs; see shelf.ts. */
  constructor(columns: PanelColumns, spareBytes?: number) {
    this.columns = columns;
    this.shelf = new Shelf(spareBytes);
    const { headlines } = columns;
    this.#headlines = headlines === undefined ? NO_HEADLINES : Headlines.from(headlines);
  }

  /** Rows `from` to `to` (not included) as a panel of their own. */
  panel(from: number, to: number, maxHoleCandles: number): Panel {
    const key = `${from} ${to} ${maxHoleCandles}`;
    const kept = this.#kept.get(key) ?? this.#cut(from, to, maxHoleCandles);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return kept;
  }

  /** The closes of a slice's rows from `firstRow` on, the same for every trial on it. */
  closes(panel: Panel, firstRow: number): Closes {
    const known = this.#closes;
    if (known?.panel === panel && known.firstRow === firstRow) return known.closes;
    const closeMs = panel.openMs.slice(firstRow);
    for (let i = 0; i < closeMs.length; i++) closeMs[i]! += panel.intervalMs;
    const closes = { closeMs, candleMs: candleMs(closeMs, closeMs.length) };
    this.#closes = { panel, firstRow, closes };
    return closes;
  }

  #cut(from: number, to: number, maxHoleCandles: number): Panel {
    const { columns } = this;
    const { intervalMs } = columns;
    const openMs = columns.openMs.subarray(from, to);
    const legs = columns.legs.map((leg): Leg => {
      const cut = cutLeg(leg, from, to, intervalMs);
      const candles =
        leg.candles.openMs === columns.openMs ? { ...cut.candles, openMs } : cut.candles;
      const features = new KeptFeatures(candles, intervalMs, maxHoleCandles, this.shelf);
      features.advance(openMs.length);
      return { ...cut, candles, features };
    });
    const series: Record<string, Float64Array> = {};
    for (const [name, column] of Object.entries(columns.series)) {
      series[name] = column.subarray(from, to);
    }
    return new Panel(intervalMs, openMs, legs, series, openMs.length, this.#headlines);
  }
}

/** The leg's candles in rows [from, to), and of the rest what lies between the first and the last. */
function cutLeg(leg: Omit<Leg, 'features'>, from: number, to: number, intervalMs: number) {
  const candles = cutColumns(leg.candles, from, to);
  const { close, openMs } = candles;
  let first = 0;
  while (first < close.length && close[first] !== close[first]) first++;
  let last = close.length - 1;
  while (last > first && close[last] !== close[last]) last--;
  const fromMs = first < close.length ? openMs[first]! : Number.POSITIVE_INFINITY;
  const toMs = first < close.length ? openMs[last]! + intervalMs : Number.NEGATIVE_INFINITY;
  return {
    ...leg,
    candles,
    funding: cutByTime(leg.funding, leg.funding.atMs, fromMs, toMs),
    mark: cutByTime(leg.mark, leg.mark.atMs, fromMs, toMs),
    finer: leg.finer && cutByTime(leg.finer, leg.finer.openMs, fromMs, toMs),
  };
}

function cutByTime<T extends object>(
  columns: T,
  times: Float64Array,
  fromMs: number,
  toMs: number,
): T {
  const from = rowAt(times, fromMs);
  return cutColumns(columns, from, Math.max(from, rowAt(times, toMs)));
}

function cutColumns<T extends object>(columns: T, from: number, to: number): T {
  const cut = Object.entries(columns).map(([name, column]) => {
    return [name, (column as Float64Array).subarray(from, to)] as const;
  });
  return Object.fromEntries(cut) as T;
}

/** The first row at or after an instant; the length where there is none. Times ascend. */
export function rowAt(times: Float64Array, atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
