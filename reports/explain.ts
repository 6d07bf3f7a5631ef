// Why one trade was made and what became of it: who voted what on which numbers and memories, in whose
// words; the life of its orders; and where its shortfall went. All of it is in the run folder already;
// this is the trade panel of the page, to be read in a terminal or by a program.

import { InputError } from '../engine/errors.ts';
import type { ModelSaying } from '../engine/research/model-sayings.ts';
import type { RecordedDecision } from '../engine/research/record.ts';
import type { RunResult } from '../engine/research/result.ts';
import { bps, count, decimal, duration, percent, plainText, usd, utcMinute } from './format.ts';
import { toldText } from './models.ts';
import { legNamer } from './run/legs.ts';
import { fillFinder, orderFinder } from './run/trade-data.ts';
import { LABEL_WIDTH, type Layout, paint, wrap } from './table.ts';

export interface ExplainedAgent {
  readonly agent: string;
  /** BUY, SELL or HOLD; null = it abstained, vetoed or decides alone. */
  readonly action: 'BUY' | 'SELL' | 'HOLD' | null;
  /** 0 to 1; null where it did not vote, or held. */
  readonly confidence: number | null;
  readonly weight: number;
  /** Its words, and of what it remembered; empty = none. */
  readonly words: string;
  readonly features: Readonly<Record<string, number>>;
  /** What a model told it; null where none was asked. */
  readonly told: ModelSaying | null;
}

export interface ExplainedDecision {
  /** The close it was made at, UTC ms. */
  readonly atMs: number;
  /** null where one strategy decides alone, or nobody was asked. */
  readonly score: number | null;
  readonly agents: readonly ExplainedAgent[];
}

export interface ExplainedOrder {
  readonly id: number;
  readonly purpose: string;
  readonly type: string;
  readonly side: 'buy' | 'sell';
  readonly status: string;
  readonly createdMs: number;
  readonly endedMs: number | null;
  readonly qty: number | null;
  readonly filledQty: number;
  /** Trigger, else limit; null = neither. */
  readonly price: number | null;
  readonly decisionPrice: number;
  readonly fills: readonly ExplainedFill[];
}

export interface ExplainedFill {
  readonly tsMs: number;
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
  readonly slippageUsd: number;
}

/** Of all fills of one purpose; costs in USD, positive = paid. */
export interface ExplainedShortfall {
  readonly purpose: string;
  readonly delayUsd: number;
  readonly spreadUsd: number;
  readonly impactUsd: number;
  readonly feeUsd: number;
  readonly totalUsd: number;
  /** null = nothing filled. */
  readonly bps: number | null;
}

export interface Explanation {
  /** From 1, as in trades.parquet and on the page. */
  readonly trade: number;
  readonly trades: number;
  readonly run: string;
  readonly symbol: string;
  readonly venue: string;
  readonly side: 'long' | 'short';
  readonly qty: number;
  readonly entryMs: number;
  readonly exitMs: number;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly exitReason: string;
  readonly pnlUsd: number;
  readonly feesUsd: number;
  readonly fundingUsd: number;
  readonly returnFraction: number;
  readonly maeFraction: number;
  readonly mfeFraction: number;
  readonly entry: ExplainedDecision | null;
  readonly exit: ExplainedDecision | null;
  readonly orders: readonly ExplainedOrder[];
  readonly shortfall: readonly ExplainedShortfall[];
}

/** Trade `number` (from 1) of a run. Throws InputError when there is no such trade. */
export function explanationOf(result: RunResult, number: number): Explanation {
  const { trades, record, facts } = result;
  const trade = trades[number - 1];
  const origin = record.origins[number - 1];
  if (trade === undefined || origin === undefined) {
    const rule =
      trades.length === 0
        ? 'must be a trade of the run, which made none'
        : `must be a trade of the run: a whole number, 1 to ${trades.length}`;
    throw new InputError({ key: '--trade', rule, value: number });
  }
  const rows = orderFinder(record.orders)(trade, origin);
  const orders = rows.map((k) => orderOf(result, k));
  const fills = fillFinder(result.fills)(trade);
  for (const k of fills) {
    const order = orders.find(({ id }) => id === result.fills.orderId[k]);
    (order?.fills as ExplainedFill[] | undefined)?.push(fillOf(result, k));
  }
  const { venue, symbol } = facts.data.legs[trade.leg]!;
  const { side, qty, entryMs, exitMs, entryPrice, exitPrice, exitReason } = trade;
  const { pnlUsd, feesUsd, fundingUsd, returnFraction } = trade;
  const { maeFraction, mfeFraction } = origin;
  return {
    trade: number,
    trades: trades.length,
    run: facts.digest,
    ...{ symbol, venue, side, qty, entryMs, exitMs, entryPrice, exitPrice, exitReason },
    ...{ pnlUsd, feesUsd, fundingUsd, returnFraction, maeFraction, mfeFraction },
    entry: decisionOf(result, origin.entry),
    exit: decisionOf(result, origin.exit),
    orders,
    shortfall: shortfallsOf(result, orders, fills),
  };
}

