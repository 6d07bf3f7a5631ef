// Stops: where they rest, when they move, and what they fill at where a candle is ambiguous.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { instrumentOf, panelOf } from '../support/market.ts';
import {
  eachRow,
  FREE,
  fillTexts,
  freeWith,
  inputOf,
  runOf,
  staking,
  targets,
  voter,
} from '../support/run.ts';

const CASES = new URL('../../../shared/cases/matching_fills_trailing.json', import.meta.url);
const here = existsSync(CASES);

const trailing = (buffer: number, step = 0) =>
  freeWith({ trailingStop: { enabled: true, buffer, step } });

/** Trigger of the resting stop after every row; NaN where none rests. */
function triggers(chart: string, script: string, given = trailing(0.05)): number[] {
  const seen: number[] = [];
  eachRow(inputOf(panelOf({ A: chart }), [targets(script)], given), (kernel) => {
    const { status, triggerPrice } = kernel.desk.log.columns;
    let last = Number.NaN;
    for (let k = 0; k < kernel.desk.log.length; k++) {
      if (status[k] === 1 && triggerPrice[k]! > 0) last = triggerPrice[k]!;
    }
    seen.push(last);
  });
  return seen;
}

describe('a stop', () => {
  it('fills at the open when the market gapped through it, long and short', () => {
    const long = runOf(panelOf({ A: '100 100 90/91/89/90' }), [targets('1')], trailing(0.05));
    expect(fillTexts(long)).toEqual(['1: 100 @ 100', '2: -100 @ 90']);
    const short = runOf(panelOf({ A: '100 100 112/113/111/112' }), [targets('-1')], trailing(0.05));
    expect(fillTexts(short)).toEqual(['1: -100 @ 100', '2: 100 @ 112']);
  });

  it('fills at its trigger when the candle opened on the safe side, long and short', () => {
    const long = runOf(panelOf({ A: '100 100 97/99/80/85' }), [targets('1')], trailing(0.05));
    expect(fillTexts(long)[1]).toBe('2: -100 @ 95');
    const short = runOf(panelOf({ A: '100 100 103/120/101/115' }), [targets('-1')], trailing(0.05));
    expect(fillTexts(short)[1]).toBe('2: 100 @ 105');
  });

  it('is hit by a touch', () => {
    const run = runOf(panelOf({ A: '100 100 97/99/95/97' }), [targets('1')], trailing(0.05));
    expect(fillTexts(run)[1]).toBe('2: -100 @ 95');
  });

  it('pays slippage and the taker fee like any market order', () => {
    const given = { ...trailing(0.05), world: { takerFeeBps: 10, slippageBps: 100 } };
    const run = runOf(panelOf({ A: '100 100 100/100/90/92' }), [targets('0.5')], given);
    // Bought 50 (decided at 100) at 101; the stop rests at 101 x 0.95 = 95.95, sold at 94.9905.
    expect(fillTexts(run)).toEqual(['1: 50 @ 101', '2: -50 @ 94.9905']);
    const { feeUsd, slippageUsd } = run.kernel.fills.columns;
    expect(feeUsd[1]).toBeCloseTo(50 * 94.9905 * 0.001, 9);
    expect(slippageUsd[1]).toBeCloseTo(50 * 0.9595, 9);
  });

  it('rests at so many average true ranges from the fill', () => {
    // Every candle spans 2, so ATR(2) is 2; 1.5 of it under a fill at 100 is 97.
    const given = freeWith({ atrStop: { enabled: true, period: 2, multiple: 1.5 } });
    const chart = '100/101/99/100x4 100/101/96/100';
    const run = runOf(panelOf({ A: chart }), [targets('. . 1')], given);
    expect(fillTexts(run)).toEqual(['3: 100 @ 100', '4: -100 @ 97']);
  });

  it('refuses entries until the average true range it needs is warm', () => {
    const given = freeWith({ atrStop: { enabled: true, period: 3 } });
    const run = runOf(panelOf({ A: '100/101/99/100x6' }), [targets('1 1 1 1 1')], given);
    // ATR(3) is known with the fourth candle: rows 0, 1 and 2 are refused.
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'stop-not-ready': 3 });
    expect(fillTexts(run)).toEqual(['4: 100 @ 100']);
  });

  it('takes the average true range of the interval it is told', () => {
    // Candles of one hour span 2 or 8; every candle of four hours spans 8.
    const four = '100/101/99/100x3 100/104/96/100';
    const atrStop = { enabled: true, period: 2, multiple: 1, interval: '4h' };
    const seen = triggers(
      `${four} ${four} ${four} 100x2`,
      `${'. '.repeat(11)}1`,
      freeWith({ atrStop }),
    );
    expect(seen.at(-1)).toBeCloseTo(100 - 8, 9);
  });

  it('starts at the tighter of the two distances where both kinds are on', () => {
    const both = (buffer: number) =>
      freeWith({
        atrStop: { enabled: true, period: 2, multiple: 1 },
        trailingStop: { enabled: true, buffer, step: 0.5 },
      });
    const chart = '100/101/99/100x3 100x2';
    expect(triggers(chart, '. . 1', both(0.05)).at(-1)).toBe(98);
    expect(triggers(chart, '. . 1', both(0.01)).at(-1)).toBe(99);
  });

  it('sits on the tick grid', () => {
    const panel = panelOf({ A: '33.33x4' });
    const legs = panel.legs.map((leg) => ({
      ...leg,
      instrument: instrumentOf('A', { tickSize: 0.5 }),
    }));
    const run = runOf(Object.assign(panel, { legs }), [targets('1')], trailing(0.05));
    // 33.33 x 0.95 = 31.6635
    expect(run.kernel.desk.log.columns.triggerPrice[1]).toBe(31.5);
  });

  it('gives its name to the exit: stop at first, trailing-stop once it has moved', () => {
    const first = runOf(panelOf({ A: '100 100 90' }), [targets('1')], trailing(0.05));
    expect(first.kernel.trades.closed()[0]!.exitReason).toBe('stop');
    const moved = runOf(panelOf({ A: '100 100 110 100' }), [targets('1')], trailing(0.05));
    expect(moved.kernel.trades.closed()[0]!.exitReason).toBe('trailing-stop');
    expect(fillTexts(moved)[1]).toBe('3: -100 @ 104.5');
  });
});

