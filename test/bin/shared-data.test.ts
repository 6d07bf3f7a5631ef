// Everything in ../shared/data by one command, and every defect that its README lists by another. The
// README is read where it lies: a figure that changes there changes what is expected here.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileOutcome } from '../../data/importers/import.ts';
import type { CheckedDataset } from '../../data/quality/dataset.ts';
import type { FundingQuality } from '../../data/quality/funding.ts';
import type { Gap } from '../../data/quality/gaps.ts';
import type { SeriesQuality } from '../../data/quality/series.ts';
import type { QualityReport } from '../../data/quality.ts';
import { venueId } from '../../data/venue-id.ts';
import { DATA, room } from '../support/cli.ts';

/** A line of the README's table of files. */
interface Listed {
  readonly file: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** `holes/missing/longest` of candles, stretches beyond the usual step of funding, `-`. */
  readonly gaps: string;
  readonly unit: string;
  readonly notes: string;
}

interface Checked {
  readonly kind: string;
  readonly venue: string;
  readonly symbol: string;
  readonly interval: string | null;
  readonly score: number;
  readonly report: unknown;
  readonly against: CheckedDataset['against'];
}

const here = room('shared-data');
afterAll(() => here.remove());

describe.skipIf(!existsSync(DATA))('../shared/data (skipped where it is absent)', () => {
  const readme = existsSync(DATA) ? readFileSync(join(DATA, 'README.md'), 'utf8') : '';
  const listed = readme.split('\n').flatMap((line): Listed[] => {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| /, '').trim());
    const [file = '', kind = '', , , from = '', to = '', rows = '', gaps = '', , unit = ''] = cells;
    if (!/__.*\.(parquet|csv\.gz)$/.test(file)) return [];
    const [fromMs, toMs] = [Date.parse(`${from}Z`), Date.parse(`${to}Z`)];
    return [
      {
        file,
        kind,
        from: fromMs,
        to: toMs,
        rows: Number(rows),
        gaps,
        unit,
        notes: cells[12] ?? '',
      },
    ];
  });
  let files: readonly FileOutcome[];
  let checked: readonly Checked[];

  beforeAll(async () => {
    const db = here.at('all.duckdb');
    const took = await here.sapphire(['data', 'import', DATA, '--db', db, '--json']);
    files = JSON.parse(took.stdout).files;
    const looked = await here.sapphire(['data', 'check', '--db', db, '--json']);
    checked = JSON.parse(looked.stdout).datasets;
    expect(looked.code).toBe(0);
  }, 600_000);

  const imported = (file: string) => {
    const found = files.find((one) => one.file === file);
    if (found?.status !== 'imported') throw new Error(`${file}: ${JSON.stringify(found)}`);
    return found;
  };
  const dataset = (
    venue: string,
    symbol: string,
    kind = 'candles',
    interval: string | null = '1h',
  ) =>
    checked.find(
      (one) =>
        one.kind === kind &&
        one.venue === venueId(venue) &&
        one.symbol === symbol &&
        (kind === 'funding' || kind === 'series' || one.interval === interval),
    )!;
  const reportOf = (file: string) => {
    const { venue, symbol, kind, interval } = imported(file);
    return dataset(venue, symbol, kind, interval).report;
  };

  it('is imported whole by one command; what is left contradicts itself or is not kept, and says so', () => {
    expect(listed.length).toBeGreaterThan(100);
    const left = files.filter(({ status }) => status !== 'imported');
    const reason = (one: FileOutcome) =>
      one.status === 'failed'
        ? one.problems.join('; ')
        : one.status === 'skipped'
          ? one.reason
          : '';
    expect(
      Object.fromEntries(left.map((one) => [`${one.status} ${one.file}`, reason(one)])),
    ).toEqual({
      'skipped README.md': 'no market data file',
      'skipped backtestingpy__BTCUSD__1M.csv.gz':
        expect.stringContaining('1M candles are not kept'),
      'skipped backtestingpy__BTCUSD__1M.parquet':
        expect.stringContaining('1M candles are not kept'),
      'skipped backtestingpy_BTCUSD.csv': expect.stringContaining('name does not say --venue'),
      'skipped freqtrade_UNITTEST_BTC-8m.json.gz':
        expect.stringContaining('8m candles are not kept'),
      'failed binance-vision_futures-um-klines-BTCUSDT-1h-2024-10-28.zip': expect.stringMatching(
        /must equal what the store has .* and 1 more row differs/,
      ),
      'failed cryptodatadownload_Binance_BTCUSDT_d.csv': expect.stringContaining(
        'line 1190: must have one row a time',
      ),
    });
    // What is there twice, as csv and as Parquet, adds its rows once.
    for (const { file } of listed.filter((one) => one.file.endsWith('.csv.gz'))) {
      if (file.startsWith('backtestingpy__BTCUSD__1M')) continue;
      const twin = imported(file.replace('.csv.gz', '.parquet'));
      expect(`${file} ${twin.added}`).toBe(`${file} 0`);
    }
  });

  it('has the rows that the README counts', () => {
    for (const { file, kind, rows, from, to, notes } of listed) {
      if (!['ohlcv', 'mark', 'funding', 'sentiment', 'news'].includes(kind)) continue;
      if (file.includes('__BTCUSD__1M') || file.endsWith('.csv.gz')) continue;
      const { added, unchanged, fromMs, toMs } = imported(file);
      const shared = Number(/(\d+) rows share a ts/.exec(notes)?.[1] ?? 0);
      expect(`${file} ${added + unchanged}`).toBe(`${file} ${rows - shared}`);
      if (kind === 'ohlcv') expect([file, fromMs, toMs]).toEqual([file, from, to]);
    }
  });

  it('has in its candles the holes that the README lists: how many, how wide, the longest', () => {
    let holes = 0;
    for (const { file, kind, gaps, from, to } of listed) {
      if ((kind !== 'ohlcv' && kind !== 'mark') || file.includes('__BTCUSD__1M')) continue;
      // A dataset of several files has holes between them, too.
      const own = (reportOf(file) as QualityReport).gaps.filter(
        ({ fromMs }: Gap) => fromMs > from && fromMs < to,
      );
      const missing = own.map((gap) => gap.missing);
      const found = [own.length, missing.reduce((a, b) => a + b, 0), Math.max(0, ...missing)];
      expect(`${file} ${found.join('/')}`).toBe(`${file} ${gaps}`);
      holes += own.length;
    }
    expect(holes).toBeGreaterThan(1000);
  });

  it('has the candles without volume that the README counts, and no row that cannot be', () => {
    const counts = new Map<string, number>();
    for (const { file, kind, notes } of listed) {
      if (kind !== 'ohlcv' || file.includes('__BTCUSD__1M')) continue;
      const { venue, symbol, interval } = imported(file);
      const zero = Number(/(\d+) zero-volume/.exec(notes)?.[1] ?? 0);
      const name = `${venue} ${symbol} ${interval}`;
      counts.set(name, Math.max(counts.get(name) ?? 0, zero));
      const { zeroVolume, impossible, nan, offGrid } = reportOf(file) as QualityReport;
      expect([file, impossible, nan, offGrid]).toEqual([file, 0, 0, 0]);
      expect([file, zeroVolume]).toEqual([file, Math.max(zeroVolume, counts.get(name)!)]);
    }
    const found = checked.flatMap(({ kind, venue, symbol, interval, report }) =>
      kind === 'candles' && counts.has(`${venue} ${symbol} ${interval}`)
        ? [[`${venue} ${symbol} ${interval}`, (report as QualityReport).zeroVolume] as const]
        : [],
    );
    expect(new Map(found)).toEqual(counts);
  });

  it("has the README's stretches without funding: 84 of Hyperliquid, of which 81 are its first interval", () => {
    for (const { file, kind, gaps } of listed) {
      if (kind !== 'funding') continue;
      const { longSteps, missing, gaps: holes } = reportOf(file) as FundingQuality;
      expect(`${file} ${longSteps.ofInterval + longSteps.overHoles}`).toBe(`${file} ${gaps}`);
      expect([file, holes.length, missing]).toEqual([
        file,
        longSteps.overHoles,
        longSteps.overHoles,
      ]);
    }
    const { report } = dataset('hyperliquid', 'BTCUSDC', 'funding');
    const { intervalChanges, gaps, irregularMs, longSteps } = report as FundingQuality;
    const hour = (text: string) => Date.parse(`${text}Z`);
    // "8-hourly payments in the first weeks of 2023, hourly afterwards."
    expect(intervalChanges).toEqual([
      { atMs: hour('2023-06-08T00:00'), fromIntervalMs: 8 * 3_600_000, toIntervalMs: 3_600_000 },
    ]);
    expect(longSteps).toEqual({ usualMs: 3_600_000, ofInterval: 81, overHoles: 3 });
    expect(gaps.map(({ fromMs }) => fromMs)).toEqual(
      ['2023-07-02T20:00', '2023-08-23T20:00', '2024-08-15T13:00'].map(hour),
    );
    expect(irregularMs).toContain(hour('2025-07-19T10:14'));
  });

  it('has the two holes of the fear and greed index, of the days that the README says', () => {
    const [, few, days] = /fear-and-greed: .*; (\d+) holes \(of ([\d and]+) days\)/.exec(readme)!;
    const { gaps, stepMs } = dataset('feargreed', '', 'series').report as SeriesQuality;
    expect(stepMs).toBe(86_400_000);
    expect(gaps).toHaveLength(Number(few));
    const lengths = gaps.map(({ missing }) => missing).sort();
    expect(lengths.join(' and ')).toBe(days);
  });

  it('has the relisting of LUNA, the volume in dollars, and the testnet that is no market', () => {
    const [, hours, before, after] = /LUNA 2\.0 after (\d+) missing hours at (\S+) -> (\S+),/.exec(
      readme,
    )!;
    const luna = dataset('binance-spot', 'LUNAUSDT');
    const { relistings } = luna.report as QualityReport;
    const times = Number(after) / Number(before);
    expect(relistings.map(({ reason }) => reason)).toEqual([
      `price x${times} after ${hours} missing candles`,
    ]);
    for (const { file, unit } of listed.filter((one) => /QUOTE/.test(one.unit))) {
      const { venue, symbol } = imported(file);
      const inQuote = dataset(venue, symbol, 'candles', '1m').against?.isVolumeInQuote;
      expect([file, unit, inQuote]).toEqual([file, 'QUOTE (USD)', true]);
    }
    const [, pager] = /a hole of (\d+) minutes after each 200 bars: Bybit TESTNET/.exec(readme)!;
    const testnet = dataset('bybit-testnet', 'BTCUSDT', 'candles', '1m');
    const { gaps } = testnet.report as QualityReport;
    expect(gaps.map(({ missing }) => missing)).toEqual(Array(9).fill(Number(pager)));
    // "Prices near 58,000 (market about 111,000)": far from every venue that is one.
    const { apart, compared } = testnet.against!;
    expect(apart.length / compared).toBeGreaterThan(0.5);
    const strict = 90;
    expect(Math.max(luna.score, testnet.score)).toBeLessThan(strict);
  });

  it('has the falls of 2025-10-10 among the outliers', () => {
    const fall = Date.parse('2025-10-10T21:00Z');
    const { outliers } = dataset('binance-usdm', 'SOLUSDT').report as QualityReport;
    expect(outliers.map(({ openMs }) => openMs)).toContain(fall);
  });
});
