// `sapphire data import`: files one by one, each in its own transaction; a bad one is reported, with
// all others that were left, in a table at the end.

import type { Command } from 'commander';
import type { FileOutcome, ImportedDataset, ImportOptions } from '../../data/importers/import.ts';
import { contentText } from '../../data/schema.ts';
import type { Store } from '../../data/store.ts';
import { InputError, nearest, type Problem } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import { examples } from '../flags.ts';
import { printJson } from '../output.ts';
import { progress } from '../progress.ts';
import {
  common,
  count,
  type DatasetFlags,
  databaseOf,
  dateText,
  formatTable,
  whichDataset,
} from './common.ts';

interface ImportFlags extends DatasetFlags {
  readonly mark?: boolean;
  readonly replace?: boolean;
  readonly column?: string;
  readonly columns?: string;
  readonly timeUnit?: string;
  readonly timeZone?: string;
  readonly closeTime?: boolean;
  readonly publishedAfter?: string;
}

const BAD_INPUT = 2;

/** Adds `data import`. */
export function registerImport(data: Command): void {
  const importing = common(data.command('import'))
    .argument('<files...>', 'files, or folders to search through')
    .description('read candles, trades, quotes, funding and series into the store')
    .option('--mark', 'the candles are of the mark price (else from the name)')
    .option('--replace', 'let rows that differ take the place of stored ones')
    .option('--column <name>', 'the file is an outside series of this name')
    .option('--columns <map>', 'what columns are: time=Date,open=O,... by name or number')
    .option('--time-unit <unit>', 's, ms, us, ns, iso, dmy (31/12/2024) or mdy')
    .option('--time-zone <zone>', 'of times without an offset: UTC, +05:30, Europe/Berlin')
    .option('--close-time', 'candles are stamped by their close')
    .option('--published-after <interval>', 'values of a series are known this long after');
  whichDataset(importing, 'else from the name')
    .addHelpText(
      'after',
      examples(
        [
          'sapphire data import BTCUSDT-1h-2024-12.zip --venue binance-usdm',
          'an archive of Binance',
        ],
        ['sapphire data import ~/downloads', 'every file in a folder; what is left is listed'],
        ['sapphire data import prices.csv --venue mine --symbol BTCUSD --interval 1h', ''],
        ['sapphire data import p.csv --venue mine --symbol X --columns time=Date,open=O', ''],
        ['sapphire data import --column hashrate hashrate.csv', 'joined when it was published'],
      ),
    )
    .action(importFiles);
}

async function importFiles(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const { findFiles, importFile } = await import('../../data/importers/import.ts');
  const { openStore } = await import('../../data/store.ts');
  const options = await optionsOf(flags);
  const db = databaseOf(flags);
  const files = findFiles(paths);
  if (files.length === 0) {
    throw new InputError({
      key: 'files',
      rule: 'must be files, or folders with some',
      value: paths,
    });
  }
  const bar = progress(process.stderr, {
    label: 'importing',
    total: files.length,
    unit: 'files',
    silent: flags.json === true,
  });
  const guesses: { readonly file: string; readonly guess: string }[] = [];
  const onGuess = (file: string, guess: string) => {
    guesses.push({ file, guess });
    bar.stop();
    if (!flags.json) process.stderr.write(`guess     ${file}: ${guess}\n`);
  };
  const outcomes: FileOutcome[] = [];
  let opening: Promise<Store> | undefined;
  const open = () => (opening ??= openStore(db, { write: true }));
  try {
    for (const file of files) {
      bar.update(outcomes.length, file.path);
      const outcome = await importFile(file, { ...options, onGuess }, open);
      outcomes.push(outcome);
      if (flags.json) continue;
      bar.stop();
      if (outcome.status === 'imported') process.stdout.write(`${importedText(outcome)}\n`);
    }
  } catch (error) {
    bar.stop();
    // A disk that is full, a store that somebody has: what became of the files before it is told first.
    if (!flags.json && outcomes.length > 0) {
      process.stdout.write(`${leftTable(outcomes)}${totalText(totalOf(outcomes))}\n`);
      process.stdout.write('what was imported stays; the same command goes on from there\n');
    }
    throw error;
  } finally {
    bar.stop();
    await opening?.then(
      (store) => store.close(),
      () => {},
    );
  }
  const total = totalOf(outcomes);
  if (flags.json) printJson({ db, files: outcomes, guesses, total });
  else process.stdout.write(`${leftTable(outcomes)}${totalText(total)}\n`);
  if (total.failed > 0) process.exitCode = BAD_INPUT;
}

