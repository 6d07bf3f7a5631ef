// `sapphire trials`: what was tried so far, by family, from the trial ledger.
//
//   trials.ndjson     who was tried on what, when, how it ended      (every trial has a line)
//   <run>/result.json how the strategy is called, what it came to    (where a folder is left)
//
// A family is one strategy source on one list of symbols and one set of candles. What a deflated Sharpe
// ratio asks for is `counted`: with those of the same name on overlapping candles (kin.ts). Only read here; what cannot be read is named.

import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import type { Kin } from '../data/runs/kin.ts';
import type { Ledger, LedgerLine } from '../data/runs/ledger.ts';
import { InputError, nearest } from '../engine/errors.ts';
import type { RunFacts } from '../engine/research/result.ts';
import { examples } from './flags.ts';
import { hasColor, printJson } from './output.ts';

interface TrialsFlags {
  readonly json?: boolean;
  readonly family?: string;
  readonly limit?: string;
}

/** One distinct trial as it ended last. */
interface TrialRow {
  /** ISO 8601; the first time it was tried. */
  readonly firstAt: string;
  readonly startedAt: string;
  readonly status: string;
  readonly configDigest: string;
  readonly sharpe: number | null;
  /** Name of its run folder; null where none is left. */
  readonly run: string | null;
}

interface Family {
  /** Eight hex digits, for `--family`. */
  readonly id: string;
  readonly strategy: string | null;
  readonly strategyDigest: string;
  readonly symbols: readonly string[];
  readonly dataDigest: string;
  /** `1m, 2025-01-01 to 2025-07-01, synthetic`. */
  readonly data: string | null;
  readonly trials: readonly TrialRow[];
  /** With those of its kin. */
  readonly counted: number;
  readonly bestSharpe: number | null;
  readonly firstAt: string;
  readonly lastAt: string;
}

const LIMIT = 20;
/** Fewer digits would name half a ledger by accident. */
const MIN_DIGITS = 4;

export function register(program: Command): void {
  program
    .command('trials')
    .description('list what was tried so far, by family')
    .option('--family <name>', 'only this strategy or family, and each of its trials')
    .option('--limit <number>', `families, or trials of a family, that are listed (${LIMIT})`)
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire trials', 'every family, the newest first'],
        ['sapphire trials --family sma-cross', 'each trial of one strategy'],
        ['sapphire trials --family 3fa9c1d2 --json', 'of one family, for scripts'],
      ),
    )
    .action(trials);
}

async function trials(flags: TrialsFlags): Promise<void> {
  const { LEDGER_FILE, readLedger } = await import('../data/runs/ledger.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const limit = limitOf(flags.limit);
  const root = runsRoot(process.env);
  const ledger = readLedger(root);
  const all = await familiesOf(ledger.lines, root);
  const chosen = flags.family === undefined ? all : chosenFrom(all, flags.family);
  const path = join(relative(process.cwd(), root) || '.', LEDGER_FILE);
  if (flags.json) printJson(documentOf(chosen, ledger, path, flags, limit));
  else await print(chosen, ledger, path, flags, limit);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return LIMIT;
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InputError({ key: '--limit', rule: 'must be a whole number, 1 or more', value: text });
}

// ---- families ------------------------------------------------------------------------------------

/** The newest first. */
async function familiesOf(lines: readonly LedgerLine[], root: string): Promise<Family[]> {
  const { familyKey, trialKey } = await import('../data/runs/ledger.ts');
  const { Kin } = await import('../data/runs/kin.ts');
  const { sha256 } = await import('../data/digest.ts');
  const runs = await runsBelow(root);
  const kin = new Kin();
  const byFamily = new Map<string, Map<string, LedgerLine[]>>();
  for (const line of lines) {
    const family = familyKey(line);
    const known = byFamily.get(family) ?? new Map<string, LedgerLine[]>();
    byFamily.set(family, known);
    const key = trialKey(line);
    known.set(key, [...(known.get(key) ?? []), line]);
    kin.add(line);
  }
  const families = [...byFamily].map(([key, known]) => familyOf(sha256(key), known, runs, kin));
  return families.sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0));
}

