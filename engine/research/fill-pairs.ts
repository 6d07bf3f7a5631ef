// Orders of a session beside the orders that the model made at the same closes, and why they came to
// something else.
//
//   (close decided at, leg, side, purpose, order of appearance)   the same = a pair
//
// A cause is looked for from the outside in: a person, old candles and the venue first, then what the
// account wanted, then how it was filled. An order that only one of the two made, while their positions
// differ because of one of the first three, has the cause of that difference.

import { statusCode } from '../execution/order-log.ts';
import type { Kernel } from '../kernel.ts';
import type { Panel } from '../market/panel.ts';
import { venuesOf } from '../market/venues.ts';
import type { Hand, OrderMade } from './hand.ts';

/** Why a paper fill is not its modelled fill. */
export const FILL_CAUSES = Object.freeze({
  equal: 'the same quantity at the same price and time',
  latency: 'filled at another time',
  spread: 'filled at the same time at another price',
  partial: 'filled in other pieces, or not to the end',
  size: 'another quantity was ordered, because the account stood otherwise',
  missed: 'the model filled it and the session did not',
  extra: 'the session filled it and the model did not',
  data: 'the session did not act on it: its candles were too old',
  operator: 'a person had paused or halted the session',
  venue: 'the venue took it in the one and not in the other, or held other positions',
} as const);

export type FillCause = keyof typeof FILL_CAUSES;

/** One order of the session and the order that the model made at the same close. */
export interface FillPair {
  /** Close at which it was decided, UTC ms. */
  readonly decidedMs: number;
  readonly venue: string;
  readonly symbol: string;
  readonly side: 1 | -1;
  /** `entry`, `stop`, ...: see the order types. */
  readonly purpose: string;
  /** Filled base units >= 0, mean price, and when the last fill came; NaN where it did not fill. */
  readonly paperQty: number;
  readonly paperPrice: number;
  readonly paperMs: number;
  readonly modelQty: number;
  readonly modelPrice: number;
  readonly modelMs: number;
  /** How much worse the session's price was, bps of the model's; NaN where one of them is missing. */
  readonly errorBps: number;
  readonly cause: FillCause;
}

/** One of the two runs: what was done, and the kernel that did it. */
export interface Side {
  readonly hand: Hand;
  readonly kernel: Kernel;
}

/** An order and what came of it. */
interface Line extends Omit<OrderMade, 'purpose'> {
  readonly purpose: string;
  /** As in the order log, when all was over: what was wanted, and its end. */
  readonly qty: number;
  readonly equityFraction: number;
  readonly status: number;
  /** A person's word took it back. */
  readonly isTakenBack: boolean;
  filledQty: number;
  notionalUsd: number;
  lastMs: number;
  pieces: number;
}

interface Couple {
  readonly any: Line;
  readonly paper: Line | null;
  readonly model: Line | null;
}

const FILLED = statusCode('filled');
const REFUSED: readonly number[] = [statusCode('rejected'), statusCode('unknown')];
/** What comes from outside, and goes on to work where positions differ because of it. */
const OUTSIDE: readonly FillCause[] = ['data', 'operator', 'venue'];
/** Sums of the same fills in another order agree to this. */
const LAST_BITS = 1e-12;

/**
 * Pairs what was filled in the first `rows` rows. `isBlind`: what happened inside candles is not known
 * to the model, so that a difference which nothing from outside explains is one of `data`.
 */
export function pairFills(session: Side, model: Side, rows: number, isBlind: boolean): FillPair[] {
  const { panel } = session.kernel;
  const venueOf = venuesOf(panel.legs.map((leg) => leg.instrument)).of;
  const couples = coupled(linesOf(session, rows), linesOf(model, rows));
  /** Of each leg: how much more the session holds, and why. */
  const gaps = panel.legs.map((): { qty: number; cause: FillCause } => ({
    qty: 0,
    cause: 'equal',
  }));
  return couples.map((couple) => {
    const { any } = couple;
    const { venue, symbol, lotSize } = panel.legs[any.leg]!.instrument;
    const gap = gaps[any.leg]!;
    const inherited = Math.abs(gap.qty) > lotSize / 2 ? gap.cause : 'equal';
    const row = rowAt(panel, any.createdMs, rows);
    const found = causeOf(couple, session.hand, model.hand, row, venueOf[any.leg]!, inherited);
    const isSure = found === 'equal' || OUTSIDE.includes(found);
    const cause = isBlind && !isSure ? 'data' : found;
    const paper = sumOf(couple.paper);
    const its = sumOf(couple.model);
    gap.qty += any.side * (paper.qty - its.qty);
    if (OUTSIDE.includes(cause)) gap.cause = cause;
    else if (!OUTSIDE.includes(inherited)) gap.cause = 'equal';
    return {
      decidedMs: any.createdMs,
      venue,
      symbol,
      side: any.side,
      purpose: any.purpose,
      paperQty: paper.qty,
      paperPrice: paper.price,
      paperMs: paper.lastMs,
      modelQty: its.qty,
      modelPrice: its.price,
      modelMs: its.lastMs,
      // Never -0.
      errorBps: any.side * (paper.price / its.price - 1) * 10_000 + 0,
      cause,
    };
  });
}

