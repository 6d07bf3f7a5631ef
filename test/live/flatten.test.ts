// Everything taken back and closed, over a network that fails in every way; and as a person types it,
// against a local Aster.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';
import { flatten } from '../../live/flatten.ts';
import { JournalLock } from '../../live/journal/lock.ts';
import { beginFile } from '../../live/journal/rotate.ts';
import { type Room, room } from '../support/cli.ts';
import { instrumentOf, START_MS } from '../support/market.ts';
import { VirtualClock } from '../support/socket.ts';
import { startAsterAccount } from '../support/venues/aster-server.ts';
import { identity } from './journal/support.ts';
import { SimClient } from './orders/client.ts';
import { SimVenue } from './orders/venue.ts';
import { knobsOf } from './orders/world.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from './venues/rig.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
/** A stranger's buy. */
const PLAIN = {
  clientId: null,
  symbol: 'BTCUSDT',
  side: 1,
  trigger: Number.NaN,
  trailFraction: Number.NaN,
  tif: 'gtc',
  reduceOnly: false,
} as const;

/** Of a market, what matters to nobody here. */
const GRID = {
  intervalMs: MINUTE_MS,
  capacity: 1,
  firstRow: 0,
  fromMs: START_MS,
  toMs: START_MS + MINUTE_MS,
  series: [],
} as const;

describe('flatten at a venue that fails in every way', () => {
  it('ends flat, and never on the other side of where it began', async () => {
    for (let seed = 1; seed <= (LONG ? 2000 : 100); seed++) {
      const clock = new VirtualClock(START_MS);
      const draw = random(seed, 'flatten');
      const knobs = { ...knobsOf(draw), refused: 0 };
      const instruments = ['A', 'B'].map((symbol) => instrumentOf(symbol, { lotSize: 0.01 }));
      const venue = new SimVenue(clock, draw, instruments, knobs);
      for (const symbol of ['A', 'B']) {
        venue.prices.set(symbol, 100);
        venue.external(symbol, Math.round((draw() - 0.5) * 2000) / 100);
      }
      const began = new Map(venue.positions);
      const done = await clock.until(
        flatten({
          open: async () => new SimClient('one', venue, () => {}),
          symbols: ['A', 'B'],
          clock,
          patienceMs: 300_000,
          say: () => {},
        }).catch((error: unknown) => error),
        600_000,
      );
      // A venue that could not be looked at once at the start is the caller's to try again.
      if (done instanceof Error) continue;
      expect(done, `seed ${seed}`).toMatchObject({ isFlat: true });
      for (const [symbol, qty] of began) {
        const way = venue.fills.filter((one) => one.symbol === symbol && one.clientId !== null);
        const closed = way.reduce((sum, fill) => sum + fill.qty, 0);
        expect(closed, `seed ${seed} ${symbol}`).toBeCloseTo(-qty, 9);
      }
    }
  });
});

