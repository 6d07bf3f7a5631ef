// One strategy that sets target exposures: what a new target does, and what an old one does not.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import type { Order } from '../../engine/execution/order.ts';
import { Kernel } from '../../engine/kernel.ts';
import { kernelOptions } from '../../engine/research/backtest.ts';
import { panelOf } from '../support/market.ts';
import {
  configOf,
  FREE,
  fillTexts,
  freeWith,
  type Partly,
  runOf,
  seat,
  targets,
} from '../support/run.ts';

const FLAT = '100x8';
const LIFE_3 = freeWith({ targetLifeCandles: 3 });

describe('a target exposure', () => {
  it('acts when it is new and not when it is said again', () => {
    const run = runOf(panelOf({ A: '100 100 110 120 130' }), [targets('0.5 0.5 0.5 0.5')], FREE);
    expect(fillTexts(run)).toEqual(['1: 50 @ 100']);
  });

  it('is kept by undefined', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0.5 . . 0')], FREE);
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '4: -50 @ 100']);
  });

  it('is not new when it is 0 and nothing was ever held', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0 0 0')], FREE);
    expect(run.kernel.decider.funnel).toMatchObject({ candles: 8, votes: 0, agreed: 0 });
  });

  it('buys the difference when it grows and sells it when it shrinks', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0.2 0.5 0.1')], FREE);
    expect(fillTexts(run)).toEqual(['1: 20 @ 100', '2: 30 @ 100', '3: -40 @ 100']);
  });

  it('is measured on equity and notional at the close', () => {
    // At the close of row 1 the 50 are worth 6,000 of 11,000: 0.25 wants 2,750, 3,250 less.
    const run = runOf(panelOf({ A: '100 100/120/100/120 120' }), [targets('0.5 0.25')], FREE);
    expect(fillTexts(run)[1]).toBe(`2: ${-(Math.floor((3250 / 120) * 1000) / 1000)} @ 120`);
  });

  it('of the other sign closes and opens on one row, the close first', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0.5 -0.5 0.5')], FREE);
    expect(fillTexts(run)).toEqual([
      '1: 50 @ 100',
      '2: -50 @ 100',
      '2: -50 @ 100',
      '3: 50 @ 100',
      '3: 50 @ 100',
    ]);
    expect(run.kernel.trades.closed().map((trade) => trade.side)).toEqual(['long', 'short']);
  });

  it('is capped at maxPositionFraction', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('1')], freeWith({ maxPositionFraction: 0.1 }));
    expect(fillTexts(run)).toEqual(['1: 10 @ 100']);
  });

  it('does not enter again after a stop until it changes', () => {
    const given = freeWith({ trailingStop: { enabled: true, buffer: 0.05 } });
    const chart = '100 100 100/100/90/94 94x6';
    const run = runOf(panelOf({ A: chart }), [targets('1 1 1 1 0.5 0.5')], given);
    expect(fillTexts(run).slice(0, 2)).toEqual(['1: 100 @ 100', '2: -100 @ 95']);
    expect(run.kernel.fills.columns.row[2]).toBe(5);
    expect(run.kernel.fills.length).toBe(3);
  });

  it('may be tried again when the venue did not take its entry', () => {
    // Decided at 100; at the open of 4 a share of 9 USD buys 2 lots, below the least the venue takes.
    const given = { ...freeWith({ sizeAt: 'fill' }), world: { ...FREE.world!, cashUsd: 6 } };
    const panel = panelOf({ A: '1 1/1/1/1 3/3/3/3 3/3/3/3' });
    const instrument = { ...panel.legs[0]!.instrument, lotSize: 4, minNotionalUsd: 0 };
    const legs = panel.legs.map((leg) => ({ ...leg, instrument }));
    const run = runOf(Object.assign(panel, { legs }), [targets('. 1 1')], given);
    // Row 1 closes at 1: one lot of 4. Row 2 opens at 3: six dollars buy 2, no lot.
    expect(fillTexts(run)).toEqual([]);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'below-min-notional': 2 });
    const { status } = run.kernel.desk.log.columns;
    expect(Array.from(status.subarray(0, run.kernel.desk.log.length))).toEqual([4]);
  });

  it('is tried again after a refusal of risk, at every close that asks for it', () => {
    const given = freeWith({ allowShort: false });
    const run = runOf(panelOf({ A: FLAT }), [targets('-1 -1 -1')], given);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'short-not-allowed': 3 });
  });

  it('of 0 closes the position even after an addition was refused', () => {
    // 0.5002 wants 2 USD more than is held, less than the venue takes: refused. Then flat.
    const run = runOf(panelOf({ A: FLAT }), [targets('0.5 0.5002 0')], FREE);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'below-min-notional': 1 });
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '3: -50 @ 100']);
  });

  it('waits while an order of the leg is unanswered, and acts once it is', () => {
    const run = runOf(
      panelOf({ A: '100 - 100/100/100/100 100 100' }),
      [targets('0.5 . . .')],
      FREE,
    );
    expect(fillTexts(run)).toEqual(['2: 50 @ 100']);
    // B trades while A is missing: the target of A can only change when A has a candle.
    const two = runOf(
      panelOf({ A: '100 - 100 100 100', B: '50x5' }),
      [targets({ A: '0.5 . 0.2 0.2' })],
      FREE,
    );
    expect(fillTexts(two)).toEqual(['2: A 50 @ 100', '3: A -30 @ 100']);
  });

  it('of -0 is flat', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0.5 -0')], FREE);
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '2: -50 @ 100']);
    expect(Object.is(run.kernel.portfolio.positions[0]!.qty, 0)).toBe(true);
  });

  it('counts in the funnel: new targets, those that passed risk, those that filled', () => {
    const run = runOf(panelOf({ A: FLAT }), [targets('0.5 0.5 -0.5 0')], FREE);
    expect(run.kernel.decider.funnel).toEqual({
      candles: 8,
      votes: 3,
      undecided: 0,
      agreed: 3,
      passedRisk: 3,
      filled: 3,
    });
  });

  it('said once on stale candles, or while an order is under way, is acted on when that is over', () => {
    const { kernel, sent, fill } = byHand('0.5 0 . 0.25 . .');
    kernel.onRow(0);
    const [entry] = sent();
    expect(entry).toMatchObject({ side: 1, qty: 50 });
    kernel.onRow(1);
    expect(sent()).toEqual([]);
    fill(entry!);
    kernel.onRow(2);
    const [exit] = sent();
    expect(exit).toMatchObject({ side: -1, reduceOnly: true });
    fill(exit!);
    kernel.onFeedHealth(kernel.nowMs, true);
    kernel.onRow(3);
    kernel.onRow(4);
    expect(sent()).toEqual([]);
    kernel.onFeedHealth(kernel.nowMs, false);
    kernel.onRow(5);
    expect(sent()).toMatchObject([{ side: 1, qty: 25 }]);
    expect(kernel.desk.refusals.toRecord()).toEqual({ 'order-pending': 1, 'stale-data': 1 });
    expect(kernel.decider.funnel.votes).toBe(2);
  });

  // Said at row 1 on stale candles; fresh again at the close of row `fresh`.
  const waited = (said: string, fresh: number, given: Partly<Config> = LIFE_3) => {
    const { kernel, sent, fill } = byHand(said, given);
    kernel.onRow(0);
    const [entry] = sent();
    if (entry !== undefined) fill(entry);
    kernel.onFeedHealth(kernel.nowMs, true);
    for (let i = 1; i < fresh; i++) kernel.onRow(i);
    kernel.onFeedHealth(kernel.nowMs, false);
    kernel.onRow(fresh);
    const refused = kernel.desk.refusals.toRecord()['target-expired'] ?? 0;
    return { kernel, sent, refused, orders: sent() };
  };

  it('opens nothing any more once it has waited for longer than its life', () => {
    // Three closes after its own it is young enough, four after it is not.
    expect(waited('. 0.5', 4)).toMatchObject({ orders: [{ side: 1, qty: 50 }], refused: 0 });
    const { kernel, sent, refused, orders } = waited('. 0.5 . . . . . 0.5', 5);
    expect({ refused, orders }).toEqual({ refused: 1, orders: [] });
    kernel.onRow(6);
    expect(sent()).toEqual([]);
    // Said again it is a new one.
    kernel.onRow(7);
    expect(sent()).toMatchObject([{ side: 1, qty: 50 }]);
  });

  it('keeps its age through every close at which it waits, and a new one begins at its own', () => {
    // Behind an order that has no answer for four closes.
    const { kernel, sent, fill } = byHand('0.1 0.5 . . . . .', LIFE_3);
    kernel.onRow(0);
    const [entry] = sent();
    for (let i = 1; i < 5; i++) kernel.onRow(i);
    expect(sent()).toEqual([]);
    fill(entry!);
    kernel.onRow(5);
    expect(sent()).toEqual([]);
    expect(kernel.desk.refusals.toRecord()).toMatchObject({ 'target-expired': 1 });
    expect(waited('. 0.5 . . 0.25', 6).orders).toMatchObject([{ side: 1, qty: 25 }]);
  });

  it.each([
    ['0.5 0', { side: -1, qty: 50, reduceOnly: true }, 0],
    ['0.5 0.2', { side: -1, qty: 30, reduceOnly: true }, 0],
    // A turn is only half of it: out of what is held, and not into the other side.
    ['0.5 -0.5', { side: -1, qty: 50, reduceOnly: true }, 1],
  ])('takes away what it takes away however old it is: %s', (said, order, refusals) => {
    const { orders, refused } = waited(said, 60);
    expect(orders).toMatchObject([order]);
    expect(refused).toBe(refusals);
  });

  it('adds nothing to a position once it is too old', () => {
    expect(waited('0.2 0.5', 60)).toMatchObject({ orders: [], refused: 1 });
  });
});

/** A kernel that is told row after row, and asked what it sends. */
function byHand(said: string, given: Partly<Config> = FREE) {
  const panel = panelOf({ A: '100x64' });
  const config = configOf(given);
  const seats = [seat(targets(said))];
  const kernel = new Kernel(
    kernelOptions({ panel, config, seats, solo: true, firstRow: 0 }, panel),
  );
  const sent = () => {
    const intents = Array.from({ length: kernel.tray.length }, (_, k) => kernel.tray.at(k));
    kernel.tray.clear();
    return intents.flatMap((one) => (one.kind === 'submit-order' ? [one.order] : []));
  };
  const fill = ({ id, side, qty }: Order) => {
    kernel.onFill(kernel.nowMs, id, side * qty, 100, 0, 0, 0, 0, 0);
  };
  return { kernel, sent, fill };
}
