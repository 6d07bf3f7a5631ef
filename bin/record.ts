// `sapphire record`: runs a backtest, a sweep or a walk-forward, and asks models whatever its tape does not
// answer, until it asks nothing new. Every answer is on the tape before the run goes on, so it may be
// stopped and started as one likes; a question that was answered once is never asked, or paid, twice.

import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import { shortIso } from '../engine/config/instant.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { ModelPort } from '../live/models/port.ts';
import {
  addRunFlags,
  examples,
  flagWords,
  loadRunConfig,
  type RunFlags,
  wholeFlags,
} from './flags.ts';
import { printJson, shellWord } from './output.ts';
import type { Recorder, Recording, Stop } from './recorder.ts';
import { MOST_TOP, TOP } from './sweep.ts';
import { addDivisionFlags, type DivisionFlags } from './walk-forward-options.ts';

interface RecordFlags extends RunFlags, DivisionFlags {
  readonly tape?: string;
  readonly sweep?: string;
  readonly walkForward?: boolean;
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
      estimate(await subject.missing(tape), tape, port, flags);
      return;
    }
    const { Recorder } = await import('./recorder.ts');
    const writer = await openTape(path);
    try {
      const recorder = new Recorder(writer, port, budgetUsd);
      const isWhole = await subject.record(recorder, writer);
      refuseSilent(writer.tape, flags, isWhole);
      await finish(writer, { ...recorder.sums, isWhole }, path, flags);
    } finally {
      writer.close();
    }
  } finally {
    await port.close();
  }
}

