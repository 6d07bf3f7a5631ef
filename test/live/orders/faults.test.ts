// One fault at a time, in calm worlds: that it happened, what the kernel was told of it, and that every
// promise held. promises.test.ts has them all at once.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../live/venues/port.ts';
import { voter } from '../../support/run.ts';
import { SimClient } from './client.ts';
import { CALM, type Knobs, type SimVenue } from './venue.ts';
import { World, type WorldOptions } from './world.ts';

afterEach(() => void vi.restoreAllMocks());

/** What happened in a few worlds of one kind, each of which kept its promises. */
async function seen(fault: Partial<Knobs>, options: WorldOptions = {}, seeds = 8) {
  const kinds = new Map<string, number>();
  const notes = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  let [fills, openings] = [0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const world = new World(seed, { knobs: { ...CALM, ...fault }, ...options });
    await world.run();
    expect(world.broken(), `seed ${seed}`).toEqual([]);
    for (const event of world.answers) {
      const code = 'code' in event ? ` ${event.code}` : '';
      count(kinds, `${event.kind}${code}`);
    }
    for (const note of world.notes) count(notes, note.code);
    fills += world.venues[0]!.fills.length;
    for (const { transitions } of world.kernel.routing.breakers) openings += transitions.length;
    await world.port.close();
  }
  return { kinds, notes, fills, openings };
}

/** Outcomes of every cancel that is sent from here on. */
function cancels(): Outcome[] {
  const outcomes: Outcome[] = [];
  const cancel = SimClient.prototype.cancel;
  vi.spyOn(SimClient.prototype, 'cancel').mockImplementation(async function (
    this: SimClient,
    ...words
  ) {
    const outcome = await cancel.apply(this, words);
    outcomes.push(outcome);
    return outcome;
  });
  return outcomes;
}

/** Before row 4 of a long position, when its stop rests. */
const held = (happens: (venue: SimVenue, world: World) => void): WorldOptions => ({
  rows: 8,
  strategy: voter('ann', 'b.9 b.9 b.9 b.9 s.9 . . .'),
  onRow: async (world, row) => {
    if (row !== 4) return;
    await world.clock.advance(5000);
    happens(world.venues[0]!, world);
  },
});

/** A trail so near that stops are moved, and hit while they are. */
const TIGHT: WorldOptions = {
  risk: { trailingStop: { enabled: true, buffer: 0.003, step: 0.0005 } },
};

describe('on its way', () => {
  it('a reduction that is refused in every form is tried on, and never in haste', async () => {
    let refusals = 0;
    const submit = SimClient.prototype.submit;
    vi.spyOn(SimClient.prototype, 'submit').mockImplementation(async function (
      this: SimClient,
      request,
    ) {
      if (!request.reduceOnly) return submit.call(this, request);
      refusals++;
      return { kind: 'refused', code: 'bad-tick', text: 'off the grid', retryAfterMs: 0 };
    });
    const world = new World(1, { knobs: CALM, ...held(() => {}) });
    await world.run();
    // Eight minutes of a stop, its successor and an exit: after a quarter of a second, a half, one, two,
    // four, and then every five seconds.
    expect(refusals).toBeGreaterThan(10);
    expect(refusals).toBeLessThan(3 * (480 / 5 + 6));
    await world.port.close();
  });

  it('F01 an order that was lost is unknown, and ends by proof that it is not there', async () => {
    const { kinds } = await seen({ lostRequest: 0.5 });
    expect(kinds.get('order-unknown')).toBeGreaterThan(0);
    expect(kinds.get('order-rejected not-found')).toBeGreaterThan(0);
  });

  it('F02 an order that arrives after we gave it up is found, and is the only one', async () => {
    const { kinds } = await seen({ lateRequest: 0.6 });
    expect(kinds.get('order-unknown')).toBeGreaterThan(0);
    expect(kinds.get('order-filled')).toBeGreaterThan(0);
    expect(kinds.get('order-rejected not-found')).toBeUndefined();
  });

  it('F03 an order whose answer was lost is found as it is', async () => {
    const { kinds, fills } = await seen({ lostAnswer: 0.8, lostEvent: 1 });
    expect(kinds.get('order-unknown')).toBeGreaterThan(0);
    expect(fills).toBeGreaterThan(0);
  });

  it('F04 a fill that is told twice is booked once', async () => {
    const { kinds, fills } = await seen({ twiceEvent: 1 });
    expect(kinds.get('order-filled')).toBe(fills);
  });

  it('F05 events that overtake each other come to the same end', async () => {
    const { fills } = await seen({ delayMs: 9000, partial: 0.5 });
    expect(fills).toBeGreaterThan(10);
  });

  it('F06 fills that a gap in the stream hid are told after it', async () => {
    const onRow = ({ venues: [venue] }: World) => void venue!.clients[0]!.drop(15_000);
    const { notes, fills } = await seen({ partial: 0.8 }, { onRow });
    expect(notes.get('lost')).toBeGreaterThan(0);
    expect(notes.get('connected')).toBeGreaterThan(0);
    expect(fills).toBeGreaterThan(0);
  });

  it('F07 an order that the venue ends keeps what it filled', async () => {
    const { kinds } = await seen({ partial: 1 });
    expect(kinds.get('order-expired')).toBeGreaterThan(0);
    expect(kinds.get('order-filled')).toBeGreaterThan(0);
  });

  it('F08 an order that was taken with a smaller quantity expires for the rest', async () => {
    const onRow = ({ venues: [venue] }: World, row: number) => {
      if (row > 0) return;
      const take = venue!.take.bind(venue);
      venue!.take = (request) => {
        const less = request.reduceOnly ? 0 : 0.01;
        return take({ ...request, qty: Math.round((request.qty - less) * 100) / 100 });
      };
    };
    const { kinds } = await seen({}, { onRow });
    expect(kinds.get('order-expired')).toBeGreaterThan(0);
  });

  it('F10 a cancel that comes too late is no proof that nothing filled', async () => {
    const outcomes = cancels();
    await seen({ delayMs: 8000 }, TIGHT, 32);
    const late = outcomes.filter((one) => one.kind === 'refused' && one.code === 'not-found');
    expect(late.length).toBeGreaterThan(0);
  });

  it('F11 a cancel whose answer was lost is asked after, and said again', async () => {
    const outcomes = cancels();
    await seen({ lostAnswer: 0.6 }, TIGHT);
    expect(outcomes.some(({ kind }) => kind === 'unknown')).toBe(true);
  });

  it('F13 an order that no query shows yet is not taken for lost', async () => {
    const { kinds } = await seen({ lagMs: 1900, lostAnswer: 0.6, lostEvent: 1 });
    expect(kinds.get('order-unknown')).toBeGreaterThan(0);
    expect(kinds.get('order-accepted')).toBeGreaterThan(0);
  });
});

