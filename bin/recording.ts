// What a recording does: walks through runs and asks what they come to, puts every answer down before a run
// goes on, and adds up what it cost.

import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question, Reply } from '../engine/agents/question.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { ModelPort } from '../live/models/port.ts';
import { interruptible } from './output.ts';
import { progress } from './progress.ts';

/** What a recording came to. */
export interface Recording {
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

/** Questions that the tape does not answer, each once, where a missing answer moves as little as it can. */
export async function missing(input: RunInput, tape: Tape): Promise<Question[]> {
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

/** Walks through runs one after the other, until one of them comes to what is not answered. */
export async function recordAll(
  inputs: readonly RunInput[],
  writer: TapeWriter,
  port: ModelPort,
  budgetUsd: number,
  silent: boolean,
): Promise<Recording> {
  const recorder = new Recorder(writer, port, budgetUsd);
  const isOne = inputs.length === 1;
  const total = inputs.length;
  const bar = progress(process.stderr, {
    ...{ label: 'sweep', total, unit: 'runs', silent: silent || isOne },
  });
  try {
    for (const [k, input] of inputs.entries()) {
      bar.update(k);
      if (await recordRun(input, recorder, writer, silent || !isOne)) continue;
      return { ...recorder.sums, isWhole: false };
    }
    return { ...recorder.sums, isWhole: true };
  } finally {
    bar.stop();
  }
}

/**
 * First what is asked whatever becomes of the run, many at a time; then the run itself, moment by moment,
 * because what is asked about an entry depends on the answers before it. True when nothing is left open.
 */
async function recordRun(
  input: RunInput,
  recorder: Recorder,
  writer: TapeWriter,
  silent: boolean,
): Promise<boolean> {
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
      if (step.value.some((question) => !writer.tape.has(question))) return false;
    }
    return true;
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
