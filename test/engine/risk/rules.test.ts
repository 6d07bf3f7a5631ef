// Every rule in a run: what it refuses, under which code, and that nothing is ordered behind its back.

import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { edgeSpread } from '../../../engine/market/indicators/edge-spread.ts';
import { random } from '../../../engine/random.ts';
import type { Run } from '../../../engine/research/backtest.ts';
import { SPREAD_CANDLES } from '../../../engine/risk/rules.ts';
import { candles, panelOf, ramp } from '../../support/market.ts';
import { eachRow, fillTexts, inputOf, runOf, staking, targets, voter } from '../../support/run.ts';

const refusals = ({ kernel }: Run) => kernel.desk.refusals.toRecord();
/** `b` at every row from one to another. */
const buys = (from: number, to: number) => `${'. '.repeat(from)}${'b '.repeat(to - from + 1)}`;

describe('a loss limit', () => {
  // Bought at 100 with everything, down to 90 in row 2, sold in row 3.
  const panel = panelOf({ A: '100 100 90x30' });
  const script = `b . s . ${'b '.repeat(20)}`;

  it('of the day refuses every entry until midnight UTC, whose close opens the new day', () => {
    const run = runOf(panel, [voter('v', script)], staking(1, { limits: { dailyLoss: 0.05 } }));
    // Rows 4 to 22 are refused; row 23 closes at midnight.
    expect(refusals(run)).toEqual({ 'daily-loss': 19 });
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '3: -100 @ 90', '24: 100 @ 90']);
  });

  it('of the drawdown refuses them for the rest of the run', () => {
    const limits = { maxDrawdown: 0.1 };
    const run = runOf(panel, [voter('v', script)], staking(1, { limits }));
    expect(refusals(run)).toEqual({ 'drawdown-halt': 20 });
    expect(fillTexts(run)).toHaveLength(2);
  });

  it('lets a close through, and a target of the other sign only closes', () => {
    const run = runOf(panel, [targets('1 . -1')], staking(1, { limits: { dailyLoss: 0.05 } }));
    expect(refusals(run)).toEqual({ 'daily-loss': 1 });
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '3: -100 @ 90']);
  });

  it('takes back an entry that is under way when it is hit', () => {
    // B does not trade in rows 2 and 3: its order waits, and A falls meanwhile.
    const two = panelOf({ A: '100 100 100 90x5', B: '100 100 100@0 100@0 100 100 100 100' });
    const votes = voter('v', { A: 'b', B: '. b' });
    const given = staking(0.6, { maxExposure: 2, limits: { dailyLoss: 0.05 } });
    expect(fillTexts(runOf(two, [votes], staking(0.6, { maxExposure: 2 })))).toContain(
      '4: B 60 @ 100',
    );
    expect(fillTexts(runOf(two, [votes], given))).toEqual(['1: A 60 @ 100']);
  });
});

describe('a protection', () => {
  it('of a cooldown lets whole candles pass after a close', () => {
    const given = staking(1, { protections: { cooldownCandles: 3 } });
    const run = runOf(panelOf({ A: '100x12' }), [voter('v', `b . s b b b b`)], given);
    // Closed by a fill in row 3: refused at the closes of rows 3, 4 and 5.
    expect(refusals(run)).toEqual({ cooldown: 3 });
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '3: -100 @ 100', '7: 100 @ 100']);
  });

  it('counts losing stops, a liquidation among them, and locks every leg', () => {
    const given = staking(0.5, {
      stopLoss: { enabled: true, fraction: 0.05 },
      protections: { stopLossGuard: { trades: 1, lookbackCandles: 10, lockCandles: 4 } },
    });
    const panel = panelOf({ A: '100 100 90x8', B: '100x10' });
    const run = runOf(panel, [voter('v', { A: 'b', B: '. . b b b b b' })], given);
    // A is stopped in row 2: rows 2 to 5 are locked.
    expect(refusals(run)).toEqual({ 'stop-loss-guard': 4 });
    expect(fillTexts(run).at(-1)).toBe('7: B 48.75 @ 100');
  });
});

