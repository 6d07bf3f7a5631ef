// `sapphire data check`: what is odd in the stored history, as text or as a page; nothing is changed.

import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Comparison } from '../../data/quality/compare.ts';
import type { Score } from '../../data/quality/score.ts';
import type { QualityReport } from '../../data/quality.ts';
import type { DatasetRow, History } from '../../data/store.ts';
import { WorldSchema } from '../../engine/config/schema.ts';
import { InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import type { DatasetView } from '../../reports/quality/view.ts';
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

interface CheckFlags extends DatasetFlags {
  readonly html?: string;
  readonly force?: boolean;
}

/** Adds `data check`. */
export function registerCheck(data: Command): void {
  whichDataset(common(data.command('check')), 'else all')
    .description('report gaps, outliers, disagreeing venues and other oddities, with a score')
    .option('--html <file>', 'the report as a page, with a calendar of each dataset')
    .option('--force', 'write over a page that exists')
    .addHelpText(
      'after',
      examples(
        ['sapphire data check --symbol BTCUSDT --interval 1m', ''],
        ['sapphire data check --html quality.html', ''],
      ),
    )
    .action(check);
}

interface Checked {
  readonly dataset: DatasetRow;
  readonly report: QualityReport;
  readonly against: Comparison | null;
  readonly score: Score;
  readonly days: DatasetView['days'];
}

async function check(flags: CheckFlags): Promise<void> {
  const page = flags.html === undefined ? null : resolve(flags.html);
  if (page !== null && existsSync(page) && flags.force !== true) {
    const rule = 'must not exist yet (--force writes over it)';
    throw new InputError({ key: '--html', rule, value: page });
  }
  const db = databaseOf(flags);
  const checked = await withStore(db, async (store) => {
    const all = await store.datasets();
    const found: Checked[] = [];
    for (const dataset of select(all, 'candles', flags)) {
      found.push(await checkOne(store, all, dataset));
    }
    return found;
  });
  if (page !== null) await writePage(page, db, checked);
  if (flags.json) {
    const datasets = checked.map(({ dataset, report, score, against }) => {
      const { venue, symbol, interval, digest } = dataset;
      return { venue, symbol, interval, digest, ...score, report, against };
    });
    printJson({ db, ...(page === null ? {} : { page }), datasets });
    return;
  }
  const { qualityText } = await import('../../data/quality/text.ts');
  const texts = checked.map(({ dataset, report, score, against }) =>
    qualityText(nameOf(dataset), report, score, against),
  );
  process.stdout.write(texts.join(''));
  if (page !== null) process.stdout.write(`page: ${flags.html}\n`);
}

async function checkOne(
  store: History,
  all: readonly DatasetRow[],
  dataset: DatasetRow,
): Promise<Checked> {
  const { qualityOf } = await import('../../data/quality.ts');
  const { compareVenues, secondVenue } = await import('../../data/quality/compare.ts');
  const { coverageOf } = await import('../../data/quality/coverage.ts');
  const { scoreOf } = await import('../../data/quality/score.ts');
  const { venue, symbol } = dataset;
  const stepMs = intervalMs(dataset.interval!);
  const [fromMs, toMs] = [dataset.fromMs, dataset.toMs + stepMs];
  const candles = await candlesOf(store, dataset, fromMs, toMs);
  const hasFunding = all.some(
    (one) => one.kind === 'funding' && one.venue === venue && one.symbol === symbol,
  );
  const funding = hasFunding ? await store.readFunding(venue, symbol, fromMs, toMs) : undefined;
  const report = qualityOf(candles, stepMs, funding?.atMs.length ? funding : undefined);
  const other = secondVenue(dataset, all);
  const theirs = other && (await candlesOf(store, other, fromMs, toMs));
  const against = other && theirs && compareVenues(dataset, candles, other, theirs);
  const score = scoreOf(report, against);
  return { dataset, report, against, score, days: coverageOf(candles.openMs, stepMs) };
}

async function candlesOf(
  store: History,
  dataset: DatasetRow,
  fromMs: number,
  toMs: number,
): Promise<CandleArrays> {
  const { candleArraysOf } = await import('../../data/history.ts');
  return candleArraysOf(await store.readRows(dataset, fromMs, toMs));
}

async function writePage(page: string, store: string, checked: readonly Checked[]): Promise<void> {
  const { RULES } = await import('../../data/quality/score.ts');
  const { qualityFindings } = await import('../../data/quality/text.ts');
  const { renderQuality } = await import('../../reports/quality/report.ts');
  const { default: bar } = WorldSchema.properties.minQuality as { readonly default?: unknown };
  const text = await renderQuality({
    store,
    bar: bar as number,
    rules: RULES,
    datasets: checked.map(({ dataset, report, against, score, days }) => ({
      name: nameOf(dataset),
      digest: dataset.digest,
      candles: report.candles,
      fromMs: report.fromMs,
      toMs: report.toMs,
      ...score,
      findings: qualityFindings(report, against),
      days,
      sources: dataset.sources.length,
    })),
  });
  try {
    writeFileSync(page, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError({ key: '--html', rule: `must be writable (${reason})` }, { cause: error });
  }
}

function nameOf({ venue, symbol, interval }: DatasetRow): string {
  return `${venue} ${symbol} ${interval}`;
}
