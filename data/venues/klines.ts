// Klines in the twelve columns that Binance began with and its relatives kept.

import type { SaidCandle } from './contract.ts';
import { candleOf, listOf, mustRise } from './said.ts';

/** Twelve columns a row: open time, open, high, low, close, volume, close time, ... */
export function klinesOf(json: unknown, intervalMs: number): SaidCandle[] {
  return rowsOf(json, intervalMs, (volume) => volume);
}

/** The same of the mark price, which has no volume: that column is to be ignored. */
export function markKlinesOf(json: unknown, intervalMs: number): SaidCandle[] {
  return rowsOf(json, intervalMs, () => '0');
}

function rowsOf(
  json: unknown,
  intervalMs: number,
  volumeOf: (cell: unknown) => unknown,
): SaidCandle[] {
  const candles = listOf(json, 'klines').map((item) => {
    const [openMs, open, high, low, close, volume, lastMs] = listOf(item, 'kline');
    const prices = { open, high, low, close, volume: volumeOf(volume) };
    return candleOf({ openMs, ...prices, lastMs }, intervalMs);
  });
  mustRise(
    candles.map(({ openMs }) => openMs),
    'klines',
  );
  return candles;
}