describe('the correlation cap', () => {
  const wave = '100 101 100 102 101 103 102 104 103 105 104 106 105 107';
  const against = '100 99 100 98 99 97 98 96 97 95 96 94 95 93';
  const correlation = { enabled: true, lookbackCandles: 10, max: 0.8 };
  const given = staking(0.2, { correlation });

  it('refuses what repeats an open position, and lets its opposite through', () => {
    const panel = panelOf({ A: wave, B: wave, C: against });
    const votes = voter('v', { A: `${'. '.repeat(10)}b`, B: buys(12, 12), C: buys(12, 12) });
    const run = runOf(panel, [votes], given);
    expect(refusals(run)).toEqual({ correlated: 1 });
    expect(fillTexts(run).map((text) => text.slice(0, 5))).toEqual(['11: A', '13: C']);
  });

  it('counts the entries of the same close: of two that move together one is made', () => {
    const run = runOf(panelOf({ A: wave, B: wave }), [voter('v', buys(10, 10))], given);
    expect(refusals(run)).toEqual({ correlated: 1 });
    expect(fillTexts(run)).toHaveLength(1);
  });

  it('refuses what cannot be told yet', () => {
    const run = runOf(panelOf({ A: wave, B: wave }), [voter('v', 'b')], given);
    expect(refusals(run)).toEqual({ 'correlation-unknown': 1 });
  });
});

describe('the cost check', () => {
  /** Prices that bounce between a bid and an ask one per cent apart. */
  function bouncing(rows: number) {
    const draw = random(5, 'bounce');
    const words = Array.from({ length: rows }, () => {
      const mid = 100 + draw() * 0.2;
      const [o, c] = [draw(), draw()].map((u) => mid * (u < 0.5 ? 0.995 : 1.005));
      return `${o}/${mid * 1.005}/${mid * 0.995}/${c}`;
    });
    return panelOf({ A: candles(words.join(' ')) });
  }

  it('refuses an entry whose expected half-spread is above the limit, or not known yet', () => {
    const panel = bouncing(300);
    const votes = voter('v', `b ${'. '.repeat(278)} b`);
    const spread = panel.legs[0]!.features.column(
      edgeSpread(SPREAD_CANDLES, true),
      panel.intervalMs,
    );
    const at = (maxSlippageBps: number) => runOf(panel, [votes], staking(1, { maxSlippageBps }));
    const cheap = at(200);
    const halfBps = (spread[279]! / 2) * 1e4;
    // 50 as drawn; how near EDGE comes is not the question here.
    expect(halfBps).toBeGreaterThan(25);
    expect(halfBps).toBeLessThan(100);
    expect(refusals(cheap)).toEqual({ slippage: 1 });
    expect(fillTexts(cheap)).toHaveLength(1);
    expect(refusals(at(halfBps - 0.01))).toEqual({ slippage: 2 });
    expect(fillTexts(at(halfBps + 0.01))).toHaveLength(1);
  });
});

describe('the leverage of a symbol', () => {
  it('caps its positions and no others', () => {
    const panel = panelOf({ A: '100x4', B: '100x4' });
    const run = runOf(panel, [voter('v', 'b')], staking(0.5, { maxLeverage: { A: 0.3 } }));
    expect(fillTexts(run)).toEqual(['1: A 30 @ 100', '1: B 50 @ 100']);
  });

  it('caps a target too, which is then reached and asks for no more', () => {
    const given = staking(1, { maxLeverage: { A: 0.3 } });
    const run = runOf(panelOf({ A: '100x6' }), [targets('1 . 0.8 . 0.2')], given);
    expect(fillTexts(run)).toEqual(['1: 30 @ 100', '5: -10 @ 100']);
    expect(refusals(run)).toEqual({});
  });

  it('of 0 refuses it', () => {
    const run = runOf(
      panelOf({ A: '100x4' }),
      [voter('v', 'b')],
      staking(1, { maxLeverage: { A: 0 } }),
    );
    expect(refusals(run)).toEqual({ 'max-leverage': 1 });
  });
});