describe('a trailing stop', () => {
  it('moves at closes only: a high inside the candle does not move it', () => {
    const chart = '100 100 100/120/100/104 104 104';
    expect(triggers(chart, '1')).toEqual([Number.NaN, 95, 98.8, 98.8, 98.8]);
  });

  it('is not touched in the candle whose close moved it, although the low is below the new place', () => {
    // Row 2 spans 96 to 110 and closes at 110: the stop of that row was still 95.
    const run = runOf(panelOf({ A: '100 100 100/110/96/110 110' }), [targets('1')], trailing(0.05));
    expect(fillTexts(run)).toEqual(['1: 100 @ 100']);
  });

  it('never moves against the position', () => {
    expect(triggers('100 100 110 106 108 105', '1')).toEqual([
      Number.NaN,
      95,
      104.5,
      104.5,
      104.5,
      104.5,
    ]);
    expect(triggers('100 100 90 94 92', '-1')).toEqual([Number.NaN, 105, 94.5, 94.5, 94.5]);
  });

  it('waits until the best close has gone a step beyond the one at which it was set', () => {
    // Step 2 %: 101 is not enough, 103 is; then 104 (0.97 % beyond 103) is not, 106 is.
    const seen = triggers('100 100 101 103 104 106', '1', trailing(0.05, 0.02));
    expect(seen).toEqual([Number.NaN, 95, 95, 97.85, 97.85, 100.7]);
  });

  it('moves on a step that is met exactly', () => {
    expect(triggers('100 100 125', '1', trailing(0.2, 0.25))).toEqual([Number.NaN, 80, 100]);
  });

  it('counts the step from where the stop was last set, not from a place it did not move to', () => {
    // ATR(2) x 0.25 = 0.5, so the first stop is at 99.5. A close of 100.4 would put a 1 % trail at
    // 99.396, which is no better; 100.55 is 0.55 % beyond the entry and puts it at 99.5445.
    const given = freeWith({
      atrStop: { enabled: true, period: 2, multiple: 0.25 },
      trailingStop: { enabled: true, buffer: 0.01, step: 0.002 },
    });
    const chart = '100/101/99/100x3 100/100/100/100 100/100.4/100/100.4 100.4/100.55/100.4/100.55';
    expect(triggers(chart, '. . 1', given).slice(3)).toEqual([99.5, 99.5, 99.54]);
  });

  it('submits the new stop before it cancels the old one, so that none is ever missing', () => {
    const intents: string[] = [];
    const resting: number[] = [];
    const input = inputOf(panelOf({ A: '100 100 110 120' }), [targets('1')], trailing(0.05));
    eachRow(
      input,
      ({ desk }) => {
        const status = Array.from(desk.log.columns.status.subarray(0, desk.log.length));
        resting.push(status.filter((code) => code === 1).length);
      },
      (tray, i) => {
        for (let k = 0; k < tray.length; k++) {
          const intent = tray.at(k);
          if (intent.kind === 'submit-order') intents.push(`${i}: ${intent.order.type}`);
          else if (intent.kind === 'cancel-order') intents.push(`${i}: cancel ${intent.orderId}`);
        }
      },
    );
    expect(intents).toEqual([
      '0: market',
      '0: stop-market',
      '2: stop-market',
      '2: cancel 2',
      '3: stop-market',
      '3: cancel 3',
    ]);
    // Row 0: the entry. From row 1 on: exactly one stop.
    expect(resting).toEqual([1, 1, 1, 1]);
  });

  it('stays through a hole', () => {
    expect(triggers('100 100 110 - - 108', '1')).toEqual([
      Number.NaN,
      95,
      104.5,
      104.5,
      104.5,
      104.5,
    ]);
    const run = runOf(panelOf({ A: '100 100 110 - 90/91/89/90' }), [targets('1')], trailing(0.05));
    expect(fillTexts(run)[1]).toBe('4: -100 @ 90');
  });

  it('widens over an addition, and shrinks with a reduction, without moving', () => {
    const quantities: number[][] = [];
    const input = inputOf(
      panelOf({ A: '100 100 100 100 100' }),
      [targets('0.2 0.5 0.1')],
      trailing(0.05, 0.4),
    );
    eachRow(input, (kernel) => {
      const { status, triggerPrice, qty } = kernel.desk.log.columns;
      const rows = Array.from({ length: kernel.desk.log.length }, (_, k) => k);
      const resting = rows.filter((k) => status[k] === 1 && triggerPrice[k]! > 0);
      quantities.push(resting.map((k) => qty[k]!));
      for (const k of resting) expect(triggerPrice[k]).toBe(95);
    });
    expect(quantities).toEqual([[], [20], [50], [10], [10]]);
  });

  it('is taken away when the position is closed by a decision', () => {
    const run = runOf(panelOf({ A: '100 100 100 90 90' }), [targets('1 0')], trailing(0.05));
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 100']);
    const { status } = run.kernel.desk.log.columns;
    expect(Array.from(status.subarray(0, 3))).toEqual([2, 3, 2]);
    expect(run.venue.idle).toBe(true);
  });

  it('that slept beside an entry which the venue did not take is taken away with it', () => {
    const given = { ...freeWith({ sizeAt: 'fill', trailingStop: { enabled: true } }) };
    const panel = panelOf({ A: '1 3/3/3/3 3' });
    const instrument = { ...panel.legs[0]!.instrument, lotSize: 4, minNotionalUsd: 0 };
    const legs = panel.legs.map((leg) => ({ ...leg, instrument }));
    const world = { ...FREE.world!, cashUsd: 6 };
    // One lot of 4 at 1; at the open of 3 six dollars buy no lot. 4 is rejected, 3 cancelled.
    const run = runOf(Object.assign(panel, { legs }), [targets('1')], { ...given, world });
    const { status } = run.kernel.desk.log.columns;
    expect(Array.from(status.subarray(0, run.kernel.desk.log.length))).toEqual([4, 3]);
    expect(run.venue.idle).toBe(true);
  });

  it('protects the new side after a reversal, in the same candle', () => {
    const run = runOf(
      panelOf({ A: '100 100 100/106/94/100 100' }),
      [targets('1 -1')],
      trailing(0.05),
    );
    // Row 2: sold 100, sold 100 short at 100; the old stop at 95 is no order of the short's, whose
    // own rests at 105 and is hit.
    expect(fillTexts(run)).toEqual([
      '1: 100 @ 100',
      '2: -100 @ 100',
      '2: -100 @ 100',
      '2: 100 @ 105',
    ]);
    expect(run.kernel.portfolio.positions[0]!.qty).toBe(0);
  });
});

