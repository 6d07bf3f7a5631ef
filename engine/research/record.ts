// What a run leaves behind besides facts, trades, fills and equity: everything that a person asks of
// it later. Made once when the run is over, from the kernel's logs and the panel's columns.
//
//   orders, funding, breaks   logs, as they are
//   origins                   one a trade: the decisions at both ends, excursions, liquidation price
//   votes                     lowest and highest of each span that a coarse candle covers
//   candles                   coarse ones of the whole run, base ones around trades (candle-rows.ts)
//
// Rows are counted from the first row that counts, like those of trades and fills.

import { NO_VOTES, type VoteColumns } from '../agents/vote-spans.ts';
import type { Config } from '../config/schema.ts';
import { ORDER_WORDS } from '../execution/order-log.ts';
import type { Column } from '../market/column.ts';
import { initialMarginUsd, liquidationPrice, tiersOfLeverage } from '../portfolio/margin.ts';
import type { Decision, Trade, TradeOrigin } from '../portfolio/trade.ts';
import { outagesOf } from '../simulation/outages.ts';
import type { Run } from './backtest.ts';
import { type CandleRows, candleRows } from './candle-rows.ts';
import { excursionsOf } from './excursions.ts';
import { type ModelSaying, type SayingsFinder, sayingsFinder } from './model-sayings.ts';

/** Every order of the run: the one with id n is at row n - 1. */
export interface OrderColumns {
  readonly length: number;
  readonly leg: Column;
  /** +1 buy, -1 sell. */
  readonly side: Column;
  readonly type: readonly string[];
  readonly purpose: readonly string[];
  /** How an entry was worked: `market`, `twap`, ...; empty for what is no entry. */
  readonly algorithm: readonly string[];
  readonly status: readonly string[];
  /** Base units, > 0; NaN where the venue was to work it out. */
  readonly qty: Column;
  readonly limitPrice: Column;
  readonly triggerPrice: Column;
  /** Close of the leg when it was decided. */
  readonly decisionPrice: Column;
  readonly createdMs: Column;
  /** NaN = it never came to an end. */
  readonly endedMs: Column;
  readonly filledQty: Column;
  /** Working parent; 0 = none. */
  readonly parentId: Column;
  /** The order whose fill woke it; 0 = none. */
  readonly attachedTo: Column;
}

/** Funding as it was booked. */
export interface FundingPayments {
  readonly length: number;
  readonly leg: Column;
  readonly row: Column;
  /** Received; negative = paid. */
  readonly amountUsd: Column;
}

/** One agent at one end of a trade. */
export interface Saying {
  readonly agent: string;
  /** Confidence, + BUY, - SELL, 0 HOLD; NaN = it abstained, vetoed, or decides alone. */
  readonly vote: number;
  /** Of the config, or what it was multiplied by: earned, and times what memory made of it. */
  readonly weight: number;
  readonly reason: string;
  /** What it saw at that row, by name; what is not known yet is left out. */
  readonly features: Readonly<Record<string, number>>;
  /** What a model told it; left out where none was asked. */
  readonly told?: ModelSaying;
}

/** A decision as people look at it; `row` -1 = nobody decided. */
export interface RecordedDecision {
  readonly row: number;
  readonly score: number;
  readonly said: readonly Saying[];
}

/** Where one trade came from and what it went through; fractions are of its entry price. */
export interface TradeRecord {
  readonly entry: RecordedDecision;
  readonly exit: RecordedDecision;
  readonly entryOrderId: number;
  /** 0 = none of ours. */
  readonly exitOrderId: number;
  /** Furthest against it, <= 0, and in its favour, >= 0; see excursions.ts. */
  readonly maeFraction: number;
  readonly mfeFraction: number;
  /** Where its venue would have closed it, as entered; NaN = at no price, or margin is not checked. */
  readonly liquidationPrice: number;
}

/** A time in which something was out of order. */
export interface Break {
  readonly kind: 'outage' | 'breaker';
  readonly venue: string;
  readonly fromMs: number;
  /** Infinity = until the end. */
  readonly toMs: number;
  /** `refused`, `timeout`, `open`, `half-open`, `isolated`. */
  readonly what: string;
}

export interface RunRecord {
  readonly orders: OrderColumns;
  readonly funding: FundingPayments;
  /** One a trade, in their order. */
  readonly origins: readonly TradeRecord[];
  readonly breaks: readonly Break[];
  readonly candles: CandleRows;
  readonly votes: VoteColumns;
}

/** The record of a finished run. `trades` are those of `collect`: closed ones, then open ones. */
export function recordOf(
  run: Run,
  config: Config,
  firstRow: number,
  trades: readonly Trade[],
): RunRecord {
  const { kernel } = run;
  const origins = [...kernel.trades.origins(), ...kernel.trades.openOrigins()];
  const toldAt = sayingsFinder(run);
  return {
    orders: ordersOf(run),
    funding: fundingOf(run, firstRow),
    origins: trades.map((trade, k) =>
      tradeRecord(run, config, firstRow, trade, origins[k]!, toldAt),
    ),
    breaks: breaksOf(run, config),
    candles: candleRows(kernel.panel, firstRow, kernel.row, trades),
    votes: kernel.voteSpans?.columns() ?? NO_VOTES,
  };
}

