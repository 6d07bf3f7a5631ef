// Binance's archive: by month and by day, never without its checksum, and noticed when issued anew.

import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visionSpot, visionUsdm } from '../../../data/fetchers/vision.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import { type ArchiveServer, startArchiveServer } from '../../support/venues/archive-server.ts';
import { inventedCandle } from '../../support/venues/candles.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import {
  ALL,
  datasetsOf,
  type FetchTry,
  fetchInto,
  freshPath,
  recordsOf,
  withStore,
} from './fetch-room.ts';

const JAN = Date.UTC(2025, 0, 1);
const FEB = Date.UTC(2025, 1, 1);
const ROOT = '/data/futures/um';
const HEADER =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n';

/** Hourly klines of [fromMs, toMs) as a csv of the archive; `unit` 1000 = microseconds. */
function klines(
  fromMs: number,
  toMs: number,
  { header = HEADER, unit = 1, seed = 5 } = {},
): string {
  let text = header;
  for (let ms = fromMs; ms < toMs; ms += HOUR_MS) {
    const { open, high, low, close, volume } = inventedCandle(seed, ms, HOUR_MS);
    const closeMs = (ms + HOUR_MS) * unit - 1;
    text += `${ms * unit},${open},${high},${low},${close},${volume},${closeMs},1,2,${volume},4,0\n`;
  }
  return text;
}

const monthPath = (month: string) => `${ROOT}/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-${month}.zip`;
const dayPath = (day: string) => `${ROOT}/daily/klines/BTCUSDT/1h/BTCUSDT-1h-${day}.zip`;

let server: ArchiveServer;
let pace: VirtualPace;
let path: string;

beforeEach(async () => {
  server = await startArchiveServer();
  // The fourth of February, before the monthly file of January is there... until a test puts it.
  pace = new VirtualPace(FEB + 3 * DAY_MS + HOUR_MS);
  path = freshPath();
});
afterEach(() => server.stop());

const fetch = (more: Partial<FetchTry> = {}) =>
  fetchInto({
    path,
    fetcher: visionUsdm,
    url: server.url,
    pace,
    symbols: ['BTCUSDT'],
    interval: '1h',
    fromMs: JAN,
    ...more,
  });

const opens = () =>
  withStore(path, async (store) => {
    const { openMs } = await store.readCandles('binance-usdm', 'BTCUSDT', HOUR_MS, ...ALL);
    return [...openMs];
  });

const hours = (fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / HOUR_MS }, (_, i) => fromMs + i * HOUR_MS);

function putDays(fromMs: number, toMs: number): void {
  for (let ms = fromMs; ms < toMs; ms += DAY_MS) {
    server.put(dayPath(new Date(ms).toISOString().slice(0, 10)), klines(ms, ms + DAY_MS));
  }
}

