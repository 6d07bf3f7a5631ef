// What others do to our account: somebody trades by hand, the venue closes or forgets. Nothing of it is
// taken for ours in silence, and no position is left without its stop.

import { describe, expect, it } from 'vitest';
import { voter } from '../../support/run.ts';
import { CALM } from './venue.ts';
import { World, type WorldOptions } from './world.ts';

/** Long from the first row on, at a calm venue; `happens` before row 4, when a stop rests. */
async function world(happens: (world: World) => void, options: WorldOptions = {}): Promise<World> {
  const one = new World(7, {
    knobs: CALM,
    rows: 8,
    strategy: voter('ann', 'b.9 '.repeat(8)),
    onRow: async (self, row) => {
      if (row !== 4) return;
      // What the close before has led to is over by then.
      await self.clock.advance(5000);
      happens(self);
    },
    ...options,
  });
  await one.run();
  await one.port.close();
  return one;
}

const codes = ({ notes }: World) => notes.map(({ code }) => code);
const held = ({ venues }: World) => venues[0]!.positions.get('A') ?? 0;

describe('an account that others touch', () => {
  it('F42 gets its stop back when the venue takes back whatever rests', async () => {
    const one = await world(({ venues: [venue] }) => {
      const resting = venue!.open();
      expect(resting.map(({ request }) => request.type)).toEqual(['stop-market']);
      for (const order of resting) venue!.end(order, 'cancelled');
    });
    expect(one.broken()).toEqual([]);
    expect(codes(one)).toContain('alert');
  });

  it('F36 gets its stop back when the venue forgets its orders', async () => {
    const one = await world(({ venues: [venue] }) => {
      venue!.truth.splice(0);
    });
    expect(held(one)).not.toBe(0);
    expect(one.broken().filter((what) => !what.startsWith('P2'))).toEqual([]);
  });

  it('F09 books what somebody sold of our position, and opens nothing there meanwhile', async () => {
    let before = 0;
    const one = await world((self) => {
      before = held(self);
      expect(before).toBeGreaterThan(0);
      self.venues[0]!.external('A', -5);
    });
    const told = one.answers.filter(({ kind }) => kind === 'external-fill');
    expect(told).toMatchObject([{ qty: -5 }]);
    expect(codes(one)).toEqual(expect.arrayContaining(['external', 'blocked', 'unblocked']));
    expect(one.broken()).toEqual([]);
  });

  it('F09 does not take for ours what somebody bought', async () => {
    const one = await world((self) => self.venues[0]!.external('A', 5));
    expect(one.answers.some(({ kind }) => kind === 'external-fill')).toBe(false);
    expect(codes(one)).toEqual(expect.arrayContaining(['external', 'blocked', 'mismatch']));
    expect(codes(one)).not.toContain('unblocked');
    expect(one.kernel.portfolio.positions[0]!.qty).toBeCloseTo(held(one) - 5, 9);
  });

  it('F17 books a forced close for what it is, and takes the stop back', async () => {
    const one = await world((self) => self.venues[0]!.external('A', -held(self), 'liquidation'), {
      // Nothing is bought again afterwards.
      strategy: voter('ann', 'b.9 b.9 b.9 . . . . .'),
    });
    expect(one.answers.filter(({ kind }) => kind === 'liquidation')).toHaveLength(1);
    expect(one.kernel.liquidations).toBe(1);
    expect(held(one)).toBe(0);
    expect(one.broken()).toEqual([]);
  });
});
