// What is done to a leg between the store and the panel: cut where its symbol was listed anew, and
// given the series that are its own (what takers bought, spreads).

import { combineMonths, monthDigests } from '../data/digest.ts';
import { ofKey } from '../data/history.ts';
import type { DatasetRow, FetchRecord, History } from '../data/store.ts';
import { isoText } from '../engine/config/instant.ts';
import type { WorldConfig } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import { intervalName } from '../engine/interval.ts';
import type { CandleArrays } from '../engine/market/column.ts';
import { listingBreaks } from '../engine/market/listing.ts';
import { type LegInput, legSeriesName, type SeriesInput } from '../engine/market/panel.ts';

/** The listings of one leg's history, oldest first; the newest keeps the symbol. */
export function listingsOf(leg: LegInput, baseMs: number, maxHoleCandles: number): LegInput[] {
  const { candles, instrument } = leg;
  const starts = [0, ...listingBreaks(candles, baseMs, maxHoleCandles), candles.openMs.length];
  if (starts.length === 2) return [leg];
  return starts.slice(0, -1).map((from, k) => {
    const to = starts[k + 1]!;
    const part = rowsOf(candles, from, to);
    const [fromMs, toMs] = [part.openMs[0]!, part.openMs.at(-1)! + baseMs];
    const within = (times: Float64Array) => {
      const first = times.findIndex((ms) => ms >= fromMs);
      const end = times.findIndex((ms) => ms >= toMs);
      return [first === -1 ? times.length : first, end === -1 ? times.length : end] as const;
    };
    const cut = { ...leg, candles: part };
    if (leg.funding !== undefined) {
      const [a, b] = within(leg.funding.atMs);
      const { atMs, rate } = leg.funding;
      Object.assign(cut, { funding: { atMs: atMs.slice(a, b), rate: rate.slice(a, b) } });
    }
    if (leg.mark !== undefined) {
      const [a, b] = within(leg.mark.atMs);
      const { atMs, price } = leg.mark;
      Object.assign(cut, { mark: { atMs: atMs.slice(a, b), price: price.slice(a, b) } });
    }
    if (leg.finer !== undefined) {
      Object.assign(cut, { finer: rowsOf(leg.finer, ...within(leg.finer.openMs)) });
    }
    if (to === candles.openMs.length) return cut;
    const until = isoText(toMs).slice(0, 10);
    return { ...cut, instrument: { ...instrument, symbol: `${instrument.symbol}.${until}` } };
  });
}

function rowsOf(candles: CandleArrays, from: number, to: number): CandleArrays {
  const entries = Object.entries(candles).map(([name, column]) => [name, column.slice(from, to)]);
  return Object.fromEntries(entries) as CandleArrays;
}

/** The series of legs that a run reads, under their names in the panel. */
export interface LegSeries {
  readonly series: readonly SeriesInput[];
  /** Of those columns, for the digest of the data. */
  readonly digests: readonly string[];
  /** What is said of them on the screen; empty when nobody reads any. */
  readonly text: string;
}

/**
 * Reads what takers bought, when a strategy reads it, and half-spreads, when the costs are to come from
 * them. InputError when the costs need spreads that are not stored.
 */
export async function readLegSeries(
  store: History,
  datasets: readonly DatasetRow[],
  legs: readonly LegInput[],
  baseMs: number,
  wants: { readonly flow: boolean; readonly spread: boolean },
): Promise<LegSeries> {
  const series: SeriesInput[] = [];
  const bought: string[] = [];
  const problems: Problem[] = [];
  const base = intervalName(baseMs);
  for (const { instrument, candles } of legs) {
    const { venue, symbol } = instrument;
    const mine = datasets.filter((row) => row.venue === venue && row.symbol === symbol);
    const [fromMs, toMs] = [candles.openMs[0]!, candles.openMs.at(-1)! + baseMs];
    const flow = mine.find(({ kind, interval }) => kind === 'flow' && interval === base);
    if (wants.flow && flow !== undefined) {
      const [openMs, value] = await store.readRows(flow, fromMs, toMs);
      const joined = flowSeries(candles, openMs!, value!, baseMs);
      if (joined !== null) {
        series.push({ name: legSeriesName('takerBuyVolume', venue, symbol), ...joined });
        bought.push(symbol);
      }
    }
    if (!wants.spread) continue;
    const spread = mine.find(({ kind }) => kind === 'spread');
    if (spread === undefined) {
      const rule = `needs quotes of ${venue} ${symbol}: import some, or choose fixed or edge`;
      problems.push({ key: 'world.costs.spread', rule, value: 'stored' });
      continue;
    }
    const [publishedMs, value] = await store.readRows(spread, Number.NEGATIVE_INFINITY, toMs);
    const name = legSeriesName('halfSpreadBps', venue, symbol);
    series.push({ name, publishedMs: publishedMs!, value: value! });
  }
  if (problems.length > 0) throw new InputError(problems);
  const digests = series.map(({ name, publishedMs, value }) => {
    return `series ${name} ${combineMonths(monthDigests([publishedMs, value]))}`;
  });
  const text = bought.length === 0 ? '' : `taker volume of ${bought.join(', ')}`;
  return { series, digests, text };
}

/** One value a candle, known at its close; -1 where nobody knows. Null when nobody knows anything. */
function flowSeries(
  { openMs }: CandleArrays,
  flowMs: Float64Array,
  flow: Float64Array,
  baseMs: number,
): Pick<SeriesInput, 'publishedMs' | 'value'> | null {
  const value = new Float64Array(openMs.length).fill(-1);
  let [k, known] = [0, 0];
  for (let i = 0; i < openMs.length; i++) {
    while (k < flowMs.length && flowMs[k]! < openMs[i]!) k++;
    if (flowMs[k] !== openMs[i]) continue;
    value[i] = flow[k]!;
    known++;
  }
  return known === 0 ? null : { publishedMs: openMs.map((ms) => ms + baseMs), value };
}

/**
 * The worst score of the legs that are decided on, in words; `fetched` tells which holes are their
 * venues' own. InputError, when `strict`, with every leg below `world.minQuality`.
 */
export async function qualityOfLegs(
  legs: readonly LegInput[],
  fetched: readonly FetchRecord[],
  baseMs: number,
  { minQuality }: Pick<WorldConfig, 'minQuality'>,
  strict: boolean,
): Promise<string> {
  const { quickScore } = await import('../data/quality/score.ts');
  const scores = legs.map(({ instrument: { venue, symbol }, candles, funding }) => {
    const of = (kind: 'candles' | 'funding', interval: string | null) =>
      ofKey(fetched, { kind, venue, symbol, interval });
    const holes = of('candles', intervalName(baseMs))?.holes;
    return quickScore(candles, baseMs, {
      funding,
      holes,
      fundingAsked: of('funding', null)?.asked,
    });
  });
  const below = legs.flatMap(({ instrument: { symbol } }, k): Problem[] => {
    const { score, losses } = scores[k]!;
    if (score >= minQuality) return [];
    const rule = `must score ${minQuality} or more (--strict): ${lossText(losses)}`;
    return [{ key: symbol, rule, value: score }];
  });
  if (strict && below.length > 0) throw new InputError(below);
  const worst = scores.reduce((a, b) => (b.score < a.score ? b : a));
  const why = worst.losses.length === 0 ? '' : ` (${lossText(worst.losses)})`;
  return `quality ${worst.score} of 100${why}`;
}

function lossText(losses: readonly { readonly what: string; readonly points: number }[]): string {
  return losses.map(({ what, points }) => `${what} -${points.toFixed(1)}`).join(', ');
}
