// Random worlds for properties: markets with holes, late listings and funding, strategies that say
// anything, and a config of any temper. The same seed gives the same world.

import type { Action, Strategy } from '../../engine/agents/contract.ts';
import { defineStrategy } from '../../engine/index.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { buildPanel, type LegInput } from '../../engine/market/panel.ts';
import { gaussian, type Random, random } from '../../engine/random.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import { instrumentOf, START_MS } from '../support/market.ts';
import { inputOf } from '../support/run.ts';

export interface Temper {
  /** One strategy sets targets; else three vote. */
  readonly solo: boolean;
  /** Most legs. */
  readonly legs?: number;
  readonly rows?: number;
  /** Both kinds of stop on. */
  readonly stops?: boolean;
}

const pick = <T>(draw: Random, from: readonly T[]): T => from[Math.floor(draw() * from.length)]!;

function legOf(seed: number, k: number, rows: number): LegInput {
  const draw = random(seed, `leg ${k}`);
  const listed = k > 0 && draw() < 0.5 ? Math.floor(draw() * rows * 0.4) : 0;
  const holes = pick(draw, [0, 0.05, 0.2]);
  const wild = pick(draw, [0.005, 0.02, 0.06]);
  const kept: number[][] = [];
  let price = pick(draw, [0.08, 7, 100, 40_000]) * (1 + draw());
  let gone = 0;
  for (let i = listed; i < rows; i++) {
    const open = price * (draw() < 0.05 ? 1 + (draw() - 0.5) * 0.3 : 1);
    price = open * Math.exp(wild * gaussian(draw));
    const high = Math.max(open, price) * (1 + draw() * wild);
    const low = Math.min(open, price) * (1 - draw() * wild);
    if (gone === 0 && draw() < holes) gone = pick(draw, [1, 1, 2, 9]);
    if (gone > 0) gone--;
    else kept.push([START_MS + i * HOUR_MS, open, high, low, price, 100 * draw()]);
  }
  const candles: CandleArrays = candleArrays(kept.length);
  kept.forEach(([openMs, open, high, low, close, volume], i) => {
    candles.openMs[i] = openMs!;
    candles.open[i] = open!;
    candles.high[i] = high!;
    candles.low[i] = low!;
    candles.close[i] = close!;
    candles.volume[i] = volume!;
  });
  const offsetMs = pick(draw, [0, 0, HOUR_MS / 2]);
  const stamps = Math.floor(rows / 4);
  const atMs = Float64Array.from(
    { length: stamps },
    (_, n) => START_MS + 4 * n * HOUR_MS + offsetMs,
  );
  const rate = Float64Array.from({ length: stamps }, () => (draw() - 0.4) * 0.001);
  const instrument = instrumentOf(`L${k}`, {
    lotSize: pick(draw, [0.001, 0.1, 1, 0.003]),
    tickSize: pick(draw, [0.0001, 0.01]),
    minNotionalUsd: pick(draw, [0, 5, 100]),
    maxLeverage: pick(draw, [3, 20]),
  });
  return { instrument, candles, funding: { atMs, rate } };
}

/** What is said at each row of a leg, made before the run, so that it is the same in every run. */
function words(seed: number, name: string, rows: number): Float64Array {
  const draw = random(seed, name);
  return Float64Array.from({ length: rows }, () => draw());
}

function saying(seed: number, rows: number, legs: number, solo: boolean): Strategy[] {
  const of = (who: string) =>
    new Map(Array.from({ length: legs }, (_, k) => [`L${k}`, words(seed, `${who}${k}`, rows)]));
  if (solo) {
    const said = of('targets');
    const choices = [undefined, undefined, undefined, 0, 0.5, -0.5, 1, -1, 0.2, 0.21];
    return [
      defineStrategy({
        name: 'anything',
        decide: ({ symbol, i }) => choices[Math.floor(said.get(symbol)![i]! * choices.length)],
      }),
    ];
  }
  const actions: Action[] = ['BUY', 'BUY', 'SELL', 'SELL', 'HOLD'];
  return ['ann', 'bob', 'eve'].map((name, n) => {
    const said = of(name);
    return defineStrategy({
      name,
      reads: n === 2 ? 'portfolio' : 'market',
      // The one who may veto warms first: until then nobody enters.
      warmupCandles: 7 - 3 * n,
      analyze: (view) => {
        const x = said.get(view.symbol)![view.i]!;
        const action = actions[Math.floor(x * 5.5)];
        return action === undefined ? null : view.vote(action, 0.6 + ((x * 5.5) % 1) * 0.4);
      },
      ...(n === 2
        ? {
            veto: ({ symbol, i }) => (said.get(symbol)![i]! > 0.9 ? 'mood' : null),
            vetoHolding: (_, portfolio) => (portfolio.drawdown > 0.3 ? 'drawdown' : null),
          }
        : {}),
    });
  });
}

/** A run that nobody would make, ready to go. */
export function randomWorld(seed: number, temper: Temper): RunInput {
  const { solo, legs: most = 4, rows = 120, stops } = temper;
  const draw = random(seed, 'world');
  const legs = 1 + Math.floor(draw() * most);
  const panel = buildPanel(
    Array.from({ length: legs }, (_, k) => legOf(seed, k, rows)),
    HOUR_MS,
    5,
  );
  const risk = {
    sizing: pick(draw, [
      { rule: 'fixed-fraction' as const, notionalFraction: pick(draw, [0.1, 0.5, 1]) },
      { rule: 'kelly' as const, winRateSource: 'track-record' as const, priorTrades: 3 },
    ]),
    sizeAt: pick(draw, ['close', 'fill'] as const),
    allowShort: draw() < 0.8,
    maxPositionFraction: pick(draw, [0.1, 0.5, 1, 4]),
    maxExposure: pick(draw, [0.7, 1, 4]),
    maxPositions: pick(draw, [1, 2, 5]),
    atrStop: { enabled: stops ?? draw() < 0.5, period: 3, multiple: pick(draw, [0.5, 2]) },
    trailingStop: {
      enabled: stops ?? draw() < 0.5,
      buffer: pick(draw, [0.005, 0.03]),
      step: pick(draw, [0, 0.01]),
    },
  };
  const interval = pick(draw, [null, null, '2h']);
  const world = {
    takerFeeBps: pick(draw, [null, 0, 10]),
    slippageBps: pick(draw, [0, 2, 50]),
    funding: draw() < 0.9,
    maxHoleCandles: 5,
  };
  const firstRow = pick(draw, [0, 0, 7]);
  const strategies = saying(seed, rows, legs, solo);
  return inputOf(panel, strategies, { decision: { interval, risk }, world }, { firstRow });
}

/** A random world whose agents learn. */
export function learningWorld(seed: number, legs = 2): RunInput {
  const input = randomWorld(seed, { solo: false, rows: 420, legs, stops: seed % 2 === 0 });
  const { config } = input;
  const weighting = (['static', 'performance', 'sigmoid'] as const)[seed % 3]!;
  const memory = { ...config.decision.memory, enabled: seed % 5 !== 0, depth: 50, priorTrades: 1 };
  const sizing = {
    ...config.decision.risk.sizing,
    winRateSource: memory.enabled ? ('memory' as const) : ('track-record' as const),
  };
  const decision = {
    ...config.decision,
    memory,
    consensus: { ...config.decision.consensus, weighting, minTrades: 3 },
    risk: { ...config.decision.risk, sizing },
  };
  return { ...input, config: { ...config, decision } };
}
