// One number for a dataset, 0 to 100, and what it lost its points for.
//
// The rules are few and stated (RULES), so that a score can be worked out by hand from the findings.
// Points are not probabilities: 100 means that nothing was found, not that nothing is wrong.

import type { CandleColumns } from '../../engine/market/column.ts';
import { type Known, type QualityReport, qualityOf } from '../quality.ts';
import type { Comparison } from './compare.ts';

export interface Loss {
  readonly what: string;
  readonly points: number;
}

export interface Score {
  /** 0 to 100, to a tenth. */
  readonly score: number;
  readonly losses: readonly Loss[];
}

/**
 * What a finding costs, in words. Shares are of the rows from the first to the last, without those that
 * the source, when it was asked, had not either.
 */
export const RULES: readonly (readonly [what: string, rule: string])[] = [
  ['missing candles', '5 points a per cent, at most 40'],
  ['stale candles', '1 point a per cent of candles in runs of ten or more equal ones, at most 30'],
  ['no volume', 'half a point a per cent, at most 20'],
  ['spikes', '2 points for each close far off and back again in 10,000 candles, at most 20'],
  ['listing breaks', '10 points each, at most 20'],
  ['wrong unit', '30 points'],
  ['impossible rows', 'all 100 points'],
  ['missing funding', '1 point a per cent of stamps, at most 10'],
  ['missing values', '1 point a per cent of a series that comes at a step, at most 10'],
  [
    'another venue',
    '1 point a per cent of closes more than 3 % off, at most 30; volume in another unit 30',
  ],
];

/** The score of a report, and of a comparison with another venue where there is one. */
export function scoreOf(report: QualityReport, against: Comparison | null = null): Score {
  const { candles, missing, zeroVolume, frozenRuns, outliers, relistings, wrongUnit } = report;
  const span = Math.max(1, candles + missing);
  const stale = frozenRuns.reduce((sum, run) => sum + run.candles, 0);
  const spikes = outliers.filter(({ reason }) => reason.includes('back again')).length;
  const { funding } = report;
  const stamps = funding === null ? 0 : pointsMissing(funding.stamps, funding.missing);
  const bad =
    report.impossible + report.nan + report.duplicates + report.unordered + report.offGrid;
  const all: Loss[] = [
    { what: 'missing candles', points: Math.min(40, (500 * missing) / span) },
    { what: 'stale candles', points: Math.min(30, (100 * stale) / span) },
    { what: 'no volume', points: Math.min(20, (50 * zeroVolume) / span) },
    { what: 'spikes', points: Math.min(20, (2 * spikes * 10_000) / Math.max(10_000, span)) },
    { what: 'listing breaks', points: Math.min(20, 10 * relistings.length) },
    { what: 'wrong unit', points: wrongUnit.length > 0 ? 30 : 0 },
    { what: 'impossible rows', points: bad > 0 ? 100 : 0 },
    { what: 'missing funding', points: stamps },
    { what: 'another venue', points: against === null ? 0 : pointsOf(against) },
  ];
  return scoreFrom(all);
}

/** The score of rows of which only the number is judged. */
export function scoreOfRows(
  what: 'missing funding' | 'missing values',
  rows: number,
  missing: number,
): Score {
  return scoreFrom([{ what, points: pointsMissing(rows, missing) }]);
}

/** Score of what a run reads; outliers are told from a sample of the moves, as it must be quick. */
export function quickScore(candles: CandleColumns, intervalMs: number, known: Known = {}): Score {
  const funding = known.funding?.atMs.length ? known.funding : undefined;
  return scoreOf(
    qualityOf(candles, intervalMs, { ...known, funding, sampledMoves: SAMPLED_MOVES }),
  );
}

const SAMPLED_MOVES = 4096;

function scoreFrom(all: readonly Loss[]): Score {
  const losses = all.filter(({ points }) => points >= 0.05);
  const lost = losses.reduce((sum, { points }) => sum + points, 0);
  return { score: Math.max(0, Math.round(10 * (100 - lost)) / 10), losses };
}

function pointsMissing(rows: number, missing: number): number {
  return Math.min(10, (100 * missing) / Math.max(1, rows + missing));
}

function pointsOf({ compared, apart, isVolumeInQuote }: Comparison): number {
  const share = compared === 0 ? 0 : apart.length / compared;
  return Math.min(30, 100 * share) + (isVolumeInQuote ? 30 : 0);
}
