// A local Aster and a local Hyperliquid with one market, on a clock that runs as fast as told. A test steers
// its price from where it is; candles and orders of both venues follow.

import { MINUTE_MS } from '../../engine/interval.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from '../live/venues/rig.ts';
import { type FastClock, shownNow } from '../support/fast-clock.ts';
import { startAsterAccount } from '../support/venues/aster-server.ts';
import type { Book } from '../support/venues/book.ts';
import { playLive } from '../support/venues/candles.ts';
import { startHyperliquidAccount } from '../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../support/venues/local-venue.ts';

export interface LocalPlace {
  readonly id: string;
  readonly symbol: string;
  readonly server: LocalVenue;
  readonly book: Book;
}

export interface TwoVenues {
  readonly aster: LocalPlace;
  readonly hyperliquid: LocalPlace;
  /** From now on the price goes to this one, in so many minutes of the market, and stays there. */
  steer(price: number, minutes: number): void;
  /** What the command needs to find them, and to run on their clock. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const WARM_CANDLES = 200;
/** Machine ms for a session and its watchdog to start in. */
const SLOW_MS = 20_000;
/** Machine ms between two looks at the clock. */
const LOOK_MS = 50;

/** Both venues at `price`, with candles behind them. */
export async function startTwoVenues(price: number, factor: number): Promise<TwoVenues> {
  const shownMs = (Math.ceil(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
  const clock: FastClock = [Date.now(), shownMs, SLOW_MS, factor];
  const nowMs = () => shownNow(clock);
  const minuteNow = () => (nowMs() - shownMs) / MINUTE_MS;
  const points: [minute: number, price: number][] = [[0, price]];
  const priceAt = (minute: number) => Math.round(lineAt(points, minute) * 10) / 10;
  const candleAt = (_: string, openMs: number) => {
    const minute = (openMs - shownMs) / MINUTE_MS;
    const [open, close] = [priceAt(minute), priceAt(minute + 1)];
    return {
      openMs,
      open,
      high: Math.max(open, close),
      low: Math.min(open, close),
      close,
      volume: 100,
    };
  };
  const candles = Array.from({ length: WARM_CANDLES }, (_, k) =>
    candleAt('', shownMs - (WARM_CANDLES - k) * MINUTE_MS),
  );
  const options = (symbol: string) => ({
    symbols: { [symbol]: { tickSize: 0.1, lotSize: 0.001, candles: [...candles] } },
    nowMs,
    // Its minute is short: so is the time in which it counts requests.
    weightLimit: 1e9,
  });
  const wallet = 100_000;
  const keys = { signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's' };
  const one = await startAsterAccount(options('BTCUSDT'), { user: ASTER_USER, ...keys, wallet });
  const other = await startHyperliquidAccount(options('BTCUSDC'), {
    user: ASTER_USER,
    agents: [ASTER_SIGNER],
    wallet,
  });
  const places = [
    { id: 'aster', symbol: 'BTCUSDT', server: one.server, book: one.account.book },
    { id: 'hyperliquid', symbol: 'BTCUSDC', server: other.server, book: other.account.book },
  ] as const;
  const plays = places.map(({ server, book, symbol }) => {
    book.setPrice(symbol, candles.at(-1)!.close);
    const market = {
      intervalMs: MINUTE_MS,
      nowMs,
      symbols: [symbol],
      form(name: string, candle: (typeof candles)[number]) {
        book.setPrice(name, candle.close);
        server.form(name, candle);
      },
      close: server.close.bind(server),
    };
    return playLive(market, candleAt, LOOK_MS);
  });
  return {
    aster: places[0],
    hyperliquid: places[1],
    steer(to, minutes) {
      const now = minuteNow();
      points.push([now, lineAt(points, now)], [now + minutes, to]);
    },
    words: places.flatMap(({ id, server: { hosts } }) => [
      ...['--rest-url', `${id}=${hosts.restUrl}`],
      ...['--stream-url', `${id}=${hosts.streamUrl}`],
    ]),
    env: {
      ASTER_USER,
      ASTER_PRIVATE_KEY: DEMO_KEY,
      HYPERLIQUID_ACCOUNT: ASTER_USER,
      HYPERLIQUID_PRIVATE_KEY: DEMO_KEY,
      SAPPHIRE_TEST_CLOCK: clock.join(),
      NODE_OPTIONS: `--import ${new URL('../support/fast-clock.ts', import.meta.url)}`,
    },
    async stop() {
      for (const end of plays) end();
      await Promise.all(places.map(({ server }) => server.stop()));
    },
  };
}

/** Before the first point and after the last the price stands still. */
function lineAt(points: readonly (readonly [number, number])[], minute: number): number {
  const after = points.findIndex(([at]) => at > minute);
  if (after === -1) return points.at(-1)![1];
  if (after === 0) return points[0]![1];
  const [[from, low], [to, high]] = [points[after - 1]!, points[after]!];
  return low + ((high - low) * (minute - from)) / (to - from);
}
