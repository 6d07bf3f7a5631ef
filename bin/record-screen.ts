// What is said of a recording, and of one that is only counted: on the screen, or as one document.

import { relative, resolve } from 'node:path';
import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import { shortIso } from '../engine/config/instant.ts';
import type { ModelPort } from '../live/models/port.ts';
import { flagWords, typedWords } from './flags.ts';
import { printJson, shellWord } from './output.ts';
import type { RecordFlags } from './record.ts';
import type { Recording, Stop } from './recorder.ts';

/** Prints what `questions` would take. */
export function estimate(
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
    ? `${usdText(costUsd)}; ${usdText(mostUsd)} with every retry at every provider`
    : `at a cost not known${unpriced.length > 0 ? `: ${unpriced.join(', ')} has no price in the config` : ''}`;
  process.stdout.write(
    `record     ${questions.length.toLocaleString('en-US')} questions at least, by ${by}\n` +
      `estimate   ${port.estimate === undefined ? 'about' : 'at most'} ${tokens.toLocaleString('en-US')} tokens, ${usd}\n` +
      'next       the same without --dry-run; answers may lead to more questions\n',
  );
}

/** Prints what came of it, and writes the copy that was asked for. */
export async function finish(
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

function wholeText({ isWhole, stopped }: Recording, flags: RecordFlags): string {
  const { sweep, walkForward, monteCarlo } = flags;
  const isOne = sweep === undefined && !walkForward && monteCarlo === undefined;
  const is = isOne ? 'the run asks' : 'its runs ask';
  if (isWhole) return `${is} nothing that the tape does not answer`;
  const why = stopped === null ? '' : ` (${STOPPED[stopped]})`;
  return `not whole yet${why}: run it again to go on`;
}

/** The command that reads the tape. */
function nextText(flags: RecordFlags, isWhole: boolean, tape: string): string {
  if (!isWhole) return 'the same command again';
  const { sweep, walkForward, monteCarlo, count, seed, block, db } = flags;
  if (monteCarlo !== undefined) {
    const words = typedWords({ kind: 'candles', count, seed, block, db, tape });
    return `npm run monte-carlo -- ${shellWord(monteCarlo)} ${words}`;
  }
  const verb = walkForward ? 'walk-forward' : sweep === undefined ? 'backtest' : 'sweep';
  const { top, scheme, folds, train, testFolds, purge, embargo } = flags;
  const words = [
    sweep === undefined ? '' : shellWord(sweep),
    flagWords(flags),
    typedWords({ top, scheme, folds, train, 'test-folds': testFolds, purge, embargo }),
    flags.anchored ? '--anchored' : '',
    flags.gate ? '--gate' : '',
    `--set ${shellWord(`world.tape.file=${tape}`)}`,
  ];
  return `npm run ${verb} -- ${words.filter(Boolean).join(' ')}`;
}

function knowledgeText(ms: number): string {
  if (ms === 0) return 'nothing of the world: no candle is contaminated';
  if (!Number.isFinite(ms)) return 'not said by the models: every candle counts as contaminated';
  return `the world up to ${shortIso(ms)}: candles before are contaminated`;
}

function askedText({ asked, answered, failed, tokens, costUsd }: Recording): string {
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  const wrong = codes.length === 0 ? '' : `, failed: ${codes.join(', ')}`;
  const cost = `${tokens.toLocaleString('en-US')} tokens, ${usdText(costUsd)}`;
  return `${asked.toLocaleString('en-US')} questions now, ${answered.toLocaleString('en-US')} answered${wrong}   ${cost}`;
}

/** Of less than a cent two figures: it adds up. */
function usdText(usd: number): string {
  return `${usd > 0 && usd < 0.01 ? Number(usd.toPrecision(2)) : usd.toFixed(2)} USD`;
}
