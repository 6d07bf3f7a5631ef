// Answers in the shape that Binance began with and its relatives kept: klines in twelve columns, funding,
// exchangeInfo with its filters. Decimal strings become numbers here, once.

import type { SaidCandle } from './contract.ts';
import { dueMs, type RawFunding } from './pages.ts';
import {
  BadReply,
  candleOf,
  decimalOf,
  listOf,
  mustRise,
  objectOf,
  shown,
  textOf,
  timeOf,
} from './said.ts';

const VOLUME = 5;
const TAKER_BUY = 9;

/** Twelve columns a row: open time, open, high, low, close, volume, close time, ... */
export function klinesOf(json: unknown, intervalMs: number): SaidCandle[] {
  return rowsOf(json, intervalMs, (row) => row[VOLUME]);
}

/** The same with, as volume, what takers bought of it: at most all. */
export function flowKlinesOf(json: unknown, intervalMs: number): SaidCandle[] {
  return rowsOf(json, intervalMs, (row) => {
    const [volume, bought] = [row[VOLUME], row[TAKER_BUY]];
    if (decimalOf(bought, 'taker-buy volume') <= decimalOf(volume, 'volume')) return bought;
    throw new BadReply(`taker-buy volume must be at most ${shown(volume)}, is ${shown(bought)}`);
  });
}

/** The same of the mark price, which has no volume: that column is to be ignored. */
export function markKlinesOf(json: unknown, intervalMs: number): SaidCandle[] {
  return rowsOf(json, intervalMs, () => '0');
}

function rowsOf(
  json: unknown,
  intervalMs: number,
  volumeOf: (row: readonly unknown[]) => unknown,
): SaidCandle[] {
  const candles = listOf(json, 'klines').map((item) => {
    const row = listOf(item, 'kline');
    const [openMs, open, high, low, close, , lastMs] = row;
    const prices = { open, high, low, close, volume: volumeOf(row) };
    return candleOf({ openMs, ...prices, lastMs }, intervalMs);
  });
  mustRise(
    candles.map(({ openMs }) => openMs),
    'klines',
  );
  return candles;
}

/** A symbol of exchangeInfo; what else it says is read when it is asked for. */
export interface Listed {
  readonly symbol: string;
  readonly isPerpetual: boolean;
  readonly status: unknown;
  readonly filters: unknown;
}

export function listedOf(json: unknown): readonly Listed[] {
  const symbols = listOf(objectOf(json, 'exchangeInfo')['symbols'], 'symbols');
  if (symbols.length === 0) throw new BadReply('exchangeInfo must list symbols, lists none');
  return symbols.map((item) => {
    const one = objectOf(item, 'symbol');
    const symbol = textOf(one['symbol'], 'symbol');
    const isPerpetual = one['contractType'] === 'PERPETUAL';
    return { symbol, isPerpetual, status: one['status'], filters: one['filters'] };
  });
}

/** Tick, lot and smallest order by the filters; spot calls the last NOTIONAL. */
export function stepsOf(listed: Listed): {
  readonly tickSize: number;
  readonly lotSize: number;
  readonly minNotionalUsd: number;
} {
  const { symbol } = listed;
  const filters = listOf(listed.filters, `${symbol} filters`);
  const all = filters.map((one) => objectOf(one, `${symbol} filter`));
  const find = (type: string) => all.find((each) => each['filterType'] === type);
  const filter = (type: string, key: string) =>
    decimalOf(find(type)?.[key], `${symbol} ${type} ${key}`);
  const tickSize = filter('PRICE_FILTER', 'tickSize');
  const lotSize = filter('LOT_SIZE', 'stepSize');
  const minNotionalUsd =
    find('NOTIONAL') === undefined
      ? filter('MIN_NOTIONAL', 'notional')
      : filter('NOTIONAL', 'minNotional');
  // A tick of 0 switches the rule off, says the documentation; then there is no grid to round to.
  if (!(tickSize > 0 && lotSize > 0 && minNotionalUsd >= 0)) {
    const values = `${tickSize}, ${lotSize}, ${minNotionalUsd}`;
    throw new BadReply(`${symbol} must have a tick and a lot above 0, has ${values}`);
  }
  return { tickSize, lotSize, minNotionalUsd };
}

export function fundingOf(json: unknown, symbol: string): RawFunding[] {
  const stamps = listOf(json, 'fundingRate').map((item) => {
    const one = objectOf(item, 'funding stamp');
    if (one['symbol'] !== symbol) {
      throw new BadReply(`funding must be of ${symbol}, is of ${shown(one['symbol'])}`);
    }
    const stampMs = timeOf(one['fundingTime'], 'fundingTime');
    const rate = decimalOf(one['fundingRate'], `funding ${stampMs}`);
    if (!(Math.abs(rate) < 1)) throw new BadReply(`funding ${stampMs} must be below 1, is ${rate}`);
    // Not documented, sent by its relative Binance; taken where it is a price.
    const said = one['markPrice'];
    const markPrice = said === undefined || said === '' ? Number.NaN : decimalOf(said, 'markPrice');
    return {
      stampMs,
      atMs: dueMs(stampMs),
      rate,
      markPrice: markPrice > 0 ? markPrice : Number.NaN,
    };
  });
  mustRise(
    stamps.map(({ atMs }) => atMs),
    'funding',
  );
  return stamps;
}
