// How much of the promised capital trades: it begins small, grows when a stage went well, shrinks when
// it did not. A pure function of what happened, so that a restart comes to the same stage.

import type { Config } from '../../engine/config/schema.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import type { Place, Stage } from './document.ts';

export interface StageWishes {
  /** Shares of the capital, increasing, the last one 1. */
  readonly shares: readonly number[];
  /** Days at a stage before the next. */
  readonly days: number;
  readonly maxDrawdown: number;
}

/** Half of the limit bars the way up, three quarters of it lead down. */
export function stagesFor({ shares, days, maxDrawdown }: StageWishes): Record<string, Stage> {
  const stages = shares.map((share, k): Stage => {
    const isLast = k === shares.length - 1;
    return {
      share,
      days: isLast ? 0 : days,
      upWithin: maxDrawdown / 2,
      downBeyond: (maxDrawdown * 3) / 4,
    };
  });
  return Object.fromEntries(stages.map((stage, k) => [String(k + 1), stage]));
}

/** What a place trades with at a stage, USD. */
export function stakeAt({ share }: Pick<Stage, 'share'>, { capitalUsd }: Stake): number {
  return Number((share * capitalUsd).toFixed(8));
}

type Stake = Pick<Place, 'venue' | 'capitalUsd'>;

/** The cash of a world at a stage: at the primary place, the first one, and at each fallback. */
export function cashAt(
  stage: Pick<Stage, 'share'>,
  [primary, ...fallbacks]: readonly Stake[],
  { venues }: Pick<Config['world'], 'venues'>,
): Pick<Config['world'], 'cashUsd' | 'venues'> {
  const there = fallbacks.map((one) => {
    return [one.venue, { ...venues[one.venue], cashUsd: stakeAt(stage, one) }] as const;
  });
  const cashUsd = stakeAt(stage, primary!);
  return { cashUsd, venues: { ...venues, ...Object.fromEntries(there) } as typeof venues };
}

/** The most that one entry can be, USD: what no sizing gets beyond. */
export function largestEntryUsd(
  risk: Config['decision']['risk'],
  { symbol, maxLeverage }: Pick<Instrument, 'symbol' | 'maxLeverage'>,
  equityUsd: number,
  venueUsd: number,
): number {
  const share = Math.min(
    risk.maxPositionFraction,
    risk.maxLeverage[symbol] ?? Number.POSITIVE_INFINITY,
    risk.maxExposure,
    maxLeverage,
  );
  return Math.min(share * equityUsd, venueUsd * maxLeverage);
}

/** What a stretch of trading at one stage came to. */
export interface StageRecord {
  /** Time that was traded on fresh candles, ms. */
  readonly tradedMs: number;
  /** The deepest fall from the stage's peak, a fraction >= 0. */
  readonly drawdown: number;
  /** Positions always were the venue's, and decisions those of the backtest. */
  readonly isClean: boolean;
}

export type Step = 'up' | 'stay' | 'down' | 'halt';

/**
 * Where a stage leads. NaN is never in favour: what is not known to be within a limit is beyond it.
 * Going up takes all that the stage asks for; going down takes one thing.
 */
export function stepOf(
  stage: Stage,
  record: StageRecord,
  maxDrawdown: number,
  isFirst: boolean,
): Step {
  const { tradedMs, drawdown, isClean } = record;
  if (!(drawdown < maxDrawdown)) return 'halt';
  if (!(drawdown <= stage.downBeyond)) return isFirst ? 'stay' : 'down';
  const isLast = stage.days === 0;
  const isLongEnough = tradedMs >= stage.days * DAY_MS;
  if (!isLast && isLongEnough && isClean && drawdown <= stage.upWithin) return 'up';
  return 'stay';
}