/** In order of the close and of appearance; only those of which one at least was filled. */
function coupled(papers: readonly Line[], models: readonly Line[]): Couple[] {
  const waiting = new Map<string, Line[]>();
  for (const line of models) {
    const key = keyOf(line);
    const list = waiting.get(key);
    if (list) list.push(line);
    else waiting.set(key, [line]);
  }
  const met = new Set<Line>();
  const couples: Couple[] = [];
  for (const paper of papers) {
    const model = waiting.get(keyOf(paper))?.shift() ?? null;
    if (model !== null) met.add(model);
    couples.push({ any: paper, paper, model });
  }
  for (const model of models) {
    if (!met.has(model)) couples.push({ any: model, paper: null, model });
  }
  return couples
    .filter(({ paper, model }) => (paper?.pieces ?? 0) + (model?.pieces ?? 0) > 0)
    .sort((a, b) => a.any.createdMs - b.any.createdMs);
}

function keyOf({ createdMs, leg, side, purpose }: Line): string {
  return `${createdMs} ${leg} ${side} ${purpose}`;
}

/** Every order with what was filled of it by the end of the last row; liquidations last. */
function linesOf({ hand, kernel }: Side, rows: number): Line[] {
  const wanted = kernel.desk.log.columns;
  const lines = hand.orders.map((made, k): Line => {
    const qty = wanted.qty[k]!;
    const equityFraction = wanted.equityFraction[k]!;
    const status = wanted.status[k]!;
    const isTakenBack = hand.takenBack.has(k + 1);
    return { ...made, qty, equityFraction, status, isTakenBack, ...UNFILLED };
  });
  const { panel, fills } = kernel;
  const { row, tsMs, leg, orderId, qty, price } = fills.columns;
  for (let k = 0; k < fills.length && row[k]! < rows; k++) {
    let line = lines[orderId[k]! - 1];
    if (orderId[k] === 0) {
      line = liquidation(panel, row[k]!, leg[k]!, qty[k]! > 0 ? 1 : -1);
      lines.push(line);
    }
    if (line === undefined) continue;
    line.filledQty += Math.abs(qty[k]!);
    line.notionalUsd += Math.abs(qty[k]!) * price[k]!;
    line.lastMs = tsMs[k]!;
    line.pieces++;
  }
  return lines;
}

const UNFILLED = { filledQty: 0, notionalUsd: 0, lastMs: Number.NaN, pieces: 0 };

/** The venue's own order, known at the close of its row. */
function liquidation(panel: Panel, row: number, leg: number, side: 1 | -1): Line {
  return {
    leg,
    side,
    purpose: 'liquidation',
    createdMs: panel.openMs[row]! + panel.intervalMs,
    qty: Number.NaN,
    equityFraction: Number.NaN,
    byOperator: false,
    status: FILLED,
    isTakenBack: false,
    ...UNFILLED,
  };
}

function sumOf(line: Line | null): { qty: number; price: number; lastMs: number } {
  if (line === null || line.pieces === 0) return { qty: 0, price: Number.NaN, lastMs: Number.NaN };
  const { filledQty: qty, notionalUsd, lastMs } = line;
  return { qty, price: notionalUsd / qty, lastMs };
}

/** The row whose close was the newest at an instant; 0 before the first. */
function rowAt({ openMs, intervalMs }: Panel, atMs: number, rows: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (openMs[middle]! + intervalMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function causeOf(
  { paper, model }: Couple,
  session: Hand,
  modelled: Hand,
  row: number,
  venue: number,
  inherited: FillCause,
): FillCause {
  const hasPaper = paper !== null && paper.pieces > 0;
  const hasModel = model !== null && model.pieces > 0;
  if (hasPaper && hasModel) return causeOfBoth(paper, model);
  const isEntry = (paper ?? model)!.purpose === 'entry';
  if (hasModel && paper !== null) {
    if (paper.isTakenBack) return 'operator';
    return REFUSED.includes(paper.status) ? 'venue' : 'missed';
  }
  if (hasModel) {
    if (session.isStale(row)) return 'data';
    // A pause keeps entries out, a halt everything.
    if (isEntry && session.isHeldBack(row)) return 'operator';
    if (isEntry && (session.isAtOdds(row) || session.isVenueOut(row, venue))) return 'venue';
    if (OUTSIDE.includes(inherited)) return inherited;
    return session.isHaltedByPerson(row) ? 'operator' : 'missed';
  }
  if (model !== null) return REFUSED.includes(model.status) ? 'venue' : 'extra';
  const isHalt = paper!.purpose === 'halt' && session.isHaltedByPerson(row);
  if (paper!.byOperator || isHalt) return 'operator';
  if (isEntry && modelled.isVenueOut(row, venue)) return 'venue';
  return OUTSIDE.includes(inherited) ? inherited : 'extra';
}

/** Both were filled: as much, at the same time, at the same price? */
function causeOfBoth(paper: Line, model: Line): FillCause {
  const isSameQty = isNear(paper.filledQty, model.filledQty);
  const isSameTime = paper.lastMs === model.lastMs;
  const isSamePrice = isNear(
    paper.notionalUsd / paper.filledQty,
    model.notionalUsd / model.filledQty,
  );
  if (isSameQty && isSameTime && isSamePrice) return 'equal';
  if (!isSameQty && paper.isTakenBack) return 'operator';
  const isSameOrder =
    Object.is(paper.qty, model.qty) && Object.is(paper.equityFraction, model.equityFraction);
  if (!isSameQty && !isSameOrder) return 'size';
  const areWhole = paper.status === FILLED && model.status === FILLED;
  if ((!isSameQty && !areWhole) || paper.pieces !== model.pieces) return 'partial';
  if (!isSameTime) return 'latency';
  return isSamePrice ? 'size' : 'spread';
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= LAST_BITS * Math.max(Math.abs(a), Math.abs(b));
}
