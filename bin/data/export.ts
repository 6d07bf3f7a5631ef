// `sapphire data export`: one dataset as a file that other tools read.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { contentText } from '../../data/schema.ts';
import { InputError } from '../../engine/errors.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import { common, count, type DatasetFlags, select, whichDataset, withStore } from './common.ts';

interface ExportFlags extends DatasetFlags {
  readonly out: string;
  readonly funding?: boolean;
  readonly mark?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
}

/** Adds `data export`. */
export function registerExport(data: Command): void {
  whichDataset(common(data.command('export')), 'else the only one')
    .description('write one dataset to a Parquet or csv file')
    .requiredOption('--out <file>', 'file to write: .parquet or .csv')
    .option('--funding', 'the funding of the symbol instead of its candles')
    .option('--mark', 'the candles of its mark price instead')
    .option('--from <instant>', 'first instant, ISO 8601, UTC')
    .option('--to <instant>', 'end, not included, ISO 8601, UTC')
    .option('--force', 'write over a file that exists')
    .addHelpText(
      'after',
      examples(['sapphire data export --out btc.csv --venue binance-usdm --symbol BTCUSDT', '']),
    )
    .action(exportOne);
}

async function exportOne(flags: ExportFlags): Promise<void> {
  const { exportDataset } = await import('../../data/export.ts');
  const { instantMs } = await import('../../data/importers/times.ts');
  if (flags.funding === true && flags.mark === true) {
    throw new InputError({ key: '--mark', rule: 'must not stand beside --funding' });
  }
  const fromMs = instantMs('--from', flags.from) ?? Number.NEGATIVE_INFINITY;
  const toMs = instantMs('--to', flags.to) ?? Number.POSITIVE_INFINITY;
  const out = resolve(flags.out);
  const db = resolve(flags.db);
  const written = await withStore(db, async (store) => {
    const kind = flags.funding === true ? 'funding' : flags.mark === true ? 'mark' : 'candles';
    const found = select(await store.datasets(), kind, flags);
    if (found.length > 1) {
      const names = found.map((one) => `${one.venue} ${one.symbol} ${contentText(one)}`);
      const rule = `must name one dataset by --venue, --symbol and --interval: ${names.join(', ')}`;
      throw new InputError({ key: 'data export', rule });
    }
    const force = flags.force === true;
    const rows = await exportDataset(store, found[0]!, { out, fromMs, toMs, force });
    const { venue, symbol, interval } = found[0]!;
    return { out, kind, venue, symbol, interval, rows };
  });
  if (flags.json) printJson(written);
  else process.stdout.write(`${written.out}: ${count(written.rows)} rows\n`);
}
