// Outside trades under another stop: the kernel's own trades, replayed, end where the kernel ended them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { gaussian, random } from '../../../engine/random.ts';
import type { TradePath } from '../../../engine/research/stop-replay.ts';
import { type OutsideTrade, pathOf, replayStop } from '../../../engine/research/stop-replay.ts';
import { candles, instrumentOf, panelOf, START_MS } from '../../support/market.ts';
import { freeWith, runOf, targets } from '../../support/run.ts';

const A = instrumentOf('A');

const trade = (changes: Partial<OutsideTrade> = {}): OutsideTrade => ({
  side: 1,
  entryMs: START_MS + HOUR_MS,
  entryPrice: 100,
  exitMs: START_MS + 5 * HOUR_MS,
  exitPrice: 110,
  qty: null,
  ...changes,
});

function replayed(chart: string, stop: { buffer: number; step: number }, changes = {}, slip = 0) {
  const path = pathOf(trade(changes), candles(chart), HOUR_MS, A);
  expect(path).toHaveProperty('candles');
  return replayStop(path as TradePath, { activation: 0, ...stop }, slip);
}

describe('a replayed trade', () => {
  it('ends where the kernel ended it, long and short, over random markets and stops', () => {
    let stopped = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(1, -1),
        fc.double({ min: 0.002, max: 0.05, noNaN: true }),
        fc.double({ min: 0, max: 0.02, noNaN: true }),
        (seed, side, buffer, step) => {
          const draw = random(seed, 'chart');
          let last = 100;
          const chart = Array.from({ length: 60 }, () => {
            const open = last * Math.exp(0.004 * gaussian(draw));
            const close = open * Math.exp(0.01 * gaussian(draw));
            const high = Math.max(open, close) * (1 + 0.01 * draw());
            const low = Math.min(open, close) * (1 - 0.01 * draw());
            last = close;
            return [open, high, low, close].map((price) => price.toFixed(2)).join('/');
          }).join(' ');
          const panel = panelOf({ A: chart });
          const given = freeWith({ trailingStop: { enabled: true, buffer, step } });
          const [own] = runOf(panel, [targets(`${side}`)], given).kernel.trades.closed(0);
          const [entry] = candles(chart).open.slice(1);
          const outside = trade({
            side: side as 1 | -1,
            entryPrice: entry!,
            exitMs: START_MS + 60 * HOUR_MS,
            exitPrice: last,
          });
          const path = pathOf(outside, candles(chart), HOUR_MS, A) as TradePath;
          const found = replayStop(path, { buffer, step, activation: 0 }, 0);
          if (own === undefined) {
            expect(found.stoppedAt).toBe(-1);
            return;
          }
          stopped++;
          expect(own.entryPrice).toBeCloseTo(entry!, 9);
          expect(found.stoppedAt).toBe(own.exitRow);
          expect(found.exitPrice).toBeCloseTo(own.exitPrice, 9);
        },
      ),
      { numRuns: process.env['SAPPHIRE_LONG'] === '1' ? 2000 : 150, seed: 7 },
    );
    expect(stopped).toBeGreaterThan(75);
  });

  it('is stopped at the trigger, at the open of a gap, and pays slippage', () => {
    const flat = '100 100';
    expect(replayed(`${flat} 100/100/94/97 97 97`, { buffer: 0.05, step: 0 })).toMatchObject({
      exitPrice: 95,
      stoppedAt: 2,
      pnl: expect.closeTo(-0.05, 12),
    });
    expect(replayed(`${flat} 90/91/89/90 90 90`, { buffer: 0.05, step: 0 }).exitPrice).toBe(90);
    const slipped = replayed(
      `${flat} 90/91/89/90 90 90`,
      { buffer: 0.05, step: 0 },
      { qty: 3 },
      0.01,
    );
    expect(slipped.exitPrice).toBeCloseTo(89.1, 12);
    expect(slipped.pnl).toBeCloseTo(-32.7, 12);
  });

  it('follows closes by whole steps, and ends as it did where no stop is hit', () => {
    const up = '100 100 104 110/112/110/110 106/110/105/106';
    // From 104 a step of 5 % is 109.2: only the close at 110 moves the stop, to 104.5.
    expect(replayed(up, { buffer: 0.05, step: 0.05 })).toMatchObject({ stoppedAt: -1, pnl: 0.1 });
    // Without a step it is at 104.5 as well; a buffer of 4 % is at 105.6 and is touched at 105.
    expect(replayed(up, { buffer: 0.04, step: 0.05 })).toMatchObject({
      stoppedAt: 4,
      exitPrice: 105.6,
    });
  });

  it('knows nothing of what its candle did before an entry inside it, but its close', () => {
    const inside = { entryMs: START_MS + 1.5 * HOUR_MS };
    const stop = { buffer: 0.05, step: 0 };
    expect(replayed('100 100/100/90/100 100 100 100', stop, inside).stoppedAt).toBe(-1);
    expect(replayed('100 100/100/90/93 93 93 93', stop, inside)).toMatchObject({
      stoppedAt: 1,
      exitPrice: 93,
    });
  });

  it('does not look at candles after its exit, nor at the one that begins with it', () => {
    const crash = '100 100 100 100 100 50/50/40/50';
    expect(replayed(crash, { buffer: 0.05, step: 0 }).stoppedAt).toBe(-1);
    // An exit inside that candle: the stop was first.
    const later = { exitMs: START_MS + 5.5 * HOUR_MS };
    expect(replayed(crash, { buffer: 0.05, step: 0 }, later)).toMatchObject({
      stoppedAt: 5,
      exitPrice: 50,
    });
  });
});

describe('a trade that cannot be replayed', () => {
  const none = (chart: string, changes: Partial<OutsideTrade>) => {
    return pathOf(trade(changes), candles(chart), HOUR_MS, A);
  };
  it.each([
    ['before the first candle', { entryMs: START_MS - 1 }, /no candle at its entry/],
    ['in a hole', { entryMs: START_MS + 2 * HOUR_MS }, /no candle at its entry/],
    ['beyond the last candle', { exitMs: START_MS + 9 * HOUR_MS }, /candles end before its exit/],
    ['at a price of another market', { entryPrice: 130 }, /130 is not of its candle, 100 to 100/],
  ])('%s says why', (_, changes, why) => {
    expect(none('100 100 - 100 100 100', changes)).toMatchObject({
      why: expect.stringMatching(why),
    });
  });
});
