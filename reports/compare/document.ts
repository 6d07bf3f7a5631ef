// A comparison as one JSON document: the numbers of the page, undefined ones as null.

import type { RunResult } from '../../engine/research/result.ts';
import type { Interval } from '../../engine/statistics/percentile-interval.ts';
import { RESAMPLING } from './pairing.ts';
import { compareView } from './view.ts';

/** Differences are a later run's less those of the first. */
export function compareDocument(runs: readonly RunResult[]) {
  const view = compareView(runs);
  const byPath = (list: typeof view.config) =>
    Object.fromEntries(list.map(({ path, values }) => [path, values.map((one) => one ?? null)]));
  return {
    config: byPath(view.config),
    ground: byPath(view.ground),
    numbers: Object.fromEntries(
      view.numbers.map(({ key, values, differences }) => [
        key,
        { values: values.map((value) => value ?? null), differences },
      ]),
    ),
    resampling: RESAMPLING,
    pairs: view.pairs.map(({ letter, pairing, overlap, isSameRun, isToldApart, verdict }) => ({
      run: letter,
      isSameRun,
      days: pairing.difference.days,
      daysMs: pairing.daysMs,
      yearly: intervalOf(pairing.difference.yearly),
      sharpe: intervalOf(pairing.difference.sharpe),
      p: finite(pairing.difference.p),
      isToldApart,
      verdict,
      trades: overlap,
    })),
    cautions: view.cautions,
  };
}

function intervalOf({ estimate, lower, upper, confidence }: Interval) {
  return { estimate: finite(estimate), lower: finite(lower), upper: finite(upper), confidence };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
