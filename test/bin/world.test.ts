// From a config to columns: mark prices, finer candles and fallback venues, and what the digest says.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorld } from '../../bin/world.ts';
import { digestColumns, sha256 } from '../../data/digest.ts';
import { type History, openStore } from '../../data/store.ts';
import type { SeatSpec } from '../../engine/agents/seat.ts';
import { checkConfig } from '../../engine/config/check.ts';
import { DAY_MS, HOUR_MS, intervalMs, MINUTE_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { markAt } from '../../engine/market/panel.ts';
import { room } from '../support/cli.ts';
import { SMALL_FROM_MS, SMALL_ROWS, SMALL_TO_MS, writeSmallStore } from '../support/small-store.ts';

const here = room('world');
const path = here.at('market.duckdb');
let store: History;

const source = { file: 'test.csv', sha256: '2'.repeat(64), importer: 'test' };
const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** `rows` candles whose open tells their row. */
function steps(interval: string, fromMs: number, rows: number, base = 1000): CandleArrays {
  const candles = candleArrays(rows);
  for (let i = 0; i < rows; i++) {
    candles.openMs[i] = fromMs + i * intervalMs(interval);
    candles.open[i] = base + i;
    candles.high[i] = base + i + 2;
    candles.low[i] = base + i - 2;
    candles.close[i] = base + i + 1;
    candles.volume[i] = 1;
  }
  return candles;
}

/** The small store, and beside it: marks, finer candles, and venues that have some of its assets. */
beforeAll(async () => {
  await writeSmallStore(path);
  const writer = await openStore(path, { write: true });
  const put = (
    venue: string,
    symbol: string,
    interval: string,
    candles: CandleArrays,
    more: { kind?: 'mark'; synthetic?: boolean } = {},
  ) => writer.writeCandles({ venue, symbol, interval, ...more }, candles, source);
  const from = SMALL_FROM_MS;
  const mark = { kind: 'mark' } as const;
  await put('markx', 'BTCUSDT', '1h', steps('1h', from, 100));
  await put('markx', 'BTCUSDT', '8h', steps('8h', from - DAY_MS, 30, 5000), mark);
  await put('markx', 'BTCUSDT', '1h', steps('1h', from - DAY_MS, 200, 7000), mark);
  await put('finerx', 'BTCUSDT', '1h', steps('1h', from, 100));
  await put('finerx', 'BTCUSDT', '15m', steps('15m', from, 400));
  await put('finerx', 'BTCUSDT', '5m', steps('5m', from + HOUR_MS, 100));
  await put('finerx', 'ETHUSDT', '1h', steps('1h', from, 100));
  await put('finerx', 'ETHUSDT', '15m', steps('15m', from - 10 * DAY_MS, 10));
  // Starts ten hours after the small store and ends ten hours after it.
  await put('otherx', 'BTCUSDC', '1h', steps('1h', from + 10 * HOUR_MS, SMALL_ROWS));
  await put('otherx', 'BTCUSD', '1h', steps('1h', from, 50));
  await put('thirdx', 'ETH', '1h', steps('1h', from, SMALL_ROWS));
  await put('thirdx', 'BTCUSDT', '1h', steps('1h', from, SMALL_ROWS));
  await put('shortx', 'BTCUSDC', '5m', steps('5m', from, 50));
  await put('kilox', 'kBTCUSDC', '1h', steps('1h', from, 50));
  await put('latex', 'BTCUSDT', '1h', steps('1h', SMALL_TO_MS + DAY_MS, 50));
  await put('solx', 'SOLUSDT', '1h', steps('1h', from, 50));
  const silent = steps('1h', from, 50);
  silent.volume.fill(0);
  await put('quietx', 'BTCUSDT', '1h', silent);
  await put('madex', 'BTCUSDT', '1h', steps('1h', from, 50), { synthetic: true });
  await put('madex', 'XRPUSDT', '1h', steps('1h', from, 50));
  writer.close();
  store = await openStore(path);
});
afterAll(() => {
  store.close();
  here.remove();
  rmSync(path, { force: true });
});

const options = { seats: [] as SeatSpec[], needsSentiment: false, strict: false };
type Given = Readonly<Record<string, unknown>>;

function world(given: Given) {
  const decision = { strategy: 'buy-and-hold', risk: { atrStop: { enabled: false } } };
  return readWorld(store, checkConfig({ decision, world: given }), options);
}

async function refusal(given: Given): Promise<string> {
  const error = await world(given).then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error.name).toBe('InputError');
  return error.message;
}

