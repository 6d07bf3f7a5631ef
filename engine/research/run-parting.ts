// Where two runs part: the first decision that one of them made and the other did not, or made
// otherwise. Both are read from what they left behind, so that any two runs of the same legs compare.

import { InputError } from '../errors.ts';
import type { RunResult } from './result.ts';

export interface RunParting {
  /** Close, or instant of an answer, at which it was decided, UTC ms. */
  readonly atMs: number;
  readonly venue: string;
  readonly symbol: string;
  /** What each of the two decided there, in words. */
  readonly first: string;
  readonly second: string;
}

const FIELDS = ['createdMs', 'leg', 'side', 'qty', 'limitPrice', 'triggerPrice'] as const;

/** Null when every order of both is the same. Throws InputError for runs of other legs. */
export function partingOf(a: RunResult, b: RunResult): RunParting | null {
  const [legs, others] = [namesOf(a), namesOf(b)];
  if (legs.join() !== others.join()) {
    const rule = `must be of the legs of the first (${legs.join(', ')})`;
    throw new InputError({ key: 'second run', rule, value: others.join(', ') });
  }
  const [x, y] = [a.record.orders, b.record.orders];
  const most = Math.max(x.length, y.length);
  let k = 0;
  while (k < most && isSame(a, b, k)) k++;
  if (k === most) return null;
  // Of two different orders the earlier one is the decision that the other run did not make.
  const isFirst = !((y.createdMs[k] ?? Infinity) < (x.createdMs[k] ?? Infinity));
  const at = isFirst ? x : y;
  const isBoth = x.createdMs[k] === y.createdMs[k] && x.leg[k] === y.leg[k];
  const { venue, symbol } = a.facts.data.legs[at.leg[k]!]!;
  return {
    ...{ atMs: at.createdMs[k]!, venue, symbol },
    first: isBoth || isFirst ? orderText(a, k) : 'no order',
    second: isBoth || !isFirst ? orderText(b, k) : 'no order',
  };
}

function namesOf({ facts }: RunResult): string[] {
  return facts.data.legs.map(({ venue, symbol }) => `${venue} ${symbol}`);
}

function isSame({ record: { orders: x } }: RunResult, b: RunResult, k: number): boolean {
  const y = b.record.orders;
  if (k >= x.length || k >= y.length || x.purpose[k] !== y.purpose[k]) return false;
  return x.type[k] === y.type[k] && FIELDS.every((field) => Object.is(x[field][k], y[field][k]));
}

function orderText({ record: { orders } }: RunResult, k: number): string {
  const qty = orders.qty[k]!;
  const size = qty === qty ? ` ${qty}` : '';
  return `${orders.side[k]! > 0 ? 'buy' : 'sell'}${size} (${orders.purpose[k]}, ${orders.type[k]})`;
}
