// A job of the queue: some trials, carried out together, and what comes back. Plain JSON both ways; days of
// returns travel as the bytes they are, so that not even the sign of a zero is lost.

import type { TrialOutcome } from '../../research/sweep/outcome.ts';
import type { TrialTask } from '../../research/sweep/trial.ts';

export interface TrialJob {
  readonly tasks: readonly TrialTask[];
}

type SentOutcome = Omit<TrialOutcome, 'dailyReturns'> & { readonly dailyReturns: string | null };

export type TrialReply =
  | { readonly outcomes: readonly SentOutcome[]; readonly ms: number }
  /** A strategy wrote into the candles of that worker: nothing it says can be believed. */
  | { readonly spoilt: true };

export function sentOutcome(outcome: TrialOutcome): SentOutcome {
  const { dailyReturns } = outcome;
  if (dailyReturns === null) return { ...outcome, dailyReturns };
  return { ...outcome, dailyReturns: Buffer.from(dailyReturns.slice().buffer).toString('base64') };
}

export function receivedOutcome(sent: SentOutcome): TrialOutcome {
  if (sent.dailyReturns === null) return { ...sent, dailyReturns: null };
  const bytes = Buffer.from(sent.dailyReturns, 'base64');
  const dailyReturns = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  new Uint8Array(dailyReturns.buffer).set(bytes);
  return { ...sent, dailyReturns };
}

/** What tells tasks apart: the best are run again on other rows under the same index. */
export function taskKey(task: TrialTask): string {
  return JSON.stringify(task);
}
