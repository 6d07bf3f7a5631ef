// Values that do not go together are refused before a run, all of them at once, each by its own key.

import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../engine/config/check.ts';
import { InputError, problemText } from '../../../engine/errors.ts';
import { CONTRADICTIONS, executionProblems } from '../../../engine/research/contradictions.ts';

type Tree = { readonly [key: string]: unknown };

function problemsOf(world: Tree, decision: Tree = {}): string[] {
  try {
    checkConfig({ world, decision: { strategy: 'momentum', ...decision } }, CONTRADICTIONS);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(problemText);
  }
}

const withRisk = (risk: Tree, decision: Tree = {}) => problemsOf({}, { risk, ...decision });

describe('of risk, a config is refused when', () => {
  it('a ladder is enabled that has no rung, or whose rungs take more than there is', () => {
    expect(withRisk({ takeProfit: { enabled: true } })).toEqual([
      'decision.risk.takeProfit.enabled: needs a rung in decision.risk.takeProfit.ladder, was true',
    ]);
    const ladder = { a: { gain: 0.01, fraction: 0.7 }, b: { gain: 0.02, fraction: 0.4 } };
    expect(withRisk({ takeProfit: { enabled: true, ladder } })).toEqual([
      'decision.risk.takeProfit.ladder: fractions of the rungs after 0 minutes must add up to 1 at most, was 1.1',
    ]);
    expect(withRisk({ takeProfit: { enabled: true, ladder: { a: {} } } })).toEqual([]);
  });

  it('it sizes by a fixed risk to a stop that is not there', () => {
    const sizing = { rule: 'fixed-risk' };
    const off = { enabled: false };
    const none = { sizing, atrStop: off, trailingStop: off };
    expect(withRisk(none)).toEqual([
      'decision.risk.sizing.rule: needs a stop to size by: atrStop, stopLoss, or a trailingStop without activation, was "fixed-risk"',
    ]);
    expect(withRisk({ ...none, trailingStop: { activation: 0.01 } })).toHaveLength(1);
    expect(withRisk({ ...none, trailingStop: {} })).toEqual([]);
    expect(withRisk({ ...none, stopLoss: { enabled: true } })).toEqual([]);
    expect(withRisk({ sizing })).toEqual([]);
  });

  it('a bandit chooses among the agents of a strategy that decides alone', () => {
    expect(withRisk({ bandit: { enabled: true, arms: 'agent' } })).toEqual([
      'decision.risk.bandit.arms: must be symbol where decision.strategy (momentum) decides alone, was "agent"',
    ]);
    const agents = { strategy: null, agents: { a: {} } };
    expect(withRisk({ bandit: { enabled: true, arms: 'agent' } }, agents)).toEqual([]);
  });

  it('one position may be more than the venue lends for', () => {
    const risk = { maxPositionFraction: 4 };
    expect(problemsOf({ margin: { leverage: 3 } }, { risk })).toEqual([
      'decision.risk.maxPositionFraction: must not be above world.margin.leverage (3): no venue takes that, was 4',
    ]);
    expect(problemsOf({ margin: { leverage: 3, enabled: false } }, { risk })).toEqual([]);
    expect(problemsOf({ margin: { leverage: 4 } }, { risk })).toEqual([]);
  });

  it('a stop would be at or below zero', () => {
    expect(withRisk({ stopLoss: { enabled: true, fraction: 1 } })).toEqual([
      'decision.risk.stopLoss.fraction: must be 0.0001 to 0.99, was 1',
    ]);
  });
});

