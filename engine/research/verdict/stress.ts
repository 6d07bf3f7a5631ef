// The same config in a worse world: everything that is paid to trade doubled, or every order later.

import type { Config } from '../../config/schema.ts';

/** The most that a config takes: an hour of latency. */
const MOST_LATENCY_MS = 3_600_000;

/** Fees, spread and impact twice what they were; a rebate stays as it is, and funding is no cost of trading. */
export function doubledCosts(config: Config): Config {
  const { world } = config;
  const costs = { ...world.costs, multiple: 2 * world.costs.multiple };
  return { ...config, world: { ...world, costs } };
}

/** Every order reaches its venue one base candle (`intervalMs`) later; an hour at most. */
export function lateByOne(config: Config, intervalMs: number): Config {
  const { world } = config;
  const { entry } = world.latency;
  const stepMs = Math.min(intervalMs, MOST_LATENCY_MS);
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
  return { ...config, world: { ...world, latency, venues } };
}
