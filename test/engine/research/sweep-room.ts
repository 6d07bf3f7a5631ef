// A small history to sweep over, and a run of any config over any range of it that knows nothing of
// sweeps: what the reader of a store would give for that range, built and run alone.

import type { Strategy } from '../../../engine/agents/contract.ts';
import { warmupCandles } from '../../../engine/agents/seat.ts';
import { parseInstant } from '../../../engine/config/instant.ts';
import type { Config } from '../../../engine/config/schema.ts';
import { defineStrategy, ema, sma } from '../../../engine/index.ts';
import { HOUR_MS, intervalOr } from '../../../engine/interval.ts';
import { candleArrays } from '../../../engine/market/column.ts';
import { buildPanel, type LegInput, type Panel } from '../../../engine/market/panel.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { type Run, runLoop } from '../../../engine/research/backtest.ts';
import { STATISTICS } from '../../../engine/research/sweep/outcome.ts';
import { parameterPaths } from '../../../engine/research/sweep/paths.ts';
import {
  longestWarmup,
  type PlanGround,
  type WarmupOf,
} from '../../../engine/research/sweep/plan.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import { compileSweep, type Sweep, type SweepSpec } from '../../../engine/research/sweep/spec.ts';
import {
  type StrategyBook,
  seatsOf,
  type TrialGround,
} from '../../../engine/research/sweep/trial.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { configOf, type Partly } from '../../support/run.ts';

export const ROWS = 600;

/** Long while the close is above a slow mean that remembers everything, by how far it is. */
export const follower: Strategy = defineStrategy({
  name: 'follower',
  parameters: {
    slow: { default: 20, min: 2, max: 300, integer: true },
    fast: { default: 5, min: 1, max: 300, integer: true },
    size: { default: 0.5, min: 0, max: 1 },
  },
  // An EMA depends on where its history begins, so a wrong first row would show.
  features: (p) => ({ slow: ema(p.slow), fast: sma(p.fast) }),
  decide: ({ features: { slow, fast }, i, parameters }) => {
    const gap = fast![i]! - slow![i]!;
    return gap > 0 ? parameters.size : gap < 0 ? 0 : undefined;
  },
});

export const contrarian: Strategy = defineStrategy({
  name: 'contrarian',
  features: () => ({ mean: sma(12) }),
  decide: ({ features: { mean }, columns: { close }, i }) =>
    close[i]! < 0.97 * mean![i]! ? 0.4 : close[i]! > mean![i]! ? 0 : undefined,
});

export const thrower: Strategy = defineStrategy({
  name: 'thrower',
  decide: ({ i }) => {
    if (i === 40) throw new TypeError('no luck');
    return undefined;
  },
});

export const BOOK: StrategyBook = new Map(
  [follower, contrarian, thrower].map((strategy) => [strategy.name, strategy]),
);

/** BTC from the start with a hole, ETH listed later; funding for BTC. */
export function history(): LegInput[] {
  return ['BTC', 'ETH'].map((symbol, k) => {
    const draw = random(11, symbol);
    const rows = Array.from({ length: ROWS }, (_, i) => i).filter((i) => {
      return k === 0 ? i < 200 || i > 208 : i >= 90;
    });
    const candles = candleArrays(rows.length);
    let price = 100 * (k + 1);
    rows.forEach((i, at) => {
      const close = price * Math.exp(0.02 * gaussian(draw));
      candles.openMs[at] = START_MS + i * HOUR_MS;
      candles.open[at] = price;
      candles.close[at] = close;
      candles.high[at] = Math.max(price, close) * 1.002;
      candles.low[at] = Math.min(price, close) * 0.998;
      candles.volume[at] = 1e6 * draw();
      price = close;
    });
    const stamps = k === 0 ? ROWS / 8 : 0;
    const atMs = Float64Array.from({ length: stamps }, (_, n) => START_MS + n * 8 * HOUR_MS);
    const funding = { atMs, rate: Float64Array.from(atMs, () => 0.001 * (draw() - 0.5)) };
    return { instrument: instrumentOf(symbol), candles, funding };
  });
}

export const warmupOf: WarmupOf = ({ decision }, seats, baseMs) =>
  Math.max(
    ...seats.map((seat) => warmupCandles(seat, intervalOr(decision.interval, baseMs), baseMs)),
  );

/** The base config, deciding by `follower`. */
export function baseConfig(given: Partly<Config> = {}): Config {
  const config = configOf({
    ...given,
    decision: {
      strategy: 'follower',
      ...given.decision,
      risk: { maxPositionFraction: 1, ...given.decision?.risk },
    },
  });
  return config;
}

export interface Room {
  readonly sweep: Sweep;
  readonly plan: PlanGround;
  readonly trials: TrialGround;
  readonly panel: Panel;
}

/** A sweep that can begin: the history from `world.from` less the warm-up that any point needs. */
export function roomOf(spec: SweepSpec, config: Config = baseConfig()): Room {
  const { seats, solo } = seatsOf(config.decision, BOOK);
  const parameters = parameterPaths(seats, solo);
  const sweep = compileSweep(spec, { config, parameters, statistics: STATISTICS });
  const readCandles =
    config.world.from === null ? 0 : longestWarmup(config, sweep, BOOK, warmupOf, HOUR_MS);
  const { panel, firstRow } = read(config, readCandles);
  return {
    sweep,
    panel,
    plan: { config, columns: panel, firstRow, readCandles, strategies: BOOK, warmupOf },
    trials: {
      config,
      slices: new Slices(panel),
      strategies: BOOK,
      objectives: sweep.objectives,
    },
  };
}

/** What a store gives for a config's range, `warmup` candles before it included. */
export function read(config: Config, warmup: number): { panel: Panel; firstRow: number } {
  const { from, to, maxHoleCandles } = config.world;
  const fromMs = from === null ? Number.NEGATIVE_INFINITY : parseInstant(from, 'from');
  const toMs = to === null ? Number.POSITIVE_INFINITY : parseInstant(to, 'to');
  const legs = history().flatMap((leg): LegInput[] => {
    const candles = within(leg.candles, leg.candles.openMs, fromMs - warmup * HOUR_MS, toMs);
    if (candles.openMs.length === 0) return [];
    const [first, last] = [candles.openMs[0]!, candles.openMs.at(-1)!];
    const funding = within(leg.funding!, leg.funding!.atMs, first, last + HOUR_MS);
    return [{ ...leg, candles, funding }];
  });
  const panel = buildPanel(legs, HOUR_MS, maxHoleCandles);
  let firstRow = 0;
  while (firstRow < panel.length && panel.openMs[firstRow]! < fromMs) firstRow++;
  return { panel, firstRow };
}

/** A backtest of a config alone, with the warm-up that it needs itself. */
export function alone(config: Config): { run: Run; firstRow: number } {
  const { seats, solo } = seatsOf(config.decision, BOOK);
  const { panel, firstRow } = read(config, warmupOf(config, seats, HOUR_MS));
  return { run: runLoop({ panel, config, seats, solo, firstRow }), firstRow };
}

function within<T extends object>(columns: T, times: Float64Array, from: number, to: number): T {
  const rows = Array.from(times.keys()).filter((i) => times[i]! >= from && times[i]! < to);
  const cut = Object.entries(columns).map(([name, column]) => {
    return [name, Float64Array.from(rows, (i) => (column as Float64Array)[i]!)] as const;
  });
  return Object.fromEntries(cut) as T;
}
