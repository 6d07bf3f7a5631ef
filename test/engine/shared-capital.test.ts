// Several legs on one account: who gets the capital, and what the others are told.

import { describe, expect, it } from 'vitest';
import { panelOf } from '../support/market.ts';
import { FREE, fillTexts, freeWith, runOf, staking, targets, voter } from '../support/run.ts';

const THREE = { A: '100x5', B: '100x5', C: '100x5' };

describe('candidates of one close', () => {
  it('are served best score first', () => {
    const votes = voter('v', { A: 'b0.7', B: 's0.9', C: 'b0.8' });
    const run = runOf(panelOf(THREE), [votes], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: B -50 @ 100', '1: C 50 @ 100']);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'no-capital': 1 });
  });

  it('are served in the order of their legs when scores tie', () => {
    const run = runOf(panelOf(THREE), [voter('v', 'b')], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: A 50 @ 100', '1: B 50 @ 100']);
  });

  it('take what is left when that is less than their stake, and it is worth an order', () => {
    const run = runOf(panelOf(THREE), [voter('v', 'b')], staking(0.4));
    expect(fillTexts(run)).toEqual(['1: A 40 @ 100', '1: B 40 @ 100', '1: C 20 @ 100']);
  });

  it('are told no-capital when better ones took it, max-exposure when it was used up before', () => {
    const votes = voter('v', { A: 'b', B: 'b0.9 b', C: '' });
    const run = runOf(panelOf(THREE), [votes], staking(1));
    // Row 0: A takes all. Row 1: A is held, nothing is free for B.
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'max-exposure': 1, 'no-capital': 1 });
  });

  it('leave alone what orders in flight will need', () => {
    // A has no candle in row 1: its order waits, and B must not be given its capital.
    const panel = panelOf({ A: '100 - 100 100', B: '100x4' });
    const run = runOf(panel, [voter('v', { A: 'b', B: '. b b' })], staking(0.7));
    expect(fillTexts(run)).toEqual(['2: A 70 @ 100', '2: B 30 @ 100']);
  });

  it('are at most maxPositions, those in flight counted', () => {
    const run = runOf(panelOf(THREE), [voter('v', 'b')], staking(0.1, { maxPositions: 2 }));
    expect(fillTexts(run).length).toBe(2);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'max-positions': 1 });
    const waits = runOf(
      panelOf({ A: '100 - - 100', B: '100x4' }),
      [voter('v', { A: 'b', B: '. b b' })],
      staking(0.1, { maxPositions: 1 }),
    );
    expect(fillTexts(waits)).toEqual(['3: A 10 @ 100']);
    expect(waits.kernel.desk.refusals.toRecord()).toEqual({ 'max-positions': 2 });
  });

  it('may reverse at the full count: a close decided together with an entry gives its place back', () => {
    const given = freeWith({ maxPositions: 1 });
    const run = runOf(panelOf({ A: '100x4' }), [targets('1 -1')], given);
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 100', '2: -100 @ 100']);
  });
});

describe('the cap of one position', () => {
  it('is notional at entry over equity, and growth of the position does not break it', () => {
    const run = runOf(
      panelOf({ A: '100 100 200 200' }),
      [voter('v', 'b')],
      staking(0.5, { maxPositionFraction: 0.1 }),
    );
    expect(fillTexts(run)).toEqual(['1: 10 @ 100']);
    expect(run.kernel.portfolio.notionalUsd(0) / run.kernel.portfolio.equityUsd).toBeGreaterThan(
      0.18,
    );
  });

  it('is on equity at the close of the decision', () => {
    // A gains 10,000 in row 2; B is entered on 20,000.
    const panel = panelOf({ A: '100 100 200 200 200', B: '50x5' });
    const run = runOf(panel, [targets({ A: '1', B: '. . 0.1' })], freeWith({ maxExposure: 2 }));
    expect(fillTexts(run)).toEqual(['1: A 100 @ 100', '3: B 40 @ 50']);
  });
});

describe('the cap of all positions', () => {
  it('counts longs and shorts alike', () => {
    const run = runOf(
      panelOf(THREE),
      [voter('v', { A: 'b', B: 's0.9', C: 'b0.8' })],
      staking(0.4, { maxExposure: 0.6 }),
    );
    expect(fillTexts(run)).toEqual(['1: A 40 @ 100', '1: B -20 @ 100']);
  });

  it('may be above 1: leverage', () => {
    const given = freeWith({ maxExposure: 3, maxPositionFraction: 3 });
    const run = runOf(panelOf({ A: '100x3' }), [targets('3')], given);
    expect(fillTexts(run)).toEqual(['1: 300 @ 100']);
  });

  it("never goes beyond the instrument's own leverage", () => {
    const given = freeWith({ maxExposure: 100, maxPositionFraction: 100 });
    const run = runOf(panelOf({ A: '100x3' }), [targets('50')], given);
    // The test instrument allows 20.
    expect(fillTexts(run)).toEqual(['1: 2000 @ 100']);
  });
});

describe('sizing', () => {
  it('stakes the same share on every leg, however many there are', () => {
    const run = runOf(panelOf(THREE), [voter('v', 'b')], staking(0.2));
    expect(fillTexts(run)).toEqual(['1: A 20 @ 100', '1: B 20 @ 100', '1: C 20 @ 100']);
    expect(run.kernel.portfolio.grossUsd()).toBe(6000);
  });

  it('does not depend on the order in which legs are listed, but for ties', () => {
    const scores = { A: 'b0.9', B: 'b0.7', C: 'b0.8' };
    const { A, B, C } = THREE;
    const one = runOf(panelOf({ A, B, C }), [voter('v', scores)], staking(0.4));
    const other = runOf(panelOf({ C, B, A }), [voter('v', scores)], staking(0.4));
    expect(fillTexts(other)).toEqual(fillTexts(one));
  });

  it('with FREE worlds costs nothing: the account is what it was', () => {
    const run = runOf(panelOf(THREE), [targets('0.3 -0.2 0')], FREE);
    expect(run.kernel.portfolio.equityUsd).toBe(10_000);
  });
});
