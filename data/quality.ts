// What is wrong, or only odd, in a stretch of history: a report and never a repair.
//
// A gap filled by a machine is a price nobody traded at, so nothing here changes a row. Some
// findings are faults of a file (impossible, duplicates), some are true stories of a market that a
// backtest must know of (a relisting, a crash): the reader decides, the report only points.

import type { CandleColumns, Column } from '../engine/market/column.ts';
import type { FundingColumns } from '../engine/market/panel.ts';
import { type FundingQuality, fundingQuality } from './quality/funding.ts';
import { type Gap, gapsOf, missingIn, splitGaps } from './quality/gaps.ts';
import { medianInPlace, medianOf } from './quality/median.ts';
import type { Range } from './ranges.ts';

export interface Finding {
  readonly openMs: number;
  readonly reason: string;
}

export interface QualityReport {
  readonly candles: number;
  /** OPEN of the first and the last candle, UTC ms; NaN when there are none. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly gaps: readonly Gap[];
  readonly missing: number;
  /** Holes where the source, which was asked, has no candle either: no defect of these rows. */
  readonly absent: readonly Gap[];
  readonly absentCandles: number;
  /** Rows whose time is that of the row before. */
  readonly duplicates: number;
  /** Rows earlier than the row before. */
  readonly unordered: number;
  /** Rows whose time is not a multiple of the interval. */
  readonly offGrid: number;
  /** Rows with low above open or close, high below them, a price <= 0, or volume < 0. */
  readonly impossible: number;
  readonly nan: number;
  readonly zeroVolume: number;
  /** Prices far from both neighbours, and closes far from the one before. */
  readonly outliers: readonly Finding[];
  /** Ten or more identical candles in a row: a feed that stood still, or nobody traded. */
  readonly frozenRuns: readonly { readonly fromMs: number; readonly candles: number }[];
  /** The level of price or volume shifts by about 10^3 or 10^6, or times are not milliseconds. */
  readonly wrongUnit: readonly Finding[];
  /** Price more than five times higher or lower after a hole: perhaps another asset. */
  readonly relistings: readonly Finding[];
  /** Null when no funding was given. */
  readonly funding: FundingQuality | null;
}

/** What is known of candles beside the rows. */
export interface Known {
  /** Funding of the same symbol. */
  readonly funding?: FundingColumns | undefined;
  /** Stretches where the source was asked and has no candle; sorted, apart from each other. */
  readonly holes?: readonly Range[] | undefined;
  /** Stretches of funding that the source has answered. */
  readonly fundingAsked?: readonly Range[] | undefined;
  /** What a usual move is may be told from so many of them, for those who must be quick. */
  readonly sampledMoves?: number;
}

const FROZEN_CANDLES = 10;
const RELISTING_RATIO = 5;
/** A close must move by this fraction at least, and by this many usual moves, to be an outlier. */
const OUTLIER_MOVE = 0.1;
const OUTLIER_USUAL_MOVES = 30;
const LEVEL_CANDLES = 200;

/** Why these five numbers cannot be a candle, or null when they can. */
export function candleFault(
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
): string | null {
  if (!Number.isFinite(open + high + low + close + volume)) {
    return `must have numbers, has ${[open, high, low, close, volume].join(', ')}`;
  }
  if (!(low > 0)) return `must have prices above 0, low is ${low}`;
  if (low > open || low > close) return `must have low <= open and close, low is ${low}`;
  if (high < open || high < close) return `must have high >= open and close, high is ${high}`;
  return volume >= 0 ? null : `must have volume >= 0, is ${volume}`;
}

/** Looks at one dataset of candles. */
export function qualityOf(
  candles: CandleColumns,
  intervalMs: number,
  { funding, holes = [], fundingAsked, sampledMoves = Number.POSITIVE_INFINITY }: Known = {},
): QualityReport {
  const { openMs } = candles;
  const rows = openMs.length;
  return {
    candles: rows,
    fromMs: rows === 0 ? Number.NaN : openMs[0]!,
    toMs: rows === 0 ? Number.NaN : openMs[rows - 1]!,
    ...timeFindings(openMs, intervalMs, holes),
    ...valueFindings(candles),
    outliers: outliersOf(candles, sampledMoves),
    frozenRuns: frozenRunsOf(candles),
    wrongUnit: wrongUnitsOf(candles),
    relistings: relistingsOf(candles, intervalMs),
    funding: funding === undefined ? null : fundingQuality(funding, fundingAsked),
  };
}

function timeFindings(openMs: Column, intervalMs: number, holes: readonly Range[]) {
  let [duplicates, unordered, offGrid] = [0, 0, 0];
  for (let i = 0; i < openMs.length; i++) {
    if (openMs[i]! % intervalMs !== 0) offGrid++;
    if (i > 0 && openMs[i] === openMs[i - 1]) duplicates++;
    if (i > 0 && openMs[i]! < openMs[i - 1]!) unordered++;
  }
  const { gaps, absent } = splitGaps(gapsOf(openMs, intervalMs), intervalMs, holes);
  const [missing, absentCandles] = [missingIn(gaps), missingIn(absent)];
  return { gaps, missing, absent, absentCandles, duplicates, unordered, offGrid };
}

