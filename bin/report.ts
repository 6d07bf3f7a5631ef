// `sapphire report RUN`: the page of a run, drawn again from its folder alone; with several runs their
// comparison. A run folder is never written to: the page lies beside it, or where --out says.
//
//   runs/<id>/  ->  runs/<id>.html            runs/compare-<digest8>-<digest8>.html

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, nearest } from '../engine/errors.ts';
import type { RunResult } from '../engine/research/result.ts';
import { examples } from './flags.ts';
import { hasColor, printJson } from './output.ts';

interface ReportFlags {
  readonly out?: string;
  readonly png?: string | true;
  readonly pdf?: string | true;
  readonly export?: string;
  readonly format?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('report')
    .argument('<runs...>', 'run folders, the first letters of digests, latest, latest~1')
    .description('draw the page of a run again, or compare several')
    .option('--out <file>', 'where the page goes (beside the run folder)')
    .option('--png [file]', 'a picture of the whole page, through Chromium')
    .option('--pdf [file]', 'the page on paper, through Chromium')
    .option('--export <dir>', 'tables of a run and the returns of its days, into a new folder')
    .option('--format <name>', 'parquet, csv or arrow, of what is exported (parquet)')
    .option('--open', 'open the page in the browser')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire report latest', 'the page of the newest run, beside its folder'],
        ['sapphire report latest~1 latest', 'the newest run against the one before'],
        ['sapphire report 1f2e3d4c --png --pdf', 'to send around'],
        [
          'sapphire report latest --export tables --format csv',
          'trades, fills, orders, equity, votes',
        ],
      ),
    )
    .action(report);
}

/** What was read and where it goes. */
interface Job {
  readonly folders: readonly string[];
  readonly runs: readonly RunResult[];
  /** Absolute. */
  readonly page: string;
}

async function report(words: readonly string[], flags: ReportFlags): Promise<void> {
  const job = await readJob(words, flags);
  // Asked for before anything is written: without a browser nothing is half done.
  const browser = await browserFor(flags);
  const exported = await exportTables(job, flags);
  const text = await drawn(job);
  const isNew = writePage(job.page, text);
  const prints = browser === null ? {} : await print(browser, job.page, flags);
  if (flags.json) printJson({ ...(await documentOf(job, text, prints)), ...exported });
  else await show(job, text, isNew, { ...prints, ...exported });
  if (flags.open) (await import('./open.ts')).openInBrowser(job.page);
}

async function readJob(words: readonly string[], flags: ReportFlags): Promise<Job> {
  const { findRun } = await import('../data/runs/find.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { readRun } = await import('../data/runs/folder.ts');
  const { MOST_RUNS } = await import('../reports/compare/view.ts');
  if (words.length > MOST_RUNS) {
    const rule = `must be at most ${MOST_RUNS} runs`;
    throw new InputError({ key: 'runs', rule, value: words.length });
  }
  const root = runsRoot(process.env);
  const folders = words.map((word) => findRun(root, word, process.cwd()));
  const runs: RunResult[] = [];
  for (const folder of folders) runs.push(await readRun(folder));
  return { folders, runs, page: pagePath(folders, runs, flags.out) };
}

function pagePath(
  folders: readonly string[],
  runs: readonly RunResult[],
  out: string | undefined,
): string {
  if (out !== undefined) {
    const path = resolve(out);
    if (!existsSync(join(dirname(path), 'result.json'))) return path;
    throw new InputError({ key: '--out', rule: 'must not be in a run folder', value: out });
  }
  const [first] = folders as [string];
  if (folders.length === 1) return `${first}.html`;
  const digests = runs.map(({ facts }) => facts.digest.slice(0, 8));
  return join(dirname(first), `compare-${digests.join('-')}.html`);
}

/** Writes what --export asks for; gives the folder, as a document has it. */
async function exportTables(
  { folders, runs }: Job,
  flags: ReportFlags,
): Promise<{ readonly export?: string }> {
  const { EXPORT_FORMATS, exportRun } = await import('../data/runs/export.ts');
  const { export: out, format = 'parquet' } = flags;
  const known = EXPORT_FORMATS.find((name) => name === format);
  if (known === undefined) {
    const rule = `must be one of ${EXPORT_FORMATS.join(', ')}`;
    const near = nearest(format, EXPORT_FORMATS);
    throw new InputError({ key: '--format', rule, value: format, nearest: near });
  }
  if (out === undefined) {
    if (flags.format === undefined) return {};
    throw new InputError({ key: '--format', rule: 'goes with --export DIR' });
  }
  if (runs.length > 1) throw new InputError({ key: '--export', rule: 'takes one run' });
  await exportRun(folders[0]!, runs[0]!, out, known);
  return { export: resolve(out) };
}

async function browserFor({ png, pdf }: ReportFlags): Promise<string | null> {
  if (png === undefined && pdf === undefined) return null;
  const { findChromium } = await import('./chromium.ts');
  return findChromium(png === undefined ? '--pdf' : '--png', process.env);
}

async function drawn({ runs }: Job): Promise<string> {
  if (runs.length === 1) {
    const { renderReport } = await import('../reports/run/report.ts');
    return renderReport(runs[0]!);
  }
  const { renderComparison } = await import('../reports/compare/report.ts');
  return renderComparison(runs);
}

/** Writes the page unless it is there with these bytes; true when it was written. */
function writePage(path: string, text: string): boolean {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  write(path, text);
  return true;
}

/** Whole or not at all. Throws InputError naming `--out`. */
function write(path: string, content: string | Buffer): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const rule = `must be a file that can be written (${code})`;
    throw new InputError({ key: '--out', rule, value: path }, { cause });
  }
}

