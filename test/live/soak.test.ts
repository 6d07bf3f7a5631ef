// Weeks of one-minute candles through a whole session: the heap stays flat.
//
// What grows by design, and nothing else may:
//
//   on the heap       for each closed candle of a higher interval two numbers (which row it is seen
//                     from), for each trade the votes behind it, for each funding payment three numbers
//   outside of it     columns of orders (13), fills (10) and trades (14), in blocks
//
// Columns of the market and of equity are made once, for all rows that may come.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../engine/config/check.ts';
import { loadSeats } from '../../engine/host/load.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { Kernel } from '../../engine/kernel.ts';
import { readFolder } from '../../live/journal/folder.ts';
import { runSession } from '../../live/recovery.ts';
import { minutes } from './market.ts';
import { inRoom, planOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const WEEKS = LONG ? 10 : 2;
const WEEK_ROWS = 7 * 1440;
/** Beyond what is meant to grow; the test runner's own noise is in it. */
const SLACK_BYTES = LONG ? 1_000_000 : 500_000;

/** The four agents on short candles, eager to trade: some four thousand orders a week. */
const RESTLESS = checkConfig({
  decision: {
    agents: {
      'quant-alpha': {
        weight: 0.35,
        parameters: { trendInterval: '5m', signalInterval: '5m' },
      },
      'risk-guardian': {
        weight: 0.25,
        parameters: {
          volatilityInterval: '5m',
          usualPeriod: 48,
          trendInterval: '5m',
          stress: 100,
          spike: 100,
          maxDrawdown: 1,
          hardDrawdown: 1,
        },
      },
      'sentiment-sage': {
        weight: 0.2,
        parameters: { interval: '15m', rsiInterval: '15m', quiet: 0 },
      },
      'degen-hunter': { weight: 0.2, parameters: { burst: 1, threshold: 0.1 } },
    },
    consensus: { actThreshold: 0.5 },
    risk: {
      maxPositionFraction: 0.01,
      atrStop: { interval: '5m' },
      trailingStop: { buffer: 0.002, step: 0.0005 },
    },
  },
  world: { sentiment: null },
});
/** Candles of 5 and of 15 minutes that close in a week, of each leg. */
const BUCKETS_A_WEEK = WEEK_ROWS / 5 + WEEK_ROWS / 15;

interface Sample {
  readonly heapBytes: number;
  readonly columnBytes: number;
  readonly orders: number;
  readonly fills: number;
  readonly trades: number;
  readonly payments: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function sampleOf({ desk, fills, trades, fundingLog }: Kernel): Sample {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    columnBytes: arrayBuffers,
    orders: desk.log.length,
    fills: fills.length,
    trades: trades.length,
    payments: fundingLog.length / 3,
  };
}

describe(`${WEEKS} weeks of a session`, () => {
  it('leave the heap as it was after the first, but for what is meant to grow', async () => {
    const panel = minutes(77, WEEKS * WEEK_ROWS + 100);
    const { seats, solo } = await loadSeats(RESTLESS.decision, process.cwd());
    const input = { panel, config: RESTLESS, seats, solo, firstRow: 0 };
    const samples: Sample[] = [];
    await inRoom(async (folder) => {
      const { kernel } = await runSession(
        planOf(input, folder, {
          rotateMs: 7 * DAY_MS,
          markEvery: 1000,
          onRow: (seen) => {
            if (seen.row % WEEK_ROWS === 0) samples.push(sampleOf(seen));
          },
        }),
      );
      expect(kernel.row).toBe(panel.length);
      // Reading it again must not hold it either; one line at a time is.
      let lines = 0;
      const before = sampleOf(kernel).heapBytes;
      let most = 0;
      for (const _ of readFolder(folder)) {
        if (++lines % 50_000 === 0) most = Math.max(most, sampleOf(kernel).heapBytes - before);
      }
      expect(lines).toBeGreaterThan(WEEKS * WEEK_ROWS * 3);
      expect(most).toBeLessThan(SLACK_BYTES);
    });
    expect(samples).toHaveLength(WEEKS);
    const first = samples[0]!;
    const legs = panel.legs.length;
    const report = samples.map((sample, k) => {
      const grown = (key: keyof Sample) => sample[key] - first[key];
      const buckets = k * legs * BUCKETS_A_WEEK;
      // Arrays of numbers grow by half when they are full, so up to half as much again is room.
      const heap = 1.5 * (16 * buckets + 24 * grown('payments')) + 250 * grown('trades');
      const columns = 8 * (13 * grown('orders') + 10 * grown('fills') + 14 * grown('trades'));
      return {
        week: k + 1,
        trades: sample.trades,
        heapBeyond: Math.round(grown('heapBytes') - heap),
        columnsBeyond: Math.round(grown('columnBytes') - columns),
        grown: grown('heapBytes'),
      };
    });
    expect(samples.at(-1)!.orders - first.orders).toBeGreaterThan(1000 * (WEEKS - 1));
    for (const one of report) {
      const text = JSON.stringify(report);
      expect(one.heapBeyond, text).toBeLessThan(SLACK_BYTES);
      expect(one.columnsBeyond, text).toBeLessThan(SLACK_BYTES);
    }
    if (LONG) console.log(JSON.stringify(report));
  }, 600_000);
});
