// The user stream in virtual time: keys that end, silence, old age, gaps, addresses that cannot be had.

import { beforeEach, describe, expect, it } from 'vitest';
import { BadReply } from '../../../data/venues/said.ts';
import type { Connect, Ears } from '../../../live/feeds/socket.ts';
import type { ClientEvent } from '../../../live/venues/port.ts';
import { UserStream, type UserTalk } from '../../../live/venues/user-stream.ts';
import { VirtualClock } from '../../support/socket.ts';

const START_MS = Date.UTC(2026, 10, 29);
const MINUTE = 60_000;
const FILL: ClientEvent = { kind: 'position', symbol: 'B', qty: 1 };

let clock: VirtualClock;
let sockets: { url: string; ears: Ears; sent: string[]; isEnded: boolean }[];
let events: ClientEvent[];
let keptAtMs: number[];
let gaps: number[];
/** What the venue does. */
let venue: { isOpening: boolean; answers: boolean; isKeyGood: boolean; addressFails: number };

const connect: Connect = (url, ears) => {
  const one = { url, ears, sent: [] as string[], isEnded: false };
  sockets.push(one);
  if (venue.isOpening) clock.in(10, () => ears.opened());
  return {
    send(text) {
      one.sent.push(text);
      if (text === 'hello' && venue.answers) clock.in(5, () => ears.text('welcome'));
      if (text === 'ping') clock.in(5, () => !one.isEnded && ears.text('pong'));
    },
    ping() {},
    end() {
      if (one.isEnded) return;
      one.isEnded = true;
      clock.in(1, () => ears.closed('ended'));
    },
  };
};

function streamOf(change: Partial<UserTalk> = {}): UserStream {
  let keys = 0;
  const talk: UserTalk = {
    async address() {
      if (venue.addressFails-- > 0) throw new Error('no key to be had');
      return `key-${++keys}`;
    },
    hello: () => ['hello'],
    isAnswer: (text) => text === 'welcome',
    ping: 'ping',
    pingEveryMs: 15_000,
    silenceMs: 45_000,
    maxAgeMs: 24 * 60 * MINUTE,
    keepEveryMs: 18 * MINUTE,
    async keep() {
      keptAtMs.push(clock.trueMs - START_MS);
      return venue.isKeyGood;
    },
    parse(text) {
      if (text === 'expired') return 'expired';
      if (text === 'bad') throw new BadReply('cannot be read');
      return text === 'fill' ? [FILL] : [];
    },
    ...change,
  };
  return new UserStream({
    talk,
    clock,
    connect,
    random: () => 0.5,
    tell: (event) => void events.push(event),
    async catchUp(sinceMs) {
      gaps.push(sinceMs - START_MS);
      return [{ kind: 'complaint', text: 'missed' }];
    },
    scrub: (text) => text,
  });
}

const ups = () => events.filter((one) => one.kind === 'stream' && one.isUp).length;
const downs = () => events.flatMap((one) => (one.kind === 'stream' && !one.isUp ? [one.text] : []));

beforeEach(() => {
  clock = new VirtualClock(START_MS);
  [sockets, events, keptAtMs, gaps] = [[], [], [], []];
  venue = { isOpening: true, answers: true, isKeyGood: true, addressFails: 0 };
});

describe('a user stream', () => {
  it('is up when its hello was answered, and fills no gap at the first time', async () => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    expect([ups(), gaps, sockets.length]).toEqual([1, [], 1]);
    sockets[0]!.ears.text('fill');
    expect(events.at(-1)).toBe(FILL);
    await clock.until(stream.close(), 5000);
  });

  it('prolongs its key three times an hour for days, and lives on pongs', async () => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    await clock.advance(10 * 60 * MINUTE);
    expect(sockets).toHaveLength(1);
    expect(keptAtMs.length).toBe(33);
    expect(keptAtMs[0]! / MINUTE).toBeCloseTo(18, 1);
    await clock.until(stream.close(), 5000);
  });

  it('takes a new key at once when the old one cannot be prolonged', async () => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    venue.isKeyGood = false;
    await clock.advance(18 * MINUTE + 500);
    expect(sockets.map(({ url }) => url)).toEqual(['key-1', 'key-2']);
    expect(downs()).toEqual(['its key has ended']);
    expect(ups()).toBe(2);
    await clock.until(stream.close(), 5000);
  });

  it.each([
    ['said that its key has ended', (ears: Ears) => ears.text('expired'), /ended its key/],
    ['was closed', (ears: Ears) => ears.closed('code 1006'), /1006/],
  ])('that %s tells what was missed before it is up again', async (_, end, why) => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    await clock.advance(5 * MINUTE);
    sockets[0]!.ears.text('fill');
    await clock.advance(3000);
    end(sockets[0]!.ears);
    await clock.advance(3000);
    expect(downs()[0]).toMatch(why);
    const kinds = events.slice(-3).map((one) => (one.kind === 'stream' ? one.isUp : one.kind));
    expect(kinds).toEqual([false, 'complaint', true]);
    // From a minute before the last message.
    expect(Math.abs(gaps[0]! - 4 * MINUTE)).toBeLessThan(5000);
    await clock.until(stream.close(), 5000);
  });

  it('is dead after so long a silence', async () => {
    const stream = streamOf({ ping: 'no answer to this' });
    await clock.until(stream.open(), 5000);
    await clock.advance(44_000);
    expect(downs()).toEqual([]);
    await clock.advance(3000);
    expect(downs()).toEqual(['silent for 45000 ms']);
    await clock.until(stream.close(), 5000);
  });

  it('is renewed before the venue ends it', async () => {
    const stream = streamOf({ maxAgeMs: 60 * MINUTE });
    await clock.until(stream.open(), 5000);
    await clock.advance(54 * MINUTE);
    expect(sockets).toHaveLength(1);
    await clock.advance(4 * MINUTE);
    expect([sockets.length, downs(), ups()]).toEqual([2, ['renewed'], 2]);
    await clock.until(stream.close(), 5000);
  });

  it('goes on for ever when there is no address, no connection and no answer', async () => {
    venue.addressFails = 3;
    const stream = streamOf();
    const opened = stream.open();
    await clock.advance(30_000);
    expect(ups()).toBe(1);
    expect(downs()).toEqual(Array(3).fill('no key to be had'));
    await opened;
    venue.isOpening = false;
    sockets[0]!.ears.closed('gone');
    await clock.advance(60_000);
    expect(downs().at(-1)).toMatch(/did not open in 10000 ms/);
    venue.isOpening = true;
    venue.answers = false;
    await clock.advance(60_000);
    expect(downs().at(-1)).toMatch(/hello was not answered/);
    venue.answers = true;
    await clock.advance(60_000);
    expect(ups()).toBe(2);
    await clock.until(stream.close(), 5000);
  });

  it('says what cannot be read and lives on', async () => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    sockets[0]!.ears.text('bad');
    expect(events.at(-1)).toEqual({ kind: 'complaint', text: 'cannot be read' });
    expect(downs()).toEqual([]);
    await clock.until(stream.close(), 5000);
  });

  it('tells nothing after it was closed, and leaves no sleeper behind', async () => {
    const stream = streamOf();
    await clock.until(stream.open(), 5000);
    await clock.until(stream.close(), 5000);
    const before = events.length;
    sockets[0]!.ears.text('fill');
    await clock.advance(60 * MINUTE);
    expect([events.length, sockets.length]).toEqual([before, 1]);
    expect(clock.sleeping).toBe(0);
  });
});
