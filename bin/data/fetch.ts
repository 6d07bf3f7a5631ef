// `sapphire data fetch`: candles, funding and mark prices from a venue or an archive into the store.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DatasetKind } from '../../data/schema.ts';
import { examples } from '../flags.ts';
import { type CommonFlags, common } from './common.ts';

interface FetchFlags extends CommonFlags {
  readonly from?: string;
  readonly to?: string;
  readonly funding?: boolean;
  readonly mark?: boolean;
  readonly flow?: boolean;
  readonly dryRun?: boolean;
  readonly replace?: boolean;
}

const DEFAULT_INTERVAL = '1m';

/** Adds `data fetch`. */
export function registerFetch(data: Command): void {
  common(data.command('fetch'))
    .argument('<source>', 'aster, hyperliquid, ... (`fetch list` names all)')
    .argument('[symbols]', 'symbols joined by commas, such as BTCUSDT,ETHUSDT')
    .argument('[interval]', `interval of the candles (${DEFAULT_INTERVAL})`)
    .description('download history; a download that broke off goes on where it stopped')
    .option('--from <instant>', 'first instant, ISO 8601, UTC (as before, else 30 days ago)')
    .option('--to <instant>', 'end, not included, or `now`', 'now')
    .option('--funding', 'the funding of the symbols too')
    .option('--mark', 'candles of the mark price too')
    .option('--flow', 'what takers bought of each candle too')
    .option('--dry-run', 'say what would be asked, store nothing')
    .option('--replace', 'let what the source has corrected take the place of stored rows')
    .addHelpText(
      'after',
      examples(
        ['sapphire data fetch aster BTCUSDT,ETHUSDT 1m --from 2025-01-01 --funding', ''],
        ['sapphire data fetch hyperliquid BTC 1h --funding --dry-run', 'what it would take'],
        ['sapphire data update', 'bring all that was fetched up to now'],
      ),
    )
    .action(fetchSource);
}

async function fetchSource(
  name: string,
  symbols: string | undefined,
  interval: string | undefined,
  flags: FetchFlags,
): Promise<void> {
  const { FETCHERS, fetcherOf } = await import('../../data/fetchers/list.ts');
  const { jobsOf, refuseUnfit } = await import('../../data/fetchers/fetch.ts');
  const { openSource, runFetch } = await import('./fetching.ts');
  if (name === 'list') {
    const width = Math.max(...FETCHERS.map((one) => one.name.length));
    const lines = FETCHERS.map((one) => `${one.name.padEnd(width)}  ${one.summary}\n`);
    process.stdout.write(lines.join(''));
    return;
  }
  const fetcher = fetcherOf(name);
  const isSeries = fetcher.intervals.length === 0;
  const kinds: DatasetKind[] = isSeries ? ['series'] : ['candles'];
  if (flags.funding) kinds.push('funding');
  if (flags.mark) kinds.push('mark');
  if (flags.flow) kinds.push('flow');
  const chosen = isSeries ? null : (interval ?? DEFAULT_INTERVAL);
  const range = await rangeOf(flags);
  refuseUnfit(fetcher, kinds, chosen);
  const spellings = await spellingsOf(symbols, isSeries);
  const db = resolve(flags.db);
  await runFetch({
    ...flags,
    db,
    async prepare(door, signal, nowMs) {
      const source = await openSource(fetcher);
      const found = await source.find(spellings, signal);
      for (const { alias } of found) if (alias) process.stderr.write(`symbol: ${alias}\n`);
      const wish = { fetcher: fetcher.name, source, found, kinds, interval: chosen };
      const jobs = jobsOf(
        { ...wish, ...range, replace: flags.replace === true },
        await door.fetched(),
        nowMs,
      );
      return { jobs, found, failed: [] };
    },
  });
}

async function rangeOf(flags: FetchFlags): Promise<{ fromMs: number | null; toMs: number }> {
  const { instantMs } = await import('../../data/importers/times.ts');
  const { InputError } = await import('../../engine/errors.ts');
  const fromMs = instantMs('--from', flags.from) ?? null;
  const toMs =
    flags.to === undefined || flags.to === 'now'
      ? Number.POSITIVE_INFINITY
      : instantMs('--to', flags.to)!;
  const endMs = Math.min(toMs, Date.now());
  if (fromMs !== null && fromMs >= endMs) {
    const end = new Date(endMs).toISOString();
    throw new InputError({ key: '--from', rule: `must be before ${end}`, value: flags.from });
  }
  return { fromMs, toMs };
}

async function spellingsOf(symbols: string | undefined, isSeries: boolean): Promise<string[]> {
  const { InputError } = await import('../../engine/errors.ts');
  if (isSeries) {
    if (symbols === undefined) return [''];
    throw new InputError({ key: 'symbols', rule: 'a series has none', value: symbols });
  }
  const names = (symbols ?? '').split(',').map((name) => name.trim());
  if (!names.includes('')) return [...new Set(names)];
  const rule = 'must be symbols joined by commas, such as BTCUSDT,ETHUSDT';
  throw new InputError({ key: 'symbols', rule, value: symbols });
}
