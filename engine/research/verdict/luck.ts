// The gates against luck: what the best of many tries would show without any skill.
//
// Where a rule of the statistics is silent, the choice is the one that passes less: a trial that
// others carry over Hansen's test does not pass it itself.

import type { Column } from '../../market/column.ts';
import { backtestOverfitting } from '../../statistics/backtest-overfitting.ts';
import { moments } from '../../statistics/moments.ts';
import { minimumTrackRecord2012 } from '../../statistics/probabilistic-sharpe.ts';
import { DAYS_PER_YEAR } from '../../statistics/returns.ts';
import type { Resampling } from '../../statistics/stationary-bootstrap.ts';
import { superiorPredictiveAbility } from '../../statistics/superior-predictive-ability.ts';
import { type Deflation, deflateTrial } from '../../statistics/trial-deflation.ts';
import {
  isSound,
  lessBenchmark,
  meansOf,
  type TrialMatrix,
} from '../../statistics/trial-matrix.ts';
import { type Gate, gateOf, shown } from './gate.ts';
import type { VerdictInput } from './input.ts';

const LEAST_DEFLATED = 0.95;
const MOST_P = 0.05;
const MOST_PBO = 0.2;
const MOST_BLOCKS = 16;
/** Fewer blocks than this make too few splits (20) to speak of a share of them. */
const LEAST_BLOCKS = 6;
/** A Sharpe ratio of fewer days ranks trials by chance. */
const DAYS_A_BLOCK = 8;
const CONFIDENCE = 0.95;

type Judged = Pick<VerdictInput, 'matrix' | 'chosen' | 'trials' | 'observations' | 'benchmark'>;

/** The deflated Sharpe ratio over the full count of trials. */
export function deflationGate(input: Judged, { resamples, seed }: Resampling): Gate {
  const { matrix, chosen, trials } = input;
  const what = {
    id: 'deflated-sharpe',
    name: 'deflated Sharpe ratio',
    rule: `at least ${LEAST_DEFLATED} with every trial counted`,
    threshold: LEAST_DEFLATED,
  } as const;
  const found = deflateTrial(matrix, chosen, trials, { resamples, seed });
  return gateOf(what, found.deflated, (value) => value >= LEAST_DEFLATED, deflationWords(found));
}

function deflationWords(found: Deflation): string {
  const { sharpe, luck, trials, effectiveTrials, effectiveDeflated } = found;
  if (!Number.isFinite(found.deflated))
    return 'the trial never moved, or is too short or no number';
  const yearly = Math.sqrt(DAYS_PER_YEAR);
  return (
    `Sharpe ${shown(sharpe * yearly)} a year; the best of ${trials} worthless trials would show ` +
    `${shown(luck * yearly)}; over ${shown(effectiveTrials)} independent ones it is ` +
    `${shown(effectiveDeflated)}`
  );
}

/** The days there are, against those that the chosen Sharpe ratio needs to be told from 0. */
export function trackRecordGate({ matrix, chosen, observations }: Judged): Gate {
  const name = 'track record';
  const rule = `at least as many days as show the Sharpe ratio to be above 0 at ${CONFIDENCE}`;
  const own = isSound(matrix) ? moments(rowOf(matrix, chosen)) : null;
  const what = { id: 'track-record', name, rule, threshold: null } as const;
  if (own === null || own.skewness === null || own.kurtosis === null) {
    return gateOf(what, Number.NaN, () => false, 'the trial never moved, or is no number');
  }
  const { skewness, kurtosis } = own;
  const observed = { sharpe: own.mean / own.sd, skewness, kurtosis };
  const needed = minimumTrackRecord2012(observed, 0, CONFIDENCE);
  if (needed === null) {
    const why = 'no length is enough: the Sharpe ratio is not above 0';
    return gateOf(what, observations, () => false, why);
  }
  const days = Math.ceil(needed);
  const why = `${observations} days; ${days} are needed`;
  return gateOf({ ...what, threshold: days }, observations, (value) => value >= days, why);
}

