// `sapphire record`: runs a backtest and asks models whatever its tape does not answer, until it asks
// nothing new. Every answer is on the tape before the run goes on, so it may be stopped and started as
// one likes; a question that was answered once is never asked, or paid, twice.

import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { ModelPort } from '../live/models/port.ts';
import { addRunFlags, examples, loadRunConfig, type RunFlags } from './flags.ts';
import { printJson, shellWord } from './output.ts';
import { missing, type Recording, recordAll } from './recording.ts';

interface RecordFlags extends RunFlags {
  readonly tape?: string;
  readonly sweep?: string;
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
    .option('--sweep <file>', 'every point of a sweep whose points are known beforehand')
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
        ['sapphire record --sweep my-sweep.json --tape answers.duckdb', 'for a sweep over it'],
        ['sapphire backtest --config mine.json --set world.tape.file=answers.duckdb', ''],
      ),
    )
    .action(record);
}

async function record(flags: RecordFlags): Promise<void> {
  const budgetUsd = budgetOf(flags);
  const { config, tape: file, inputsOf } = await subjectOf(flags);
  if (file === null) {
    throw new InputError({ key: '--tape', rule: 'must name the tape to record into' });
  }
  const path = resolve(process.cwd(), file);
  const { anyPort } = await import('./models.ts');
  const port = await anyPort(config.decision.models, flags.standIn === true);
  const inputs = await inputsOf();
  const { openTape, readTape, Tape } = await import('../data/tapes.ts');
  const { existsSync } = await import('node:fs');
  if (flags.dryRun) {
    const tape = existsSync(path) ? await readTape(path) : new Tape([]);
    await estimate(inputs, tape, port, flags);
    return;
  }
  const writer = await openTape(path);
  try {
    const recording = await recordAll(inputs, writer, port, budgetUsd, flags.json === true);
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

/** What is recorded: whose models answer, into which tape, and the runs that ask. */
interface Subject {
  readonly config: Config;
  readonly tape: string | null;
  readonly inputsOf: () => Promise<readonly RunInput[]>;
}

async function subjectOf(flags: RecordFlags): Promise<Subject> {
  if (flags.sweep !== undefined) {
    const { sweepInputs } = await import('./record-sweep.ts');
    const { config, inputs } = await sweepInputs(flags.sweep, flags, process.cwd());
    return { config, tape: flags.tape ?? null, inputsOf: async () => inputs };
  }
  const run = await loadRunConfig(flags, process.env, process.cwd());
  const { loadSeats } = await import('../engine/host/load.ts');
  const { asksModels } = await import('../engine/agents/seating.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  if (!asksModels(loaded)) {
    const rule = `has nobody who asks a model (${loaded.seats.map(({ id }) => id).join(', ')})`;
    throw new InputError({ key: 'decision.agents', rule });
  }
  return {
    config: run.config,
    tape: flags.tape ?? run.config.world.tape.file,
    inputsOf: async () => [await inputOf(run, loaded, flags)],
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

async function estimate(
  inputs: readonly RunInput[],
  tape: Tape,
  port: ModelPort,
  { json }: RecordFlags,
): Promise<void> {
  const found = new Map<string, Question>();
  for (const input of inputs) {
    for (const question of await missing(input, tape)) found.set(question.digest, question);
  }
  const questions = [...found.values()];
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
  const verb = flags.sweep === undefined ? 'backtest --' : `sweep -- ${shellWord(flags.sweep)}`;
  const from = flags.config === undefined ? '' : `--config ${shellWord(flags.config)} `;
  process.stdout.write(
    [
      `record     ${isWhole ? `${flags.sweep === undefined ? 'the run asks' : 'its runs ask'} nothing that the tape does not answer` : 'not whole yet: run it again to go on'}`,
      `tape       ${plainText(shown)}   ${rows.length.toLocaleString('en-US')} answers of ${by.join(', ')}`,
      `knows      ${knowledgeText(knowledgeMs)}`,
      `digest     ${digest.slice(0, 12)}`,
      `asked      ${askedText(recording)}`,
      `next       npm run ${verb} ${from}--set ${shellWord(`world.tape.file=${shown}`)}`,
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