describe('sapphire flatten', () => {
  let place: Room;
  let stop = async () => {};
  let words: string[] = [];
  let account: Awaited<ReturnType<typeof startAsterAccount>>['account'];
  const env = { ASTER_USER, ASTER_PRIVATE_KEY: DEMO_KEY };

  beforeAll(async () => {
    place = room('flatten');
    const symbols = { BTCUSDT: { tickSize: 0.1, lotSize: 0.001 } };
    const started = await startAsterAccount(
      { symbols },
      { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's', wallet: 100_000 },
    );
    account = started.account;
    stop = () => started.server.stop();
    const { restUrl, streamUrl } = started.server.hosts;
    words = ['flatten', '--venue', 'aster', '--rest-url', restUrl, '--stream-url', streamUrl];
    account.book.setPrice('BTCUSDT', 50_000);
  });
  afterAll(async () => {
    await stop();
    place.remove();
  });

  it('says what is missing before it connects', async () => {
    const { code, stderr } = await place.sapphire([...words, '--yes']);
    expect(code).toBe(2);
    expect(stderr).toContain('ASTER_USER: must be in the environment');
    const other = await place.sapphire(['flatten', '--venue', 'astre', '--yes'], { env });
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain('did you mean aster?');
  });

  it('closes at the venues that it has keys for, and says aloud where it could not look', async () => {
    account.book.place({ ...PLAIN, type: 'market', qty: 0.25, price: Number.NaN });
    const both = words.map((word) => (word === 'aster' ? 'aster,hyperliquid' : word));
    const { code, stdout, stderr } = await place.sapphire([...both, '--yes'], { env });
    expect(account.book.qty('BTCUSDT')).toBe(0);
    expect(stdout).toContain('aster: FLAT, says the venue');
    expect(stdout).toMatch(/hyperliquid: NOT LOOKED AT \(HYPERLIQUID_ACCOUNT: must be/);
    expect(stderr).toMatch(/hyperliquid: CANNOT BE LOOKED AT: HYPERLIQUID_ACCOUNT: must be/);
    expect(code).toBe(5);
    const none = await place.sapphire([...both, '--yes', '--json']);
    expect(none.code).toBe(2);
    const keys = JSON.parse(none.stdout).error.problems.map(({ key }: { key: string }) => key);
    expect(keys).toEqual([
      'ASTER_USER',
      'ASTER_PRIVATE_KEY',
      'HYPERLIQUID_ACCOUNT',
      'HYPERLIQUID_PRIVATE_KEY',
    ]);
  });

  it('does nothing where nobody can be asked', async () => {
    const { code, stderr } = await place.sapphire(words, { env });
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
  });

  it('tells the sessions of this machine that trade there to halt, and no others', async () => {
    const root = place.at('runs', 'live');
    const folders = ['aster', 'hyperliquid', 'ended'].map((name) => join(root, name, 'stage-1'));
    const locks = await Promise.all(
      folders.map(async (folder, k) => {
        mkdirSync(folder, { recursive: true });
        const venue = k === 1 ? 'hyperliquid' : 'aster';
        const instrument = instrumentOf('BTC', { venue });
        const market = { ...GRID, legs: [{ instrument, primary: 0 }] };
        const writer = await beginFile(folder, { ...identity, market }, START_MS, null);
        await writer.close();
        return k === 2 ? null : JournalLock.take(folder, 'live');
      }),
    );
    const heard = () =>
      folders.map((folder) =>
        readdirSync(folder).flatMap((name) => name.match(/^word.*\.(.*)$/)?.[1] ?? []),
      );
    const some = await place.sapphire([...words, '--symbols', 'BTCUSDT', '--yes'], { env });
    expect(some.code).toBe(0);
    expect(heard()).toEqual([['pause'], [], []]);
    const { code, stderr } = await place.sapphire([...words, '--yes'], { env });
    expect(code).toBe(0);
    expect(stderr).toContain('session    runs/live/aster/stage-1 trades there: told to halt');
    expect(heard()).toEqual([['pause', 'halt'], [], []]);
    for (const lock of locks) lock?.release();
  });

  it('closes what is there and says so once the venue does', async () => {
    const { book } = account;
    book.place({ ...PLAIN, type: 'market', qty: 0.25, price: Number.NaN });
    book.place({ ...PLAIN, type: 'limit', qty: 0.1, price: 40_000 });
    expect(book.qty('BTCUSDT')).toBe(0.25);
    const { code, stdout, stderr } = await place.sapphire([...words, '--yes'], { env });
    expect(stderr).not.toContain(DEMO_KEY.slice(2));
    expect(stdout).toContain('FLAT, says the venue');
    expect(stdout).toContain('found      1 orders, 1 positions');
    expect(code).toBe(0);
    expect(book.qty('BTCUSDT')).toBe(0);
    expect(book.open()).toEqual([]);
    const again = await place.sapphire([...words, '--yes', '--json'], { env });
    expect(JSON.parse(again.stdout)).toMatchObject({ isFlat: true, positionsClosed: 0 });
  });
});
