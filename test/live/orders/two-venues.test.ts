// One session at two venues: each has its own orders, numbers, marks and troubles, and nothing of one is
// ever taken for the other's.

import { describe, expect, it } from 'vitest';
import { voter } from '../../support/run.ts';
import { CALM } from './venue.ts';
import { World } from './world.ts';

/** Two calm venues; `happens` before row 4, when what was decided before is over. */
async function world(script: string, happens: (world: World) => void): Promise<World> {
  const one = new World(11, {
    knobs: CALM,
    rows: 8,
    fallback: true,
    strategy: voter('ann', script),
    onRow: async (self, row) => {
      if (row !== 4) return;
      await self.clock.advance(5000);
      happens(self);
    },
  });
  await one.run();
  await one.port.close();
  return one;
}

const entriesAt = ({ venues }: World, k: number) =>
  venues[k]!.truth.filter(({ request }) => !request.reduceOnly).length;
const refusals = ({ kernel }: World) => kernel.desk.refusals.toRecord();

describe('a session at two venues', () => {
  it('keeps an order of one apart from another’s that the other venue calls by the same number', async () => {
    const one = await world('b.9 '.repeat(8), ({ venues: [first, second] }) => {
      const [stop] = first!.open();
      expect(stop!.request.type).toBe('stop-market');
      second!.clients[0]!.pass({
        kind: 'order',
        order: {
          ...stop!.request,
          clientId: null,
          venueOrderId: stop!.venueOrderId,
          status: 'cancelled',
          filledQty: 0,
          averagePrice: Number.NaN,
          updatedMs: 0,
          forced: null,
        },
      });
    });
    expect(one.broken()).toEqual([]);
    // Comparing one venue asks nothing about the other's orders: then there is nothing to complain of.
    expect(one.notes.filter(({ code }) => code === 'complaint')).toEqual([]);
  });

  it('sends an entry on that our own guard kept from a silent venue, and blames the venue for nothing', async () => {
    const one = await world('. . . . b.9 . . .', ({ venues: [first] }) => {
      first!.mode = 'down';
    });
    expect([entriesAt(one, 0), entriesAt(one, 1)]).toEqual([0, 1]);
    expect(one.kernel.routing.failovers).toBe(1);
    expect(refusals(one)).toEqual({ 'guard-skew': 1 });
    expect(one.kernel.routing.breakers.map(({ transitions }) => transitions.length)).toEqual([
      0, 0,
    ]);
    expect(one.broken()).toEqual([]);
  });

  it('opens nothing while the venues do not agree what an asset is worth', async () => {
    const one = await world('. . . . b.9 . . .', ({ venues: [, second] }) => {
      const price = second!.price.bind(second);
      second!.price = (symbol, at) => price(symbol, at * 1.05);
    });
    expect([entriesAt(one, 0), entriesAt(one, 1)]).toEqual([0, 0]);
    expect(refusals(one)).toEqual({ 'guard-price': 1 });
  });

  it('is deaf to one venue only where one stream is down', async () => {
    const one = await world('. . . . b.9 . . .', ({ venues: [first] }) => {
      first!.clients[0]!.drop(600_000);
    });
    expect([entriesAt(one, 0), entriesAt(one, 1)]).toEqual([0, 1]);
    expect(refusals(one)).toEqual({ 'guard-reducing': 1 });
  });
});
