// A promotion that ends while its session goes on: nothing is opened from that instant, and what is open is
// minded as before.

import { expect, it } from 'vitest';
import type { Order } from '../../../engine/execution/order.ts';
import type { Intent } from '../../../engine/intent.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { entryWithStop, session } from './session.ts';
import { CALM, SimVenue } from './venue.ts';

const submits = (...orders: Order[]) =>
  orders.map((order) => ({ kind: 'submit-order', order }) as unknown as Intent);

it('takes no entry once it is over, whoever says resume, and closes what is open', async () => {
  const clock = new VirtualClock(START_MS);
  const venue = new SimVenue(
    clock,
    random(5, 'expiry'),
    [instrumentOf('A', { lotSize: 0.01 })],
    CALM,
  );
  venue.price('A', 100);
  const safety = new Safety({ read: () => null, write: () => {} });
  const expiresMs = START_MS + 10 * MINUTE_MS;
  const { port, said, told } = await session(clock, venue, { safety, expiresMs });
  const refusals = () =>
    told.flatMap((event) => (event.kind === 'order-rejected' ? [event.code] : []));

  await clock.advance(expiresMs - clock.nowMs() - 1000);
  port.carryOut(submits(...entryWithStop(clock.nowMs())));
  await clock.advance(500);
  expect(told.filter(({ kind }) => kind === 'order-filled')).toHaveLength(1);
  expect([safety.state, said]).toEqual(['active', []]);

  await clock.advance(501);
  expect([safety.state, said]).toEqual(['reducing', ['pause']]);
  port.carryOut(submits(entryWithStop(clock.nowMs(), { id: 3 })[0]));
  await clock.advance(1000);
  port.hear('pause');
  port.hear('resume');
  port.carryOut(submits(entryWithStop(clock.nowMs(), { id: 5 })[0]));
  await clock.advance(1000);
  expect(refusals()).toEqual(['guard-reducing', 'guard-reducing']);
  // The stop of what was opened rests on.
  expect(venue.open()).toMatchObject([{ request: { type: 'stop-market', qty: 5 } }]);

  const [entry] = entryWithStop(clock.nowMs(), { id: 7, side: -1 });
  port.carryOut(submits({ ...entry, purpose: 'signal', reduceOnly: true }));
  await clock.advance(1000);
  expect(told.filter(({ kind }) => kind === 'order-filled')).toHaveLength(2);
  await clock.until(port.close(), MINUTE_MS);
});