function decisionOf(
  { equity, facts }: RunResult,
  { row, score, said }: RecordedDecision,
): ExplainedDecision | null {
  if (row < 0) return null;
  return {
    atMs: equity.closeMs[row] ?? facts.data.fromMs,
    score: numberOr(score),
    agents: said.map(({ agent, vote, weight, reason, features, told = null }) => ({
      agent,
      action: vote > 0 ? 'BUY' : vote < 0 ? 'SELL' : vote === 0 ? 'HOLD' : null,
      confidence: vote === vote && vote !== 0 ? Math.abs(vote) : null,
      weight,
      words: reason,
      features,
      told,
    })),
  };
}

function orderOf({ record: { orders } }: RunResult, k: number): ExplainedOrder {
  return {
    id: k + 1,
    purpose: orders.purpose[k]!,
    type: orders.type[k]!,
    side: orders.side[k]! > 0 ? 'buy' : 'sell',
    status: orders.status[k]!,
    createdMs: orders.createdMs[k]!,
    endedMs: numberOr(orders.endedMs[k]!),
    qty: numberOr(orders.qty[k]!),
    filledQty: orders.filledQty[k]!,
    price: numberOr(orders.triggerPrice[k]!) ?? numberOr(orders.limitPrice[k]!),
    decisionPrice: orders.decisionPrice[k]!,
    fills: [],
  };
}

function fillOf({ fills }: RunResult, k: number): ExplainedFill {
  return {
    tsMs: fills.tsMs[k]!,
    qty: fills.qty[k]!,
    price: fills.price[k]!,
    feeUsd: fills.feeUsd[k]!,
    slippageUsd: fills.slippageUsd[k]!,
  };
}

/** By purpose of the orders, in their order; what nobody ordered (a liquidation) is left out. */
function shortfallsOf(
  { fills }: RunResult,
  orders: readonly ExplainedOrder[],
  rows: readonly number[],
): ExplainedShortfall[] {
  const sums = new Map<string, Cost>();
  for (const k of rows) {
    const order = orders.find(({ id }) => id === fills.orderId[k]);
    if (order === undefined) continue;
    const { purpose, decisionPrice } = order;
    const one = sums.get(purpose) ?? { paper: 0, delay: 0, spread: 0, impact: 0, fee: 0 };
    sums.set(purpose, one);
    const [qty, impact] = [fills.qty[k]!, fills.impactUsd[k]!];
    const slippage = fills.slippageUsd[k]!;
    one.paper += Math.abs(qty) * decisionPrice;
    one.delay += qty * (fills.price[k]! - decisionPrice) - slippage;
    one.spread += slippage - impact;
    one.impact += impact;
    one.fee += fills.feeUsd[k]!;
  }
  return Array.from(sums, ([purpose, { paper, delay, spread, impact, fee }]) => {
    const totalUsd = delay + spread + impact + fee;
    const cost = numberOr((totalUsd / paper) * 1e4);
    const parts = { delayUsd: delay, spreadUsd: spread, impactUsd: impact, feeUsd: fee };
    return { purpose, ...parts, totalUsd, bps: cost };
  });
}

/** USD; see engine/execution/shortfall.ts. */
interface Cost {
  paper: number;
  delay: number;
  spread: number;
  impact: number;
  fee: number;
}

// ---- as text --------------------------------------------------------------------------------------

const MOST_ORDERS = 12;

/** Lines for a terminal, the last one ended. */
export function explanationText(
  one: Explanation,
  facts: RunResult['facts'],
  layout: Layout,
): string {
  const name = legNamer(facts)({ venue: one.venue, symbol: one.symbol });
  const gain = `${usd(one.pnlUsd, { sign: true })} (${percent(one.returnFraction, { sign: true })})`;
  const costs = `fees ${usd(one.feesUsd)}, funding ${usd(one.fundingUsd, { sign: true })}`;
  const range = `worst ${percent(one.maeFraction)}, best ${percent(one.mfeFraction, { sign: true })}`;
  const lines = [
    paint(
      {
        text: `trade ${count(one.trade)} of ${count(one.trades)}   ${one.side} ${plainText(name)}   ${gain}`,
        paint: 'bold',
      },
      layout,
    ),
    line(
      'entry',
      `${utcMinute(one.entryMs)} at ${price(one.entryPrice)}, ${number(one.qty)} units`,
      layout,
    ),
    line(
      'exit',
      `${utcMinute(one.exitMs)} at ${price(one.exitPrice)}, ${one.exitReason}, after ${duration(one.exitMs - one.entryMs)}`,
      layout,
    ),
    line('on its way', `${range}; ${costs}`, layout),
    '',
    ...decisionLines('why in', one.entry, layout),
    '',
    ...decisionLines('why out', one.exit, layout),
    '',
    ...orderLines(one.orders, layout),
    '',
    ...shortfallLines(one.shortfall, layout),
  ];
  return `${lines.join('\n')}\n`;
}

