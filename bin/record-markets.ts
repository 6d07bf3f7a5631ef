// The markets of `monte-carlo --kind candles`, for whoever records what is asked about them: the same candles
// in another order, which no tape of a real market has answers about.

import { Tape, type TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import { asksModels } from '../engine/agents/seating.ts';
import { InputError } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import { usualBlock } from '../engine/research/monte-carlo/candles.ts';
import { dealtInput } from '../engine/research/monte-carlo.ts';
import { DEFAULT_DB } from './flags.ts';
import { askedOf, inputOfRun, runNamed } from './monte-carlo.ts';
import { progress } from './progress.ts';
import type { Recorder } from './recorder.ts';
import { missing, recordRun } from './recording.ts';

export interface MarketFlags {
  readonly db?: string;
  readonly count?: string;
  readonly seed?: string;
  readonly block?: string;
  readonly json?: boolean;
}

/** What a run by that name asks on each of its dealt markets. Throws InputError. */
export async function marketsOf(word: string, flags: MarketFlags) {
  const { db = DEFAULT_DB, count: many, seed: drawn, block } = flags;
  const asked = askedOf({
    kind: 'candles',
    ...(many === undefined ? {} : { count: many }),
    ...(drawn === undefined ? {} : { seed: drawn }),
    ...(block === undefined ? {} : { block }),
  });
  const { run } = await runNamed(word);
  const input = await inputOfRun(run, { db });
  if (!asksModels(input)) {
    throw new InputError({
      key: '--monte-carlo',
      rule: 'must be a run that asks models',
      value: word,
    });
  }
  const { count } = asked;
  const meanBlock = asked.block ?? usualBlock(input.panel.intervalMs);
  const dealing = { count, seed: asked.seed ?? run.facts.seed, meanBlock };
  const inputs = function* () {
    for (let k = 0; k < count; k++) yield dealtInput(input, dealing, k);
  };
  return {
    config: input.config,
    async record(recorder: Recorder, writer: TapeWriter): Promise<boolean> {
      await keepOwn(input, writer);
      const silent = flags.json === true;
      const bar = progress(process.stderr, {
        ...{ label: 'markets', total: count, unit: 'runs', silent },
      });
      let done = 0;
      try {
        for (const one of inputs()) {
          if (!(await recordRun(one, recorder, writer, true))) return false;
          bar.update(++done, `${recorder.asked.toLocaleString('en-US')} asked`);
        }
        return true;
      } finally {
        bar.stop();
      }
    },
    async missing(tape: Tape): Promise<readonly Question[]> {
      const found = new Map<string, Question>();
      for (const one of inputs()) {
        for (const question of missing(one, tape)) found.set(question.digest, question);
      }
      return [...found.values()];
    },
  };
}

/** What is dealt is held against the run itself, over the same tape: its own answers are put there first. */
async function keepOwn({ replies }: RunInput, { tape, put }: TapeWriter): Promise<void> {
  if (!(replies instanceof Tape)) return;
  for (const { digest, question, reply, knowledgeMs } of replies.rows) {
    const asked = { ...question, id: 0, digest };
    if (!tape.has(asked)) await put(asked, reply, knowledgeMs);
  }
}
