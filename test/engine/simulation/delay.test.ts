// What takes time: news of a close, our messages, the venue's answers. One-minute candles.

import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { eachRow, FREE, inputOf, targets } from '../../support/run.ts';
import { HandVenue } from '../../support/venue.ts';

const minutes = (chart: string) => panelOf({ A: chart }, { intervalMs: MINUTE_MS });
const constant = (seconds: number) => ({ model: 'constant' as const, ms: seconds * 1000 });
const uniform = (from: number, to: number) => ({
  model: 'uniform' as const,
  ms: from * 1000,
  maxMs: to * 1000,
});
const entry = (seconds: number) => ({ latency: { entry: constant(seconds) } });
const at = (seconds: number) => START_MS + seconds * 1000;

describe('an order on its way', () => {
  const chart = '100 100/110/90/105 105';

  it('decided at a close meets the next candle where price may be when it arrives', () => {
    for (const [side, price] of [
      [1, 105],
      [-1, 95],
    ] as const) {
      const market = new HandVenue(minutes(chart), entry(30));
      market.rows(1);
      market.submit({ side });
      market.rows();
      // Half of the way from the open to the extreme that is bad for it.
      expect(market.fills[0]).toMatchObject({ row: 1, tsMs: at(90), price });
    }
  });

  it('meets the assumed path where one is assumed: half-way from high to low', () => {
    for (const path of ['ohlc', 'adaptive'] as const) {
      const market = new HandVenue(minutes(chart), { ...entry(30), fills: { path } });
      market.rows(1);
      market.submit();
      market.rows();
      expect(market.fills[0]!.price).toBeCloseTo(100, 9);
    }
  });

  it('for longer than a candle leaves out the candles in between', () => {
    const market = new HandVenue(minutes('100 1 1 100/120/80/100 100'), entry(150));
    market.rows(1);
    market.submit();
    expect(market.rows()).toEqual(['3: 1 filled 1 @ 110, 0 left']);
    expect(market.fills[0]!.tsMs).toBe(at(210));
  });

  it('that arrives with the close of a candle meets the open of the next', () => {
    const market = new HandVenue(minutes('100 50 70/70/70/70'), entry(60));
    market.rows(1);
    market.submit();
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 70, 0 left']);
  });

  it('a limit does not fill in the candle into which it came', () => {
    const market = new HandVenue(minutes('100 100/101/80/100 100/100/94/95'), entry(1));
    market.rows(1);
    market.submit({ type: 'limit', terms: { limitPrice: 95 } });
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 95, 0 left']);
  });

  it('a limit takes if it is marketable when it comes, and is refused if it must not', () => {
    const market = new HandVenue(minutes(chart), entry(30));
    market.rows(1);
    market.submit({ type: 'limit', terms: { limitPrice: 106 } });
    market.submit({ type: 'limit', terms: { limitPrice: 104 } });
    market.submit({ type: 'limit', terms: { limitPrice: 106, postOnly: true } });
    expect(market.rows(1)).toEqual(['1: 1 filled 1 @ 105, 0 left', '1: 3 rejected would-cross']);
  });

  it('a take-profit does not profit from what came before it', () => {
    for (const path of ['pessimistic', 'ohlc'] as const) {
      const panel = minutes('100 100 100/130/99/100 100/130/99/100');
      const market = new HandVenue(panel, { ...entry(30), fills: { path } });
      market.submit();
      market.rows(2);
      const takes = { side: -1, reduceOnly: true, type: 'take-profit-market' } as const;
      market.submit({ ...takes, triggerPrice: 120 });
      expect(market.rows(1)).toEqual([]);
      expect(market.rows(1)).toEqual(['3: 2 filled -1 @ 120, 0 left']);
    }
  });

  it('a stop that is late sells where price is by then, not at the open', () => {
    const market = new HandVenue(minutes('100 100 94/95/90/92 92'), entry(30));
    market.submit();
    market.rows(2);
    market.submit({ side: -1, reduceOnly: true, type: 'stop-market', triggerPrice: 95 });
    expect(market.rows()).toEqual(['2: 2 filled -1 @ 92, 0 left']);
  });

  it('a stop that is late may be hit in the candle into which it came', () => {
    const market = new HandVenue(minutes('100 100 100/101/94/100 100'), entry(30));
    market.submit();
    market.rows(2);
    market.submit({ side: -1, reduceOnly: true, type: 'stop-market', triggerPrice: 95 });
    expect(market.rows()).toEqual(['2: 2 filled -1 @ 95, 0 left']);
  });

  it('may be held back on purpose, without any latency', () => {
    const market = new HandVenue(minutes(chart));
    market.rows(1);
    market.submit({ sendMs: at(90) });
    market.submit({ type: 'stop-market', triggerPrice: 108, sendMs: at(150) });
    market.rows();
    expect(market.fills.map(({ tsMs, price }) => [tsMs, price])).toEqual([[at(90), 105]]);
  });
});

