// Claims about the ring of orders under way.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../engine/execution/order.ts';
import { LiveOrders } from '../../engine/kernel/live-orders.ts';

describe('orders under way', () => {
  it('are found by id, however long others have ended or gone on', () => {
    // Each number ends one of those that live; 0 ends none, so that some live on for thousands of others.
    const ends = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(ends, (choices) => {
        const live = new LiveOrders();
        const expected = new Map<number, Order>();
        choices.forEach((choice, k) => {
          const order = { id: k + 1 } as Order;
          live.add(order);
          expected.set(order.id, order);
          const gone = [...expected.values()].at(-choice);
          if (choice === 0 || gone === undefined) return;
          live.remove(gone);
          expected.delete(gone.id);
        });
        for (let id = 0; id <= choices.length + 1; id++) {
          expect(live.find(id)).toBe(expected.get(id));
        }
      }),
      { numRuns: 100, seed: 20261130 },
    );
  });

  it('are not confused with a later one that would lie in the same place', () => {
    const live = new LiveOrders();
    const stop = { id: 1 } as Order;
    live.add(stop);
    for (let id = 2; id <= 10_000; id++) {
      const order = { id } as Order;
      live.add(order);
      expect(live.find(id)).toBe(order);
      live.remove(order);
    }
    expect(live.find(1)).toBe(stop);
  });
});
