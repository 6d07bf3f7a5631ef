// One run from config to run folder: what `backtest` does once and `--watch` again and again.
//
//   config -> strategies -> world -> kernel -> facts -> report -> runs/<id>/  + trial ledger

import { hostname } from 'node:os';
import { basename, relative } from 'node:path';
import { configDigest, resultDigest } from '../data/runs/canonical.ts';
import { writeRun } from '../data/runs/folder.ts';
import { recordTrial, type TrialStatus } from '../data/runs/ledger.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import { makeRoot, runsRoot } from '../data/runs/root.ts';
import { strategyDigest, strategySourceDigest } from '../data/runs/strategy-digest.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import { openStore } from '../data/store.ts';
import type { Remembered } from '../engine/agents/memory.ts';
import { asksModels } from '../engine/agents/seating.ts';
import type { Config } from '../engine/config/schema.ts';
import { type LoadedSeats, loadSeats } from '../engine/host/load.ts';
import type { Kernel } from '../engine/kernel.ts';
import {
  foreseen,
  type Run,
  type RunInput,
  runDigest,
  runEvents,
  runLoop,
} from '../engine/research/backtest.ts';
import { coarseMsOf } from '../engine/research/candle-rows.ts';
import { type Collected, collect, type RunLabels } from '../engine/research/collect.ts';
import { recordOf } from '../engine/research/record.ts';
import type { LookaheadVerdict, RunFacts, RunResult } from '../engine/research/result.ts';
import {
  type Beside,
  besideOf,
  dataDigestWith,
  inputBeside,
  labelOf,
  ledgerDigests,
  ledgerSpan,
} from './beside.ts';
import type { RunConfig } from './flags.ts';
import { interruptible } from './output.ts';
import { progress } from './progress.ts';
import { storedRun, wantsSentiment } from './run-store.ts';
import { VERSION } from './version.ts';
import { readWorld, type World } from './world.ts';

export interface RunRequest extends RunConfig {
  readonly verify: boolean;
  readonly strict: boolean;
  /** Look whether anybody knows the future, too. */
  readonly check: boolean;
  /** No progress on stderr. */
  readonly silent: boolean;
  /** Read strategy files again even if they were loaded before. */
  readonly fresh: boolean;
  /** No --db: a missing store is filled with the demonstration. */
  readonly usesDefaultDb: boolean;
}

export interface Outcome {
  readonly result: RunResult;
  readonly runId: string;
  /** The run folder, absolute. */
  readonly out: string;
  /** Path of report.html as one would type it. */
  readonly report: string;
  readonly verified?: { readonly again: boolean; readonly apply: boolean };
  /** Strategy files that took part. */
  readonly files: readonly string[];
  /** What agents remember at the end, oldest first; empty where memory is off. */
  readonly remembered: readonly Remembered[];
}

/** Runs one config and writes its folder. Throws InputError for whatever a person can mend. */
export async function runOnce(request: RunRequest): Promise<Outcome> {
  const root = request.out ?? runsRoot(process.env);
  const simulated = await simulate(request, root);
  const { result } = simulated;
  // The panel and its features are out of reach by now; drawing the report needs the room.
  releaseMemory();
  const { renderReport } = await import('../reports/run/report.ts');
  const html = await renderReport(result);
  releaseMemory();
  const out = await writeRun(root, result, { report: html });
  const report = `${relative(process.cwd(), out) || out}/report.html`;
  return { ...simulated, runId: basename(out), out, report };
}

/** Everything up to the numbers: strategies, world, loop, facts, and one line in the trial ledger. */
async function simulate(
  request: RunRequest,
  root: string,
): Promise<Pick<Outcome, 'result' | 'files' | 'remembered' | 'verified'>> {
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const loaded = await loadSeats(request.config.decision, process.cwd(), request.fresh);
  const { world, config } = await openWorld(request, loaded);
  const { remembered } = loaded;
  const beside = await besideOf(config, asksModels(loaded), remembered, process.cwd());
  const dataDigest = dataDigestWith(world.dataDigest, beside, config, loaded);
  const { tape } = beside;
  // Before the run, so that none is lost for want of a folder; after the input was found good, so
  // that bad input leaves nothing behind.
  makeRoot(root);
  const trial = (status: TrialStatus) =>
    recordTrial(runsRoot(process.env), {
      strategy: loaded.label,
      strategyDigest: strategySourceDigest(loaded.files),
      symbols: world.symbols,
      configDigest: configDigest(config),
      ...ledgerDigests(world.dataDigest, dataDigest),
      ...ledgerSpan(world.panel, world.firstRow),
      startedAt,
      status,
    });
  const { seats, solo, files } = loaded;
  const { panel, firstRow } = world;
  const input: RunInput = { panel, config, seats, solo, firstRow, ...inputBeside(beside) };
  const voteSpanMs = coarseMsOf(panel, firstRow, panel.length);
  const loop = await timedLoop({ ...input, voteSpanMs }, request.silent, trial);
  releaseMemory();
  const labels: RunLabels = {
    configDigest: configDigest(config),
    strategyDigest: strategyDigest(files),
    dataDigest,
    legDigests: world.legDigests,
    synthetic: world.synthetic,
    strategy: loaded.label,
    sentiment: world.sentiment,
    quality: world.quality,
    tape: tape === null ? undefined : labelOf(tape),
    memoryDigest: memoryDigest(beside.remembered) ?? undefined,
  };
  const collected = collect(loop.run, config, firstRow, labels);
  const { facts } = collected;
  const factsOf = (run: Run) => collect(run, config, firstRow, labels).facts;
  const verified = request.verify ? verify(input, loop.run, facts, factsOf) : undefined;
  const lookahead = request.check
    ? await checked({ ...request, config }, loaded, { world, beside })
    : undefined;
  const { trialNumber } = await trial('finished');
  const result: RunResult = {
    ...resultOf(collected, loop.run, world, config),
    resultDigest: resultDigest(facts),
    circumstances: {
      startedAt,
      wallMs: performance.now() - startedMs,
      candlesPerSecond: loop.ms > 0 ? (facts.data.candles * 1000) / loop.ms : 0,
      node: process.versions.node,
      version: VERSION,
      host: hostname(),
      trialNumber,
      ...(lookahead ? { lookahead } : {}),
    },
  };
  const learned = loop.run.kernel.learning?.memory?.all() ?? [];
  return { result, files, remembered: learned, ...(verified ? { verified } : {}) };
}

