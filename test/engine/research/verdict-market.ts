// A sweep without a market: daily returns of many trials of one idea, as a sweep over one threshold or
// stop would leave them. All trade much the same (their noise hangs together), and the farther a value
// is from the right one, the less of the edge is left.
//
//   trial k = edge x share_k + sqrt(rho) common noise + sqrt(1 - rho) own noise     share: 1 to `least`
//             + held x market
//
// The edge is the true annual Sharpe ratio of the best trial, without what it holds of the market.

import { gaussian, type Random, random } from '../../../engine/random.ts';
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
  /** True annual Sharpe ratio of the market, and the share of it that every trial always holds. */
  readonly marketSharpe?: number;
  readonly held?: number;
  /** Autocorrelation of all noise from day to day. */
  readonly memory?: number;
  /** Noise with the tails of a Student t of 4 degrees of freedom. */
  readonly fatTails?: boolean;
}

/** The verdict on the best of a simulated sweep; costs are a hundredth of the volatility a day. */
export function verdictOfSweep(sweep: SimulatedSweep): Verdict {
  const { seed, edge, trials = 20, days = 730, least = 0.5, rho = 0.95 } = sweep;
  const { volatility = 0.6, marketVolatility = 0.6, marketSharpe = 0, held = 0 } = sweep;
  const { memory = 0, fatTails = false } = sweep;
  const draw = random(seed, 'verdict/sweep');
  const daily = volatility / Math.sqrt(365);
  const shock = () => (fatTails ? studentOf4(draw) : gaussian(draw));
  const noise = () => {
    let last = shock();
    return Float64Array.from({ length: days }, () => {
      last = memory * last + Math.sqrt(1 - memory * memory) * shock();
      return last;
    });
  };
  const common = noise();
  const market = noise().map(
    (x) => (marketVolatility * (x + marketSharpe / Math.sqrt(365))) / Math.sqrt(365),
  );
  const columns = Array.from({ length: trials }, (_, k) => {
    const share = 1 - ((1 - least) * k) / Math.max(1, trials - 1);
    const drift = (share * edge) / Math.sqrt(365);
    const own = noise();
    return own.map(
      (x, t) =>
        daily * (drift + Math.sqrt(rho) * common[t]! + Math.sqrt(1 - rho) * x) + held * market[t]!,
    );
  });
  const matrix = trialMatrix(columns);
  const sharpes = sharpesOf(matrix);
  const chosen = sharpes.indexOf(Math.max(...sharpes));
  const best = columns[chosen]!;
  return verdictOf({
    matrix,
    chosen,
    trials,
    observations: days,
    benchmark: market,
    doubledCosts: best.map((r) => r - 0.01 * daily),
    lateByOne: best.map((r) => 0.95 * r),
    lookahead: { clean: true, checked: days, what: null },
    worstFold: { depth: -0.1, limit: 0.3 },
    seed,
    resamples: 500,
  });
}

/** Student t of 4 degrees of freedom at variance 1: a normal over the root of a chi-square. */
export function studentOf4(draw: Random): number {
  const chi = -2 * Math.log((1 - draw()) * (1 - draw()));
  return gaussian(draw) / Math.sqrt(chi / 2);
}
