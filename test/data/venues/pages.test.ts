// The rules of a range for any history and any way of cutting it into pages.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SaidCandle, SaidFunding } from '../../../data/venues/contract.ts';
import { candlePages, dueMs, fundingPages, type RawFunding } from '../../../data/venues/pages.ts';
import { inventedCandle } from '../../support/venues/candles.ts';

const STEP = 60_000;
const START_MS = Date.UTC(2025, 0, 6);

async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) {
    expect(page.length).toBeGreaterThan(0);
    all.push(...page);
  }
  return all;
}

describe('pages of candles', () => {
  it('lose none and give none twice, however the venue cuts its pages', async () => {
    const history = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    const edge = fc.integer({ min: -3 * STEP, max: 64 * STEP });
    const clock = fc.integer({ min: 0, max: 64 * STEP });
    await fc.assert(
      fc.asyncProperty(history, cuts, edge, edge, clock, async (rows, sizes, from, to, now) => {
        const [fromMs, toMs, serverMs] = [START_MS + from, START_MS + to, START_MS + now];
        const candles = rows
          .sort((a, b) => a - b)
          .map((row) => inventedCandle(1, START_MS + row * STEP, STEP))
          .filter(({ openMs }) => openMs <= serverMs);
        let asked = 0;
        const ask = async (nextMs: number, endMs: number) => {
          // As Hyperliquid, which serves the candle that the start is within, too.
          const within = candles.filter(
            ({ openMs }) => openMs + STEP > nextMs - STEP && openMs < endMs,
          );
          return { candles: within.slice(0, 2 + sizes[asked++ % sizes.length]!), serverMs };
        };
        const got = await allOf<SaidCandle>(candlePages(STEP, fromMs, toMs, ask));
        const wanted = candles.filter(
          ({ openMs }) => openMs >= fromMs && openMs < toMs && openMs + STEP <= serverMs,
        );
        expect(got).toEqual(wanted);
        expect(asked).toBeLessThanOrEqual(wanted.length + 2);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('ask nothing for an empty range, and end for one without end', async () => {
    const never = () => Promise.reject(new Error('asked'));
    expect(await allOf(candlePages(STEP, START_MS, START_MS, never))).toEqual([]);
    expect(await allOf(candlePages(STEP, START_MS + 1, START_MS + STEP, never))).toEqual([]);
    const asked: number[][] = [];
    const none = async (nextMs: number, endMs: number) => {
      asked.push([nextMs, endMs]);
      return { candles: [], serverMs: START_MS };
    };
    const endless = candlePages(STEP, START_MS, Number.POSITIVE_INFINITY, none);
    expect(await allOf(endless)).toEqual([]);
    expect(asked).toEqual([[START_MS, 4.2e12]]);
  });

  it('give no candle of a venue that does not say its time', async () => {
    const candles = [inventedCandle(1, START_MS, STEP)];
    const ask = async () => ({ candles, serverMs: Number.NaN });
    expect(await allOf(candlePages(STEP, START_MS, START_MS + STEP, ask))).toEqual([]);
  });
});

describe('pages of funding', () => {
  it('give every stamp once by the minute it is due, none before it is charged', async () => {
    const late = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 40 });
    const size = fc.integer({ min: 1, max: 7 });
    const edge = fc.integer({ min: -120_000, max: 41 * 3_600_000 });
    await fc.assert(
      fc.asyncProperty(late, size, edge, edge, edge, async (lates, most, from, to, now) => {
        const [fromMs, toMs, serverMs] = [START_MS + from, START_MS + to, START_MS + now];
        const stamps = lates.map((lateMs, hour): RawFunding => {
          const stampMs = START_MS + hour * 3_600_000 + lateMs;
          return { stampMs, atMs: dueMs(stampMs), rate: hour / 1e6, markPrice: Number.NaN };
        });
        const ask = async (nextMs: number, endMs: number) => {
          const within = stamps.filter(({ stampMs }) => stampMs >= nextMs && stampMs < endMs);
          return { stamps: within.slice(0, most), serverMs };
        };
        const got = await allOf<SaidFunding>(fundingPages(fromMs, toMs, ask));
        const wanted = stamps.filter(
          ({ atMs, stampMs }) => atMs >= fromMs && atMs < toMs && stampMs < serverMs + 1000,
        );
        expect(got.map(({ atMs, rate }) => [atMs, rate])).toEqual(
          wanted.map(({ atMs, rate }) => [atMs, rate]),
        );
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
