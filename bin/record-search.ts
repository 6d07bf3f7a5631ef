// The trials of a sweep and of a walk-forward, for whoever records what they ask: all that the verbs run,
// in their order, down to the worse worlds of the verdict.
//
//   sweep          search -> the best on rows kept back -> the best at doubled costs, and a candle late
//   walk-forward   searches, traded windows -> every point on all of them -> worse worlds
//
// What comes next hangs on the trials before it, so questions are answered as they are come to.

import type { ReplyBook } from '../engine/agents/question.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import { judgedOf } from '../engine/research/sweep/outcome.ts';
import { Slices } from '../engine/research/sweep/slice.ts';
import { type Point, pointKey } from '../engine/research/sweep/space.ts';
import type { StrategyBook } from '../engine/research/sweep/trial.ts';
import {
  type Field,
  foundSteps,
  runSteps,
  type Steps,
  searchSteps,
  stressSteps,
} from '../engine/research/verdict/search.ts';
import { doubledCosts, lateByOne } from '../engine/research/verdict/stress.ts';
import type { FoldRun, WalkForwardHand } from '../engine/research/walk-forward.ts';
import type { Drive } from './recording.ts';
import { prepareSweep, type SweepFlags } from './sweep-setup.ts';
import { groundOfWalk } from './walk-forward.ts';
import { type DivisionFlags, isCrossed, walkOptions } from './walk-forward-options.ts';
import { type Ground, objectivesOf, wayOf } from './walk-forward-run.ts';

/** Runs that are recorded: `carry` walks through all of them, false = not to the end. */
export interface Search {
  readonly config: Config;
  readonly carry: (drive: Drive, replies: ReplyBook) => Promise<boolean>;
}

/** The tape is what is made here: it need not be there. */
const NO_TAPE = 'world.tape.file=null';
const WORSE = [doubledCosts, lateByOne] as const;

/** Throws InputError for a sweep that cannot begin, or in which nobody asks. `judged`: the best that are. */
export async function sweepSearch(
  file: string,
  flags: SweepFlags,
  cwd: string,
  judged: number,
): Promise<Search> {
  const prepared = await prepareSweep(file, withoutTape(flags), cwd, judged);
  const { ground, sweep, spans } = prepared;
  refuseSilent(ground.strategies, file);
  function* steps(replies: ReplyBook): Steps<void> {
    const field = { ...fieldOf(prepared, replies), sweep };
    const { board, points } = yield* searchSteps(field, [spans.train]);
    const best = judgedOf(board, sweep.objectives.length, judged);
    for (const { index } of spans.test === null ? [] : best) {
      yield* runSteps(field, points[index]!, spans.test!);
    }
    const [first] = best;
    if (first === undefined) return;
    const folds = [{ point: points[first.index]!, test: spans.train }];
    for (const worsen of WORSE) yield* stressSteps(field, folds, worsen);
  }
  return {
    config: ground.config,
    carry: async (drive, replies) => (await drive(steps(replies))) !== null,
  };
}

/** The same for a walk-forward: of a sweep, or of a config as it is (`file` undefined). */
export async function walkSearch(
  file: string | undefined,
  flags: SweepFlags & DivisionFlags,
): Promise<Search> {
  const options = walkOptions(flags);
  const of = await groundOfWalk(file, withoutTape(flags));
  const { ground } = of;
  refuseSilent(ground.strategies, file);
  async function carry(drive: Drive, replies: ReplyBook): Promise<boolean> {
    const field = fieldOf(of, replies);
    const rows = { from: ground.firstRow, to: ground.columns.openMs.length };
    // How long its trades are is looked at before anything is divided.
    if (isCrossed(options) && (await drive(runSteps(field, {}, rows))) === null) return false;
    const hand = new ToldHand(field);
    const way = await wayOf(of, options, { hand, trials: field.trials, onRun: () => {} });
    return (await drive(walkSteps(field, hand, () => way.trade(() => {}).windows))) !== null;
  }
  return { config: ground.config, carry };
}

type Windows = Parameters<typeof stressSteps>[1];

function* walkSteps(field: Field, hand: ToldHand, trade: () => Windows): Steps<void> {
  const windows = yield* hand.told(trade);
  const rows = { from: windows[0]!.test.from, to: windows.at(-1)!.test.to };
  const searched = field.sweep === null ? [] : hand.points;
  for (const point of searched) yield* runSteps(field, point, rows);
  for (const worsen of WORSE) yield* stressSteps(field, windows, worsen);
}

/** A hand that answers what it was told; what it was not, is wanted first, and all is begun again. */
class ToldHand implements WalkForwardHand {
  readonly #field: Field;
  readonly #known = new Map<string, unknown>();
  readonly #points = new Map<string, Point>();

  constructor(field: Field) {
    this.#field = field;
  }

  /** Every point that was tried. */
  get points(): readonly Point[] {
    return [...this.#points.values()];
  }

  search(...[train]: Parameters<WalkForwardHand['search']>): ReturnType<WalkForwardHand['search']> {
    return this.#of(JSON.stringify(train), () => foundSteps(this.#field, train));
  }

  run(...[point, rows]: Parameters<WalkForwardHand['run']>): FoldRun {
    const key = `${pointKey(point)} ${rows.from} ${rows.to}`;
    return this.#of(key, () => runSteps(this.#field, point, rows));
  }

  *told<T>(work: () => T): Steps<T> {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof Untold)) throw error;
        this.#known.set(error.key, yield* this.#noted(error.steps));
      }
    }
  }

  #of<T>(key: string, steps: () => Steps<T>): T {
    if (!this.#known.has(key)) throw new Untold(key, steps());
    return this.#known.get(key) as T;
  }

  *#noted(steps: Steps<unknown>): Steps<unknown> {
    let step = steps.next();
    while (!step.done) {
      const { point } = step.value;
      this.#points.set(pointKey(point), point);
      step = steps.next(yield step.value);
    }
    return step.value;
  }
}

class Untold extends Error {
  readonly key: string;
  readonly steps: Steps<unknown>;

  constructor(key: string, steps: Steps<unknown>) {
    super(`nobody has carried out ${key}`);
    this.key = key;
    this.steps = steps;
  }
}

function fieldOf({ ground, sweep, beside }: Ground, replies: ReplyBook): Field {
  const { config, columns, strategies } = ground;
  const objectives = objectivesOf(sweep);
  const { remembered } = beside;
  const slices = new Slices(columns);
  const trials = { config, slices, strategies, objectives, remembered, replies };
  return { plan: ground, sweep, trials };
}

function refuseSilent(strategies: StrategyBook, file: string | undefined): void {
  const seats = Array.from(strategies.values(), (strategy) => ({ strategy }));
  if (seats.some(({ strategy }) => strategy.asks !== undefined)) return;
  const rule = 'has no point at which anybody asks a model';
  throw new InputError({
    key: file === undefined ? 'decision.agents' : '--sweep',
    rule,
    value: file,
  });
}

function withoutTape<Flags extends SweepFlags>(flags: Flags): Flags {
  return { ...flags, set: [...(flags.set ?? []), NO_TAPE] };
}