function ordersOf({ kernel }: Run): OrderColumns {
  const { log, parents } = kernel.desk;
  const { type, status, equityFraction: _, distance: __, ...numbers } = log.columns;
  const { purpose, attachedTo, endedMs, restsAt } = log.notes;
  const words = (names: readonly string[], codes: Column) =>
    Array.from(codes, (code) => names[code]!);
  return {
    length: log.length,
    ...numbers,
    limitPrice: restsAt,
    type: words(ORDER_WORDS.type, type),
    status: words(ORDER_WORDS.status, status),
    purpose: words(ORDER_WORDS.purpose, purpose),
    algorithm: Array.from(numbers.parentId, (parent, k) => {
      if (ORDER_WORDS.purpose[purpose[k]!] !== 'entry') return '';
      return parents.names[parent - 1] ?? 'market';
    }),
    attachedTo,
    endedMs,
  };
}

function fundingOf({ kernel }: Run, firstRow: number): FundingPayments {
  const log = kernel.fundingLog;
  const length = log.length / 3;
  const column = (at: number, less = 0) =>
    Float64Array.from({ length }, (_, k) => log[3 * k + at]! - less);
  return { length, leg: column(0), row: column(1, firstRow), amountUsd: column(2) };
}

function tradeRecord(
  run: Run,
  config: Config,
  firstRow: number,
  trade: Trade,
  origin: TradeOrigin,
  toldAt: SayingsFinder,
): TradeRecord {
  const { panel } = run.kernel;
  const { entry, exit, entryOrderId, exitOrderId } = origin;
  return {
    entry: decisionRecord(run, trade.leg, firstRow, entry, toldAt),
    exit: decisionRecord(run, trade.leg, firstRow, exit, toldAt),
    entryOrderId,
    exitOrderId,
    ...excursionsOf(panel.legs[trade.leg]!.candles, firstRow, trade),
    liquidationPrice: liquidationOf(run, config, firstRow, trade),
  };
}

/** What every seat said and saw at a decision, in the order of the seats. */
function decisionRecord(
  { kernel }: Run,
  leg: number,
  firstRow: number,
  { row, score, votes, reasons, weights }: Decision,
  toldAt: SayingsFinder,
): RecordedDecision {
  if (row < 0) return { row: -1, score: Number.NaN, said: [] };
  const market = kernel.panel.legs[leg]!.primary;
  const told = toldAt(market, row);
  const said = kernel.seats.map(({ id, weight, views }): Saying => {
    const features: Record<string, number> = {};
    for (const [name, column] of Object.entries(views[market]!.features)) {
      const value = column[row]!;
      if (Number.isFinite(value)) features[name] = value;
    }
    return {
      agent: id,
      vote: votes[id] ?? Number.NaN,
      weight: weights?.[id] ?? weight,
      reason: reasons[id] ?? '',
      features,
      ...(told?.has(id) ? { told: told.get(id)! } : {}),
    };
  });
  return { row: row - firstRow, score, said };
}

/**
 * With isolated margin its own share, with cross margin all equity at the close of its first row: as
 * if nothing else were held then.
 */
function liquidationOf(
  { kernel }: Run,
  { world }: Config,
  firstRow: number,
  { leg, side, qty, entryPrice, entryRow }: Trade,
): number {
  const { enabled, mode, leverage } = world.margin;
  if (!enabled) return Number.NaN;
  const { maxLeverage } = kernel.panel.legs[leg]!.instrument;
  const marginUsd =
    mode === 'isolated'
      ? initialMarginUsd(qty * entryPrice, Math.min(leverage, maxLeverage))
      : kernel.equityUsd[firstRow + entryRow]!;
  const signed = side === 'long' ? qty : -qty;
  return liquidationPrice(tiersOfLeverage(maxLeverage), signed, entryPrice, marginUsd);
}

/** Outages as the venue had them, and what the breakers made of them, by time. */
function breaksOf({ kernel, venue }: Run, { world, seed }: Config): Break[] {
  const { panel, routing } = kernel;
  const fromMs = panel.openMs[0] ?? 0;
  const toMs = (panel.openMs[panel.length - 1] ?? 0) + panel.intervalMs;
  const outages = outagesOf(world, venue.accounts.venues, fromMs, toMs, seed);
  const out = outages
    .filter((one) => one.fromMs < toMs)
    .map(
      (one): Break => ({
        kind: 'outage',
        venue: one.venue,
        fromMs: one.fromMs,
        toMs: one.toMs,
        what: one.answer,
      }),
    );
  const broken = routing.venues.flatMap((name, k) => {
    const { transitions } = routing.breakers[k]!;
    return transitions.flatMap(({ to, atMs }, at): Break[] => {
      if (to === 'closed') return [];
      const untilMs = transitions[at + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      return [{ kind: 'breaker', venue: name, fromMs: atMs, toMs: untilMs, what: to }];
    });
  });
  return [...out, ...broken].sort((a, b) => a.fromMs - b.fromMs);
}
