// The record of a made-up run: orders, funding, decisions and candles that follow from its trades and
// prices, so that a page of it tells one story.

import { NO_VOTES, type VoteColumns } from '../../engine/agents/vote-spans.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import { gaussian, random } from '../../engine/random.ts';
import type { CandleRows } from '../../engine/research/candle-rows.ts';
import type {
  OrderColumns,
  RecordedDecision,
  RunRecord,
  TradeRecord,
} from '../../engine/research/record.ts';

const NONE = new Float64Array(0);

/** Of a run in which nothing happened. */
export const EMPTY_RECORD: RunRecord = {
  orders: {
    length: 0,
    leg: NONE,
    side: NONE,
    type: [],
    purpose: [],
    algorithm: [],
    status: [],
    qty: NONE,
    limitPrice: NONE,
    triggerPrice: NONE,
    decisionPrice: NONE,
    createdMs: NONE,
    endedMs: NONE,
    filledQty: NONE,
    parentId: NONE,
    attachedTo: NONE,
  },
  funding: { length: 0, leg: NONE, row: NONE, amountUsd: NONE },
  origins: [],
  breaks: [],
  votes: NO_VOTES,
  candles: {
    length: 0,
    leg: NONE,
    stepMs: NONE,
    openMs: NONE,
    open: NONE,
    high: NONE,
    low: NONE,
    close: NONE,
    volume: NONE,
  },
};

export interface Words {
  readonly reason: string;
  readonly feature: string;
}

const USUAL: Words = { reason: 'trend and impulse', feature: 'rsi' };

/** Orders 2k + 1 and 2k + 2 open and close trade k, as the fills of sample-execution.ts say. */
export function sampleRecord(
  trades: readonly Trade[],
  closes: readonly Float64Array[],
  openMs: Float64Array,
  stepMs: number,
  words: Words = USUAL,
): RunRecord {
  const payments = trades.flatMap((trade) => (trade.fundingUsd === 0 ? [] : [trade]));
  return {
    orders: ordersOf(trades, stepMs),
    funding: {
      length: payments.length,
      leg: Float64Array.from(payments, ({ leg }) => leg),
      row: Float64Array.from(payments, ({ exitRow }) => exitRow),
      amountUsd: Float64Array.from(payments, ({ fundingUsd }) => fundingUsd),
    },
    origins: trades.map((trade, k) => originOf(trade, k, words)),
    breaks: [],
    candles: candlesOf(closes, openMs, stepMs),
    votes: votesOf(closes, openMs, stepMs),
  };
}

function ordersOf(trades: readonly Trade[], stepMs: number): OrderColumns {
  const orders = trades.flatMap((trade) => {
    const buys = trade.side === 'long' ? 1 : -1;
    const same = { leg: trade.leg, qty: trade.qty };
    const isStop = trade.exitReason !== 'signal' && trade.exitReason !== 'veto';
    return [
      {
        ...same,
        side: buys,
        type: 'market',
        purpose: 'entry',
        price: trade.entryPrice,
        createdMs: trade.entryMs - stepMs,
        endedMs: trade.entryMs,
      },
      {
        ...same,
        side: -buys,
        type: isStop ? 'stop-market' : 'market',
        purpose: trade.exitReason,
        price: trade.exitPrice,
        createdMs: isStop ? trade.entryMs : trade.exitMs - stepMs,
        endedMs: trade.exitMs,
      },
    ];
  });
  const column = (pick: (order: (typeof orders)[number]) => number) =>
    Float64Array.from(orders, pick);
  return {
    length: orders.length,
    leg: column(({ leg }) => leg),
    side: column(({ side }) => side),
    type: orders.map(({ type }) => type),
    purpose: orders.map(({ purpose }) => purpose),
    algorithm: orders.map(({ purpose }, k) =>
      purpose !== 'entry' ? '' : k % 4 === 0 ? 'market' : 'twap',
    ),
    status: orders.map(() => 'filled'),
    qty: column(({ qty }) => qty),
    limitPrice: column(() => Number.NaN),
    triggerPrice: column(({ type, price }) => (type === 'market' ? Number.NaN : price)),
    decisionPrice: column(({ price, side }) => price * (1 - 0.0003 * side)),
    createdMs: column(({ createdMs }) => createdMs),
    endedMs: column(({ endedMs }) => endedMs),
    filledQty: column(({ qty }) => qty),
    parentId: column(() => 0),
    attachedTo: column(() => 0),
  };
}

