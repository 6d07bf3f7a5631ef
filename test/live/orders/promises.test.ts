// Orders at venues that lose, delay, repeat, garble and refuse, in virtual time: no order doubles, no fill
// is lost, positions end up equal, everything that was begun ends. Each seed is a world of its own; a seed
// that fails stands in the message and runs again alone.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Breaker } from '../../../engine/execution/breaker.ts';
import { Bookings } from '../../../live/orders/bookings.ts';
import { Ledger } from '../../../live/orders/ledger.ts';
import { SimClient } from './client.ts';
import { Written } from './life.ts';
import { CALM } from './venue.ts';
import { World, type WorldOptions } from './world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const SEEDS = LONG ? 10_000 : 200;
/** The first of them: others than those that anybody has seen. */
const FIRST = Number(process.env['SAPPHIRE_SEED'] ?? 1);
/** Each planted defect must show in so many worlds. */
const PLANTED = 400;

/** Killed and started again; keys are refused and numbers are none at times. */
const KILLED: WorldOptions = {
  kills: true,
  outages: true,
  breaker: { failures: 2, successes: 1 },
  more: { nonsense: 0.1, denied: 0.02 },
};

/** Positions that fill in parts, under one stop of the venue's own. */
const TRAILED: WorldOptions = {
  kills: true,
  risk: {
    trailingStop: { enabled: true, kind: 'venue', buffer: 0.01 },
    atrStop: { enabled: false },
  },
  more: { partial: 0.9 },
};

/** A planted defect of a function: limits that are compared so that NaN passes. */
const planted = vi.hoisted(() => ({ passesNaN: false }));
vi.mock('../../../live/orders/guard.ts', async (importOriginal) => {
  const guard = await importOriginal<typeof import('../../../live/orders/guard.ts')>();
  const entryRefusal: typeof guard.entryRefusal = (order, qty, instrument, limits, now) => {
    if (!planted.passesNaN) return guard.entryRefusal(order, qty, instrument, limits, now);
    const { freeUsd, skewMs } = now;
    const passing = {
      freeUsd: freeUsd === freeUsd ? freeUsd : Number.POSITIVE_INFINITY,
      skewMs: skewMs === skewMs ? skewMs : 0,
    };
    return guard.entryRefusal(order, qty, instrument, limits, { ...now, ...passing });
  };
  return { ...guard, entryRefusal };
});

/** What the worlds that were looked at have been through. */
const been = { worlds: 0, kills: 0, requests: 0, orders: 0, fills: 0 };

async function brokenIn(seed: number, options: WorldOptions): Promise<string[]> {
  const world = new World(seed, options);
  try {
    await world.run();
    been.worlds++;
    been.kills += world.kills;
    for (const { requests, truth, fills } of world.venues) {
      been.requests += requests;
      been.orders += truth.length;
      been.fills += fills.length;
    }
    return world.broken();
  } catch (error) {
    return [`threw ${error instanceof Error ? error.stack : error}`];
  } finally {
    await world.port.close();
  }
}

describe('orders at a calm venue', () => {
  it('are filled, protected and closed', async () => {
    const world = await new World(1, { knobs: CALM }).run();
    expect(world.broken()).toEqual([]);
    expect(world.venues[0]!.fills.length).toBeGreaterThan(3);
    await world.port.close();
  });
});

describe.each<[string, WorldOptions, number]>([
  ['one venue', {}, SEEDS],
  ['one venue that is away at times', { outages: true }, SEEDS],
  ['two venues that are away at times', { fallback: true, outages: true }, SEEDS],
  ['one venue, by a process that is killed at any step', KILLED, LONG ? SEEDS : 60],
  [
    'one venue whose own trailing stops follow, and grow with what they protect',
    TRAILED,
    SEEDS / 2,
  ],
])('orders at %s, over a network that fails in every way', (_, options, seeds) => {
  it(
    `keep every promise in ${seeds} worlds`,
    async () => {
      const bad: string[] = [];
      for (let seed = FIRST; seed < FIRST + seeds && bad.length < 5; seed++) {
        const broken = await brokenIn(seed, options);
        if (broken.length > 0) bad.push(`seed ${seed}: ${broken.join('; ')}`);
      }
      if (LONG) console.log(`from seed ${FIRST}: ${JSON.stringify(been)}`);
      expect(bad).toEqual([]);
    },
    LONG ? 3_600_000 : 120_000,
  );
});

describe('the checks themselves', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    planted.passesNaN = false;
  });

  /** The first world in which a planted defect shows, and how. */
  async function shown(options: WorldOptions = {}): Promise<string> {
    for (let seed = 1; seed <= PLANTED; seed++) {
      const broken = await brokenIn(seed, options);
      if (broken.length > 0) return broken.join('; ');
    }
    return 'nothing was found';
  }

  it('find a client that sends again what was not answered', async () => {
    const submit = SimClient.prototype.submit;
    vi.spyOn(SimClient.prototype, 'submit').mockImplementation(async function (
      this: SimClient,
      request,
    ) {
      const outcome = await submit.call(this, request);
      return outcome.kind === 'unknown' ? submit.call(this, request) : outcome;
    });
    expect(await shown()).toContain('P1');
  });

  it('find an order that is given up when it was not answered', async () => {
    const outcome = Ledger.prototype.outcome;
    vi.spyOn(Ledger.prototype, 'outcome').mockImplementation(function (
      this: Ledger,
      attempt,
      came,
      provenMs,
    ) {
      outcome.call(this, attempt, came, provenMs);
      if (came.kind !== 'unknown' || attempt.state !== 'unknown') return;
      attempt.state = 'gone';
      this.refuse(attempt.tracked, 'not-found');
    });
    expect(await shown()).toMatch(/P[1-9]|threw/);
  });

  it('find fills that are booked as often as they are told', async () => {
    vi.spyOn(Bookings.prototype, 'has').mockReturnValue(false);
    expect(await shown()).toMatch(/P2|threw/);
  });

  it('find a silence that is taken for proof by when it was heard', async () => {
    const absent = Ledger.prototype.absent;
    vi.spyOn(Ledger.prototype, 'absent').mockImplementation(function (this: Ledger, attempt) {
      return absent.call(this, attempt, Number.POSITIVE_INFINITY);
    });
    expect(await shown()).toMatch(/P[1-9]|threw/);
  });

  it('find intents that leave before they are durable', async () => {
    vi.spyOn(Written.prototype, 'flush').mockReturnValue(undefined);
    expect(await shown(KILLED)).toMatch(/P[123]/);
  });

  it('find an order that asks whether a venue is back', async () => {
    const allows = Breaker.prototype.allows;
    vi.spyOn(Breaker.prototype, 'allows').mockImplementation(function (this: Breaker, kind, nowMs) {
      return allows.call(this, kind, nowMs) || this.mode(nowMs) === 'half-open';
    });
    expect(await shown(KILLED)).toContain('P5 an entry left while the breaker was half-open');
  });

  it('find a limit that a number which is none passes', async () => {
    planted.passesNaN = true;
    expect(await shown(KILLED)).toContain('P9 an entry left while');
  });

  it('find a halt that the next process has forgotten', async () => {
    expect(await shown({ ...KILLED, forgetsHalt: true })).toContain('P4');
  });
});