/** Hansen's test against buy-and-hold as it was, and against holding nothing. */
export function superiorityGates(input: Judged, resampling: Resampling): [Gate, Gate] {
  const { matrix, benchmark } = input;
  const matched = superiorPredictiveAbility(lessBenchmarkAtRisk(matrix, benchmark), resampling);
  const note = `; p ${shown(matched.consistent.p)} with buy-and-hold scaled down to each trial's risk`;
  const held = lessBenchmark(matrix, benchmark);
  return [
    superiorityGate('beats-buy-and-hold', 'buy-and-hold', held, input, resampling, note),
    superiorityGate('beats-flat', 'holding nothing', matrix, input, resampling, ''),
  ];
}

function superiorityGate(
  id: 'beats-buy-and-hold' | 'beats-flat',
  benchmark: string,
  differences: TrialMatrix,
  { chosen }: Judged,
  resampling: Resampling,
  note: string,
): Gate {
  const what = {
    id,
    name: `better than ${benchmark}`,
    rule: `consistent p of Hansen's test below ${MOST_P}, and ahead of it itself`,
    threshold: MOST_P,
  } as const;
  const { consistent, statistic, best, meanBlock } = superiorPredictiveAbility(
    differences,
    resampling,
  );
  if (!Number.isFinite(consistent.p)) {
    return gateOf(what, Number.NaN, () => false, 'too few days, or a return that is no number');
  }
  const ahead = meansOf(differences)[chosen]!;
  const who = best === chosen || statistic === 0 ? '' : ', of another trial than the chosen one';
  const why =
    `T ${shown(statistic)}${who}; the chosen is ${shown(ahead * DAYS_PER_YEAR)} a year ahead of ` +
    `${benchmark}; runs of ${shown(meanBlock)} days${note}`;
  return gateOf(what, consistent.p, (p) => p < MOST_P && ahead > 0, why);
}

/**
 * Trials less the share of buy-and-hold, the rest in cash, that moves as much as each does: what
 * holding would have given at the trial's own risk. Never more than all of it.
 */
function lessBenchmarkAtRisk(matrix: TrialMatrix, benchmark: Column): TrialMatrix {
  const { trials, rows } = matrix;
  const held = moments(benchmark)?.sd ?? 0;
  const values = matrix.values.slice();
  for (let k = 0; k < trials; k++) {
    const own = moments(rowOf(matrix, k))?.sd ?? 0;
    const share = held > 0 ? Math.min(1, own / held) : 1;
    for (let t = 0; t < rows; t++) values[k * rows + t]! -= share * benchmark[t]!;
  }
  return { trials, rows, values };
}

/** The probability that choosing was overfitting; nothing was chosen from fewer than two trials. */
export function overfittingGate(matrix: TrialMatrix): Gate {
  const what = {
    id: 'overfitting',
    name: 'probability of overfitting',
    rule: `at most ${MOST_PBO}`,
    threshold: MOST_PBO,
  } as const;
  const none = (why: string) => gateOf(what, Number.NaN, () => false, why);
  if (matrix.trials < 2) return none('needs two trials to choose from; there is one');
  const blocks = blocksFor(matrix.rows);
  if (blocks < LEAST_BLOCKS) {
    const least = LEAST_BLOCKS * DAYS_A_BLOCK;
    return none(`needs at least ${least} days; there are ${matrix.rows}`);
  }
  const { pbo, splits, lossProbability } = backtestOverfitting(matrix, { blocks });
  if (!Number.isFinite(pbo)) return none('a trial is no number, or rose by the same every day');
  const fewer = blocks < MOST_BLOCKS ? ` (not ${MOST_BLOCKS}: the history is short)` : '';
  const why =
    `${matrix.trials} trials, ${blocks} blocks${fewer}, ${splits} splits; the chosen lost money ` +
    `out of sample in ${shown(lossProbability)} of them`;
  return gateOf(what, pbo, (value) => value <= MOST_PBO, why);
}

/** The largest even number of blocks, 16 at most, that are long enough. */
export function blocksFor(days: number): number {
  const blocks = Math.floor(days / DAYS_A_BLOCK);
  return Math.min(MOST_BLOCKS, blocks - (blocks % 2));
}

function rowOf({ rows, values }: TrialMatrix, trial: number): Float64Array {
  return values.subarray(trial * rows, (trial + 1) * rows);
}
