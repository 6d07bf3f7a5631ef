// `sapphire record`: runs a backtest, a sweep or a walk-forward, and asks models whatever its tape does not
// answer, until it asks nothing new. Every answer is on the tape before the run goes on, so it may be
// stopped and started as one likes; a question that was answered once is never asked, or paid, twice.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { ModelPort } from '../live/models/port.ts';
import { addRunFlags, examples, loadRunConfig, type RunFlags, wholeFlags } from './flags.ts';
import type { Recorder } from './recorder.ts';
import { MOST_TOP, TOP } from './sweep.ts';
import { addDivisionFlags, type DivisionFlags } from './walk-forward-options.ts';

/** Flags as they were typed. */
export interface RecordFlags extends RunFlags, DivisionFlags {
  readonly tape?: string;
  readonly sweep?: string;
  readonly walkForward?: boolean;
  readonly monteCarlo?: string;
  readonly count?: string;
  readonly block?: string;
  readonly gate?: boolean;
  readonly top?: string;
  readonly standIn?: boolean;
  readonly dryRun?: boolean;
  readonly budget?: string;
  readonly export?: string;
}

const ADDED = `
With --sweep and --walk-forward every trial is run here, one after the other, and asks what the tape lacks:
which one comes next may hang on its result. So are the best on rows that were kept back, and what the
verdict runs at doubled costs and one candle late. Questions about the market alone are the same in all of
these and asked once; second opinions hang on the entries of each, so a sweep may ask as many again for
each trial: --dry-run counts what it can foresee. What is paid: --budget for this start, tokensPerDay and
usdPerDay of decision.models for a day, all processes and starts together. Ctrl-C waits for the answers
that are under way; the same command goes on, and asks nothing twice.
`;

export function register(program: Command): void {
  const command = program
    .command('record')
    .description('run a backtest and put down on a tape what models answer');
  addRunFlags(command)
    .option('--tape <file>', 'tape to add to, made when missing; world.tape.file of the config')
    .option('--sweep <file>', 'every trial of a sweep, and what its verdict runs')
    .option(
      '--walk-forward',
      'every trial of a walk-forward, of the sweep or of the config as it is',
    )
    .option('--gate', 'with --sweep: for sweep --gate, which keeps rows back')
    .option('--top <number>', `with --sweep: the best that are judged, as sweep --top (${TOP})`)
    .option(
      '--monte-carlo <run>',
      'the dealt markets of monte-carlo RUN --kind candles --tape FILE',
    )
    .option('--count <number>', 'with --monte-carlo: markets (200); --seed as there')
    .option('--block <candles>', 'with --monte-carlo: candles kept together on average (a day)')
    .option('--stand-in', 'answer by a rule in this process, which is no model')
    .option('--dry-run', 'ask nobody: say how many questions and about how many tokens')
    .option('--budget <usd>', 'ask nothing that could make this start cost more')
    .option('--export <file>', 'then write the tape to .ndjson, .parquet or .duckdb as well');
  addDivisionFlags(command)
    .addHelpText(
      'after',
      ADDED +
        examples(
          [
            'sapphire record --config mine.json --tape answers.duckdb --dry-run',
            'what it would take',
          ],
          ['sapphire record --config mine.json --tape answers.duckdb --budget 5', ''],
          ['sapphire record --config mine.json --tape try.ndjson --stand-in', 'without a model'],
          ['sapphire record --sweep my-sweep.json --tape answers.duckdb --gate', 'for a sweep'],
          ['sapphire record --walk-forward --config mine.json --tape answers.duckdb', ''],
          ['sapphire backtest --config mine.json --set world.tape.file=answers.duckdb', ''],
        ),
    )
    .action(record);
}

async function record(flags: RecordFlags): Promise<void> {
  const budgetUsd = budgetOf(flags);
  const { config, tape: file, ...subject } = await subjectOf(flags, topOf(flags));
  if (file === null) {
    throw new InputError({ key: '--tape', rule: 'must name the tape to record into' });
  }
  const path = resolve(process.cwd(), file);
  const { existsSync } = await import('node:fs');
  if (flags.export !== undefined && existsSync(resolve(process.cwd(), flags.export))) {
    throw new InputError({ key: '--export', rule: 'must not exist yet', value: flags.export });
  }
  const { anyPort, countingPort } = await import('./models.ts');
  const open = flags.dryRun ? countingPort : anyPort;
  const port = await open(config.decision.models, flags.standIn === true);
  try {
    refuseUncounted(port, budgetUsd);
    const { openTape, readTape, Tape } = await import('../data/tapes.ts');
    if (flags.dryRun) {
      const tape = existsSync(path) ? await readTape(path) : new Tape([]);
      const { estimate } = await import('./record-screen.ts');
      estimate(await subject.missing(tape), tape, port, flags);
      return;
    }
    const { Recorder } = await import('./recorder.ts');
    const writer = await openTape(path);
    try {
      const recorder = new Recorder(writer, port, budgetUsd);
      const isWhole = await subject.record(recorder, writer);
      refuseSilent(writer.tape, flags, isWhole);
      const { finish } = await import('./record-screen.ts');
      await finish(writer, { ...recorder.sums, isWhole }, path, flags);
    } finally {
      writer.close();
    }
  } finally {
    await port.close();
  }
}