function decisionLines(label: string, made: ExplainedDecision | null, layout: Layout): string[] {
  if (made === null)
    return [line(label, 'nobody was asked: an order of the venue or a stop did it', layout)];
  // One that decides alone has no vote: its score is the size of the exposure it wants.
  const isAlone = made.agents.length === 1 && made.agents[0]!.action === null;
  const what = isAlone ? 'exposure wanted' : 'score';
  const score =
    made.score === null ? 'one strategy decides alone' : `${what} ${decimal(made.score)}`;
  const lines = [line(label, `${utcMinute(made.atMs)}   ${score}`, layout)];
  for (const { agent, action, confidence, weight, words, features, told } of made.agents) {
    const vote =
      action === null
        ? told?.kind === 'second-opinion'
          ? 'reviews'
          : isAlone
            ? 'target'
            : 'abstains'
        : confidence === null
          ? action
          : `${action} ${decimal(confidence)}`;
    lines.push(line('', `${agent.padEnd(20)} ${vote.padEnd(10)} weight ${number(weight)}`, layout));
    if (words !== '') lines.push(...indented(`"${words}"`, layout));
    if (told !== null) {
      lines.push(...indented(toldText(told), layout));
      if (told.words !== '' && !words.includes(told.words))
        lines.push(...indented(`"${told.words}"`, layout));
    }
    const seen = Object.entries(features).map(([name, value]) => `${name} ${number(value)}`);
    if (seen.length > 0) lines.push(...indented(seen.join('  '), layout, true));
  }
  return lines;
}

function orderLines(orders: readonly ExplainedOrder[], layout: Layout): string[] {
  if (orders.length === 0) return [line('orders', 'none of ours', layout)];
  const shown = orders.filter(({ filledQty }, k) => filledQty > 0 || k < MOST_ORDERS);
  const left = orders.length - shown.length;
  const lines = shown.map((order, k) => {
    const { purpose, type, side, status, createdMs, endedMs, qty, price: at, fills } = order;
    const where = at === null ? '' : ` at ${price(at)}`;
    const size = qty === null ? '' : ` ${number(qty)}`;
    const life = endedMs === null ? status : `${status} ${utcMinute(endedMs).slice(5)}`;
    const filled = fills.map((fill) => `${number(Math.abs(fill.qty))} at ${price(fill.price)}`);
    const text = `${utcMinute(createdMs)}  ${purpose} ${side} ${type}${size}${where}, ${life}`;
    return line(
      k === 0 ? 'orders' : '',
      filled.length > 0 ? `${text}: ${filled.join(', ')}` : text,
      layout,
    );
  });
  return left > 0 ? [...lines, line('', `and ${left} more that did not fill`, layout)] : lines;
}

function shortfallLines(parts: readonly ExplainedShortfall[], layout: Layout): string[] {
  if (parts.length === 0) return [line('shortfall', 'no order of ours was filled', layout)];
  return parts.map(
    ({ purpose, delayUsd, spreadUsd, impactUsd, feeUsd, totalUsd, bps: cost }, k) => {
      const total = cost === null ? '' : ` (${bps(cost / 1e4)})`;
      const money = (value: number) => decimal(value, { digits: 4 });
      const split = `delay ${money(delayUsd)}, spread ${money(spreadUsd)}, impact ${money(impactUsd)}, fee ${money(feeUsd)}`;
      return line(
        k === 0 ? 'shortfall' : '',
        `${purpose} ${usd(totalUsd)}${total} = ${split}`,
        layout,
      );
    },
  );
}

function line(label: string, text: string, layout: Layout): string {
  return paint({ text: label.padEnd(LABEL_WIDTH), paint: 'dim' }, layout) + plainText(text);
}

function indented(text: string, layout: Layout, isDim = false): string[] {
  const pad = ' '.repeat(LABEL_WIDTH + 2);
  return wrap(plainText(text), layout.width - pad.length).map((part) => {
    return pad + (isDim ? paint({ text: part, paint: 'dim' }, layout) : part);
  });
}

function price(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function number(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function numberOr(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
