// Turns fills into trades: one per round trip of a leg, closed when it is flat again or flips.
//
// Closed trades lie in columns that grow by doubling, because a run may make a hundred thousand of
// them; `closed()` turns them into objects once, when the run is over.

import { GrowingRows, type Room } from '../columns.ts';
import type { Instrument } from '../market/instrument.ts';
import {
  type Decision,
  type ExitReason,
  type Trade,
  type TradeOrigin,
  UNDECIDED,
} from './trade.ts';

/** The round trip of one leg while it lasts; one object per leg, written anew for each trade. */
class OpenTrade {
  isOpen = false;
  side: 1 | -1 = 1;
  entryRow = 0;
  entryMs = 0;
  heldQty = 0;
  maxQty = 0;
  entryQty = 0;
  entryNotional = 0;
  exitQty = 0;
  exitNotional = 0;
  realisedUsd = 0;
  feesUsd = 0;
  slippageUsd = 0;
  fundingUsd = 0;
  entryOrderId = 0;
  decision: Decision = UNDECIDED;
}

/** Where each lies in its row. */
const AT = Object.freeze({
  leg: 0,
  side: 1,
  entryRow: 2,
  exitRow: 3,
  entryMs: 4,
  exitMs: 5,
  qty: 6,
  entryPrice: 7,
  exitPrice: 8,
  pnlUsd: 9,
  feesUsd: 10,
  slippageUsd: 11,
  fundingUsd: 12,
  returnFraction: 13,
  entryOrderId: 14,
  exitOrderId: 15,
});

type Field = keyof typeof AT;

export class TradeLog {
  readonly #instruments: readonly Instrument[];
  readonly #open: readonly OpenTrade[];
  readonly #rows: GrowingRows<Field>;
  readonly #reasons: ExitReason[] = [];
  readonly #entries: Decision[] = [];
  readonly #exits: Decision[] = [];

  constructor(instruments: readonly Instrument[], room?: Room) {
    this.#instruments = instruments;
    this.#rows = new GrowingRows(AT, room);
    this.#open = instruments.map(() => new OpenTrade());
  }

  /** Closed trades so far. */
  get length(): number {
    return this.#rows.length;
  }

  /** Return on entry notional of the last closed trade; NaN before the first. */
  lastReturn = Number.NaN;
  /** What its entry was decided on. */
  lastEntry: Decision = UNDECIDED;

  /** A fill that opens a position or adds to it. `qty` signed. */
  enter(
    leg: number,
    row: number,
    tsMs: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    decision: Decision,
    orderId: number,
  ): void {
    const trade = this.#open[leg]!;
    const size = Math.abs(qty);
    if (!trade.isOpen) begin(trade, qty > 0 ? 1 : -1, row, tsMs, decision, orderId);
    trade.heldQty += size;
    trade.maxQty = Math.max(trade.maxQty, trade.heldQty);
    trade.entryQty += size;
    trade.entryNotional += size * price;
    trade.feesUsd += feeUsd;
    trade.slippageUsd += slippageUsd;
  }

  /** A fill that reduces a position, realising P&L; `flat`: nothing of it is left. */
  exit(
    leg: number,
    row: number,
    tsMs: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    realisedUsd: number,
    reason: ExitReason,
    flat: boolean,
    decision: Decision,
    orderId: number,
  ): void {
    const trade = this.#open[leg]!;
    const size = Math.abs(qty);
    trade.heldQty -= size;
    trade.exitQty += size;
    trade.exitNotional += size * price;
    trade.realisedUsd += realisedUsd;
    trade.feesUsd += feeUsd;
    trade.slippageUsd += slippageUsd;
    if (flat) this.#finish(trade, leg, row, tsMs, reason, decision, orderId);
  }

  fund(leg: number, amountUsd: number): void {
    const trade = this.#open[leg]!;
    if (trade.isOpen) trade.fundingUsd += amountUsd;
  }