function familyOf(
  digest: string,
  known: ReadonlyMap<string, readonly LedgerLine[]>,
  runs: ReadonlyMap<string, FoundRun>,
  kin: Kin,
): Family {
  const found: FoundRun[] = [];
  const names: string[] = [];
  const rows = [...known.values()].map((lines): TrialRow => {
    const last = lines.at(-1)!;
    const ran = lines.map((line) => runs.get(runKey(line.startedAt, line))).filter((run) => !!run);
    found.push(...ran);
    for (const { strategy } of lines) if (typeof strategy === 'string') names.push(strategy);
    const run = ran.at(-1);
    return {
      firstAt: stamp(lines[0]!),
      startedAt: stamp(last),
      status: String(last.status ?? 'unknown'),
      configDigest: last.configDigest,
      sharpe: finite(run?.facts.statistics?.sharpe) ?? finite(last.sharpe),
      run: run?.name ?? null,
    };
  });
  const [first] = [...known.values()][0]! as [LedgerLine];
  const { strategyDigest, symbols, dataDigest } = first;
  const sharpes = rows.map((row) => row.sharpe).filter((sharpe) => sharpe !== null);
  const facts = found.at(-1)?.facts;
  const times = rows.flatMap(({ firstAt, startedAt }) => [firstAt, startedAt]).sort();
  return {
    id: digest.slice(0, 8),
    strategy: names.at(-1) ?? facts?.strategy ?? null,
    strategyDigest,
    symbols: [...symbols].sort(),
    dataDigest,
    data: facts?.data ? dataText(facts.data) : null,
    trials: rows,
    counted: kin.count(first),
    bestSharpe: sharpes.length > 0 ? Math.max(...sharpes) : null,
    firstAt: times[0]!,
    lastAt: times.at(-1)!,
  };
}

