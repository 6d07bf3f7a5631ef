// Runs a strategy over a small world in one call: for tests that look at orders, fills and equity.
//
//   targets('. 1 . 0')         the target exposure set at each row, `.` keeps; or by symbol
//   voter('ann', 'b.7 h s1')   BUY with confidence 0.7, HOLD, SELL; `.` abstains
//
// Both are silent after the last word. Stops are off unless a config asks for them.

import { Value } from 'typebox/value';
import type { Strategy } from '../../engine/agents/contract.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { type Config, ConfigSchema } from '../../engine/config/schema.ts';
import { defineStrategy } from '../../engine/index.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { Tray } from '../../engine/kernel/tray.ts';
import { Kernel } from '../../engine/kernel.ts';
import { Panel } from '../../engine/market/panel.ts';
import { type Run, type RunInput, runEvents, runLoop } from '../../engine/research/backtest.ts';
import type { RunLabels } from '../../engine/research/collect.ts';
import type { VenueSink } from '../../engine/simulation/sink.ts';
import { SimulatedVenue } from '../../engine/simulation/venue.ts';
import { START_MS } from './market.ts';

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
  // Charts are drawn without volumes in mind: an order gets what it wants unless a test says so.
  const world = { ...given.world, fills: { volumeShare: null, ...given.world?.fills } };
  return Value.Default(ConfigSchema, structuredClone({ ...given, world, decision })) as Config;
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
  changes: Partial<RunInput> = {},
): RunInput {
  const solo = strategies.length === 1 && strategies[0]!.decide !== undefined;
  const seats = strategies.map((strategy) => seat(strategy));
  return { panel, config: configOf(given), seats, solo, firstRow: 0, ...changes };
}

export function runOf(
  panel: Panel,
  strategies: readonly Strategy[],
  given: Partly<Config> = {},
  changes: Partial<RunInput> = {},
): Run {
  return runLoop(inputOf(panel, strategies, given, changes));
}

/** The loop of a backtest, stopping after every row when its intents have been carried out. */
export function eachRow(
  input: RunInput,
  visit: (kernel: Kernel, i: number) => void,
  onTray?: (tray: Tray, i: number, kernel: Kernel) => void,
): Run {
  const { panel, config, seats, solo, firstRow } = input;
  const { decision, world } = config;
  const { cashUsd } = world;
  const kernel = new Kernel({ panel, decision, cashUsd, seed: config.seed, seats, solo, firstRow });
  const venue = new SimulatedVenue(panel, world, config.seed, kernel);
  for (let i = 0; i < panel.length; i++) {
    venue.meet(i);
    kernel.onRow(i);
    onTray?.(kernel.tray, i, kernel);
    venue.take(kernel.tray, kernel.nowMs);
    kernel.tray.clear();
    visit(kernel, i);
  }
  return { kernel, venue, answering: null };
}

// ---- strategies that say what is written -------------------------------------------------------

type Script = string | Readonly<Record<string, string>>;

function wordAt(script: Script, symbol: string, i: number): string {
  const text = typeof script === 'string' ? script : (script[symbol] ?? '');
  return text.trim().split(/\s+/)[i] || '.';
}

/** Sets the target exposures of the script; see the head of this file. */
export function targets(script: Script): Strategy {
  return defineStrategy({
    name: 'scripted-targets',
    decide: ({ symbol, i }) => {
      const word = wordAt(script, symbol, i);
      return word === '.' ? undefined : Number(word);
    },
  });
}

/** Casts the votes of the script; see the head of this file. */
export function voter(name: string, script: Script, more: Partial<Strategy> = {}): Strategy {
  return defineStrategy({
    ...more,
    name,
    analyze: (view) => {
      const word = wordAt(script, view.symbol, view.i);
      if (word === '.') return null;
      const action = word[0] === 'b' ? 'BUY' : word[0] === 's' ? 'SELL' : 'HOLD';
      return view.vote(action, Number(word.slice(1) || 1));
    },
  });
}

// ---- worlds ------------------------------------------------------------------------------------

/** Nothing costs anything, one position may take all equity and no venue asks for margin. */
export const FREE: Partly<Config> = Object.freeze({
  decision: { risk: { maxPositionFraction: 1 } },
  world: { takerFeeBps: 0, slippageBps: 0, margin: { enabled: false } },
});

/** `FREE` with more of the risk part. */
export function freeWith(risk: Partly<Config['decision']['risk']>): Partly<Config> {
  return { ...FREE, decision: { risk: { maxPositionFraction: 1, ...risk } } };
}

/** `FREE`, every entry staking this share of equity, for votes. */
export function staking(
  notionalFraction: number,
  risk: Partly<Config['decision']['risk']> = {},
): Partly<Config> {
  return freeWith({ sizing: { rule: 'fixed-fraction', notionalFraction }, ...risk });
}

/** The panel with funding: by symbol, pairs of (hours after the start, rate). */
export function withFunding(
  panel: Panel,
  stamps: Readonly<Record<string, readonly (readonly [hours: number, rate: number])[]>>,
): Panel {
  const legs = panel.legs.map((leg) => {
    const pairs = stamps[leg.instrument.symbol] ?? [];
    const atMs = Float64Array.from(pairs, ([hours]) => START_MS + hours * HOUR_MS);
    return { ...leg, funding: { atMs, rate: Float64Array.from(pairs, ([, rate]) => rate) } };
  });
  return new Panel(panel.intervalMs, panel.openMs, legs, panel.series, panel.length);
}

/** Hears every answer of a venue and does nothing. */
export const DEAF: VenueSink = Object.freeze({
  onFill: () => {},
  onCancel: () => {},
  onExpire: () => {},
  onReject: () => {},
  onUnknown: () => {},
  onAccept: () => {},
  onAmend: () => {},
  onFunding: () => {},
  onLiquidation: () => {},
  onProbe: () => {},
});

/** What a run is called where nothing depends on it. */
export const LABELS: RunLabels = Object.freeze({
  configDigest: '',
  strategyDigest: '',
  dataDigest: '',
  legDigests: [],
  synthetic: false,
  strategy: '',
  sentiment: '',
});

// ---- what came of it ---------------------------------------------------------------------------

export interface Fill {
  readonly row: number;
  readonly leg: number;
  readonly qty: number;
  readonly price: number;
}

/** Every fill, in order. */
export function fillsOf({ kernel }: Run): Fill[] {
  const { row, leg, qty, price } = kernel.fills.columns;
  return Array.from({ length: kernel.fills.length }, (_, k) => ({
    row: row[k]!,
    leg: leg[k]!,
    qty: qty[k]!,
    price: price[k]!,
  }));
}

/** Every fill as `row: qty @ price`, with the leg before it where there are several. */
export function fillTexts(run: Run): string[] {
  const { legs } = run.kernel.panel;
  return fillsOf(run).map(({ row, leg, qty, price }) => {
    const symbol = legs.length > 1 ? `${legs[leg]!.instrument.symbol} ` : '';
    return `${row}: ${symbol}${+qty.toFixed(6)} @ ${+price.toFixed(6)}`;
  });
}

/** Equity at the close of each row. */
export function equityOf({ kernel }: Run): number[] {
  return Array.from(kernel.equityUsd.subarray(0, kernel.row));
}

export { runEvents, runLoop };
