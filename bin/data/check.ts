// `sapphire data check`: what is odd in the stored history; nothing is changed.

import type { Command } from 'commander';
import type { QualityReport } from '../../data/quality.ts';
import type { DatasetRow } from '../../data/store.ts';
import { intervalMs } from '../../engine/interval.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import {
  common,
  type DatasetFlags,
  databaseOf,
  select,
  whichDataset,
  withStore,
} from './common.ts';

/** Adds `data check`. */
export function registerCheck(data: Command): void {
  whichDataset(common(data.command('check')), 'else all')
    .description('report gaps, outliers and other oddities; nothing is changed')
    .addHelpText('after', examples(['sapphire data check --symbol BTCUSDT --interval 1m', '']))
    .action(check);
}

async function check(flags: DatasetFlags): Promise<void> {
  const { qualityOf } = await import('../../data/quality.ts');
  const db = databaseOf(flags);
  const reports = await withStore(db, async (store) => {
    const all = await store.datasets();
    const stamped = new Set(
      all.filter(({ kind }) => kind === 'funding').map(({ venue, symbol }) => `${venue} ${symbol}`),
    );
    const found: { dataset: DatasetRow; report: QualityReport }[] = [];
    for (const dataset of select(all, 'candles', flags)) {
      const { venue, symbol } = dataset;
      const stepMs = intervalMs(dataset.interval!);
      const [fromMs, toMs] = [dataset.fromMs, dataset.toMs + stepMs];
      const candles = await store.readCandles(venue, symbol, stepMs, fromMs, toMs);
      const funding = stamped.has(`${venue} ${symbol}`)
        ? await store.readFunding(venue, symbol, fromMs, toMs)
        : undefined;
      found.push({ dataset, report: qualityOf(candles, stepMs, funding) });
    }
    return found;
  });
  if (flags.json) {
    const datasets = reports.map(({ dataset: { venue, symbol, interval, digest }, report }) => {
      return { venue, symbol, interval, digest, report };
    });
    printJson({ db, datasets });
    return;
  }
  const { qualityText } = await import('../../data/quality/text.ts');
  const texts = reports.map(({ dataset: { venue, symbol, interval }, report }) =>
    qualityText(`${venue} ${symbol} ${interval}`, report),
  );
  process.stdout.write(texts.join(''));
}
