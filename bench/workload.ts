// Workload W1: a seeded random walk of 1-minute candles, and the bare loop that everything is
// compared with: SMA(10)/SMA(20) crossover, long or flat, all in, decided at the close, filled at
// the next open, taker fee, equity at every close.

import { HOUR_MS, MINUTE_MS } from '../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../engine/market/column.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import { buildPanel, type FundingColumns, type Panel } from '../engine/market/panel.ts';
import { gaussian, random } from '../engine/random.ts';

export const START_MS = 1_735_689_600_000;
const FUNDING_MS = 8 * HOUR_MS;

export const INSTRUMENT: Instrument = Object.freeze({
  venue: 'bench',
  symbol: 'BTCUSDC',
  tickSize: 0.01,
  lotSize: 0.00001,
  minNotionalUsd: 0,
  makerFeeBps: 0,
  takerFeeBps: 0,
  maxLeverage: 20,
  source: 'synthetic',
  validFromMs: 0,
});

/** `count` candles of a random walk with about 60 % annual volatility, volume bursting with moves. */
export function walk(count: number, seed = 1): CandleArrays {
  const draw = random(seed, 'bench/walk');
  const candles = candleArrays(count);
  let price = 50_000;
  for (let i = 0; i < count; i++) {
    const open = price;
    const move = 0.0008 * gaussian(draw);
    const close = open * Math.exp(move);
    candles.openMs[i] = START_MS + i * MINUTE_MS;
    candles.open[i] = open;
    candles.high[i] = Math.max(open, close) * (1 + 0.0003 * draw());
    candles.low[i] = Math.min(open, close) * (1 - 0.0003 * draw());
    candles.close[i] = close;
    candles.volume[i] = 10 * (0.2 + draw()) * (1 + 2000 * Math.abs(move));
    price = close;
  }
  return candles;
}

/** A fresh panel over the candles: no indicator is computed yet. */
export function panelOf(candles: CandleArrays, funding?: FundingColumns): Panel {
  const leg = { instrument: INSTRUMENT, candles, ...(funding ? { funding } : {}) };
  return buildPanel([leg], MINUTE_MS, 60);
}

/** One basis point every eight hours, the usual rate. */
export function fundingOf({ openMs }: CandleArrays): FundingColumns {
  const firstMs = Math.ceil(openMs[0]! / FUNDING_MS) * FUNDING_MS;
  const count = Math.floor((openMs[openMs.length - 1]! - firstMs) / FUNDING_MS) + 1;
  const atMs = Float64Array.from({ length: count }, (_, k) => firstMs + k * FUNDING_MS);
  return { atMs, rate: new Float64Array(count).fill(0.0001) };
}

export interface BareResult {
  readonly trades: number;
  readonly equityUsd: number;
}

/** The floor: what a person would write by hand for this one strategy, and nothing else. */
export function bareLoop(candles: CandleArrays, equity: Float64Array, fee: number): BareResult {
  const { open, close } = candles;
  const n = close.length;
  const lots = 1 / INSTRUMENT.lotSize;
  let fast = 0;
  let slow = 0;
  let before = 0;
  let cash = 10_000;
  let qty = 0;
  let trades = 0;
  let order = 0;
  for (let i = 0; i < n; i++) {
    const o = open[i]!;
    if (order > 0) {
      qty = Math.floor((cash / (o * (1 + fee))) * lots) / lots;
      cash -= qty * o * (1 + fee);
      order = 0;
    } else if (order < 0) {
      cash += qty * o * (1 - fee);
      qty = 0;
      trades++;
      order = 0;
    }
    const c = close[i]!;
    fast += c - (i >= 10 ? close[i - 10]! : 0);
    slow += c - (i >= 20 ? close[i - 20]! : 0);
    equity[i] = cash + qty * c;
    if (i < 19) continue;
    const now = fast / 10 - slow / 20;
    if (i > 19) {
      if (before < 0 && now > 0 && qty === 0) order = 1;
      else if (before > 0 && now < 0 && qty > 0) order = -1;
    }
    before = now;
  }
  return { trades, equityUsd: cash + qty * close[n - 1]! };
}
