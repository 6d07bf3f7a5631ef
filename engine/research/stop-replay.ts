// What another trailing stop would have made of trades that were really made: the candles of each trade are
// walked from its entry to its exit, with the stop that the kernel keeps.
//
//   entry -> stop at its buffer -> candle: touched? out at the stop, at the open of a gap
//                               -> close: the stop follows (engine/risk/trailing.ts)  -> ... -> exit as it was
//
// A stop can only end a trade earlier. Where a candle is ambiguous the answer is the kernel's, which is the
// worse one: a stop that is touched in the candle of the exit was hit before it. What the candle of an
// entry inside it did before the entry is unknown, so there only its close counts.

import type { CandleArrays } from '../market/column.ts';
import { type Instrument, roundPrice } from '../market/instrument.ts';
import { stopDistance } from '../risk/stop-distance.ts';
import { TrailingStops } from '../risk/trailing.ts';
import { rowAt } from './sweep/slice.ts';

/** A trade of somebody, somewhere. */
export interface OutsideTrade {
  readonly side: 1 | -1;
  /** UTC ms. */
  readonly entryMs: number;
  readonly entryPrice: number;
  readonly exitMs: number;
  readonly exitPrice: number;
  /** Base units, > 0; null = not said, and the trade counts as one unit of money. */
  readonly qty: number | null;
}

/** The candles that a trade was open in, both ends included. */
export interface TradePath {
  readonly trade: OutsideTrade;
  readonly instrument: Instrument;
  readonly intervalMs: number;
  readonly candles: CandleArrays;
  /** First and last row; the last is the one that the exit lies in, or would begin. */
  readonly from: number;
  readonly to: number;
}

/** Why there is no path: a code and words. */
export interface NoPath {
  readonly code: 'no-candles' | 'price-off';
  readonly why: string;
}

/** An entry this far outside of its candle is of another market, or another hour. */
const OFF_BY = 0.01;

/** The candles of a trade, or why it cannot be replayed. Times of candles ascend; holes are NaN. */
export function pathOf(
  trade: OutsideTrade,
  candles: CandleArrays,
  intervalMs: number,
  instrument: Instrument,
): TradePath | NoPath {
  const { openMs, high, low, close } = candles;
  const { entryMs, exitMs, entryPrice } = trade;
  // The last candle that opens at or before an instant.
  const rowOf = (ms: number) => rowAt(openMs, ms + 1) - 1;
  const from = rowOf(entryMs);
  const covers = (row: number, ms: number) => row >= 0 && ms < openMs[row]! + intervalMs;
  if (!covers(from, entryMs) || close[from] !== close[from]) {
    return { code: 'no-candles', why: 'there is no candle at its entry' };
  }
  // An exit at an open is the end of the candle before.
  const last = rowOf(exitMs);
  const isAtOpen = last >= 0 && openMs[last] === exitMs && last > from;
  const to = isAtOpen ? last - 1 : last;
  const endMs = openMs[to]! + intervalMs;
  if (isAtOpen ? endMs < exitMs - intervalMs : !covers(to, exitMs) && endMs !== exitMs) {
    return { code: 'no-candles', why: 'candles end before its exit' };
  }
  const [least, most] = [low[from]! * (1 - OFF_BY), high[from]! * (1 + OFF_BY)];
  if (!(entryPrice >= least && entryPrice <= most)) {
    const why = `its entry price ${entryPrice} is not of its candle, ${low[from]} to ${high[from]}`;
    return { code: 'price-off', why };
  }
  return { trade, instrument, intervalMs, candles, from, to };
}

/** The stop that is tried: as `decision.risk.trailingStop` has it. */
export interface TriedStop {
  readonly buffer: number;
  readonly step: number;
  readonly activation: number;
}

export interface Replayed {
  readonly exitPrice: number;
  /** Row of the candle that the stop was hit in; -1 = it was not, and the trade ended as it did. */
  readonly stoppedAt: number;
  /** Profit: in quote currency where the trade has a quantity, else as a fraction of its entry. */
  readonly pnl: number;
}

/** Walks a trade under a stop; `slippage` is the fraction that a stop's market order pays. */
export function replayStop(path: TradePath, stop: TriedStop, slippage: number): Replayed {
  const { trade, instrument, candles, from, to } = path;
  const { side, entryPrice } = trade;
  const { open, high, low, close, openMs } = candles;
  const trailingStop = { enabled: true, kind: 'closes' as const, ...stop };
  const stops = new TrailingStops(trailingStop, 1);
  stops.open(0, entryPrice);
  const off = { enabled: false };
  const distance = stopDistance(
    { atrStop: { ...off, multiple: 1 }, stopLoss: { ...off, fraction: 1 }, trailingStop },
    Number.NaN,
    entryPrice,
  );
  let trigger = distance > 0 ? roundPrice(instrument, entryPrice * (1 - side * distance)) : NaN;
  const isBeyond = (price: number) => (side > 0 ? price <= trigger : price >= trigger);
  for (let i = from; i <= to; i++) {
    if (close[i] !== close[i]) continue;
    const isWhole = i > from || openMs[i] === trade.entryMs;
    if (isWhole && isBeyond(side > 0 ? low[i]! : high[i]!)) {
      const isGap = i > from && isBeyond(open[i]!);
      return ended(trade, isGap ? open[i]! : trigger, slippage, i);
    }
    if (!isWhole && isBeyond(close[i]!)) return ended(trade, close[i]!, slippage, i);
    const wanted = roundPrice(instrument, stops.follow(0, side, close[i]!));
    if (wanted !== wanted || (wanted - trigger) * side <= 0) continue;
    stops.moved(0);
    trigger = wanted;
  }
  return { exitPrice: trade.exitPrice, stoppedAt: -1, pnl: pnlOf(trade, trade.exitPrice) };
}

function ended(trade: OutsideTrade, price: number, slippage: number, row: number): Replayed {
  const exitPrice = price * (1 - trade.side * slippage);
  return { exitPrice, stoppedAt: row, pnl: pnlOf(trade, exitPrice) };
}

/** Profit of a trade that ends at a price. */
export function pnlOf({ side, entryPrice, qty }: OutsideTrade, exitPrice: number): number {
  return side * (exitPrice - entryPrice) * (qty ?? 1 / entryPrice);
}