describe('a size', () => {
  const votes = (script: string) => [voter('v', script)];

  it('by fixed risk loses the share that was said when its stop is hit', () => {
    const sizing = { rule: 'fixed-risk' as const, riskPerTrade: 0.01 };
    const given = staking(0, { sizing, stopLoss: { enabled: true, fraction: 0.02 } });
    const run = runOf(panelOf({ A: '100 100 98 98' }), votes('b'), given);
    // 1 % over 2 % is half of 10,000: 50 at 100, stopped at 98.
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '2: -50 @ 98']);
    expect(run.kernel.portfolio.worth()).toBe(9900);
  });

  it("by fixed risk takes the venue's own trailing stop for one", () => {
    const sizing = { rule: 'fixed-risk' as const, riskPerTrade: 0.01 };
    const trailingStop = { enabled: true, kind: 'venue' as const, buffer: 0.04 };
    const run = runOf(panelOf({ A: '100x3' }), votes('b'), staking(0, { sizing, trailingStop }));
    expect(fillTexts(run)).toEqual(['1: 25 @ 100']);
  });

  it('by fixed risk is refused where no stop is', () => {
    const sizing = { rule: 'fixed-risk' as const, riskPerTrade: 0.01 };
    const run = runOf(panelOf({ A: '100x3' }), votes('b'), staking(0, { sizing }));
    expect(refusals(run)).toEqual({ 'stop-not-ready': 1 });
  });

  it('by volatility is refused until there is enough of it to measure', () => {
    const sizing = {
      rule: 'volatility-target' as const,
      volatilityCandles: 10,
      volatilityTarget: 0.2,
    };
    const given = staking(0, { sizing });
    const panel = panelOf({ A: '100 101 100 101 100 101 100 101 100 101' });
    const run = runOf(panel, votes('b . . . . . . . b'), given);
    expect(refusals(run)).toEqual({ 'volatility-unknown': 1 });
    // Returns of +-ln 1.01: sd of 8 of them with mean 0 is ln 1.01 x sqrt(8 / 7), of 8760 a year.
    const stake = 0.2 / (Math.log(1.01) * Math.sqrt((8 / 7) * 8760));
    expect(fillTexts(run)).toEqual([`9: ${Math.floor(stake * 1e5) / 1e3} @ 100`]);
  });

  it('by confidence is the fraction times the score', () => {
    const sizing = { rule: 'confidence' as const, notionalFraction: 0.5 };
    const run = runOf(panelOf({ A: '100x3' }), votes('b0.8'), staking(0, { sizing }));
    expect(fillTexts(run)).toEqual(['1: 40 @ 100']);
  });

  it('by a record looks back on its last trades only', () => {
    const sizing = {
      rule: 'kelly' as const,
      winRateSource: 'track-record' as const,
      priorTrades: 0,
      winRate: 0.9,
      rewardToRisk: 1,
      lastTrades: 1,
    };
    // A win, then a loss: of the last trade alone the win rate is 0.
    const panel = panelOf({ A: '100 100 110 110 110 100 100 100' });
    const run = runOf(panel, votes('b . s . b . s . b'), staking(0, { sizing }));
    expect(refusals(run)).toEqual({});
    const wins = panelOf({ A: '100 100 110 110 110 100 100 100 100 100' });
    const again = runOf(wins, votes('b . s b . s . b'), staking(0, { sizing }));
    expect(refusals(again)).toEqual({ 'no-edge': 1 });
  });

  it('is none where the ATR of the stop is 0: no entry goes without the stop it asks for', () => {
    const given = staking(1, { atrStop: { enabled: true, period: 2 } });
    const run = runOf(panelOf({ A: '100x9' }), votes(buys(0, 5)), given);
    expect(refusals(run)).toEqual({ 'stop-not-ready': 6 });
  });
});

