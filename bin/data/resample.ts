// `sapphire data resample`: longer candles made of stored shorter ones, and stored as a dataset of their
// own: what a run reads has a digest, and nothing is made up on the way.

import type { Command } from 'commander';
import type { DatasetRow, Store } from '../../data/store.ts';
import { InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import { common, count, type DatasetFlags, databaseOf, select, whichDataset } from './common.ts';

interface ResampleFlags extends DatasetFlags {
  readonly replace?: boolean;
}

/** Adds `data resample`. */
export function registerResample(data: Command): void {
  whichDataset(common(data.command('resample')), 'else all, from the shortest that fits')
    .argument('<to>', 'interval to make, such as 15m')
    .description('make longer candles of shorter ones; a missing candle leaves a hole')
    .option('--replace', 'let candles that differ take the place of stored ones')
    .addHelpText('after', examples(['sapphire data resample 1h --symbol BTCUSDT', '']))
    .action(resampleAll);
}

interface Made {
  readonly venue: string;
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
  readonly added: number;
  readonly unchanged: number;
  /** Buckets that were begun or had a hole. */
  readonly left: number;
}

async function resampleAll(to: string, flags: ResampleFlags): Promise<void> {
  const { openStore } = await import('../../data/store.ts');
  const toMs = intervalMs(to, 'interval');
  const db = databaseOf(flags);
  const store = await openStore(db, { write: true });
  const made: Made[] = [];
  try {
    const all = await store.datasets();
    for (const source of sourcesOf(select(all, 'candles', flags), toMs)) {
      made.push(await resampleOne(store, all, source, to, flags.replace === true));
    }
  } finally {
    store.close();
  }
  if (made.length === 0) {
    const rule = `needs candles shorter than ${to} that divide it`;
    throw new InputError({ key: 'data resample', rule });
  }
  if (flags.json) {
    printJson({ db, made });
    return;
  }
  for (const { venue, symbol, from, added, unchanged, left } of made) {
    process.stdout.write(
      `${venue} ${symbol} ${to} of ${from}: ${count(added)} added, ${count(unchanged)} unchanged` +
        `${left > 0 ? `, ${count(left)} ${left === 1 ? 'hole or edge' : 'holes and edges'} left out` : ''}\n`,
    );
  }
}

/** For each symbol its shortest candles that divide the interval. */
function sourcesOf(candles: readonly DatasetRow[], toMs: number): DatasetRow[] {
  const found = new Map<string, DatasetRow>();
  for (const row of candles) {
    const stepMs = intervalMs(row.interval!);
    if (stepMs >= toMs || toMs % stepMs !== 0) continue;
    const key = `${row.venue} ${row.symbol}`;
    const known = found.get(key);
    if (known === undefined || stepMs < intervalMs(known.interval!)) found.set(key, row);
  }
  return [...found.values()];
}

async function resampleOne(
  store: Store,
  all: readonly DatasetRow[],
  source: DatasetRow,
  to: string,
  replace: boolean,
): Promise<Made> {
  const { candleArraysOf, ofKey } = await import('../../data/history.ts');
  const { resample } = await import('../../data/roll.ts');
  const { venue, symbol, digest } = source;
  const [stepMs, toMs] = [intervalMs(source.interval!), intervalMs(to)];
  const candles = candleArraysOf(await store.readRows(source, source.fromMs, source.toMs + 1));
  const flow = ofKey(all, { ...source, kind: 'flow' });
  const bought = flow && (await store.readRows(flow, source.fromMs, source.toMs + 1));
  // Only where it is known of every candle: a sum of some would be no sum of the bucket.
  const isWhole = bought?.[0]?.join() === candles.openMs.join();
  const takerBuyVolume = isWhole ? (bought?.[1] ?? null) : null;
  const rolled = resample({ candles, takerBuyVolume }, stepMs, toMs);
  const { openMs, open, high, low, close, volume } = rolled.candles;
  const buckets = new Set(Array.from(candles.openMs, (ms) => Math.floor(ms / toMs))).size;
  const made = { venue, symbol, from: source.interval!, to, left: buckets - openMs.length };
  if (openMs.length === 0) return { ...made, added: 0, unchanged: 0 };
  const origin = {
    file: `${venue} ${symbol} ${source.interval}`,
    sha256: digest,
    importer: 'resample',
  };
  return store.transaction(async () => {
    const key = { venue, symbol, interval: to };
    const columns = [openMs, open, high, low, close, volume];
    const options = { replace };
    const outcome = await store.writeRows({ kind: 'candles', ...key }, columns, origin, options);
    if (rolled.takerBuyVolume !== null) {
      const sums = [openMs, rolled.takerBuyVolume];
      await store.writeRows({ kind: 'flow', ...key }, sums, origin, options);
    }
    return { ...made, added: outcome.added, unchanged: outcome.unchanged };
  });
}
