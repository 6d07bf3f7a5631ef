// Scores worked out by hand from the stated rules, venues beside each other in each one's units, and
// the defects that are known of the shared files.

import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { candleArraysOf } from '../../data/history.ts';
import { importFile } from '../../data/importers/import.ts';
import { compareVenues, secondVenue } from '../../data/quality/compare.ts';
import { coverageOf } from '../../data/quality/coverage.ts';
import { quickScore, scoreOf } from '../../data/quality/score.ts';
import { qualityFindings } from '../../data/quality/text.ts';
import { qualityOf } from '../../data/quality.ts';
import type { DatasetRow } from '../../data/schema.ts';
import { openStore, type Store } from '../../data/store.ts';
import { HOUR_MS, intervalMs } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { DATA, room } from '../support/cli.ts';

const here = room('quality-score');
afterAll(() => here.remove());
const T = Date.UTC(2025, 0, 1);

/** Hours at 100 that move by a hundredth; `skip` names hours without a candle. */
function hours(
  count: number,
  skip: readonly number[] = [],
  price = 100,
  volume = 10,
): CandleArrays {
  const kept = Array.from({ length: count }, (_, hour) => hour).filter(
    (hour) => !skip.includes(hour),
  );
  const candles = candleArrays(kept.length);
  for (const [k, hour] of kept.entries()) {
    const close = price * (1 + 0.0001 * (hour % 7));
    candles.openMs[k] = T + hour * HOUR_MS;
    candles.open[k] = close;
    candles.high[k] = close * 1.001;
    candles.low[k] = close * 0.999;
    candles.close[k] = close;
    candles.volume[k] = volume;
  }
  return candles;
}

const score = (candles: CandleArrays) => scoreOf(qualityOf(candles, HOUR_MS));

describe('a score', () => {
  it('is 100 where nothing is found, also when it is told quickly', () => {
    expect(score(hours(1000))).toEqual({ score: 100, losses: [] });
    expect(quickScore(hours(1000), HOUR_MS, undefined).score).toBe(100);
  });

  it('loses 5 points a per cent of missing candles, at most 40', () => {
    // 20 of 1000: 2 %.
    expect(
      score(
        hours(
          1000,
          Array.from({ length: 20 }, (_, k) => 100 + k),
        ),
      ).score,
    ).toBe(90);
    expect(
      score(
        hours(
          1000,
          Array.from({ length: 500 }, (_, k) => 100 + k),
        ),
      ).score,
    ).toBe(60);
  });

  it('loses half a point a per cent without volume, and a point a per cent that stands still', () => {
    const silent = hours(1000);
    silent.volume.fill(0, 100, 200);
    expect(score(silent)).toEqual({ score: 95, losses: [{ what: 'no volume', points: 5 }] });
    const frozen = hours(1000);
    for (const column of [frozen.open, frozen.high, frozen.low, frozen.close])
      column.fill(100, 300, 350);
    frozen.high.fill(101, 300, 350);
    frozen.low.fill(99, 300, 350);
    expect(score(frozen)).toEqual({ score: 95, losses: [{ what: 'stale candles', points: 5 }] });
  });

  it('loses 2 points for a spike in 10,000 candles and 10 for a listing break', () => {
    const spike = hours(1000);
    spike.close[500] = 200;
    spike.high[500] = 201;
    expect(score(spike).losses).toEqual([{ what: 'spikes', points: 2 }]);
    const listed = hours(1000, [500, 501]);
    for (const column of [listed.open, listed.high, listed.low, listed.close]) {
      for (let k = 500; k < column.length; k++) column[k]! *= 20;
    }
    expect(score(listed).losses).toContainEqual({ what: 'listing breaks', points: 10 });
  });
});