describe.skipIf(!here)('the cases of LEAN (skipped where shared/cases is absent)', () => {
  it('a trailing stop of 5 % over a short is at the same prices, and fills at the same one', () => {
    interface Step {
      readonly price: number;
      readonly expect: { trigger: number; fill_price?: number };
    }
    const { trailing_sequences: all } = JSON.parse(readFileSync(CASES, 'utf8'));
    const { order, steps } = all.find((one: { id: string }) => one.id === 'lean_trailing_buy_pct');
    const prices = (steps as Step[]).map(({ price }) => price);
    const flat = prices.map((price) => `${price}/${price}/${price}/${price}`);
    const panel = panelOf({ A: `100 ${flat.join(' ')}` });
    const instrument = instrumentOf('A', { tickSize: 1e-10 });
    const legs = panel.legs.map((leg) => ({ ...leg, instrument }));
    const input = inputOf(Object.assign(panel, { legs }), [targets('-1')], trailing(order.offset));
    const seen: number[] = [];
    const run = eachRow(input, ({ desk }) => {
      const { status, triggerPrice } = desk.log.columns;
      for (let k = 0; k < desk.log.length; k++) if (status[k] === 1) seen.push(triggerPrice[k]!);
    });
    const wanted = (steps as Step[]).slice(0, -1).map((step) => step.expect.trigger);
    // Row 0 has only the entry, whose trigger is none; the last step is the fill.
    expect(seen.slice(1).map((price) => +price.toFixed(9))).toEqual(wanted);
    expect(fillTexts(run)[1]).toBe(`5: 100 @ ${+prices.at(-1)!.toFixed(6)}`);
  });
});

describe('without stops', () => {
  it('a run submits no stop order', () => {
    const run = runOf(panelOf({ A: '100 100 90 80' }), [targets('1')], FREE);
    expect(run.kernel.desk.log.length).toBe(1);
  });

  it('agents hold a position however far it falls', () => {
    const run = runOf(panelOf({ A: '100 100 50 40' }), [voter('v', 'b')], staking(1));
    expect(run.kernel.portfolio.equityUsd).toBe(4000);
  });
});