/** Flags of a search say nothing about another one. */
function topOf(flags: RecordFlags): number {
  const problems: Problem[] = [];
  const top = wholeFlags(problems)('--top', flags.top, 1, MOST_TOP) ?? TOP;
  const { sweep, walkForward, monteCarlo } = flags;
  const isDealt = monteCarlo !== undefined;
  const only = (isOne: boolean, rule: string, given: Readonly<Record<string, unknown>>) => {
    for (const [key, value] of Object.entries(given)) {
      if (value !== undefined && !isOne) problems.push({ key, rule });
    }
  };
  only(sweep !== undefined && !walkForward, 'is for --sweep FILE without --walk-forward', {
    '--gate': flags.gate,
    '--top': flags.top,
  });
  only(walkForward === true, 'is for --walk-forward', {
    '--scheme': flags.scheme,
    '--folds': flags.folds,
    '--train': flags.train,
    '--anchored': flags.anchored,
    '--test-folds': flags.testFolds,
    '--purge': flags.purge,
    '--embargo': flags.embargo,
  });
  only(isDealt, 'is for --monte-carlo RUN', { '--count': flags.count, '--block': flags.block });
  only(!isDealt, 'is said by the run that --monte-carlo names', {
    '--sweep': sweep,
    '--walk-forward': walkForward,
    '--config': flags.config,
    '--strategy': flags.strategy,
    '--set': flags.set,
  });
  if (problems.length > 0) throw new InputError(problems);
  return top;
}

/** What has no price is counted as nothing, and no budget would ever end it. */
function refuseUncounted({ unpriced = [] }: ModelPort, budgetUsd: number): void {
  if (unpriced.length === 0 || budgetUsd === Number.POSITIVE_INFINITY) return;
  throw new InputError(
    unpriced.flatMap((id) =>
      ['usdPerMillionInput', 'usdPerMillionOutput'].map((name) => ({
        key: `decision.models.providers.${id}.${name}`,
        rule: `is needed where --budget ${budgetUsd} limits what is spent`,
      })),
    ),
  );
}

function refuseSilent({ rows }: Tape, { sweep }: RecordFlags, isWhole: boolean): void {
  if (!isWhole || rows.length > 0 || sweep === undefined) return;
  const rule = 'has no point at which anybody asks a model';
  throw new InputError({ key: '--sweep', rule, value: sweep });
}

function budgetOf({ budget }: RecordFlags): number {
  if (budget === undefined) return Number.POSITIVE_INFINITY;
  const usd = Number(budget);
  if (budget.trim() !== '' && usd > 0 && Number.isFinite(usd)) return usd;
  throw new InputError({ key: '--budget', rule: 'must be USD above 0', value: budget });
}

/** What is recorded: whose models answer, into which tape, and the runs that ask. */
interface Subject {
  readonly config: Config;
  readonly tape: string | null;
  /** True when nothing is left open. */
  readonly record: (recorder: Recorder, writer: TapeWriter) => Promise<boolean>;
  /** What would be asked, as far as it can be foreseen. */
  readonly missing: (tape: Tape) => Promise<readonly Question[]>;
}

async function subjectOf(flags: RecordFlags, judged: number): Promise<Subject> {
  if (flags.monteCarlo !== undefined) {
    const { marketsOf } = await import('./record-markets.ts');
    return { ...(await marketsOf(flags.monteCarlo, flags)), tape: flags.tape ?? null };
  }
  if (flags.sweep === undefined && !flags.walkForward) return runSubject(flags);
  const { sweepSearch, walkSearch } = await import('./record-search.ts');
  const { counting, recording } = await import('./recording.ts');
  const { config, carry } = flags.walkForward
    ? await walkSearch(flags.sweep, flags)
    : await sweepSearch(flags.sweep!, flags, process.cwd(), judged);
  const label = flags.walkForward ? 'walk-forward' : 'sweep';
  return {
    config,
    tape: flags.tape ?? null,
    record: (recorder, writer) => {
      return carry(recording(recorder, writer, label, flags.json === true), writer.tape);
    },
    async missing(tape) {
      const found = new Map<string, Question>();
      await carry(counting(tape, found), tape);
      return [...found.values()];
    },
  };
}

async function runSubject(flags: RecordFlags): Promise<Subject> {
  const run = await loadRunConfig(flags, process.env, process.cwd());
  const { loadSeats } = await import('../engine/host/load.ts');
  const { asksModels } = await import('../engine/agents/seating.ts');
  const { missing, recordRun } = await import('./recording.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  if (!asksModels(loaded)) {
    const rule = `has nobody who asks a model (${loaded.seats.map(({ id }) => id).join(', ')})`;
    throw new InputError({ key: 'decision.agents', rule });
  }
  const input = () => inputOf(run, loaded, flags);
  return {
    config: run.config,
    tape: flags.tape ?? run.config.world.tape.file,
    record: async (...to) => recordRun(await input(), ...to, flags.json === true),
    missing: async (tape) => missing(await input(), tape),
  };
}

async function inputOf(
  run: Awaited<ReturnType<typeof loadRunConfig>>,
  loaded: Awaited<ReturnType<typeof import('../engine/host/load.ts')['loadSeats']>>,
  flags: RecordFlags,
): Promise<RunInput> {
  const { openWorld } = await import('./run.ts');
  const request = {
    ...{ ...run, verify: false, strict: false, silent: flags.json === true, fresh: false },
    ...{ usesDefaultDb: !flags.db, check: false },
  };
  const { world, config } = await openWorld(request, loaded);
  const { panel, firstRow } = world;
  const { seats, solo, remembered } = loaded;
  return { panel, config, seats, solo, firstRow, remembered };
}
