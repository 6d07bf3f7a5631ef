// The gate against choosing by luck. The probability of backtest overfitting (Bailey, Borwein, Lopez
// de Prado & Zhu 2017) judges the choice and not what was chosen: it asks how often the best of one
// half comes out in the lower half of all trials on the other half. So it is about a half, whatever
// they earn, where all trials are equally good, and low for the least bad of many losers. The paper
// therefore reads it together with the probability of loss, and so does this gate:
//
//   order of trials holds   (PBO <= 0.2)   -->  larger of PBO and P(the chosen loses out of sample)
//   order is chance         (PBO > 0.2)    -->  all trials as ONE that nobody chose: does it hold?
//                                yes, p < 0.01   larger of P(loss of the chosen) and of the one's PBO
//                                                against doing nothing
//                                no              PBO, which fails
//
// Merging trials that are each other's likes into one effective trial is Lopez de Prado & Lewis,
// Detection of False Investment Strategies Using Unsupervised Learning Methods, Quantitative Finance
// 19/9 (2019). Representatives of several clusters were tried and left: those of equally good clusters
// are equals again, and the rank of equals is chance however few they are. The second way is a second chance
// for noise as well, so it is at 1 % and not at 5 %; it is tested on what nobody chose.

import type { Column } from '../../market/column.ts';
import {
  type BacktestOverfitting,
  backtestOverfitting,
} from '../../statistics/backtest-overfitting.ts';
import { hedgedTrials, togetherAtRisk } from '../../statistics/hedged-trials.ts';
import type { Resampling } from '../../statistics/stationary-bootstrap.ts';
import { superiorPredictiveAbility } from '../../statistics/superior-predictive-ability.ts';
import { type TrialMatrix, trialMatrix } from '../../statistics/trial-matrix.ts';
import { type Gate, gateOf, shown } from './gate.ts';

const MOST_PBO = 0.2;
/** Of all trials as one: a second chance, so at a fifth of the usual level. */
const MOST_P = 0.01;
const MOST_BLOCKS = 16;
/** Fewer blocks than this make too few splits (20) to speak of a share of them. */
const LEAST_BLOCKS = 6;
/** A Sharpe ratio of fewer days ranks trials by chance. */
const DAYS_A_BLOCK = 8;

/** The probability that choosing was overfitting; nothing was chosen from fewer than two trials. */
export function overfittingGate(
  matrix: TrialMatrix,
  benchmark: Column,
  resampling: Resampling,
): Gate {
  const what = {
    id: 'overfitting',
    name: 'probability of overfitting',
    rule: `at most ${MOST_PBO}; of all trials as one where their order is chance`,
    threshold: MOST_PBO,
  } as const;
  const none = (why: string) => gateOf(what, Number.NaN, () => false, why);
  if (matrix.trials < 2) return none('needs two trials to choose from; there is one');
  const blocks = blocksFor(matrix.rows);
  if (blocks < LEAST_BLOCKS) {
    const least = LEAST_BLOCKS * DAYS_A_BLOCK;
    return none(`needs at least ${least} days; there are ${matrix.rows}`);
  }
  const found = backtestOverfitting(matrix, { blocks });
  const { pbo, lossProbability } = found;
  if (!Number.isFinite(pbo)) return none('a trial is no number, or rose by the same every day');
  const words = wordsOf(matrix, blocks, found);
  const gate = (value: number, why: string) => {
    return gateOf(what, value, (one) => one <= MOST_PBO, `${words}${why}`);
  };
  if (pbo <= MOST_PBO) return gate(Math.max(pbo, lossProbability), '');
  const one = togetherAtRisk(matrix);
  // Ahead of holding nothing, and in what holding the market does not explain.
  const p = Math.max(
    ...[one, togetherAtRisk(hedgedTrials(matrix, benchmark).matrix)].map((whole) => {
      return superiorPredictiveAbility(trialMatrix([whole]), resampling).consistent.p;
    }),
  );
  const together = '; their order is chance, and all of them as one, which nobody chose,';
  if (!(p < MOST_P)) return gate(pbo, `${together} are not ahead: p ${shown(p)}`);
  const idle = new Float64Array(one.length);
  const against = backtestOverfitting(trialMatrix([one, idle]), { blocks });
  return gate(
    Math.max(lossProbability, against.pbo),
    `${together} are ahead: p ${shown(p)}, wrong out of sample in ${shown(against.pbo)} of splits`,
  );
}

function wordsOf(matrix: TrialMatrix, blocks: number, found: BacktestOverfitting): string {
  const { pbo, splits, lossProbability } = found;
  const fewer = blocks < MOST_BLOCKS ? ` (not ${MOST_BLOCKS}: the history is short)` : '';
  return (
    `PBO ${shown(pbo)} of ${matrix.trials} trials, ${blocks} blocks${fewer}, ${splits} splits; the ` +
    `chosen lost money out of sample in ${shown(lossProbability)} of them`
  );
}

/** The largest even number of blocks, 16 at most, that are long enough. */
export function blocksFor(days: number): number {
  const blocks = Math.floor(days / DAYS_A_BLOCK);
  return Math.min(MOST_BLOCKS, blocks - (blocks % 2));
}
