// Candles of a finer interval inside a row: what came first is known, where they are stored.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { buildPanel } from '../../../engine/market/panel.ts';
import { candles, instrumentOf, START_MS } from '../../support/market.ts';
import { HandVenue } from '../../support/venue.ts';

describe('a row with finer candles', () => {
  const finerPanel = (base: string, ...quarters: (string | null)[]) => {
    const rows = quarters.map((chart, row) =>
      chart === null
        ? []
        : [candles(chart, { intervalMs: HOUR_MS / 4, startMs: START_MS + row * HOUR_MS })],
    );
    const all = rows.flat();
    const column = (name: 'openMs' | 'open' | 'high' | 'low' | 'close' | 'volume') =>
      Float64Array.from(all.flatMap((one) => Array.from(one[name])));
    const finer = {
      openMs: column('openMs'),
      open: column('open'),
      high: column('high'),
      low: column('low'),
      close: column('close'),
      volume: column('volume'),
    };
    const given = { instrument: instrumentOf('A'), candles: candles(base) };
    return buildPanel([all.length > 0 ? { ...given, finer } : given], HOUR_MS, 60);
  };
  const FINER = { fills: { path: 'finer' as const } };
  const bracketed = (panel: ReturnType<typeof finerPanel>) => {
    const market = new HandVenue(panel, FINER);
    market.submit();
    const ends = { side: -1, reduceOnly: true, terms: { ocoGroup: 1 } } as const;
    market.submit({ ...ends, type: 'stop-market', triggerPrice: 95 });
    market.submit({ ...ends, type: 'limit', terms: { ocoGroup: 1, limitPrice: 110 } });
    return market.rows();
  };

  it('knows what came first', () => {
    const wide = '100 100/112/90/100 100';
    const flat = '100 100 100 100';
    const up = '100 100/112/100/105 105/105/90/92 100';
    const down = '100 100/101/90/92 92/112/92/105 100';
    expect(bracketed(finerPanel(wide, flat, up, flat))).toContain('1: 3 filled -1 @ 110, 0 left');
    expect(bracketed(finerPanel(wide, flat, down, flat))).toContain('1: 2 filled -1 @ 95, 0 left');
  });

  it('falls back on the row’s own candle where nothing finer is stored', () => {
    const base = '100 100 100/101/90/95 95';
    for (const panel of [
      finerPanel(base, '100 100 100 100', '100 100 100 100', null, '95 95 95 95'),
      finerPanel(base),
    ]) {
      expect(bracketed(panel)).toContain('2: 2 filled -1 @ 95, 0 left');
    }
  });

  it('meets an order that is late at the candle into which it comes', () => {
    const quarters = '100 100 70/70/70/70 60/60/60/60';
    const latency = { entry: { model: 'constant' as const, ms: HOUR_MS / 2 } };
    const market = new HandVenue(finerPanel('100', quarters), { ...FINER, latency });
    market.submit();
    market.rows();
    expect(market.fills[0]).toMatchObject({ price: 70, tsMs: START_MS + HOUR_MS / 2 });
  });
});
