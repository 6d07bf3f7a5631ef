// kill -9 between send and answer, and at every other step of a session that trades: real processes, a
// real journal, real clients, a local venue. However often it dies: no order twice, no fill lost, and in
// the end it holds what the venue says.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { random } from '../../../engine/random.ts';
import { readFolder } from '../../../live/journal/folder.ts';
import { type Ended, ended, filesBelow, room } from '../../support/cli.ts';
import { lastLines } from '../../support/journal.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import type { Book } from '../../support/venues/book.ts';
import { startHyperliquidAccount } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from '../venues/rig.ts';
import type { TraderParts } from './trader.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const TRADER = fileURLToPath(new URL('./trader.ts', import.meta.url));
const here = room('kill-orders');
afterAll(() => here.remove());

/** In and out and round again, so that every kind of order is under way at some time. */
const SCRIPT = '. b.9 . s.9 . b.9 . . s.9 b.9 . s.9';
const ORDER_MS = 25;
/** After so long silence proves, at either venue, that an order is not there; and a little more. */
const PROVEN_MS = 28_000;
const LAST_WORD = 'no more rows';
/** Mostly, what was begun has ended after so long. */
const SETTLE_MS = LONG ? 2000 : 800;
const PACE = LONG
  ? { rowMs: 500, patienceMs: 120_000, requestLifeMs: null }
  : { rowMs: 150, patienceMs: 0, requestLifeMs: 4000 };
/** Lives that are lived at a time: most of each is waiting. */
const AT_ONCE = 6;

interface Scene {
  readonly server: LocalVenue;
  readonly book: Book;
  readonly trader: Omit<TraderParts, 'killAt' | 'settleMs' | 'lastWord' | keyof typeof PACE>;
  /** Prices move no more: what a session holds when it ends is what it held when it was last told. */
  still(): void;
  stop(): Promise<void>;
}

async function scene(venue: TraderParts['venue']): Promise<Scene> {
  const lots = { tickSize: 0.1, lotSize: 0.001 };
  const symbol = venue === 'aster' ? 'BTCUSDT' : 'BTCUSDC';
  const started =
    venue === 'aster'
      ? await startAsterAccount(
          { symbols: { [symbol]: lots } },
          { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's', wallet: 10_000 },
        )
      : await startHyperliquidAccount(
          { symbols: { [symbol]: { lotSize: 0.001 } } },
          { user: ASTER_USER, agents: [ASTER_SIGNER], wallet: 10_000 },
        );
  const { server } = started;
  const { book } = started.account;
  book.setPrice(symbol, 50_000);
  // Every write is answered late enough to die in between.
  const path = venue === 'aster' ? '/fapi/v3/order' : '/exchange';
  server.fail({ kind: 'slow', ms: ORDER_MS }, 100_000, `POST ${path}`);
  server.fail({ kind: 'slow', ms: ORDER_MS }, 100_000, `DELETE ${path}`);
  const draw = random(1, 'prices');
  const moving = setInterval(() => {
    book.setPrice(symbol, Math.round(500_000 * (1 + (draw() - 0.5) * 0.012)) / 10);
  }, 40);
  const secrets =
    venue === 'aster'
      ? { ASTER_USER, ASTER_PRIVATE_KEY: DEMO_KEY }
      : { HYPERLIQUID_ACCOUNT: ASTER_USER, HYPERLIQUID_PRIVATE_KEY: DEMO_KEY };
  return {
    server,
    book,
    trader: {
      venue,
      symbol,
      hosts: server.hosts,
      secrets,
      folder: here.folder(),
      startMs: Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS,
      script: SCRIPT,
    },
    still: () => clearInterval(moving),
    async stop() {
      clearInterval(moving);
      await server.stop();
    },
  };
}

/** One life. The last of them settles at prices that stand still. */
function run({ trader, still }: Scene, killAt: number, settleMs = SETTLE_MS): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    HOME: here.root,
    NODE_COMPILE_CACHE: here.at('modules'),
  };
  const child = spawn(process.execPath, [TRADER], {
    env: {
      ...env,
      TRADER: JSON.stringify({ ...trader, ...PACE, killAt, settleMs, lastWord: LAST_WORD }),
    },
  });
  child.stderr.on('data', (bytes) => {
    if (killAt === 0 && String(bytes).includes(LAST_WORD)) still();
  });
  return ended(child);
}

