// Fills become trades: a position that is opened, added to, reduced, closed or turned around. Whoever
// learns from closed trades (track record, protections, bandit) is told here.

import type { Learning } from '../agents/learning.ts';
import type { Order } from '../execution/order.ts';
import { type ExitReason, UNDECIDED } from '../portfolio/trade.ts';
import type { TradeLog } from '../portfolio/trade-log.ts';
import type { RiskRules } from '../risk/rules.ts';
import type { Behind } from './candidates.ts';

export class Booking {
  readonly #trades: TradeLog;
  readonly #rules: RiskRules;
  /** The decider writes it. */
  readonly #behind: Behind;
  readonly #learning: Learning | null;

  constructor(trades: TradeLog, rules: RiskRules, behind: Behind, learning: Learning | null) {
    this.#trades = trades;
    this.#rules = rules;
    this.#behind = behind;
    this.#learning = learning;
  }

  /** A fill of signed `qty` of an order, on a position of `held`. */
  fill(
    { id, leg, purpose }: Order,
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
    this.book(reason, id, leg, held, row, tsMs, qty, price, feeUsd, slippageUsd, realisedUsd);
  }

  /**
   * A fill that ends a trade for `reason`, if it ends one; one through zero closes a trade and opens the
   * next.
   */
  book(
    reason: ExitReason,
    orderId: number,
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
    // Behind a fill that no order of ours made there is no decision, least of all the last one.
    const decision = orderId === 0 ? UNDECIDED : this.#behind.entry[leg]!;
    if (held === 0 || held > 0 === qty > 0) {
      trades.enter(leg, row, tsMs, qty, price, feeUsd, slippageUsd, decision, orderId);
      return;
    }
    const closing = Math.abs(qty) < Math.abs(held) ? qty : -held;
    const share = closing / qty;
    const fee = feeUsd * share;
    const slippage = slippageUsd * share;
    const flat = closing === -held;
    const left = this.#behind.exit[leg]!;
    const isDecided = reason === 'signal' || reason === 'veto';
    // An entry the other way ends a trade too: the newer of the two is what ended it.
    const exit = !isDecided ? UNDECIDED : left.row < decision.row ? decision : left;
    trades.exit(
      leg,
      row,
      tsMs,
      closing,
      price,
      fee,
      slippage,
      realisedUsd,
      reason,
      flat,
      exit,
      orderId,
    );
    if (flat) this.#closed(leg, held > 0 ? 1 : -1, row, tsMs, reason);
    const rest = qty - closing;
    if (rest === 0) return;
    const [restFee, restSlippage] = [feeUsd - fee, slippageUsd - slippage];
    trades.enter(leg, row, tsMs, rest, price, restFee, restSlippage, decision, orderId);
  }

  /** `side` is what the trade was. */
  #closed(leg: number, side: 1 | -1, row: number, tsMs: number, reason: ExitReason): void {
    const { lastReturn, lastEntry } = this.#trades;
    this.#rules.closed(leg, side, row, reason, lastReturn, lastEntry.votes, lastEntry.row);
    this.#learning?.closed(leg, lastEntry, side, tsMs, lastReturn, reason);
  }
}
