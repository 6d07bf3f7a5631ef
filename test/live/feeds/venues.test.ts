// The stream feed over the venues' real clients and real sockets, against local servers, sixty times
// as fast as time: what is claimed is what is said, not when.

import { describe, expect, it } from 'vitest';
import { openAster } from '../../../data/venues/aster/venue.ts';
import { openHyperliquid } from '../../../data/venues/hyperliquid/venue.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import type { Clock } from '../../../live/clock.ts';
import { StreamFeed } from '../../../live/feeds/stream.ts';
import { START_MS } from '../../support/market.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandle, inventedCandles, playLive } from '../../support/venues/candles.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { Listening } from './support.ts';

const SPEED = 60;
const HISTORY_ROWS = 30;
const ROWS = HISTORY_ROWS + 8;

/** The machine's time, faster. */
function fastClock(startMs: number): Clock {
  const beganMs = performance.now();
  const monotonicMs = () => (performance.now() - beganMs) * SPEED;
  return {
    monotonicMs,
    nowMs: () => Math.floor(startMs + monotonicMs()),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(handle);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const handle = setTimeout(done, Math.max(0, ms) / SPEED);
        signal?.addEventListener('abort', done);
      }),
  };
}

const VENUES = {
  aster: { start: startAsterServer, open: openAster, symbols: ['BTCUSDT', 'ETHUSDT'] },
  hyperliquid: {
    start: startHyperliquidServer,
    open: openHyperliquid,
    symbols: ['BTCUSDC', 'ETHUSDC'],
  },
} as const;

/** Runs a feed over a local venue that goes on for `ROWS` minutes. */
async function run(id: keyof typeof VENUES, trouble: (server: LocalVenue, at: At) => void) {
  const { start, open, symbols } = VENUES[id];
  const clock = fastClock(START_MS + HISTORY_ROWS * MINUTE_MS + 15_000);
  const candleAt = (symbol: string, openMs: number) =>
    inventedCandle(symbols.indexOf(symbol as never) + 1, openMs, MINUTE_MS);
  const rate = { atMs: START_MS, rate: 0.0001 };
  const server = await start({
    symbols: Object.fromEntries(
      symbols.map((symbol, k) => {
        const candles = inventedCandles(k + 1, START_MS, HISTORY_ROWS, MINUTE_MS);
        return [symbol, { candles, funding: [rate] }];
      }),
    ),
    nowMs: clock.nowMs,
  });
  const form = server.form.bind(server);
  const close = server.close.bind(server);
  const stage = { intervalMs: MINUTE_MS, symbols, nowMs: clock.nowMs, form, close };
  const stopPlay = playLive(stage, candleAt, 1000 / SPEED);
  const feed = new StreamFeed({
    name: id,
    intervalMs: MINUTE_MS,
    fromMs: START_MS,
    toMs: START_MS + ROWS * MINUTE_MS,
    clock,
    sources: [
      {
        venue: open({ hosts: server.hosts, pace: clock }),
        legs: symbols.map((symbol, leg) => ({ leg, symbol })),
      },
    ],
    random: () => 0.1,
  });
  const at: At = (seconds, work) => {
    setTimeout(work, (seconds * 1000) / SPEED);
  };
  trouble(server, at);
  const inbox = new Listening();
  await feed.run(inbox, Number.NEGATIVE_INFINITY, new AbortController().signal);
  await expect.poll(() => server.connections).toBe(0);
  stopPlay();
  await server.stop();
  const truth = symbols.map((symbol, leg) =>
    Array.from({ length: ROWS }, (_, row) => {
      const openMs = START_MS + row * MINUTE_MS;
      const tsMs = openMs + MINUTE_MS;
      return { kind: 'candle', tsMs, leg, ...candleAt(symbol, openMs) };
    }),
  );
  return { server, inbox, truth };
}

type At = (seconds: number, work: () => void) => void;

/** Each candle as it was said last, by open: what is not told to be final may be said again. */
function lastOf(inbox: Listening, leg: number) {
  const last = new Map(inbox.candlesOf(leg).map((candle) => [candle.openMs, candle]));
  return [...last.values()].sort((a, b) => a.openMs - b.openMs);
}

describe.concurrent.each(Object.keys(VENUES) as (keyof typeof VENUES)[])(
  'over %s, a feed',
  (id) => {
    it.concurrent('says every candle of a quiet venue, and its funding', async () => {
      const { server, inbox, truth } = await run(id, () => {});
      expect([lastOf(inbox, 0), lastOf(inbox, 1)]).toEqual(truth);
      const rates = inbox.events.filter(({ kind }) => kind === 'funding-rate');
      expect(rates.map((event) => 'leg' in event && event.leg)).toEqual([0, 1]);
      expect(server.opened).toBe(1);
    }, 60_000);

    it.concurrent('says every candle of one that drops, repeats, errs and falls silent', async () => {
      const { server, inbox, truth } = await run(id, (venue, at) => {
        venue.repeat = 2;
        venue.fail({ kind: 'status', status: 500 }, 2);
        venue.fail({ kind: 'html' });
        venue.fail({ kind: 'truncated' });
        at(75, () => venue.drop());
        at(130, () => venue.say('{"not":'));
        at(170, () => {
          venue.refuse(true);
          venue.drop();
        });
        at(260, () => venue.refuse(false));
        at(300, () => venue.mute(VENUES[id].symbols[1]));
        at(340, () => venue.fail({ kind: 'reset' }));
        at(370, () => venue.mute(VENUES[id].symbols[1], false));
      });
      expect([lastOf(inbox, 0), lastOf(inbox, 1)]).toEqual(truth);
      expect(server.opened).toBeGreaterThan(2);
      expect(inbox.notesOf('complaint').length).toBeGreaterThan(0);
      expect(inbox.notesOf('lost').length).toBeGreaterThan(1);
    }, 60_000);
  },
);
