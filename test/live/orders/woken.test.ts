// A stop that sleeps with us until its entry fills, and a process that is killed just after it woke it:
// nothing of that is in the journal. The next process wakes it again, and must not send it again.

import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../engine/intent.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { entryWithStop, session } from './session.ts';
import { CALM, SimVenue } from './venue.ts';

const A = instrumentOf('A', { lotSize: 0.01 });

/** Buys 5 at the market; once filled it is protected 5 % below. */
const intents = (nowMs: number) =>
  entryWithStop(nowMs).map((order) => ({ kind: 'submit-order', order }) as unknown as Intent);

/** Killed when its stop rests, or before it was sent; then the price is this for a while. */
async function killed(hadWoken: boolean, price: number, more: readonly Intent[] = []) {
  const clock = new VirtualClock(START_MS);
  const venue = new SimVenue(clock, random(5, 'woken'), [A], CALM);
  venue.price('A', 100);
  const recorded = intents(clock.nowMs());
  const first = await session(clock, venue);
  first.port.carryOut(hadWoken ? recorded : recorded.slice(0, 1));
  await clock.advance(5000);
  first.client.die();
  expect(venue.truth).toHaveLength(hadWoken ? 2 : 1);
  venue.price('A', price);
  venue.price('A', 100);
  await clock.advance(1000);
  const next = await session(clock, venue, {}, [...recorded, ...more]);
  const soon = venue.open().length;
  await clock.advance(2 * MINUTE_MS);
  return { venue, soon, told: next.told };
}

const filled = (id: number) => (event: object) =>
  'orderId' in event && event.orderId === id && 'qty' in event;

describe('a stop that an earlier process has woken', () => {
  it('and that rests is taken for what it is', async () => {
    const { venue, told } = await killed(true, 100);
    expect(venue.truth).toHaveLength(2);
    expect(venue.open().map(({ request }) => request.type)).toEqual(['stop-market']);
    expect(told.filter(filled(1))).toHaveLength(1);
  });

  it('and that has filled is booked, and not sent a second time', async () => {
    const { venue, told } = await killed(true, 90);
    expect(venue.truth).toHaveLength(2);
    expect(venue.open()).toEqual([]);
    expect(told.filter(filled(2))).toMatchObject([{ qty: -5 }]);
  });

  it('and that is not wanted any more is taken back, though here it seems to sleep', async () => {
    // What the kernel does where the entry's fill meets a position of the other side.
    const { venue, told } = await killed(true, 100, [{ kind: 'cancel-order', leg: 0, orderId: 2 }]);
    expect(venue.open()).toEqual([]);
    expect(venue.truth).toHaveLength(2);
    expect(told.filter((event) => 'orderId' in event && event.orderId === 2)).toMatchObject([
      { kind: 'order-cancelled' },
    ]);
  });

  it('and that never left is sent at once', async () => {
    const { venue, soon } = await killed(false, 100);
    expect(soon).toBe(1);
    expect(venue.open()).toMatchObject([{ request: { type: 'stop-market', qty: 5 } }]);
    expect(venue.truth).toHaveLength(2);
  });
});
