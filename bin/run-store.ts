// The store of a run, before it is read: filled with the demonstration where there is none, and asked
// for the names of the run's symbols.

import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { openStore } from '../data/store.ts';
import { WorldSchema } from '../engine/config/schema.ts';
import type { RunConfig } from './flags.ts';
import { progress } from './progress.ts';
import { namedSymbols } from './symbols.ts';

export interface StoreWish {
  /** The store was named with --db: then a missing one is an error. */
  readonly isNamed: boolean;
  /** No progress on stderr. */
  readonly silent: boolean;
}

/**
 * The run as its store has it: symbols by their stored names, which is told on stderr where they are
 * others. Throws InputError where a symbol may mean several.
 */
export async function storedRun<Run extends RunConfig>(
  run: Run,
  { isNamed, silent }: StoreWish,
): Promise<Run> {
  if (!isNamed) await fillMissingStore(run.db, silent);
  if (run.config.world.symbols.length === 0) return run;
  const store = await openStore(run.db);
  try {
    const { config, notes } = namedSymbols(run.config, await store.datasets());
    for (const note of notes) process.stderr.write(`symbol: ${note}\n`);
    return { ...run, config };
  } finally {
    store.close();
  }
}

/** True when the person asked for this sentiment, so that a missing one is an error. */
export function wantsSentiment({
  config,
  origins,
}: Pick<RunConfig, 'config' | 'origins'>): boolean {
  // A file may merely repeat the default, as the config.json of a run folder does; a flag means it.
  const asked = origins.get('world.sentiment') ?? '';
  const { default: usual } = WorldSchema.properties.sentiment as { readonly default?: unknown };
  return asked.startsWith('flag') || config.world.sentiment !== usual;
}

/** The embedded default: on a machine with no data there is a synthetic market, made once. */
async function fillMissingStore(db: string, silent: boolean): Promise<void> {
  if (existsSync(db)) return;
  const { DEMO, ensureDemo } = await import('../data/demo.ts');
  const total = DEMO.market.candles * DEMO.symbols.length;
  if (!silent) {
    process.stderr.write(
      `no candles yet: making six months of SYNTHETIC ones once, in ${relative(process.cwd(), db)}\n` +
        'fetch real ones any time: npm run data -- fetch aster BTCUSDT 5m\n',
    );
  }
  const bar = progress(process.stderr, { label: 'demo market', total, unit: 'candles', silent });
  await ensureDemo(db, { onProgress: (done) => bar.update(done) });
  bar.stop();
}
