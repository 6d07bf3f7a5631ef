// Fills become trades: a position that is opened, added to, reduced, closed or turned around. Whoever
// learns from closed trades (track record, protections, bandit) is told here.

import type { Order } from '../execution/order.ts';
import type { ExitReason } from '../portfolio/trade.ts';
import type { TradeLog } from '../portfolio/trade-log.ts';
import type { RiskRules } from '../risk/rules.ts';

type Votes = Readonly<Record<string, number>>;

export class Booking {
  readonly #trades: TradeLog;
  readonly #rules: RiskRules;
  /** Votes behind the last entry of each leg; the decider writes them. */
  readonly #votesBehind: readonly Votes[];

  constructor(trades: TradeLog, rules: RiskRules, votesBehind: readonly Votes[]) {
    this.#trades = trades;
    this.#rules = rules;
    this.#votesBehind = votesBehind;
  }

  /** A fill of signed `qty` of an order, on a position of `held`. */
  fill(
    { leg, purpose }: Order,
    held: number,
    row: number,
    tsMs: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    realisedUsd: number,
  ): void {
    const reason = purpose === 'entry' ? 'signal' : purpose;
    this.book(reason, leg, held, row, tsMs, qty, price, feeUsd, slippageUsd, realisedUsd);
  }

  /**
   * A fill that ends a trade for `reason`, if it ends one; one through zero closes a trade and opens the
   * next.
   */
  book(
    reason: ExitReason,
    leg: number,
    held: number,
    row: number,
    tsMs: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    realisedUsd: number,
  ): void {
    const trades = this.#trades;
    const votes = this.#votesBehind[leg]!;
    if (held === 0 || held > 0 === qty > 0) {
      trades.enter(leg, row, tsMs, qty, price, feeUsd, slippageUsd, votes);
      return;
    }
    const closing = Math.abs(qty) < Math.abs(held) ? qty : -held;
    const share = closing / qty;
    const fee = feeUsd * share;
    const slippage = slippageUsd * share;
    const flat = closing === -held;
    trades.exit(leg, row, tsMs, closing, price, fee, slippage, realisedUsd, reason, flat);
    if (flat) this.#closed(leg, held > 0 ? 1 : -1, row, reason);
    const rest = qty - closing;
    if (rest === 0) return;
    trades.enter(leg, row, tsMs, rest, price, feeUsd - fee, slippageUsd - slippage, votes);
  }

  /** `side` is what the trade was. */
  #closed(leg: number, side: 1 | -1, row: number, reason: ExitReason): void {
    const votes = this.#votesBehind[leg]!;
    this.#rules.closed(leg, side, row, reason, this.#trades.lastReturn, votes);
  }
}
