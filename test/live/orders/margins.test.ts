// Every symbol is margined at its venue as the config was tested with, or takes no new risk.

import { expect, it } from 'vitest';
import { PLAIN } from '../../../engine/execution/order.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import type { ApprovedOrder } from '../../../engine/risk/gate.ts';
import type { Margin, Outcome, VenueClient } from '../../../live/venues/port.ts';
import { refused } from '../../../live/venues/sender.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { SimClient } from './client.ts';
import { entryWithStop, session } from './session.ts';
import { CALM, SimVenue } from './venue.ts';

const TAKEN: Outcome = { kind: 'accepted', venueOrderId: '' };

/** Tested in isolated margin at 12.5x, of which the venue gives B no more than 5x. */
async function scene(answer: (symbol: string) => Outcome = () => TAKEN) {
  const clock = new VirtualClock(START_MS);
  const symbols = [instrumentOf('A'), instrumentOf('B', { maxLeverage: 5 })];
  const venue = new SimVenue(clock, random(4, 'margin'), symbols, CALM);
  for (const { symbol } of symbols) venue.price(symbol, 100);
  const asked: (Margin & { readonly symbol: string })[] = [];
  const setMargin: VenueClient['setMargin'] = async (symbol, margin) => {
    asked.push({ symbol, ...margin });
    return answer(symbol);
  };
  let client: SimClient | undefined;
  const { port, told } = await session(clock, venue, {
    primaries: [0, 1],
    margin: { mode: 'isolated', leverage: 12.5 },
    open: (id, tell) => {
      client = Object.assign(new SimClient(id, venue, tell), { setMargin });
      return client;
    },
  });
  /** Sends an entry of a leg; codes of all that were refused so far. */
  const enter = (id: number, leg: number) => {
    const terms = { ...PLAIN, limitPrice: 99 };
    const [order] = entryWithStop(clock.nowMs(), { id, leg, type: 'limit', terms });
    port.carryOut([{ kind: 'submit-order', order: order as ApprovedOrder }]);
    return told.flatMap((event) => (event.kind === 'order-rejected' ? [event.code] : []));
  };
  return { clock, client: client!, asked, enter };
}

it('is set before anything is sent: whole, and no more than the venue gives', async () => {
  const { asked, clock, enter } = await scene();
  expect(asked).toEqual([
    { symbol: 'A', mode: 'isolated', leverage: 12 },
    { symbol: 'B', mode: 'isolated', leverage: 5 },
  ]);
  expect(enter(1, 0)).toEqual([]);
  await clock.advance(5 * MINUTE_MS);
  expect(asked).toHaveLength(2);
});

it('keeps entries out as long as it cannot be set, of that symbol only', async () => {
  let isOpen = true;
  const { clock, enter } = await scene((symbol) => {
    return symbol === 'A' && isOpen ? refused('leverage', 'a position is open') : TAKEN;
  });
  expect(enter(1, 0)).toEqual(['guard-blocked']);
  expect(enter(3, 1)).toEqual(['guard-blocked']);
  isOpen = false;
  await clock.advance(2 * MINUTE_MS);
  expect(enter(5, 0)).toHaveLength(1);
});

it('is set back when somebody changed it, and nothing is opened meanwhile', async () => {
  const { asked, clock, client, enter } = await scene();
  client.pass({ kind: 'leverage', symbol: 'A', leverage: 12 });
  await clock.advance(1000);
  expect(enter(1, 0)).toEqual([]);
  client.pass({ kind: 'leverage', symbol: 'A', leverage: 50 });
  await clock.advance(1000);
  expect(enter(3, 0)).toEqual(['guard-blocked']);
  await clock.advance(2 * MINUTE_MS);
  expect(asked.at(-1)).toEqual({ symbol: 'A', mode: 'isolated', leverage: 12 });
  expect(asked).toHaveLength(3);
  expect(enter(5, 0)).toHaveLength(1);
});