  /** Every closed trade, in order of its exit; rows are counted from `firstRow`. */
  closed(firstRow = 0): Trade[] {
    const columns = this.#rows.flat();
    return Array.from({ length: this.length }, (_, k) => this.#trade(columns, k, firstRow));
  }

  /** P&L of every closed trade, USD, in order of its exit: all that statistics need. */
  get pnlUsd(): Float64Array {
    return this.#rows.column('pnlUsd');
  }

  /** Where each of `closed()` came from. */
  origins(): TradeOrigin[] {
    const { entryOrderId, exitOrderId } = this.#rows.flat();
    return this.#entries.map((entry, k) => ({
      entry,
      exit: this.#exits[k]!,
      entryOrderId: entryOrderId[k]!,
      exitOrderId: exitOrderId[k]!,
    }));
  }

  /** Where each of `stillOpen()` came from. */
  openOrigins(): TradeOrigin[] {
    const open = this.#open.filter(({ isOpen }) => isOpen);
    return open.map(({ decision: entry, entryOrderId }) => {
      return { entry, exit: UNDECIDED, entryOrderId, exitOrderId: 0 };
    });
  }

  /** Trades still open, as they stand at the given prices; `closed()` does not hold them. */
  stillOpen(lastPrice: Float64Array, row: number, tsMs: number, firstRow = 0): Trade[] {
    const marked = new TradeLog(this.#instruments);
    this.#open.forEach((trade, leg) => {
      if (!trade.isOpen) return;
      const price = lastPrice[leg]!;
      const copy = Object.assign(new OpenTrade(), trade);
      copy.exitQty += trade.heldQty;
      copy.exitNotional += trade.heldQty * price;
      copy.realisedUsd = trade.side * (copy.exitNotional - copy.entryNotional);
      marked.#finish(copy, leg, row, tsMs, 'open', UNDECIDED, 0);
    });
    return marked.closed(firstRow);
  }

  #finish(
    trade: OpenTrade,
    leg: number,
    row: number,
    tsMs: number,
    reason: ExitReason,
    decision: Decision,
    orderId: number,
  ): void {
    const at = this.#rows.next();
    const into = this.#rows.block(at);
    const k = this.#rows.at(at);
    const pnlUsd = trade.realisedUsd - trade.feesUsd + trade.fundingUsd;
    into[k + AT.leg] = leg;
    into[k + AT.side] = trade.side;
    into[k + AT.entryRow] = trade.entryRow;
    into[k + AT.exitRow] = row;
    into[k + AT.entryMs] = trade.entryMs;
    into[k + AT.exitMs] = tsMs;
    into[k + AT.qty] = trade.maxQty;
    into[k + AT.entryPrice] = trade.entryNotional / trade.entryQty;
    into[k + AT.exitPrice] = trade.exitNotional / trade.exitQty;
    into[k + AT.pnlUsd] = pnlUsd;
    into[k + AT.feesUsd] = trade.feesUsd;
    into[k + AT.slippageUsd] = trade.slippageUsd;
    into[k + AT.fundingUsd] = trade.fundingUsd;
    into[k + AT.returnFraction] = pnlUsd / trade.entryNotional;
    into[k + AT.entryOrderId] = trade.entryOrderId;
    into[k + AT.exitOrderId] = orderId;
    this.lastReturn = pnlUsd / trade.entryNotional;
    this.lastEntry = trade.decision;
    this.#reasons.push(reason);
    this.#entries.push(trade.decision);
    this.#exits.push(decision);
    trade.isOpen = false;
  }

  #trade(from: Readonly<Record<Field, Float64Array>>, k: number, firstRow: number): Trade {
    const leg = from.leg[k]!;
    const { venue, symbol } = this.#instruments[leg]!;
    return {
      leg,
      venue,
      symbol,
      side: from.side[k]! > 0 ? 'long' : 'short',
      entryRow: from.entryRow[k]! - firstRow,
      exitRow: from.exitRow[k]! - firstRow,
      entryMs: from.entryMs[k]!,
      exitMs: from.exitMs[k]!,
      qty: from.qty[k]!,
      entryPrice: from.entryPrice[k]!,
      exitPrice: from.exitPrice[k]!,
      pnlUsd: from.pnlUsd[k]!,
      feesUsd: from.feesUsd[k]!,
      slippageUsd: from.slippageUsd[k]!,
      fundingUsd: from.fundingUsd[k]!,
      returnFraction: from.returnFraction[k]!,
      exitReason: this.#reasons[k]!,
      votes: this.#entries[k]!.votes,
    };
  }
}

function begin(
  trade: OpenTrade,
  side: 1 | -1,
  row: number,
  tsMs: number,
  decision: Decision,
  orderId: number,
): void {
  trade.isOpen = true;
  trade.side = side;
  trade.entryRow = row;
  trade.entryMs = tsMs;
  trade.heldQty = 0;
  trade.maxQty = 0;
  trade.entryQty = 0;
  trade.entryNotional = 0;
  trade.exitQty = 0;
  trade.exitNotional = 0;
  trade.realisedUsd = 0;
  trade.feesUsd = 0;
  trade.slippageUsd = 0;
  trade.fundingUsd = 0;
  trade.decision = decision;
  trade.entryOrderId = orderId;
}
