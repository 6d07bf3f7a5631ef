// `sapphire walk-forward`: learn on one window, trade the next, and a verdict on what is stitched.
//
//   FILE or config -> columns -> folds (search, trade) -> every point on the traded days -> verdict
//
// Every backtest made on the way is a trial of the ledger, and the verdict counts all of them.

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, type Problem } from '../engine/errors.ts';
import type { Verdict } from '../engine/research/verdict.ts';
import type { Fold } from '../engine/research/walk-forward.ts';
import { addRunFlags, examples, loadRunConfig, MAX_DRAWDOWN, type RunFlags } from './flags.ts';
import { hasColor, interruptible, printJson } from './output.ts';
import { progress } from './progress.ts';
import type { Prepared } from './sweep-setup.ts';

interface WalkFlags extends RunFlags {
  readonly folds?: string;
  readonly train?: string;
  readonly anchored?: boolean;
  readonly maxDrawdown?: string;
  readonly gate?: boolean;
}

const FOLDS = 6;
const TRAIN = 6;
const MOST_WINDOWS = 100;

export function register(program: Command): void {
  const command = program
    .command('walk-forward')
    .description('learn on one window, trade the next one, and judge the whole')
    .argument(
      '[file]',
      'a sweep whose parameters are searched in each fold; none = a config as it is',
    );
  addRunFlags(command)
    .option('--folds <number>', `windows that are traded (${FOLDS})`)
    .option('--train <number>', `length of a training window, in folds (${TRAIN})`)
    .option('--anchored', 'training always begins where the data do, and grows')
    .option('--max-drawdown <fraction>', `deepest drawdown of a fold that passes (${MAX_DRAWDOWN})`)
    .option('--gate', 'exit with 4 when the verdict does not pass')
    .addHelpText(
      'after',
      examples(
        ['sapphire walk-forward --strategy momentum --symbols BTCUSDT', 'fold by fold, as it is'],
        ['sapphire walk-forward my-sweep.json --folds 8 --train 4', 'searched anew in each fold'],
        ['sapphire walk-forward my-sweep.json --anchored --gate --json', 'for scripts'],
      ),
    )
    .action(walk);
}

/** What is walked over: of a sweep, or of a config alone. */
interface Ground extends Pick<Prepared, 'ground' | 'label' | 'sourceOf' | 'isSynthetic'> {
  readonly sweep: Prepared['sweep'] | null;
  readonly plan: Pick<
    Prepared['plan'],
    'symbols' | 'configDigest' | 'dataDigest' | 'strategyDigest'
  >;
}

async function walk(file: string | undefined, flags: WalkFlags): Promise<void> {
  const options = numbersOf(flags);
  // Before hours of trials, and again when it is written.
  if (flags.out !== undefined && existsSync(join(resolve(flags.out), 'verdict.json'))) {
    const rule = 'must be a folder without a verdict.json: verdicts are not overwritten';
    throw new InputError({ key: '--out', rule, value: flags.out });
  }
  const ground = file === undefined ? await plainGround(flags) : await sweptGround(file, flags);
  const done = await carryOut(ground, options, flags);
  const written = flags.out === undefined ? null : await write(done, flags.out);
  if (flags.json) printJson(documentOf(ground, options, done));
  else await print(ground, options, done, written);
  if (flags.gate && !done.verdict.passed) process.exitCode = 4;
}

function numbersOf({ folds, train, anchored = false, maxDrawdown }: WalkFlags) {
  const problems: Problem[] = [];
  const whole = (key: string, text: string | undefined, usual: number): number => {
    if (text === undefined) return usual;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= MOST_WINDOWS) return value;
    const rule = `must be a whole number, 1 to ${MOST_WINDOWS}`;
    problems.push({ key, rule, value: text });
    return usual;
  };
  const limit = maxDrawdown === undefined ? MAX_DRAWDOWN : Number(maxDrawdown);
  if (!(limit > 0 && limit <= 1) || maxDrawdown?.trim() === '') {
    const rule = 'must be a fraction above 0, up to 1';
    problems.push({ key: '--max-drawdown', rule, value: maxDrawdown });
  }
  const numbers = {
    folds: whole('--folds', folds, FOLDS),
    train: whole('--train', train, TRAIN),
    anchored,
    limit,
  };
  if (problems.length > 0) throw new InputError(problems);
  return numbers;
}

type Options = ReturnType<typeof numbersOf>;

