// The weighted consensus: a table by hand, and what a decision by vote does with a position.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Consensus } from '../../engine/agents/consensus.ts';
import { Seat } from '../../engine/agents/seat.ts';
import { Digest } from '../../engine/digest.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { MutablePortfolioView } from '../../engine/kernel/portfolio-view.ts';
import { panelOf } from '../support/market.ts';
import { fillTexts, runOf, seat, staking, voter } from '../support/run.ts';

/** The poll of agents with these words and weights, at the only row of a leg. */
function poll(agents: readonly (readonly [word: string, weight: number])[], act = 0.6, hold = 0.4) {
  const panel = panelOf({ A: '100' });
  const seats = agents.map(([word, weight], k) => {
    const spec = seat(voter(`agent-${k}`, word), weight);
    return new Seat(panel, HOUR_MS, spec, new MutablePortfolioView());
  });
  const config = { actThreshold: act, holdThreshold: hold };
  const consensus = new Consensus(seats, config, new Digest());
  consensus.poll(0, 0, 1);
  const { side, score, agreed, undecided, spoke } = consensus;
  return { side, score, agreed, undecided, spoke };
}

describe('the score', () => {
  it.each([
    // agents as [vote, weight], side, score, agreed, undecided
    [
      'two of three',
      [
        ['b', 1],
        ['b', 1],
        ['h', 1],
      ],
      1,
      2 / 3,
      true,
      false,
    ],
    [
      'a HOLD counts in the denominator',
      [
        ['b', 1],
        ['h', 1],
      ],
      1,
      0.5,
      false,
      true,
    ],
    [
      'an abstention does not',
      [
        ['b', 1],
        ['.', 1],
      ],
      1,
      1,
      true,
      false,
    ],
    ['exactly 0.60 does not act', [['b0.6', 1]], 1, 0.6, false, true],
    ['a hair above 0.60 acts', [['b0.6001', 1]], 1, 0.6001, true, false],
    ['exactly 0.40 is in the band', [['s0.4', 1]], -1, 0.4, false, true],
    ['a hair below 0.40 is not', [['s0.3999', 1]], -1, 0.3999, false, false],
    [
      'weights weigh',
      [
        ['b0.9', 3],
        ['s0.5', 1],
      ],
      1,
      2.7 / 4,
      true,
      false,
    ],
    [
      'confidence weighs',
      [
        ['s0.9', 1],
        ['s0.8', 1],
        ['b1', 1],
      ],
      -1,
      1.7 / 3,
      false,
      true,
    ],
    [
      'a tie holds, however loud',
      [
        ['b', 1],
        ['s', 1],
      ],
      0,
      0.5,
      false,
      true,
    ],
    [
      'a weight of 0 listens',
      [
        ['b', 0],
        ['h', 1],
      ],
      0,
      0,
      false,
      false,
    ],
    [
      'all abstain',
      [
        ['.', 1],
        ['.', 2],
      ],
      0,
      0,
      false,
      false,
    ],
    [
      'all hold',
      [
        ['h', 1],
        ['h0.2', 2],
      ],
      0,
      0,
      false,
      false,
    ],
    ['nobody has weight', [['b', 0]], 0, 0, false, false],
  ] as const)('%s', (_, agents, side, score, agreed, undecided) => {
    const got = poll(agents);
    expect(got.score).toBeCloseTo(score, 12);
    expect(got).toMatchObject({ side, agreed, undecided });
  });

  it('that is exactly the threshold does not act because of the last bit of a sum', () => {
    // 0.1 + 0.2 + 0.3 is 0.6000000000000001 as doubles; of a weight of 1 that is 0.60.
    const agents = [
      ['b', 0.1],
      ['b', 0.2],
      ['b', 0.3],
      ['h', 0.4],
    ] as const;
    expect(poll(agents)).toMatchObject({ agreed: false, undecided: true });
    // 0.7 x 0.4 + 0.8 x 0.4 of 1 is 0.60 too, and 0.1 + 0.3 of 1 is 0.40, inside the band.
    expect(
      poll([
        ['s0.7', 0.4],
        ['s0.8', 0.4],
        ['h', 0.2],
      ]),
    ).toMatchObject({ agreed: false });
    expect(
      poll([
        ['s', 0.7],
        ['s', 0.1],
        ['h', 1.2],
      ]),
    ).toMatchObject({ undecided: true });
  });

  it('lies between 0 and 1 and turns over when every vote does', () => {
    const word = fc.tuple(fc.constantFrom('b', 's', 'h', '.'), fc.integer({ min: 0, max: 100 }));
    const agent = fc.tuple(word, fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(fc.array(agent, { minLength: 1, maxLength: 6 }), (drawn) => {
        const agents = drawn.map(
          ([[action, percent], weight]) =>
            [action === '.' ? '.' : `${action}${percent / 100}`, weight] as const,
        );
        const turned = agents.map(([text, weight]) => {
          const swap = text[0] === 'b' ? 's' : text[0] === 's' ? 'b' : text[0]!;
          return [swap + text.slice(1), weight] as const;
        });
        const here = poll(agents);
        const there = poll(turned);
        expect(here.score).toBeGreaterThanOrEqual(0);
        expect(here.score).toBeLessThanOrEqual(1 + 1e-12);
        expect(there.side).toBe(here.side === 0 ? 0 : -here.side);
        expect({ ...there, side: 0 }).toEqual({ ...here, side: 0 });
        expect(here.agreed && here.undecided).toBe(false);
      }),
      { seed: 20_240_101, numRuns: 200 },
    );
  });
});

