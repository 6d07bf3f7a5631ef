// What the price chart of the page draws: for each leg coarse candles of the whole run and base candles
// around trades, and the account at the same rows.
//
//   one list of candles   ->  [ { leg, step, from index of time, o h l c as differences } ... ]

import type { Column } from '../../engine/market/column.ts';
import type { CandleRows } from '../../engine/research/candle-rows.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { differences, unitFor } from './pack.ts';

/** Candles of one leg and one length, times and prices as differences. */
export interface PackedCandles {
  readonly leg: number;
  readonly stepMs: number;
  readonly unit: number;
  /** In steps. */
  readonly t: (number | null)[];
  readonly o: (number | null)[];
  /** Of the larger of open and close. */
  readonly h: number[];
  /** Below the smaller of them. */
  readonly l: number[];
  readonly c: number[];
}

/** The account in the time of each coarse candle: first, highest, lowest, last equity, and benchmark. */
export interface PackedEquity {
  readonly stepMs: number;
  readonly unit: number;
  readonly t: (number | null)[];
  readonly o: (number | null)[];
  readonly h: (number | null)[];
  readonly l: (number | null)[];
  readonly c: (number | null)[];
  readonly b: (number | null)[];
}

/** All candles of the record, leg by leg, coarse ones first; `isBase` picks which. */
export function packedCandles(
  candles: CandleRows,
  isBase: boolean,
  baseMs: number,
): PackedCandles[] {
  const packed: PackedCandles[] = [];
  for (let from = 0; from < candles.length; ) {
    const [leg, stepMs] = [candles.leg[from]!, candles.stepMs[from]!];
    let to = from;
    while (to < candles.length && candles.leg[to] === leg && candles.stepMs[to] === stepMs) to++;
    if ((stepMs === baseMs) === isBase) packed.push(packOne(candles, from, to));
    from = to;
  }
  return packed;
}

/** The length of the candles that show all of the run. */
export function coarseStep({ length, stepMs }: CandleRows, baseMs: number): number {
  let step = baseMs;
  for (let k = 0; k < length; k++) if (stepMs[k]! > step) step = stepMs[k]!;
  return step;
}

function packOne(candles: CandleRows, from: number, to: number): PackedCandles {
  const part = (column: Column) => Float64Array.from(column).subarray(from, to);
  const [open, high, low, close] = [
    part(candles.open),
    part(candles.high),
    part(candles.low),
    part(candles.close),
  ];
  const stepMs = candles.stepMs[from]!;
  const unit = unitFor(high.reduce((a, b) => Math.max(a, b), 0));
  const whole = (value: number) => Math.round(value / unit);
  const each = (pick: (k: number) => number) => Array.from(open, (_, k) => pick(k));
  return {
    leg: candles.leg[from]!,
    stepMs,
    unit,
    t: differences(part(candles.openMs), stepMs),
    o: differences(open, unit),
    h: each((k) => whole(high[k]!) - Math.max(whole(open[k]!), whole(close[k]!))),
    l: each((k) => Math.min(whole(open[k]!), whole(close[k]!)) - whole(low[k]!)),
    c: each((k) => whole(close[k]!) - whole(open[k]!)),
  };
}

/** Equity over spans of `stepMs`, nothing left out of their extremes. */
export function packedEquity({ equity, facts }: RunResult, stepMs: number): PackedEquity {
  const { closeMs, equityUsd, benchmarkUsd, length } = equity;
  const [t, o, h, l, c, b]: number[][] = [[], [], [], [], [], []];
  let at = Number.NaN;
  for (let row = 0; row < length; row++) {
    // A close at the end of a span belongs to it.
    const span = Math.ceil(closeMs[row]! / stepMs) - 1;
    const value = equityUsd[row]!;
    const k = t!.length - 1;
    if (span !== at) {
      at = span;
      t!.push(span * stepMs);
      o!.push(k < 0 ? facts.cashUsd : c![k]!);
      h!.push(Math.max(value, o!.at(-1)!));
      l!.push(Math.min(value, o!.at(-1)!));
      c!.push(value);
      b!.push(benchmarkUsd[row]!);
    } else {
      if (value > h![k]!) h![k] = value;
      if (value < l![k]!) l![k] = value;
      c![k] = value;
      b![k] = benchmarkUsd[row]!;
    }
  }
  // To the cent: that is how the words at the pointer tell it.
  const unit = Math.min(0.01, unitFor(facts.cashUsd));
  const packed = (values: number[]) => differences(values, unit);
  return {
    stepMs,
    unit,
    t: differences(t!, stepMs),
    o: packed(o!),
    h: packed(h!),
    l: packed(l!),
    c: packed(c!),
    b: packed(b!),
  };
}
