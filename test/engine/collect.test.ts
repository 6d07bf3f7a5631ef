// What a run adds up to: costs by kind, shortfall by algorithm, refusals in words, and the warnings
// that stand before every number. Markets are drawn so that the sums can be done by hand.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import { collect } from '../../engine/research/collect.ts';
import { refusalText } from '../../engine/research/refusal-text.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import { REFUSALS } from '../../engine/risk/refusal.ts';
import { panelOf } from '../support/market.ts';
import { configOf, FREE, LABELS, type Partly, runOf, targets } from '../support/run.ts';

type World = Partly<Config['world']>;
type Risk = Partly<Config['decision']['risk']>;

/** Runs targets on one chart and sums the run up. Free of costs but for what `world` says. */
function factsOf(chart: string, script: string, world: World = {}, risk: Risk = {}): RunFacts {
  const given = {
    decision: { risk: { ...FREE.decision!.risk, ...risk } },
    world: { ...FREE.world, ...world },
  };
  const run = runOf(panelOf({ BTC: chart }), [targets(script)], given);
  return collect(run, configOf(given), 0, LABELS).facts;
}

/** Bought at the open of the second candle, sold at that of the fourth. */
const ROUND_TRIP = ['100x5', '0.1 . 0 . .'] as const;

describe('costs', () => {
  it('are spread and impact apart, which together are slippage', () => {
    const costs = { impact: 'volume-share', impactCoefficient: 0.1 } as const;
    const facts = factsOf(...ROUND_TRIP, { slippageBps: 10, takerFeeBps: 0, costs });
    const { spreadUsd, impactUsd, slippageUsd, feesUsd } = facts.costs;
    // 10 units of 100 traded, at 100: 1,000 USD twice. Spread 10 bps; impact 0.1 x 0.1² = 10 bps.
    expect(spreadUsd).toBeCloseTo(2, 9);
    expect(impactUsd).toBeCloseTo(2, 9);
    expect(slippageUsd).toBeCloseTo(spreadUsd + impactUsd, 12);
    expect(feesUsd).toBe(0);
    expect(facts.costs.returnWithoutCosts).toBeCloseTo(0, 12);
  });
});

describe('execution', () => {
  it('is one line for each way, by name, whose parts add up to its total', () => {
    // Decided at 100, bought at 101; decided to close at 104, sold at 103.
    const chart = '100 101/101/101/101 104 103/103/103/103 103';
    const facts = factsOf(chart, '0.1 . 0 . .', { slippageBps: 10, takerFeeBps: 5 });
    expect(facts.execution.map((way) => way.algorithm)).toEqual(['exit', 'market']);
    const [exit, market] = facts.execution;
    expect(market).toMatchObject({ parents: 1, fills: 1, missedUsd: 0, impactUsd: 0 });
    expect(market!.paperUsd).toBeCloseTo(1000, 9);
    // 10 units: 1 USD each for waiting; 10 bps of 101 each; 5 bps of what it cost.
    expect(market!.delayUsd).toBeCloseTo(10, 9);
    expect(market!.spreadUsd).toBeCloseTo(1.01, 9);
    expect(market!.feeUsd).toBeCloseTo(1011.01 * 0.0005, 9);
    expect(exit!.delayUsd).toBeCloseTo(10, 9);
    for (const way of facts.execution) {
      const { delayUsd, spreadUsd, impactUsd, feeUsd, missedUsd, totalUsd, paperUsd, bps } = way;
      expect(delayUsd + spreadUsd + impactUsd + feeUsd + missedUsd).toBeCloseTo(totalUsd, 9);
      expect(bps).toBeCloseTo((totalUsd / paperUsd) * 1e4, 9);
    }
  });

  it('is nothing where nothing was sent', () => {
    const facts = factsOf('100x5', '. . . . .');
    expect(facts.execution).toEqual([]);
    expect(facts.liquidations).toBe(0);
  });
});

describe('the warning', () => {
  const textOf = (facts: RunFacts, code: string) =>
    facts.warnings.find((warning) => warning.code === code)?.text;
  const roundTrip = (world: World, risk: Risk = {}) => factsOf(...ROUND_TRIP, world, risk);

  it('liquidated counts positions that the venue closed', () => {
    // Ten times equity, and price falls by a fifth: there is nothing left.
    const far = { maxPositionFraction: 10, maxExposure: 10 };
    const margin = { enabled: true, leverage: 20 };
    const facts = factsOf('100x3 80 80', '10 . . . .', { margin }, far);
    expect(facts.liquidations).toBe(1);
    expect(textOf(facts, 'liquidated')).toBe('1 position was liquidated for want of margin');
    expect(textOf(roundTrip({}), 'liquidated')).toBeUndefined();
  });

  it('optimistic-path names the setting that fills on a path nobody knows', () => {
    const text = (fills: NonNullable<World['fills']>) =>
      textOf(roundTrip({ fills }), 'optimistic-path');
    expect(text({ path: 'ohlc' })).toBe(
      'fills inside candles are assumed, not known (world.fills.path is ohlc)',
    );
    expect(text({ path: 'adaptive' })).toMatch(/path is adaptive/);
    expect(text({ rules: 'freqtrade' })).toMatch(/world\.fills\.rules is freqtrade/);
    expect(text({ path: 'pessimistic' })).toBeUndefined();
  });

  it('no-volume-cap says how much of a candle the largest fill was', () => {
    const text = (volumeShare: number | null) =>
      textOf(roundTrip({ fills: { volumeShare } }), 'no-volume-cap');
    // 10 units of 100.
    expect(text(null)).toBe("orders fill whole: the largest was 0.1 of its candle's volume");
    expect(text(0.5)).toBeUndefined();
    expect(textOf(factsOf('100x5', '. . . . .'), 'no-volume-cap')).toBeUndefined();
    const fills = { volumeShare: null, zeroVolume: 'fill' } as const;
    const dry = factsOf('100 100@0x4', '0.1 . . . .', { fills });
    expect(textOf(dry, 'no-volume-cap')).toMatch(/the largest was more than all of its candle/);
  });

  it('margin-off appears where exposure may exceed equity and nothing is liquidated', () => {
    const text = (enabled: boolean, risk: Risk) =>
      textOf(roundTrip({ margin: { enabled } }, risk), 'margin-off');
    const far = { maxPositionFraction: 2, maxExposure: 3, maxPositions: 5 };
    expect(text(false, far)).toBe(
      'margin is not checked, with exposure up to 3: nothing is liquidated',
    );
    expect(text(true, far)).toBeUndefined();
    expect(text(false, { ...far, maxExposure: 1 })).toBeUndefined();
    // Five positions of a tenth each never exceed equity, whatever all together may.
    expect(text(false, { ...far, maxPositionFraction: 0.1 })).toBeUndefined();
  });
});

describe('the sentence of a refusal', () => {
  it('is that of its code, and one for the word of an agent', () => {
    for (const [code, text] of Object.entries(REFUSALS)) expect(refusalText(code)).toBe(text);
    expect(refusalText('veto-drawdown')).toMatch(/^an agent kept the entry out/);
  });

  it('is empty for what is no code', () => {
    expect(['toString', 'veto-', 'veto', '<b>'].map(refusalText)).toEqual(['', '', '', '']);
  });
});
