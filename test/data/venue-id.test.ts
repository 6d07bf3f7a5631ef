// One id for one venue: history under any of its names and a live feed are the same market.

import { describe, expect, it } from 'vitest';
import { withVenueIds as configWithIds } from '../../bin/venue-ids.ts';
import { openStore } from '../../data/store.ts';
import { venueId } from '../../data/venue-id.ts';
import { openAster } from '../../data/venues/aster/venue.ts';
import { openHyperliquid } from '../../data/venues/hyperliquid/venue.ts';
import { publicVenue } from '../../data/venues/list.ts';
import type { Config } from '../../engine/config/schema.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { VirtualPace } from '../support/venues/pace.ts';
import { ALL, candles, freshStore, from, sql } from './store-room.ts';

const TARGET = { symbol: 'BTCUSDC', interval: '1m' };

describe('a venue by any of its names', () => {
  it('is one in the store, and its live feed is called the same', async () => {
    const { path, store } = await freshStore();
    const source = from('a');
    await store.writeCandles({ ...TARGET, venue: 'hyperliquid-perp' }, candles(0, 5), source);
    await store.writeCandles({ ...TARGET, venue: 'hyperliquid' }, candles(5, 5), source);
    const live = openHyperliquid({ pace: new VirtualPace(0) }).id;
    const rows = await store.datasets();
    expect(rows.map(({ venue, rows: count }) => [venue, count])).toEqual([[live, 10]]);
    for (const name of ['hyperliquid-perp', 'hyperliquid']) {
      const read = await store.readCandles(name, 'BTCUSDC', MINUTE_MS, ...ALL);
      expect(read.openMs).toHaveLength(10);
      expect((await store.instrument(name, 'BTCUSDC')).venue).toBe(live);
    }
    store.close();
    expect((await sql(path, 'SELECT venue FROM dataset'))[0]).toEqual([live]);
    expect(venueId('aster-perp')).toBe(openAster({ pace: new VirtualPace(0) }).id);
    expect(publicVenue('hyperliquid-perp')).toBe(publicVenue('hyperliquid'));
  });

  it('is found in a store of before, which goes on under the id', async () => {
    const { path, store } = await freshStore();
    const source = from('a');
    await store.writeCandles({ ...TARGET, venue: 'elsewhere' }, candles(0, 5), source);
    const rules = await store.instrument('elsewhere', 'BTCUSDC');
    await store.writeInstrument({ ...rules, lotSize: 0.125, source: 'venue' });
    store.close();
    for (const table of ['dataset', 'instrument']) {
      await sql(path, `UPDATE ${table} SET venue = 'hyperliquid-perp'`);
    }
    const old = await openStore(path, { write: true });
    const [before] = await old.datasets();
    expect(before).toMatchObject({ venue: 'hyperliquid', rows: 5 });
    expect(await old.instrument('hyperliquid', 'BTCUSDC')).toMatchObject({ lotSize: 0.125 });
    await old.writeCandles({ ...TARGET, venue: 'hyperliquid' }, candles(3, 5), source);
    expect((await old.datasets()).map(({ rows }) => rows)).toEqual([8]);
    old.close();
  });

  it('is one in a config, and is refused when it is given twice', () => {
    const world = (venues: Record<string, unknown>) =>
      ({
        venue: 'binance-usdm',
        fallbacks: ['hyperliquid-perp'],
        venues,
        outages: { listed: { june: { venue: 'hyperliquid-perp' } } },
      }) as unknown as Config['world'];
    const merged = (venues: Record<string, unknown>) => ({
      config: { world: world(venues) } as Config,
      origins: new Map([['world.venues.hyperliquid-perp.cashUsd', 'flag --set']]),
    });
    const { config, origins } = configWithIds(merged({ 'hyperliquid-perp': { cashUsd: 1 } }));
    expect(config.world).toMatchObject({
      venue: 'binance-usdm',
      fallbacks: ['hyperliquid'],
      venues: { hyperliquid: { cashUsd: 1 } },
      outages: { listed: { june: { venue: 'hyperliquid' } } },
    });
    expect([...origins.keys()]).toEqual(['world.venues.hyperliquid.cashUsd']);
    expect(() => configWithIds(merged({ hyperliquid: {}, 'hyperliquid-perp': {} }))).toThrow(
      /world.venues: must name hyperliquid once/,
    );
  });
});
