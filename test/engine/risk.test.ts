// The risk gate: what it lets through, in what size, and that whatever is not a number is refused.

import { describe, expect, it } from 'vitest';
import { Portfolio } from '../../engine/portfolio/portfolio.ts';
import { RiskGate } from '../../engine/risk/gate.ts';
import { REFUSALS, RefusalCount } from '../../engine/risk/refusal.ts';
import { RiskRules } from '../../engine/risk/rules.ts';
import { instrumentOf, panelOf } from '../support/market.ts';
import {
  configOf,
  fillTexts,
  freeWith,
  type Partly,
  runOf,
  staking,
  targets,
  voter,
} from '../support/run.ts';

type Risk = ReturnType<typeof configOf>['decision']['risk'];

function gateOf(risk: Partly<Risk> = {}, instrument = instrumentOf('A')) {
  const portfolio = new Portfolio([instrument], 10_000);
  portfolio.lastPrice[0] = 100;
  const { decision } = configOf({ decision: { risk: { maxPositionFraction: 1, ...risk } } });
  const config = decision.risk;
  const panel = panelOf({ A: '100' });
  const rules = new RiskRules({
    config,
    panel,
    portfolio,
    decisionMs: panel.intervalMs,
    seatIds: [],
    seed: 1,
  });
  const gate = new RiskGate(config, portfolio, [instrument], rules);
  return { gate, portfolio, record: rules.record };
}

describe('the stake', () => {
  it('is half of Kelly by default: half of 0.55 - 0.45 / 2', () => {
    expect(gateOf().gate.stake(0, 1, 1, 0)).toBeCloseTo(0.1625, 12);
  });

  it('is what the config says under fixed-fraction', () => {
    const sizing = { rule: 'fixed-fraction' as const, notionalFraction: 0.07 };
    expect(gateOf({ sizing }).gate.stake(0, 1, 1, 0)).toBe(0.07);
  });

  it('follows the track record, shrunk towards the config', () => {
    const sizing = {
      winRateSource: 'track-record' as const,
      priorTrades: 5,
      winRate: 0.5,
      rewardToRisk: 1,
    };
    const { gate, record } = gateOf({ sizing });
    expect(gate.stake(0, 1, 1, 0)).toBe(0);
    for (const each of [0.04, 0.02, -0.01, 0.03, -0.02]) record.add(each);
    // Win rate 0.55 and reward-to-risk 1.5, by hand in kelly.test.ts: (0.55 - 0.45 / 1.5) / 2.
    expect(gate.stake(0, 1, 1, 0)).toBeCloseTo(0.125, 12);
  });

  it('without an edge is refused as such', () => {
    const given = freeWith({ sizing: { winRate: 0.4, rewardToRisk: 1 } });
    const run = runOf(panelOf({ A: '100x4' }), [voter('v', 'b b')], given);
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'no-edge': 2 });
    expect(fillTexts(run)).toEqual([]);
  });

  it('learns within a run: losses take the edge away', () => {
    const sizing = {
      winRateSource: 'track-record' as const,
      priorTrades: 1,
      winRate: 0.6,
      rewardToRisk: 1,
    };
    const script = 'b . s . b . s . b . s';
    const run = runOf(
      panelOf({ A: '100 100 90 90 100 100 90 90 100 100 90' }),
      [voter('v', script)],
      freeWith({ sizing }),
    );
    // One loss: (0 + 0.6) / 2 = 0.3 is no edge any more at even odds.
    expect(run.kernel.desk.refusals.toRecord()['no-edge']).toBeGreaterThan(0);
    expect(run.kernel.trades.length).toBe(1);
  });
});

