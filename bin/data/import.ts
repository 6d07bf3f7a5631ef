// `sapphire data import`: files one by one, each in its own transaction; a bad one is reported and the
// others go on.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { FileOutcome } from '../../data/importers/import.ts';
import { contentText } from '../../data/schema.ts';
import type { Store } from '../../data/store.ts';
import { intervalMs } from '../../engine/interval.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import { progress } from '../progress.ts';
import { common, count, type DatasetFlags, dateText, whichDataset } from './common.ts';

interface ImportFlags extends DatasetFlags {
  readonly mark?: boolean;
  readonly replace?: boolean;
}

const BAD_INPUT = 2;

/** Adds `data import`. */
export function registerImport(data: Command): void {
  const importing = common(data.command('import'))
    .argument('<files...>', 'files, or folders to search through')
    .description('read candles, mark prices, funding and series into the store')
    .option('--mark', 'the candles are of the mark price (else from the name)')
    .option('--replace', 'let rows that differ take the place of stored ones');
  whichDataset(importing, 'else from the name')
    .addHelpText(
      'after',
      examples(
        [
          'sapphire data import BTCUSDT-1h-2024-12.zip --venue binance-usdm',
          'an archive of Binance',
        ],
        ['sapphire data import prices.csv --venue mine --symbol BTCUSD --interval 1h', ''],
      ),
    )
    .action(importFiles);
}

async function importFiles(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const { findFiles, importFile } = await import('../../data/importers/import.ts');
  const { openStore } = await import('../../data/store.ts');
  if (flags.interval !== undefined) intervalMs(flags.interval, '--interval');
  const db = resolve(flags.db);
  const files = findFiles(paths);
  const bar = progress(process.stderr, {
    label: 'importing',
    total: files.length,
    unit: 'files',
    silent: flags.json === true,
  });
  const outcomes: FileOutcome[] = [];
  let opening: Promise<Store> | undefined;
  const open = () => (opening ??= openStore(db, { write: true }));
  try {
    for (const file of files) {
      bar.update(outcomes.length, file.path);
      const outcome = await importFile(file, flags, open);
      outcomes.push(outcome);
      if (flags.json) continue;
      bar.stop();
      process.stdout.write(`${outcomeText(outcome)}\n`);
      if (outcome.status === 'failed') process.stderr.write(problemLines(outcome.problems));
    }
  } finally {
    bar.stop();
    await opening?.then(
      (store) => store.close(),
      () => {},
    );
  }
  const total = totalOf(outcomes);
  if (flags.json) printJson({ db, files: outcomes, total });
  else process.stdout.write(`${totalText(total)}\n`);
  if (total.failed > 0) process.exitCode = BAD_INPUT;
}

function totalOf(outcomes: readonly FileOutcome[]) {
  const total = { imported: 0, skipped: 0, failed: 0, added: 0, unchanged: 0, conflicts: 0 };
  for (const outcome of outcomes) {
    total[outcome.status]++;
    if (outcome.status !== 'imported') continue;
    total.added += outcome.added;
    total.unchanged += outcome.unchanged;
    total.conflicts += outcome.conflicts;
  }
  return total;
}

function outcomeText(outcome: FileOutcome): string {
  if (outcome.status === 'skipped') return `skipped   ${outcome.file}: ${outcome.reason}`;
  if (outcome.status === 'failed') return `FAILED    ${outcome.file}`;
  const { venue, symbol, interval, kind, gaps } = outcome;
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const facts = [
    [venue, symbol, contentText({ interval, kind })].filter(Boolean).join(' '),
    `${count(outcome.added)} added`,
    `${count(outcome.unchanged)} unchanged`,
    ...(outcome.conflicts > 0 ? [`${count(outcome.conflicts)} replaced`] : []),
    ...(outcome.duplicates > 0 ? [`${count(outcome.duplicates)} repeated`] : []),
    `${dateText(outcome.fromMs)} to ${dateText(outcome.toMs)}`,
    ...(gaps.length > 0 ? [`${count(gaps.length)} gaps (${count(missing)} missing)`] : []),
  ];
  return `imported  ${outcome.file}: ${facts.join(', ')}`;
}

function problemLines(problems: readonly string[]): string {
  return problems.map((problem) => `          ${problem}\n`).join('');
}

function totalText(total: ReturnType<typeof totalOf>): string {
  const replaced = total.conflicts > 0 ? `, ${count(total.conflicts)} replaced` : '';
  return (
    `${count(total.imported)} files imported, ${count(total.skipped)} skipped, ` +
    `${count(total.failed)} failed: ` +
    `${count(total.added)} rows added, ${count(total.unchanged)} unchanged${replaced}`
  );
}
