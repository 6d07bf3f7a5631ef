// `sapphire data check`: what is odd in the stored history, as text or as a page; nothing is changed.

import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CheckedDataset } from '../../data/quality/dataset.ts';
import { WorldSchema } from '../../engine/config/schema.ts';
import { InputError } from '../../engine/errors.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import {
  common,
  type DatasetFlags,
  databaseOf,
  selectAny,
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

async function check(flags: CheckFlags): Promise<void> {
  const { checkDataset } = await import('../../data/quality/dataset.ts');
  const page = flags.html === undefined ? null : resolve(flags.html);
  if (page !== null && existsSync(page) && flags.force !== true) {
    const rule = 'must not exist yet (--force writes over it)';
    throw new InputError({ key: '--html', rule, value: page });
  }
  if (flags.html !== undefined) {
    const { mustTakeFile } = await import('../../data/runs/root.ts');
    mustTakeFile(flags.html, '--html');
  }
  const db = databaseOf(flags);
  const checked = await withStore(db, async (store) => {
    const around = { datasets: await store.datasets(), fetched: await store.fetched() };
    const found: CheckedDataset[] = [];
    for (const dataset of selectAny(around.datasets, flags)) {
      found.push(await checkDataset(store, dataset, around));
    }
    return found;
  });
  if (page !== null) await writePage(page, db, checked);
  if (flags.json) {
    const datasets = checked.map(({ dataset, report, score, against }) => {
      const { kind, venue, symbol, interval, digest } = dataset;
      return { kind, venue, symbol, interval, digest, ...score, report, against };
    });
    printJson({ db, ...(page === null ? {} : { page }), datasets });
    return;
  }
  const { qualityText } = await import('../../data/quality/text.ts');
  process.stdout.write(checked.map(qualityText).join(''));
  if (page !== null) process.stdout.write(`page: ${flags.html}\n`);
}

async function writePage(
  page: string,
  store: string,
  checked: readonly CheckedDataset[],
): Promise<void> {
  const { RULES } = await import('../../data/quality/score.ts');
  const { renderQuality } = await import('../../reports/quality/report.ts');
  const { default: bar } = WorldSchema.properties.minQuality as { readonly default?: unknown };
  const text = await renderQuality({
    store,
    bar: bar as number,
    rules: RULES,
    datasets: checked.map(({ name, rows, unit, fromMs, toMs, score, findings, days, dataset }) => ({
      ...{ name, rows, unit, fromMs, toMs, findings, days, ...score },
      digest: dataset.digest,
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
