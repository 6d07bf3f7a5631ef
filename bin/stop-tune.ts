// `sapphire sweep FILE --csv TRADES`: which trailing stop would have served trades that were really made?
//
//   csv -> trades -> candles of each -> a stop of the spec -> replay (engine/research/stop-replay.ts) -> P&L
//
// The original tuned on the P&L column alone: it took `buffer x |P&L|` off every trade, so that the step
// meant nothing and the smallest buffer always won. Here every trade walks its candles again.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { canonicalJson, sha256 } from '../data/runs/canonical.ts';
import { runFolderName } from '../data/runs/folder.ts';
import { makeRoot, runsRoot, unwritable } from '../data/runs/root.ts';
import { published } from '../data/runs/sweep-folder.ts';
import { openStore } from '../data/store.ts';
import { readTrades, type TradeList } from '../data/trades.ts';
import { InputError } from '../engine/errors.ts';
import { type Crew, runSearch } from '../engine/host/sweep-host.ts';
import {
  type OutsideTrade,
  pnlOf,
  replayStop,
  type TriedStop,
} from '../engine/research/stop-replay.ts';
import {
  Board,
  rowOf,
  type TrialOutcome,
  type TrialRow,
} from '../engine/research/sweep/outcome.ts';
import type { Point } from '../engine/research/sweep/space.ts';
import { assignmentsOf, type Sweep } from '../engine/research/sweep/spec.ts';
import type { TrialTask } from '../engine/research/sweep/trial.ts';
import { hasColor, printJson } from './output.ts';
import { progress } from './progress.ts';
import { pathsOf, type TradePaths } from './stop-trades.ts';
import { writeBest } from './sweep-env.ts';
import { LedgerFeed } from './sweep-ledger.ts';
import { compiledSweep, nameOf, plainSpec, type SweepFlags } from './sweep-setup.ts';

const TRAILING = 'decision.risk.trailingStop';
const TUNED = ['buffer', 'step', 'activation'].map((name) => `${TRAILING}.${name}`);
/** What means nothing here. */
const UNFIT = ['resume', 'distributed', 'gate', 'workers'] as const;

