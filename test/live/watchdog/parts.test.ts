// The parts of the watchdog alone: when it thinks a session dead, what it takes back over a network that
// fails, and where it writes that down.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { machineClock } from '../../../live/clock.ts';
import { Logbook, readLogbook } from '../../../live/watchdog/logbook.ts';
import { type Rescued, rescue } from '../../../live/watchdog/rescue.ts';
import { readSaid, saidText } from '../../../live/watchdog/talk.ts';
import { LOOK_MS, Vigil } from '../../../live/watchdog/vigil.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { VirtualClock } from '../../support/socket.ts';
import { SimClient } from '../orders/client.ts';
import { SimVenue } from '../orders/venue.ts';
import { knobsOf } from '../orders/world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const root = mkdtempSync(join(tmpdir(), 'sapphire-vigil-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a vigil', () => {
  /** Looks every half second until `untilMs`; the first verdict and when. */
  function watch(vigil: Vigil, fromMs: number, untilMs: number) {
    for (let ms = fromMs; ms <= untilMs; ms += LOOK_MS) {
      const verdict = vigil.look(ms);
      if (verdict !== null) return { verdict, ms };
    }
    return null;
  }

  it('calls a session hung after its silence, and not before', () => {
    const vigil = new Vigil(30_000, 0);
    vigil.beat();
    expect(watch(vigil, 500, 29_500)).toBeNull();
    vigil.beat();
    expect(watch(vigil, 30_000, 90_000)).toEqual({ verdict: 'hung', ms: 59_500 });
  });

  it('calls one dead so long after its pipe ended, whatever it said before', () => {
    const vigil = new Vigil(30_000, 0);
    vigil.beat();
    watch(vigil, 500, 20_000);
    vigil.end();
    vigil.beat();
    expect(watch(vigil, 20_500, 90_000)).toEqual({ verdict: 'dead', ms: 50_000 });
  });

  it('calls one left at once when it said so and is gone, and not while it is there', () => {
    const vigil = new Vigil(30_000, 0);
    vigil.beat();
    vigil.leave();
    expect(vigil.look(500)).toBeNull();
    vigil.end();
    expect(vigil.look(1000)).toBe('left');
  });

  it('believes no silence through which it slept itself, and none before the first beat', () => {
    const vigil = new Vigil(30_000, 0);
    expect(watch(vigil, 500, 600_000)).toBeNull();
    vigil.beat();
    vigil.look(600_500);
    // The machine was away for an hour: that is two looks of silence at most.
    expect(vigil.look(4_200_000)).toBeNull();
  });
});

describe('what is said over the pipe', () => {
  it('is read as it was said, and anything else is no word', () => {
    expect(readSaid(saidText({ kind: 'leave', code: 'ended' }))).toEqual({
      kind: 'leave',
      code: 'ended',
    });
    for (const line of ['', '{}', 'null', '{"kind":"beat","more":1}', '{"kind":"hello"}', '[1']) {
      expect(readSaid(line), line).toBeNull();
    }
  });
});