describe('of the world, a config is refused when', () => {
  it('fee tiers do not rise, or stand beside a published schedule', () => {
    const tiers = { a: { takerBps: 5, makerBps: 2 }, b: { fromVolumeUsd: 0, takerBps: 4 } };
    expect(problemsOf({ fees: { tiers } })).toEqual([
      'world.fees.tiers.b.fromVolumeUsd: must be above the tier before, 0, was 0',
    ]);
    const rising = { a: { takerBps: 5 }, b: { fromVolumeUsd: 1e6, takerBps: 4 } };
    expect(problemsOf({ fees: { tiers: rising } })).toEqual([]);
    const both = problemsOf({ fees: { tiers: rising, schedule: 'binance-usdm' } });
    expect(both[0]).toContain('world.fees.schedule: must be null where world.fees.tiers says');
  });

  it('a fee schedule has a name that nobody published', () => {
    const [text] = problemsOf({ fees: { schedule: 'binanc-usdm' } });
    expect(text).toMatch(/^world\.fees\.schedule: must be one of .* or null, was "binanc-usdm"/);
    expect(text).toContain('(did you mean binance-usdm?)');
  });

  it('a latency has its most below its least, or is drawn from nothing', () => {
    const latency = {
      entry: { model: 'uniform', ms: 50, maxMs: 20 },
      feed: { model: 'empirical' },
    };
    expect(problemsOf({ latency })).toEqual([
      'world.latency.entry.maxMs: must be ms, 50, or more, was 20',
      'world.latency.feed.samples: must not be empty, was []',
    ]);
  });

  it('an outage ends before it begins, has no end, or is of a venue that takes no part', () => {
    const listed = {
      back: { from: '2025-05-02', to: '2025-05-01' },
      open: { from: '2025-05-02' },
      bad: { from: 'soon', to: '2025-05-01' },
      other: { from: '2025-05-01', to: '2025-05-02', venue: 'bybt' },
      fine: { from: '2025-05-01', to: '2025-05-02', venue: 'bybit' },
    };
    const world = { venue: 'binance', fallbacks: ['bybit'], outages: { listed } };
    expect(problemsOf(world)).toEqual([
      'world.outages.listed.back.to: must be after world.outages.listed.back.from (2025-05-02), was "2025-05-01"',
      'world.outages.listed.open.to: must be an instant, was null',
      'world.outages.listed.bad.from: must be a date or an instant in ISO 8601, such as 2025-05-01 or 2025-05-01T12:00Z, was "soon"',
      'world.outages.listed.other.venue: must be a venue of the run (binance, bybit), was "bybt" (did you mean bybit?)',
    ]);
  });

  it('a venue stands in for itself, or one is described that takes no part', () => {
    expect(problemsOf({ venue: 'binance', fallbacks: ['bybit', 'binance'] })).toEqual([
      'world.fallbacks: must not hold world.venue (binance): it is the one they stand in for, was ["bybit","binance"]',
    ]);
    expect(problemsOf({ venue: 'binance', fallbacks: ['bybit'], venues: { bybt: {} } })).toEqual([
      'world.venues.bybt: must be a venue of the run (binance, bybit), was "bybt" (did you mean bybit?)',
    ]);
  });

  it('finer candles are asked for where they are not read', () => {
    expect(problemsOf({ fills: { path: 'finer', rules: 'freqtrade' } })).toEqual([
      'world.fills.path: must not be finer under world.fills.rules freqtrade, which knows no finer candles, was "finer"',
    ]);
  });
});

describe('of execution, a config is refused when', () => {
  const withExecution = (execution: Tree, world: Tree = {}) => problemsOf(world, { execution });

  it('an algorithm in use cannot do what it is told on the base candles', () => {
    const twap = { windowMinutes: 10, slices: 20 };
    const text =
      'decision.execution.twap.slices: must give slices no shorter than a base candle (1 min): at most 10, was 20';
    expect(withExecution({ algorithm: 'twap', twap }, { interval: '1m' })).toEqual([text]);
    expect(withExecution({ algorithm: 'auto', twap }, { interval: '1m' })).toEqual([text]);
    // What is not used is nobody's concern, and what is not known is asked again with the store.
    expect(withExecution({ algorithm: 'iceberg', twap }, { interval: '1m' })).toEqual([]);
    expect(withExecution({ twap }, { interval: '1m' })).toEqual([]);
    expect(withExecution({ algorithm: 'twap', twap })).toEqual([]);
    const { decision } = checkConfig({
      decision: { strategy: 's', execution: { algorithm: 'twap', twap } },
    });
    expect(executionProblems(decision.execution, 60_000).map(problemText)).toEqual([text]);
    expect(executionProblems(decision.execution, 0)).toEqual([]);
  });

  it('what counts as large is not above what counts as small', () => {
    const selection = { smallShare: 0.2, largeShare: 0.1 };
    expect(withExecution({ algorithm: 'auto', selection })).toEqual([
      'decision.execution.selection.largeShare: must be above smallShare, to 1, was 0.1',
    ]);
    expect(withExecution({ algorithm: 'twap', selection })).toEqual([]);
  });

  it('the longest delay is below the shortest', () => {
    expect(withExecution({ obfuscation: { delayMinMs: 2000 } })).toEqual([
      'decision.execution.obfuscation.delayMaxMs: must be delayMinMs (2000) or more, was 1500',
    ]);
  });
});

describe('contradictions', () => {
  it('are told together, and beside values that are wrong by themselves', () => {
    const found = problemsOf(
      { cashUsd: -1, fees: { schedule: 'x' }, latency: { entry: { model: 'empirical' } } },
      { risk: { takeProfit: { enabled: true } }, sed: 1 },
    );
    expect(found.map((text) => text.split(':')[0]).sort()).toEqual([
      'decision.risk.takeProfit.enabled',
      'decision.sed',
      'world.cashUsd',
      'world.fees.schedule',
      'world.latency.entry.samples',
    ]);
  });

  it('are silent where one of the values is wrong by itself', () => {
    expect(problemsOf({ latency: { entry: { model: 'uniform', ms: 9, maxMs: 'x' } } })).toEqual([
      'world.latency.entry.maxMs: must be a number 0 to 3600000, was "x"',
    ]);
  });
});
