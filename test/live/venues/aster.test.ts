// What is Aster's own: nonces at the server, the listen key, countdowns, pages of fills, accounts that
// cannot be traded.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { openAsterClient } from '../../../live/venues/aster/client.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import type { AsterAccount } from '../../support/venues/aster-account.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { ASTER_SIGNER, ASTER_USER, COMMON, DEMO_KEY, isUp, tapeOf, wish } from './rig.ts';

describe('a client of Aster', () => {
  let server: LocalVenue;
  let account: AsterAccount;
  let folder: string;
  const clients: VenueClient[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-aster-'));
    const symbols = { BTCUSDT: {}, ETHUSDT: {} };
    const about = { user: ASTER_USER, signer: ASTER_SIGNER };
    ({ server, account } = await startAsterAccount({ symbols }, about));
    account.book.setPrice('BTCUSDT', 50_000);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(change: object = {}) {
    const tape = tapeOf();
    const keys = { kind: 'v3', user: ASTER_USER, privateKey: new Secret(DEMO_KEY) } as const;
    const client = openAsterClient({
      ...COMMON,
      keys,
      symbols: ['BTCUSDT'],
      hosts: server.hosts,
      tell: tape.tell,
      stateFolder: folder,
      ...change,
    });
    clients.push(client);
    return { client, ...tape, btc: 'BTCUSDT' };
  }

  it('signs with rising nonces, over a restart too', async () => {
    const first = open();
    await first.client.connect();
    await first.client.close();
    const second = open();
    await second.client.connect();
    const { taken } = account.auth;
    expect(taken.length).toBeGreaterThan(8);
    expect(taken).toEqual([...taken].sort((a, b) => a - b));
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('has its signer to itself; whoever must flatten comes in all the same', async () => {
    const session = open();
    await session.client.connect();
    expect(() => open()).toThrow(/must have one writer/);
    const rescue = open({ stateFolder: null });
    await rescue.client.connect();
    expect(await rescue.client.cancelAll('BTCUSDT')).toMatchObject({ kind: 'accepted' });
  });

  it('is refused at an account in hedge mode', async () => {
    account.isHedged = true;
    await expect(open().client.connect()).rejects.toThrow(InputError);
    await expect(open({ stateFolder: null }).client.connect()).rejects.toThrow(/one-way mode/);
    expect(server.requests.some(({ path }) => path.endsWith('/listenKey'))).toBe(false);
  });

  it('sets its time by the venue when its own is wrong by an hour', async () => {
    const ahead = { ...COMMON.clock, nowMs: () => Date.now() + 3_600_000 };
    const rig = open({ clock: ahead });
    const { skewMs } = await rig.client.connect();
    expect(skewMs).toBeGreaterThan(-3_601_000);
    expect(skewMs).toBeLessThan(-3_599_000);
    expect(await rig.client.submit(wish(rig))).toMatchObject({ kind: 'accepted' });
  });

  it('goes on with a new key when the old one has ended', async () => {
    const rig = open();
    await rig.client.connect();
    account.expireKey();
    const down = await rig.told((event) => event.kind === 'stream' && !event.isUp && event);
    expect(down).toMatchObject({ text: 'the venue ended its key' });
    await rig.told(() => rig.events.filter(isUp).length === 2 && true);
    await rig.client.submit(wish(rig));
    await rig.told((event) => event.kind === 'fill' && event);
  });

  it('shows its listen key in nothing that it tells', async () => {
    const rig = open();
    await rig.client.connect();
    server.drop();
    server.refuse(true);
    await rig.told((event) => event.kind === 'stream' && !event.isUp && event);
    server.say('{"e":"x"}');
    server.refuse(false);
    await rig.told(() => rig.events.filter(isUp).length === 2 && true);
    server.say(`{"e":"listen-1-${'k'.repeat(40)}"}`);
    await rig.told((event) => event.kind === 'complaint' && event);
    expect(JSON.stringify(rig.events)).not.toContain('kkkkkkkk');
  });

  it("arms the venue's countdown for one symbol, and disarms it", async () => {
    const rig = open();
    await rig.client.connect();
    expect(await rig.client.deadMan('BTCUSDT', 120_000)).toMatchObject({ kind: 'accepted' });
    expect([...account.countdowns.keys()]).toEqual(['BTCUSDT']);
    await rig.client.deadMan('BTCUSDT', 0);
    expect(account.countdowns.size).toBe(0);
    expect(rig.client.capabilities.deadMan).toMatchObject({ scope: 'symbol', takesStops: true });
  });

  it("knows the account's own fees and leverage", async () => {
    const rig = open();
    const [btc] = await rig.client.instruments(['BTCUSDT']);
    expect(btc).toMatchObject({ makerFeeBps: 1, takerFeeBps: 3.5, maxLeverage: 75, tickSize: 0.1 });
    const set = await rig.client.setMargin('BTCUSDT', { mode: 'isolated', leverage: 5 });
    expect(set).toMatchObject({ kind: 'accepted' });
    expect(account.leverages.get('BTCUSDT')).toBe(5);
    expect(account.isolated).toEqual(new Set(['BTCUSDT']));
    // What is so already is no error.
    const again = await rig.client.setMargin('BTCUSDT', { mode: 'isolated', leverage: 5 });
    expect(again).toMatchObject({ kind: 'accepted' });
  });

  it('reads more fills than one page, and over weeks', async () => {
    const rig = open();
    await rig.client.connect();
    for (let k = 0; k < 1100; k++) {
      account.book.place({
        clientId: null,
        symbol: 'BTCUSDT',
        side: k % 2 === 0 ? 1 : -1,
        type: 'market',
        qty: 0.001,
        price: Number.NaN,
        trigger: Number.NaN,
        trailFraction: Number.NaN,
        tif: 'gtc',
        reduceOnly: false,
      });
    }
    const fills = await rig.client.fills('BTCUSDT', Date.now() - 20 * 86_400_000);
    expect(fills).toHaveLength(1100);
    expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(1100);
  });

  it('keeps room for cancels when the orders of a minute are used up', async () => {
    const rig = open();
    await rig.client.connect();
    const codes: string[] = [];
    for (let k = 0; k < 260; k++) {
      const outcome = await rig.client.submit(wish(rig, { type: 'limit', limitPrice: 40_000 }));
      if (outcome.kind === 'refused') codes.push(outcome.code);
    }
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['throttled']));
    expect(await rig.client.cancelAll('BTCUSDT')).toMatchObject({ kind: 'accepted' });
    expect(account.book.open()).toEqual([]);
    expect(server.requests.every(({ status }) => status !== 429)).toBe(true);
  });
});
