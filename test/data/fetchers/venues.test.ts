// Fetching from venues that are asked page by page, each against a server that behaves as its
// documentation says, and misbehaves as venues do.

import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aster } from '../../../data/fetchers/aster.ts';
import { hyperliquid } from '../../../data/fetchers/hyperliquid.ts';
import { silenceIn } from '../../../data/fetchers/silence.ts';
import { StoreLockedError } from '../../../data/store.ts';
import type { SaidCandle } from '../../../data/venues/contract.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandle, inventedCandles } from '../../support/venues/candles.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import {
  ALL,
  datasetsOf,
  type FetchTry,
  fetchInto,
  folder,
  freshPath,
  recordsOf,
  withStore,
} from './fetch-room.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START_MS = Date.UTC(2025, 0, 6);
const ROWS = 1900;
const END_MS = START_MS + ROWS * MINUTE;

const VENUES = [
  { fetcher: aster, start: startAsterServer, btc: 'BTCUSDT', eth: 'ETHUSDT', near: 'BTCUSD' },
  {
    fetcher: hyperliquid,
    start: startHyperliquidServer,
    btc: 'BTCUSDC',
    eth: 'ETHUSDC',
    near: 'BTC',
  },
] as const;

describe.each(VENUES)('fetching from $fetcher.name', ({ fetcher, start, btc, eth }) => {
  const candles = inventedCandles(3, START_MS, ROWS + 100, MINUTE);
  const funding = Array.from({ length: 40 }, (_, i) => {
    return { atMs: START_MS + i * HOUR + 40, rate: (i - 30) / 100_000 };
  });
  const venue = fetcher.name;
  let pace: VirtualPace;
  let server: LocalVenue;
  let path: string;

  beforeEach(async () => {
    pace = new VirtualPace(END_MS + 30_000);
    const one = { candles, funding, tickSize: 0.5, lotSize: 0.01 };
    server = await start({ symbols: { [btc]: one, [eth]: one }, nowMs: () => pace.nowMs() });
    path = freshPath();
  });
  afterEach(() => server.stop());

  const fetchBtc = (more: Partial<FetchTry> = {}) =>
    fetchInto({
      path,
      fetcher,
      url: server.hosts.restUrl,
      pace,
      symbols: [btc],
      fromMs: START_MS,
      ...more,
    });

  function stored(symbol: string = btc): Promise<SaidCandle[]> {
    return withStore(path, async (store) => {
      const all = await store.readCandles(venue, symbol, MINUTE, ...ALL);
      return Array.from(all.openMs, (openMs, i) => ({
        openMs,
        open: all.open[i]!,
        high: all.high[i]!,
        low: all.low[i]!,
        close: all.close[i]!,
        volume: all.volume[i]!,
      }));
    });
  }

  /** What the whole range is when nothing goes wrong. */
  async function digestOfWhole(): Promise<string> {
    const [whole, other] = [freshPath(), path];
    await fetchBtc({ path: whole });
    path = other;
    return (await datasetsOf(whole))[0]!.digest;
  }

  it('stores history to the last bit, with rules and funding of several symbols', async () => {
    const { tallies, failed, fault } = await fetchBtc({
      symbols: [btc, eth],
      kinds: ['candles', 'funding'],
    });
    expect([failed, fault]).toEqual([[], null]);
    expect(tallies.map(({ subject, added }) => [subject.symbol, subject.kind, added])).toEqual([
      [btc, 'candles', ROWS],
      [btc, 'funding', 32],
      [eth, 'candles', ROWS],
      [eth, 'funding', 32],
    ]);
    expect(await stored(eth)).toEqual(candles.slice(0, ROWS));
    await withStore(path, async (store) => {
      const { atMs, rate } = await store.readFunding(venue, btc, ...ALL);
      expect([...atMs]).toEqual(funding.slice(0, 32).map((one) => one.atMs - 40));
      expect([...rate]).toEqual(funding.slice(0, 32).map((one) => one.rate));
      expect(await store.instrument(venue, btc)).toMatchObject({ lotSize: 0.01, source: 'venue' });
    });
    const [dataset] = await datasetsOf(path);
    expect(dataset!.sources).toHaveLength(1);
    expect(dataset!.sources[0]).toMatchObject({ importer: `fetch:${venue}`, rows: ROWS });
  });

  it('asked again asks for the last rows only, and changes nothing', async () => {
    await fetchBtc();
    const [before] = await datasetsOf(path);
    const requests = server.requests.length;
    const { tallies } = await fetchBtc({ fromMs: null });
    expect(tallies[0]).toMatchObject({ added: 0, unchanged: 60, replaced: 0 });
    // The listing and one page.
    expect(server.requests.length - requests).toBe(2);
    expect(await datasetsOf(path)).toEqual([before]);
  });

  it('takes the forming candle only when it has closed by the venue, whatever our clock says', async () => {
    for (const skewMs of [2 * HOUR, -2 * HOUR]) {
      path = freshPath();
      const wrong = new VirtualPace(pace.nowMs() + skewMs);
      const { tallies } = await fetchBtc({ pace: wrong });
      expect(server.served(btc)).toHaveLength(ROWS + 1);
      expect((await stored()).length).toBe(ROWS);
      // The venue tells whole seconds.
      expect(Math.abs(tallies[0]!.skewMs + skewMs)).toBeLessThan(1000);
    }
    pace.pass(30_000);
    await fetchBtc();
    expect((await stored()).length).toBe(ROWS + 1);
  });

  it('goes on after an interruption, page by page, to the digest of an uninterrupted fetch', async () => {
    const digest = await digestOfWhole();
    const stop = new AbortController();
    let pages = 0;
    const { fault } = await fetchBtc({
      toMs: START_MS + 1700 * MINUTE,
      signal: stop.signal,
      onRows: () => {
        pages++;
        stop.abort();
      },
    });
    expect(pages).toBe(1);
    // Hyperliquid gives all in one answer; the rest is then the part that was not asked for.
    expect(fault === null || fault === stop.signal.reason).toBe(true);
    const [part] = await datasetsOf(path);
    expect(part!.rows).toBeLessThanOrEqual(1700);
    const [record] = await recordsOf(path);
    expect(record!.asked).toEqual([[START_MS, part!.toMs + MINUTE]]);
    await fetchBtc();
    expect((await datasetsOf(path))[0]!.digest).toBe(digest);
  });

  it('fills what lies before and between earlier fetches', async () => {
    const digest = await digestOfWhole();
    const at = (row: number) => START_MS + row * MINUTE;
    await fetchBtc({ fromMs: at(1700), toMs: at(1800) });
    await fetchBtc({ fromMs: at(1000), toMs: at(1100) });
    expect((await recordsOf(path))[0]!.asked).toEqual([
      [at(1000), at(1100)],
      [at(1700), at(1800)],
    ]);
    await fetchBtc();
    expect((await datasetsOf(path))[0]!.digest).toBe(digest);
    expect((await recordsOf(path))[0]!.asked).toEqual([[START_MS, END_MS]]);
  });

  it('tells a late correction and stores nothing of it, until --replace takes it', async () => {
    await fetchBtc();
    const row = ROWS - 5;
    const corrected = inventedCandle(99, candles[row]!.openMs, MINUTE);
    server.revise(btc, corrected);
    pace.pass(10 * MINUTE);
    const told = await fetchBtc();
    expect(told.failed).toHaveLength(1);
    const { key, rule } = told.failed[0]!.problems[0]!;
    expect(key).toBe(`${venue} ${btc} 1m ${new Date(corrected.openMs).toISOString()}`);
    expect(rule).toContain("--replace takes the venue's word");
    expect(rule).toContain(`close ${candles[row]!.close}`);
    expect(rule).toContain(`close ${corrected.close}`);
    expect(await stored()).toEqual(candles.slice(0, ROWS));
    const { tallies, failed } = await fetchBtc({ replace: true });
    expect(failed).toEqual([]);
    expect(tallies[0]).toMatchObject({ added: 10, replaced: 1 });
    expect((await stored())[row]).toEqual(corrected);
  });

  it("keeps the venue's own holes, asked twice, apart from an answer that was cut", async () => {
    for (const row of [10, 11, 12, 1800]) server.miss(btc, candles[row]!.openMs);
    // Hyperliquid's listing looks at them too, for its mark price.
    server.lose(btc, candles[700]!.openMs, venue === 'aster' ? 1 : 2);
    const { tallies } = await fetchBtc();
    const at = (row: number) => candles[row]!.openMs;
    expect(tallies[0]!.holes).toEqual([
      [at(10), at(13)],
      [at(1800), at(1801)],
    ]);
    expect(tallies[0]!.missing).toBe(4);
    expect(tallies[0]!.notes).toContain(
      '1 row was missing from an answer and came when asked again',
    );
    expect((await recordsOf(path))[0]!.holes).toEqual(tallies[0]!.holes);
    expect((await stored()).map(({ openMs }) => openMs)).toEqual(
      candles
        .slice(0, ROWS)
        .flatMap(({ openMs }, row) => ([10, 11, 12, 1800].includes(row) ? [] : openMs)),
    );
  });

  it('is not led on for ever by a venue that repeats its last candle', async () => {
    server.isStuck = true;
    // The history ends while the venue's clock goes on.
    pace.pass(100 * HOUR);
    const { fault } = await fetchBtc();
    expect(fault).toMatchObject({ exitCode: 5, code: 'bad-reply' });
    expect(String(fault)).toContain('it repeats what it said');
    expect(await stored()).toHaveLength(candles.length);
  });

  it('says when a symbol ended in the middle, and that it is listed no more', async () => {
    await server.stop();
    const one = { candles: candles.slice(0, 200), isDelisted: true };
    const other = { candles };
    server = await start({ symbols: { [btc]: one, [eth]: other }, nowMs: () => pace.nowMs() });
    const { tallies, failed } = await fetchBtc();
    expect(failed).toEqual([]);
    expect(tallies[0]).toMatchObject({ added: 200 });
    expect(tallies[0]!.notes).toContain(
      'ends 2025-01-06 03:19, long ago: delisted, halted, or not published yet',
    );
    await withStore(path, async (store) => {
      expect((await store.instrument(venue, btc)).source).toBe('assumed');
    });
  });

  it('names the nearest symbols, and leaves no store behind', async () => {
    await expect(fetchBtc({ symbols: ['BTCUSDX', 'NOTHINGLIKEIT'] })).rejects.toMatchObject({
      problems: [{ nearest: expect.stringContaining('BTCUSD') }, { nearest: undefined }],
    });
    expect(existsSync(path)).toBe(false);
  });

  it('keeps still during a ban, in the next process too', async () => {
    const silence = silenceIn(`${folder}/state-${venue}`, () => pace.nowMs());
    await fetchBtc({ toMs: START_MS + 100 * MINUTE, silence });
    server.ban(pace.nowMs() + 600_000);
    const first = await fetchBtc({ silence }).catch((error: unknown) => ({ fault: error }));
    expect(first.fault).toMatchObject({ exitCode: 5, code: 'banned' });
    const before = server.requests.length;
    pace.pass(300_000);
    const second = await fetchBtc({ silence }).catch((error: unknown) => ({ fault: error }));
    expect(second.fault).toMatchObject({ code: 'banned' });
    expect(server.requests).toHaveLength(before);
    pace.pass(301_000);
    await fetchBtc({ silence });
    expect((await stored()).length).toBeGreaterThan(ROWS);
  });

  it.each([
    ['429', { kind: 'status', status: 429, retryAfter: '3' }],
    ['503', { kind: 'status', status: 503 }],
    ['a page for eyes', { kind: 'html' }],
    ['half an answer', { kind: 'truncated' }],
    ['a reset', { kind: 'reset' }],
  ] as const)('loses nothing over %s', async (_, fault) => {
    server.fail(fault, 2);
    const { fault: ended } = await fetchBtc({ toMs: START_MS + 200 * MINUTE });
    expect(ended).toBeNull();
    expect(await stored()).toEqual(candles.slice(0, 200));
  });

  it('refuses rows in the wrong order, or twice, and stores none of them', async () => {
    server.shuffle = true;
    const { fault } = await fetchBtc().catch((error: unknown) => ({ fault: error }));
    expect(fault).toMatchObject({ exitCode: 5, code: 'bad-reply' });
    expect(String(fault)).toMatch(/must rise in time/);
    expect(existsSync(path)).toBe(false);
  });

  it('leaves whole pages where the venue goes away for good', async () => {
    await fetchBtc({ toMs: START_MS + 1500 * MINUTE });
    server.fail({ kind: 'html' }, 1000, venue === 'aster' ? '/fapi/v3/klines' : undefined);
    const away = await fetchBtc().catch((error: unknown) => ({ fault: error }));
    expect(away.fault).toMatchObject({ exitCode: 5, code: 'bad-reply' });
    expect(await stored()).toEqual(candles.slice(0, 1500));
    server.heal();
    await fetchBtc();
    expect(await stored()).toEqual(candles.slice(0, ROWS));
  });

  it('never spends more weight in a minute than the venue allows', async () => {
    await fetchBtc({ symbols: [btc, eth], kinds: ['candles', 'funding'] });
    expect(server.requests.filter(({ status }) => status === 429)).toEqual([]);
    const minutes = Map.groupBy(server.requests, ({ atMs }) => Math.floor(atMs / MINUTE));
    for (const asked of minutes.values()) {
      const weight = asked.reduce((sum, one) => sum + one.weight, 0);
      expect(weight).toBeLessThanOrEqual(venue === 'aster' ? 1800 : 900);
    }
  });

  it('finds a store that somebody else has locked before it asks anybody', async () => {
    await fetchBtc({ toMs: START_MS + 10 * MINUTE });
    const before = server.requests.length;
    await withStore(path, async () => {
      await expect(fetchBtc()).rejects.toBeInstanceOf(StoreLockedError);
    });
    expect(server.requests).toHaveLength(before);
  });
});