function topOf(flags: RecordFlags): number {
  const problems: Problem[] = [];
  const top = wholeFlags(problems)('--top', flags.top, 1, MOST_TOP) ?? TOP;
  const isSweep = flags.sweep !== undefined && !flags.walkForward;
  for (const name of ['gate', 'top'] as const) {
    if (flags[name] === undefined || isSweep) continue;
    problems.push({ key: `--${name}`, rule: 'is for --sweep FILE without --walk-forward' });
  }
  const division = {
    '--scheme': flags.scheme,
    '--folds': flags.folds,
    '--train': flags.train,
    '--anchored': flags.anchored,
    '--test-folds': flags.testFolds,
    '--purge': flags.purge,
    '--embargo': flags.embargo,
  };
  for (const [key, value] of Object.entries(division)) {
    if (value === undefined || flags.walkForward) continue;
    problems.push({ key, rule: 'is for --walk-forward' });
  }
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

function estimate(
  questions: readonly Question[],
  tape: Tape,
  port: ModelPort,
  { json }: RecordFlags,
): void {
  let [tokens, costUsd, mostUsd] = [0, 0, 0];
  for (const question of questions) {
    const { system, user, numbers } = question.prompt;
    // About four characters a token, where nobody knows better.
    const length = (system.length + user.length + numbers.length) / 4;
    const unknown = { tokens: Math.ceil(length), costUsd: Number.NaN, mostUsd: Number.NaN };
    const one = port.estimate?.(question) ?? unknown;
    tokens += one.tokens;
    costUsd += one.costUsd;
    mostUsd += one.mostUsd;
  }
  const { unpriced = [] } = port;
  const isKnown = unpriced.length === 0 && !Number.isNaN(costUsd);
  if (json) {
    const usd = { costUsd: isKnown ? costUsd : null, mostUsd: isKnown ? mostUsd : null };
    printJson({ questions: questions.length, answers: tape.rows.length, tokens, ...usd });
    return;
  }
  const by = `${port.name}, ${tape.rows.length.toLocaleString('en-US')} answers are recorded`;
  const usd = isKnown
    ? `${costUsd.toFixed(2)} USD; ${mostUsd.toFixed(2)} with every retry at every provider`
    : `at a cost not known${unpriced.length > 0 ? `: ${unpriced.join(', ')} has no price in the config` : ''}`;
  process.stdout.write(
    `record     ${questions.length.toLocaleString('en-US')} questions at least, by ${by}\n` +
      `estimate   ${port.estimate === undefined ? 'about' : 'at most'} ${tokens.toLocaleString('en-US')} tokens, ${usd}\n` +
      'next       the same without --dry-run; answers may lead to more questions\n',
  );
}

async function finish(
  { tape }: TapeWriter,
  recording: Recording,
  path: string,
  flags: RecordFlags,
): Promise<void> {
  if (flags.export !== undefined && tape.rows.length > 0) {
    const { exportTape } = await import('../data/tapes.ts');
    await exportTape(tape, resolve(process.cwd(), flags.export));
  }
  const { isWhole, asked, answered, failed, tokens, costUsd, stopped } = recording;
  if (!isWhole) process.exitCode = stopped === 'interrupted' ? 130 : 1;
  const { digest, rows, models, knowledgeMs } = tape;
  if (flags.json) {
    printJson({
      ...{ whole: isWhole, stopped, asked, answered, failed, tokens, costUsd },
      answers: rows.length,
      digest,
      models: models.map(({ model, version, answers }) => ({ model, version, answers })),
      knowledgeMs: Number.isFinite(knowledgeMs) ? knowledgeMs : null,
      tape: path,
    });
    return;
  }
  const shown = relative(process.cwd(), path) || path;
  const { plainText } = await import('../reports/format.ts');
  const by = models.map(({ model, version, answers }) => {
    return plainText(`${model} ${version} (${answers})`);
  });
  process.stdout.write(
    [
      `record     ${wholeText(recording, flags)}`,
      `tape       ${plainText(shown)}   ${rows.length.toLocaleString('en-US')} answers of ${by.join(', ') || 'nobody'}`,
      `knows      ${knowledgeText(knowledgeMs)}`,
      `digest     ${digest.slice(0, 12)}`,
      `asked      ${askedText(recording)}`,
      `next       ${nextText(flags, isWhole, shown)}`,
      '',
    ].join('\n'),
  );
}

const STOPPED: Readonly<Record<Stop, string>> = {
  interrupted: 'interrupted',
  budget: 'the next question might cost more than is left of --budget',
  allowance: 'what decision.models allows a day (tokensPerDay, usdPerDay) is used up',
  'nobody-answers': 'nobody answers today',
};

function wholeText({ isWhole, stopped }: Recording, { sweep, walkForward }: RecordFlags): string {
  const is = sweep === undefined && !walkForward ? 'the run asks' : 'its runs ask';
  if (isWhole) return `${is} nothing that the tape does not answer`;
  const why = stopped === null ? '' : ` (${STOPPED[stopped]})`;
  return `not whole yet${why}: run it again to go on`;
}

/** The command that reads the tape. */
function nextText(flags: RecordFlags, isWhole: boolean, tape: string): string {
  if (!isWhole) return 'the same command again';
  const { sweep, walkForward, gate } = flags;
  const verb = walkForward ? 'walk-forward' : sweep === undefined ? 'backtest' : 'sweep';
  const words = [...(sweep === undefined ? [] : [shellWord(sweep)]), flagWords(flags)];
  for (const [name, value] of Object.entries(flags)) {
    if (!REPEATED.includes(name) || typeof value !== 'string') continue;
    words.push(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    words.push(shellWord(value));
  }
  if (flags.anchored) words.push('--anchored');
  if (gate) words.push('--gate');
  words.push(`--set ${shellWord(`world.tape.file=${tape}`)}`);
  return `npm run ${verb} -- ${words.filter(Boolean).join(' ')}`;
}

/** Flags beside those of every run that mean the same to whoever reads the tape. */
const REPEATED: readonly string[] = [
  ...['top', 'scheme', 'folds', 'train', 'testFolds', 'purge', 'embargo'],
];

function knowledgeText(ms: number): string {
  if (ms === 0) return 'nothing of the world: no candle is contaminated';
  if (!Number.isFinite(ms)) return 'not said by the models: every candle counts as contaminated';
  return `the world up to ${shortIso(ms)}: candles before are contaminated`;
}

function askedText({ asked, answered, failed, tokens, costUsd }: Recording): string {
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  const wrong = codes.length === 0 ? '' : `, failed: ${codes.join(', ')}`;
  const cost = `${tokens.toLocaleString('en-US')} tokens, ${costUsd.toFixed(2)} USD`;
  return `${asked.toLocaleString('en-US')} questions now, ${answered.toLocaleString('en-US')} answered${wrong}   ${cost}`;
}
