// `sapphire sweep`: many backtests of one config with other values, in all cores, and the best of them.
//
//   FILE (what is swept)  +  base config  ->  trials in a folder of their own  ->  table
//
// Whatever ends it, what was tried is kept: --resume goes on where it was.

import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SweepStart } from '../data/runs/sweep-folder.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import { keepYoungSmall } from '../engine/host/collector.ts';
import type { RedisAddress, RedisLine } from '../engine/host/remote/redis.ts';
import type { StoppableCrew } from '../engine/host/sweep-host.ts';
import type { SweepResult } from '../engine/research/sweep/facts.ts';
import { addRunFlags, examples, flagWords, wholeFlags } from './flags.ts';
import { hasColor, onStop, printJson, shellWord } from './output.ts';
import type { Prepared, SweepFlags } from './sweep-setup.ts';

/** The best that are shown and judged, unless told, and at most. */
export const TOP = 10;
export const MOST_TOP = 1000;
const MOST_WORKERS = 256;
const DISTRIBUTED = '--distributed';

export function register(program: Command): void {
  const command = program
    .command('sweep')
    .description('try many values of a config')
    .argument(
      '[file]',
      'what is swept and how: a .json file, or a .ts module; see strategies/sweeps',
    );
  addRunFlags(command)
    .option('--workers <number>', 'threads that run trials (one a core)')
    .option('--resume <dir>', 'go on with a sweep that was broken off, as it was begun')
    .option('--top <number>', `the best that are shown, and judged where there are splits (${TOP})`)
    .option('--distributed <url>', 'queue the trials in a Redis; see sapphire sweep-worker')
    .option('--csv <file>', 'tune the trailing stop on trades from elsewhere, candle by candle')
    .option('--gate', 'exit with 4 when the verdict on the best does not pass')
    .option('--write-env <file>', "write the best values under the original system's names")
    .addHelpText(
      'after',
      examples(
        ['sapphire sweep strategies/sweeps/trailing-stop.json', ''],
        ['sapphire sweep my.json --config momentum --symbols BTCUSDT --workers 4', ''],
        ['sapphire sweep --resume runs/20251120T213045Z-my-1f2e3d4c-sweep', 'go on, or show again'],
        ['sapphire sweep my.json --distributed redis://10.0.0.5', 'run by workers anywhere'],
        ['sapphire sweep strategies/sweeps/trailing-stop.json --csv trades.csv', 'your own trades'],
        ['sapphire sweep my.json --write-env .env', 'for TRAILING_STOP_BUFFER and its like'],
      ),
    )
    .action(sweep);
}

async function sweep(file: string | undefined, flags: SweepFlags): Promise<void> {
  const { workers, top } = numbersOf(flags);
  const address = flags.distributed === undefined ? null : await addressOf(flags);
  if (file === undefined && (flags.resume === undefined || flags.csv !== undefined)) {
    throw new InputError({ key: 'FILE', rule: 'must be what is swept, or give --resume DIR' });
  }
  if (flags.csv !== undefined && file !== undefined) {
    const { tuneStops } = await import('./stop-tune.ts');
    await tuneStops(file, flags, top ?? TOP);
    return;
  }
  const found = flags.resume === undefined ? null : await takeUp(file, flags, top);
  if (found !== null && 'result' in found) {
    await show(found.result, found.dir, flags, top ?? TOP);
    return;
  }
  const { prepareSweep } = await import('./sweep-setup.ts');
  const cwd = process.cwd();
  const prepared = found?.prepared ?? (await prepareSweep(file!, flags, cwd, top ?? TOP));
  if (flags.gate && prepared.spans.test === null) {
    const rule = 'needs other "splits" than null in the sweep, or no verdict can pass';
    throw new InputError({ key: '--gate', rule });
  }
  await carryOut(prepared, found?.dir ?? null, file, flags, { workers, address, top: top ?? TOP });
}

async function addressOf({ distributed, workers }: SweepFlags): Promise<RedisAddress> {
  const { redisAddress } = await import('../engine/host/remote/redis.ts');
  const address = redisAddress(distributed!, DISTRIBUTED);
  if (workers === undefined) return address;
  const rule = 'must not be given with --distributed: each sweep-worker has threads of its own';
  throw new InputError({ key: '--workers', rule, value: workers });
}

function numbersOf(flags: SweepFlags): { workers: number; top: number | null } {
  const problems: Problem[] = [];
  const whole = wholeFlags(problems);
  const workers = whole('--workers', flags.workers, 1, MOST_WORKERS);
  const top = whole('--top', flags.top, 1, MOST_TOP);
  if (problems.length > 0) throw new InputError(problems);
  return { workers: workers ?? Math.min(MOST_WORKERS, availableParallelism()), top };
}

type TakenUp =
  | { readonly dir: string; readonly prepared: Prepared }
  | { readonly dir: string; readonly result: SweepResult };

/** The sweep of --resume, its command given again; other flags and files must mean the same. */
async function takeUp(
  file: string | undefined,
  flags: SweepFlags,
  top: number | null,
): Promise<TakenUp> {
  const { isFinished, readPlan, readSweepResult } = await import('../data/runs/sweep-folder.ts');
  const dir = resolve(flags.resume!);
  const { plan, start } = readPlan(dir);
  const result = isFinished(dir) ? readSweepResult(dir) : null;
  if (result !== null && file === undefined) return { dir, result };
  const { planDifferences, prepareSweep } = await import('./sweep-setup.ts');
  const again = file === undefined ? { ...start.flags, ...flags } : flags;
  const cwd = file === undefined ? start.cwd : process.cwd();
  const prepared = await prepareSweep(file ?? start.file, again, cwd, plan.judged);
  const now = { ...prepared.plan, name: plan.name };
  const problems = planDifferences(plan, now, flags.resume!);
  if (result === null && prepared.spans.test !== null && top !== null && top !== plan.judged) {
    const rule = `must be ${plan.judged}, as ${flags.resume} began: they are judged on the test span`;
    problems.push({ key: '--top', rule, value: top });
  }
  if (problems.length > 0) throw new InputError(problems);
  return result === null ? { dir, prepared: { ...prepared, plan: now } } : { dir, result };
}

