// The venue's own switch: it guards entries that rest, and never takes a protective stop, whenever the
// process that armed it dies.

import { describe, expect, it } from 'vitest';
import { PLAIN } from '../../../engine/execution/order.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import type { ApprovedOrder } from '../../../engine/risk/gate.ts';
import { type Rescued, rescue } from '../../../live/watchdog/rescue.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { SimClient } from './client.ts';
import { entryWithStop, session } from './session.ts';
import { CALM, LIFE_MS, SimVenue } from './venue.ts';

const A = instrumentOf('A', { lotSize: 0.01 });

/** Buys 5 at 99 and, once it has some, protects it at 5 % below its fill. */
const entry = (id: number, nowMs: number) =>
  entryWithStop(nowMs, { id, type: 'limit', terms: { ...PLAIN, limitPrice: 99 } });

async function scene() {
  const clock = new VirtualClock(START_MS);
  const venue = new SimVenue(clock, random(3, 'switch'), [A], CALM);
  venue.price('A', 100);
  const { port, client } = await session(clock, venue);
  const enter = () => {
    for (const order of entry(1, clock.nowMs())) {
      port.carryOut([{ kind: 'submit-order', order: order as ApprovedOrder }]);
    }
  };
  const resting = () => venue.open().map(({ request }) => request.type);
  return { clock, venue, client, enter, resting };
}

describe("the venue's switch", () => {
  it('is armed while an entry rests, and takes it back when its process is gone', async () => {
    const { clock, venue, client, enter, resting } = await scene();
    await clock.advance(MINUTE_MS);
    expect(venue.countdowns.size).toBe(0);
    enter();
    await clock.advance(MINUTE_MS);
    expect(venue.countdowns.size).toBe(1);
    client.die();
    await clock.advance(3 * MINUTE_MS);
    expect(resting()).toEqual([]);
  });

  it('is off as soon as the entry has filled, so that the stop stays when the process dies then', async () => {
    const { clock, venue, client, enter, resting } = await scene();
    enter();
    await clock.advance(MINUTE_MS);
    expect(venue.countdowns.size).toBe(1);
    venue.price('A', 99);
    await clock.advance(1000);
    expect(resting()).toEqual(['stop-market']);
    client.die();
    await clock.advance(10 * MINUTE_MS);
    expect(resting()).toEqual(['stop-market']);
  });

  it('is taken off until it is off, though requests are lost and an arming one arrives late', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { clock, venue, client, enter, resting } = await scene();
      enter();
      await clock.advance(20_000);
      venue.draw = random(seed, 'late');
      // The next request is the first one to arm it: it arrives when we have long given it up.
      venue.knobs = { ...CALM, lateRequest: 1 };
      await clock.advance(10_300);
      venue.knobs = seed % 2 === 0 ? CALM : { ...CALM, lostRequest: 0.2, lostAnswer: 0.3 };
      venue.price('A', 99);
      await clock.advance(LIFE_MS + 20_000);
      expect(resting(), `seed ${seed}`).toEqual(['stop-market']);
      client.die();
      await clock.advance(10 * MINUTE_MS);
      expect(resting(), `seed ${seed}`).toEqual(['stop-market']);
    }
  });

  it('is taken off by the next process, and by the watchdog, where the first died too early', async () => {
    const armed = async () => {
      const one = await scene();
      one.enter();
      await one.clock.advance(MINUTE_MS);
      // It fills, and dies before it has heard of it.
      one.client.die();
      one.venue.price('A', 99);
      const { request } = one.venue.truth[0]!;
      const stop = { ...request, type: 'stop-market', side: -1, reduceOnly: true } as const;
      one.venue.take({ ...stop, clientId: 'stop', limitPrice: Number.NaN, triggerPrice: 90 });
      expect(one.venue.countdowns.size).toBe(1);
      return one;
    };
    const next = await armed();
    await session(next.clock, next.venue);
    await next.clock.advance(10 * MINUTE_MS);
    expect(next.resting()).toEqual(['stop-market']);

    const watched = await armed();
    const result = await watched.clock.until<Rescued>(
      rescue({
        venues: [{ id: 'sim', symbols: ['A'] }],
        measure: 'take-back-entries',
        journal: '/nowhere',
        open: async () => new SimClient('sim', watched.venue, () => {}),
        clock: watched.clock,
        diedMs: watched.clock.monotonicMs(),
        patienceMs: MINUTE_MS,
        logbook: { add: async () => {} },
      }),
      10 * MINUTE_MS,
    );
    await watched.clock.advance(10 * MINUTE_MS);
    expect({ result, rests: watched.resting() }).toEqual({
      result: 'done',
      rests: ['stop-market'],
    });
  });
});