/** Everything that is broken when it has come to its end. */
function broken({ book, trader }: Scene, last: { held: number }): string[] {
  const found: string[] = [];
  const byOrder = Map.groupBy(book.log, ({ clientId }) => clientId);
  for (const [id, orders] of byOrder) {
    if (orders.length > 1) found.push(`${id} was taken ${orders.length} times`);
  }
  const told = new Map<string, number>();
  for (const line of readFolder(trader.folder)) {
    if (line.kind !== 'in' || !('tradeId' in line.event)) continue;
    const tradeId = line.event.tradeId.replace(/^.*:/, '');
    told.set(tradeId, (told.get(tradeId) ?? 0) + 1);
  }
  for (const { id } of book.fills) {
    const times = told.get(String(id)) ?? 0;
    if (times !== 1) found.push(`fill ${id} is in the journal ${times} times`);
  }
  if (told.size !== book.fills.length) found.push(`${told.size} fills of ${book.fills.length}`);
  const theirs = book.qty(trader.symbol);
  if (Math.abs(theirs - last.held) > 1e-9) found.push(`the venue has ${theirs}, we ${last.held}`);
  const stops = book.open().filter(({ reduceOnly }) => reduceOnly);
  const covered = stops.reduce((sum, { qty }) => sum + qty, 0);
  // To know that every order that was on its way is not there takes half a minute.
  if (LONG && Math.abs(covered - Math.abs(theirs)) > 1e-9)
    found.push(`${theirs} has stops of ${covered}`);
  for (const file of filesBelow(trader.folder)) {
    const text = readFileSync(join(trader.folder, file), 'latin1').toLowerCase();
    if (text.includes(DEMO_KEY.slice(2).toLowerCase())) found.push(`the key stands in ${file}`);
  }
  const loose = book.open().filter(({ reduceOnly }) => !reduceOnly);
  if (loose.length > 0) found.push(`${loose.length} entries rest`);
  return found;
}

/** A life to its end. */
async function whole(one: Scene, settleMs = SETTLE_MS) {
  const { code, stdout, stderr } = await run(one, 0, settleMs);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect((stdout + stderr).toLowerCase()).not.toContain(DEMO_KEY.slice(2));
  return JSON.parse(stdout);
}

/** What happened, for whoever has to find out why. */
function storyOf({ book, trader }: Scene, kills: readonly number[]): string {
  const orders = book.log.map((order) => JSON.stringify(order));
  const fills = book.fills.map(({ order, ...fill }) => JSON.stringify({ ...fill, of: order.id }));
  const told = lastLines(trader.folder, 200);
  return [`kills ${kills} at ${trader.venue}`, ...orders, ...fills, told].join('\n');
}

/** Dies at each of these steps of its lives, then comes to its end. */
async function dying(venue: TraderParts['venue'], kills: readonly number[]) {
  const one = await scene(venue);
  try {
    const ends: string[] = [];
    for (const killAt of kills) {
      const { code, stderr } = await run(one, killAt);
      // A life that ends before its step was a whole one.
      if (code !== 'SIGKILL' && code !== 0) throw new Error(`${code}: ${stderr}`);
      ends.push(String(code));
    }
    let last = await whole(one);
    // Whether an order that was on its way will ever be there takes time to be known.
    if (broken(one, last).length > 0) last = await whole(one, PROVEN_MS);
    const found = broken(one, last);
    expect(found, found.length > 0 ? storyOf(one, kills) : '').toEqual([]);
    return { ends, steps: last.steps as number, fills: one.book.fills.length };
  } finally {
    await one.stop();
    await sleep(0);
  }
}

describe('a session that trades', () => {
  it('dies and comes back, and nothing is doubled or lost', async () => {
    // In the middle of its first trade, and again while it finds out what became of it.
    const { ends, fills } = await dying('aster', [27, 6]);
    expect(ends).toContain('SIGKILL');
    expect(fills).toBeGreaterThan(0);
  }, 120_000);

  it.runIf(LONG).each(['aster', 'hyperliquid'] as const)(
    'dies at every step of its life at %s',
    async (venue) => {
      const { steps } = await dying(venue, []);
      expect(steps).toBeGreaterThan(30);
      let [died, lives, next] = [0, 0, 1];
      const line = async () => {
        for (let step = next++; step <= steps; step = next++) {
          const { ends } = await dying(venue, [step]);
          lives++;
          if (ends[0] === 'SIGKILL') died++;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, line));
      console.log(`${venue}: ${lives} lives for ${steps} steps, ${died} of them died there`);
      // Prices draw how long a life is: some end before their step.
      expect(died).toBeGreaterThan(0.7 * steps);
    },
    3_600_000,
  );
});
