// Turns fills into trades: one per round trip of a leg, closed when it is flat again or flips.

import type { Instrument } from '../market/instrument.ts';
import type { ExitReason, Trade } from './trade.ts';

interface OpenTrade {
  readonly side: 1 | -1;
  readonly entryRow: number;
  readonly entryMs: number;
  readonly votes: Readonly<Record<string, number>>;
  heldQty: number;
  maxQty: number;
  entryQty: number;
  entryNotional: number;
  exitQty: number;
  exitNotional: number;
  realisedUsd: number;
  feesUsd: number;
  slippageUsd: number;
  fundingUsd: number;
}

/** What a fill needs to be booked into a trade. */
export interface TradeFill {
  readonly leg: number;
  readonly row: number;
  readonly tsMs: number;
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
  readonly slippageUsd: number;
  readonly reason: ExitReason;
  readonly votes: Readonly<Record<string, number>>;
}

export class TradeLog {
  readonly closed: Trade[] = [];
  readonly #instruments: readonly Instrument[];
  readonly #open: (OpenTrade | null)[];

  constructor(instruments: readonly Instrument[]) {
    this.#instruments = instruments;
    this.#open = instruments.map(() => null);
  }

  /** `heldBefore` is the leg's position before the fill, `realisedUsd` what the fill realised. */
  fill(fill: TradeFill, heldBefore: number, realisedUsd: number): void {
    const reducing = heldBefore !== 0 && heldBefore > 0 !== fill.qty > 0;
    if (!reducing) {
      this.#enter(fill, fill.qty, 1);
      return;
    }
    const closing = Math.abs(fill.qty) < Math.abs(heldBefore) ? fill.qty : -heldBefore;
    const share = closing / fill.qty;
    this.#exit(fill, closing, share, realisedUsd, closing === -heldBefore);
    const rest = fill.qty - closing;
    if (rest !== 0) this.#enter(fill, rest, 1 - share);
  }

  fund(leg: number, amountUsd: number): void {
    const trade = this.#open[leg];
    if (trade) trade.fundingUsd += amountUsd;
  }

  /** Trades still open, as they stand at the given prices; not part of `closed`. */
  openTrades(lastPrice: Float64Array, row: number, tsMs: number): Trade[] {
    const trades: Trade[] = [];
    this.#open.forEach((trade, leg) => {
      if (!trade) return;
      const price = lastPrice[leg]!;
      const entryPrice = trade.entryNotional / trade.entryQty;
      const unrealised = trade.side * trade.heldQty * (price - entryPrice);
      const marked = { ...trade };
      marked.exitQty += trade.heldQty;
      marked.exitNotional += trade.heldQty * price;
      marked.realisedUsd += unrealised;
      trades.push(this.#finish(marked, leg, row, tsMs, 'open'));
    });
    return trades;
  }

  #enter(fill: TradeFill, qty: number, share: number): void {
    let trade = this.#open[fill.leg];
    if (!trade) {
      trade = {
        side: qty > 0 ? 1 : -1,
        entryRow: fill.row,
        entryMs: fill.tsMs,
        votes: fill.votes,
        heldQty: 0,
        maxQty: 0,
        entryQty: 0,
        entryNotional: 0,
        exitQty: 0,
        exitNotional: 0,
        realisedUsd: 0,
        feesUsd: 0,
        slippageUsd: 0,
        fundingUsd: 0,
      };
      this.#open[fill.leg] = trade;
    }
    const size = Math.abs(qty);
    trade.heldQty += size;
    trade.maxQty = Math.max(trade.maxQty, trade.heldQty);
    trade.entryQty += size;
    trade.entryNotional += size * fill.price;
    trade.feesUsd += fill.feeUsd * share;
    trade.slippageUsd += fill.slippageUsd * share;
  }

  #exit(fill: TradeFill, qty: number, share: number, realisedUsd: number, flat: boolean): void {
    const trade = this.#open[fill.leg];
    if (!trade) return;
    const size = Math.abs(qty);
    trade.heldQty -= size;
    trade.exitQty += size;
    trade.exitNotional += size * fill.price;
    trade.realisedUsd += realisedUsd;
    trade.feesUsd += fill.feeUsd * share;
    trade.slippageUsd += fill.slippageUsd * share;
    if (!flat) return;
    this.closed.push(this.#finish(trade, fill.leg, fill.row, fill.tsMs, fill.reason));
    this.#open[fill.leg] = null;
  }

  #finish(trade: OpenTrade, leg: number, row: number, tsMs: number, reason: ExitReason): Trade {
    const { venue, symbol } = this.#instruments[leg]!;
    const pnlUsd = trade.realisedUsd - trade.feesUsd + trade.fundingUsd;
    return {
      leg,
      venue,
      symbol,
      side: trade.side > 0 ? 'long' : 'short',
      entryRow: trade.entryRow,
      exitRow: row,
      entryMs: trade.entryMs,
      exitMs: tsMs,
      qty: trade.maxQty,
      entryPrice: trade.entryNotional / trade.entryQty,
      exitPrice: trade.exitNotional / trade.exitQty,
      pnlUsd,
      feesUsd: trade.feesUsd,
      slippageUsd: trade.slippageUsd,
      fundingUsd: trade.fundingUsd,
      returnFraction: pnlUsd / trade.entryNotional,
      exitReason: reason,
      votes: trade.votes,
    };
  }
}
