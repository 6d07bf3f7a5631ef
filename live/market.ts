// The market of a session: the grid, its legs and how many rows there is room for. It stands in the
// journal's manifest, so that a journal can be replayed without the store it began with.
//
//   manifest.market -> an empty panel that grows row by row -> a kernel that has seen nothing

import type { Config } from '../engine/config/schema.ts';
import { Digest } from '../engine/digest.ts';
import { InputError } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import { Kernel } from '../engine/kernel.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import { emptyPanel, type Panel } from '../engine/market/panel.ts';
import { kernelOptions } from '../engine/research/backtest.ts';
import type { Known } from './rows.ts';

export interface MarketLeg {
  readonly instrument: Instrument;
  /** Index of the leg it stands in for; its own if primary. */
  readonly primary: number;
}

export interface Market {
  readonly intervalMs: number;
  /** Rows that there is room for, warm-up included. */
  readonly capacity: number;
  /** First row that may be decided on; the rows before it only warm indicators. */
  readonly firstRow: number;
  /** Open of the first row and close of the last one that may come, UTC ms: seeded outages fall here. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Names of the outside series. */
  readonly series: readonly string[];
  readonly legs: readonly MarketLeg[];
}

/** The market of a history that is played again. */
export function marketOf(history: Panel, firstRow: number): Market {
  const { intervalMs, length, openMs } = history;
  return Object.freeze({
    intervalMs,
    capacity: length,
    firstRow,
    fromMs: openMs[0]!,
    toMs: openMs[length - 1]! + intervalMs,
    series: Object.keys(history.series),
    legs: history.legs.map(({ instrument, primary }) => ({ instrument, primary })),
  });
}

const COUNTS = ['intervalMs', 'capacity', 'firstRow', 'fromMs', 'toMs'] as const;
const TEXTS = ['venue', 'symbol', 'source'] as const;
const NUMBERS = [
  'tickSize',
  'lotSize',
  'minNotionalUsd',
  'makerFeeBps',
  'takerFeeBps',
  'maxLeverage',
  'validFromMs',
] as const;

/** The market in a manifest. Throws InputError when it is none: another version wrote it. */
export function readMarket(value: unknown): Market {
  const found = value as Market;
  const isWhole =
    COUNTS.every((key) => Number.isSafeInteger(found[key]) && found[key] >= 0) &&
    found.intervalMs > 0 &&
    Array.isArray(found.series) &&
    found.series.every((name) => typeof name === 'string') &&
    Array.isArray(found.legs) &&
    found.legs.length > 0 &&
    found.legs.every(isLeg);
  if (isWhole) return found;
  throw new InputError({ key: 'manifest.market', rule: 'must be a grid with its legs', value });
}

function isLeg(value: unknown): boolean {
  const { instrument, primary } = (value ?? {}) as { instrument?: Instrument; primary?: number };
  return (
    Number.isSafeInteger(primary) &&
    instrument !== undefined &&
    TEXTS.every((key) => typeof instrument[key] === 'string') &&
    NUMBERS.every((key) => Number.isFinite(instrument[key]))
  );
}

/** A panel of the market with no rows yet. */
export function growingPanel(market: Market, maxHoleCandles: number): Panel {
  return emptyPanel(
    market.legs.map((leg) => leg.instrument),
    market.intervalMs,
    maxHoleCandles,
    market.series,
    market.capacity,
    market.legs.map((leg) => leg.primary),
  );
}

/** A kernel that has seen nothing yet, over a panel of its own. */
export function freshKernel(market: Market, config: Config, loaded: LoadedSeats): Kernel {
  const panel = growingPanel(market, config.world.maxHoleCandles);
  const { seats, solo, remembered } = loaded;
  const { firstRow } = market;
  return new Kernel(kernelOptions({ panel, config, seats, solo, firstRow, remembered }, panel));
}

/** The candle that a panel holds of a leg at an open time; null = none, or a hole. */
export function knownCandle(panel: Panel, leg: number, openMs: number): Known | null {
  const { openMs: times, length } = panel;
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < openMs) low = middle + 1;
    else high = middle;
  }
  if (low === length || times[low] !== openMs) return null;
  const { open, high: top, low: bottom, close, volume } = panel.legs[leg]!.candles;
  if (close[low] !== close[low]) return null;
  const [o, h, l, c, v] = [open[low]!, top[low]!, bottom[low]!, close[low]!, volume[low]!];
  return { open: o, high: h, low: l, close: c, volume: v };
}

/** What a mark holds: 16 hex digits over the decisions so far, the counts, and every position. */
export function stateDigest({ desk, portfolio, fills, fundingLog, row, nowMs }: Kernel): string {
  const digest = new Digest();
  digest.text(desk.decisions.hex());
  for (const value of [row, nowMs, desk.log.length, fills.length, fundingLog.length]) {
    digest.number(value);
  }
  digest.number(portfolio.walletUsd);
  digest.number(portfolio.equityUsd);
  for (const { qty, entryPrice } of portfolio.positions) {
    digest.number(qty);
    digest.number(entryPrice);
  }
  return digest.hex();
}
