// The kernel's second door: unpacks event objects and calls the very methods that the backtest loop
// calls with plain numbers. Candles and series are written to the panel's next row until it closes.

import { assert } from '../errors.ts';
import type { Event } from '../event.ts';
import type { Kernel } from '../kernel.ts';
import type { RefusalCode } from '../risk/refusal.ts';

export class EventDoor {
  readonly #kernel: Kernel;
  readonly #series: Record<string, number> = {};

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  apply(event: Event): void {
    const kernel = this.#kernel;
    switch (event.kind) {
      case 'candle':
        this.#writeCandle(event);
        return;
      case 'series':
        this.#series[event.name] = event.value;
        return;
      case 'headline':
        kernel.panel.headlines.add(event);
        return;
      case 'row-closed': {
        const { panel } = kernel;
        const i = panel.length - 1;
        assert(panel.openMs[i] === event.openMs, 'the newest row is the one that closes');
        for (const name of Object.keys(panel.series)) {
          panel.series[name]![i] = this.#series[name] ?? Number.NaN;
        }
        kernel.onRow(i);
        return;
      }
      case 'funding-rate':
        return;
      case 'feed-health':
        kernel.onFeedHealth(event.tsMs, event.stale);
        return;
      case 'command':
        kernel.onCommand(event.tsMs, event.command);
        return;
      case 'funding':
        kernel.onFunding(event.tsMs, event.leg, event.amountUsd);
        return;
      case 'order-filled': {
        const { tsMs, orderId, qty, price, feeUsd, slippageUsd, impactUsd, maker } = event;
        const { leavesQty } = event;
        kernel.onFill(tsMs, orderId, qty, price, feeUsd, slippageUsd, impactUsd, maker, leavesQty);
        return;
      }
      case 'liquidation':
        kernel.onLiquidation(event.tsMs, event.leg, event.qty, event.price, event.feeUsd);
        return;
      case 'external-fill':
        kernel.onExternalFill(event.tsMs, event.leg, event.qty, event.price, event.feeUsd);
        return;
      case 'order-expired':
        kernel.onExpire(event.tsMs, event.orderId);
        return;
      case 'order-unknown':
        kernel.onUnknown(event.tsMs, event.orderId);
        return;
      case 'order-accepted':
        kernel.onAccept(event.tsMs, event.orderId);
        return;
      case 'order-amended':
        kernel.onAmend(event.tsMs, event.orderId, event.qty, event.price);
        return;
      case 'venue-probe':
        kernel.onProbe(event.tsMs, event.venue, event.ok);
        return;
      case 'model-answer': {
        const { id, answer, origin } = event;
        kernel.replies.set(id, { ok: true, answer, origin });
        kernel.onModelReply(event.tsMs, id);
        return;
      }
      case 'agent-failed': {
        const { id, code, origin } = event;
        kernel.replies.set(id, { ok: false, code, origin });
        kernel.onModelReply(event.tsMs, id);
        return;
      }
      case 'model-deadline':
        kernel.onModelDeadline(event.tsMs, event.id);
        return;
      case 'order-cancelled':
        kernel.onCancel(event.tsMs, event.orderId);
        return;
      case 'order-rejected':
        kernel.onReject(event.tsMs, event.orderId, event.code as RefusalCode);
        return;
    }
  }

  #writeCandle(event: Extract<Event, { kind: 'candle' }>): void {
    const { panel } = this.#kernel;
    const newest = panel.length - 1;
    const starts = newest < 0 || event.openMs > panel.openMs[newest]!;
    const i = starts ? panel.openRow(event.openMs) : newest;
    assert(panel.openMs[i] === event.openMs, 'a candle belongs to the newest row');
    const { candles } = panel.legs[event.leg]!;
    candles.open[i] = event.open;
    candles.high[i] = event.high;
    candles.low[i] = event.low;
    candles.close[i] = event.close;
    candles.volume[i] = event.volume;
  }
}
