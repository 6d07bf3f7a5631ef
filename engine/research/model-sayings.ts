// What models said about the decisions behind trades, in numbers and in their own words, so that whoever
// looks at a trade reads the thesis and not only the vote that was made of it. Nobody who decides reads it.

import type { Answer } from '../agents/question.ts';
import type { Asked } from '../kernel/asking.ts';
import type { Run } from './backtest.ts';

/** What came of one question. */
export interface ModelSaying {
  readonly kind: 'vote' | 'second-opinion';
  /** Who answered; empty where nobody did. */
  readonly model: string;
  readonly version: string;
  /** NaN = nobody answered. */
  readonly latencyMs: number;
  /** Why there is no answer: a code, `timeout`, `overtaken`; empty = there is one. */
  readonly code: string;
  /** The numbers that were said, by name: see `Answer`. */
  readonly answer: Readonly<Record<string, number>>;
  /** One line without control characters, cut. */
  readonly words: string;
}

/** By agent. */
export type ModelSayings = ReadonlyMap<string, ModelSaying>;

/** What was said about a decision on the primary leg `leg` at row `row`; undefined where nobody was asked. */
export type SayingsFinder = (leg: number, row: number) => ModelSayings | undefined;

export function sayingsFinder({ kernel }: Run): SayingsFinder {
  const { parking } = kernel.decider;
  if (parking === null) return () => undefined;
  const parked = new Map(parking.log.map((one) => [`${one.leg} ${one.row}`, one] as const));
  return (leg, row) => {
    const found = parked.get(`${leg} ${row}`);
    if (found === undefined) return undefined;
    return new Map(
      found.questions.map((id) => {
        const asked = parking.asking.log[id - 1]!;
        return [kernel.seats[asked.seat]!.id, sayingOf(asked)] as const;
      }),
    );
  };
}

function sayingOf({ kind, answer, state, code, origin }: Asked): ModelSaying {
  const { words = '', ...numbers } = answer ?? ({} as Partial<Answer>);
  const said = Object.entries(numbers).filter(([, value]) => Number.isFinite(value));
  const { model = '', version = '', latencyMs = Number.NaN } = origin ?? {};
  return {
    ...{ kind, model, version, latencyMs, words },
    code: answer !== null ? '' : code !== '' ? code : state,
    answer: Object.fromEntries(said),
  };
}