describe("Binance's archive", () => {
  it('comes by the month, then by the day up to what is published', async () => {
    server.put(monthPath('2025-01'), klines(JAN, FEB));
    putDays(FEB, FEB + 2 * DAY_MS);
    const { tallies, failed, fault } = await fetch();
    expect([failed, fault]).toEqual([[], null]);
    expect(tallies[0]).toMatchObject({ added: 31 * 24 + 48, missing: 0 });
    expect(await opens()).toEqual(hours(JAN, FEB + 2 * DAY_MS));
    const { sources } = (await datasetsOf(path))[0]!;
    expect(sources.map(({ file, importer, rows }) => [file, importer, rows])).toEqual([
      ['BTCUSDT-1h-2025-01.zip', 'fetch:binance-vision', 744],
      ['BTCUSDT-1h-2025-02-01.zip', 'fetch:binance-vision', 24],
      ['BTCUSDT-1h-2025-02-02.zip', 'fetch:binance-vision', 24],
    ]);
    expect(server.asked.some((one) => one.includes('2025-01-'))).toBe(false);
    putDays(FEB + 2 * DAY_MS, FEB + 3 * DAY_MS);
    await fetch();
    expect(await opens()).toEqual(hours(JAN, FEB + 3 * DAY_MS));
  });

  it('comes by the day while the monthly file is not there yet', async () => {
    putDays(JAN, FEB);
    await fetch({ toMs: FEB });
    expect(await opens()).toEqual(hours(JAN, FEB));
  });

  it.each([
    ['spot in microseconds, without a header', { header: '', unit: 1000 }],
    ['spot in milliseconds, without a header', { header: '' }],
  ] as const)('reads %s', async (_, form) => {
    server.put(
      '/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2025-01.zip',
      klines(JAN, FEB, form),
    );
    await fetch({ fetcher: visionSpot, toMs: FEB });
    await withStore(path, async (store) => {
      const { openMs, close } = await store.readCandles('binance-spot', 'BTCUSDT', HOUR_MS, ...ALL);
      expect([...openMs]).toEqual(hours(JAN, FEB));
      expect(close[7]).toBe(inventedCandle(5, JAN + 7 * HOUR_MS, HOUR_MS).close);
    });
  });

  it('has funding by the month only, and mark prices', async () => {
    server.put(monthPath('2025-01'), klines(JAN, FEB));
    server.put(
      monthPath('2025-01').replace('klines', 'markPriceKlines'),
      klines(JAN, FEB, { seed: 6 }),
    );
    const stamps = [0, 8, 16].map((hour) => `${JAN + hour * HOUR_MS + 3},8,0.0001\n`).join('');
    server.put(
      `${ROOT}/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2025-01.zip`,
      `calc_time,funding_interval_hours,last_funding_rate\n${stamps}`,
    );
    const { failed } = await fetch({ kinds: ['candles', 'funding', 'mark', 'flow'], toMs: FEB });
    expect(failed).toEqual([]);
    const flow = (await datasetsOf(path)).find(({ kind }) => kind === 'flow')!;
    expect(flow).toMatchObject({ interval: '1h', rows: 744 });
    await withStore(path, async (store) => {
      const { atMs } = await store.readFunding('binance-usdm', 'BTCUSDT', ...ALL);
      expect([...atMs]).toEqual([0, 8, 16].map((hour) => JAN + hour * HOUR_MS));
      expect((await store.readMark('binance-usdm', 'BTCUSDT', HOUR_MS, ...ALL)).atMs).toHaveLength(
        744,
      );
    });
  });

  it('says which day has no archive, and that a file was short, and goes on', async () => {
    putDays(JAN, JAN + 6 * DAY_MS);
    server.take(dayPath('2025-01-03'));
    server.put(dayPath('2025-01-05'), klines(JAN + 4 * DAY_MS, JAN + 5 * DAY_MS - 3 * HOUR_MS));
    const { tallies } = await fetch({ toMs: JAN + 6 * DAY_MS });
    expect(tallies[0]!.notes).toContain('there is no BTCUSDT-1h-2025-01-03.zip');
    expect(tallies[0]!.holes).toEqual([
      [JAN + 2 * DAY_MS, JAN + 3 * DAY_MS],
      [JAN + 5 * DAY_MS - 3 * HOUR_MS, JAN + 5 * DAY_MS],
    ]);
    expect((await recordsOf(path))[0]!.asked).toEqual([[JAN, JAN + 6 * DAY_MS]]);
  });

  it('asks a broken download again, and refuses it when it stays broken', async () => {
    const zip = server.put(monthPath('2025-01'), klines(JAN, FEB));
    server.odd(monthPath('2025-01'), zip.subarray(0, zip.length / 2));
    const { tallies } = await fetch({ toMs: FEB });
    expect(tallies[0]).toMatchObject({ added: 744 });
    for (const [odd, said] of [
      [zip.subarray(0, zip.length - 10), /must have SHA-256 [0-9a-f]{64}, has [0-9a-f]{64}/],
      ['<html>Access denied</html>', /is a web page/],
      ['', /must have SHA-256/],
    ] as const) {
      path = freshPath();
      server.odd(monthPath('2025-01'), odd, 99);
      const { fault } = await fetch({ toMs: FEB });
      expect(fault).toMatchObject({ exitCode: 5, code: 'bad-reply' });
      expect(String(fault)).toMatch(said);
      expect(existsSync(path)).toBe(false);
    }
  });

  it('refuses a file whose checksum is right and whose content is not', async () => {
    server.put(monthPath('2025-01'), `${klines(JAN, FEB)}not,a,row\n`);
    const { fault } = await fetch({ toMs: FEB });
    expect(fault).toMatchObject({ exitCode: 5 });
    expect(String(fault)).toContain('BTCUSDT-1h-2025-01.zip: line 746: must have 12 cells, has 3');
    expect(existsSync(path)).toBe(false);
  });

  it('notices an archive that was issued anew, and takes it with --replace', async () => {
    server.put(monthPath('2025-01'), klines(JAN, FEB));
    await fetch({ toMs: FEB });
    const before = await datasetsOf(path);
    server.put(monthPath('2025-01'), klines(JAN, FEB, { seed: 9 }));
    const told = await fetch({ toMs: FEB });
    expect(told.failed[0]!.problems).toEqual([
      {
        key: 'BTCUSDT-1h-2025-01.zip',
        rule: 'has another checksum than when it was stored: --replace fetches it again',
      },
    ]);
    expect(await datasetsOf(path)).toEqual(before);
    const taken = await fetch({ toMs: FEB, replace: true });
    expect(taken.failed).toEqual([]);
    expect(taken.tallies[0]).toMatchObject({ added: 0, replaced: 744 });
    const again = await fetch({ toMs: FEB });
    expect([again.failed, again.tallies[0]!.replaced]).toEqual([[], 0]);
  });

  it('has nothing of a symbol that is none, says so and leaves no store behind', async () => {
    server.put(monthPath('2025-01'), klines(JAN, FEB));
    const { failed } = await fetch({ symbols: ['BTCUSDX'], toMs: FEB });
    expect(failed[0]!.problems[0]!.rule).toBe(
      'binance-vision must have it from 2025-01-01 00:00 to 2025-02-01 00:00, has nothing',
    );
    expect(existsSync(path)).toBe(false);
    const both = await fetch({ symbols: ['BTCUSDT', 'BTCUSDX'], toMs: FEB });
    expect(both.failed).toHaveLength(1);
    expect((await recordsOf(path)).map(({ symbol }) => symbol)).toEqual(['BTCUSDT']);
    await expect(fetch({ symbols: ['btcusdt'] })).rejects.toThrow(
      /spelled as Binance does.*did you mean BTCUSDT\?/,
    );
  });

  it('knows in a dry run how many bytes there are', async () => {
    const zip = server.put(monthPath('2025-01'), klines(JAN, FEB));
    const source = await visionUsdm.open({ url: server.url, pace });
    const [found] = await source.find(['BTCUSDT']);
    const subject = { ...found!, kind: 'candles', interval: '1h' } as const;
    expect(await source.estimate(subject, JAN, FEB)).toMatchObject({
      requests: 2,
      rows: 744,
      bytes: zip.length,
    });
    expect(server.asked).toEqual([`HEAD ${monthPath('2025-01')}`]);
  });
});
