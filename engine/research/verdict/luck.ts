// The gates against luck: what the best of many tries would show without any skill.
//
// Where a rule of the statistics is silent, the choice is the one that passes less: a trial that
// others carry over Hansen's test does not pass it itself.

import type { Column } from '../../market/column.ts';
import { autocorrelatedSharpe } from '../../statistics/autocorrelated-sharpe.ts';
import { minimumBacktestYears } from '../../statistics/deflated-sharpe.ts';
import { hedgedTrials } from '../../statistics/hedged-trials.ts';
import { moments } from '../../statistics/moments.ts';
import { minimumTrackRecord2012 } from '../../statistics/probabilistic-sharpe.ts';
import {
  falseDiscoveryRate,
  minimumTrackRecord2025,
  missProbability,
  observedFalseDiscoveryRate,
  probabilisticSharpe2025,
} from '../../statistics/probabilistic-sharpe-2025.ts';
import { realityCheck } from '../../statistics/reality-check.ts';
import { DAYS_PER_YEAR } from '../../statistics/returns.ts';
import type { Resampling } from '../../statistics/stationary-bootstrap.ts';
import {
  consistentPOf,
  superiorPredictiveAbility,
} from '../../statistics/superior-predictive-ability.ts';
import { type Deflation, deflateTrial } from '../../statistics/trial-deflation.ts';
import {
  isSound,
  lessShares,
  meansOf,
  type TrialMatrix,
  trialOf,
} from '../../statistics/trial-matrix.ts';
import { grouped } from '../../text.ts';
import { type Gate, gateOf, shown } from './gate.ts';
import type { VerdictInput } from './input.ts';

const LEAST_DEFLATED = 0.95;
const MOST_P = 0.05;
const CONFIDENCE = 0.95;
/** What is told of errors is told of a strategy of this true Sharpe ratio a year, one in ten of all tried. */
const GOOD_SHARPE = 1;
const PRIOR = 0.1;

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
  const remembering = autocorrelatedSharpe(trialOf(matrix, chosen));
  const why = deflationWords(found, remembering);
  return gateOf(what, found.deflated, (value) => value >= LEAST_DEFLATED, why);
}

function deflationWords(found: Deflation, remembering: number): string {
  const { sharpe, luck, trials, effectiveTrials, effectiveDeflated } = found;
  if (!Number.isFinite(found.deflated))
    return 'the trial never moved, or is too short or no number';
  const yearly = Math.sqrt(DAYS_PER_YEAR);
  return (
    `Sharpe ${shown(sharpe * yearly)} a year, ${shown(remembering)} where days remember (Lo); the best of ${grouped(trials)} worthless trials would show ` +
    `${shown(luck * yearly)}; over ${shown(effectiveTrials)} independent ones it is ` +
    `${shown(effectiveDeflated)}`
  );
}

/**
 * The days there are, against those that the chosen Sharpe ratio needs to be told from 0: the form of 2012,
 * which asks for more. Beside it the form of 2025, how often a good strategy is missed on so many days, and
 * how likely one that shows this much is worthless after all (probabilistic-sharpe-2025.ts).
 */
export function trackRecordGate({ matrix, chosen, trials, observations }: Judged): Gate {
  const name = 'track record';
  const rule = `at least as many days as show the Sharpe ratio to be above 0 at ${CONFIDENCE}`;
  const own = isSound(matrix) ? moments(trialOf(matrix, chosen)) : null;
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
  const yearly = Math.sqrt(DAYS_PER_YEAR);
  const test = {
    nullSharpe: 0,
    goodSharpe: GOOD_SHARPE / yearly,
    count: observations,
    skewness,
    kurtosis,
  };
  const missed = missProbability(test, 1 - CONFIDENCE);
  const beside = {
    days2025: Math.ceil(minimumTrackRecord2025(observed, 0, CONFIDENCE)),
    probabilisticSharpe2025: probabilisticSharpe2025({ ...observed, count: observations }),
    missProbability: missed,
    /** Of all that pass at this level on so many days; and of those that show exactly this. */
    worthlessOfPassing: falseDiscoveryRate(PRIOR, 1 - CONFIDENCE, missed),
    worthlessOfThese: observedFalseDiscoveryRate(test, observed.sharpe, PRIOR),
  };
  // Bailey et al. 2014: on less the best of so many worthless trials would show as much.
  const years = minimumBacktestYears(trials, observed.sharpe * yearly);
  const least = shown(Math.ceil((years ?? Number.NaN) * DAYS_PER_YEAR));
  const why =
    `${observations} days; ${days} are needed (${beside.days2025} by the form of 2025); on fewer than ` +
    `${least} the best of ${grouped(trials)} worthless trials is expected to show as much. So many days miss a true ` +
    `Sharpe ratio of ${GOOD_SHARPE} with probability ${shown(missed)}; if one in ` +
    `${1 / PRIOR} were that good, one that shows this would be worthless with probability ` +
    `${shown(beside.worthlessOfThese)}`;
  return gateOf({ ...what, threshold: days }, observations, (value) => value >= days, why, beside);
}

