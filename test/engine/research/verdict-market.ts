// A sweep without a market: daily returns of many trials of one idea, as a sweep over one threshold or
// stop would leave them. All trade much the same (their noise hangs together), and the farther a value
// is from the right one, the less of the edge is left.
//
//   trial k = edge x share_k + sqrt(rho) common noise + sqrt(1 - rho) own noise     share: 1 to `least`
//
// The edge is the true annual Sharpe ratio of the best trial.

import { gaussian, random } from '../../../engine/random.ts';
import { type Verdict, verdictOf } from '../../../engine/research/verdict.ts';
import { sharpesOf } from '../../../engine/statistics/trial-deflation.ts';
import { trialMatrix } from '../../../engine/statistics/trial-matrix.ts';

export interface SimulatedSweep {
  readonly seed: number;
  /** Annual Sharpe ratio of the edge; 0 = noise. */
  readonly edge: number;
  readonly trials?: number;
  readonly days?: number;
  /** Share of the edge that the worst trial has. */
  readonly least?: number;
  /** Correlation of the noise of two trials. */
  readonly rho?: number;
  /** Annual volatility of a trial and of the market. */
  readonly volatility?: number;
  readonly marketVolatility?: number;
}

/** The verdict on the best of a simulated sweep; costs are a hundredth of the volatility a day. */
export function verdictOfSweep(sweep: SimulatedSweep): Verdict {
  const { seed, edge, trials = 20, days = 730, least = 0.5, rho = 0.95 } = sweep;
  const { volatility = 0.6, marketVolatility = 0.6 } = sweep;
  const draw = random(seed, 'verdict/sweep');
  const daily = volatility / Math.sqrt(365);
  const noise = () => Float64Array.from({ length: days }, () => gaussian(draw));
  const common = noise();
  const columns = Array.from({ length: trials }, (_, k) => {
    const share = 1 - ((1 - least) * k) / Math.max(1, trials - 1);
    const drift = (share * edge) / Math.sqrt(365);
    const own = noise();
    return own.map(
      (x, t) => daily * (drift + Math.sqrt(rho) * common[t]! + Math.sqrt(1 - rho) * x),
    );
  });
  const benchmark = noise().map((x) => (x * marketVolatility) / Math.sqrt(365));
  const matrix = trialMatrix(columns);
  const sharpes = sharpesOf(matrix);
  const chosen = sharpes.indexOf(Math.max(...sharpes));
  const best = columns[chosen]!;
  return verdictOf({
    matrix,
    chosen,
    trials,
    observations: days,
    benchmark,
    doubledCosts: best.map((r) => r - 0.01 * daily),
    lateByOne: best.map((r) => 0.95 * r),
    lookahead: { clean: true, checked: days, what: null },
    worstFold: { depth: -0.1, limit: 0.3 },
    seed,
    resamples: 500,
  });
}
