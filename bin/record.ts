// `sapphire record`: runs a backtest and asks models whatever its tape does not answer, until it asks
// nothing new. Every answer is on the tape before the run goes on, so it may be stopped and started as
// one likes; a question that was answered once is never asked, or paid, twice.

import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question, Reply } from '../engine/agents/question.ts';
import { InputError } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { ModelPort } from '../live/models/port.ts';
import { addRunFlags, examples, loadRunConfig, type RunFlags } from './flags.ts';
import { interruptible, printJson } from './output.ts';
import { progress } from './progress.ts';

interface RecordFlags extends RunFlags {
  readonly tape?: string;
  readonly standIn?: boolean;
  readonly dryRun?: boolean;
  readonly budget?: string;
  readonly export?: string;
}

export function register(program: Command): void {
  const command = program
    .command('record')
    .description('run a backtest and put down on a tape what models answer');
  addRunFlags(command)
    .option('--tape <file>', 'tape to add to, made when missing; world.tape.file of the config')
    .option('--stand-in', 'answer by a rule in this process, which is no model')
    .option('--dry-run', 'ask nobody: say how many questions and about how many tokens')
    .option('--budget <usd>', 'stop once the answers of this recording have cost as much')
    .option('--export <file>', 'then write the tape to .ndjson, .parquet or .duckdb as well')
    .addHelpText(
      'after',
      examples(
        [
          'sapphire record --config mine.json --tape answers.duckdb --dry-run',
          'what it would take',
        ],
        ['sapphire record --config mine.json --tape answers.duckdb --budget 5', ''],
        ['sapphire record --config mine.json --tape try.ndjson --stand-in', 'without a model'],
        ['sapphire backtest --config mine.json --set world.tape.file=answers.duckdb', ''],
      ),
    )
    .action(record);
}

/** What a recording came to. */
interface Recording {
  /** The run asks nothing that the tape does not answer. */
  readonly isWhole: boolean;
  readonly asked: number;
  readonly answered: number;
  /** Failures by code; those that may pass are not on the tape. */
  readonly failed: Readonly<Record<string, number>>;
  readonly tokens: number;
  readonly costUsd: number;
}

/** Codes that say something of today and not of the question: it is asked again another time. */
const PASSING: ReadonlySet<string> = new Set([
  'rate-limited',
  'budget',
  'unavailable',
  'breaker-open',
  'not-configured',
  'cancelled',
]);
/** Questions under way at once; the router may allow fewer. */
const PARALLEL = 8;

