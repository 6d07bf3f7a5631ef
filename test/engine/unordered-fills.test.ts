// Fills without a live order of ours: a venue that closes a part of a position, a person's hand, an
// order that had been given up. Each is booked once, stops follow what is left, and nothing that nobody
// decided on stays open.

import { describe, expect, it } from 'vitest';
import type { Event } from '../../engine/event.ts';
import type { Intent } from '../../engine/intent.ts';
import type { Kernel } from '../../engine/kernel.ts';
import { panelOf } from '../support/market.ts';
import { eachRow, freeWith, inputOf, staking, targets, voter } from '../support/run.ts';

type Happening = (kernel: Kernel) => Event;

const fill =
  (kind: 'external-fill' | 'liquidation', qty: number, price: number, feeUsd = 0): Happening =>
  (kernel) => ({ kind, tsMs: kernel.nowMs, leg: 0, tradeId: 't1', qty, price, feeUsd });

/** A market at 100, a script, and one thing that happens after row `at`; what is left in the tray. */
function happening(script: string, at: number, happens: Happening, stop = true) {
  const intents: Intent[] = [];
  const given = freeWith(stop ? { trailingStop: { enabled: true, buffer: 0.05, step: 0 } } : {});
  const run = eachRow(inputOf(panelOf({ A: '100x6' }), [targets(script)], given), (kernel, i) => {
    if (i !== at) return;
    kernel.apply(happens(kernel));
    for (let k = 0; k < kernel.tray.length; k++) intents.push(kernel.tray.at(k));
  });
  return { kernel: run.kernel, intents };
}

const kinds = (intents: readonly Intent[]) =>
  intents.map((intent) => {
    if (intent.kind !== 'submit-order') return intent.kind;
    const { type, purpose, qty, side } = intent.order;
    return `${purpose} ${type} ${side * qty}`;
  });

describe('a fill that no live order of ours made', () => {
  it('closes a part: cash moves by price and fee, and the stop covers what is left', () => {
    // 10,000 USD long at 100: 100 units; 40 of them are sold at 101 for a fee of 2.
    const { kernel, intents } = happening('1', 2, fill('external-fill', -40, 101, 2));
    expect(kernel.portfolio.positions[0]!.qty).toBe(60);
    expect(kernel.portfolio.equityUsd).toBeCloseTo(10_000 + 40 * 1 - 2, 9);
    expect(kinds(intents)).toEqual(['stop stop-market -60', 'cancel-order']);
  });

  it('closes all: the stop is taken back and the trade has its own exit reason', () => {
    const { kernel, intents } = happening('1', 2, fill('external-fill', -100, 99));
    expect(kernel.portfolio.positions[0]!.qty).toBe(0);
    expect(kinds(intents)).toEqual(['cancel-order']);
    const [trade] = kernel.trades.closed(0);
    expect(trade).toMatchObject({ exitReason: 'external', qty: 100, exitPrice: 99, pnlUsd: -100 });
  });

  it('opens what nobody decided on: it is closed at once', () => {
    const { kernel, intents } = happening('. .', 2, fill('external-fill', 7, 100));
    expect(kernel.portfolio.openPositions).toBe(1);
    expect(kinds(intents)).toEqual(['halt market -7']);
  });

  it("is nobody's trade, whatever agents decided on there before", () => {
    // They bought at row 0 and sold at row 2; later somebody's hand bought, and sold.
    const agents = [voter('ann', 'b1 h s1')];
    const input = inputOf(panelOf({ A: '100x9' }), agents, staking(0.5));
    const { kernel } = eachRow(input, (one, i) => {
      if (i === 4) one.apply(fill('external-fill', 7, 100)(one));
      if (i === 5) one.apply(fill('external-fill', -7, 99)(one));
    });
    expect(kernel.trades.closed(0).map(({ exitReason, votes }) => [exitReason, votes])).toEqual([
      ['signal', { ann: 1 }],
      ['external', {}],
    ]);
    expect(kernel.trades.origins()[1]!.entry.row).toBe(-1);
  });

  it('turns the position around: the old stop goes, and what came of it is closed', () => {
    const { kernel, intents } = happening('1', 2, fill('external-fill', -130, 100));
    expect(kernel.portfolio.positions[0]!.qty).toBeCloseTo(-30, 9);
    expect(kinds(intents)).toEqual(['cancel-order', 'halt market 30']);
    expect(kernel.trades.closed(0)[0]).toMatchObject({ exitReason: 'external', qty: 100 });
  });

  it('of the venue in part is a liquidation of that part', () => {
    const { kernel, intents } = happening('1', 2, fill('liquidation', -25, 98, 1));
    expect(kernel.portfolio.positions[0]!.qty).toBe(75);
    expect(kernel.liquidations).toBe(1);
    expect(kinds(intents)).toEqual(['stop stop-market -75', 'cancel-order']);
    expect(kernel.portfolio.equityUsd).toBeCloseTo(10_000 - 25 * 2 - 1, 9);
  });

  it('without stops leaves nothing to follow', () => {
    const { intents } = happening('1', 2, fill('external-fill', -40, 101), false);
    expect(intents).toEqual([]);
  });
});
