// The two workloads through the kernel, as a backtest runs them: fresh panel, indicators included.

import { readFileSync } from 'node:fs';
import type { SeatSpec } from '../engine/agents/seat.ts';
import { mergeLayers } from '../engine/config/layers.ts';
import type { Config } from '../engine/config/schema.ts';
import { loadSeats } from '../engine/host/load.ts';
import type { CandleArrays } from '../engine/market/column.ts';
import { foreseen, type Run, runLoop } from '../engine/research/backtest.ts';
import { fundingOf, panelOf } from './workload.ts';

export interface Workload {
  readonly config: Config;
  readonly seats: readonly SeatSpec[];
  readonly solo: boolean;
}

/** SMA(10)/SMA(20), all in, filled whole at the next open, no costs: what the bare loop does. */
export async function smaCross(): Promise<Workload> {
  return load([
    ['decision.strategy', 'sma-cross'],
    ['decision.parameters.fast', 10],
    ['decision.parameters.slow', 20],
    ['decision.risk.sizeAt', 'fill'],
    ['decision.risk.maxPositionFraction', 1],
    ['decision.risk.atrStop.enabled', false],
    ['decision.risk.trailingStop.enabled', false],
    ['world.slippageBps', 0],
    ['world.funding', false],
    ['world.fills.volumeShare', null],
  ]);
}

/** The shipped swarm of four agents, as it is. */
export async function swarm(): Promise<Workload> {
  const file = new URL('../strategies/configs/swarm.json', import.meta.url);
  const values = JSON.parse(readFileSync(file, 'utf8'));
  const { config } = mergeLayers([{ origin: 'file swarm.json', values }]);
  return { config, ...(await loadSeats(config.decision, process.cwd())) };
}

/**
 * The same with everything of a market turned on: funding every eight hours, latency both ways, an
 * estimated spread, square-root impact, a volume cap, trailing stops.
 */
export async function swarmInMarket(): Promise<Workload> {
  const { config, seats, solo } = await swarm();
  const { world } = config;
  const latency = { model: 'uniform' as const, ms: 50, maxMs: 300, samples: [] as number[] };
  const changed = {
    ...world,
    latency: { ...world.latency, entry: latency, response: latency },
    costs: { ...world.costs, spread: 'edge' as const, impact: 'square-root' as const },
  };
  return { config: { ...config, world: changed }, seats, solo };
}

/** The shipped swarm with memory at its usual depth and weights that are earned. */
export async function swarmThatLearns(): Promise<Workload> {
  const { config, seats, solo } = await swarm();
  const { consensus, memory } = config.decision;
  const decision = {
    ...config.decision,
    consensus: { ...consensus, weighting: 'performance' as const },
    memory: { ...memory, enabled: true },
  };
  return { config: { ...config, decision }, seats, solo };
}

/** One whole run over the candles. */
export function run(candles: CandleArrays, { config, seats, solo }: Workload): Run {
  const panel = panelOf(candles, fundingOf(candles));
  return runLoop(foreseen({ panel, config, seats, solo, firstRow: 0 }));
}

async function load(assignments: readonly (readonly [string, unknown])[]): Promise<Workload> {
  const { config } = mergeLayers([{ origin: 'bench', assignments }]);
  return { config, ...(await loadSeats(config.decision, process.cwd())) };
}
