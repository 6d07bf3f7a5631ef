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
/** Steps that are all tried, and lives that are spread over those behind them. */
const FIRST_TRADE = 80;
const LIVES = 120;
/** Lives that are lived at a time: most of each is waiting. */
const AT_ONCE = 6;

interface Scene {
  readonly server: LocalVenue;
  readonly book: Book;
  readonly trader: Omit<TraderParts, 'killAt' | 'rowMs' | 'settleMs'>;
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
    async stop() {
      clearInterval(moving);
      await server.stop();
    },
  };
}

function run({ trader }: Scene, killAt: number): Promise<Ended> {
  const settleMs = LONG && killAt === 0 ? PROVEN_MS : 1500;
  const env = { PATH: process.env['PATH'], HOME: here.root };
  const child = spawn(process.execPath, [TRADER], {
    env: {
      ...env,
      TRADER: JSON.stringify({ ...trader, killAt, settleMs, rowMs: LONG ? 800 : 150 }),
    },
  });
  return ended(child);
}

/** Everything that is broken when it has come to its end. */
function broken({ book, trader }: Scene, last: { held: number }): string[] {
  const found: string[] = [];
  const byOrder = Map.groupBy(book.log, ({ clientId }) => clientId);
  for (const [id, orders] of byOrder) {
    const entries = orders.filter(({ reduceOnly }) => !reduceOnly);
    if (entries.length > 1) found.push(`${id} was taken ${entries.length} times`);
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
  // Where there was time to find out what became of everything, a position has its stop.
  const stops = book.open().filter(({ reduceOnly }) => reduceOnly);
  const covered = stops.reduce((sum, { qty }) => sum + qty, 0);
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
    const { code, stdout, stderr } = await run(one, 0);
    expect({ code, stderr }, `kills ${kills}`).toMatchObject({ code: 0 });
    expect((stdout + stderr).toLowerCase()).not.toContain(DEMO_KEY.slice(2));
    const last = JSON.parse(stdout);
    expect(broken(one, last), `kills ${kills} at ${venue}`).toEqual([]);
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
      // Every step of the first trade, and so many of the rest that it ends within the hour.
      const each = Math.max(1, Math.ceil((steps - FIRST_TRADE) / LIVES));
      const kills = Array.from({ length: steps }, (_, k) => k + 1).filter((n) => {
        return n <= FIRST_TRADE || (n - FIRST_TRADE) % each === 0;
      });
      let [died, next] = [0, 0];
      const line = async () => {
        for (let k = next++; k < kills.length; k = next++) {
          const { ends } = await dying(venue, [kills[k]!]);
          if (ends[0] === 'SIGKILL') died++;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, line));
      console.log(`${venue}: ${kills.length} of ${steps} steps, died at ${died}`);
      expect(died).toBeGreaterThan(0.7 * kills.length);
    },
    3_600_000,
  );
});