describe('a market', () => {
  it('is synthetic as soon as one of its symbols is', async () => {
    const kindOf = async (...symbols: string[]) =>
      (await world({ venue: 'madex', symbols })).synthetic;
    expect(await kindOf('XRPUSDT')).toBe(false);
    expect(await kindOf('BTCUSDT')).toBe(true);
    expect(await kindOf('XRPUSDT', 'BTCUSDT')).toBe(true);
  });
});

describe('a world without marks, finer candles and fallbacks', () => {
  it('has the digest it always had', async () => {
    const { dataDigest, panel } = await world({ venue: 'paperx' });
    const lines = ['1h'];
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      const candles = await store.readCandles('paperx', symbol, HOUR_MS, ...ALL);
      const funding = await store.readFunding('paperx', symbol, ...ALL);
      const digest = digestColumns(candles);
      const { atMs, rate } = funding;
      const ofFunding = digestColumns(candles, { atMs, rate });
      expect(ofFunding).not.toBe(digest);
      lines.push(`paperx ${symbol} ${ofFunding}`);
    }
    expect(dataDigest).toBe(sha256(lines.join('\n')));
    expect(
      panel.legs.map(({ mark, finer, primary }) => [mark.atMs.length, finer, primary]),
    ).toEqual([
      [0, null, 0],
      [0, null, 1],
    ]);
  });
});

describe('mark prices of a world', () => {
  it('are the finest stored, and only those inside the candles that were read', async () => {
    const { panel } = await world({ venue: 'markx' });
    const { mark } = panel.legs[0]!;
    expect(mark.atMs).toHaveLength(100);
    expect(markAt(mark, SMALL_FROM_MS)).toBe(7024);
    expect(markAt(mark, SMALL_FROM_MS + 99 * HOUR_MS)).toBe(7123);
    expect(markAt(mark, SMALL_FROM_MS + 100 * HOUR_MS)).toBeNaN();
    expect(markAt(mark, SMALL_FROM_MS + 30 * MINUTE_MS)).toBeNaN();
  });

  it('count in the digest of the leg and of the data', async () => {
    const marked = await world({ venue: 'markx' });
    const leg = marked.panel.legs[0]!;
    const { candles, funding, mark } = leg;
    expect(marked.legDigests).toEqual([digestColumns(candles, funding, { mark })]);
    expect(marked.legDigests).not.toEqual([digestColumns(candles, funding)]);
    const other = {
      atMs: mark.atMs,
      price: mark.price.map((price, k) => price + (k === 50 ? 1 : 0)),
    };
    expect(digestColumns(candles, funding, { mark: other })).not.toBe(marked.legDigests[0]);
    const lines = ['1h', `markx BTCUSDT ${marked.legDigests[0]}`];
    expect(marked.dataDigest).toBe(sha256(lines.join('\n')));
  });
});

