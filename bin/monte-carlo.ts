// `sapphire monte-carlo RUN`: what else could have come of a finished run. Trades are dealt from its
// folder alone; markets and entries need the store that it was made from, and are run by the kernel.
//
// Nothing here is a trial: no config is tried, so the ledger is not told.

import { existsSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, type Problem } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { MonteCarloKind } from '../engine/research/monte-carlo.ts';
import type { RunResult } from '../engine/research/result.ts';
import type { MonteCarloView } from '../reports/monte-carlo.ts';
import { DEFAULT_DB, examples, wholeFlags } from './flags.ts';
import { interruptible, printJson } from './output.ts';
import { progress } from './progress.ts';

interface Flags {
  readonly kind: string;
  readonly count?: string;
  readonly seed?: string;
  readonly block?: string;
  readonly db: string;
  readonly tape?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Resamples unless told: a run of the kernel each, or a few hundred multiplications. */
const USUAL = { trades: 2000, candles: 200, entries: 200 } as const;
const MOST_RESAMPLES = 100_000;

export function register(program: Command): void {
  program
    .command('monte-carlo')
    .argument('<run>', 'a run folder, the first letters of a digest, latest, latest~1')
    .description('say what else could have come of a run: other trades, markets, entries')
    .option('--kind <kind>', 'trades, candles or entries are dealt again', 'trades')
    .option('--count <number>', 'resamples (2000 of trades, 200 of candles and entries)')
    .option('--seed <number>', "seed of the dealing (the run's own)")
    .option('--block <candles>', 'candles kept together on average, kind candles (a day)')
    .option('--db <path>', 'store of candles, kinds candles and entries', DEFAULT_DB)
    .option('--tape <file>', "answers about dealt candles, in place of the run's own tape")
    .option('--out <file>', 'an HTML page with the same answer')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire monte-carlo latest', 'the trades of the newest run, dealt 2,000 times'],
        ['sapphire monte-carlo latest --kind entries', 'was it the timing?'],
        ['sapphire monte-carlo latest --kind candles --block 96', 'on markets dealt again'],
      ),
    )
    .action(monteCarlo);
}

async function monteCarlo(word: string, flags: Flags): Promise<void> {
  const asked = askedOf(flags);
  const { mustTakeFile } = await import('../data/runs/root.ts');
  if (flags.out !== undefined) mustTakeFile(flags.out, '--out');
  const { folder, run } = await runNamed(word);
  const view = await viewOf(run, asked, flags);
  if (asked.out !== null) {
    const { renderMonteCarlo } = await import('../reports/monte-carlo.ts');
    const text = await renderMonteCarlo(view);
    try {
      writeFileSync(asked.out, text);
    } catch (cause) {
      const rule = `must be a file that can be written (${(cause as Error).message})`;
      throw new InputError({ key: '--out', rule, value: flags.out }, { cause });
    }
  }
  const { monteCarloScreen, monteCarloWords } = await import('../reports/monte-carlo.ts');
  if (flags.json) {
    printJson({ run: folder, ...view, words: monteCarloWords(view), page: asked.out });
    return;
  }
  process.stdout.write(monteCarloScreen(view));
  if (asked.out !== null) {
    process.stdout.write(`\npage  ${relative(process.cwd(), asked.out)}\n`);
  }
}