describe('a cancel on its way', () => {
  it('loses to a fill', () => {
    const market = new HandVenue(minutes('100 100 100/100/90/95'), entry(30));
    const order = market.submit({ type: 'limit', terms: { limitPrice: 95 } });
    market.rows(2);
    market.cancel(order);
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 95, 0 left']);
  });

  it('is known at the close of the candle into which it came, and then holds', () => {
    const market = new HandVenue(minutes('100 100 100 100/100/90/95'), entry(30));
    const order = market.submit({ type: 'limit', terms: { limitPrice: 95 } });
    market.rows(2);
    market.cancel(order);
    expect(market.rows()).toEqual(['2: 1 cancelled']);
  });

  it('reaches the venue through a hole', () => {
    const market = new HandVenue(minutes('100 100 - - 100/100/90/95'), entry(30));
    const order = market.submit({ type: 'limit', terms: { limitPrice: 95 } });
    market.rows(2);
    market.cancel(order);
    expect(market.rows()).toEqual(['2: 1 cancelled']);
  });

  it('never overtakes the order that it is for', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const latency = { latency: { entry: uniform(1, 200) } };
      const market = new HandVenue(minutes('100x12'), latency, seed);
      const order = market.submit();
      market.cancel(order);
      market.rows();
      expect(['filled', 'cancelled']).toContain(order.status);
    }
  });
});

describe('an amendment on its way', () => {
  it('leaves the old price in force until it is there', () => {
    const market = new HandVenue(minutes('100 100 100/100/90/95 95/95/84/85'), entry(30));
    const order = market.submit({ type: 'limit', terms: { limitPrice: 95 } });
    market.rows(2);
    market.amend(order, 1, 85);
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 95, 0 left']);
    const calm = new HandVenue(minutes('100 100 100/100/96/99 99/99/84/85'), entry(30));
    const other = calm.submit({ type: 'limit', terms: { limitPrice: 95 } });
    calm.rows(2);
    calm.amend(other, 1, 85);
    expect(calm.rows()).toEqual(['2: 1 amended 1 @ 85', '3: 1 filled 1 @ 85, 0 left']);
  });
});

describe('an answer on its way', () => {
  it('is not known before it arrives, whatever the venue holds by then', () => {
    const market = new HandVenue(minutes('100x6'), { latency: { response: constant(90) } });
    market.rows(1);
    market.submit();
    market.rows(1);
    expect(market.venue.accounts.positions[0]!.qty).toBe(1);
    expect(market.portfolio.positions[0]!.qty).toBe(0);
    // Filled at 60 s, heard of at 150 s.
    expect(market.rows(1)).toEqual(['2: 1 filled 1 @ 100, 0 left']);
    expect(market.fills[0]!.tsMs).toBe(at(150));
  });

  it('keeps a run from deciding on it: the order is pending meanwhile', () => {
    const given = { ...FREE, world: { ...FREE.world, latency: { response: constant(90) } } };
    const input = inputOf(minutes('100x6'), [targets('1')], given);
    const seen: [boolean, number][] = [];
    eachRow(input, (kernel) => {
      seen.push([kernel.desk.isPending(0), kernel.portfolio.positions[0]!.qty]);
    });
    expect(seen).toEqual([
      [true, 0],
      [true, 0],
      [false, 100],
      [false, 100],
      [false, 100],
      [false, 100],
    ]);
  });

  it('never overtakes another: parts of a fill arrive in order, however long each takes', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const market = new HandVenue(
        minutes('100@40x8 100@40x8'),
        { latency: { response: uniform(0, 300) }, fills: { volumeShare: 0.1 } },
        seed,
      );
      const order = market.submit({ qty: 10 });
      market.rows();
      expect(market.fills.map(({ leavesQty }) => leavesQty)).toEqual([6, 2, 0]);
      expect(order.status).toBe('filled');
    }
  });
});

describe('chance', () => {
  const tsMs = (seed: number, latency: object) => {
    const market = new HandVenue(minutes('100x12'), { latency }, seed);
    market.rows(1);
    for (let k = 0; k < 3; k++) market.submit();
    market.rows();
    return market.fills.map((fill) => fill.tsMs);
  };

  it('is seeded, within its bounds, and keeps the order of messages', () => {
    const latency = { entry: uniform(5, 200) };
    expect(tsMs(1, latency)).toEqual(tsMs(1, latency));
    expect(tsMs(2, latency)).not.toEqual(tsMs(1, latency));
    for (let seed = 1; seed < 50; seed++) {
      const times = tsMs(seed, latency);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      for (const ms of times) {
        expect(ms).toBeGreaterThanOrEqual(at(65));
        expect(ms).toBeLessThanOrEqual(at(260));
      }
    }
  });

  it('delays news of a close once for all that is decided on it', () => {
    for (let seed = 1; seed < 20; seed++) {
      expect(new Set(tsMs(seed, { feed: uniform(5, 50) })).size).toBe(1);
    }
  });

  it('draws from measured values where there are some', () => {
    const entry = { model: 'empirical' as const, samples: [7000, 7000, 7000] };
    expect(tsMs(3, { entry })).toEqual([at(67), at(67), at(67)]);
  });
});