describe('finer candles of a world', () => {
  const finer = (interval: string | null, more: Given = {}) => ({
    venue: 'finerx',
    symbols: ['BTCUSDT'],
    interval: '1h',
    fills: { path: 'finer', finerInterval: interval },
    ...more,
  });

  it('are the finest stored below the base, on their own times', async () => {
    const { panel, legDigests } = await world(finer(null));
    const [leg] = panel.legs;
    expect(panel.length).toBe(100);
    expect(leg!.finer!.openMs).toHaveLength(100);
    expect(leg!.finer!.openMs[0]).toBe(SMALL_FROM_MS + HOUR_MS);
    const { candles, funding, finer: read } = leg!;
    expect(legDigests).toEqual([digestColumns(candles, funding, { finer: read! })]);
    expect(legDigests).not.toEqual([digestColumns(candles, funding)]);
  });

  it('are of the interval asked for, inside the range asked for', async () => {
    const to = new Date(SMALL_FROM_MS + 3 * HOUR_MS).toISOString();
    const { panel } = await world(finer('15m', { to }));
    const times = panel.legs[0]!.finer!.openMs;
    expect(times).toHaveLength(12);
    expect(times.at(-1)).toBe(SMALL_FROM_MS + 3 * HOUR_MS - 15 * MINUTE_MS);
  });

  it('are not read for another path', async () => {
    const fills = { path: 'ohlc', finerInterval: '15m' };
    const { panel } = await world({ ...finer('15m'), fills });
    expect(panel.legs[0]!.finer).toBeNull();
  });

  it('that are not stored are refused with what is, for all legs at once', async () => {
    expect(await refusal(finer(null, { venue: 'paperx', symbols: [] }))).toBe(
      'world.fills.path: needs candles shorter than 1h for paperx BTCUSDT; stored: 1h, was "finer"\n' +
        'world.fills.path: needs candles shorter than 1h for paperx ETHUSDT; stored: 1h, was "finer"',
    );
    expect(await refusal(finer('1m'))).toBe(
      'world.fills.path: needs candles of 1m for finerx BTCUSDT; stored: 1h, 15m, 5m, was "finer"',
    );
  });

  it('must be shorter than the base, which is said once', async () => {
    expect(await refusal(finer('1h', { symbols: [] }))).toBe(
      'world.fills.finerInterval: must divide the base candles (1h) and be shorter, was "1h"',
    );
    expect(await refusal(finer('4h'))).toMatch(/finerInterval: must divide .*was "4h"/);
  });

  it('that all lie outside the range are refused with the range they have', async () => {
    expect(await refusal(finer(null, { symbols: ['ETHUSDT'] }))).toMatch(
      /^world.fills.path: ETHUSDT has 15m candles from 2024-12-22.* to 2024-12-22.* only/,
    );
  });
});

