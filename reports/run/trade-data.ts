// Trades as the table of the page sorts and filters them, and what is shown of one when it is opened:
// who said what on which features, the life of its orders, its fills, where its shortfall came from.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { OrderColumns, RecordedDecision, TradeRecord } from '../../engine/research/record.ts';
import type { FillColumns, RunResult } from '../../engine/research/result.ts';
import { toldText } from '../models.ts';
import { legNamer } from './legs.ts';

/** Columns of the trades on the page; lists of words are indexed. */
export interface PackedTrades {
  readonly legs: readonly string[];
  readonly agents: readonly string[];
  readonly reasons: readonly string[];
  readonly algorithms: readonly string[];
  /** Rows of trades.parquet, from 1. */
  readonly n: number[];
  readonly leg: number[];
  readonly side: number[];
  /** Seconds, each less the one before. */
  readonly entry: number[];
  /** Seconds after the entry. */
  readonly held: number[];
  readonly qty: number[];
  readonly from: number[];
  readonly to: number[];
  /** Millionths of a USD. */
  readonly pnl: number[];
  /** Cents of a cent. */
  readonly fees: number[];
  readonly funding: number[];
  /** Millionths. */
  readonly ret: number[];
  readonly mae: number[];
  readonly mfe: number[];
  readonly reason: number[];
  readonly algorithm: number[];
  /** Agents that voted for the entry: bits in the order of `agents`. */
  readonly behind: number[];
}

/** Row numbers of the trades that a page carries: all, or those that moved most money, in order. */
export function shownTrades(trades: readonly Trade[], most: number): number[] {
  const rows = [...trades.keys()];
  if (rows.length <= most) return rows;
  const size = (row: number) => Math.abs(trades[row]!.pnlUsd);
  rows.sort((a, b) => size(b) - size(a) || a - b);
  return rows.slice(0, most).sort((a, b) => a - b);
}

/** The way in which the entry of each trade was worked. */
export function algorithmNamer({ record }: RunResult): (row: number) => string {
  const { orders, origins } = record;
  return (row) => orders.algorithm[(origins[row]?.entryOrderId ?? 0) - 1] ?? '';
}

export function packedTrades(result: RunResult, rows: readonly number[]): PackedTrades {
  const { facts, trades, record } = result;
  const nameOf = legNamer(facts);
  const words = new Words();
  const ways = new Words();
  const algorithmOf = algorithmNamer(result);
  const agents = facts.agents.map(({ id }) => id);
  let before = 0;
  const column = (pick: (trade: Trade, row: number) => number) =>
    rows.map((row) => pick(trades[row]!, row));
  const money = (pick: (trade: Trade) => number) =>
    column((trade) => Math.round(pick(trade) * 1e4));
  const part = (pick: (origin: TradeRecord) => number) =>
    column((_, row) => {
      const origin = record.origins[row];
      return origin === undefined ? 0 : Math.round(pick(origin) * 1e6);
    });
  return {
    legs: facts.data.legs.map(nameOf),
    agents,
    n: rows.map((row) => row + 1),
    leg: column(({ leg }) => leg),
    side: column(({ side }) => (side === 'long' ? 1 : -1)),
    entry: column(({ entryMs }) => {
      const step = Math.round(entryMs / 1000) - before;
      before += step;
      return step;
    }),
    held: column(({ entryMs, exitMs }) => Math.round((exitMs - entryMs) / 1000)),
    qty: column(({ qty }) => figures(qty, 6)),
    from: column(({ entryPrice }) => figures(entryPrice, 7)),
    to: column(({ exitPrice }) => figures(exitPrice, 7)),
    // Finer than what is shown: sums of thousands of them must agree with the page to the cent.
    pnl: column(({ pnlUsd }) => Math.round(pnlUsd * 1e6)),
    fees: money(({ feesUsd }) => feesUsd),
    funding: money(({ fundingUsd }) => fundingUsd),
    ret: column(({ returnFraction }) => Math.round(returnFraction * 1e6)),
    mae: part(({ maeFraction }) => maeFraction),
    mfe: part(({ mfeFraction }) => mfeFraction),
    reason: column(({ exitReason }) => words.at(exitReason)),
    algorithm: column((_, row) => ways.at(algorithmOf(row))),
    behind: column(({ side, votes }) => {
      const sign = side === 'long' ? 1 : -1;
      return agents.reduce((mask, id, k) => mask + ((votes[id] ?? 0) * sign > 0 ? 2 ** k : 0), 0);
    }),
    reasons: words.list,
    algorithms: ways.list,
  };
}

