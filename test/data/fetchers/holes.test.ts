// Holes that a venue was asked about are the venue's: they are told apart, cost no points, and are known
// wherever the history is read, in a shared folder too.

import { expect, it } from 'vitest';
import { qualityOfLegs } from '../../../bin/leg-parts.ts';
import { aster } from '../../../data/fetchers/aster.ts';
import { checkDataset } from '../../../data/quality/dataset.ts';
import type { QualityReport } from '../../../data/quality.ts';
import { shareParquet } from '../../../data/share/write.ts';
import type { History } from '../../../data/store.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import { ALL, fetchInto, freshPath, withStore } from './fetch-room.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2025, 0, 6);
const ROWS = 300;

it('a hole that the venue has too is none of ours, in the store, a run and a shared folder', async () => {
  const pace = new VirtualPace(START_MS + ROWS * MINUTE + 3 * 3_600_000);
  const candles = inventedCandles(3, START_MS, ROWS + 1, MINUTE);
  const symbols = { BTCUSDT: { candles } };
  const server = await startAsterServer({ symbols, nowMs: () => pace.nowMs() });
  for (const row of [10, 50, 51]) server.miss('BTCUSDT', candles[row]!.openMs);
  const path = freshPath();
  const range = { fromMs: START_MS, toMs: START_MS + ROWS * MINUTE };
  const one = { fetcher: aster, url: server.hosts.restUrl, pace, symbols: ['BTCUSDT'] };
  await fetchInto({ ...one, ...range, path });
  await server.stop();
  const look = async (store: History) => {
    const around = { datasets: await store.datasets(), fetched: await store.fetched() };
    const dataset = around.datasets[0]!;
    const { report, score, days } = await checkDataset(store, dataset, around);
    const { gaps, absent } = report as QualityReport;
    expect({ gaps, absent, score: score.score }).toEqual({
      gaps: [],
      absent: [
        { fromMs: candles[10]!.openMs, missing: 1 },
        { fromMs: candles[50]!.openMs, missing: 2 },
      ],
      score: 100,
    });
    expect([...days.shares]).toEqual([1]);
    const instrument = await store.instrument('aster', 'BTCUSDT');
    const read = await store.readCandles('aster', 'BTCUSDT', MINUTE, ...ALL);
    const legs = [{ instrument, candles: read }];
    const strict = { minQuality: 100 };
    expect(await qualityOfLegs(legs, around.fetched, MINUTE, strict, true)).toBe(
      'quality 100 of 100',
    );
    await expect(qualityOfLegs(legs, [], MINUTE, strict, true)).rejects.toThrow(
      /must score 100 or more .*missing candles -5\.0/,
    );
  };
  const dir = `${path}.shared`;
  await withStore(path, async (store) => {
    await look(store);
    const all = { dir, fromMs: ALL[0], toMs: ALL[1], force: false };
    await shareParquet(store, await store.datasets(), all);
  });
  await withStore(dir, look);
});
