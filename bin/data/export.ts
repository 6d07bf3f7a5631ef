// `sapphire data export`: one dataset as a file that other tools read, or many as a shared folder that
// runs on other machines read in place of the database (--parquet), or as Arrow files (--arrow).

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { contentText, type DatasetRow, isCandleKind } from '../../data/schema.ts';
import type { ShareRequest } from '../../data/share/write.ts';
import type { History } from '../../data/store.ts';
import { InputError, nearest } from '../../engine/errors.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import { progress } from '../progress.ts';
import {
  common,
  count,
  type DatasetFlags,
  databaseOf,
  select,
  storedNames,
  whichDataset,
  withStore,
} from './common.ts';

interface ExportFlags extends DatasetFlags {
  readonly out?: string;
  readonly parquet?: string;
  readonly arrow?: string;
  readonly symbols?: string;
  readonly funding?: boolean;
  readonly mark?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
}

/** Adds `data export`. */
export function registerExport(data: Command): void {
  whichDataset(common(data.command('export')), 'else the only one, or all of a folder')
    .description('write one dataset to a file, or many to a folder that runs can read')
    .option('--out <file>', 'one dataset as a file: .parquet or .csv')
    .option('--parquet <dir>', 'a shared folder: Parquet by venue, symbol, interval and month')
    .option('--arrow <dir>', 'a folder of Arrow files, one a dataset, for notebooks')
    .option('--symbols <list>', 'symbols of a folder, joined by commas')
    .option('--funding', 'with --out: the funding of the symbol instead of its candles')
    .option('--mark', 'with --out: the candles of its mark price instead')
    .option('--from <instant>', 'first instant, ISO 8601, UTC')
    .option('--to <instant>', 'end, not included, ISO 8601, UTC')
    .option('--force', 'take the place of a file, or an exported folder, that exists')
    .addHelpText(
      'after',
      examples(
        ['sapphire data export --out btc.csv --venue binance-usdm --symbol BTCUSDT', ''],
        ['sapphire data export --parquet shared --symbols BTCUSDT,ETHUSDT', ''],
        ['sapphire backtest --db shared', 'a run that reads the folder'],
      ),
    )
    .action(exportData);
}

async function exportData(flags: ExportFlags): Promise<void> {
  const { instantMs } = await import('../../data/importers/times.ts');
  const { out, parquet, arrow } = flags;
  if ([out, parquet, arrow].filter((target) => target !== undefined).length !== 1) {
    const rule = 'needs exactly one of --out FILE, --parquet DIR and --arrow DIR';
    throw new InputError({ key: 'data export', rule });
  }
  const fromMs = instantMs('--from', flags.from) ?? Number.NEGATIVE_INFINITY;
  const toMs = instantMs('--to', flags.to) ?? Number.POSITIVE_INFINITY;
  const range = { fromMs, toMs, force: flags.force === true };
  if (out !== undefined) await exportOne(out, range, flags);
  else await exportMany(resolve((parquet ?? arrow)!), range, flags);
}

type Range = Pick<ShareRequest, 'fromMs' | 'toMs' | 'force'>;

async function exportOne(file: string, range: Range, flags: ExportFlags): Promise<void> {
  const { exportDataset } = await import('../../data/export.ts');
  if (flags.funding === true && flags.mark === true) {
    throw new InputError({ key: '--mark', rule: 'must not stand beside --funding' });
  }
  const out = resolve(file);
  const written = await withStore(databaseOf(flags), async (store) => {
    const kind = flags.funding === true ? 'funding' : flags.mark === true ? 'mark' : 'candles';
    const found = select(await store.datasets(), kind, flags);
    if (found.length > 1) {
      const names = found.map((one) => `${one.venue} ${one.symbol} ${contentText(one)}`);
      const rule = `must name one dataset by --venue, --symbol and --interval: ${names.join(', ')}`;
      throw new InputError({ key: 'data export', rule });
    }
    const rows = await exportDataset(store, found[0]!, { out, ...range });
    const { venue, symbol, interval } = found[0]!;
    return { out, kind, venue, symbol, interval, rows };
  });
  if (flags.json) printJson(written);
  else process.stdout.write(`${written.out}: ${count(written.rows)} rows\n`);
}

async function exportMany(dir: string, range: Range, flags: ExportFlags): Promise<void> {
  const { shareParquet } = await import('../../data/share/write.ts');
  const { shareArrow } = await import('../../data/share/arrow.ts');
  const written = await withStore(databaseOf(flags), async (store: History) => {
    const datasets = selectMany(await store.datasets(), flags);
    const bar = progress(process.stderr, {
      label: 'exporting',
      total: datasets.reduce((sum, { rows }) => sum + rows, 0),
      unit: 'rows',
      silent: flags.json === true,
    });
    const request = { dir, ...range, onProgress: (rows: number) => bar.update(rows) };
    try {
      if (flags.arrow !== undefined) return await shareArrow(store, datasets, request);
      const { datasets: shared } = await shareParquet(store, datasets, request);
      return shared.flatMap(({ files }) => files.map(({ path, rows }) => ({ file: path, rows })));
    } finally {
      bar.stop();
    }
  });
  const rows = written.reduce((sum, file) => sum + file.rows, 0);
  if (flags.json) {
    printJson({ dir, rows, files: written });
    return;
  }
  process.stdout.write(`${dir}: ${count(rows)} rows in ${count(written.length)} files\n`);
  if (flags.parquet !== undefined) process.stdout.write(`read it: --db ${flags.parquet}\n`);
}

/**
 * The datasets that go along: candles of the venue, symbols and interval asked for, funding and mark
 * prices of the same symbols, and every outside series.
 */
function selectMany(all: readonly DatasetRow[], flags: ExportFlags): DatasetRow[] {
  const typed = (flags.symbols ?? flags.symbol)?.split(',').map((symbol) => symbol.trim());
  const stored = new Set(all.filter(({ kind }) => isCandleKind(kind)).map((one) => one.symbol));
  const wanted = typed && storedNames('--symbols', typed, stored);
  const unknown = (wanted ?? []).filter((symbol) => !stored.has(symbol));
  if (unknown.length > 0) {
    const rule = `must be stored (${[...stored].slice(0, 12).join(', ')})`;
    throw new InputError(
      unknown.map((symbol) => {
        return { key: '--symbols', rule, value: symbol, nearest: nearest(symbol, stored) };
      }),
    );
  }
  const candles = select(all, 'candles', {
    db: flags.db,
    ...(flags.venue === undefined ? {} : { venue: flags.venue }),
    ...(flags.interval === undefined ? {} : { interval: flags.interval }),
  }).filter(({ symbol }) => wanted?.includes(symbol) ?? true);
  const legs = new Set(candles.map(({ venue, symbol }) => `${venue} ${symbol}`));
  return all.filter((one) => {
    if (one.kind === 'series') return true;
    return one.kind === 'candles' ? candles.includes(one) : legs.has(`${one.venue} ${one.symbol}`);
  });
}