/**
 * One agent at a decision: agent, vote (null = abstained), words, features by pairs of name and value; of one
 * that asked a model what was answered, its words, and 1 where it was a second opinion.
 */
type PackedSaying =
  | [agent: number, vote: number | null, words: number, features: number[]]
  | [agent: number, vote: number | null, words: number, features: number[], told: PackedTold];
type PackedTold = [answer: number, words: number, isReview: 0 | 1];
type PackedDecision = [atS: number, score: number | null, said: PackedSaying[]];
/** Type, purpose, status, times (null = none), wanted, filled, price it waits for, price of the decision. */
type PackedOrder = [
  type: number,
  purpose: number,
  status: number,
  createdS: number,
  endedS: number | null,
  qty: number | null,
  filled: number,
  price: number | null,
  decided: number,
];
/** Order, time, quantity, price, fee and slippage in USD. */
type PackedFill = [
  order: number,
  atS: number,
  qty: number,
  price: number,
  fee: number,
  slip: number,
];

interface PackedDetail {
  readonly in: PackedDecision | null;
  readonly out: PackedDecision | null;
  readonly orders: PackedOrder[];
  readonly fills: PackedFill[];
  readonly liquidation: number | null;
}

/** Orders shown of one trade; a stop that trailed for days has thousands. */
const MOST_ORDERS = 160;

/**
 * What is shown of trades when they are opened, as JSON: `{ words, of: { row of trades.parquet from 1:
 * detail } }`. Each is made once, however often it is tried how many fit.
 */
export class Details {
  readonly #result: RunResult;
  readonly #rows: readonly number[];
  readonly #words = new Words();
  readonly #ordersOf: ReturnType<typeof orderFinder>;
  readonly #fillsOf: ReturnType<typeof fillFinder>;
  readonly #made: { readonly json: string; readonly words: number }[] = [];

  /** `rows`: those that matter most come first. */
  constructor(result: RunResult, rows: readonly number[]) {
    this.#result = result;
    this.#rows = rows;
    this.#ordersOf = orderFinder(result.record.orders);
    this.#fillsOf = fillFinder(result.fills);
  }