/** Empty where a line does not say it: what tells trials apart is all that a line must have. */
function stamp({ startedAt }: LedgerLine): string {
  return typeof startedAt === 'string' ? startedAt : '';
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function dataText({ interval, fromMs, toMs, kind }: RunFacts['data']): string {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return `${interval}, ${day(fromMs)} to ${day(toMs)}${kind === 'synthetic' ? ', synthetic' : ''}`;
}

// ---- run folders ---------------------------------------------------------------------------------

interface FoundRun {
  readonly name: string;
  readonly facts: RunFacts;
}

/** A run and its line in the ledger began in the same millisecond with the same digests. */
function runKey(startedAt: string, of: { configDigest: string; dataDigest: string }): string {
  return `${startedAt} ${of.configDigest} ${of.dataDigest}`;
}

/** What is left of the runs; a folder that cannot be read is as good as none. */
async function runsBelow(root: string): Promise<Map<string, FoundRun>> {
  const { listRuns } = await import('../data/runs/folder.ts');
  const runs = new Map<string, FoundRun>();
  for (const name of listRuns(root)) {
    try {
      const text = readFileSync(join(root, name, 'result.json'), 'utf8');
      const { facts, circumstances } = JSON.parse(text);
      dataText(facts.data);
      runs.set(runKey(circumstances.startedAt, facts), { name, facts });
    } catch {
      // Names and figures are a courtesy: the count is in the ledger.
    }
  }
  return runs;
}

// ---- choosing ------------------------------------------------------------------------------------

/** Families by name, or by the first digits of their own or their source's digest. */
function chosenFrom(all: readonly Family[], wanted: string): Family[] {
  const word = wanted.toLowerCase();
  const isDigits = /^[0-9a-f]+$/.test(word) && word.length >= MIN_DIGITS;
  const found = all.filter(({ id, strategy, strategyDigest }) => {
    const name = strategy?.toLowerCase() ?? '';
    if (name === word || name.startsWith(`${word} `)) return true;
    return isDigits && (id.startsWith(word.slice(0, 8)) || strategyDigest.startsWith(word));
  });
  if (found.length > 0 || all.length === 0) return found;
  const names = [...new Set(all.map(({ strategy, id }) => strategy ?? id))].sort();
  const some = names.slice(0, 8).join(', ') + (names.length > 8 ? ', ...' : '');
  const rule = `must be a strategy or a digest in the ledger (${some})`;
  const near = nearest(wanted, names);
  throw new InputError({ key: '--family', rule, value: wanted, nearest: near });
}

function tally({ trials: rows }: Family): Record<string, number> {
  const counts: Record<string, number> = { finished: 0, failed: 0, aborted: 0 };
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

// ---- telling -------------------------------------------------------------------------------------

function documentOf(
  families: readonly Family[],
  { odd }: Ledger,
  ledger: string,
  flags: TrialsFlags,
  limit: number,
) {
  const isOne = flags.family !== undefined;
  const shown = isOne ? families : families.slice(0, limit);
  return {
    ledger,
    trials: families.reduce((sum, family) => sum + family.trials.length, 0),
    families: shown.map(({ trials: rows, ...family }) => ({
      ...family,
      trials: rows.length,
      ...tally({ ...family, trials: rows }),
      ...(isOne ? { list: newest(rows).slice(0, limit) } : {}),
    })),
    familiesLeftOut: families.length - shown.length,
    passedOver: odd,
  };
}

async function print(
  families: readonly Family[],
  { odd }: Ledger,
  path: string,
  flags: TrialsFlags,
  limit: number,
): Promise<void> {
  const { decimal, plainText, shortDigest } = await import('../reports/format.ts');
  const { labelled, LABEL_WIDTH, listThatFits } = await import('../reports/table.ts');
  for (const { line, rule } of odd) {
    process.stderr.write(`${path}:${line}: ${rule}; passed over\n`);
  }
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (families.length === 0) {
    say(`no trials yet in ${path}: every backtest is one`);
    say('try       npm run backtest');
    return;
  }
  const layout = { width: process.stdout.columns ?? 100, color: hasColor(process.stdout) };
  const isOne = flags.family !== undefined;
  const shown = isOne ? families : families.slice(0, limit);
  const total = families.reduce((sum, family) => sum + family.trials.length, 0);
  const counted = `${some(total, 'trial')} in ${some(families.length, 'family', 'families')}`;
  say(labelled('trials', [{ text: counted, paint: 'bold' }, { text: path }], layout));
  for (const family of shown) {
    const { id, strategy, strategyDigest, symbols, data, dataDigest, bestSharpe } = family;
    const name = plainText(strategy ?? `source ${shortDigest(strategyDigest)}`);
    const sharpe = bestSharpe === null ? '' : `best Sharpe ${decimal(bestSharpe)}`;
    const head = [{ text: name, paint: 'bold' as const }, { text: tallyText(family) }];
    say('');
    say(labelled(id, [...head, { text: sharpe }], layout));
    const names = listThatFits(symbols.map(plainText), Math.max(20, layout.width - 60));
    const candles = data ?? `candles ${shortDigest(dataDigest)}`;
    say(labelled('', [{ text: names }, { text: candles }], layout));
    const [first, last] = [minute(family.firstAt), minute(family.lastAt)];
    say(labelled('', [{ text: first === last ? first : `${first} to ${last}` }], layout));
    if (!isOne) continue;
    for (const row of newest(family.trials).slice(0, limit)) {
      const worth = row.sharpe === null ? '' : `Sharpe ${decimal(row.sharpe)}`;
      const pieces = [
        minute(row.startedAt),
        plainText(row.status).padEnd('finished'.length),
        `config ${shortDigest(row.configDigest)}`,
        worth.padEnd('Sharpe -0.00'.length),
        row.run ?? '',
      ];
      say(
        labelled(
          '  trial',
          pieces.map((text) => ({ text })),
          layout,
        ).trimEnd(),
      );
    }
    const left = family.trials.length - limit;
    if (left > 0) say(`${''.padEnd(LABEL_WIDTH)}and ${left} more (--limit)`);
  }
  const left = families.length - shown.length;
  if (left > 0) say(`\nand ${some(left, 'family', 'families')} more (--limit)`);
}

function newest(rows: readonly TrialRow[]): TrialRow[] {
  return rows.toSorted((a, b) =>
    a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0,
  );
}

function tallyText(family: Family): string {
  const others = Object.entries(tally(family)).filter(([status, n]) => status !== 'finished' && n);
  const text = others.map(([status, n]) => `${n} ${status}`).join(', ');
  const own = some(family.trials.length, 'trial') + (text === '' ? '' : ` (${text})`);
  const { counted } = family;
  return counted > family.trials.length ? `${own}, counted as ${counted}` : own;
}

function some(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}

/** `2025-11-20 21:30`, UTC; as it is when it is no instant. */
function minute(iso: string): string {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return 'at no known time';
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 16);
}
