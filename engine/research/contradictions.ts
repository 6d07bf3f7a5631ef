// The rules between config values that need to know what an algorithm, a fee table or a latency model
// can do. The config room may not look up here, so they are handed to it: see `more` of checkConfig.
//
// `executionProblems` comes twice: with the config, where its base interval may be unknown, and again
// once the store has said what the base candles are.

import type { Rule } from '../config/contradictions.ts';
import type { Config, ExecutionConfig } from '../config/schema.ts';
import { nearest, type Problem } from '../errors.ts';
import { checkSettings } from '../execution/algorithms/list.ts';
import { checkSelection } from '../execution/algorithms/select.ts';
import { intervalMs } from '../interval.ts';
import { ladderProblems } from '../risk/take-profit.ts';
import { FEE_SCHEDULE_NAMES } from '../simulation/costs/fee-schedules.ts';
import { checkTiers } from '../simulation/costs/fees.ts';
import { checkLatency } from '../simulation/costs/latency.ts';

const execution = 'decision.execution';
const ladder = 'decision.risk.takeProfit.ladder';
const tiers = 'world.fees.tiers';

/** To be given to `checkConfig` or `mergeLayers` wherever a config is about to be run. */
export const CONTRADICTIONS: readonly Rule[] = Object.freeze([
  {
    keys: [ladder],
    find: ({ decision }) => ladderProblems(decision.risk.takeProfit.ladder, ladder),
  },
  {
    keys: [tiers],
    find: ({ world: { fees } }) =>
      Object.keys(fees.tiers).length === 0 ? [] : checkTiers(tiers, fees.tiers),
  },
  {
    keys: ['world.fees.schedule', 'world.venues'],
    find: ({ world: { fees, venues } }) => [
      ...scheduleProblems('world.fees.schedule', fees.schedule),
      ...Object.entries(venues).flatMap(([name, venue]) =>
        scheduleProblems(`world.venues.${name}.feeSchedule`, venue.feeSchedule),
      ),
    ],
  },
  {
    // Told again with the store, where the primary may be known although nobody named it.
    keys: ['world.venue', 'world.fallbacks'],
    find: ({ world: { venue, fallbacks } }) => {
      if (venue === null || !fallbacks.includes(venue)) return [];
      const rule = `must not hold world.venue (${venue}): it is the one they stand in for`;
      return [{ key: 'world.fallbacks', rule, value: fallbacks }];
    },
  },
  ...(['entry', 'response', 'feed'] as const).map((way) => ({
    keys: [`world.latency.${way}`],
    find: ({ world }: Config) => checkLatency(`world.latency.${way}`, world.latency[way]),
  })),
  {
    keys: [execution, 'world.interval'],
    find: ({ decision, world }) => {
      const baseMs = world.interval === null ? 0 : intervalMs(world.interval);
      return executionProblems(decision.execution, baseMs);
    },
  },
] satisfies Rule[]);

function scheduleProblems(key: string, value: string | null): Problem[] {
  if (value === null || FEE_SCHEDULE_NAMES.includes(value)) return [];
  const rule = `must be one of ${FEE_SCHEDULE_NAMES.join(', ')} or null`;
  return [{ key, rule, value, nearest: nearest(value, FEE_SCHEDULE_NAMES) }];
}

/**
 * What the algorithms that may be used cannot do on base candles of `baseMs` (0 = not known yet);
 * settings of the others are nobody's concern.
 */
export function executionProblems(config: ExecutionConfig, baseMs: number): Problem[] {
  const { algorithm, selection } = config;
  if (algorithm === 'market') return [];
  const settings = checkSettings(config, baseMs, execution);
  if (algorithm !== 'auto') {
    const others = ['twap', 'vwap', 'iceberg', 'sniper'].filter((name) => name !== algorithm);
    const isUsed = ({ key }: Problem) =>
      !others.some((name) => key.startsWith(`${execution}.${name}.`));
    return settings.filter(isUsed);
  }
  const { smallShare, largeShare, volatility: volatilityThreshold } = selection;
  const matrix = { smallShare, largeShare, volatilityThreshold };
  return [...settings, ...checkSelection(matrix, `${execution}.selection`)];
}