// ---- ground --------------------------------------------------------------------------------------

async function sweptGround(file: string, flags: WalkFlags): Promise<Ground> {
  const { prepareSweep } = await import('./sweep-setup.ts');
  const prepared = await prepareSweep(file, flags, process.cwd(), 1);
  if (prepared.sweep.splits !== null && !flags.json) {
    process.stderr.write('the splits of the sweep are left aside: folds divide the data\n');
  }
  return prepared;
}

/** A config as it is: one point, nothing to search. */
async function plainGround(flags: WalkFlags): Promise<Ground> {
  const cwd = process.cwd();
  const { storedRun, wantsSentiment } = await import('./run-store.ts');
  const given = await loadRunConfig(flags, process.env, cwd);
  const wish = { isNamed: flags.db !== undefined, silent: flags.json ?? false };
  const { loadSeats } = await import('../engine/host/load.ts');
  const { loadBook } = await import('../engine/host/sweep-ground.ts');
  const { configDigest } = await import('../data/runs/canonical.ts');
  const digests = await import('../data/runs/strategy-digest.ts');
  const { openStore } = await import('../data/store.ts');
  const { strategyNames } = await import('../engine/research/sweep/plan.ts');
  const { readWorld, warmupOf } = await import('./world.ts');
  const { seats, files, label } = await loadSeats(given.config.decision, cwd);
  const nothing = { axes: [] } as unknown as Prepared['sweep']['space'];
  const { book } = await loadBook(strategyNames(given.config, nothing), cwd);
  const run = await storedRun(given, wish);
  const { config } = run;
  const store = await openStore(run.db);
  try {
    const needsSentiment = wantsSentiment(run);
    const world = await readWorld(store, config, { seats, needsSentiment, strict: false });
    const { panel, firstRow, symbols, dataDigest, synthetic } = world;
    const readCandles = config.world.from === null ? 0 : warmupOf(config, seats, panel.intervalMs);
    const source = digests.strategySourceDigest(files);
    return {
      sweep: null,
      ground: { config, columns: panel, firstRow, readCandles, strategies: book, warmupOf },
      plan: {
        symbols,
        configDigest: configDigest(config),
        dataDigest,
        strategyDigest: digests.strategyDigest(files),
      },
      label,
      isSynthetic: synthetic,
      sourceOf: () => source,
    };
  } finally {
    store.close();
  }
}

// ---- walking -------------------------------------------------------------------------------------

async function carryOut(of: Ground, options: Options, flags: WalkFlags) {
  const { ground, sweep, plan, label, sourceOf } = of;
  const { columns, firstRow, config } = ground;
  const { canonicalJson, configDigest, sha256 } = await import('../data/runs/canonical.ts');
  const { makeRoot, runsRoot } = await import('../data/runs/root.ts');
  const { hasRun } = await import('../engine/research/sweep/outcome.ts');
  const { Slices } = await import('../engine/research/sweep/slice.ts');
  const { pointKey } = await import('../engine/research/sweep/space.ts');
  const hands = await import('../engine/research/verdict/search.ts');
  const walks = await import('../engine/research/walk-forward.ts');
  const { trialMatrix } = await import('../engine/statistics/trial-matrix.ts');
  const judges = await import('./judge.ts');
  const { LedgerFeed } = await import('./sweep-ledger.ts');

  const plans = walks.foldPlans(columns, firstRow, options);
  const root = runsRoot(process.env);
  makeRoot(root);
  const { symbols, dataDigest } = plan;
  const ledger = new LedgerFeed(root, { symbols, dataDigest, strategy: label });
  const total = options.folds * ((sweep?.budget ?? 1) + 3);
  const silent = flags.json ?? false;
  const bar = progress(process.stderr, { label: 'walk-forward', total, unit: 'trials', silent });
  const objectives = sweep?.objectives ?? [
    { name: 'sharpe', goal: 'max' as const, evaluate: null },
  ];
  const slices = new Slices(columns);
  const trials = { config, slices, strategies: ground.strategies, objectives };
  const points = new Map<string, Parameters<typeof sourceOf>[0]>();
  let tried = 0;
  const onTrial: import('../engine/research/verdict/search.ts').OnTrial = (point, outcome) => {
    const digest =
      outcome.config === null
        ? sha256(canonicalJson({ refused: { base: plan.configDigest, point } }))
        : configDigest(outcome.config);
    const status = hasRun(outcome) ? 'finished' : 'failed';
    ledger.add(sourceOf(point), digest, status, outcome.statistics?.sharpe ?? null);
    points.set(pointKey(point), point);
    bar.update(++tried);
  };
  const hand = hands.sweepHand(ground, trials, sweep, onTrial);
  try {
    return await interruptible(() => judge());
  } finally {
    bar.stop();
    await ledger.flush();
  }

  async function judge() {
    // Written fold by fold: what was tried counts even if the rest is broken off.
    const written: Promise<void>[] = [];
    const result = walks.runWalkForward(columns, plans, hand, () => written.push(ledger.flush()));
    const { folds, stitched } = result;
    const days = stitched.days.to - stitched.days.from;
    const rows = { from: plans[0]!.test.from, to: plans.at(-1)!.test.to };
    // Every point on the days that were traded, beside what the folds made of them.
    const others =
      sweep === null
        ? []
        : [...points.values()].flatMap((point) => {
            const { dailyReturns, failure } = hand.run(point, rows);
            if (failure !== null) return [];
            return [walks.onDays(columns, dailyReturns, rows, stitched.days)];
          });
    const matrix = trialMatrix([stitched.dailyReturns, ...others]);
    const ruin = stitched.growth.indexOf(0);
    const judged = await judges.judge({
      ground,
      trials,
      folds,
      matrix,
      chosen: 0,
      observations: ruin < 0 ? days : ruin + 1,
      worstFold: result.worstDrawdown,
      maxDrawdown: options.limit,
      strategyDigest: plan.strategyDigest,
      dataDigest,
      onTrial,
      async count() {
        await Promise.all(written);
        await ledger.flush();
        return ledger.trialNumber;
      },
    });
    return { ...result, ...judged };
  }
}

