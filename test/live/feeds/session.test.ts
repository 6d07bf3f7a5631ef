// The stream feed under a whole session: the same candles, asked for or streamed, undisturbed or not,
// come to the same orders, fills and equity as a stored range played again.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SaidCandle, SaidFunding } from '../../../data/venues/contract.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { markAt, type Panel } from '../../../engine/market/panel.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { StreamFeed } from '../../../live/feeds/stream.ts';
import { readFolder } from '../../../live/journal/folder.ts';
import { runSession } from '../../../live/recovery.ts';
import { START_MS } from '../../support/market.ts';
import { FREE, inputOf, targets } from '../../support/run.ts';
import { FakeVenue, VirtualClock } from '../../support/socket.ts';
import { minutes } from '../market.ts';
import { digestsOf, inRoom, planOf } from '../support.ts';

const ROWS = 160;
const LIVE_ROWS = 60;
const SYMBOLS = ['AUSD', 'BUSD', 'CUSD'];

function input(): RunInput {
  const word = (k: number, said: number) => (k % 9 === 3 ? String(said) : k % 9 === 7 ? '0' : '.');
  const words = (said: number) => Array.from({ length: ROWS }, (_, k) => word(k, said)).join(' ');
  const said = { AUSD: words(0.3), BUSD: words(-0.2), CUSD: words(0.1) };
  return inputOf(minutes(11, ROWS), [targets(said)], FREE);
}

/** The history as a venue would say it. */
function candleOf(panel: Panel) {
  return (symbol: string, openMs: number): SaidCandle | null => {
    const { candles } = panel.legs[SYMBOLS.indexOf(symbol)]!;
    const i = panel.openMs.indexOf(openMs);
    if (i < 0 || Number.isNaN(candles.close[i]!)) return null;
    const [open, high, low] = [candles.open[i]!, candles.high[i]!, candles.low[i]!];
    return { openMs, open, high, low, close: candles.close[i]!, volume: candles.volume[i]! };
  };
}

function fundingOf(panel: Panel) {
  return (symbol: string): SaidFunding[] => {
    const { funding, mark } = panel.legs[SYMBOLS.indexOf(symbol)]!;
    return Array.from(funding.atMs, (atMs, k) => {
      return { atMs, rate: funding.rate[k]!, markPrice: markAt(mark, atMs) };
    });
  };
}

/** What the kernel was told and what of the venue's: without stamps. */
function told(folder: string) {
  return [...readFolder(folder)].flatMap((line) => {
    if (line.kind !== 'in') return [];
    const { tsMs: _, ...event } = line.event;
    return [event];
  });
}

/** Real files are written while virtual time stands. */
const breath = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Runs a session over a venue in virtual time; `trouble` may disturb it. */
async function live(folder: string, tellsClosed: boolean, trouble: (venue: FakeVenue) => void) {
  const given = input();
  const { panel } = given;
  const clock = new VirtualClock(START_MS + (ROWS - LIVE_ROWS) * MINUTE_MS + 10_000);
  const venue = new FakeVenue(clock, {
    symbols: SYMBOLS,
    tellsClosed,
    candleOf: candleOf(panel),
    funding: fundingOf(panel),
  });
  const feed = new StreamFeed({
    name: 'replay:test',
    intervalMs: MINUTE_MS,
    fromMs: START_MS,
    toMs: START_MS + ROWS * MINUTE_MS,
    clock,
    sources: [{ venue, legs: SYMBOLS.map((symbol, leg) => ({ leg, symbol })) }],
    connect: venue.connect,
    random: () => 0.5,
  });
  trouble(venue);
  const never = Number.MAX_SAFE_INTEGER;
  let rows = 0;
  const onRow = () => {
    rows++;
  };
  const plan = planOf(given, folder, { feed, onRow, staleMs: never });
  let isOver = false;
  const running = runSession(plan).finally(() => {
    isOver = true;
  });
  running.catch(() => {});
  for (let k = 0; !isOver && k < 100_000; k++) {
    const isHistory = rows < ROWS - LIVE_ROWS;
    await clock.advance(isHistory ? 1 : 5000);
    for (let j = 0; j < 2; j++) await breath();
  }
  return running;
}

describe.each([
  ['says which candle is final', true],
  ['does not say it', false],
])('a session over a venue that %s', (_, tellsClosed) => {
  it('comes to the digests of the stored range, from the same events in the same order', async () => {
    await inRoom(async (root) => {
      const stored = await runSession(planOf(input(), join(root, 'stored')));
      const paper = await live(join(root, 'live'), tellsClosed, () => {});
      expect(paper.kernel.fills.length).toBeGreaterThan(20);
      expect(paper.code).toBe('ended');
      expect(digestsOf(paper)).toEqual(digestsOf(stored));
      expect(told(join(root, 'live'))).toEqual(told(join(root, 'stored')));
    });
  }, 60_000);

  it('and is disturbed in every way that can be repaired comes to them as well', async () => {
    await inRoom(async (root) => {
      const stored = await runSession(planOf(input(), join(root, 'stored')));
      const paper = await live(join(root, 'live'), tellsClosed, (venue) => {
        const at = (minute: number, work: () => void) => venue.clock.in(minute * MINUTE_MS, work);
        venue.repeat = 2;
        at(5.4, () => venue.drop());
        at(10, () => venue.muted.add('BUSD'));
        at(16, () => venue.muted.delete('BUSD'));
        at(20, () => {
          venue.isRefusing = true;
          venue.rest = 'down';
          venue.drop();
        });
        at(33.3, () => {
          venue.isRefusing = false;
          venue.rest = 'well';
        });
        at(40, () => venue.clock.step(-3_600_000));
        at(45.5, () => venue.say('<html>'));
        at(50, () => venue.clock.step(7_200_000));
      });
      expect(digestsOf(paper)).toEqual(digestsOf(stored));
      expect(told(join(root, 'live'))).toEqual(told(join(root, 'stored')));
    });
  }, 60_000);
});