/** A run by its folder, the first letters of its digest, latest, latest~1. Throws InputError. */
export async function runNamed(word: string): Promise<{ folder: string; run: RunResult }> {
  const { findRun } = await import('../data/runs/find.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { readRun } = await import('../data/runs/folder.ts');
  const folder = findRun(runsRoot(process.env), word, process.cwd());
  return { folder, run: await readRun(folder) };
}

interface Asked {
  readonly kind: MonteCarloKind;
  readonly count: number;
  /** Null = the run's own. */
  readonly seed: number | null;
  readonly block: number | null;
  /** Absolute. */
  readonly out: string | null;
}

export function askedOf({ kind, count, seed, block, tape, out }: Omit<Flags, 'db'>): Asked {
  const problems: Problem[] = [];
  const whole = wholeFlags(problems);
  const isKind = Object.hasOwn(USUAL, kind);
  if (!isKind) {
    problems.push({ key: '--kind', rule: 'must be trades, candles or entries', value: kind });
  }
  const resamples = whole('--count', count, 1, MOST_RESAMPLES);
  const drawn = whole('--seed', seed, 0, Number.MAX_SAFE_INTEGER);
  const blocks = whole('--block', block, 1, 1_000_000);
  if (block !== undefined && isKind && kind !== 'candles') {
    problems.push({ key: '--block', rule: 'is for --kind candles alone', value: block });
  }
  if (tape !== undefined && isKind && kind !== 'candles') {
    problems.push({ key: '--tape', rule: 'is for --kind candles alone', value: tape });
  }
  const path = out === undefined ? null : resolve(out);
  if (path !== null && existsSync(resolve(dirname(path), 'result.json'))) {
    problems.push({ key: '--out', rule: 'must not be in a run folder', value: out });
  }
  if (problems.length > 0) throw new InputError(problems);
  const known = kind as MonteCarloKind;
  return {
    kind: known,
    count: resamples ?? USUAL[known],
    seed: drawn,
    block: blocks,
    out: path,
  };
}

async function viewOf(run: RunResult, asked: Asked, flags: Flags): Promise<MonteCarloView> {
  const { facts, trades, equity } = run;
  const { kind, count } = asked;
  const seed = asked.seed ?? facts.seed;
  const base = {
    name: facts.name,
    digest: facts.digest,
    kind,
    count,
    seed,
    meanBlock: null,
    sizes: null,
    trades: facts.statistics.trades,
    totalReturn: facts.statistics.totalReturn,
  };
  if (kind === 'trades') {
    const { dealTrades, tradeReturns } = await import('../engine/research/monte-carlo/trades.ts');
    const { closeMs, equityUsd, length } = equity;
    const returns = tradeReturns(trades, closeMs, equityUsd, length, facts.cashUsd);
    const { drawn, shuffled } = dealTrades(returns, count, seed);
    const dealt = [
      { title: 'as many trades, drawn anew', spreads: drawn },
      { title: 'the same trades in another order', spreads: shuffled },
    ];
    const { sizesOf } = await import('../engine/research/monte-carlo/sizes.ts');
    return { ...base, dealt, sizes: sizesOf(returns) };
  }
  const input = await inputOfRun(run, flags);
  const { dealEntries, dealMarkets, figuresOf } = await import('../engine/research/monte-carlo.ts');
  const { usualBlock } = await import('../engine/research/monte-carlo/candles.ts');
  const silent = flags.json ?? false;
  const label = `dealing ${kind}`;
  const bar = progress(process.stderr, { label, total: count, unit: 'runs', silent });
  const onResample = (done: number) => bar.update(done);
  try {
    if (kind === 'entries') {
      const { spreads } = interruptible(() => dealEntries(input, { count, seed }, onResample));
      return { ...base, dealt: [{ title: 'the same trades entered at random', spreads }] };
    }
    const settings = { count, seed, meanBlock: asked.block ?? usualBlock(input.panel.intervalMs) };
    const { meanBlock } = settings;
    const spreads = interruptible(() => {
      return dealMarkets(input, figuresOf(input), settings, onResample);
    });
    const title = 'markets of the same candles in another order';
    return { ...base, meanBlock, dealt: [{ title, spreads }] };
  } finally {
    bar.stop();
  }
}

function refuseOtherTape(was: string | undefined, is: string | undefined, file: string | null) {
  if (was === is) return;
  const rule = `must be the tape that the run was made with (${was ?? 'none'}): it was added to, or is another`;
  throw new InputError({ key: 'world.tape.file', rule, value: file });
}

/**
 * The run's input again, and proof that it is: the same data, and a run with the same digest. Another
 * `tape` may hold more answers than the run's own, and must hold those. Throws InputError.
 */
export async function inputOfRun(
  { facts }: RunResult,
  { db, tape: other }: Pick<Flags, 'db' | 'tape'>,
): Promise<RunInput> {
  const { loadSeats } = await import('../engine/host/load.ts');
  const { runDigest, runLoop } = await import('../engine/research/backtest.ts');
  const { openStore } = await import('../data/store.ts');
  const { readWorld } = await import('./world.ts');
  const { config } = facts;
  const loaded = await loadSeats(config.decision, process.cwd());
  const { seats, solo, remembered } = loaded;
  const { asksModels } = await import('../engine/agents/seating.ts');
  const { besideOf, dataDigestWith, inputBeside } = await import('./beside.ts');
  const tape = { ...config.world.tape, file: other ?? config.world.tape.file };
  const world = { ...config.world, tape };
  const beside = await besideOf({ world }, asksModels(loaded), remembered, process.cwd());
  const store = await openStore(resolve(db));
  try {
    const options = { seats, needsSentiment: false, strict: false };
    const { panel, firstRow, dataDigest } = await readWorld(store, config, options);
    const recorded = facts.models?.tape?.digest;
    if (other === undefined) refuseOtherTape(recorded, beside.tape?.digest, tape.file);
    const own = { ...beside, tape: recorded === undefined ? null : { digest: recorded } };
    if (dataDigestWith(dataDigest, own, config, loaded) !== facts.dataDigest) {
      const rule =
        config.decision.memory.load === null
          ? 'must be the store that the run was made from: its candles are others by now'
          : 'must be the store that the run was made from, and its memory what it was: one of them is another by now';
      throw new InputError({ key: '--db', rule, value: db });
    }
    const input = { panel, config, seats, solo, firstRow, ...inputBeside(beside) };
    if (runDigest(runLoop(input).kernel) !== facts.digest) {
      const rule = `must be a run of this code: it has other orders today, make it again`;
      throw new InputError({ key: 'run', rule, value: facts.name });
    }
    return input;
  } finally {
    store.close();
  }
}