function valueFindings({ open, high, low, close, volume }: CandleColumns) {
  let [impossible, nan, zeroVolume] = [0, 0, 0];
  for (let i = 0; i < close.length; i++) {
    if (volume[i] === 0) zeroVolume++;
    if (Number.isNaN(open[i]! + high[i]! + low[i]! + close[i]! + volume[i]!)) nan++;
    else if (candleFault(open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!)) impossible++;
  }
  return { impossible, nan, zeroVolume };
}

function outliersOf(
  { openMs, open, high, low, close }: CandleColumns,
  sampledMoves: number,
): Finding[] {
  const moves: number[] = [];
  const step = Math.max(1, Math.floor(close.length / sampledMoves));
  for (let i = step; i < close.length; i += step) {
    moves.push(Math.abs(Math.log(close[i]! / close[i - 1]!)));
  }
  const limit = Math.max(Math.log(1 + OUTLIER_MOVE), OUTLIER_USUAL_MOVES * medianOf(moves));
  const far = Math.exp(limit);
  const found: Finding[] = [];
  const add = (i: number, what: string, ratio: number) =>
    found.push({ openMs: openMs[i]!, reason: `${what} (x${Number(ratio.toPrecision(3))})` });
  for (let i = 0; i < close.length; i++) {
    const top = Math.max(open[i]!, close[i]!);
    const bottom = Math.min(open[i]!, close[i]!);
    // Compared without logarithms: there are millions of candles and few outliers.
    if (high[i]! > top * far) add(i, 'high far above the body', high[i]! / top);
    if (low[i]! * far < bottom) add(i, 'low far below the body', low[i]! / bottom);
    if (i === 0) continue;
    const ratio = close[i]! / close[i - 1]!;
    if (!(ratio > far || ratio * far < 1)) continue;
    const back = i + 1 < close.length ? close[i + 1]! / close[i - 1]! : ratio;
    const returned = Math.abs(Math.log(back)) < Math.abs(Math.log(ratio)) / 4;
    add(i, returned ? 'close far off and back again' : 'close far from the one before', ratio);
  }
  return found;
}

function frozenRunsOf({ openMs, open, high, low, close, volume }: CandleColumns) {
  const runs: { fromMs: number; candles: number }[] = [];
  const same = (i: number, j: number) =>
    [open, high, low, close, volume].every((column) => column[i] === column[j]);
  for (let from = 0; from < close.length; ) {
    let to = from + 1;
    while (to < close.length && close[to] === close[from] && same(to, from)) to++;
    if (to - from >= FROZEN_CANDLES) runs.push({ fromMs: openMs[from]!, candles: to - from });
    from = to;
  }
  return runs;
}

function wrongUnitsOf({ openMs, close, volume }: CandleColumns): Finding[] {
  const found: Finding[] = [];
  const unit = openMs.length > 0 ? timeUnitOf(openMs[0]!) : null;
  if (unit !== null) found.push({ openMs: openMs[0]!, reason: `times look like ${unit}` });
  const block = new Float64Array(LEVEL_CANDLES);
  for (const [what, column] of [
    ['price', close],
    ['volume', volume],
  ] as const) {
    let before = Number.NaN;
    for (let from = 0; from < column.length; from += LEVEL_CANDLES) {
      const to = Math.min(from + LEVEL_CANDLES, column.length);
      let count = 0;
      for (let i = from; i < to; i++) if (column[i]! > 0) block[count++] = column[i]!;
      if (count < LEVEL_CANDLES / 10) continue;
      const level = medianInPlace(block.subarray(0, count));
      const powers = Math.abs(Math.log10(level / before));
      if (Math.abs(powers - 3) < 0.25 || Math.abs(powers - 6) < 0.25) {
        const ratio = Number((level / before).toPrecision(2));
        found.push({ openMs: openMs[from]!, reason: `level of ${what} shifts by x${ratio}` });
      }
      before = level;
    }
  }
  return found;
}

function timeUnitOf(timeMs: number): string | null {
  if (timeMs < 1e11) return 'seconds';
  return timeMs >= 1e14 ? 'microseconds' : null;
}

function relistingsOf({ openMs, open, close }: CandleColumns, intervalMs: number): Finding[] {
  const found: Finding[] = [];
  for (let i = 1; i < close.length; i++) {
    const missing = Math.round((openMs[i]! - openMs[i - 1]!) / intervalMs) - 1;
    const ratio = open[i]! / close[i - 1]!;
    if (missing < 1 || (ratio <= RELISTING_RATIO && ratio >= 1 / RELISTING_RATIO)) continue;
    const times = Number(ratio.toPrecision(3));
    found.push({ openMs: openMs[i]!, reason: `price x${times} after ${missing} missing candles` });
  }
  return found;
}