describe('agents who agree', () => {
  const FLAT = { A: '100x8' };

  it('open a position, and refuse to open it twice', () => {
    const run = runOf(panelOf(FLAT), [voter('v', 'b b b')], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: 50 @ 100']);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'already-in-position': 2 });
  });

  it('end it with an opposite score, without reversing in the same candle', () => {
    const run = runOf(panelOf(FLAT), [voter('v', 'b . s . .')], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '3: -50 @ 100']);
    const again = runOf(panelOf(FLAT), [voter('v', 'b . s s')], staking(0.5));
    expect(fillTexts(again)).toEqual(['1: 50 @ 100', '3: -50 @ 100', '4: -50 @ 100']);
  });

  it('neither open nor close below the threshold', () => {
    const run = runOf(panelOf(FLAT), [voter('v', 'b0.5 b s0.6 s0.3 h')], staking(0.5));
    expect(fillTexts(run)).toEqual(['2: 50 @ 100']);
    expect(run.kernel.decider.funnel).toEqual({
      candles: 8,
      votes: 4,
      undecided: 2,
      agreed: 1,
      passedRisk: 1,
      filled: 1,
    });
  });

  it('are outvoted by one who holds back with enough weight', () => {
    const votes = [voter('one', 'b'), voter('two', 'h')];
    const seats = [seat(votes[0]!, 1), seat(votes[1]!, 2)];
    const run = runOf(panelOf(FLAT), votes, staking(0.5), { seats });
    expect(fillTexts(run)).toEqual([]);
  });

  it('are not waited for while they warm up: they abstain', () => {
    const slow = voter('slow', 'h h h h h h h h', { warmupCandles: 4 });
    const quick = voter('quick', '. . b . s . . .');
    const run = runOf(panelOf(FLAT), [quick, slow], staking(0.5));
    // Row 2: one of one. Row 4: one of two, and the HOLD counts.
    expect(fillTexts(run)).toEqual(['3: 50 @ 100']);
    const [first, second] = run.kernel.seats;
    expect(first).toMatchObject({ buys: 1, sells: 1, holds: 0, abstentions: 6 });
    // Three rows of warming up are abstentions too: the counts add up to the polls.
    expect(second).toMatchObject({ holds: 5, abstentions: 3 });
  });
});

describe('a veto', () => {
  it('refuses an entry under its own code', () => {
    const cautious = voter('cautious', 'b b', {
      veto: (view, portfolio, side) =>
        view.i === 0 && side === 1 && portfolio.openPositions === 0 ? 'too-hot' : null,
    });
    const run = runOf(panelOf({ A: '100x5' }), [cautious], staking(0.5));
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'veto-too-hot': 1 });
    expect(fillTexts(run)).toEqual(['2: 50 @ 100']);
    expect(run.kernel.seats[0]!.vetoes).toBe(1);
  });

  it('does not stop an exit', () => {
    const never = voter('never', 'b . s', { veto: (_, __, side) => (side < 0 ? 'no' : null) });
    const run = runOf(panelOf({ A: '100x5' }), [never], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '3: -50 @ 100']);
  });

  it('of a holding closes the position at the next open and calls the exit a veto', () => {
    const nervous = voter('nervous', 'b b b b', {
      vetoHolding: (_, portfolio) => (portfolio.drawdown > 0.02 ? 'drawdown' : null),
    });
    const run = runOf(panelOf({ A: '100 100 95 95 95' }), [nervous], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '3: -50 @ 95', '4: 51.315 @ 95']);
    expect(run.kernel.trades.closed()[0]!.exitReason).toBe('veto');
    expect(run.kernel.desk.refusals.toRecord()['veto-drawdown']).toBe(2);
  });

  it('is heard from a strategy that decides alone as well', () => {
    const alone = { ...voter('alone', ''), decide: () => 1, veto: () => 'never' };
    const run = runOf(panelOf({ A: '100x3' }), [alone], staking(0.5));
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'veto-never': 3 });
  });

  it('that falls off its end without a word refuses nothing', () => {
    const forgetful = voter('forgetful', 'b', {
      veto: (() => undefined) as never,
      vetoHolding: (() => undefined) as never,
    });
    const run = runOf(panelOf({ A: '100x4' }), [forgetful], staking(0.5));
    expect(fillTexts(run)).toEqual(['1: 50 @ 100']);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({});
  });
});
