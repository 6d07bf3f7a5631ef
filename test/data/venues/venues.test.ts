// One suite over every venue's public side, each against its local server: what REST gives.

import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAster } from '../../../data/venues/aster/venue.ts';
import type { PublicVenue, SaidCandle } from '../../../data/venues/contract.ts';
import { openHyperliquid } from '../../../data/venues/hyperliquid/venue.ts';
import { PUBLIC_VENUES, publicVenue } from '../../../data/venues/list.ts';
import { InputError } from '../../../engine/errors.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { candlesOfCsv, inventedCandle, inventedCandles } from '../../support/venues/candles.ts';
import { IMPOSSIBLE, type RestFault } from '../../support/venues/faults.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START_MS = Date.UTC(2025, 0, 6);
const SHARED = new URL('../../../../shared/data/', import.meta.url).pathname;
const CSV = `${SHARED}binance-usdm__BTCUSDT__1h_2025-09_12.csv.gz`;

const VENUES = [
  {
    id: 'aster',
    start: startAsterServer,
    open: openAster,
    btc: 'BTCUSDT',
    near: 'BTCUSD',
    path: '/fapi/v3/klines',
  },
  {
    id: 'hyperliquid',
    start: startHyperliquidServer,
    open: openHyperliquid,
    btc: 'BTCUSDC',
    near: 'BTCUSD',
    path: '/info',
  },
] as const;

it('lists every venue that has a suite here, by its id', () => {
  expect(Object.keys(PUBLIC_VENUES)).toEqual(VENUES.map(({ id }) => id));
  for (const [id, open] of Object.entries(PUBLIC_VENUES)) {
    expect(open({ pace: new VirtualPace(0) }).id).toBe(id);
    expect(publicVenue(id)).toBe(open);
  }
});

it('refuses a venue it does not know, with the nearest', () => {
  expect(() => publicVenue('astor')).toThrow(
    'venue: must be one of aster, hyperliquid, was "astor" (did you mean aster?)',
  );
  expect(() => publicVenue('constructor')).toThrow(InputError);
});

