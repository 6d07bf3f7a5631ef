// Where a venue's answers go: the kernel's own methods, or events for the kernel's second door.

import type { RefusalCode } from '../risk/refusal.ts';

/** Times are UTC ms at which the answer reaches us, amounts USD. */
export interface VenueSink {
  /**
   * Signed `qty`. `slippageUsd` is how much worse than the reference price, spread and impact
   * together; `impactUsd` is the part our own size made. `maker`: 1 when our limit was taken.
   * `leavesQty`: base units of the order that still work.
   */
  onFill(
    tsMs: number,
    orderId: number,
    qty: number,
    price: number,
    feeUsd: number,
    slippageUsd: number,
    impactUsd: number,
    maker: 0 | 1,
    leavesQty: number,
  ): void;
  onCancel(tsMs: number, orderId: number): void;
  onExpire(tsMs: number, orderId: number): void;
  onReject(tsMs: number, orderId: number, code: RefusalCode): void;
  /** No answer came in time: the order may or may not be there. */
  onUnknown(tsMs: number, orderId: number): void;
  /** An order of unknown fate turned out to be there. */
  onAccept(tsMs: number, orderId: number): void;
  onAmend(tsMs: number, orderId: number, qty: number, price: number): void;
  onFunding(tsMs: number, leg: number, amountUsd: number, rate: number, price: number): void;
  /** The venue closed a position for want of margin; its orders there are gone. */
  onLiquidation(tsMs: number, leg: number, qty: number, price: number, feeUsd: number): void;
  /** The answer to a probe: a read and nothing else. */
  onProbe(tsMs: number, venue: number, ok: boolean): void;
}
