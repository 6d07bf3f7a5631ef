// The demonstration market: six months of invented one-minute candles, written once to a store.
//
// One transaction makes it, and a store made for it gets its name last: whenever the power goes, there
// is all of it or none. What is stored is named by the digest of its definition, so a store filled by
// another version of the generator is refused, not mixed. An edge found here means nothing.

import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { assert, InputError } from '../engine/errors.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import { sha256 } from './digest.ts';
import { canonicalJson } from './runs/canonical.ts';
import { type DatasetRow, openStore, type Provenance, type Store } from './store.ts';
import { generateMarket, type MarketLeg, type MarketSpec } from './synthetic.ts';

/** Raised whenever the generator gives other numbers for the same spec. */
const GENERATOR_VERSION = 1;

const FROM_MS = Date.UTC(2025, 0, 1);
const TO_MS = Date.UTC(2025, 6, 1);

/** Fees of Hyperliquid's first tier; five significant digits of price, as there. */
const leg = (
  prices: Pick<MarketLeg, 'startPrice' | 'tickSize' | 'lotSize' | 'dailyVolume' | 'maxLeverage'>,
  looks: Pick<MarketLeg, 'annualVolatility' | 'beta' | 'fundingMean'>,
): MarketLeg => ({
  ...prices,
  ...looks,
  driftPerYear: 0,
  minNotionalUsd: 10,
  makerFeeBps: 1.5,
  takerFeeBps: 4.5,
});

const MARKET: MarketSpec = {
  venue: 'synthetic',
  seed: 7,
  fromMs: FROM_MS,
  candles: (TO_MS - FROM_MS) / MINUTE_MS,
  intervalMs: MINUTE_MS,
  factorVolatility: 0.4,
  legs: {
    BTCUSDC: leg(
      { startPrice: 93_500, tickSize: 1, lotSize: 1e-5, dailyVolume: 30_000, maxLeverage: 50 },
      { annualVolatility: 0.45, beta: 1, fundingMean: 0.00006 },
    ),
    ETHUSDC: leg(
      { startPrice: 3340, tickSize: 0.1, lotSize: 1e-4, dailyVolume: 500_000, maxLeverage: 50 },
      { annualVolatility: 0.7, beta: 1.5, fundingMean: 0.00005 },
    ),
    SOLUSDC: leg(
      { startPrice: 190, tickSize: 0.01, lotSize: 0.01, dailyVolume: 5e6, maxLeverage: 40 },
      { annualVolatility: 0.85, beta: 1.75, fundingMean: 0.00003 },
    ),
    DOGEUSDC: leg(
      { startPrice: 0.316, tickSize: 1e-5, lotSize: 1, dailyVolume: 1e9, maxLeverage: 25 },
      { annualVolatility: 0.95, beta: 1.95, fundingMean: 0.00004 },
    ),
    PEPEUSDC: leg(
      { startPrice: 0.0000201, tickSize: 1e-9, lotSize: 1, dailyVolume: 1e13, maxLeverage: 20 },
      { annualVolatility: 1.2, beta: 2.4, fundingMean: 0.00004 },
    ),
    WIFUSDC: leg(
      { startPrice: 1.86, tickSize: 1e-4, lotSize: 1, dailyVolume: 1e8, maxLeverage: 20 },
      { annualVolatility: 1.3, beta: 2.4, fundingMean: 0.00002 },
    ),
  },
};

/** What the demonstration holds. `toMs` is the close of the last candle, UTC ms. */
export const DEMO = Object.freeze({
  venue: MARKET.venue,
  interval: '1m',
  fromMs: FROM_MS,
  toMs: TO_MS,
  symbols: Object.freeze(Object.keys(MARKET.legs)),
  market: MARKET,
});

export interface DemoOutcome {
  /** False when the store had it already. */
  readonly created: boolean;
  /** Datasets of the demonstration: candles and funding of each symbol. */
  readonly datasets: number;
  /** Instrument-candles. */
  readonly candles: number;
}

export interface DemoOptions {
  /** Candles written so far, and all of them. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes sure that the store at `dbPath` (made when missing) holds the demonstration market. Throws
 * InputError when it holds another market under the same names, StoreLockedError when it is in use.
 */
export async function ensureDemo(dbPath: string, options: DemoOptions = {}): Promise<DemoOutcome> {
  const symbols = DEMO.symbols.length;
  const outcome = { datasets: 2 * symbols, candles: symbols * MARKET.candles };
  if (existsSync(dbPath)) {
    const created = await fill(dbPath, outcome.candles, options);
    return { created, ...outcome };
  }
  // One name for the draft: what a killed process left is finished, and two at once are kept apart
  // by the store's lock.
  const draft = `${dbPath}.unfinished.duckdb`;
  await fill(draft, outcome.candles, options);
  if (!publish(draft, dbPath)) return ensureDemo(dbPath, options);
  return { created: true, ...outcome };
}

/** Writes the market unless it is there; false when it was. */
async function fill(path: string, total: number, options: DemoOptions): Promise<boolean> {
  if (existsSync(path)) {
    const reader = await openStore(path);
    try {
      if (hasDemo(path, await reader.datasets())) return false;
    } finally {
      reader.close();
    }
  }
  const store = await openStore(path, { write: true });
  try {
    await store.transaction(() => writeDemo(store, total, options));
  } finally {
    store.close();
  }
  return true;
}

/** Gives the draft its name in one step; false when the name was taken meanwhile. */
function publish(draft: string, path: string): boolean {
  assert(!existsSync(`${draft}.wal`), 'a closed store has no write-ahead log');
  let free = true;
  try {
    linkSync(draft, path);
  } catch {
    // Taken, or a file system without links, where a rename has to do.
    free = !existsSync(path);
    if (free) renameSync(draft, path);
  }
  rmSync(draft, { force: true });
  return free;
}

async function writeDemo(store: Store, total: number, options: DemoOptions): Promise<void> {
  const source = provenance();
  let done = 0;
  options.onProgress?.(done, total);
  for (const { instrument, candles, funding } of generateMarket(MARKET)) {
    const { venue, symbol } = instrument;
    const { interval } = DEMO;
    await store.writeInstrument(instrument);
    await store.writeCandles({ venue, symbol, interval, synthetic: true }, candles, source);
    if (funding) await store.writeFunding({ venue, symbol, synthetic: true }, funding, source);
    done += candles.openMs.length;
    options.onProgress?.(done, total);
  }
}

/** True when all of it is there, false when none is; anything between is not ours to mend. */
function hasDemo(dbPath: string, datasets: readonly DatasetRow[]): boolean {
  const named = datasets.filter(
    (row) =>
      row.venue === DEMO.venue &&
      DEMO.symbols.includes(row.symbol) &&
      (row.kind === 'funding' || row.interval === DEMO.interval),
  );
  if (named.length === 0) return false;
  const { sha256: wanted } = provenance();
  const ours = (row: DatasetRow) =>
    row.sources.length === 1 &&
    row.sources[0]!.sha256 === wanted &&
    (row.kind === 'funding' || row.rows === MARKET.candles);
  if (named.length === 2 * DEMO.symbols.length && named.every(ours)) return true;
  const rule = `must hold no other market at venue ${DEMO.venue}: remove the file or use another --db`;
  throw new InputError({ key: dbPath, rule, value: named.find((row) => !ours(row))?.symbol });
}

function provenance(): Provenance {
  const definition = canonicalJson({ generator: GENERATOR_VERSION, market: MARKET });
  return { file: 'synthetic', sha256: sha256(definition), importer: 'generator' };
}
