// The candles that a run keeps to be looked at: coarse ones of all its time, and base ones around its
// trades, those that moved most money first, up to a bound. All candles stay in the store.

import { DAY_MS, INTERVAL_NAMES, intervalMs } from '../interval.ts';
import type { CandleColumns, Column } from '../market/column.ts';
import type { Panel } from '../market/panel.ts';
import type { Trade } from '../portfolio/trade.ts';

/** Candles of several legs and two lengths: by leg, then length, then time. */
export interface CandleRows {
  readonly length: number;
  readonly leg: Column;
  readonly stepMs: Column;
  readonly openMs: Column;
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
  /** Base units. */
  readonly volume: Column;
}

/** Coarse candles over all legs, and base candles around trades: what a page can carry. */
const MOST_COARSE = 18_000;
const MOST_BASE = 48_000;
/** Base candles shown before an entry and after an exit. */
const AROUND = 30;
/** A trade no longer than this is kept whole, a longer one at its two ends. */
const WHOLE = 240;

/** Of the rows `firstRow` to `rows` of a panel; rows of trades are counted from `firstRow`. */
export function candleRows(
  panel: Panel,
  firstRow: number,
  rows: number,
  trades: readonly Trade[],
): CandleRows {
  const { legs, openMs, intervalMs: baseMs } = panel;
  const coarseMs = coarseMsOf(panel, firstRow, rows);
  const isKept = coarseMs === baseMs ? null : rowsAround(legs.length, firstRow, rows, trades);
  const out = new Rows();
  for (const { index, candles } of legs) {
    if (isKept) {
      const kept = isKept[index]!;
      for (let row = firstRow; row < rows; row++) {
        if (kept[row - firstRow] === 1) out.add(index, baseMs, candles, row, row + 1);
      }
    }
    for (let row = firstRow; row < rows; ) {
      const bucket = Math.floor(openMs[row]! / coarseMs);
      const from = row;
      while (row < rows && Math.floor(openMs[row]! / coarseMs) === bucket) row++;
      out.add(index, coarseMs, candles, from, row, bucket * coarseMs);
    }
  }
  return out.columns();
}

/** Length of the coarse candles of these rows. */
export function coarseMsOf(
  { legs, openMs, intervalMs: baseMs }: Panel,
  firstRow: number,
  rows: number,
): number {
  const spanMs = rows > firstRow ? openMs[rows - 1]! + baseMs - openMs[firstRow]! : 0;
  return coarseStep(spanMs, baseMs, Math.floor(MOST_COARSE / legs.length));
}

/** The shortest interval of which no more than `most` fill a time; days, then weeks of them, at last. */
function coarseStep(spanMs: number, baseMs: number, most: number): number {
  const steps = INTERVAL_NAMES.map((name) => intervalMs(name));
  for (const step of [...steps, 2 * DAY_MS, 4 * DAY_MS, 7 * DAY_MS, 28 * DAY_MS]) {
    if (step >= baseMs && step % baseMs === 0 && spanMs / step <= most) return step;
  }
  return Math.ceil(spanMs / most / DAY_MS) * DAY_MS;
}

/** 1 for every row whose base candle is kept, by leg. */
function rowsAround(
  legs: number,
  firstRow: number,
  rows: number,
  trades: readonly Trade[],
): Uint8Array[] {
  const count = rows - firstRow;
  const kept = Array.from({ length: legs }, () => new Uint8Array(count));
  const byMoney = [...trades].sort((a, b) => Math.abs(b.pnlUsd) - Math.abs(a.pnlUsd));
  let room = MOST_BASE;
  const keep = (leg: number, from: number, to: number) => {
    const own = kept[leg]!;
    for (let row = Math.max(0, from); row < Math.min(count, to); row++) {
      room -= 1 - own[row]!;
      own[row] = 1;
    }
  };
  for (const { leg, entryRow, exitRow } of byMoney) {
    if (room <= 0) break;
    if (exitRow - entryRow <= WHOLE) keep(leg, entryRow - AROUND, exitRow + AROUND + 1);
    else {
      keep(leg, entryRow - AROUND, entryRow + AROUND + 1);
      keep(leg, exitRow - AROUND, exitRow + AROUND + 1);
    }
  }
  return kept;
}

class Rows {
  readonly #legs: number[] = [];
  readonly #values: number[][] = [[], [], [], [], [], [], []];

  /** One candle of all that exist in `from` to `to`; nothing where none does. */
  add(
    leg: number,
    stepMs: number,
    { openMs, open, high, low, close, volume }: CandleColumns,
    from: number,
    to: number,
    atMs = openMs[from]!,
  ): void {
    let first = -1;
    let last = -1;
    let top = Number.NEGATIVE_INFINITY;
    let bottom = Number.POSITIVE_INFINITY;
    let sum = 0;
    for (let row = from; row < to; row++) {
      if (close[row] !== close[row]) continue;
      if (first < 0) first = row;
      last = row;
      if (high[row]! > top) top = high[row]!;
      if (low[row]! < bottom) bottom = low[row]!;
      sum += volume[row]!;
    }
    if (first < 0) return;
    this.#legs.push(leg);
    const values = [stepMs, atMs, open[first]!, top, bottom, close[last]!, sum];
    for (let k = 0; k < values.length; k++) this.#values[k]!.push(values[k]!);
  }

  columns(): CandleRows {
    const leg = Float64Array.from(this.#legs);
    const column = (k: number) => Float64Array.from(this.#values[k]!);
    return {
      length: leg.length,
      leg,
      stepMs: column(0),
      openMs: column(1),
      open: column(2),
      high: column(3),
      low: column(4),
      close: column(5),
      volume: column(6),
    };
  }
}
