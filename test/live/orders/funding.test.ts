// Funding at a real venue is booked once, by the venue's own history, whatever the stream says of it.

import { expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import type { VenueEvent } from '../../../live/inbox.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { session } from './session.ts';
import { CALM, SimVenue } from './venue.ts';

const paid = (told: readonly VenueEvent[]) =>
  told.flatMap((event) => (event.kind === 'funding' ? [[event.leg, event.amountUsd]] : []));

/** Twenty minutes past an hour: a position of somebody's, and a session that begins. */
async function scene() {
  const clock = new VirtualClock(START_MS + 20 * MINUTE_MS);
  const symbols = ['A', 'B'].map((symbol) => instrumentOf(symbol));
  const venue = new SimVenue(clock, random(4, 'funding'), symbols, CALM);
  for (const { symbol } of symbols) venue.price(symbol, 100);
  const begin = (recorded: readonly VenueEvent[] = []) => {
    return session(clock, venue, { primaries: [0, 1] }, recorded);
  };
  /** To a little after the next hour. */
  const nextHour = () => clock.advance(HOUR_MS - ((clock.trueMs - 1000) % HOUR_MS));
  return { clock, venue, begin, nextHour };
}

it('is booked on its own leg, though the stream names none', async () => {
  const { clock, venue, begin, nextHour } = await scene();
  const { told } = await begin();
  await nextHour();
  venue.pay('A', -1.5);
  venue.pay('B', 0.25);
  await clock.advance(2 * MINUTE_MS);
  expect(paid(told)).toEqual([
    [0, -1.5],
    [1, 0.25],
  ]);
  await nextHour();
  venue.pay('B', 0.125);
  await clock.advance(2 * HOUR_MS);
  expect(paid(told)).toHaveLength(3);
});

it('is booked when the stream was down at its stamp, and when the history knows it late', async () => {
  const { clock, venue, begin, nextHour } = await scene();
  const { client, told } = await begin();
  client.drop(2 * HOUR_MS);
  await nextHour();
  venue.pay('A', -1);
  await clock.advance(2 * MINUTE_MS);
  expect(paid(told)).toEqual([[0, -1]]);
  // It is in the history an hour after its stamp.
  const late = { symbol: 'A', atMs: clock.trueMs + HOUR_MS, amountUsd: -2 };
  await clock.advance(2 * HOUR_MS);
  venue.payments.push(late);
  await clock.advance(HOUR_MS);
  expect(paid(told)).toEqual([
    [0, -1],
    [0, -2],
  ]);
});

it('is booked once over a restart, that of the time between too, and none of before the session', async () => {
  const { clock, venue, begin, nextHour } = await scene();
  venue.pay('A', -100);
  await clock.advance(MINUTE_MS);
  const first = await begin();
  await nextHour();
  venue.pay('A', -1);
  await clock.advance(2 * MINUTE_MS);
  expect(paid(first.told)).toEqual([[0, -1]]);
  first.client.die();
  await nextHour();
  venue.pay('A', -2);
  await clock.advance(5 * MINUTE_MS);
  const second = await begin(first.told);
  await clock.advance(2 * HOUR_MS);
  expect(paid(second.told)).toEqual([[0, -2]]);
});

it('is asked for again where the venue could not be asked', async () => {
  const { clock, venue, begin, nextHour } = await scene();
  const { told } = await begin();
  await nextHour();
  venue.mode = 'down';
  venue.pay('A', -1);
  await clock.advance(10 * MINUTE_MS);
  expect(paid(told)).toEqual([]);
  venue.mode = 'well';
  await clock.advance(3 * MINUTE_MS);
  expect(paid(told)).toEqual([[0, -1]]);
});
