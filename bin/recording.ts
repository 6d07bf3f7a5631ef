// What a recording does: walks through runs, has asked what they come to (recorder.ts), and goes on when
// every answer is put down.
//
//   wanted trial -> all answered? its outcome : its questions -> answers on the tape -> its outcome
//
// So a search whose next trial hangs on the last one is recorded as it goes along, and one that is begun
// again asks only what is not on the tape. An answer that was paid for is put down, whatever ends the rest.

import type { Tape, TapeWriter } from '../data/tapes.ts';
import type { Question } from '../engine/agents/question.ts';
import type { Config } from '../engine/config/schema.ts';
import { type RunInput, runLoop } from '../engine/research/backtest.ts';
import { runJoined } from '../engine/research/sweep/joined-trial.ts';
import { type TrialGround, trialInput } from '../engine/research/sweep/trial.ts';
import type { Steps, Wanted } from '../engine/research/verdict/search.ts';
import { interruptible, talkAside } from './output.ts';
import { progress } from './progress.ts';
import type { Recorder } from './recorder.ts';

/** Carries steps out; null = one of their trials asks what is still not answered. */
export type Drive = <T>(steps: Steps<T>) => Promise<{ readonly value: T } | null>;

/** Questions that the tape does not answer, each once, where a missing answer moves as little as it can. */
export function missing(input: RunInput, tape: Tape): Question[] {
  const config = lenient(input.config);
  const { answering } = aside(() => runLoop({ ...input, config, replies: tape }));
  const first = new Map<string, Question>();
  for (const question of answering?.misses ?? []) {
    if (!first.has(question.digest)) first.set(question.digest, question);
  }
  return [...first.values()];
}

/**
 * First what is asked whatever becomes of the run, many at a time; then the run itself, moment by moment,
 * because what is asked about an entry depends on the answers before it. True when nothing is left open.
 */
export async function recordRun(
  input: RunInput,
  recorder: Recorder,
  { tape }: TapeWriter,
  silent: boolean,
): Promise<boolean> {
  const reads = new Map(input.seats.map(({ id, strategy }) => [id, strategy.reads ?? 'market']));
  const ahead = missing(input, tape).filter(({ agent, kind }) => {
    return kind === 'vote' && reads.get(agent) === 'market';
  });
  const { panel } = input;
  const total = ahead.length;
  const bar = progress(process.stderr, { label: 'ahead', total, unit: 'questions', silent });
  const before = recorder.asked;
  await recorder.askAll(ahead, () => bar.update(recorder.asked - before));
  bar.stop();
  const { runAsking } = await import('../engine/research/asking-run.ts');
  const rows = progress(process.stderr, {
    label: 'record',
    total: panel.length,
    unit: 'rows',
    silent,
  });
  try {
    const steps = runAsking({ ...input, replies: tape });
    for (let step = aside(() => steps.next()); !step.done; step = aside(() => steps.next())) {
      rows.update(step.value[0]!.row);
      await recorder.askAll(step.value);
      if (step.value.some((question) => !tape.has(question))) return false;
    }
    return true;
  } finally {
    rows.stop();
  }
}

/** Has trials that ask what the tape lacks recorded before they are carried out. */
export function recording(
  recorder: Recorder,
  writer: TapeWriter,
  label: string,
  silent: boolean,
): Drive {
  return async (steps) => {
    const bar = progress(process.stderr, { label, unit: 'runs', silent });
    let done = 0;
    try {
      let step = aside(() => steps.next());
      while (!step.done) {
        const wanted = step.value;
        const run = () => outcomeOf(wanted, strict);
        let outcome = run();
        if (outcome.code === 'unanswered') {
          for (const input of inputsOf(wanted, strict)) {
            if (!(await recordRun(input, recorder, writer, true))) return null;
          }
          outcome = run();
        }
        bar.update(++done, `${recorder.asked.toLocaleString('en-US')} asked`);
        step = aside(() => steps.next(outcome));
      }
      return { value: step.value };
    } finally {
      bar.stop();
    }
  };
}

/** Asks nobody: notes what would be asked, and goes on as if it came too late. */
export function counting(tape: Tape, found: Map<string, Question>): Drive {
  return async (steps) => {
    let step = aside(() => steps.next());
    while (!step.done) {
      const wanted = step.value;
      for (const input of inputsOf(wanted, lenient)) {
        for (const question of missing(input, tape)) found.set(question.digest, question);
      }
      step = aside(() => steps.next(outcomeOf(wanted, lenient)));
    }
    return { value: step.value };
  };
}

type Change = (config: Config) => Config;

function outcomeOf({ ground, tasks }: Wanted, change: Change) {
  return aside(() => runJoined(changed(ground, change), tasks));
}

function inputsOf({ ground, tasks }: Wanted, change: Change): RunInput[] {
  const inputs = tasks.map((task) => trialInput(changed(ground, change), task));
  return inputs.filter((input) => input !== null);
}

function changed(ground: TrialGround, change: Change): TrialGround {
  return { ...ground, config: change(ground.config) };
}

/** What the tape lacks ends a trial, whatever the config says of it. */
function strict({ world, ...rest }: Config): Config {
  return { ...rest, world: { ...world, tape: { ...world.tape, onMiss: 'refuse' } } };
}

/** What the tape lacks is late, and moves as little as it can. */
function lenient({ world, decision, ...rest }: Config): Config {
  const { asking } = decision;
  return {
    ...rest,
    world: { ...world, tape: { ...world.tape, onMiss: 'timeout' } },
    decision: { ...decision, asking: { ...asking, silence: 'proceed' } },
  };
}

/** Runs strategies: what they print is no result, and Ctrl-C ends them at once. */
function aside<T>(work: () => T): T {
  return interruptible(() => talkAside(work));
}