/**
 * Hansen's test, twice at 5 %: whoever passes both is better than either (an intersection-union test,
 * Berger, Technometrics 24/4, 1982), and no joint test would say more. Beside each stands White's reality
 * check of the best of all (reality-check.ts), which hopeless trials weaken.
 *
 * Against buy-and-hold it is asked of what holding does not explain (hedged-trials.ts), so that a small
 * position in a rising market is neither punished for being small nor rewarded for the rise; and the
 * chosen must have earned more than holding at the same risk, as things came. The raw difference would
 * mostly be the market's own luck: of two unrelated histories of two years, the difference in yearly
 * Sharpe ratios has a standard error of 1, whatever the skill.
 *
 * Who holds a part of a rising market passes every gate on total returns by the market alone. Of such noise
 * this gate lets pass about what its level says, one in twenty (22 of 400 simulated sweeps), and together
 * with the overfitting gate fewer (7 of the 400); what estimating beta adds is next to nothing, see there.
 */
export function superiorityGates(input: Judged, resampling: Resampling): [Gate, Gate] {
  const { matrix, chosen, benchmark } = input;
  const hedged = hedgedTrials(matrix, benchmark);
  const own = moments(trialOf(matrix, chosen));
  const held = moments(benchmark);
  const sharpe = own !== null && own.sd > 0 ? own.mean / own.sd : 0;
  const heldSharpe = held !== null && held.sd > 0 ? held.mean / held.sd : 0;
  const yearly = Math.sqrt(DAYS_PER_YEAR);
  const equal = superiorPredictiveAbility(lessBenchmarkAtRisk(matrix, benchmark), resampling);
  const note =
    `; Sharpe ${shown(sharpe * yearly)} against ${shown(heldSharpe * yearly)} of holding, beta ` +
    `${shown(hedged.beta[chosen]!)}; p ${shown(consistentPOf(equal, chosen))} as a plain difference ` +
    `at equal risk`;
  return [
    superiorityGate(
      {
        id: 'beats-buy-and-hold',
        name: 'better than buy-and-hold',
        rule: `p of Hansen's test below ${MOST_P} for what holding does not explain, and a higher Sharpe ratio`,
        threshold: MOST_P,
      },
      hedged.matrix,
      input,
      resampling,
      { isAhead: sharpe > heldSharpe, over: 'its share of holding', note },
    ),
    superiorityGate(
      {
        id: 'beats-flat',
        name: 'better than holding nothing',
        rule: `p of Hansen's test below ${MOST_P}`,
        threshold: MOST_P,
      },
      matrix,
      input,
      resampling,
      { isAhead: true, over: 'holding nothing', note: '' },
    ),
  ];
}

function superiorityGate(
  what: Parameters<typeof gateOf>[0],
  differences: TrialMatrix,
  { chosen }: Judged,
  resampling: Resampling,
  words: { readonly isAhead: boolean; readonly over: string; readonly note: string },
): Gate {
  const found = superiorPredictiveAbility(differences, resampling);
  const { statistic, best, meanBlock } = found;
  // Where there is no block length there is no test, which is no error here.
  const white =
    meanBlock >= 1 ? realityCheck(differences, { ...resampling, meanBlock }).p : Number.NaN;
  const own = consistentPOf(found, chosen);
  if (!Number.isFinite(own)) {
    return gateOf(what, Number.NaN, () => false, 'too few days, or a return that is no number');
  }
  const { isAhead, over, note } = words;
  const ahead = meansOf(differences)[chosen]!;
  const others =
    best === chosen || statistic === 0
      ? ''
      : `, ${shown(statistic)} of another than the chosen one`;
  const why =
    `T ${shown(found.t[chosen]!)}${others}; ${shown(ahead * DAYS_PER_YEAR)} a year ahead of ` +
    `${over}; runs of ${shown(meanBlock)} days; White's p of the best of all ${shown(white)}${note}`;
  const passes = (p: number) => p < MOST_P && ahead > 0 && isAhead;
  return gateOf(what, own, passes, why, { realityCheckP: white });
}

/** Trials less as much of buy-and-hold as moves like each does, at leverage where it must be. */
function lessBenchmarkAtRisk(matrix: TrialMatrix, benchmark: Column): TrialMatrix {
  const held = moments(benchmark)?.sd ?? 0;
  const shares = Array.from({ length: matrix.trials }, (_, k) => {
    const own = moments(trialOf(matrix, k))?.sd ?? 0;
    return held > 0 ? own / held : 0;
  });
  return lessShares(matrix, benchmark, shares);
}