/** Tunes, prints, and leaves a folder with the result and every trade as it would have ended. */
export async function tuneStops(file: string, flags: SweepFlags, top: number): Promise<void> {
  const unfit = UNFIT.filter((name) => flags[name] !== undefined);
  if (unfit.length > 0) {
    const rule = 'has no meaning with --csv: the trades are replayed at once, in this process';
    throw new InputError(unfit.map((name) => ({ key: `--${name}`, rule })));
  }
  const cwd = process.cwd();
  const compiled = await compiledSweep(file, flags, cwd);
  const { run, found } = compiled;
  const sweep = pnlSweep(compiled.sweep);
  const csv = resolve(cwd, flags.csv!);
  const list = readTrades(csv, flags.csv!);
  if (!flags.json) tellColumns(list);
  const store = await openStore(run.db);
  let known: TradePaths;
  try {
    known = await pathsOf(store, list.trades, run.config.world);
  } finally {
    store.close();
  }
  const { train, test } = splitOf(known, sweep, flags.csv!);
  const { slippageBps } = run.config.world;
  const base = run.config.decision.risk.trailingStop;
  const pnl = (paths: TradePaths['paths'], stop: TriedStop) => {
    let [sum, stopped] = [0, 0];
    for (const path of paths) {
      const one = replayStop(path, stop, slippageBps / 1e4);
      sum += one.pnl;
      if (one.stoppedAt >= 0) stopped++;
    }
    return { pnl: sum, stopped };
  };
  const startedAt = new Date().toISOString();
  const fromMs = performance.now();
  const csvDigest = sha256(readFileSync(csv, 'utf8'));
  const root = flags.out === undefined ? runsRoot(process.env) : resolve(flags.out);
  const ledger = new LedgerFeed(runsRoot(process.env), {
    symbols: [...new Set(known.paths.map(({ symbol }) => symbol))].sort(),
    dataDigest: known.dataDigest,
    strategy: `trailing stop on ${basename(csv)}`,
  });
  const rows: TrialRow[] = [];
  const board = new Board(['max']);
  const silent = flags.json ?? false;
  const bar = progress(process.stderr, {
    label: 'stops',
    total: sweep.budget,
    unit: 'trials',
    silent,
  });
  const crew: Crew = {
    async run(tasks, onResult) {
      for (const [k, { index, assignments, toRow }] of tasks.entries()) {
        const stop = stopOf(Object.fromEntries(assignments) as Point, base);
        onResult(k, outcomeOf(index, pnl(train.slice(0, toRow), stop).pnl));
        if (k % 16 === 0) await new Promise((next) => setImmediate(next));
      }
      return true;
    },
  };
  const { ended } = await runSearch({
    sweep,
    crew,
    taskOf: ({ index, point, fraction }): TrialTask => ({
      index,
      assignments: assignmentsOf(point),
      readRow: 0,
      fromRow: 0,
      toRow: Math.max(1, Math.round(train.length * fraction)),
      missingCandles: 0,
    }),
    known: () => null,
    keep: (proposal, outcome) => {
      const stop = stopOf(proposal.point, base);
      const digest = sha256(canonicalJson({ stop, slippageBps, fraction: proposal.fraction }));
      const row = rowOf(proposal, outcome, digest);
      rows.push(row);
      board.add(row);
      ledger.add(csvDigest, digest, 'finished');
      bar.update(rows.length);
    },
  });
  bar.stop();
  const seconds = (performance.now() - fromMs) / 1000;
  const sum = (paths: TradePaths['paths']) =>
    paths.reduce((all, { trade }) => all + pnlOf(trade, trade.exitPrice), 0);
  const best = board.ranked(top).map(({ index }) => {
    const { point } = rows[index]!;
    const stop = stopOf(point, base);
    return { index, point, train: pnl(train, stop), test: test && pnl(test, stop) };
  });
  const trialLines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const facts = {
    schemaVersion: 1,
    kind: 'stops',
    name: nameOf(found.path),
    spec: plainSpec(found.spec),
    csvDigest,
    dataDigest: known.dataDigest,
    columns: list.columns,
    sources: known.sources,
    unit: list.columns.qty === undefined ? 'fraction' : 'quote',
    sampler: sweep.sampler,
    seed: sweep.seed,
    slippageBps,
    trades: list.trades.length,
    replayed: known.paths.length,
    leftOut: known.leftOut,
    train: train.length,
    test: test?.length ?? 0,
    asTraded: { train: sum(train), test: test && sum(test) },
    trials: rows.length,
    ended,
    best,
    trialsDigest: sha256(trialLines),
  };
  const digest = sha256(canonicalJson(facts, 'facts'));
  await ledger.flush();
  const winner = best[0]!;
  const out = writeFolder(root, startedAt, facts.name, digest, {
    'result.json': `${JSON.stringify({ facts, resultDigest: digest, circumstances: { startedAt, seconds, trialNumber: ledger.trialNumber } }, null, 2)}\n`,
    'trials.ndjson': trialLines,
    'trades.ndjson': tradeLines(known.paths, stopOf(winner.point, base), slippageBps / 1e4),
  });
  if (flags.writeEnv !== undefined) writeBest(flags.writeEnv, winner.point, run.config);
  if (flags.json) {
    const { point, train: inside, test: outside, index } = winner;
    printJson({
      out,
      digest,
      trials: rows.length,
      completed: board.completed,
      failed: board.failed,
      best: {
        index,
        parameters: point,
        values: { pnl: inside.pnl },
        stopped: inside.stopped,
        test: outside,
      },
      backtestsPerSecond: seconds > 0 ? rows.length / seconds : 0,
      trades: facts.trades,
      replayed: facts.replayed,
      leftOut: facts.leftOut,
      asTraded: facts.asTraded,
      columns: facts.columns,
    });
    return;
  }
  const { stopScreen } = await import('./stop-screen.ts');
  const layout = { width: process.stdout.columns ?? 100, color: hasColor(process.stdout) };
  const text = stopScreen(facts, {
    ...layout,
    out: relative(cwd, out) || '.',
    csv: flags.csv!,
    top,
  });
  process.stdout.write(`${text}\n`);
}

