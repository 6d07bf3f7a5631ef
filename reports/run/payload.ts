// The data inside the page, within what a page may weigh. Four blocks, so that the page is there
// before the last of them is unpacked:
//
//   core      coarse candles, account, trades     always all of them (trades: up to a bound)
//   details   what is behind single trades        those that moved most money, as many as fit
//   candles   base candles around trades          likewise
//   votes     what agents said over time          all of it, in longer spans where it is much
//
// How many fit is found by trying: packed size grows nearly with the count.

import { intervalMs } from '../../engine/interval.ts';
import type { Column } from '../../engine/market/column.ts';
import type { CandleRows } from '../../engine/research/candle-rows.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { type Html, html, raw } from '../html.ts';
import { coarseStep, packedCandles, packedEquity } from './market-data.ts';
import { differences, pack, packText } from './pack.ts';
import { Details, packedTrades, shownTrades } from './trade-data.ts';
import { packedVotes } from './vote-data.ts';

/** Trades in the table of the page. */
const MOST_TRADES = 10_000;
/** Characters of base64. */
const DETAILS_ROOM = 370_000;
const CANDLES_ROOM = 340_000;
const VOTES_ROOM = 170_000;

export interface Payload {
  readonly blocks: Html;
  /** Trades in the table, and those whose decisions are on the page. */
  readonly trades: number;
  readonly detailed: number;
}

export async function payloadOf(result: RunResult): Promise<Payload> {
  const baseMs = intervalMs(result.facts.data.interval);
  const { candles, funding } = result.record;
  const stepMs = coarseStep(candles, baseMs);
  const rows = shownTrades(result.trades, MOST_TRADES);
  const isFine = stepMs === baseMs;
  const core = pack({
    baseMs,
    stepMs,
    candles: packedCandles(candles, isFine, baseMs),
    equity: packedEquity(result, stepMs),
    benchmark: result.facts.benchmark.name,
    cashUsd: result.facts.cashUsd,
    trades: packedTrades(result, rows),
    funding: fundingBySpan(result, stepMs, funding.length),
  });
  const byMoney = shownTrades(result.trades, result.trades.length).sort(
    (a, b) => Math.abs(result.trades[b]!.pnlUsd) - Math.abs(result.trades[a]!.pnlUsd),
  );
  const behind = new Details(result, byMoney);
  const details = packSome(byMoney.length, DETAILS_ROOM, (count) => behind.json(count));
  const base = packSome(isFine ? 0 : byMoney.length, CANDLES_ROOM, (count) => {
    const near = candlesAround(result, byMoney.slice(0, count), baseMs);
    return JSON.stringify(packedCandles(near, true, baseMs));
  });
  // All are deflated at once, beside this thread.
  const texts = await Promise.all([core, details, base, packVotes(result, stepMs)]);
  const [coreText, [detailText, detailed], [baseText], voteText] = texts;
  return {
    blocks: html`${block('core', coreText)}${block('details', detailText)}${block('candles', baseText)}${block('votes', voteText)}`,
    trades: rows.length,
    detailed,
  };
}

function block(name: string, text: string): Html {
  return html`<script type="text/plain" id="data-${name}">${raw(text)}</script>\n`;
}

/** As many of `all`, first ones first, as fit into so many characters; and how many they are. */
async function packSome(
  all: number,
  room: number,
  jsonOf: (count: number) => string,
): Promise<[string, number]> {
  // A first guess from a few of them spares packing a hundred thousand in vain; many pack a little
  // tighter than few.
  let count = all;
  if (count > 400) {
    const few = await packText(jsonOf(200));
    count = Math.min(count, Math.floor((room / few.length) * 200 * 1.02));
  }
  for (;;) {
    const text = await packText(jsonOf(count));
    if (text.length <= room || count === 0) return [text, count];
    count = Math.min(count - 1, Math.floor(count * (room / text.length) * 0.97));
  }
}

/** Votes in spans of coarse candles, or of as many as make them fit. */
async function packVotes({ record, facts }: RunResult, stepMs: number): Promise<string> {
  const { consensus, strategy } = facts.config.decision;
  const actsAbove = strategy === null ? consensus.actThreshold : null;
  for (let times = 1; ; times *= 2) {
    const legs = packedVotes(record.votes, facts.agents.length, stepMs, times);
    const text = await pack({ actsAbove, legs });
    if (text.length <= VOTES_ROOM || times >= 64) return text;
  }
}

/** Base candles from a little before an entry to a little after an exit, of these trades. */
function candlesAround(
  { trades, record }: RunResult,
  rows: readonly number[],
  baseMs: number,
): CandleRows {
  const { candles } = record;
  const kept = new Uint8Array(candles.length);
  const blocks = baseBlocks(candles, baseMs);
  for (const row of rows) {
    const { leg, entryMs, exitMs } = trades[row]!;
    const [from, to] = blocks.get(leg) ?? [0, 0];
    const fromMs = entryMs - AROUND * baseMs;
    for (let k = firstAt(candles, from, to, fromMs); k < to; k++) {
      if (candles.openMs[k]! > exitMs + AROUND * baseMs) break;
      kept[k] = 1;
    }
  }
  const pick = (column: Column) => Float64Array.from(column).filter((_, k) => kept[k] === 1);
  const leg = pick(candles.leg);
  return {
    length: leg.length,
    leg,
    stepMs: pick(candles.stepMs),
    openMs: pick(candles.openMs),
    open: pick(candles.open),
    high: pick(candles.high),
    low: pick(candles.low),
    close: pick(candles.close),
    volume: pick(candles.volume),
  };
}

const AROUND = 30;

/** From and to of the base candles of each leg: they stand together. */
function baseBlocks({ length, leg, stepMs }: CandleRows, baseMs: number) {
  const blocks = new Map<number, readonly [number, number]>();
  for (let k = 0; k < length; k++) {
    if (stepMs[k] !== baseMs) continue;
    blocks.set(leg[k]!, [blocks.get(leg[k]!)?.[0] ?? k, k + 1]);
  }
  return blocks;
}

function firstAt({ openMs }: CandleRows, from: number, to: number, atMs: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (openMs[middle]! < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Funding of each leg by coarse candle: leg, spans (as differences), hundredths of cents. */
function fundingBySpan({ record, equity }: RunResult, stepMs: number, length: number) {
  const { leg, row, amountUsd } = record.funding;
  const sums = new Map<number, Map<number, number>>();
  for (let k = 0; k < length; k++) {
    const closeMs = equity.closeMs[row[k]!];
    if (closeMs === undefined) continue;
    const own = sums.get(leg[k]!) ?? new Map<number, number>();
    sums.set(leg[k]!, own);
    const span = Math.ceil(closeMs / stepMs) - 1;
    own.set(span, (own.get(span) ?? 0) + amountUsd[k]!);
  }
  return [...sums].map(([of, own]) => ({
    leg: of,
    t: differences([...own.keys()], 1),
    usd: [...own.values()].map((usd) => Math.round(usd * 1e4)),
  }));
}
