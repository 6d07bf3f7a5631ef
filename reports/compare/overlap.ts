// What the trades of two runs have in common: entries made at the same moment in the same direction,
// and the time for which both held the same side of the same symbol.
//
//   A   ====      ======          shared 4 of 10 columns held by either: 40 %
//   B   ====  ==       =

import type { Trade } from '../../engine/portfolio/trade.ts';

export interface Overlap {
  /** Trades of each, those still open included. */
  readonly trades: readonly [number, number];
  /** Entries that both made: same venue, symbol, side and time. */
  readonly same: number;
  /** P&L of those in each, USD: exits may differ. */
  readonly samePnlUsd: readonly [number, number];
  /** P&L of the trades that only one made. */
  readonly ownPnlUsd: readonly [number, number];
  /** Time that both held the same side over time that either did; null when neither held. */
  readonly timeShared: number | null;
}

export function overlapOf(a: readonly Trade[], b: readonly Trade[]): Overlap {
  const waiting = new Map<string, Trade[]>();
  for (const trade of b) push(waiting, entryOf(trade), trade);
  let same = 0;
  const samePnlUsd: [number, number] = [0, 0];
  const ownPnlUsd: [number, number] = [0, 0];
  for (const trade of a) {
    const twin = waiting.get(entryOf(trade))?.shift();
    if (twin === undefined) ownPnlUsd[0] += trade.pnlUsd;
    else {
      same++;
      samePnlUsd[0] += trade.pnlUsd;
      samePnlUsd[1] += twin.pnlUsd;
    }
  }
  for (const left of waiting.values()) for (const { pnlUsd } of left) ownPnlUsd[1] += pnlUsd;
  return {
    trades: [a.length, b.length],
    same,
    samePnlUsd,
    ownPnlUsd,
    timeShared: timeShared(a, b),
  };
}

function timeShared(a: readonly Trade[], b: readonly Trade[]): number | null {
  const [ours, theirs] = [spansOf(a), spansOf(b)];
  let shared = 0;
  let either = 0;
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [left, right] = [ours.get(key) ?? [], theirs.get(key) ?? []];
    const both = commonMs(left, right);
    shared += both;
    either += lengthMs(left) + lengthMs(right) - both;
  }
  return either > 0 ? shared / either : null;
}

type Span = readonly [fromMs: number, toMs: number];

/** Spans held, by venue, symbol and side, in order; one position at a time, so they do not cross. */
function spansOf(trades: readonly Trade[]): Map<string, Span[]> {
  const spans = new Map<string, Span[]>();
  for (const trade of trades) push(spans, sideOf(trade), [trade.entryMs, trade.exitMs] as const);
  for (const list of spans.values()) list.sort((x, y) => x[0] - y[0]);
  return spans;
}

function commonMs(a: readonly Span[], b: readonly Span[]): number {
  let ms = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]![0], b[j]![0]);
    const to = Math.min(a[i]![1], b[j]![1]);
    if (to > from) ms += to - from;
    if (a[i]![1] < b[j]![1]) i++;
    else j++;
  }
  return ms;
}

function lengthMs(spans: readonly Span[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0);
}

function sideOf({ venue, symbol, side }: Trade): string {
  return JSON.stringify([venue, symbol, side]);
}

function entryOf(trade: Trade): string {
  return `${sideOf(trade)} ${trade.entryMs}`;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
