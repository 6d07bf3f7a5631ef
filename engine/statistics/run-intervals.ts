// How far the headline statistics of a run could have come out otherwise with days like its own: the
// facts beside the single numbers of performance.ts. Stationary bootstrap of UTC days with the
// automatic block length of Politis & White; percentile intervals.
//
// The estimate of each is the run's own statistic (a test holds them together), so only the bounds
// are kept. Where more than one resample in twenty lacks a statistic (no loss to divide by) there
// are none: null.

import { dayHistory, type HistoryInput } from './day-history.ts';
import {
  HEADLINES,
  type Headline,
  historyIntervals,
  TRADE_HEADLINES,
  type TradeHeadline,
} from './headline-bootstrap.ts';
import type { Interval } from './percentile-interval.ts';
import { finite } from './ratios.ts';

/** In the statistic's own unit. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** By statistic; null = not defined: under 9 days, nothing ever moved, no trade closed. */
export interface RunIntervals extends Readonly<Record<Headline | TradeHeadline, Bounds | null>> {
  /** Two-sided: 0.9 leaves 5 % of resamples below `lower` and 5 % above `upper`. */
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
  /** Mean length of the runs of days that were kept together; null where there are no intervals. */
  readonly meanBlockDays: number | null;
}

export const RUN_CONFIDENCE = 0.9;
export const RUN_RESAMPLES = 2000;

/** Intervals of a run; the same rows, trades and seed give the same bits. */
export function runIntervals(input: HistoryInput, seed: number): RunIntervals {
  const settings = { resamples: RUN_RESAMPLES, seed };
  const found = historyIntervals(dayHistory(input), settings, RUN_CONFIDENCE);
  const bounds = Object.fromEntries(
    [...HEADLINES, ...TRADE_HEADLINES].map((name) => [name, boundsOf(found[name])]),
  ) as Record<Headline | TradeHeadline, Bounds | null>;
  return {
    confidence: RUN_CONFIDENCE,
    ...settings,
    meanBlockDays: finite(found.meanBlock),
    ...bounds,
  };
}

function boundsOf({ lower, upper }: Interval): Bounds | null {
  return Number.isFinite(lower) && Number.isFinite(upper) ? { lower, upper } : null;
}