/** The flags as the importers take them; InputError with all that are wrong. */
async function optionsOf(flags: ImportFlags): Promise<ImportOptions> {
  const { TIME_UNITS, timeReader } = await import('../../data/importers/zone.ts');
  const { venue, symbol, interval, mark, replace, column, timeUnit, timeZone, closeTime } = flags;
  const problems: Problem[] = [];
  const unit = TIME_UNITS.find((one) => one === timeUnit);
  if (timeUnit !== undefined && unit === undefined) {
    const rule = `must be one of ${TIME_UNITS.join(', ')}`;
    const near = nearest(timeUnit, TIME_UNITS);
    problems.push({ key: '--time-unit', rule, value: timeUnit, nearest: near });
  }
  const columns: Record<string, string> = {};
  for (const pair of flags.columns?.split(',') ?? []) {
    const [, field = '', name = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (field === '' || name === '') {
      const rule = 'must be pairs like time=Date,open=O, joined by commas';
      problems.push({ key: '--columns', rule, value: pair });
    } else columns[field] = name;
  }
  if (column !== undefined && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(column)) {
    problems.push({ key: '--column', rule: 'must be letters, digits, . _ or -', value: column });
  }
  if (problems.length > 0) throw new InputError(problems);
  if (interval !== undefined) intervalMs(interval, '--interval');
  if (timeZone !== undefined) timeReader(null, timeZone);
  const after = flags.publishedAfter;
  return {
    venue,
    symbol,
    interval,
    mark,
    replace,
    hints: {
      columns: flags.columns === undefined ? undefined : columns,
      timeUnit: unit,
      timeZone,
      closeTime,
      column,
    },
    publishedAfterMs: after === undefined ? undefined : intervalMs(after, '--published-after'),
  };
}

function totalOf(outcomes: readonly FileOutcome[]) {
  const total = { imported: 0, skipped: 0, failed: 0, added: 0, unchanged: 0, conflicts: 0 };
  for (const outcome of outcomes) {
    total[outcome.status]++;
    if (outcome.status !== 'imported') continue;
    for (const part of [outcome, ...outcome.also]) {
      total.added += part.added;
      total.unchanged += part.unchanged;
      total.conflicts += part.conflicts;
    }
  }
  return total;
}

function importedText(outcome: Extract<FileOutcome, { status: 'imported' }>): string {
  const also = outcome.also.map((part) => `\n          and ${datasetText(part)}`);
  return `imported  ${outcome.file}: ${datasetText(outcome)}${also.join('')}`;
}

function datasetText(part: ImportedDataset): string {
  const { venue, symbol, interval, kind, gaps } = part;
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const facts = [
    [venue, symbol, contentText({ interval, kind })].filter(Boolean).join(' '),
    `${count(part.added)} added`,
    `${count(part.unchanged)} unchanged`,
    ...(part.conflicts > 0 ? [`${count(part.conflicts)} replaced`] : []),
    ...(part.duplicates > 0 ? [`${count(part.duplicates)} repeated`] : []),
    `${dateText(part.fromMs)} to ${dateText(part.toMs)}`,
    ...(gaps.length > 0
      ? [`${count(gaps.length)} ${gaps.length === 1 ? 'gap' : 'gaps'} (${count(missing)} missing)`]
      : []),
  ];
  return facts.join(', ');
}

/** What was not imported, and why: a line for each reason. */
function leftTable(outcomes: readonly FileOutcome[]): string {
  const rows = outcomes.flatMap((outcome) => {
    if (outcome.status === 'skipped') return [['skipped', outcome.file, outcome.reason]];
    if (outcome.status !== 'failed') return [];
    return outcome.problems.map((problem, k) => {
      const reason = problem.startsWith(`${outcome.file}: `)
        ? problem.slice(outcome.file.length + 2)
        : problem;
      return k === 0 ? ['FAILED', outcome.file, reason] : ['', '', reason];
    });
  });
  return rows.length === 0 ? '' : formatTable(rows, []);
}

function totalText(total: ReturnType<typeof totalOf>): string {
  const replaced = total.conflicts > 0 ? `, ${count(total.conflicts)} replaced` : '';
  const files = total.imported === 1 ? 'file' : 'files';
  return (
    `${count(total.imported)} ${files} imported, ${count(total.skipped)} skipped, ` +
    `${count(total.failed)} failed: ` +
    `${count(total.added)} rows added, ${count(total.unchanged)} unchanged${replaced}`
  );
}