describe('another venue', () => {
  const row = (venue: string, symbol: string, interval = '1h', rows = 1000): DatasetRow => ({
    id: 1,
    kind: 'candles',
    venue,
    symbol,
    interval,
    rows,
    fromMs: T,
    toMs: T + (rows - 1) * intervalMs(interval),
    synthetic: false,
    digest: '',
    sources: [],
  });

  it('is the one that shares most time, of the same asset, in the same or longer candles', () => {
    const own = row('a', 'kPEPE');
    const others = [
      row('a', 'kPEPE', '4h'),
      row('b', 'PEPEUSDT', '1h', 100),
      row('c', '1000PEPEUSDT'),
      row('d', 'DOGEUSDT'),
      row('e', 'PEPEUSDT', '5m', 9000),
    ];
    expect(secondVenue(own, others)?.venue).toBe('c');
    expect(secondVenue(row('d', 'DOGEUSDT'), others.slice(0, 3))).toBeNull();
  });

  it('is compared per coin: kPEPE and 1000PEPE are a thousand PEPE', () => {
    const [kilo, single] = [hours(100, [], 0.008), hours(100, [], 0.000008)];
    const found = compareVenues(row('a', 'kPEPE'), kilo, row('b', 'PEPEUSDT'), single)!;
    expect(found).toMatchObject({ compared: 100, apart: [], isVolumeInQuote: false });
    expect(found.median).toBeLessThan(1e-9);
    const wrong = compareVenues(
      row('a', 'DOGE'),
      hours(100),
      row('b', 'DOGEUSDT'),
      hours(100, [7]),
    )!;
    expect(wrong.compared).toBe(99);
  });

  it('tells candles that stand alone, and volume counted in the quote currency', () => {
    const odd = hours(100);
    odd.close[50] = 110;
    odd.high[50] = 111;
    const apart = compareVenues(row('a', 'BTCUSDT'), odd, row('b', 'BTCUSDT'), hours(100))!;
    expect(apart.apart.map(({ openMs }) => openMs)).toEqual([T + 50 * HOUR_MS]);
    // 1 of 100 closes: one point.
    expect(scoreOf(qualityOf(hours(100), HOUR_MS), apart).losses).toEqual([
      { what: 'another venue', points: 1 },
    ]);
    const quote = hours(100, [], 100, 10 * 100 * 0.3);
    const found = compareVenues(row('a', 'BTCUSDT'), quote, row('b', 'BTCUSDT'), hours(100))!;
    expect(found.isVolumeInQuote).toBe(false);
    const dear = compareVenues(
      row('a', 'BTCUSDT'),
      hours(100, [], 40_000, 400_000),
      row('b', 'BTCUSDT'),
      hours(100, [], 40_000, 100),
    )!;
    expect(dear.isVolumeInQuote).toBe(true);
  });
});

describe('coverage', () => {
  it('counts days from the first candle to the last, and begun days by what could be there', () => {
    const skip = [30, 31, ...Array.from({ length: 24 }, (_, k) => 48 + k)];
    const candles = hours(90, [0, 1, 2, ...skip]);
    const { fromMs, shares } = coverageOf(candles.openMs, HOUR_MS);
    expect(fromMs).toBe(T);
    expect([...shares]).toEqual([1, 22 / 24, 0, 1]);
  });
});

describe.skipIf(!existsSync(DATA))('known defects of the shared files', () => {
  async function checked(store: Store, venue: string, symbol: string) {
    const all = await store.datasets();
    const dataset = all.find(
      (one) => one.kind === 'candles' && one.venue === venue && one.symbol === symbol,
    )!;
    const read = async (one: DatasetRow) =>
      candleArraysOf(await store.readRows(one, one.fromMs, one.toMs + 1));
    const candles = await read(dataset);
    const report = qualityOf(candles, intervalMs(dataset.interval!));
    const other = secondVenue(dataset, all);
    const against = other && compareVenues(dataset, candles, other, await read(other));
    const found = Object.fromEntries(qualityFindings(report, against));
    return { ...scoreOf(report, against), found };
  }

  it('are found: the relisting, the testnet pager, the holes, the quote volume', async () => {
    const store = await openStore(here.at('defects.duckdb'), { write: true });
    const give = (name: string, more = {}) =>
      importFile({ path: `${DATA}${name}`, named: true }, more, async () => store);
    for (const name of [
      'binance-spot__LUNAUSDT__1h_2021_2023',
      'freqtrade__UNITTEST-BTC__1m',
      'nautilus-btcperp__BTCUSD__1m_2022-01',
      'binance-usdm__BTCUSDT__1h_2019_2025',
      'binance-spot__BTCUSDT__1h_2020_2025',
    ]) {
      expect(await give(`${name}.parquet`)).toMatchObject({ status: 'imported' });
    }
    await give('raw/DIRTY_bybit-testnet_BTCUSDT_1m_cut2000.csv', {
      venue: 'bybit-testnet',
      symbol: 'BTCUSDT',
      interval: '1m',
    });
    const luna = await checked(store, 'binance-spot', 'LUNAUSDT');
    expect(luna.found['relisting?']).toContain(
      '2022-05-31 06:00 price x20000 after 437 missing candles',
    );
    expect(luna.found['gaps']).toContain('6, 449 candles missing');
    expect(luna.score).toBeLessThan(90);
    const dirty = await checked(store, 'bybit-testnet', 'BTCUSDT');
    expect(dirty.found['gaps']).toContain('9, 7,209 candles missing');
    // Prices near 58,000 and 124,000 where the market stood at 111,000.
    expect(dirty.found['venues']).toMatch(/of \d+ closes more than 3 % off/);
    expect(dirty.score).toBeLessThan(50);
    const unit = await checked(store, 'freqtrade', 'UNITTEST-BTC');
    expect(unit.found['gaps']).toContain('538, 717 candles missing');
    const quote = await checked(store, 'nautilus-btcperp', 'BTCUSD');
    expect(quote.found['wrong unit?']).toContain('volume in the quote currency');
    const spot = await checked(store, 'binance-spot', 'BTCUSDT');
    expect(spot.found['gaps']).toContain('15, 32 candles missing');
    expect(spot.found['no volume']).toBe('2 candles');
    store.close();
  });
});