type Done = Awaited<ReturnType<typeof carryOut>>;

/** Writes verdict.json and nothing over another one. */
async function write({ json }: Done, out: string): Promise<string> {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const path = join(resolve(out), 'verdict.json');
  try {
    mkdirSync(resolve(out), { recursive: true });
    writeFileSync(path, json, { flag: 'wx' });
  } catch (cause) {
    const rule = `must be a folder that takes a new verdict.json (${(cause as Error).message})`;
    throw new InputError({ key: '--out', rule, value: out }, { cause });
  }
  return relative(process.cwd(), path);
}

// ---- telling -------------------------------------------------------------------------------------

function sideOf(run: Fold['inSample']) {
  if (run === null) return null;
  const { value, statistics, failure } = run;
  return { value, statistics, failure };
}

function documentOf({ plan, label, isSynthetic }: Ground, options: Options, done: Done) {
  const { folds, stitched, efficiency, worstDrawdown, verdict, json, benchmark } = done;
  const { days, dailyReturns, growth: _, ...rest } = stitched;
  const iso = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
  return {
    strategy: label,
    ...plan,
    isSynthetic,
    ...options,
    list: folds.map((fold) => ({
      from: iso(fold.testDays.from),
      to: iso(fold.testDays.to),
      point: fold.point,
      trials: fold.trials,
      inSample: sideOf(fold.inSample),
      outOfSample: sideOf(fold.outOfSample),
    })),
    stitched: { from: iso(days.from), to: iso(days.to), ...rest, dailyReturns: [...dailyReturns] },
    buyAndHold: benchmark,
    efficiency,
    worstDrawdown,
    verdict: { ...JSON.parse(json), passed: verdict.passed },
  };
}

async function print(
  { plan, label, sweep, isSynthetic, ground }: Ground,
  { folds: count, train, anchored }: Options,
  { folds, stitched, efficiency, verdict, benchmark }: Done,
  written: string | null,
): Promise<void> {
  const { walkScreen } = await import('./walk-forward-screen.ts');
  const text = walkScreen({
    label,
    symbols: plan.symbols,
    isSynthetic,
    objective: sweep?.objectives[0]?.name ?? 'sharpe',
    how: `${count} folds, trained on ${anchored ? 'all before' : `${train} times as long`}`,
    openMs: ground.columns.openMs,
    folds,
    stitched,
    efficiency,
    benchmark,
    verdict: verdict satisfies Verdict,
    written,
    layout: { width: process.stdout.columns ?? 100, color: hasColor(process.stdout) },
  });
  process.stdout.write(`${text}\n`);
}