async function record(flags: RecordFlags): Promise<void> {
  const run = await loadRunConfig(flags, process.env, process.cwd());
  const { loadSeats } = await import('../engine/host/load.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  const { asksModels } = await import('../engine/agents/seating.ts');
  const budgetUsd = budgetOf(flags);
  const file = flags.tape ?? run.config.world.tape.file;
  if (file === null) {
    throw new InputError({ key: '--tape', rule: 'must name the tape to record into' });
  }
  if (!asksModels(loaded)) {
    const rule = `has nobody who asks a model (${loaded.seats.map(({ id }) => id).join(', ')})`;
    throw new InputError({ key: 'decision.agents', rule });
  }
  const path = resolve(process.cwd(), file);
  const { anyPort } = await import('./models.ts');
  const port = await anyPort(run.config.decision.models, flags.standIn === true);
  const input = await inputOf(run, loaded, flags);
  const { openTape, readTape, Tape } = await import('../data/tapes.ts');
  const { existsSync } = await import('node:fs');
  if (flags.dryRun) {
    const tape = existsSync(path) ? await readTape(path) : new Tape([]);
    await estimate(input, tape, port, flags);
    return;
  }
  const writer = await openTape(path);
  try {
    const recording = await recordAll(input, writer, port, budgetUsd, flags.json === true);
    await finish(writer, recording, path, flags);
  } finally {
    writer.close();
    await port.close();
  }
}

function budgetOf({ budget }: RecordFlags): number {
  if (budget === undefined) return Number.POSITIVE_INFINITY;
  const usd = Number(budget);
  if (budget.trim() !== '' && usd > 0 && Number.isFinite(usd)) return usd;
  throw new InputError({ key: '--budget', rule: 'must be USD above 0', value: budget });
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

/** Questions that the tape does not answer, each once, where a missing answer moves as little as it can. */
async function missing(input: RunInput, tape: Tape): Promise<Question[]> {
  const { runLoop } = await import('../engine/research/backtest.ts');
  const { decision } = input.config;
  const asking = { ...decision.asking, silence: 'proceed' as const };
  const config = { ...input.config, decision: { ...decision, asking } };
  const { answering } = interruptible(() => {
    return runLoop({ ...input, config, replies: tape, onMiss: 'timeout' });
  });
  const first = new Map<string, Question>();
  for (const question of answering?.misses ?? []) {
    if (!first.has(question.digest)) first.set(question.digest, question);
  }
  return [...first.values()];
}

async function estimate(
  input: RunInput,
  tape: Tape,
  port: ModelPort,
  { json }: RecordFlags,
): Promise<void> {
  const questions = await missing(input, tape);
  let [tokens, costUsd] = [0, 0];
  for (const question of questions) {
    const { system, user, numbers } = question.prompt;
    // About four characters a token, where nobody knows better.
    const length = (system.length + user.length + numbers.length) / 4;
    const most = port.estimate?.(question) ?? { tokens: Math.ceil(length), costUsd: Number.NaN };
    tokens += most.tokens;
    costUsd += most.costUsd;
  }
  await port.close();
  const cost = Number.isNaN(costUsd) ? null : costUsd;
  if (json) {
    printJson({ questions: questions.length, answers: tape.rows.length, tokens, costUsd: cost });
    return;
  }
  const by = `${port.name}, ${tape.rows.length.toLocaleString('en-US')} answers are recorded`;
  const usd = cost === null ? 'at a cost not known' : `at most ${cost.toFixed(2)} USD`;
  process.stdout.write(
    `record     ${questions.length.toLocaleString('en-US')} questions at least, by ${by}\n` +
      `estimate   about ${tokens.toLocaleString('en-US')} tokens, ${usd}\n` +
      'next       the same without --dry-run; answers may lead to more questions\n',
  );
}

/**
 * First what is asked whatever becomes of the run, many at a time; then the run itself, moment by moment,
 * because what is asked about an entry depends on the answers before it.
 */
async function recordAll(
  input: RunInput,
  writer: TapeWriter,
  port: ModelPort,
  budgetUsd: number,
  silent: boolean,
): Promise<Recording> {
  const recorder = new Recorder(writer, port, budgetUsd);
  const reads = new Map(input.seats.map(({ id, strategy }) => [id, strategy.reads ?? 'market']));
  const ahead = (await missing(input, writer.tape)).filter(({ agent, kind }) => {
    return kind === 'vote' && reads.get(agent) === 'market';
  });
  const { panel } = input;
  const total = ahead.length;
  const bar = progress(process.stderr, { label: 'ahead', total, unit: 'questions', silent });
  await recorder.askAll(ahead, () => bar.update(recorder.asked));
  bar.stop();
  const { runAsking } = await import('../engine/research/asking-run.ts');
  const rows = progress(process.stderr, {
    label: 'record',
    total: panel.length,
    unit: 'rows',
    silent,
  });
  try {
    const steps = runAsking({ ...input, replies: writer.tape });
    for (let step = steps.next(); !step.done; step = interruptible(() => steps.next())) {
      rows.update(step.value[0]!.row);
      await recorder.askAll(step.value);
      if (step.value.some((question) => !writer.tape.has(question))) {
        return { ...recorder.sums, isWhole: false };
      }
    }
    return { ...recorder.sums, isWhole: true };
  } finally {
    rows.stop();
  }
}

/** Asks, and puts every answer down as it comes. */
class Recorder {
  asked = 0;
  #answered = 0;
  #tokens = 0;
  #costUsd = 0;
  readonly #failed = new Map<string, number>();
  readonly #writer: TapeWriter;
  readonly #port: ModelPort;
  readonly #budgetUsd: number;
  #putting: Promise<unknown> = Promise.resolve();

  constructor(writer: TapeWriter, port: ModelPort, budgetUsd: number) {
    this.#writer = writer;
    this.#port = port;
    this.#budgetUsd = budgetUsd;
  }

  get sums(): Omit<Recording, 'isWhole'> {
    const failed = Object.fromEntries(this.#failed);
    return {
      ...{ asked: this.asked, answered: this.#answered, failed },
      ...{ tokens: this.#tokens, costUsd: this.#costUsd },
    };
  }

  /** A few at a time. What does not fit the budget is not asked, and what may pass is not put down. */
  async askAll(questions: readonly Question[], told?: () => void): Promise<void> {
    let next = 0;
    const work = async () => {
      while (next < questions.length && this.#costUsd < this.#budgetUsd) {
        const question = questions[next++]!;
        this.asked++;
        // Its time limits are the router's: the deadline is of the run, not of the recording.
        await this.#put(question, await this.#port.ask(question, new AbortController().signal));
        told?.();
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, questions.length) }, work));
  }

  async #put(question: Question, reply: Reply): Promise<void> {
    const { tokensIn, tokensOut, costUsd } = reply.origin;
    for (const part of [tokensIn, tokensOut]) if (part > 0) this.#tokens += part;
    if (costUsd > 0) this.#costUsd += costUsd;
    if (reply.ok) this.#answered++;
    else this.#failed.set(reply.code, (this.#failed.get(reply.code) ?? 0) + 1);
    if (!reply.ok && PASSING.has(reply.code)) return;
    const { knowledgeMs } = this.#port;
    // One after the other, each question once: it may have been asked of two at one moment.
    this.#putting = this.#putting.then(async () => {
      if (!this.#writer.tape.has(question)) await this.#writer.put(question, reply, knowledgeMs);
    });
    await this.#putting;
  }
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
  const { isWhole, asked, answered, failed, tokens, costUsd } = recording;
  if (!isWhole) process.exitCode = 1;
  const { digest, rows, models, knowledgeMs } = tape;
  if (flags.json) {
    printJson({
      ...{ whole: isWhole, asked, answered, failed, tokens, costUsd, answers: rows.length },
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
      `record     ${isWhole ? 'the run asks nothing that the tape does not answer' : 'not whole yet: run it again to go on'}`,
      `tape       ${plainText(shown)}   ${rows.length.toLocaleString('en-US')} answers of ${by.join(', ')}`,
      `knows      ${knowledgeText(knowledgeMs)}`,
      `digest     ${digest.slice(0, 12)}`,
      `asked      ${askedText(recording)}`,
      `next       npm run backtest -- ${flags.config === undefined ? '' : `--config ${flags.config} `}--set world.tape.file=${shown}`,
      '',
    ].join('\n'),
  );
}

function knowledgeText(ms: number): string {
  if (ms === 0) return 'nothing of the world: no candle is contaminated';
  if (!Number.isFinite(ms)) return 'not said by the models: every candle counts as contaminated';
  return `the world up to ${new Date(ms).toISOString().slice(0, 10)}: candles before are contaminated`;
}

function askedText({ asked, answered, failed, tokens, costUsd }: Recording): string {
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  const wrong = codes.length === 0 ? '' : `, failed: ${codes.join(', ')}`;
  const cost = `${tokens.toLocaleString('en-US')} tokens, ${costUsd.toFixed(2)} USD`;
  return `${asked.toLocaleString('en-US')} questions now, ${answered.toLocaleString('en-US')} answered${wrong}   ${cost}`;
}