type Prints = Readonly<Record<string, string>>;

async function print(browser: string, page: string, { png, pdf }: ReportFlags): Promise<Prints> {
  const { printPage } = await import('./chromium.ts');
  const wanted = { png: png !== undefined, pdf: pdf !== undefined };
  const printed = await printPage(browser, page, wanted);
  const prints: Record<string, string> = {};
  for (const [kind, flag] of [
    ['png', png],
    ['pdf', pdf],
  ] as const) {
    const bytes = printed[kind];
    if (bytes === undefined) continue;
    const path =
      typeof flag === 'string' ? resolve(flag) : `${page.replace(/\.html$/, '')}.${kind}`;
    write(path, bytes);
    prints[kind] = path;
  }
  return prints;
}

/** Whether the page is the one that the run left, byte for byte; null where it left none. */
function isOwnPage(folder: string, text: string): boolean | null {
  const own = join(folder, 'report.html');
  return existsSync(own) ? readFileSync(own, 'utf8') === text : null;
}

async function documentOf(job: Job, text: string, prints: Prints): Promise<object> {
  const { folders, runs, page } = job;
  const named = runs.map(({ facts, resultDigest }, k) => ({
    runId: basename(folders[k]!),
    out: folders[k]!,
    name: facts.name,
    digest: facts.digest,
    resultDigest,
    statistics: facts.statistics,
  }));
  if (runs.length === 1) {
    return { ...named[0]!, report: page, sameAsOwn: isOwnPage(folders[0]!, text), ...prints };
  }
  const { compareDocument } = await import('../reports/compare/document.ts');
  return { runs: named, ...compareDocument(runs), report: page, ...prints };
}

async function show(job: Job, text: string, isNew: boolean, prints: Prints): Promise<void> {
  const { folders, runs, page } = job;
  const typed = (path: string) => relative(process.cwd(), path) || path;
  const options = {
    color: hasColor(process.stdout),
    width: process.stdout.columns ?? 100,
    out: typed(page),
  };
  const say = (label: string, words: string) =>
    process.stdout.write(`${label.padEnd(11)}${words}\n`);
  if (runs.length === 1) {
    const { terminalReport } = await import('../reports/terminal.ts');
    process.stdout.write(`${terminalReport(runs[0]!, options)}\n`);
    const own = isOwnPage(folders[0]!, text);
    if (own === true) say('drawn', 'again from the run folder, the same bytes as its report.html');
    if (own === false) say('drawn', 'again; its report.html has other bytes: other code drew that');
  } else {
    const { compareScreen } = await import('../reports/compare/screen.ts');
    const { compareView } = await import('../reports/compare/view.ts');
    process.stdout.write(`${compareScreen(compareView(runs), options)}\n`);
    if (!isNew) say('', 'unchanged: the page was there with these bytes');
  }
  for (const [kind, path] of Object.entries(prints)) say(kind, typed(path));
}