describe('an entry', () => {
  const entry = (risk: Partly<Risk>, fraction = 1, price = 100, side: 1 | -1 = 1) =>
    gateOf(risk).gate.entry(0, side, fraction, price, 0, 0);

  it('is a market order of whole lots, rounded down', () => {
    expect(entry({}, 0.123_456_7)).toMatchObject({
      qty: 12.345,
      type: 'market',
      reduceOnly: false,
    });
  });

  it('carries a share of equity instead when it is sized at the fill', () => {
    const order = entry({ sizeAt: 'fill', maxPositionFraction: 0.2 });
    expect(order).toMatchObject({ equityFraction: 0.2, qty: Number.NaN });
  });

  it.each([
    ['the account is not above zero', 'bankrupt', { equity: 0 }],
    ['the account is below zero', 'bankrupt', { equity: -5 }],
    ['equity is NaN', 'bankrupt', { equity: Number.NaN }],
    ['the stake is 0', 'no-edge', { fraction: 0 }],
    ['the stake is negative', 'no-edge', { fraction: -0.1 }],
    ['the stake is NaN', 'no-edge', { fraction: Number.NaN }],
    ['the price is NaN', 'below-min-notional', { price: Number.NaN }],
    ['the price is infinite', 'below-min-notional', { price: Number.POSITIVE_INFINITY }],
    ['it would be smaller than the venue takes', 'below-min-notional', { fraction: 0.0004 }],
    ['it is short and shorts are off', 'short-not-allowed', { side: -1 as const }],
  ])('is refused when %s', (_, code, change) => {
    const { gate, portfolio } = gateOf({ allowShort: false });
    const given: Partly<{ equity: number; fraction: number; price: number; side: 1 | -1 }> = change;
    const { equity = 10_000, fraction = 1, price = 100, side = 1 } = given;
    portfolio.fund(0, equity - portfolio.walletUsd);
    portfolio.mark();
    expect(gate.entry(0, side, fraction, price, 0, 0)).toBe(code);
  });

  it('is refused when what is held already cannot be valued', () => {
    const { gate, portfolio } = gateOf();
    portfolio.fill(0, 1, 100, 0, 0);
    portfolio.lastPrice[0] = Number.NaN;
    expect(typeof gate.entry(0, 1, 1, 100, 0, 0)).toBe('string');
  });

  it('is 5 USD at the least where the venue asks for 5', () => {
    expect(entry({}, 0.000_499)).toBe('below-min-notional');
    expect(entry({}, 0.0005)).toMatchObject({ qty: 0.05 });
  });

  it('is refused in a run with its reason, and no order is made', () => {
    const run = runOf(
      panelOf({ A: '100x4' }),
      [voter('v', 's s')],
      staking(0.5, { allowShort: false }),
    );
    expect(run.kernel.desk.refusals.toRecord()).toEqual({ 'short-not-allowed': 2 });
    expect(run.kernel.desk.log.length).toBe(0);
  });

  it('short is refused, but the close that comes with it is not', () => {
    const run = runOf(
      panelOf({ A: '100x5' }),
      [targets('0.5 -0.5')],
      freeWith({ allowShort: false }),
    );
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '2: -50 @ 100']);
  });
});

describe('an exit', () => {
  it('always passes, whatever the account', () => {
    const { gate, portfolio } = gateOf();
    portfolio.fill(0, -2, 100, 0, 0);
    portfolio.fund(0, Number.NaN);
    portfolio.mark();
    expect(gate.exit(0, 'signal', 100, 0, true)).toMatchObject({
      side: 1,
      qty: 2,
      reduceOnly: true,
    });
  });

  it('of nothing is a defect of ours', () => {
    expect(() => gateOf().gate.exit(0, 'signal', 100, 0, true)).toThrow('broken invariant');
    expect(() => gateOf().gate.stop(0, 'stop', 95, 0)).toThrow('broken invariant');
  });

  it('in part is whole lots of what is held at most, or nothing', () => {
    const { gate, portfolio } = gateOf();
    portfolio.fill(0, 1, 100, 0, 0);
    expect(gate.reduction(0, 0.000_9, 100, 0, 'signal')).toBeNull();
    expect(gate.reduction(0, Number.NaN, 100, 0, 'signal')).toBeNull();
    expect(gate.reduction(0, 0.25, 100, 0, 'signal')).toMatchObject({ qty: 0.25, side: -1 });
    expect(gate.reduction(0, 7, 100, 0, 'signal')).toMatchObject({ qty: 1 });
  });
});

describe('refusals', () => {
  it('are counted by code, most frequent first, ties by code', () => {
    const count = new RefusalCount();
    for (const code of ['no-edge', 'veto-b', 'veto-a', 'no-edge', 'halted'] as const)
      count.add(code);
    expect(Object.entries(count.toRecord())).toEqual([
      ['no-edge', 2],
      ['halted', 1],
      ['veto-a', 1],
      ['veto-b', 1],
    ]);
    expect(count.size).toBe(4);
  });

  it('all say in words what they mean', () => {
    for (const words of Object.values(REFUSALS)) expect(words.length).toBeGreaterThan(10);
  });
});