async function checked(
  { config, silent }: RunRequest,
  loaded: LoadedSeats,
  ground: { readonly world: World; readonly beside: Beside },
): Promise<LookaheadVerdict> {
  const { look, verdictOf } = await import('./lookahead.ts');
  return verdictOf(await look({ config }, loaded, ground, null, silent));
}

/** The loop with a progress bar; a run that fails counts as a trial too. */
async function timedLoop(
  input: RunInput,
  silent: boolean,
  trial: (status: TrialStatus) => Promise<unknown>,
): Promise<{ run: Run; ms: number }> {
  const total = input.panel.length;
  const bar = progress(process.stderr, { label: 'backtest', total, unit: 'rows', silent });
  const startMs = performance.now();
  try {
    const run = interruptible(() => runLoop(foreseen(input), (rows) => bar.update(rows)));
    return { run, ms: performance.now() - startMs };
  } catch (error) {
    await trial('failed');
    throw error;
  } finally {
    bar.stop();
  }
}

/**
 * What a config comes to today, over this store: nothing is written, and it is no trial.
 * Throws InputError for a store that cannot be read and a range that it does not have.
 */
export async function runToday(request: RunConfig): Promise<Kernel> {
  const { seats, solo, remembered } = await loadSeats(request.config.decision, process.cwd());
  const quiet = {
    ...request,
    verify: false,
    strict: false,
    check: false,
    silent: true,
    fresh: false,
  };
  const { world, config } = await openWorld({ ...quiet, usesDefaultDb: false }, { seats });
  const { panel, firstRow } = world;
  const beside = await besideOf(config, asksModels({ seats }), remembered, process.cwd());
  const input: RunInput = { panel, config, seats, solo, firstRow, ...inputBeside(beside) };
  return interruptible(() => runLoop(input)).kernel;
}

/** The world of a run, and its config with the symbols that the store has. */
export async function openWorld(
  request: RunRequest,
  loaded: Pick<LoadedSeats, 'seats'>,
): Promise<{ readonly world: World; readonly config: Config }> {
  const { strict, silent, usesDefaultDb } = request;
  const run = await storedRun(request, { isNamed: !usesDefaultDb, silent });
  const { config } = run;
  const store = await openStore(run.db);
  try {
    const options = { seats: loaded.seats, needsSentiment: wantsSentiment(run), strict };
    const world = await readWorld(store, config, options);
    if (world.leftOut.length > 0 && !silent) {
      process.stderr.write(`left out, no candles in this range: ${world.leftOut.join(', ')}\n`);
    }
    if (world.ended.length > 0 && !silent) {
      process.stderr.write(`listed anew, what ended runs as: ${world.ended.join(', ')}\n`);
    }
    return { world, config };
  } finally {
    store.close();
  }
}

/** Runs the same input again, and through the second door: equal digests, and every fact the same. */
function verify(
  input: RunInput,
  run: Run,
  facts: RunFacts,
  factsOf: (run: Run) => RunFacts,
): { again: boolean; apply: boolean } {
  const wanted = resultDigest(facts);
  const same = (other: Run, found: RunFacts) =>
    runDigest(other.kernel) === runDigest(run.kernel) &&
    other.kernel.desk.decisions.hex() === run.kernel.desk.decisions.hex() &&
    resultDigest(found) === wanted;
  return interruptible(() => {
    const again = runLoop(input);
    const applied = runEvents(input);
    // Events leave no history of funding behind, which the facts about the data are counted from.
    const { data, warnings } = facts;
    return {
      again: same(again, factsOf(again)),
      apply: same(applied, { ...factsOf(applied), data, warnings }),
    };
  });
}

/** The columns beside the facts, warm-up rows left out. */
function resultOf(collected: Collected, run: Run, { panel }: World, config: Config) {
  const { kernel } = run;
  const { facts, trades, closeMs, equityUsd, benchmarkUsd, firstRow } = collected;
  const { columns, length } = kernel.fills;
  const row = columns.row.slice(0, length).map((value) => value - firstRow);
  return {
    facts,
    trades,
    fills: { ...columns, row, length },
    equity: { length: closeMs.length, closeMs, equityUsd, benchmarkUsd },
    prices: panel.legs.map(({ instrument, candles }) => ({
      venue: instrument.venue,
      symbol: instrument.symbol,
      openMs: panel.openMs.subarray(firstRow, panel.length),
      close: candles.close.subarray(firstRow, panel.length),
    })),
    record: recordOf(run, config, firstRow, trades),
  };
}
