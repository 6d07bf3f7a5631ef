// A property over random fault scripts in virtual time: whatever goes wrong for a while, in the end
// every candle was said with its right values, once, and nobody waited for long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../engine/interval.ts';
import { type Random, random } from '../../../engine/random.ts';
import type { CandleEvent } from '../../../live/rows.ts';
import { START_MS } from '../../support/market.ts';
import type { FakeVenue, VirtualClock } from '../../support/socket.ts';
import { type Scene, scene, truthOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const BEGIN_ROW = 5;
const FAULTY_ROWS = 40;
const ROWS = BEGIN_ROW + FAULTY_ROWS + 12;

/** One fault of the script: what begins, and what ends it. */
type Fault = (venue: FakeVenue, clock: VirtualClock, draw: Random) => () => void;

const nothing = () => {};
const now = (venue: FakeVenue, clock: VirtualClock) =>
  venue.candleOf('AUSD', Math.floor(clock.trueMs / MINUTE_MS) * MINUTE_MS);
const isSound = ({ high, low, close, openMs }: CandleEvent) =>
  high >= low && close > 0 && openMs % MINUTE_MS === 0;
const FAULTS: Readonly<Record<string, Fault>> = {
  drop: (venue) => {
    venue.drop();
    return nothing;
  },
  refuse: (venue) => {
    venue.isRefusing = true;
    venue.drop();
    return () => {
      venue.isRefusing = false;
    };
  },
  freeze: (venue) => {
    venue.isFrozen = true;
    return () => {
      // A connection that has lost messages is not a connection.
      venue.drop('frozen');
      venue.isFrozen = false;
    };
  },
  mute: (venue) => {
    venue.isMute = true;
    return () => {
      venue.isMute = false;
    };
  },
  'mute one': (venue) => {
    venue.muted.add('BUSD');
    return () => venue.muted.delete('BUSD');
  },
  'rest down': (venue) => {
    venue.rest = 'down';
    return () => {
      venue.rest = 'well';
    };
  },
  'rest breaks off': (venue) => {
    venue.rest = 'breaks-off';
    return () => {
      venue.rest = 'well';
    };
  },
  'rest is slow': (venue) => {
    venue.restMs = () => 3000;
    return () => {
      venue.restMs = () => 50;
    };
  },
  twice: (venue) => {
    venue.repeat = 2;
    return () => {
      venue.repeat = 1;
    };
  },
  jitter: (venue, _clock, draw) => {
    venue.travelMs = () => Math.floor(draw() * 4000);
    return () => {
      venue.travelMs = () => 20;
    };
  },
  garbage: (venue) => {
    venue.say('{"not":');
    venue.say('<html>');
    return nothing;
  },
  'rest hangs': (venue) => {
    venue.rest = 'hangs';
    return () => {
      venue.rest = 'well';
    };
  },
  unsound: (venue, clock) => {
    const candle = now(venue, clock);
    for (const closed of venue.tellsClosed ? [true, false] : [null]) {
      venue.sayCandle('AUSD', { ...candle, close: Number.NaN }, closed);
      venue.sayCandle('AUSD', { ...candle, high: candle.low / 2 }, closed);
      venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 7 }, closed);
    }
    return nothing;
  },
  early: (venue, clock) => {
    const candle = now(venue, clock);
    const isEarly = clock.trueMs < candle.openMs + MINUTE_MS - 5000;
    const isTold = venue.tellsClosed && isEarly;
    if (isTold) venue.sayCandle('AUSD', { ...candle, close: candle.low }, true);
    return nothing;
  },
  future: (venue, clock) => {
    const candle = now(venue, clock);
    const isTold = venue.tellsClosed ? false : null;
    venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 2 * MINUTE_MS }, isTold);
    venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 90 * MINUTE_MS }, isTold);
    venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 300 * MINUTE_MS }, isTold);
    if (!venue.tellsClosed) return nothing;
    venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 3 * MINUTE_MS }, true);
    venue.sayCandle('AUSD', { ...candle, openMs: candle.openMs + 500_000 * MINUTE_MS }, true);
    return nothing;
  },
  'wall forth': (_venue, clock) => {
    clock.step(HOUR_MS);
    return nothing;
  },
  'wall back': (_venue, clock) => {
    clock.step(-HOUR_MS);
    return nothing;
  },
};

function script({ venue, clock }: Scene, seed: number): string[] {
  const draw = random(seed, 'fault script');
  const names = Object.keys(FAULTS).filter(() => draw() < 0.5);
  const told: string[] = [];
  const spanMs = FAULTY_ROWS * MINUTE_MS;
  for (let k = 0; k < 12 && names.length > 0; k++) {
    const name = names[Math.floor(draw() * names.length)]!;
    const atMs = Math.floor(draw() * spanMs);
    const forMs = Math.floor(Math.min(spanMs - atMs, draw() ** 3 * 20 * MINUTE_MS));
    told.push(`${(atMs / 1000).toFixed(0)} s: ${name} for ${(forMs / 1000).toFixed(0)} s`);
    clock.in(atMs, () => clock.in(forMs, FAULTS[name]!(venue, clock, draw)));
  }
  return told;
}

describe.each([
  ['of a venue that says which candle is final', true],
  ['of a venue that does not', false],
])('random faults %s', (_, tellsClosed) => {
  it('cost no candle, and change none', async () => {
    const property = fc.asyncProperty(fc.integer(), async (seed) => {
      const one = scene({ rows: ROWS, beginRow: BEGIN_ROW, tellsClosed });
      const told = script(one, seed);
      await one.clock.until(one.running, 3 * HOUR_MS);
      for (const [leg, symbol] of ['AUSD', 'BUSD'].entries()) {
        const all = one.inbox.candlesOf(leg).filter(isSound);
        // Without a final word, what was doubted and could not be asked for may be said again.
        const last = new Map(all.map((candle) => [candle.openMs, candle]));
        const said = [...last.values()].toSorted((a, b) => a.openMs - b.openMs);
        expect(said, told.join('\n')).toEqual(truthOf(one, symbol, leg));
        if (tellsClosed) expect(all.length).toBe(said.length);
      }
      // Out of order comes only what was given up before.
      const opens = one.inbox.candlesOf(0).filter(isSound);
      const minutes = [...new Set(opens.map(({ openMs }) => openMs / MINUTE_MS))];
      const isWhole = one.inbox.notesOf('gap').every((gap) => gap.leg !== 0);
      if (isWhole) expect(minutes).toEqual(minutes.toSorted((a, b) => a - b));
      expect(one.venue.open).toBe(0);
    });
    await fc.assert(property, { seed: 25, numRuns: LONG ? 2000 : 40 });
  }, 1_200_000);
});

describe('a leg that is gone', () => {
  it('does not make the others wait: they are said within their grace', async () => {
    const one = scene({ rows: 60, beginRow: 5 });
    one.clock.in(5 * MINUTE_MS, () => {
      one.venue.muted.add('BUSD');
      one.venue.missing.clear();
    });
    await one.clock.until(one.running, 2 * HOUR_MS);
    const late = one.inbox.letters.flatMap((letter, k) => {
      if (!('event' in letter) || letter.event.kind !== 'candle') return [];
      const { openMs, tsMs } = letter.event as { openMs: number; tsMs: number };
      return openMs >= START_MS + 6 * MINUTE_MS ? [one.inbox.atMs[k]! - tsMs] : [];
    });
    expect(Math.max(...late)).toBeLessThan(3000);
  });
});
