// Runs a strategy over a small world in one call: for tests that look at orders, fills and equity.

import { Value } from 'typebox/value';
import type { Strategy } from '../../engine/agents/contract.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { type Config, ConfigSchema } from '../../engine/config/schema.ts';
import type { Panel } from '../../engine/market/panel.ts';
import { type Run, type RunInput, runEvents, runLoop } from '../../engine/research/backtest.ts';

/** Parts of a config, nested as deep as one likes. */
export type Partly<T> = T extends object ? { readonly [K in keyof T]?: Partly<T[K]> } : T;

/** A whole config with defaults under what is given; stops are off unless asked for. */
export function configOf(given: Partly<Config> = {}): Config {
  const risk = {
    atrStop: { enabled: false },
    trailingStop: { enabled: false },
    ...given.decision?.risk,
  };
  const decision = { ...given.decision, risk };
  return Value.Default(ConfigSchema, structuredClone({ world: {}, ...given, decision })) as Config;
}

export function seat(strategy: Strategy, weight = 1): SeatSpec {
  const specs = Object.entries(strategy.parameters ?? {}) as [string, { default: number }][];
  const parameters = Object.fromEntries(specs.map(([name, spec]) => [name, spec.default]));
  return { id: strategy.name, weight, strategy, parameters };
}

export function inputOf(
  panel: Panel,
  strategies: readonly Strategy[],
  given: Partly<Config> = {},
): RunInput {
  const solo = strategies.length === 1 && strategies[0]!.decide !== undefined;
  const seats = strategies.map((strategy) => seat(strategy));
  return { panel, config: configOf(given), seats, solo, firstRow: 0 };
}

export function runOf(
  panel: Panel,
  strategies: readonly Strategy[],
  given: Partly<Config> = {},
): Run {
  return runLoop(inputOf(panel, strategies, given));
}

export { runEvents, runLoop };