describe('auto-delever', () => {
  const delever = { enabled: true, threshold: 0.05, factor: 0.5, lookbackMinutes: 120 };
  const calm = '100 100 100 100';

  it('halves an open position once while price is far, and again in the next storm', () => {
    const panel = panelOf({ A: `${calm} 100 106 112 118 118 118 118 118 130 130 130` });
    const run = runOf(panel, [voter('v', '. . . b')], staking(1, { delever }));
    expect(fillTexts(run)).toEqual(['4: 100 @ 100', '6: -50 @ 106', '13: -25 @ 130']);
  });

  it('scales entries while price is far, and while it is not known whether it is', () => {
    const panel = panelOf({ A: `${calm} 106 106 106 106 106` });
    const at = (row: number) =>
      fillTexts(runOf(panel, [voter('v', buys(row, row))], staking(1, { delever })))[0];
    expect(at(0)).toBe('1: 50 @ 100');
    expect(at(3)).toBe('4: 100 @ 100');
    expect(at(4)).toBe('5: 47.169 @ 106');
    expect(at(6)).toBe('7: 94.339 @ 106');
  });

  it('scales a target as well', () => {
    const run = runOf(panelOf({ A: '100x4' }), [targets('0.8')], staking(1, { delever }));
    expect(fillTexts(run)).toEqual(['1: 40 @ 100']);
  });

  it('of factor 0 closes, under its own reason, and refuses entries', () => {
    const none = { ...delever, factor: 0 };
    const panel = panelOf({ A: `${calm} 100 106 106 106` });
    const run = runOf(panel, [voter('v', 'b . . b . . b')], staking(1, { delever: none }));
    expect(refusals(run)).toEqual({ delevered: 2 });
    expect(run.kernel.trades.closed().map((trade) => trade.exitReason)).toEqual(['delever']);
    expect(run.kernel.decider.funnel.filled).toBe(1);
  });

  it('leaves a position alone that was told to close at the same close', () => {
    const panel = panelOf({ A: `${calm} 100 106 106 106` });
    const run = runOf(panel, [voter('v', '. . . b . s')], staking(1, { delever }));
    expect(fillTexts(run)).toEqual(['4: 100 @ 100', '6: -100 @ 106']);
  });

  it('keeps the stop at what is left', () => {
    const given = staking(1, { delever, stopLoss: { enabled: true, fraction: 0.05 } });
    const panel = panelOf({ A: `${calm} 100 106 106 90 90` });
    const run = runOf(panel, [voter('v', '. . . b')], given);
    expect(fillTexts(run)).toEqual(['4: 100 @ 100', '6: -50 @ 106', '7: -50 @ 95']);
  });

  it('measures over minutes, however many candles those are', () => {
    // Two hours are eight rows: 5 % over them, of which no two rows make even 2 %.
    const panel = panelOf(
      { A: `100x9 ${ramp(100, 106, 8)} 106x3` },
      { intervalMs: 15 * MINUTE_MS },
    );
    const run = runOf(panel, [voter('v', buys(8, 8))], staking(1, { delever }));
    expect(fillTexts(run)).toEqual(['9: 100 @ 100', '16: -50 @ 105.25']);
  });
});

describe('the bandit', () => {
  const bandit = { enabled: true, epsilon: 0, minReward: -0.5 };
  const fall = '100 100 90 90 90 90 90 90 90';

  it('of symbols keeps one out whose trades lost, and no other', () => {
    const panel = panelOf({ A: fall, B: '100x9' });
    const votes = voter('v', { A: 'b . s . b', B: 'b . s . b' });
    const run = runOf(panel, [votes], staking(0.5, { bandit }));
    expect(refusals(run)).toEqual({ bandit: 1 });
    expect(fillTexts(run).at(-1)!.slice(0, 4)).toBe('5: B');
  });

  it('tries it all the same with the chance that was given', () => {
    const panel = panelOf({ A: fall });
    const sure = { ...bandit, epsilon: 1 };
    const run = runOf(panel, [voter('v', 'b . s . b')], staking(0.5, { bandit: sure }));
    expect(refusals(run)).toEqual({});
  });

  it('of agents takes the vote of one that lost for no vote at all', () => {
    const arms = { ...bandit, arms: 'agent' as const };
    const given = staking(0.5, { bandit: arms });
    const panel = panelOf({ A: fall });
    const ann = voter('ann', 'b . s . b . .');
    // Bob held on when ann bought: he is not to blame, and is heard without her.
    const bob = voter('bob', '. . . . . b .');
    const run = runOf(panel, [ann, bob], given);
    expect(fillTexts(run).map((text) => text.split(':')[0])).toEqual(['1', '3', '6']);
    expect(refusals(run)).toEqual({});
    expect(run.kernel.seats.map((seat) => seat.buys)).toEqual([2, 1]);
  });
});

describe('all rules at once', () => {
  it('are asked in the gate, so that no close can be refused by any of them', () => {
    const given = staking(1, {
      limits: { dailyLoss: 0.0001, maxDrawdown: 0.0001 },
      protections: { cooldownCandles: 50 },
      correlation: { enabled: true, max: 0 },
      bandit: { enabled: true, epsilon: 0 },
      maxLeverage: { A: 0.5 },
    });
    let closes = 0;
    const run = eachRow(
      inputOf(panelOf({ A: '100 100 90 90 90 90' }), [voter('v', 'b . s b b')], given),
      () => {},
      (tray) => {
        for (let k = 0; k < tray.length; k++) {
          const intent = tray.at(k);
          if (intent.kind === 'submit-order' && intent.order.purpose === 'signal') closes++;
        }
      },
    );
    expect(closes).toBe(1);
    expect(fillTexts(run)).toEqual(['1: 50 @ 100', '3: -50 @ 90']);
  });
});