function originOf(trade: Trade, k: number, words: Words): TradeRecord {
  const { entryRow, exitRow, exitReason, entryPrice, exitPrice, side, votes } = trade;
  const said = Object.entries(votes).map(([agent, vote]) => ({
    agent,
    vote,
    weight: 1,
    reason: vote === 0 ? '' : `${words.reason} ${vote > 0 ? 'up' : 'down'}`,
    features: { [words.feature]: 50 + 40 * vote, adx: 25 },
  }));
  const at = (row: number): RecordedDecision => ({ row, score: 0.7, said });
  const nobody: RecordedDecision = { row: -1, score: Number.NaN, said: [] };
  const moved = (side === 'long' ? 1 : -1) * (exitPrice / entryPrice - 1);
  return {
    entry: at(Math.max(0, entryRow - 1)),
    exit: exitReason === 'signal' ? at(Math.max(0, exitRow - 1)) : nobody,
    entryOrderId: 2 * k + 1,
    exitOrderId: 2 * k + 2,
    maeFraction: Math.min(0, moved) - 0.004,
    mfeFraction: Math.max(0, moved) + 0.006,
    liquidationPrice: entryPrice * (side === 'long' ? 0.81 : 1.19),
  };
}

/** One candle of about a hundredth of all rows each, at least a row; then none around trades. */
function candlesOf(
  closes: readonly Float64Array[],
  openMs: Float64Array,
  stepMs: number,
): CandleRows {
  const rows: number[][] = [];
  const per = Math.max(1, Math.ceil(openMs.length / 1000));
  closes.forEach((close, leg) => {
    const draw = random(3, `candles/${leg}`);
    for (let from = 0; from < close.length; from += per) {
      const own = close.subarray(from, from + per).filter((price) => price === price);
      if (own.length === 0) continue;
      const high = Math.max(...own) * (1 + 0.0004 * Math.abs(gaussian(draw)));
      const low = Math.min(...own) * (1 - 0.0004 * Math.abs(gaussian(draw)));
      rows.push([leg, per * stepMs, openMs[from]!, own[0]!, high, low, own.at(-1)!, 10 * draw()]);
    }
  });
  const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
  return {
    length: rows.length,
    leg: column(0),
    stepMs: column(1),
    openMs: column(2),
    open: column(3),
    high: column(4),
    low: column(5),
    close: column(6),
    volume: column(7),
  };
}

/** Of four agents, of whom the last abstains for the first tenth; together they are as the mean of all. */
function votesOf(
  closes: readonly Float64Array[],
  openMs: Float64Array,
  stepMs: number,
): VoteColumns {
  const { length, leg, openMs: atMs } = candlesOf(closes, openMs, stepMs);
  const rows: number[][] = [];
  const draw = random(5, 'votes');
  for (let k = 0; k < length; k++) {
    const votes = Array.from({ length: 4 }, () => Math.round(200 * draw() - 100) / 100);
    const mean = Math.round(25 * votes.reduce((sum, vote) => sum + vote, 0)) / 100;
    for (const [seat, vote] of [...votes.entries(), [-1, mean] as const]) {
      if (seat === 3 && k < length / 10) continue;
      rows.push([leg[k]!, atMs[k]!, seat, vote, Math.min(1, vote + 0.05)]);
    }
  }
  const [legs, at, seat, low, high] = [0, 1, 2, 3, 4].map((n) =>
    Float64Array.from(rows, (row) => row[n]!),
  );
  return { length: rows.length, leg: legs!, openMs: at!, seat: seat!, low: low!, high: high! };
}

const JAN_1 = Date.UTC(2025, 0, 1);

/** One that is long and was stopped, on a grid of minutes from 2025 on. */
export const TRADE: Trade = {
  leg: 0,
  venue: 'synthetic',
  symbol: 'BTCUSDC',
  side: 'long',
  entryRow: 1,
  exitRow: 3,
  entryMs: JAN_1 + MINUTE_MS,
  exitMs: JAN_1 + 3 * MINUTE_MS,
  qty: 0.1,
  entryPrice: 93_500,
  exitPrice: 93_600.5,
  pnlUsd: 1.2,
  feesUsd: 8.4,
  slippageUsd: 3.7,
  fundingUsd: -0.02,
  returnFraction: 0.000128,
  exitReason: 'trailing-stop',
  votes: { 'quant-alpha': 0.8, 'risk-guardian': -0.25, idle: 0 },
};
