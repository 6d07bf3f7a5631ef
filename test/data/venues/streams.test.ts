// Every venue's talk over a real socket to its local server, and what the server can do wrong.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openAster } from '../../../data/venues/aster/venue.ts';
import type { StreamTalk } from '../../../data/venues/contract.ts';
import { openHyperliquid } from '../../../data/venues/hyperliquid/venue.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import {
  formingStates,
  inventedCandle,
  inventedCandles,
  playCandle,
  playLive,
} from '../../support/venues/candles.ts';
import { BAD_MESSAGES, IMPOSSIBLE } from '../../support/venues/faults.ts';
import { startHyperliquidServer } from '../../support/venues/hyperliquid-server.ts';
import { StreamListener, until } from '../../support/venues/listener.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2025, 0, 6);

const VENUES = [
  {
    id: 'aster',
    start: startAsterServer,
    open: openAster,
    btc: 'BTCUSDT',
    eth: 'ETHUSDT',
    whenClosed: true,
    whenForming: false,
  },
  {
    id: 'hyperliquid',
    start: startHyperliquidServer,
    open: openHyperliquid,
    btc: 'BTCUSDC',
    eth: 'ETHUSDC',
    whenClosed: null,
    whenForming: null,
  },
] as const;

describe.each(VENUES)(
  'the stream of $id',
  ({ id, start, open, btc, eth, whenClosed, whenForming }) => {
    const [first, second, third] = inventedCandles(5, START_MS, 3, MINUTE) as [
      ReturnType<typeof inventedCandle>,
      ReturnType<typeof inventedCandle>,
      ReturnType<typeof inventedCandle>,
    ];
    const pace = new VirtualPace(START_MS + 3 * MINUTE);
    let server: LocalVenue;
    let talk: StreamTalk;
    let listener: StreamListener;

    beforeEach(async () => {
      server = await start({ symbols: { [btc]: {}, [eth]: {} }, nowMs: () => pace.nowMs() });
      talk = open({ hosts: server.hosts, pace }).talk;
      listener = await listen();
    });
    afterEach(async () => {
      listener.end();
      await server.stop();
    });

    /** A listener that is subscribed: on Hyperliquid that is answered, on Aster it is the address. */
    async function listen(): Promise<StreamListener> {
      const one = new StreamListener(talk, [btc, eth], MINUTE);
      const before = server.opened;
      await until(() => server.opened > before, 'a connection');
      // The server knows of it before our side does.
      await until(() => one.socket.readyState === one.socket.OPEN, 'an open socket');
      const answers = talk.hello([btc, eth], MINUTE).length;
      await until(() => one.said.length >= answers, 'the subscriptions answered');
      expect(one.said.every(({ kind }) => kind === 'alive')).toBe(true);
      return one;
    }

    it('says a candle as it forms and when it has closed', async () => {
      playCandle(server, btc, first);
      await until(() => listener.candles.length === 5, 'five candles');
      const closed = { kind: 'candle', symbol: btc, candle: first, closed: whenClosed };
      expect(listener.candles.at(-1)).toEqual(closed);
      expect(listener.candles.slice(0, 4)).toEqual(
        formingStates(first).map((candle) => ({
          kind: 'candle',
          symbol: btc,
          candle,
          closed: whenForming,
        })),
      );
    });

    it('is of the symbols asked for and of no others', async () => {
      const only = new StreamListener(talk, [eth], MINUTE);
      await until(() => server.opened === 2, 'a second connection');
      await until(() => only.said.length >= talk.hello([eth], MINUTE).length, 'answers');
      server.close(btc, first);
      server.close(eth, second);
      await until(() => only.candles.length > 0 && listener.candles.length === 2, 'candles');
      expect(only.candles.map(({ symbol }) => symbol)).toEqual([eth]);
      only.end();
    });

    it('dies at once when it is dropped, and is there again', async () => {
      server.drop();
      await until(() => listener.closed !== null, 'the end');
      expect(server.connections).toBe(0);
      listener = await listen();
      server.close(btc, first);
      await until(() => listener.candles.length === 1, 'a candle');
      expect(server.opened).toBe(2);
    });

    it('cannot be opened while connections are refused', async () => {
      server.refuse(true);
      const other = new StreamListener(talk, [btc], MINUTE);
      await until(() => other.closed !== null, 'the refusal');
      expect([server.opened, server.refused]).toEqual([1, 1]);
      server.close(btc, first);
      await until(() => listener.candles.length === 1, 'the old connection lives');
      server.refuse(false);
      (await listen()).end();
    });

    it('cannot be opened during a ban', async () => {
      server.ban(pace.nowMs() + 60_000);
      const other = new StreamListener(talk, [btc], MINUTE);
      await until(() => other.closed !== null, 'the refusal');
      expect([server.opened, server.refused]).toEqual([1, 1]);
    });

    it('is connected and silent when frozen: no candle, no pong of either kind', async () => {
      server.freeze(true);
      listener.socket.ping();
      if (talk.ping !== null) listener.socket.send(talk.ping);
      const before = listener.said.length;
      server.close(btc, first);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect([listener.said.length, listener.pongs, listener.closed]).toEqual([before, 0, null]);
      server.freeze(false);
      server.close(btc, second);
      listener.socket.ping();
      await until(() => listener.candles.length === 1 && listener.pongs === 1, 'life');
      expect(listener.candles[0]!.candle).toEqual(second);
    });

    it('answers its ping', async () => {
      const before = listener.said.length;
      if (talk.ping === null) listener.socket.ping();
      else listener.socket.send(talk.ping);
      await until(() => listener.pongs > 0 || listener.said.length > before, 'a pong');
      if (talk.ping !== null) expect(listener.said.at(-1)).toEqual({ kind: 'alive' });
    });

    it('may repeat itself, speak out of order and late', async () => {
      server.repeat = 3;
      server.close(btc, first);
      server.repeat = 1;
      server.hold();
      server.close(btc, second);
      server.close(btc, third);
      server.release('reversed');
      server.delayMs = 20;
      server.close(eth, first);
      server.delayMs = 0;
      server.close(eth, second);
      await until(() => listener.candles.length === 7, 'seven candles');
      expect(listener.candles.map(({ symbol, candle }) => [symbol, candle])).toEqual([
        [btc, first],
        [btc, first],
        [btc, first],
        [btc, third],
        [btc, second],
        [eth, second],
        [eth, first],
      ]);
    });

    it('may fall silent over one symbol while the other goes on', async () => {
      server.mute(btc);
      server.close(btc, first);
      server.close(eth, first);
      await until(() => listener.candles.length === 1, 'a candle');
      server.mute(btc, false);
      server.close(btc, second);
      await until(() => listener.candles.length === 2, 'the other');
      expect(listener.candles.map(({ symbol }) => symbol)).toEqual([eth, btc]);
    });

    it.each(IMPOSSIBLE)('complains of a number that is %s and goes on', async (fault) => {
      server.spoil(fault, 'stream');
      server.close(btc, first);
      server.spoil(null);
      server.close(btc, second);
      await until(() => listener.candles.length === 1, 'a candle');
      expect(listener.complaints).toHaveLength(1);
      expect(listener.candles[0]!.candle).toEqual(second);
    });

    it('complains of every bad message, once each, and goes on', async () => {
      for (const text of BAD_MESSAGES) server.say(text);
      server.close(btc, first);
      await until(() => listener.candles.length === 1, 'a candle');
      expect(listener.complaints).toHaveLength(BAD_MESSAGES.length);
    });

    it('can be played by a clock, each candle once closed, in order', async () => {
      const started = server.requests.length;
      let nowMs = START_MS + 30_000;
      const fast = await start({ symbols: { [btc]: {} }, nowMs: () => nowMs });
      const at = (_: string, openMs: number) => inventedCandle(8, openMs, MINUTE);
      const end = playLive(fast, at, 1);
      for (const stepMs of [20_000, 20_000, 130_000, 60_000]) {
        nowMs += stepMs;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      end();
      const closed = fast.served(btc).filter(({ openMs }) => openMs + MINUTE <= nowMs);
      expect(closed.map(({ openMs }) => (openMs - START_MS) / MINUTE)).toEqual([0, 1, 2, 3]);
      expect(Number(closed[2]!.close)).toBe(at(btc, closed[2]!.openMs).close);
      expect(server.requests.length).toBe(started);
      await fast.stop();
    });

    it(`is closed by ${id} when it says nothing for too long`, async () => {
      const strict = await start({ symbols: { [btc]: {} }, idleMs: 40, pingEveryMs: 10_000 });
      const silent = new WebSocket(open({ hosts: strict.hosts, pace }).talk.url([btc], MINUTE), {
        autoPong: false,
      });
      const closed = await new Promise<number>((resolve) => silent.on('close', resolve));
      expect(closed).toBe(1000);
      await strict.stop();
    });
  },
);

it('Aster cuts who speaks more than ten times a second, or asks for over 200 streams', async () => {
  const server = await startAsterServer({ symbols: { BTCUSDT: {} } });
  const codeOf = (socket: WebSocket) =>
    new Promise<number>((resolve) => socket.on('close', resolve).on('error', () => {}));
  const loud = new WebSocket(`${server.hosts.streamUrl}/ws`);
  loud.on('open', () => {
    for (let i = 0; i < 11; i++) loud.send('{"method":"LIST_SUBSCRIPTIONS","id":1}');
  });
  expect(await codeOf(loud)).toBe(1008);
  const names = Array.from({ length: 201 }, (_, i) => `s${i}@kline_1m`).join('/');
  const wide = new WebSocket(`${server.hosts.streamUrl}/stream?streams=${names}`);
  expect(await codeOf(wide)).toBe(1008);
  await server.stop();
});
