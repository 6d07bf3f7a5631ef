// Fills that come when what would protect them is spent: a part of an entry that is told after its stop has
// closed the other part, a venue's trailing stop that fires before it could grow. None stays open bare.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import type { Event } from '../../engine/event.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { freshKernel } from '../../live/market.ts';
import { instrumentOf, START_MS } from '../support/market.ts';
import { configOf, type Partly, seat, voter } from '../support/run.ts';

/** A kernel that has decided to buy 10 at 100 and sent it: order 1, and 2, which protects it. */
function bought(risk: Partly<Config['decision']['risk']>) {
  const loaded = { seats: [seat(voter('ann', 'b.9'))], solo: false, files: [], label: 'test' };
  const sizing = { rule: 'fixed-fraction', notionalFraction: 0.1 } as const;
  const config = configOf({
    decision: { risk: { sizing, maxPositionFraction: 0.5, sizeAt: 'close', ...risk } },
    world: { cashUsd: 10_000 },
  });
  const market = {
    intervalMs: MINUTE_MS,
    capacity: 4,
    firstRow: 0,
    fromMs: START_MS,
    toMs: START_MS + 4 * MINUTE_MS,
    series: [],
    legs: [{ instrument: instrumentOf('A', { lotSize: 0.01 }), primary: 0 }],
  };
  const kernel = freshKernel(market, config, loaded);
  const tsMs = START_MS + MINUTE_MS;
  /** What leaves because of it, in words. */
  const told = (event: Event) => {
    kernel.apply(event);
    const left = Array.from({ length: kernel.tray.length }, (_, k) => kernel.tray.at(k));
    kernel.tray.clear();
    return left.map((intent) => {
      if (intent.kind === 'cancel-order') return `cancel ${intent.orderId}`;
      if (intent.kind === 'amend-order') return `amend ${intent.orderId} to ${intent.qty}`;
      if (intent.kind !== 'submit-order') return intent.kind;
      const { type, purpose, qty, side, status } = intent.order;
      return `${purpose} ${type} ${status === 'dormant' ? 'asleep' : side * qty}`;
    });
  };
  const prices = { open: 100, high: 100, low: 100, close: 100, volume: 1e6 };
  told({ kind: 'candle', tsMs, leg: 0, openMs: START_MS, ...prices });
  const sent = told({ kind: 'row-closed', tsMs, openMs: START_MS });
  const fill = (orderId: number, qty: number, leavesQty: number) =>
    told({
      ...{ kind: 'order-filled', tsMs, orderId, tradeId: `${orderId} ${qty}`, qty, price: 100 },
      ...{ feeUsd: 0, slippageUsd: 0, impactUsd: 0, maker: 0, leavesQty },
    });
  return { sent, fill, held: () => kernel.portfolio.positions[0]!.qty };
}

const STOP = { stopLoss: { enabled: true, fraction: 0.02 }, trailingStop: { enabled: false } };
const TRAIL = { trailingStop: { enabled: true, kind: 'venue', buffer: 0.02 } } as const;

describe('an entry of which more fills after its stop has closed the first part', () => {
  it('is taken back at the stop, and what filled all the same is closed', () => {
    const { sent, fill, held } = bought(STOP);
    expect(sent).toEqual(['entry market 10', 'stop stop-market asleep']);
    expect(fill(1, 4, 6)).toEqual([]);
    expect(fill(2, -4, 0)).toEqual(['cancel 1']);
    expect(fill(1, 6, 0)).toEqual(['halt market -6']);
    expect(fill(3, -6, 0)).toEqual([]);
    expect(held()).toBe(0);
  });
});

describe("a venue's own trailing stop", () => {
  it('grows with what it protects', () => {
    const { sent, fill } = bought(TRAIL);
    expect(sent).toEqual(['entry market 10', 'trailing-stop trailing-stop asleep']);
    expect(fill(1, 4, 6)).toEqual([]);
    expect(fill(1, 6, 0)).toEqual(['amend 2 to 10']);
  });

  it('that fired before it could grow leaves nothing open', () => {
    const { fill, held } = bought(TRAIL);
    fill(1, 4, 6);
    fill(1, 6, 0);
    // It was still for 4 at the venue.
    expect(fill(2, -4, 0)).toEqual(['halt market -6']);
    expect(fill(3, -6, 0)).toEqual([]);
    expect(held()).toBe(0);
  });
});