  /** Of the first `count` trades. */
  json(count: number): string {
    const made = this.#made;
    while (made.length < count) {
      const row = this.#rows[made.length]!;
      const detail = this.#detail(row);
      const json = detail === null ? '' : `"${row + 1}":${JSON.stringify(detail)}`;
      made.push({ json, words: this.#words.list.length });
    }
    const some = made.slice(0, count);
    const words = this.#words.list.slice(0, some.at(-1)?.words ?? 0);
    const of = some.flatMap(({ json }) => (json === '' ? [] : [json]));
    return `{"words":${JSON.stringify(words)},"of":{${of.join(',')}}}`;
  }

  #detail(row: number): PackedDetail | null {
    const { trades, record, fills } = this.#result;
    const trade = trades[row]!;
    const origin = record.origins[row];
    if (origin === undefined) return null;
    const own = thinnedOrders(this.#ordersOf(trade, origin), record.orders);
    return {
      in: this.#decision(origin.entry),
      out: this.#decision(origin.exit),
      orders: own.map((order) => packedOrder(record.orders, order, this.#words)),
      fills: this.#fillsOf(trade).map(
        (k): PackedFill => [
          own.indexOf(fills.orderId[k]! - 1),
          Math.round(fills.tsMs[k]! / 1000),
          figures(fills.qty[k]!, 6),
          figures(fills.price[k]!, 7),
          figures(fills.feeUsd[k]!, 5),
          figures(fills.slippageUsd[k]!, 5),
        ],
      ),
      liquidation: numberOr(figures(origin.liquidationPrice, 6)),
    };
  }

  #decision({ row, score, said }: RecordedDecision): PackedDecision | null {
    if (row < 0) return null;
    const { equity, facts } = this.#result;
    const words = this.#words;
    const atMs = equity.closeMs[row] ?? facts.data.fromMs;
    return [
      Math.round(atMs / 1000),
      numberOr(score),
      said.map(({ agent, vote, reason, features, told }): PackedSaying => {
        const seen = Object.entries(features).flatMap(([name, value]) => {
          return [words.at(name), figures(value, 5)];
        });
        const [who, why] = [words.at(agent), words.at(reason)];
        if (told === undefined) return [who, numberOr(vote), why, seen];
        const isReview = told.kind === 'second-opinion' ? 1 : 0;
        const answer = words.at(toldText(told));
        return [who, numberOr(vote), why, seen, [answer, words.at(told.words), isReview]];
      }),
    ];
  }
}

function packedOrder(orders: OrderColumns, k: number, words: Words): PackedOrder {
  const limit = orders.limitPrice[k]!;
  const trigger = orders.triggerPrice[k]!;
  return [
    words.at(orders.type[k]!),
    words.at(orders.purpose[k]!),
    words.at(orders.status[k]!),
    Math.round(orders.createdMs[k]! / 1000),
    numberOr(Math.round(orders.endedMs[k]! / 1000)),
    numberOr(figures(orders.qty[k]!, 6)),
    figures(orders.filledQty[k]!, 6),
    numberOr(figures(trigger === trigger ? trigger : limit, 7)),
    figures(orders.decisionPrice[k]!, 7),
  ];
}

/** Rows of the orders of a trade: those of its leg from its entry on, made before it was over. */
export function orderFinder(orders: OrderColumns): (trade: Trade, origin: TradeRecord) => number[] {
  const byLeg = new Map<number, number[]>();
  for (let k = 0; k < orders.length; k++) {
    const leg = orders.leg[k]!;
    const list = byLeg.get(leg);
    if (list === undefined) byLeg.set(leg, [k]);
    else list.push(k);
  }
  return ({ leg, exitMs }, { entryOrderId, exitOrderId }) => {
    const own = byLeg.get(leg) ?? [];
    const found: number[] = [];
    for (let at = firstAtLeast(own, entryOrderId - 1); at >= 0 && at < own.length; at++) {
      const k = own[at]!;
      if (orders.createdMs[k]! > exitMs) break;
      // The next entry after the one that closed it belongs to the next trade.
      if (orders.purpose[k] === 'entry' && k > exitOrderId - 1 && exitOrderId > 0) break;
      found.push(k);
    }
    return found;
  };
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All that did something and the first and last stops; of the others every so manieth. */
function thinnedOrders(rows: number[], { filledQty }: OrderColumns): number[] {
  if (rows.length <= MOST_ORDERS) return rows;
  const step = Math.ceil(rows.length / (MOST_ORDERS - 20));
  const last = rows.length - 2;
  return rows.filter((k, at) => at < 6 || at > last || filledQty[k]! > 0 || at % step === 0);
}

/** Rows of the fills of a trade, in order. */
export function fillFinder(fills: FillColumns): (trade: Trade) => number[] {
  const byLeg = new Map<number, number[]>();
  for (let k = 0; k < fills.length; k++) {
    const leg = fills.leg[k]!;
    const list = byLeg.get(leg);
    if (list === undefined) byLeg.set(leg, [k]);
    else list.push(k);
  }
  return ({ leg, entryMs, exitMs, exitReason }) => {
    const own = byLeg.get(leg) ?? [];
    const last = exitReason === 'open' ? Number.POSITIVE_INFINITY : exitMs;
    const [from, to] = [timeAtLeast(own, fills, entryMs), timeAtLeast(own, fills, last + 1)];
    return own.slice(from, Math.min(to, from + 200));
  };
}

function timeAtLeast(rows: readonly number[], { tsMs }: FillColumns, atMs: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tsMs[rows[middle]!]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Words by number, each once. */
class Words {
  readonly list: string[] = [];
  readonly #known = new Map<string, number>();

  at(word: string): number {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    this.#known.set(word, this.list.length);
    return this.list.push(word) - 1;
  }
}

function figures(value: number, digits: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const places = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  // Whole powers of ten either way, so that what comes out is short in JSON.
  if (places > 20) return Number(value.toPrecision(digits));
  if (places >= 0) return Math.round(value * 10 ** places) / 10 ** places;
  return Math.round(value / 10 ** -places) * 10 ** -places;
}

function numberOr(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
