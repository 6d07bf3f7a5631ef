// The look-ahead check itself: what it catches, where it says that it was, and what it lets pass.

import { describe, expect, it } from 'vitest';
import type { Strategy, View } from '../../engine/agents/contract.ts';
import { InputError } from '../../engine/errors.ts';
import { defineStrategy, sma } from '../../engine/index.ts';
import type { Panel } from '../../engine/market/panel.ts';
import { alteredPanel, checkLookahead, type Future } from '../../engine/research/lookahead.ts';
import { constantSeries, panelOf } from '../support/market.ts';
import { inputOf } from '../support/run.ts';

/** Ups and downs without a pattern of their own; BBB has holes. */
const WAVES = Array.from({ length: 60 }, (_, i) => `${100 + ((i * 37) % 11)}`).join(' ');
const HOLED = WAVES.split(' ').map((word, i) => (i % 13 === 5 ? '-' : word));
const panel = (): Panel =>
  panelOf({ AAA: WAVES, BBB: HOLED.join(' ') }, { series: [constantSeries('sentiment', 50)] });

const honest = defineStrategy({
  name: 'honest',
  features: () => ({ mean: sma(5) }),
  decide: (view) => {
    const mean = view.features['mean']![view.i]!;
    return mean === mean ? (view.columns.close[view.i]! > mean ? 1 : 0) : undefined;
  },
});

const check = (strategy: Strategy, samples?: number) => {
  const input = inputOf(panel(), [strategy]);
  return checkLookahead(input, samples === undefined ? { seed: 1 } : { seed: 1, samples });
};

/** Buys at one row of one leg, and only if the condition holds. */
const atRow = (row: number, condition: (view: View) => boolean): Strategy =>
  defineStrategy({
    name: 'peeker',
    decide: (view) => (view.i === row && view.symbol === 'AAA' && condition(view) ? 1 : 0),
  });

describe('the look-ahead check', () => {
  it('finds nothing in a strategy that reads at its row and below', () => {
    const { clean, firstOffence, decisions, checked } = check(honest);
    expect(firstOffence).toBeNull();
    expect(clean).toBe(true);
    // Warm from row 4: 56 rows of AAA, and as many of BBB but for its holes, which an SMA forgives.
    expect(decisions).toBe(56 + 56 - 5);
    // Twice all rows on which one is asked, and parts of them for each sample.
    expect(checked).toBeGreaterThan(2 * 56);
  });

  it('says row, leg and both answers where the next close was read', () => {
    // WAVES: row 8 is 100 + 296 % 11 = 110, row 9 is 100 + 333 % 11 = 103; row 10 is 107.
    const peeker = atRow(9, ({ columns, i }) => columns.close[i + 1]! > columns.close[i]!);
    expect(check(peeker, 0)).toMatchObject({
      clean: false,
      firstOffence: {
        row: 9,
        leg: 0,
        what: 'peeker on test AAA: target 1 with the later rows, target 0 before they exist',
      },
    });
  });

  it('hears an agent, and its veto, that read ahead', () => {
    const next = (view: View) => view.columns.close[view.i + 1]! > view.columns.close[view.i]!;
    const votes = defineStrategy({
      name: 'voter',
      analyze: (view) => view.vote('BUY', next(view) ? 0.9 : 0.7),
    });
    expect(check(votes, 0).firstOffence!.what).toMatch(
      /^voter on test AAA: BUY 0.9 with the later rows, BUY 0.7 before they exist$/,
    );
    const vetoes = defineStrategy({
      name: 'vetoer',
      analyze: (view) => view.vote('BUY', 0.9),
      veto: (view) => (next(view) ? null : 'falling'),
    });
    expect(check(vetoes, 0).firstOffence!.what).toMatch(
      /^vetoer on test AAA: veto null with the later rows, veto falling before they exist$/,
    );
  });

  it('catches at sampled rows what knows how long the history is', () => {
    const closesAtTheEnd = defineStrategy({
      name: 'closer',
      decide: (view) => (view.i >= view.columns.close.length - 2 ? 0 : 1),
    });
    expect(check(closesAtTheEnd, 0).clean).toBe(true);
    expect(check(closesAtTheEnd, 1).firstOffence).toMatchObject({
      row: 57,
      what: 'closer on test AAA: target 1 with the later rows, target 0 when the history ends here',
    });
  });

  it('catches one that fails as soon as there is no future', () => {
    const needy = atRow(30, ({ columns, i }) => {
      if (columns.close[i + 1] !== columns.close[i + 1]) throw new RangeError('no next candle');
      return true;
    });
    expect(check(needy, 0).firstOffence).toMatchObject({ row: 30, leg: 0 });
    expect(check(needy, 0).firstOffence!.what).toContain('threw RangeError: no next candle');
  });

  it('tells a strategy that keeps something between runs from one that looks ahead', () => {
    let calls = 0;
    const forgetful = defineStrategy({
      name: 'counter',
      decide: () => (calls++ % 7 === 0 ? 1 : 0),
    });
    const { firstOffence } = check(forgetful);
    expect(firstOffence!.what).toMatch(/the second time on the same candles/);
  });

  it('throws what a run throws when a strategy fails on its own history', () => {
    const broken = atRow(3, () => {
      throw new Error('no');
    });
    expect(() => check(broken)).toThrow(InputError);
  });

  it('gives the same report for the same seed', () => {
    expect(check(honest, 4)).toEqual(check(honest, 4));
  });
});

describe('a panel with another future', () => {
  const whole = panel();
  const means = (from: Panel) => from.legs.map((leg) => leg.features.column(sma(5), 1));
  const before = means(whole);

  it.each<Future>(['missing', 'hidden', 'changed'])(
    '%s keeps every row before the cut',
    (future) => {
      const altered = alteredPanel(whole, 40, future, 60);
      expect(altered.openMs.slice(0, 40)).toEqual(whole.openMs.slice(0, 40));
      altered.legs.forEach((leg, k) => {
        for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
          const own = whole.legs[k]!.candles[name];
          expect(leg.candles[name].slice(0, 40)).toEqual(own.slice(0, 40));
        }
        expect(means(altered)[k]!.slice(0, 40)).toEqual(before[k]!.slice(0, 40));
      });
      expect(altered.series['sentiment']!.slice(0, 40)).toEqual(new Float64Array(40).fill(50));
    },
  );

  it('ends, is NaN, or holds other numbers from the cut on', () => {
    const [missing, hidden, changed] = (['missing', 'hidden', 'changed'] as const).map((future) =>
      alteredPanel(whole, 40, future, 60),
    );
    expect(missing!.length).toBe(40);
    expect(missing!.legs[0]!.candles.close.length).toBe(40);
    expect(hidden!.length).toBe(60);
    const close = (one: Panel | undefined) => one!.legs[0]!.candles.close;
    for (let i = 40; i < 60; i++) {
      expect(close(hidden)[i]).toBeNaN();
      expect(hidden!.series['sentiment']![i]).toBeNaN();
      expect(close(changed)[i]).toBeGreaterThan(0);
      expect(close(changed)[i]).not.toBe(close(whole)[i]);
    }
    // A hole is one in any future.
    expect(changed!.legs[1]!.candles.close[57]).toBeNaN();
  });
});
