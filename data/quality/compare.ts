// The same asset at two venues, candle by candle: whose prices are the odd ones cannot be told, but
// that two venues disagree by per cents is no market either.
//
// A symbol may count another number of coins (kPEPE and 1000PEPE are 1000 PEPE): prices are compared
// per coin. Where one venue has longer candles only, the shorter ones are rolled up to them.

import { intervalMs } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import { assetOf } from '../names.ts';
import type { Finding } from '../quality.ts';
import { resample } from '../roll.ts';
import type { DatasetRow } from '../schema.ts';
import { medianOf } from './median.ts';

export interface Comparison {
  /** `binance-usdm 1000PEPEUSDT 1h`. */
  readonly name: string;
  /** Candles that both have. */
  readonly compared: number;
  /** Median distance of closes, a fraction. */
  readonly median: number;
  /** Candles whose closes are more than 3 % apart, a premium of up to 1 % taken off. */
  readonly apart: readonly Finding[];
  /** The volume is that of the other venue times about the price. */
  readonly isVolumeInQuote: boolean;
}

const APART = 0.03;
const MOST_PREMIUM = 0.01;
/** Fewer common candles than this compare nothing. */
const LEAST = 12;

/** The dataset of the same asset at another venue that shares most time; null when there is none. */
export function secondVenue(dataset: DatasetRow, all: readonly DatasetRow[]): DatasetRow | null {
  const { base } = assetOf(dataset.symbol);
  const stepMs = intervalMs(dataset.interval!);
  let best: DatasetRow | null = null;
  let bestMs = 0;
  for (const other of all) {
    if (other.kind !== 'candles' || other.venue === dataset.venue) continue;
    if (other.synthetic !== dataset.synthetic || assetOf(other.symbol).base !== base) continue;
    if (intervalMs(other.interval!) % stepMs !== 0) continue;
    const from = Math.max(dataset.fromMs, other.fromMs);
    // The same interval is worth a little more than a longer one.
    const weight = other.interval === dataset.interval ? 1.01 : 1;
    const sharedMs = (Math.min(dataset.toMs, other.toMs) - from) * weight;
    if (sharedMs > bestMs) [best, bestMs] = [other, sharedMs];
  }
  return best;
}

/** Compares candles of `dataset` with those of `other`; null when they share too few. */
export function compareVenues(
  dataset: DatasetRow,
  own: CandleArrays,
  other: DatasetRow,
  theirs: CandleArrays,
): Comparison | null {
  const [fromMs, toMs] = [intervalMs(dataset.interval!), intervalMs(other.interval!)];
  const mine =
    fromMs === toMs ? own : resample({ candles: own, takerBuyVolume: null }, fromMs, toMs).candles;
  const factor = assetOf(dataset.symbol).factor / assetOf(other.symbol).factor;
  const pairs = commonRows(mine.openMs, theirs.openMs);
  if (pairs.length < LEAST) return null;
  const ratios = pairs.map(([a, b]) => Math.log(mine.close[a]! / factor / theirs.close[b]!));
  // Venues differ by a premium; by more than a per cent for good, one of them is no such market.
  const premium = medianOf(ratios);
  const shift = Math.abs(premium) <= MOST_PREMIUM ? premium : 0;
  const apart: Finding[] = [];
  for (const [k, ratio] of ratios.entries()) {
    if (Math.abs(ratio - shift) <= APART) continue;
    const percent = (100 * (Math.exp(ratio) - 1)).toFixed(1);
    apart.push({ openMs: mine.openMs[pairs[k]![0]]!, reason: `close ${percent} % off` });
  }
  const volumes = pairs.flatMap(([a, b]) => {
    const ratio = (mine.volume[a]! * factor) / theirs.volume[b]!;
    return ratio > 0 && Number.isFinite(ratio) ? [[ratio, mine.close[a]!] as const] : [];
  });
  const ratio = medianOf(volumes.map(([one]) => one));
  const price = medianOf(volumes.map(([, one]) => one));
  return {
    name: `${other.venue} ${other.symbol} ${other.interval}`,
    compared: pairs.length,
    median: medianOf(ratios.map(Math.abs)),
    apart,
    isVolumeInQuote: price > 50 && ratio > 100 && ratio / price > 0.003,
  };
}

function commonRows(a: Float64Array, b: Float64Array): [number, number][] {
  const pairs: [number, number][] = [];
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    while (j < b.length && b[j]! < a[i]!) j++;
    if (b[j] === a[i]) pairs.push([i, j]);
  }
  return pairs;
}