describe('refused', () => {
  it('F14 for certain, an entry is over, and the breaker hears nothing of it', async () => {
    const { kinds, openings } = await seen({ refused: 0.6 });
    expect(kinds.get('order-rejected insufficient-margin')).toBeGreaterThan(5);
    expect(openings).toBe(0);
  });

  it('F15 as there is nothing to reduce, the leg is compared at once', async () => {
    const { kinds } = await seen(
      { lostEvent: 1 },
      held((venue) => venue.external('A', -venue.positions.get('A')!)),
      1,
    );
    expect(kinds.get('external-fill')).toBe(1);
  });

  it('F16 as it would trigger, a stop becomes a market order now', async () => {
    const onRow = ({ venues: [venue] }: World, row: number) => {
      if (row > 0) return;
      const take = venue!.take.bind(venue);
      venue!.take = (request) => {
        return request.type === 'stop-market' ? 'would-trigger' : take(request);
      };
    };
    const { notes, fills } = await seen({}, { onRow }, 4);
    expect(notes.get('alert')).toBeGreaterThan(0);
    expect(fills).toBeGreaterThan(1);
  });

  it('F18 or not, who can say: an answer that says neither is unknown', async () => {
    const { kinds } = await seen({ garbled: 0.9 });
    expect(kinds.get('order-unknown')).toBeGreaterThan(0);
    expect(kinds.get('order-filled')).toBeGreaterThan(0);
  });

  it('F19 for its keys, everything that adds risk is halted, on disk', async () => {
    const world = new World(3, { knobs: { ...CALM, denied: 1 } });
    await world.run();
    expect(world.broken()).toEqual([]);
    expect(JSON.parse(world.stored.text!)).toMatchObject({ halted: { code: 'venue-auth' } });
    expect(world.venues[0]!.truth).toEqual([]);
    expect(world.notes.filter(({ code }) => code === 'alert').length).toBeGreaterThan(0);
    await world.port.close();
  });

  it('F22 for its pace, a reduction is tried on, and an entry is not', async () => {
    const { kinds } = await seen({ throttled: 0.7 });
    expect(kinds.get('order-rejected throttled')).toBeGreaterThan(0);
    expect(kinds.get('order-filled')).toBeGreaterThan(0);
  });

  it('F37 while only post-only orders are taken, a reduction is tried until it is taken', async () => {
    let refusals = 0;
    const options = held((venue, { clock }) => {
      const take = venue.take.bind(venue);
      const untilMs = clock.trueMs + 90_000;
      venue.take = (request) => {
        if (request.postOnly || clock.trueMs > untilMs) return take(request);
        refusals++;
        return 'venue-unavailable';
      };
    });
    const { fills } = await seen({}, options, 2);
    expect(refusals).toBeGreaterThan(2);
    expect(fills).toBeGreaterThan(1);
  });

  it('F38 after all: what is taken back shows as a position that is not ours, and nothing is opened', async () => {
    const options = held((venue) => venue.positions.set('A', 0));
    const world = new World(7, {
      ...options,
      knobs: CALM,
      strategy: voter('ann', 'b.9 '.repeat(8)),
    });
    await world.run();
    const codes = world.notes.map(({ code }) => code);
    expect(codes).toContain('mismatch');
    expect(codes).toContain('blocked');
    expect(world.venues[0]!.truth.filter(({ request }) => !request.reduceOnly)).toHaveLength(1);
    await world.port.close();
  });
});
