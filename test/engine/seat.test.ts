// A strategy at its seat: what it is shown, and what is said to a person when it answers nonsense.

import { describe, expect, it } from 'vitest';
import type { Strategy, View } from '../../engine/agents/contract.ts';
import { Seat, warmupCandles } from '../../engine/agents/seat.ts';
import { InputError } from '../../engine/errors.ts';
import { atInterval, ema, sma } from '../../engine/index.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import { MutablePortfolioView } from '../../engine/kernel/portfolio-view.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { FREE, runOf, seat, staking, targets, voter } from '../support/run.ts';

/** The message of what a run of these strategies throws; it must be the person's kind of error. */
function complaint(strategies: readonly Strategy[], given = staking(0.5)): string {
  try {
    runOf(panelOf({ BTCUSDT: '100x4' }), strategies, given);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'nothing';
}

const AT_ROW_2 = 'on BTCUSDT at row 2, candle of 2024-01-01T02:00:00.000Z';
const says = (analyze: (view: View) => unknown): Strategy => ({
  ...voter('odd', ''),
  analyze: (view) => (view.i === 2 ? (analyze(view) as null) : null),
});
const decides = (decide: () => unknown): Strategy => ({
  ...targets(''),
  decide: ({ i }) => (i === 2 ? (decide() as number) : undefined),
});

describe('a strategy that answers nonsense is named, with symbol, row and time of the candle', () => {
  it.each([
    ['a confidence of 7', (v: View) => v.vote('BUY', 7), 'confidence: must be 0 to 1, was 7'],
    [
      'a confidence below 0',
      (v: View) => v.vote('BUY', -0.1),
      'confidence: must be 0 to 1, was -0.1',
    ],
    ['no number', (v: View) => v.vote('HOLD', Number.NaN), 'confidence: must be 0 to 1, was NaN'],
    ['a text', (v: View) => v.vote('BUY', '0.7' as never), 'confidence: must be 0 to 1, was "0.7"'],
    [
      'a misspelt action',
      (v: View) => v.vote('buy' as never, 1),
      'action: must be BUY, SELL or HOLD, was "buy"',
    ],
    ['an action alone', () => 'BUY', 'confidence: must be 0 to 1'],
  ])('a vote with %s', (_, analyze, text) => {
    expect(complaint([says(analyze)])).toBe(`strategy odd ${AT_ROW_2}: ${text}`);
  });

  it.each([
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['null', null, 'null'],
    ['a text', '1', '"1"'],
  ])('a target that is %s', (_, value, shown) => {
    expect(complaint([decides(() => value)])).toBe(
      `strategy scripted-targets ${AT_ROW_2}: target exposure: must be a finite number, was ${shown}`,
    );
  });

  it('an exception, whoever throws it', () => {
    const boom = () => {
      throw new RangeError('no such row');
    };
    // With the place in the person's file, so that it can be found.
    const text = (id: string) =>
      new RegExp(
        `^strategy ${id} ${AT_ROW_2}: threw RangeError: no such row \\(seat.test.ts:67:\\d+\\)$`,
      );
    expect(complaint([says(boom)])).toMatch(text('odd'));
    expect(complaint([decides(boom)])).toMatch(text('scripted-targets'));
    expect(complaint([voter('odd', '. . b', { veto: boom })])).toMatch(text('odd'));
    const holding = voter('odd', 'b', { vetoHolding: ({ i }) => (i === 2 ? boom() : null) });
    expect(complaint([holding])).toMatch(text('odd'));
  });

  it('an exception while it is being set up: in features, state or warmupCandles', () => {
    for (const what of ['features', 'state', 'warmupCandles']) {
      const odd = voter('odd', 'b', {
        [what]: () => {
          throw new RangeError('no such thing');
        },
      });
      expect(complaint([odd])).toMatch(
        new RegExp(`^strategy odd: ${what}: threw RangeError: no such thing \\(seat.test.ts:`),
      );
    }
  });

  it('a thrown text', () => {
    const shout = () => {
      throw 'help';
    };
    expect(complaint([says(shout)])).toBe(`strategy odd ${AT_ROW_2}: threw help`);
  });

  it('a veto that is not a word', () => {
    const text = 'veto: must return a word or null, was true';
    expect(complaint([voter('odd', '. . b', { veto: () => true as never })])).toBe(
      `strategy odd ${AT_ROW_2}: ${text}`,
    );
  });
});

describe('the view', () => {
  it('says where it is: row, close, interval of decision, venue and symbol', () => {
    const seen: unknown[] = [];
    const spy = {
      ...targets(''),
      decide: ({ i, closeMs, intervalMs, venue, symbol, columns }: View) => {
        seen.push([i, closeMs, intervalMs, venue, symbol, columns.close[i]]);
        return undefined;
      },
    };
    runOf(panelOf({ BTCUSDT: '100 101' }), [spy], FREE);
    expect(seen).toEqual([
      [0, START_MS + HOUR_MS, HOUR_MS, 'test', 'BTCUSDT', 100],
      [1, START_MS + 2 * HOUR_MS, HOUR_MS, 'test', 'BTCUSDT', 101],
    ]);
  });

  it('has a state of its own for every leg and every run', () => {
    const counts: string[] = [];
    const counting: Strategy = {
      ...targets(''),
      state: () => ({ n: 0 }),
      decide: ({ symbol, state }) => {
        counts.push(`${symbol}${++(state as { n: number }).n}`);
        return undefined;
      },
    };
    for (let k = 0; k < 2; k++) runOf(panelOf({ A: '1 1', B: '1 1' }), [counting], FREE);
    expect(counts).toEqual(['A1', 'B1', 'A2', 'B2', 'A1', 'B1', 'A2', 'B2']);
  });

  it('holds only the series that were declared, and undefined where the data have none', () => {
    let seen: unknown;
    const spy: Strategy = {
      ...targets(''),
      series: ['sentiment'],
      decide: ({ series }) => {
        seen = series;
        return undefined;
      },
    };
    runOf(panelOf({ A: '1' }), [spy], FREE);
    expect(seen).toEqual({ sentiment: undefined });
  });

  it('shows the portfolio to analyze only if it was declared', () => {
    const shown: unknown[] = [];
    const asks = (reads: 'market' | 'portfolio'): Strategy => ({
      ...voter(reads, ''),
      reads,
      analyze: (_, portfolio) => {
        shown.push(portfolio === null ? null : portfolio.equityUsd);
        return null;
      },
    });
    runOf(panelOf({ A: '1' }), [asks('market'), asks('portfolio')], FREE);
    expect(shown).toEqual([null, 10_000]);
  });

  it('shows an agent the account as it is at that close, leg by leg', () => {
    const shown: number[][] = [];
    const asks: Strategy = {
      ...voter('asks', { A: 'b', B: '' }),
      reads: 'portfolio',
    };
    const votes = asks.analyze!;
    const spy: Strategy = {
      ...asks,
      analyze: (view, portfolio) => {
        const { equityUsd, drawdown, exposure, openPositions, qty } = portfolio!;
        if (view.i === 2) shown.push([equityUsd, drawdown, exposure, openPositions, qty]);
        return votes(view, portfolio);
      },
    };
    // 50 bought at 100 and worth 80 at the close of row 2: 9,000 of a peak of 10,000.
    runOf(panelOf({ A: '100 100 80', B: '5x3' }), [spy], staking(0.5));
    expect(shown.map((row) => row.map((x) => +x.toFixed(9)))).toEqual([
      [9000, 0.1, +(4000 / 9000).toFixed(9), 1, 50],
      [9000, 0.1, +(4000 / 9000).toFixed(9), 1, 0],
    ]);
  });
});

describe('the warm-up of a seat', () => {
  const needs = (strategy: Partial<Strategy>, decisionMs = HOUR_MS) =>
    warmupCandles(seat({ ...targets(''), ...strategy }), decisionMs, HOUR_MS);

  it('is one candle for a strategy that declares nothing', () => {
    expect(needs({})).toBe(1);
  });

  it('is the longest of what it declares and what its features need', () => {
    const features = () => ({ slow: sma(30), quick: sma(5) });
    expect(needs({ features })).toBe(30);
    expect(needs({ features, warmupCandles: 50 })).toBe(50);
    expect(needs({ features, warmupCandles: 7 })).toBe(30);
    expect(
      needs({
        warmupCandles: (values) => Number(values['n']) * 2,
        parameters: { n: { default: 9 } },
      }),
    ).toBe(18);
  });

  it('counts base candles, with one candle of the higher interval to spare', () => {
    const features = () => ({ daily: atInterval(DAY_MS, ema(10)) });
    expect(needs({ features })).toBe((10 + 1) * 24);
    expect(needs({ features: () => ({ four: sma(10) }) }, 4 * HOUR_MS)).toBe(44);
  });

  it('covers features that are really numbers at the first row asked', () => {
    const panel = panelOf({ A: '100x60' });
    const strategy = {
      ...targets(''),
      features: () => ({ four: atInterval(4 * HOUR_MS, sma(5)) }),
    };
    const { views, warmupCandles: first } = new Seat(
      panel,
      HOUR_MS,
      seat(strategy),
      new MutablePortfolioView(),
    );
    expect(views[0]!.features['four']![first - 1]).toBe(100);
  });
});