describe('a rescue over a network that fails in every way', () => {
  /** Long 10 with a stop over 6 of it, an entry that rests, and one that arrives late. */
  async function scene(
    seed: number,
    measure: 'take-back-entries' | 'close-unprotected' | 'flatten',
  ) {
    const clock = new VirtualClock(START_MS);
    const draw = random(seed, 'rescue');
    const knobs = { ...knobsOf(draw), refused: 0 };
    const instrument = instrumentOf('A', { lotSize: 0.01 });
    const venue = new SimVenue(clock, draw, [instrument], knobs);
    venue.price('A', 100);
    venue.external('A', 10);
    const plain = {
      symbol: 'A',
      timeInForce: 'gtc',
      limitPrice: Number.NaN,
      expiresMs: Number.NaN,
      postOnly: false,
      trailFraction: Number.NaN,
      activationPrice: Number.NaN,
      notionalUsd: Number.NaN,
    } as const;
    const stop = { ...plain, type: 'stop-market', side: -1, reduceOnly: true } as const;
    const covered = measure === 'take-back-entries' ? 10 : 6;
    venue.take({ ...stop, clientId: 'stop', qty: covered, triggerPrice: 90 });
    const entry = { ...plain, type: 'limit', side: 1, reduceOnly: false, limitPrice: 80 } as const;
    const rests = { ...entry, triggerPrice: Number.NaN, qty: 5 };
    venue.take({ ...rests, clientId: 'entry' });
    clock.in(3500, () => venue.take({ ...rests, clientId: 'late' }));
    const said: string[] = [];
    const result = await clock.until<Rescued>(
      rescue({
        venues: [{ id: 'sim', symbols: ['A'] }],
        measure,
        journal: root,
        open: async (_, isFenced) => {
          expect(isFenced).toBe(true);
          return new SimClient('sim', venue, () => {});
        },
        clock,
        diedMs: clock.monotonicMs(),
        patienceMs: Number.POSITIVE_INFINITY,
        logbook: {
          add: async (code) => {
            said.push(code);
          },
        },
      }),
      3_600_000,
    );
    return { venue, result, said };
  }

  it('leaves no entry, and every stop', async () => {
    for (let seed = 1; seed <= (LONG ? 1000 : 60); seed++) {
      const { venue, result } = await scene(seed, 'take-back-entries');
      const open = venue.open().map(({ request }) => request.clientId);
      expect({ open, result }, `seed ${seed}`).toEqual({ open: ['stop'], result: 'done' });
      expect(venue.positions.get('A'), `seed ${seed}`).toBe(10);
    }
  });

  it('closes what no stop covers where that was promised', async () => {
    for (let seed = 1; seed <= (LONG ? 1000 : 30); seed++) {
      for (const measure of ['close-unprotected', 'flatten'] as const) {
        const { venue, result } = await scene(seed, measure);
        const open = venue.open().map(({ request }) => request.clientId);
        const held = venue.positions.get('A');
        expect({ held, result }, `seed ${seed}`).toEqual({ held: 0, result: 'done' });
        // A stop without a position can do nothing any more.
        const left = measure === 'flatten' ? [] : open.filter((id) => id === 'stop');
        expect(open, `seed ${seed} ${measure}`).toEqual(left);
      }
    }
  });

  it('calls a person to a position that nothing protects', async () => {
    const clock = new VirtualClock(START_MS);
    const instrument = instrumentOf('A', { lotSize: 0.01 });
    const venue = new SimVenue(
      clock,
      random(1, 'bare'),
      [instrument],
      knobsOf(() => 0.1),
    );
    venue.price('A', 100);
    venue.external('A', -3);
    const result = await clock.until<Rescued>(
      rescue({
        venues: [{ id: 'sim', symbols: ['A'] }],
        measure: 'take-back-entries',
        journal: root,
        open: async () => new SimClient('sim', venue, () => {}),
        clock,
        diedMs: 0,
        patienceMs: Number.POSITIVE_INFINITY,
        logbook: { add: async () => {} },
      }),
      600_000,
    );
    expect(result).toBe('unprotected');
    expect(venue.positions.get('A')).toBe(-3);
  });

  it('gives a venue up that stays away, and says so, where that was allowed', async () => {
    const clock = new VirtualClock(START_MS);
    const said: string[] = [];
    const result = await clock.until<Rescued>(
      rescue({
        venues: [{ id: 'sim', symbols: ['A'] }],
        measure: 'take-back-entries',
        journal: root,
        open: async () => {
          throw new Error('away');
        },
        clock,
        diedMs: 0,
        patienceMs: 300_000,
        logbook: {
          add: async (code) => {
            said.push(code);
          },
        },
      }),
      3_600_000,
    );
    expect(result).toBe('given-up');
    expect(said).toEqual(['trouble', 'given-up']);
    expect(clock.monotonicMs()).toBeLessThan(400_000);
  });
});

describe('the logbook', () => {
  it('is kept in the first place that takes it, and told in any case', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const second = join(root, 'second');
    const told: string[] = [];
    const logbook = new Logbook(file, machineClock, (text) => told.push(text), [second]);
    await logbook.add('dead', 'it died');
    await logbook.add('done', 'all of it');
    expect(readLogbook(file)).toEqual([]);
    expect(readLogbook(second)).toMatchObject([
      { code: 'dead', text: 'it died' },
      { code: 'done', text: 'all of it' },
    ]);
    const nowhere = new Logbook(file, machineClock, (text) => told.push(text), []);
    await nowhere.add('dead', 'again');
    expect(told.at(-1)).toContain('no disk takes this');
  });
});
