// The order of one candle, sentence by sentence as engine/README.md has it.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../engine/interval.ts';
import { panelOf, START_MS } from '../support/market.ts';
import {
  equityOf,
  FREE,
  fillsOf,
  fillTexts,
  freeWith,
  runOf,
  staking,
  targets,
  voter,
  withFunding,
} from '../support/run.ts';

/** Row 1 opens at 100 and closes at 110, row 2 opens at 110. */
const UP = '100 100/112/99/110 110/121/109/120 120/121/119/120';

describe('the order of one candle', () => {
  it('decides at the close of a row and fills at the open of the next, never in the row itself', () => {
    const run = runOf(panelOf({ A: UP }), [targets('1')], FREE);
    expect(fillTexts(run)).toEqual(['1: 100 @ 100']);
    expect(run.kernel.fills.columns.tsMs[0]).toBe(START_MS + HOUR_MS);
  });

  it('does not fill what is decided at the last close', () => {
    const run = runOf(panelOf({ A: '100 101 102' }), [targets('. . 1')], FREE);
    expect(fillTexts(run)).toEqual([]);
    expect(run.venue.idle).toBe(false);
  });

  it('charges funding stamped at the open on what was held before the market orders of that row', () => {
    const panel = withFunding(panelOf({ A: '100 100 100 100' }), {
      A: [
        [1, 0.01],
        [2, 0.01],
      ],
    });
    // Bought at the open of row 1: the stamp of that very open is not its; the next one is.
    const held = runOf(panel, [targets('1')], FREE).kernel;
    expect(held.fundingLog).toEqual([0, 2, -100]);
    // Sold at the open of row 2: the stamp of that open still is.
    const sold = runOf(panel, [targets('1 0')], FREE).kernel;
    expect(sold.fundingLog).toEqual([0, 2, -100]);
    expect(sold.portfolio.walletUsd).toBe(9900);
  });

  it('charges funding stamped inside the candle after the fills of its open', () => {
    const panel = withFunding(panelOf({ A: '100 100 100 100' }), {
      A: [
        [1.5, 0.01],
        [2.5, 0.01],
      ],
    });
    const bought = runOf(panel, [targets('1')], FREE).kernel;
    expect(bought.fundingLog).toEqual([0, 1, -100, 0, 2, -100]);
    const sold = runOf(panel, [targets('1 0')], FREE).kernel;
    expect(sold.fundingLog).toEqual([0, 1, -100]);
  });

  it('leaves a stamp at the close of a row to the next one, whose open it is', () => {
    const panel = withFunding(panelOf({ A: '100 100 100 100' }), {
      A: [
        [1.5, 0.01],
        [2, 0.01],
      ],
    });
    const { kernel } = runOf(panel, [targets('1')], FREE);
    expect(kernel.fundingLog).toEqual([0, 1, -100, 0, 2, -100]);
  });

  it('charges funding stamped inside the candle before its stops', () => {
    const trailingStop = { enabled: true, buffer: 0.05 };
    const panel = withFunding(panelOf({ A: '100 100 100/100/90/90 90' }), { A: [[2.5, 0.01]] });
    const run = runOf(panel, [targets('1')], freeWith({ trailingStop }));
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 95']);
    expect(run.kernel.fundingLog).toEqual([0, 2, -100]);
  });

  it('lets an attached stop meet the extremes of the very candle in which its entry fills', () => {
    const trailingStop = { enabled: true, buffer: 0.02 };
    const run = runOf(
      panelOf({ A: '100 100/101/97/100 100' }),
      [targets('1')],
      freeWith({ trailingStop }),
    );
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '1: -100 @ 98']);
    const [trade] = run.kernel.trades.closed();
    expect(trade).toMatchObject({ exitReason: 'stop', entryRow: 1, exitRow: 1, pnlUsd: -200 });
    // The entry is stamped at the open, the stop at the close: when inside is unknown.
    expect(trade!.exitMs - trade!.entryMs).toBe(HOUR_MS);
  });

  it('fills at the open before it lets stops meet the extremes', () => {
    // The exit of row 2 gets the open, although the low of that row is below the stop.
    const trailingStop = { enabled: true, buffer: 0.02 };
    const run = runOf(
      panelOf({ A: '100 100 100/101/90/95 95' }),
      [targets('1 0')],
      freeWith({ trailingStop }),
    );
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 100']);
    expect(run.kernel.trades.closed()[0]!.exitReason).toBe('signal');
  });

  it('marks the account at the close, after every fill of the row', () => {
    const run = runOf(panelOf({ A: UP }), [targets('1')], FREE);
    expect(equityOf(run)).toEqual([10_000, 11_000, 12_000, 12_000]);
  });

  it('knows a fill of the row when it decides at its close', () => {
    const seen: number[] = [];
    const asks = voter('asks', 'b b b', {
      veto: (_, portfolio) => {
        seen.push(portfolio.qty);
        return null;
      },
      vetoHolding: (view, portfolio) => {
        seen.push(portfolio.qty, portfolio.entryPrice, portfolio.equityUsd);
        return view.i === 1 ? 'enough' : null;
      },
    });
    runOf(panelOf({ A: UP }), [asks], staking(1));
    // Row 0: flat, asked as to the entry. Row 1: held 100 bought at 100, worth 11,000 at its close.
    expect(seen.slice(0, 4)).toEqual([0, 100, 100, 11_000]);
  });

  it('decides only at closes of the decision interval', () => {
    const asked: number[] = [];
    const spy = { ...targets(''), decide: ({ i }: { i: number }) => void asked.push(i) };
    runOf(panelOf({ A: '100x13' }), [spy], { decision: { interval: '4h' } });
    // Hourly rows from midnight: rows 3, 7 and 11 close at 04:00, 08:00 and 12:00.
    expect(asked).toEqual([3, 7, 11]);
  });

  it('moves stops and fills orders on every base candle between two decisions', () => {
    const risk = { maxPositionFraction: 1, trailingStop: { enabled: true, buffer: 0.05 } };
    const given = { ...FREE, decision: { interval: '4h', risk } };
    const panel = panelOf({ A: '100x4 100 100/100/94/94 94 94 94' });
    const run = runOf(panel, [targets('. . . 1')], given);
    expect(fillTexts(run)).toEqual(['4: 100 @ 100', '5: -100 @ 95']);
  });

  it('decides nothing before the first row that counts, and warms up there', () => {
    const asked: number[] = [];
    const spy = { ...targets(''), decide: ({ i }: { i: number }) => void asked.push(i) };
    const changes = { firstRow: 3 };
    const { kernel } = runOf(panelOf({ A: '100x5' }), [spy], FREE, changes);
    expect(asked).toEqual([3, 4]);
    expect(kernel.decider.funnel.candles).toBe(2);
  });

  it('does not ask a leg before it has shown as many candles as its strategy wants', () => {
    const asked: string[] = [];
    const spy = {
      ...targets(''),
      warmupCandles: 3,
      decide: ({ i, symbol }: { i: number; symbol: string }) => void asked.push(`${symbol}${i}`),
    };
    runOf(panelOf({ A: '100x6', B: '- - 50x4' }), [spy], FREE);
    // B is listed with row 2: its third candle is row 4.
    expect(asked).toEqual(['A2', 'A3', 'A4', 'B4', 'A5', 'B5']);
  });

  it('asks every leg before it sizes one', () => {
    const order: string[] = [];
    const asks = voter('asks', 'b', {
      veto: ({ symbol }) => {
        order.push(`size ${symbol}`);
        return null;
      },
    });
    const spy = {
      ...asks,
      analyze: (view: Parameters<NonNullable<typeof asks.analyze>>[0]) => {
        order.push(`ask ${view.symbol}`);
        return asks.analyze!(view, null);
      },
    };
    runOf(panelOf({ A: '100', B: '100', C: '100' }), [spy], staking(0.1));
    expect(order).toEqual(['ask A', 'ask B', 'ask C', 'size A', 'size B', 'size C']);
  });

  it('carries out in the next row what it was told in this one, in the order it was told', () => {
    const run = runOf(panelOf({ A: '100 100', B: '50 50' }), [voter('v', 'b')], staking(0.1));
    expect(fillsOf(run).map(({ row, leg }) => [row, leg])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('takes a slice shorter than a base candle for a broken invariant, never for a guess', () => {
    const given = { decision: { interval: '15m' } };
    expect(() => runOf(panelOf({ A: '100 100' }), [targets('1')], given)).toThrow(
      'decisions fall on closes of base candles',
    );
  });
});