/** The same search for the P&L; whatever else the spec asks for needs an account. */
function pnlSweep(sweep: Sweep): Sweep {
  const others = sweep.space.axes.filter(({ path }) => !TUNED.includes(path));
  if (others.length > 0) {
    const rule = `must be a value of risk.trailingStop (buffer, step, activation) with --csv: nothing else is replayed`;
    throw new InputError(others.map(({ path }) => ({ key: `parameters.${path}`, rule })));
  }
  return { ...sweep, objectives: [{ name: 'pnl', goal: 'max', evaluate: null }] };
}

function tellColumns({ columns, trades }: TradeList): void {
  const said = Object.entries(columns).map(([field, name]) => `${field} from "${name}"`);
  const qty = columns.qty === undefined ? '; no quantity, so each trade counts the same' : '';
  process.stderr.write(`${trades.length} trades read: ${said.join(', ')}${qty}\n`);
}

/** The first share is searched, the rest judges; in order of entry. */
function splitOf({ paths, leftOut }: TradePaths, { splits }: Sweep, csv: string) {
  if (paths.length === 0) {
    const [first] = leftOut;
    const rule = `must have trades with stored candles; none of ${leftOut.length} has (line ${first!.line}, ${first!.symbol}: ${first!.why})`;
    throw new InputError({ key: csv, rule });
  }
  if (splits === null) return { train: paths, test: null };
  const cut = Math.round(paths.length * splits.train);
  const end = Math.min(paths.length, cut + Math.max(1, Math.round(paths.length * splits.test)));
  if (cut === 0 || cut === paths.length) {
    const rule = `must leave a trade on either side, of ${paths.length} that can be replayed`;
    throw new InputError({ key: 'splits', rule, value: splits.train });
  }
  return { train: paths.slice(0, cut), test: paths.slice(cut, end) };
}

function stopOf(point: Point, base: TriedStop): TriedStop {
  const value = (name: keyof TriedStop) => (point[`${TRAILING}.${name}`] ?? base[name]) as number;
  return { buffer: value('buffer'), step: value('step'), activation: value('activation') };
}

function outcomeOf(index: number, pnl: number): TrialOutcome {
  const none = { config: null, digest: null, decisionDigest: null, statistics: null };
  return {
    index,
    status: 'done',
    code: null,
    message: null,
    values: [pnl],
    ...none,
    dailyReturns: null,
  };
}

/** Every trade under the best stop, a line each. */
function tradeLines(paths: TradePaths['paths'], stop: TriedStop, slippage: number): string {
  return paths
    .map((path) => {
      const { trade, line, symbol, candles } = path;
      const { exitPrice, stoppedAt, pnl } = replayStop(path, stop, slippage);
      const stoppedMs = stoppedAt < 0 ? null : candles.openMs[stoppedAt]!;
      const asTraded = pnlOf(trade satisfies OutsideTrade, trade.exitPrice);
      return `${JSON.stringify({ line, symbol, stoppedMs, exitPrice, pnl, asTraded })}\n`;
    })
    .join('');
}

function writeFolder(
  root: string,
  startedAt: string,
  name: string,
  digest: string,
  files: Readonly<Record<string, string>>,
): string {
  makeRoot(root);
  const folder = `${runFolderName(startedAt, name, digest)}-stops`;
  const draft = join(root, `.unfinished-${folder}-${randomUUID().slice(0, 8)}`);
  try {
    mkdirSync(draft);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(draft, file), text);
    return published(draft, join(root, folder));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw unwritable(root, error) ?? error;
  }
}
