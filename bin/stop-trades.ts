// The candles of trades from elsewhere: each trade's symbol is found in the store, in whatever spelling,
// and its candles are read. A trade without them is named, never dropped in silence.

import { digestColumns } from '../data/digest.ts';
import type { History } from '../data/history.ts';
import { assetOf } from '../data/names.ts';
import { sha256 } from '../data/runs/canonical.ts';
import type { DatasetRow } from '../data/schema.ts';
import type { ListedTrade } from '../data/trades.ts';
import type { WorldConfig } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import { intervalMs } from '../engine/interval.ts';
import { pathOf, type TradePath } from '../engine/research/stop-replay.ts';

export interface LeftOut {
  readonly line: number;
  readonly symbol: string;
  readonly why: string;
}

export interface TradePaths {
  /** In order of entry. */
  readonly paths: readonly (TradePath & { readonly line: number; readonly symbol: string })[];
  readonly leftOut: readonly LeftOut[];
  /** `binance-usdm BTCUSDT 1m`, of each symbol that was found. */
  readonly sources: readonly string[];
  readonly dataDigest: string;
}

/** Throws InputError where a symbol is stored for several venues and none was chosen. */
export async function pathsOf(
  store: History,
  trades: readonly ListedTrade[],
  world: WorldConfig,
): Promise<TradePaths> {
  const datasets = (await store.datasets()).filter(({ kind, interval, venue }) => {
    if (kind !== 'candles' || interval === null) return false;
    return (
      (world.venue === null || world.venue === venue) &&
      (world.interval === null || world.interval === interval)
    );
  });
  const paths: TradePaths['paths'][number][] = [];
  const leftOut: LeftOut[] = [];
  const sources: string[] = [];
  const digests: string[] = [];
  for (const symbol of [...new Set(trades.map((trade) => trade.symbol))].sort()) {
    const own = trades.filter((trade) => trade.symbol === symbol);
    const row = datasetOf(symbol, datasets);
    if (row === null) {
      leftOut.push(...own.map(({ line }) => ({ line, symbol, why: 'no candles of this symbol' })));
      continue;
    }
    const stepMs = intervalMs(row.interval!);
    const fromMs = Math.min(...own.map(({ entryMs }) => entryMs)) - stepMs;
    const toMs = Math.max(...own.map(({ exitMs }) => exitMs)) + stepMs;
    const candles = await store.readCandles(row.venue, row.symbol, stepMs, fromMs, toMs);
    const instrument = await store.instrument(row.venue, row.symbol);
    sources.push(`${row.venue} ${row.symbol} ${row.interval}`);
    digests.push(`${symbol} ${instrument.tickSize} ${digestColumns(candles)}`);
    for (const trade of own) {
      const path = pathOf(trade, candles, stepMs, instrument);
      const { line } = trade;
      if ('why' in path) leftOut.push({ line, symbol, why: path.why });
      else paths.push({ ...path, line, symbol });
    }
  }
  paths.sort((a, b) => a.trade.entryMs - b.trade.entryMs || a.line - b.line);
  leftOut.sort((a, b) => a.line - b.line);
  return { paths, leftOut, sources, dataDigest: sha256(digests.join('\n')) };
}

/** Real candles before synthetic, then the finest; null when nothing of that symbol is stored. */
function datasetOf(symbol: string, datasets: readonly DatasetRow[]): DatasetRow | null {
  const bare = (text: string) =>
    text
      .toUpperCase()
      .replace(/:.*$/, '')
      .replace(/[^A-Z0-9]/g, '');
  const asset = (text: string) => assetOf(text.replace(/:.*$/, ''));
  const exact = datasets.filter((row) => bare(row.symbol) === bare(symbol));
  const wanted = asset(symbol);
  const found =
    exact.length > 0
      ? exact
      : datasets.filter((row) => {
          const { base, factor } = asset(row.symbol);
          return base === wanted.base && factor === wanted.factor;
        });
  const real = found.filter((row) => !row.synthetic);
  const left = real.length > 0 ? real : found;
  if (left.length === 0) return null;
  const venues = [...new Set(left.map(({ venue }) => venue))];
  if (venues.length > 1) {
    const rule = `must be chosen for ${symbol}: ${venues.join(', ')} have candles (--venue ${venues[0]})`;
    throw new InputError({ key: 'world.venue', rule });
  }
  return left.reduce((a, b) => (intervalMs(b.interval!) < intervalMs(a.interval!) ? b : a));
}