describe.each(VENUES)('the public side of $id', ({ start, open, btc, near, path, id }) => {
  const candles = inventedCandles(3, START_MS, 200, MINUTE);
  const funding = [0, 1, 2, 3].map((i) => {
    return { atMs: START_MS + i * HOUR + 40, rate: (i - 1) / 10_000 };
  });
  const endMs = START_MS + 200 * MINUTE;
  let pace: VirtualPace;
  let server: LocalVenue;
  let venue: PublicVenue;

  beforeEach(async () => {
    pace = new VirtualPace(endMs);
    const symbols = { [btc]: { candles, funding, tickSize: 1, lotSize: 0.01 } };
    server = await start({ symbols, nowMs: () => pace.nowMs() });
    venue = open({ hosts: server.hosts, pace, timeoutMs: 200, maxBytes: 100_000 });
  });
  afterEach(() => server.stop());

  async function candlesOf(fromMs = START_MS, toMs = endMs, signal?: AbortSignal) {
    const got: SaidCandle[] = [];
    for await (const page of venue.candles(btc, MINUTE, fromMs, toMs, signal)) got.push(...page);
    return got;
  }

  it('gives history to the last bit of every number', async () => {
    expect(await candlesOf()).toEqual(candles);
    expect(await candlesOf(START_MS + MINUTE, START_MS + 3 * MINUTE)).toEqual(candles.slice(1, 3));
  });

  it('gives charged funding at the minute it was due', async () => {
    const got: unknown[] = [];
    for await (const page of venue.funding(btc, START_MS + HOUR, START_MS + 3 * HOUR)) {
      got.push(...page.map(({ atMs, rate }) => [atMs, rate]));
    }
    expect(got).toEqual([
      [START_MS + HOUR, 0],
      [START_MS + 2 * HOUR, 0.0001],
    ]);
  });

  it('gives trading rules as the venue says them', async () => {
    expect(await venue.instruments([btc])).toMatchObject([
      { venue: id, symbol: btc, lotSize: 0.01, source: 'venue', validFromMs: pace.nowMs() },
    ]);
  });

  it('refuses all unknown symbols at once, each with the nearest', async () => {
    const asked = venue.instruments([near, btc, 'XYZ']);
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toMatchObject({
      problems: [
        { key: `${id} ${near}`, nearest: btc },
        { key: `${id} XYZ`, nearest: undefined },
      ],
    });
  });

  it('never gives a candle that has not closed by the venue, whatever our clock says', async () => {
    for (const skewMs of [0, 2 * HOUR, -2 * HOUR]) {
      const wrong = new VirtualPace(pace.nowMs() + skewMs);
      venue = open({ hosts: server.hosts, pace: wrong });
      for (const intoMs of [0, 1, 999, 30_000, 59_999]) {
        pace.set(START_MS + 100 * MINUTE + intoMs - pace.nowMs());
        const got = await candlesOf();
        // Row 100 is forming and is served; the Date header has whole seconds, which is enough.
        expect(server.served(btc)).toHaveLength(101);
        expect(got).toEqual(candles.slice(0, 100));
      }
    }
  });

  it('leaves holes as holes', async () => {
    for (const row of [0, 7, 8, 9, 199]) server.miss(btc, candles[row]!.openMs);
    const holes = new Set([0, 7, 8, 9, 199]);
    expect(await candlesOf()).toEqual(candles.filter((_, row) => !holes.has(row)));
  });

  it('gives what was revised when it is asked again', async () => {
    const revised = inventedCandle(99, candles[5]!.openMs, MINUTE);
    server.revise(btc, revised);
    expect((await candlesOf())[5]).toEqual(revised);
  });

  it.each(IMPOSSIBLE)('gives no candle of a page with a number that is %s', async (fault) => {
    server.spoil(fault, 'rest');
    await expect(candlesOf()).rejects.toMatchObject({ code: 'bad-reply', retryable: true });
    expect(server.requests.filter((one) => one.path === path).length).toBeGreaterThanOrEqual(5);
    server.spoil(null);
    expect(await candlesOf()).toEqual(candles);
  });

  it('passes on a spike, which is possible: to doubt it is for those who know more', async () => {
    server.spoil('spike', 'rest');
    expect((await candlesOf())[0]!.high).toBeCloseTo(candles[0]!.high * 10, 6);
  });

  const passing: readonly (readonly [string, RestFault])[] = [
    ['429', { kind: 'status', status: 429, retryAfter: '3' }],
    ['500', { kind: 'status', status: 500 }],
    ['503', { kind: 'status', status: 503 }],
    ['a page for eyes', { kind: 'html' }],
    ['half an answer', { kind: 'truncated' }],
    ['an answer that never ends', { kind: 'huge', bytes: 200_000 }],
    ['null', { kind: 'body', body: 'null' }],
    ['silence', { kind: 'hang' }],
    ['a slow answer', { kind: 'slow', ms: 20 }],
    ['a reset', { kind: 'reset' }],
  ];
  it.each(passing)('loses nothing over %s', async (_, fault) => {
    server.fail(fault, 2);
    expect(await candlesOf()).toEqual(candles);
  });

  it('gives up while the venue is away, and goes on when it is back', async () => {
    server.refuse(true);
    await expect(candlesOf()).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    server.refuse(false);
    expect(await candlesOf()).toEqual(candles);
  });

  it('sends nothing during a ban, of candles, funding or rules', async () => {
    await candlesOf();
    server.ban(pace.nowMs() + 600_000);
    await expect(candlesOf()).rejects.toMatchObject({ code: 'banned' });
    const before = server.requests.length;
    for (let i = 0; i < 11; i++) {
      pace.pass(50_000);
      await expect(candlesOf()).rejects.toMatchObject({ code: 'banned' });
      await expect(venue.instruments([btc])).rejects.toMatchObject({ code: 'banned' });
      const stamps = venue.funding(btc, START_MS, endMs)[Symbol.asyncIterator]();
      await expect(stamps.next()).rejects.toMatchObject({ code: 'banned' });
    }
    expect(server.requests).toHaveLength(before);
    pace.pass(50_000);
    expect(await candlesOf()).toEqual(candles);
  });

  it('stops where it is told to', async () => {
    const gone = new Error('gone');
    await expect(candlesOf(START_MS, endMs, AbortSignal.abort(gone))).rejects.toBe(gone);
    expect(server.requests).toEqual([]);
  });

  it('has no candle twice and none lost, for any range, holes and clock', async () => {
    const edge = fc.integer({ min: -5 * MINUTE, max: 205 * MINUTE });
    const holes = fc.uniqueArray(fc.integer({ min: 0, max: 199 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(edge, edge, edge, holes, async (from, to, now, missing) => {
        for (const row of missing) server.miss(btc, candles[row]!.openMs);
        pace.set(START_MS + now - pace.nowMs());
        const got = await candlesOf(START_MS + from, START_MS + to);
        const serverMs = Math.floor((START_MS + now) / 1000) * 1000;
        const wanted = candles.filter(
          ({ openMs }, row) =>
            openMs >= START_MS + from &&
            openMs < START_MS + to &&
            openMs + MINUTE <= serverMs &&
            !missing.includes(row),
        );
        for (const row of missing) server.miss(btc, candles[row]!.openMs, false);
        // Budgets and waits are on a clock that only runs on.
        pace.pass(60_000);
        expect(got).toEqual(wanted);
      }),
      { seed: 4, numRuns: 40 },
    );
  });
});

describe.each(VENUES)('a real market over $id', ({ start, open, btc }) => {
  const title = existsSync(CSV) ? '' : ' (skipped: shared/data is not here)';
  it.skipIf(!existsSync(CSV))(`comes through as it was recorded${title}`, async () => {
    const candles = candlesOfCsv(CSV);
    const [fromMs, toMs] = [candles[0]!.openMs, candles.at(-1)!.openMs + HOUR];
    const pace = new VirtualPace(toMs + 5000);
    const options = { symbols: { [btc]: { candles } }, intervalMs: HOUR };
    const server = await start({ ...options, nowMs: () => pace.nowMs() });
    try {
      const venue = open({ hosts: server.hosts, pace });
      const got: SaidCandle[] = [];
      for await (const page of venue.candles(btc, HOUR, fromMs, toMs)) got.push(...page);
      expect(candles.length).toBeGreaterThan(2000);
      expect(got).toEqual(candles);
    } finally {
      await server.stop();
    }
  });
});
