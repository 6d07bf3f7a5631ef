// Hyperliquid's answers and stream messages as rows of ours. Decimal strings become numbers here, once.

import { intervalName } from '../../../engine/interval.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import type { SaidCandle, Saying } from '../contract.ts';
import { dueMs, type RawFunding } from '../pages.ts';
import {
  BadReply,
  candleOf,
  decimalOf,
  jsonOf,
  listOf,
  mustRise,
  objectOf,
  shown,
  textOf,
  timeOf,
} from '../said.ts';
import { FEES, ID, MIN_NOTIONAL_USD, PERP_DECIMALS, PRICE_FIGURES, symbolOf } from './hosts.ts';

/** A coin of the universe; the rest of it is read when it is asked for. */
export interface Listed {
  readonly symbol: string;
  readonly coin: string;
  readonly szDecimals: unknown;
  readonly maxLeverage: unknown;
  readonly isDelisted: boolean;
  /** Its context from metaAndAssetCtxs, null from meta. */
  readonly context: unknown;
}

export function universeOf(meta: unknown, contexts: readonly unknown[] | null): readonly Listed[] {
  const universe = listOf(objectOf(meta, 'meta')['universe'], 'universe');
  if (universe.length === 0) throw new BadReply('meta must list coins, lists none');
  if (contexts !== null && contexts.length !== universe.length) {
    throw new BadReply(
      `${universe.length} coins must have a context each, have ${contexts.length}`,
    );
  }
  return universe.map((item, i) => {
    const one = objectOf(item, 'coin');
    const coin = textOf(one['name'], 'coin name');
    return {
      symbol: symbolOf(coin),
      coin,
      szDecimals: one['szDecimals'],
      maxLeverage: one['maxLeverage'],
      isDelisted: one['isDelisted'] === true,
      context: contexts?.[i] ?? null,
    };
  });
}

/** metaAndAssetCtxs: the meta, and a context for every coin of it in its order. */
export function universeWithContextsOf(json: unknown): readonly Listed[] {
  const [meta, contexts] = listOf(json, 'metaAndAssetCtxs');
  return universeOf(meta, listOf(contexts, 'contexts'));
}

/** Trading rules, the tick as it is at the present mark price; fees are the published base tier. */
export function instrumentOf(listed: Listed, validFromMs: number): Instrument {
  const { symbol, szDecimals, maxLeverage } = listed;
  if (!isWhole(szDecimals, 0, PERP_DECIMALS)) {
    const rule = `szDecimals must be a whole number from 0 to ${PERP_DECIMALS}`;
    throw new BadReply(`${symbol} ${rule}, is ${shown(szDecimals)}`);
  }
  if (!isWhole(maxLeverage, 1, 1000)) {
    throw new BadReply(`${symbol} maxLeverage must be 1 to 1000, is ${shown(maxLeverage)}`);
  }
  const context = objectOf(listed.context, `${symbol} context`);
  const price = decimalOf(context['markPx'], `${symbol} markPx`);
  if (!(price > 0)) throw new BadReply(`${symbol} markPx must be above 0, is ${price}`);
  return Object.freeze({
    venue: ID,
    symbol,
    tickSize: tickAt(price, szDecimals),
    lotSize: powerOfTen(-szDecimals),
    minNotionalUsd: MIN_NOTIONAL_USD,
    ...FEES,
    maxLeverage,
    source: 'venue' as const,
    validFromMs,
  });
}

/**
 * The price step that Hyperliquid's rule comes to at `price`: 5 significant figures, at most
 * 6 - szDecimals decimals, and a whole number always allowed. The rule has another step after every
 * power of ten; an instrument has one, so it must be asked again when the price has moved so far.
 */
export function tickAt(price: number, szDecimals: number): number {
  const byDecimals = szDecimals - PERP_DECIMALS;
  const byFigures = Math.min(0, exponentOf(price) - (PRICE_FIGURES - 1));
  return powerOfTen(Math.max(byDecimals, byFigures));
}

/** The power of ten of the first figure: 3 for 4711, exact where a logarithm is not. */
function exponentOf(price: number): number {
  return Number(price.toExponential().split('e')[1]);
}

/** The double nearest to the decimal, which 10 ** -5 is not on every machine. */
function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** candleSnapshot, and `data` of the candle channel: `{t,T,s,i,o,c,h,l,v,n}`. */
export function candlesOf(json: unknown, coin: string, intervalMs: number): SaidCandle[] {
  const said = listOf(json, 'candleSnapshot').map((item) => saidCandleOf(item, intervalMs));
  const stranger = said.find((one) => one.coin !== coin);
  if (stranger !== undefined) {
    throw new BadReply(`candles must be of ${coin}, are of ${stranger.coin}`);
  }
  const candles = said.map(({ candle }) => candle);
  mustRise(
    candles.map(({ openMs }) => openMs),
    'candleSnapshot',
  );
  return candles;
}

function saidCandleOf(item: unknown, intervalMs: number): { coin: string; candle: SaidCandle } {
  const one = objectOf(item, 'candle');
  const coin = textOf(one['s'], 'candle coin');
  const name = intervalName(intervalMs);
  if (one['i'] !== name) throw new BadReply(`candle must be of ${name}, is of ${shown(one['i'])}`);
  const raw = { openMs: one['t'], lastMs: one['T'], open: one['o'], high: one['h'], low: one['l'] };
  return { coin, candle: candleOf({ ...raw, close: one['c'], volume: one['v'] }, intervalMs) };
}

export function fundingOf(json: unknown, coin: string): RawFunding[] {
  const stamps = listOf(json, 'fundingHistory').map((item): RawFunding => {
    const one = objectOf(item, 'funding stamp');
    if (one['coin'] !== coin) {
      throw new BadReply(`funding must be of ${coin}, is of ${shown(one['coin'])}`);
    }
    const stampMs = timeOf(one['time'], 'funding time');
    const rate = decimalOf(one['fundingRate'], `funding ${stampMs}`);
    if (!(Math.abs(rate) < 1)) throw new BadReply(`funding ${stampMs} must be below 1, is ${rate}`);
    return { stampMs, atMs: dueMs(stampMs), rate, markPrice: Number.NaN };
  });
  mustRise(
    stamps.map(({ atMs }) => atMs),
    'funding',
  );
  return stamps;
}

/**
 * One message of the stream. A candle never says whether it has closed: its last frame usually comes
 * before its end, and only the next candle, or a snapshot, tells that it was the last.
 */
export function messageOf(text: string, intervalMs: number): readonly Saying[] {
  if (text === GREETING) return [{ kind: 'alive' }];
  try {
    const { channel, data } = objectOf(jsonOf(text), 'message');
    if (channel === 'pong' || channel === 'subscriptionResponse') return [{ kind: 'alive' }];
    if (channel !== 'candle') return [{ kind: 'complaint', text: shown(text) }];
    // The documentation says a list, the wire says one.
    const items = Array.isArray(data) ? data : [data];
    return items.map((item) => sayingOf(item, intervalMs));
  } catch (error) {
    if (error instanceof BadReply) return [{ kind: 'complaint', text: error.message }];
    throw error;
  }
}

const GREETING = 'Websocket connection established.';

function sayingOf(item: unknown, intervalMs: number): Saying {
  try {
    const { coin, candle } = saidCandleOf(item, intervalMs);
    return { kind: 'candle', symbol: symbolOf(coin), candle, closed: null };
  } catch (error) {
    if (error instanceof BadReply) return { kind: 'complaint', text: error.message };
    throw error;
  }
}
