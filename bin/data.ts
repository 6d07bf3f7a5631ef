// `sapphire data`: fills the store of candles, says what it holds, and writes parts of it to files.
//
// The only verb that writes the store. Files are imported one by one, each in its own transaction;
// a bad one is reported and the others go on. DuckDB and the importers are loaded by the actions.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { FileOutcome } from '../data/importers/import.ts';
import type { QualityReport } from '../data/quality.ts';
import { contentText, isCandleKind } from '../data/schema.ts';
import type { DatasetRow, Store } from '../data/store.ts';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import { intervalMs } from '../engine/interval.ts';
import { DEFAULT_DB, examples } from './flags.ts';
import { printJson } from './output.ts';
import { progress } from './progress.ts';

interface CommonFlags {
  readonly db: string;
  readonly json?: boolean;
}

interface DatasetFlags extends CommonFlags {
  readonly venue?: string;
  readonly symbol?: string;
  readonly interval?: string;
}

interface ImportFlags extends DatasetFlags {
  readonly mark?: boolean;
  readonly replace?: boolean;
}

interface ExportFlags extends DatasetFlags {
  readonly out: string;
  readonly funding?: boolean;
  readonly mark?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
}

const BAD_INPUT = 2;

/** Adds `data import`, `list`, `check`, `export` and `demo`. */
export function register(program: Command): void {
  const data = program.command('data').description('fill and inspect the store of candles');
  data.addHelpText(
    'after',
    examples(
      ['sapphire data demo', 'an invented market, to try everything with'],
      ['sapphire data import ~/binance-vision', 'every file in a folder'],
      ['sapphire data list', 'what the store holds'],
    ),
  );

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

  common(data.command('list')).description('one line per dataset').action(list);

  whichDataset(common(data.command('check')), 'else all')
    .description('report gaps, outliers and other oddities; nothing is changed')
    .addHelpText('after', examples(['sapphire data check --symbol BTCUSDT --interval 1m', '']))
    .action(check);

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

  common(data.command('demo'))
    .description('make sure that the store holds the demonstration market')
    .action(demo);
}

function common(command: Command): Command {
  return command
    .option('--db <file>', `store of candles`, DEFAULT_DB)
    .option('--json', 'print one JSON document on stdout');
}

function whichDataset(command: Command, otherwise: string): Command {
  return command
    .option('--venue <venue>', `such as binance-usdm (${otherwise})`)
    .option('--symbol <symbol>', `such as BTCUSDT (${otherwise})`)
    .option('--interval <interval>', `such as 1m (${otherwise})`);
}

async function importFiles(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const { findFiles, importFile } = await import('../data/importers/import.ts');
  const { openStore } = await import('../data/store.ts');
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

async function list(flags: CommonFlags): Promise<void> {
  const db = resolve(flags.db);
  const datasets = await withStore(db, (store) => store.datasets());
  if (flags.json) {
    printJson({ db, datasets });
    return;
  }
  const header = ['venue', 'symbol', 'data', 'rows', 'from', 'to', 'files', 'digest', ''];
  const rows = datasets.map((one) => [
    one.venue,
    one.symbol,
    contentText(one),
    count(one.rows),
    dateText(one.fromMs),
    dateText(one.toMs),
    count(one.sources.length),
    one.digest.slice(0, 8),
    one.synthetic ? 'synthetic' : '',
  ]);
  process.stdout.write(formatTable([header, ...rows], [3, 6]));
}

async function check(flags: DatasetFlags): Promise<void> {
  const { qualityOf } = await import('../data/quality.ts');
  const db = resolve(flags.db);
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
  const { qualityText } = await import('../data/quality/text.ts');
  const texts = reports.map(({ dataset: { venue, symbol, interval }, report }) =>
    qualityText(`${venue} ${symbol} ${interval}`, report),
  );
  process.stdout.write(texts.join(''));
}

async function exportOne(flags: ExportFlags): Promise<void> {
  const { exportDataset } = await import('../data/export.ts');
  const { instantMs } = await import('../data/importers/times.ts');
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

async function demo(flags: CommonFlags): Promise<void> {
  const { ensureDemo } = await import('../data/demo.ts');
  const db = resolve(flags.db);
  let bar: ReturnType<typeof progress> | undefined;
  const onProgress = (done: number, total: number) => {
    const options = { label: 'writing the demo', total, unit: 'candles' };
    bar ??= progress(process.stderr, { ...options, silent: flags.json === true });
    bar.update(done);
  };
  const outcome = await ensureDemo(db, { onProgress }).finally(() => bar?.stop());
  if (flags.json) {
    printJson({ db, ...outcome });
    return;
  }
  const has = `${count(outcome.candles)} synthetic candles in ${outcome.datasets} datasets`;
  process.stdout.write(`${db}: ${outcome.created ? 'now has' : 'has already'} ${has}\n`);
}

/** The datasets of a kind that the flags leave; InputError when they leave none. */
function select(
  all: readonly DatasetRow[],
  kind: DatasetRow['kind'],
  flags: DatasetFlags,
): DatasetRow[] {
  const ofKind = all.filter((one) => one.kind === kind);
  const problems: Problem[] = [];
  let left = ofKind;
  for (const key of isCandleKind(kind)
    ? (['venue', 'symbol', 'interval'] as const)
    : (['venue', 'symbol'] as const)) {
    const wanted = flags[key];
    if (wanted === undefined) continue;
    const names = [...new Set(left.map((one) => one[key] ?? ''))];
    const kept = left.filter((one) => one[key] === wanted);
    if (kept.length === 0) {
      const rule = `must be one the store has: ${names.slice(0, 12).join(', ') || 'it has none'}`;
      problems.push({ key: `--${key}`, rule, value: wanted, nearest: nearest(wanted, names) });
    } else left = kept;
  }
  if (problems.length > 0) throw new InputError(problems);
  if (left.length > 0) return left;
  const rule =
    kind === 'mark'
      ? 'must hold mark prices: import some'
      : `must hold ${kind}: import some, or \`data demo\``;
  throw new InputError({ key: 'store', rule });
}

async function withStore<T>(db: string, work: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import('../data/store.ts');
  const store = await openStore(db, {});
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** Columns as wide as their widest cell, numbers to the right; no trailing blanks. */
function formatTable(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = rows[0]!.map((_, j) => Math.max(...rows.map((row) => row[j]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, j) => (right.includes(j) ? cell.padStart(widths[j]!) : cell.padEnd(widths[j]!)));
  return rows.map((row) => `${line(row).join('  ').trimEnd()}\n`).join('');
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
