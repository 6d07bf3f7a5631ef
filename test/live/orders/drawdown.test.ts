// The limit on losses that an operator signed: 3 % of 10,000 USD here, counted from the highest equity of the
// session, whatever becomes of its process.

import { expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { session } from './session.ts';
import { CALM, SimVenue } from './venue.ts';

function scene() {
  const clock = new VirtualClock(START_MS);
  const venue = new SimVenue(clock, random(5, 'equity'), [instrumentOf('A')], CALM);
  venue.price('A', 100);
  const kept: { text: string | null } = { text: null };
  const store = {
    read: () => kept.text,
    write: (text: string) => {
      kept.text = text;
    },
  };
  /** A process that lives for a few minutes with the venue's equity at each of these, USD. */
  const life = async (...equities: number[]) => {
    venue.cash = equities[0]!;
    const safety = new Safety(store);
    const { port, said } = await session(clock, venue, { safety, maxDrawdown: 0.03 });
    for (const usd of equities) {
      venue.cash = usd;
      await clock.advance(2 * MINUTE_MS);
    }
    await clock.until(port.close(), MINUTE_MS);
    return { halted: safety.haltedFor?.code ?? null, said };
  };
  return { life, store };
}

it('trading halts when it is lost, and the kernel is told', async () => {
  const { life } = scene();
  expect(await life(10_000, 9701)).toEqual({ halted: null, said: [] });
  expect(await life(9700)).toEqual({ halted: 'max-drawdown', said: ['halt'] });
});

it('losses are counted from the highest equity, also of a process before', async () => {
  const { life } = scene();
  expect((await life(10_000, 10_500, 10_300)).halted).toBeNull();
  expect((await life(10_201)).halted).toBeNull();
  expect((await life(10_200)).halted).toBe('max-drawdown');
});

it('losses are counted anew once a person has re-armed it', async () => {
  const { life, store } = scene();
  expect((await life(10_000, 9600)).halted).toBe('max-drawdown');
  new Safety(store).rearm();
  expect((await life(9600, 9301)).halted).toBeNull();
  expect((await life(9300)).halted).toBe('max-drawdown');
});

it('an equity that is no number changes nothing, and the next one counts', async () => {
  const { life } = scene();
  expect((await life(10_000, Number.NaN, 9701)).halted).toBeNull();
  expect((await life(10_000, Number.NaN, 9600)).halted).toBe('max-drawdown');
});
