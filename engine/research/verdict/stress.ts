// The same config in a worse world: everything that is paid to trade doubled, or every order later.
// Only costs that a config or an instrument states can be doubled; where one is estimated or lies in a
// schedule of one venue, the reason is given and nothing is made up.

import type { Config } from '../../config/schema.ts';
import { feeSchedule } from '../../simulation/costs/fee-schedules.ts';
import type { PanelColumns } from '../sweep/slice.ts';

export interface Stress {
  readonly config: Config;
  readonly columns: PanelColumns;
}

/** The most that a config takes: an hour of latency. */
const MOST_LATENCY_MS = 3_600_000;

/**
 * Fees, slippage and impact twice what they were (a rebate stays as it is; funding is no cost of
 * trading). A text says why they cannot be doubled.
 */
export function doubledCosts(config: Config, columns: PanelColumns): Stress | string {
  const { world } = config;
  const { costs, fees, venues } = world;
  if (costs.spread !== 'fixed') return 'a spread estimated from candles cannot be doubled';
  if (Object.values(venues).some(({ feeSchedule: own }) => own !== null)) {
    return 'the fee schedule of a single venue cannot be doubled';
  }
  const tiers =
    fees.schedule === null ? Object.values(fees.tiers) : feeSchedule(fees.schedule).tiers;
  const doubled = {
    ...world,
    ...rates(world),
    slippageBps: twice(world.slippageBps),
    costs: { ...costs, impactCoefficient: twice(costs.impactCoefficient) },
    fees: {
      schedule: null,
      tiers: Object.fromEntries(
        tiers.map(({ fromVolumeUsd, makerBps, takerBps }, k) => [
          `doubled-${k}`,
          { fromVolumeUsd, makerBps: twice(makerBps), takerBps: twice(takerBps) },
        ]),
      ),
    },
    venues: Object.fromEntries(
      Object.entries(venues).map(([name, venue]) => [name, { ...venue, ...rates(venue) }]),
    ),
  };
  const legs = columns.legs.map((leg) => {
    const { makerFeeBps, takerFeeBps } = leg.instrument;
    const instrument = {
      ...leg.instrument,
      makerFeeBps: twice(makerFeeBps),
      takerFeeBps: twice(takerFeeBps),
    };
    return { ...leg, instrument };
  });
  return { config: { ...config, world: doubled }, columns: { ...columns, legs } };
}

/** Every order reaches its venue one base candle later; an hour at most. */
export function lateByOne(config: Config, columns: PanelColumns): Stress {
  const { world } = config;
  const { entry } = world.latency;
  const stepMs = Math.min(columns.intervalMs, MOST_LATENCY_MS);
  const later = {
    none: { ...entry, model: 'constant' as const, ms: stepMs },
    constant: { ...entry, ms: entry.ms + stepMs },
    uniform: { ...entry, ms: entry.ms + stepMs, maxMs: entry.maxMs + stepMs },
    empirical: { ...entry, samples: entry.samples.map((ms) => ms + stepMs) },
  }[entry.model];
  const venues = Object.fromEntries(
    Object.entries(world.venues).map(([name, venue]) => {
      const { latencyMs } = venue;
      return [name, { ...venue, latencyMs: latencyMs === null ? null : latencyMs + stepMs }];
    }),
  );
  const latency = { ...world.latency, entry: later };
  return { config: { ...config, world: { ...world, latency, venues } }, columns };
}

interface Rates {
  readonly takerFeeBps: number | null;
  readonly makerFeeBps: number | null;
}

function rates({ takerFeeBps, makerFeeBps }: Rates): Rates {
  return {
    takerFeeBps: takerFeeBps === null ? null : twice(takerFeeBps),
    makerFeeBps: makerFeeBps === null ? null : twice(makerFeeBps),
  };
}

/** What is received stays as it is. */
function twice(amount: number): number {
  return amount > 0 ? 2 * amount : amount;
}
