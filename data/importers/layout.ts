// Columns found by their names: what a header line, or a table's schema, says is in it.

import type { DatasetKind } from '../schema.ts';

/** Best first: an unnamed column is the index of a data frame, and only a last resort. */
const TIME = ['ts', 'timestamp', 'time', 'date', 'datetime', 'open_time', 'opentime', 'unix', ''];
const RATE = ['rate', 'funding_rate', 'fundingrate', 'last_funding_rate'];
const FLOW = 'taker_buy_volume';
const SPREAD = 'half_spread_bps';
const PRICES = ['open', 'high', 'low', 'close', 'volume'];

export interface Layout {
  readonly kind: DatasetKind;
  /** Column numbers: the time, then those of the kind. */
  readonly time: number;
  readonly values: readonly number[];
}

/** Finds candles, funding or a series in a list of column names; null when it is none of them. */
export function layoutOf(names: readonly string[]): Layout | null {
  const lower = plain(names);
  const time = TIME.map((name) => lower.indexOf(name)).find((at) => at !== -1);
  if (time === undefined) return null;
  const prices = PRICES.map((name) => lower.indexOf(name));
  if (prices.every((at) => at !== -1)) return { kind: 'candles', time, values: prices };
  const rate = lower.findIndex((name) => RATE.includes(name));
  if (rate !== -1) return { kind: 'funding', time, values: [rate] };
  for (const [name, kind] of [
    [FLOW, 'flow'],
    [SPREAD, 'spread'],
  ] as const) {
    const at = lower.indexOf(name);
    if (at !== -1) return { kind, time, values: [at] };
  }
  const value = lower.indexOf('value');
  return value === -1 ? null : { kind: 'series', time, values: [value] };
}

const TRADE_PRICE = ['price', 'px'];
const TRADE_QTY = ['qty', 'quantity', 'amount', 'size', 'sz', 'volume'];

/** Where single trades lie: time, price, quantity and the taker's side (-1 = not said). */
export interface TradeLayout {
  readonly time: number;
  readonly price: number;
  readonly qty: number;
  readonly side: number;
}

/** Finds trades in a list of column names. */
export function tradesIn(names: readonly string[]): TradeLayout | null {
  const lower = plain(names);
  const [time, price, qty] = [
    firstOf(lower, TIME.slice(0, -1)),
    firstOf(lower, TRADE_PRICE),
    firstOf(lower, TRADE_QTY),
  ];
  if (Math.min(time, price, qty) === -1) return null;
  return { time, price, qty, side: lower.indexOf('side') };
}

/** Where quotes lie: time, best bid and best ask. */
export interface QuoteLayout {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
}

const BID = ['bid', 'best_bid', 'bid_price', 'best_bid_price', 'bids[0].price'];
const ASK = ['ask', 'best_ask', 'ask_price', 'best_ask_price', 'asks[0].price'];

/** Finds quotes, or the top of a book, in a list of column names. */
export function quotesIn(names: readonly string[]): QuoteLayout | null {
  const lower = plain(names);
  const [time, bid, ask] = [
    firstOf(lower, TIME.slice(0, -1)),
    firstOf(lower, BID),
    firstOf(lower, ASK),
  ];
  return Math.min(time, bid, ask) === -1 ? null : { time, bid, ask };
}

/** Scores of texts from -1 to 1, by what their columns are usually called. */
const SCORES = ['finbert', 'polarity', 'sentiment', 'sentiment_score', 'score'];
const TEXTS = ['text', 'title', 'headline', 'body', 'content'];

/** Finds headlines with a score: time and score. */
export function headlinesIn(names: readonly string[]): { time: number; score: number } | null {
  const lower = plain(names);
  const [time, score] = [firstOf(lower, TIME.slice(0, -1)), firstOf(lower, SCORES)];
  return time === -1 || score === -1 || firstOf(lower, TEXTS) === -1 ? null : { time, score };
}

/** The place of the first of some names that is there; -1 for none. */
function firstOf(lower: readonly string[], wanted: readonly string[]): number {
  return wanted.map((name) => lower.indexOf(name)).find((at) => at !== -1) ?? -1;
}

function plain(names: readonly string[]): string[] {
  return names.map((name) => name.trim().toLowerCase().replaceAll(' ', '_'));
}
