// Scores worked out by hand from the stated rules, venues beside each other in each one's units, and
// calendars that agree with the scores.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVenues, secondVenue } from '../../data/quality/compare.ts';
import { coverageOf } from '../../data/quality/coverage.ts';
import { timesIn } from '../../data/quality/gaps.ts';
import { quickScore, scoreOf } from '../../data/quality/score.ts';
import { qualityOf } from '../../data/quality.ts';
import type { DatasetRow } from '../../data/schema.ts';
import { HOUR_MS, intervalMs } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';

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
    expect(quickScore(hours(1000), HOUR_MS).score).toBe(100);
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
    const { gaps } = qualityOf(candles, HOUR_MS);
    const { fromMs, shares, absent } = coverageOf(candles.openMs, timesIn(gaps, HOUR_MS), []);
    expect(fromMs).toBe(T);
    expect([...shares]).toEqual([1, 22 / 24, 0, 1]);
    expect([...absent]).toEqual([0, 0, 0, 0]);
    // What the source has not either is not due: the third day is closed, the second one whole.
    const closed = coverageOf(candles.openMs, [], timesIn(gaps, HOUR_MS));
    expect([...closed.shares]).toEqual([1, 1, Number.NaN, 1]);
    expect([...closed.absent]).toEqual([0, 2 / 24, 1, 0]);
  });

  it('misses on all days together just what the score is of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 198 }), { maxLength: 150 }), (skip) => {
        const candles = hours(200, skip);
        const report = qualityOf(candles, HOUR_MS);
        const { shares } = coverageOf(candles.openMs, timesIn(report.gaps, HOUR_MS), []);
        const missing = [...shares].map((share, day) => (1 - share) * (day === 8 ? 8 : 24));
        expect(missing.reduce((sum, one) => sum + one, 0)).toBeCloseTo(report.missing, 9);
        const points = Math.min(40, (500 * skip.length) / 200);
        expect(scoreOf(report).score).toBeCloseTo(Math.round(10 * (100 - points)) / 10, 9);
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});