interface How {
  readonly workers: number;
  /** Where trials are queued; null = they run here. */
  readonly address: RedisAddress | null;
  readonly top: number;
}

async function carryOut(
  prepared: Prepared,
  dir: string | null,
  file: string | undefined,
  flags: SweepFlags,
  { workers, address, top }: How,
): Promise<void> {
  const { SweepFolder } = await import('../data/runs/sweep-folder.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { runSweep } = await import('./sweep-run.ts');
  const line = address === null ? null : await openLine(address);
  const root = flags.out === undefined ? runsRoot(process.env) : resolve(flags.out);
  const folder =
    dir !== null
      ? SweepFolder.open(dir)
      : SweepFolder.create(root, prepared.plan, {
          startedAt: new Date().toISOString(),
          cwd: process.cwd(),
          file: file!,
          flags: keptFlags(flags),
        });
  try {
    const silent = flags.json ?? false;
    keepYoungSmall();
    const crew = await hire(prepared, folder.start, line, workers);
    const result = await runSweep(prepared, folder, { crew, silent, onStop });
    if ('kept' in result) {
      const where = relative(process.cwd(), folder.path) || '.';
      process.stderr.write(
        `interrupted: ${result.kept} of ${prepared.sweep.budget} trials are kept; go on with\n` +
          `  npm run sweep -- --resume ${shellWord(where)}\n`,
      );
      process.exitCode = 130;
      return;
    }
    if (result.facts.best.length === 0) {
      const [first] = folder.all();
      const counts = Object.entries(result.facts.failures).map(([code, n]) => `${n} ${code}`);
      process.stderr.write(
        `error: none of ${result.facts.trials} trials has a value (${counts.join(', ')}); ` +
          `the first: ${first?.message ?? 'none'}\n`,
      );
    }
    const { writeSweepPage } = await import('./sweep-page.ts');
    await writeSweepPage(folder, result);
    await show(result, folder.path, flags, top);
  } finally {
    folder.close();
    line?.close();
  }
}

/** Before a folder is made: who is not there is told first. */
async function openLine(address: RedisAddress): Promise<RedisLine> {
  const { RedisLine } = await import('../engine/host/remote/redis.ts');
  return RedisLine.open(address, DISTRIBUTED, (text) => {
    process.stderr.write(`${text}\n`);
  });
}

/** Threads of this process, or workers of others. */
async function hire(
  prepared: Prepared,
  start: SweepStart,
  line: RedisLine | null,
  workers: number,
): Promise<StoppableCrew> {
  const { sweepPool } = await import('../engine/host/sweep-host.ts');
  if (line === null) return sweepPool(prepared.workerData, workers);
  const { openRemote } = await import('./sweep-remote.ts');
  return openRemote(prepared, start, line);
}

/** Flags that say what is run (--gate: which rows are searched); not how, or what is done with it. */
function keptFlags(flags: SweepFlags): Partial<SweepFlags> {
  const { workers: _, resume: _resume, top: _top, json: _json, writeEnv: _env, ...rest } = flags;
  const { distributed: _redis, ...kept } = rest;
  return kept;
}

/** Prints the one document or the screen; with --write-env the best values go to their file. */
async function show(
  result: SweepResult,
  dir: string,
  flags: SweepFlags,
  top: number,
): Promise<void> {
  const { facts, resultDigest, circumstances } = result;
  const { readSweepVerdict } = await import('../data/runs/sweep-folder.ts');
  const [best] = facts.best;
  const verdict = readSweepVerdict(dir);
  if (best === undefined) process.exitCode = 1;
  else if (flags.gate && !verdict?.passed) process.exitCode = 4;
  if (best !== undefined && flags.writeEnv !== undefined) {
    const { readPlan } = await import('../data/runs/sweep-folder.ts');
    const { writeBest } = await import('./sweep-env.ts');
    writeBest(flags.writeEnv, best.point, readPlan(dir).plan.config);
  }
  if (flags.json) {
    const { readContributions } = await import('./sweep-page.ts');
    printJson({
      out: dir,
      digest: resultDigest,
      trials: facts.trials,
      completed: facts.completed,
      failed: facts.failed,
      best: best === undefined ? null : bestDocument(best, facts.objectives),
      backtestsPerSecond: circumstances.backtestsPerSecond,
      verdict,
      contributions: readContributions(dir),
    });
    return;
  }
  const { sweepScreen } = await import('./sweep-screen.ts');
  const { readPlan } = await import('../data/runs/sweep-folder.ts');
  const { baseConfigOf } = await import('../engine/research/sweep/spec.ts');
  const { plan, start } = readPlan(dir);
  const named = baseConfigOf(plan.spec);
  const again = flagWords({ ...(named === null ? {} : { config: named }), ...start.flags });
  const width = process.stdout.columns ?? 100;
  const out = relative(process.cwd(), dir) || '.';
  const text = sweepScreen(result, {
    ...{ color: hasColor(process.stdout), width },
    ...{ top, out, verdict, again },
  });
  process.stdout.write(`${text}\n`);
}

type Facts = SweepResult['facts'];

function bestDocument(best: Facts['best'][number], objectives: Facts['objectives']) {
  const { point, values, ...rest } = best;
  const named = objectives.map(({ name }, k) => [name, values[k]] as const);
  return { ...rest, parameters: point, values: Object.fromEntries(named) };
}
