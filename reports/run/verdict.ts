// The verdict: what happened and how far it can be believed, in two or three sentences.
//
// It never calls a result good. A return is a fact of this run; whether it was luck is what the
// probabilistic Sharpe ratio is asked, and it does not know how many other runs were tried.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { change, count, probability, share, span } from './numbers.ts';

/** Above this P(true Sharpe > 0) one run by itself is hard to put down to luck. */
const CONVINCING = 0.95;

/** Sentences for the head of the report. */
export function verdict(result: RunResult): string {
  const { facts, circumstances } = result;
  const { statistics, costs, benchmark } = facts;
  const time = span(statistics.days * DAY_MS);
  if (statistics.trades === 0 && result.trades.length === 0) {
    return `No trades in ${time}: there is nothing to judge. Buying and holding made ${change(benchmark.totalReturn)}.`;
  }
  const moved = share(Math.abs(statistics.totalReturn), 2);
  const what =
    moved === '0.00 %'
      ? `Broke even over ${time} after costs`
      : `${statistics.totalReturn > 0 ? 'Made' : 'Lost'} ${moved} in ${time} after costs`;
  const sentences = [
    `${what}; without costs ${change(costs.returnWithoutCosts)}. Buying and holding made ${change(benchmark.totalReturn)}.`,
    proof(statistics.probabilisticSharpe),
  ];
  if (facts.data.kind === 'synthetic') sentences.push('The prices are synthetic.');
  else if (circumstances.trialNumber > 1) {
    sentences.push(
      `It is trial ${count(circumstances.trialNumber)} on this data: the more are tried, the less one proves.`,
    );
  }
  return sentences.join(' ');
}

function proof(probabilisticSharpe: number | null): string {
  const p = probability(probabilisticSharpe);
  if (probabilisticSharpe === null) return 'Not proven: too little to judge by.';
  if (probabilisticSharpe >= CONVINCING) {
    return `Hard to put down to luck alone: probabilistic Sharpe ${p}.`;
  }
  if (probabilisticSharpe <= 1 - CONVINCING) return `Probably a losing rule: probabilistic Sharpe ${p}.`;
  return `Not proven: probabilistic Sharpe ${p}.`;
}
