// A hole is a candle that is not there: orders wait, nothing trades or is decided, marks stand.

import { describe, expect, it } from 'vitest';
import { instrumentOf, panelOf } from '../support/market.ts';
import {
  equityOf,
  FREE,
  fillTexts,
  freeWith,
  runOf,
  staking,
  targets,
  voter,
  withFunding,
} from '../support/run.ts';

describe('in a hole', () => {
  it('orders wait for the next candle and fill at its open', () => {
    const run = runOf(panelOf({ A: '100 - - 120/125/119/121 122' }), [targets('1')], FREE);
    expect(fillTexts(run)).toEqual(['3: 100 @ 120']);
  });

  it('no stop is hit, and after it the gap fills at the open', () => {
    const given = freeWith({ trailingStop: { enabled: true, buffer: 0.05 } });
    const run = runOf(panelOf({ A: '100 100 - 80/81/79/80' }), [targets('1')], given);
    expect(fillTexts(run)[1]).toBe('3: -100 @ 80');
  });

  it('nobody is asked', () => {
    const asked: string[] = [];
    const spy = voter('spy', '', {});
    const asks = {
      ...spy,
      analyze: ({ symbol, i }: { symbol: string; i: number }) => {
        asked.push(`${symbol}${i}`);
        return null;
      },
    };
    const { kernel } = runOf(panelOf({ A: '100 - 100', B: '- 50 50' }), [asks], FREE);
    expect(asked).toEqual(['A0', 'B1', 'A2', 'B2']);
    expect(kernel.decider.funnel.candles).toBe(4);
  });

  it('a position is marked at its last price', () => {
    const run = runOf(
      panelOf({ A: '100 100 110 - - 120', B: '50x6' }),
      [targets({ A: '1' })],
      FREE,
    );
    expect(equityOf(run)).toEqual([10_000, 10_000, 11_000, 11_000, 11_000, 12_000]);
  });

  it('funding is charged on the last price', () => {
    const panel = withFunding(panelOf({ A: '100 100 110 - 120', B: '50x5' }), { A: [[3, 0.01]] });
    const run = runOf(panel, [targets({ A: '1' })], FREE);
    expect(run.kernel.fundingLog).toEqual([0, 3, -110]);
  });

  it('indicators keep their state, and a leg stays warm', () => {
    const slow = voter('slow', 'h h h h h h', { warmupCandles: 3 });
    const run = runOf(panelOf({ A: '100 100 - - 100 100', B: '50x6' }), [slow], FREE);
    // A: its third candle is row 4; rows 4 and 5. B: rows 2 to 5.
    expect(run.kernel.seats[0]!.holds).toBe(2 + 4);
  });
});

describe('after a hole longer than maxHoleCandles', () => {
  it('a leg warms up again', () => {
    const slow = voter('slow', 'h h h h h h h h h h', { warmupCandles: 2 });
    const holds = (maxHoleCandles: number) =>
      runOf(
        panelOf({ A: '100 100 100 - - - 100 100 100 100', B: '50x10' }, { maxHoleCandles }),
        [
          {
            ...slow,
            analyze: (view, _) => (view.symbol === 'A' ? slow.analyze!(view, null) : null),
          },
        ],
        FREE,
      ).kernel.seats[0]!.holds;
    expect(holds(3)).toBe(6);
    expect(holds(2)).toBe(5);
  });

  it('entries with an ATR stop wait until the range is known again', () => {
    const given = staking(0.5, { atrStop: { enabled: true, period: 2, multiple: 5 } });
    const chart = '100/101/99/100x4 - - - 100/101/99/100x5';
    const panel = panelOf({ A: chart, B: '50x12' }, { maxHoleCandles: 2 });
    const run = runOf(panel, [voter('v', { A: '. . . . . . . b b b b' })], given);
    expect(run.kernel.desk.refusals.toRecord()).toMatchObject({ 'stop-not-ready': 2 });
    expect(fillTexts(run)).toEqual(['10: A 50 @ 100']);
  });
});

describe('a leg that is listed later', () => {
  it('is not marked, asked or traded before its first candle, and the others are', () => {
    const run = runOf(
      panelOf({ A: '100x5', B: '- - - 50x2' }),
      [targets({ A: '0.5', B: '0.5 0.5 0.5 0.5' })],
      FREE,
    );
    expect(fillTexts(run)).toEqual(['1: A 50 @ 100', '4: B 100 @ 50']);
    expect(equityOf(run).every((equity) => equity === 10_000)).toBe(true);
  });
});

describe('quantities in a world of coarse lots', () => {
  it('are rounded down, and one that rounds to nothing is refused', () => {
    const panel = panelOf({ A: '100x3', B: '6000x3' });
    const legs = panel.legs.map((leg, k) => ({
      ...leg,
      instrument: instrumentOf(k === 0 ? 'A' : 'B', { lotSize: 0.3 }),
    }));
    const run = runOf(Object.assign(panel, { legs }), [targets('0.1')], FREE);
    // 1,000 / 100 = 10 is 33 lots of 0.3; 1,000 / 6,000 is less than one.
    expect(fillTexts(run)).toEqual(['1: A 9.9 @ 100']);
    expect(run.kernel.desk.refusals.toRecord()['below-min-notional']).toBeGreaterThan(0);
  });
});