describe('fallback venues of a world', () => {
  it('come after the primaries, venue by venue, in order of the symbols they stand in for', async () => {
    const { panel, symbols, legDigests } = await world({
      venue: 'paperx',
      fallbacks: ['thirdx', 'otherx'],
    });
    const legs = panel.legs.map(({ instrument: { venue, symbol }, primary }) => {
      return `${venue} ${symbol} ${primary}`;
    });
    expect(legs).toEqual([
      'paperx BTCUSDT 0',
      'paperx ETHUSDT 1',
      'thirdx BTCUSDT 0',
      'thirdx ETH 1',
      'otherx BTCUSDC 0',
    ]);
    expect(symbols).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(legDigests).toHaveLength(5);
  });

  it('have the rows of the primaries: a later start is a hole, a later end is not read', async () => {
    const { panel } = await world({ venue: 'paperx', fallbacks: ['otherx'] });
    expect([panel.length, panel.openMs[0]]).toEqual([SMALL_ROWS, SMALL_FROM_MS]);
    const { open } = panel.legs[2]!.candles;
    expect([open[9], open[10]]).toEqual([NaN, 1000]);
    expect(panel.openMs.at(-1)).toBe(SMALL_TO_MS - HOUR_MS);
  });

  it('are digested after the primaries', async () => {
    const alone = await world({ venue: 'paperx' });
    const both = await world({ venue: 'paperx', fallbacks: ['otherx'] });
    expect(both.legDigests.slice(0, 2)).toEqual(alone.legDigests);
    const names = ['paperx BTCUSDT', 'paperx ETHUSDT', 'otherx BTCUSDC'];
    const lines = names.map((name, k) => `${name} ${both.legDigests[k]}`);
    expect(both.dataDigest).toBe(sha256(['1h', ...lines].join('\n')));
    expect(both.dataDigest).not.toBe(alone.dataDigest);
  });

  it('with no candle in the range are left out', async () => {
    const { panel } = await world({ venue: 'paperx', fallbacks: ['latex'] });
    expect(panel.legs).toHaveLength(2);
  });

  it('are not taken for the primary when no venue is named', async () => {
    const symbols = ['BTCUSDT', 'ETHUSDT'];
    expect(await refusal({ symbols })).toBe(
      'world.venue: must be chosen: paperx, finerx all have candles (--venue paperx)',
    );
    // Only one of them has both at this interval.
    const minutes = await world({ symbols, interval: '15m' });
    expect(minutes.panel.legs.map((leg) => leg.instrument.venue)).toEqual(['finerx', 'finerx']);
    const { panel } = await world({ symbols, fallbacks: ['finerx'] });
    expect(panel.legs.map((leg) => leg.instrument.venue)).toEqual([
      'paperx',
      'paperx',
      'finerx',
      'finerx',
    ]);
  });

  it.each([
    [
      'thirdy',
      /^world\.fallbacks: must be stored venues \(.*was "thirdy" \(did you mean thirdx\?\)/,
    ],
    ['paperx', /^world\.fallbacks: must not be the primary venue, was "paperx"$/],
    ['solx', /^world\.fallbacks: must have 1h candles of BTCUSDT; stored: SOLUSDT 1h, was "solx"$/],
    [
      'shortx',
      /^world\.fallbacks: must have 1h candles of BTCUSDT, as the primary; stored: BTCUSDC 5m, was "shortx"/,
    ],
    [
      'kilox',
      /^world\.fallbacks: must count an asset as paperx does: BTCUSDT is 1 BTC, kBTCUSDC is 1000, was "kilox"/,
    ],
    ['madex', /^world\.fallbacks: must be real, as the primary is: BTCUSDT, was "madex"/],
  ])('are refused by name: %s', async (venue, message) => {
    const given = { venue: 'paperx', symbols: ['BTCUSDT'], fallbacks: [venue] };
    expect(await refusal(given)).toMatch(message);
  });

  it('must not stand in for two primaries with one symbol', async () => {
    const symbols = ['BTCUSDC', 'BTCUSD'];
    expect(await refusal({ venue: 'otherx', symbols, fallbacks: ['thirdx'] })).toBe(
      'world.fallbacks: must have a symbol for each primary one, has one BTCUSDT, was "thirdx"',
    );
  });

  it('are refused together, each for its own reason', async () => {
    const fallbacks = ['kilox', 'shortx', 'nowhere'];
    const message = await refusal({ venue: 'paperx', symbols: ['BTCUSDT'], fallbacks });
    expect(message.split('\n').map((line) => /was "(\w+)"/.exec(line)?.[1])).toEqual(
      expect.arrayContaining(fallbacks),
    );
  });

  it('need finer candles too when the primaries do', async () => {
    const fills = { path: 'finer' };
    const given = { venue: 'finerx', symbols: ['BTCUSDT'], interval: '1h', fills };
    expect(await refusal({ ...given, fallbacks: ['thirdx'] })).toMatch(
      /^world\.fills\.path: needs candles shorter than 1h for thirdx BTCUSDT; stored: 1h/,
    );
  });
});

describe('what a world speaks of', () => {
  // The venue is not named: which one it is, is known only once the store was looked at.
  const only = { symbols: ['BTCUSD'] };

  it('must be venues of the run', async () => {
    expect(await refusal({ ...only, venues: { othery: { cashUsd: 5 } } })).toBe(
      'world.venues: must be a venue of the run (otherx), was "othery" (did you mean otherx?)',
    );
    const listed = { a: { venue: 'far', from: '2025-01-01', to: '2025-01-02' } };
    expect(await refusal({ ...only, outages: { listed } })).toBe(
      'world.outages.listed.a.venue: must be a venue of the run (otherx), was "far"',
    );
  });

  it('candles that never traded are refused, unless orders may fill in them', async () => {
    const quiet = { venue: 'quietx', symbols: ['BTCUSDT'] };
    expect(await refusal(quiet)).toContain('has no volume in any candle');
    const read = await world({ ...quiet, fills: { zeroVolume: 'fill' } });
    expect(read.panel.length).toBe(50);
  });
});
