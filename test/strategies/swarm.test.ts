// The four agents of the swarm on hand-drawn hourly charts. Indicators meant for finer candles run
// on the hours here, so a chart of a few hundred candles is weeks long.

import { describe, expect, it } from 'vitest';
import type { PortfolioView, Strategy, Vote } from '../../engine/agents/contract.ts';
import degenHunter from '../../strategies/degen-hunter.ts';
import quantAlpha from '../../strategies/quant-alpha.ts';
import riskGuardian from '../../strategies/risk-guardian.ts';
import sentimentSage from '../../strategies/sentiment-sage.ts';
import { constantSeries, panelOf, ramp, viewOf, votesOf } from '../support/market.ts';

/** A market that sways about 100 and goes nowhere, `count` pairs of hours. */
const sway = (count: number) => '100.5 100 '.repeat(count);

/** Two steps up, one back, `count` times: a trend as they are. */
function climb(from: number, step: number, count: number): string {
  const closes: number[] = [];
  for (let k = 0, price = from; k < count; k++) {
    closes.push(price + step, price + 2 * step, price + step);
    price += step;
  }
  return closes.map((price) => price.toFixed(3)).join(' ');
}

function lastVote(strategy: Strategy, chart: string, mood?: number): Vote | null {
  const series = mood === undefined ? [] : [constantSeries('sentiment', mood)];
  return votesOf(strategy, panelOf({ BTC: chart }, { series })).at(-1)!;
}

describe('quant-alpha', () => {
  it('buys a trend that is picking up, and sells its mirror image', () => {
    const up = lastVote(quantAlpha, `${sway(30)} ${climb(100, 0.5, 8)} ${climb(104, 1, 3)}`);
    expect(up).toMatchObject({ action: 'BUY', reason: 'trend and impulse up' });
    const down = lastVote(quantAlpha, `${sway(30)} ${climb(100, -0.5, 8)} ${climb(96, -1, 3)}`);
    expect(down).toMatchObject({ action: 'SELL', reason: 'trend and impulse down' });
    expect(up!.confidence).toBeGreaterThan(0.6);
    expect(down!.confidence).toBeGreaterThan(0.6);
  });

  it('holds where there is no trend', () => {
    expect(lastVote(quantAlpha, sway(60))).toMatchObject({ action: 'HOLD' });
  });

  it('holds in a market that stands still', () => {
    expect(lastVote(quantAlpha, '100x80')?.action ?? 'HOLD').toBe('HOLD');
  });

  it('is less sure of the same trend once RSI is stretched', () => {
    const chart = `${sway(30)} ${ramp(100, 120, 24)}`;
    const panel = panelOf({ BTC: chart });
    const minding = votesOf(quantAlpha, panel).at(-1)!;
    const careless = votesOf(quantAlpha, panel, { overbought: 99 }).at(-1)!;
    expect(careless.confidence).toBeGreaterThan(minding.confidence);
  });
});

describe('risk-guardian', () => {
  const calm = sway(100);

  it('joins a calm and orderly trend modestly, in its direction', () => {
    const up = lastVote(riskGuardian, `${calm} ${climb(100, 0.2, 20)}`);
    expect(up).toMatchObject({ action: 'BUY', reason: 'calm uptrend' });
    const down = lastVote(riskGuardian, `${calm} ${climb(100, -0.2, 20)}`);
    expect(down).toMatchObject({ action: 'SELL', reason: 'calm downtrend' });
  });

  it('shouts HOLD in stress', () => {
    const vote = lastVote(riskGuardian, `${calm} 104 97 105 95 106 94`);
    expect(vote).toMatchObject({ action: 'HOLD', reason: 'volatility stress' });
    expect(vote!.confidence).toBeGreaterThanOrEqual(0.8);
  });

  it('holds in a calm market without a trend', () => {
    expect(lastVote(riskGuardian, calm)).toMatchObject({ action: 'HOLD' });
  });

  const healthy: PortfolioView = {
    equityUsd: 10_000,
    drawdown: 0.02,
    exposure: 0.3,
    openPositions: 1,
    qty: 0,
    entryPrice: Number.NaN,
  };

  function refusal(chart: string, changes: Partial<PortfolioView>): string | null {
    const panel = panelOf({ BTC: chart });
    const view = viewOf(riskGuardian, panel);
    view.i = panel.length - 1;
    return riskGuardian.veto!(view as never, { ...healthy, ...changes }, 1);
  }

  it('lets a healthy account enter a calm market', () => {
    expect(refusal(calm, {})).toBeNull();
    expect(refusal(calm, { drawdown: 0.15, exposure: 0.8 })).toBeNull();
  });

  it('vetoes entries beyond the drawdown, beyond the exposure, and in a volatility spike', () => {
    expect(refusal(calm, { drawdown: 0.151 })).toBe('drawdown');
    expect(refusal(calm, { exposure: 0.81 })).toBe('exposure');
    expect(refusal(`${calm} 115 88 118 84`, {})).toBe('volatility');
  });

  it('refuses what it cannot check: an unknown drawdown, exposure or volatility', () => {
    expect(refusal(calm, { drawdown: Number.NaN })).toBe('drawdown');
    expect(refusal(calm, { exposure: Number.NaN })).toBe('exposure');
    expect(refusal(sway(20), {})).toBe('volatility');
  });

  it('closes positions only beyond the hard drawdown', () => {
    const view = viewOf(riskGuardian, panelOf({ BTC: calm })) as never;
    const closing = (drawdown: number) =>
      riskGuardian.vetoHolding!(view, { ...healthy, drawdown, qty: 1, entryPrice: 100 });
    expect(closing(0.2)).toBeNull();
    expect(closing(0.25)).toBeNull();
    expect(closing(0.251)).toBe('drawdown');
    expect(closing(Number.NaN)).toBe('drawdown');
  });
});

describe('sentiment-sage', () => {
  it('buys extreme fear and sells extreme greed, surer the more extreme', () => {
    const fear = lastVote(sentimentSage, sway(40), 20)!;
    expect(fear).toMatchObject({ action: 'BUY', reason: 'fear-and-greed' });
    expect(lastVote(sentimentSage, sway(40), 5)!.confidence).toBeGreaterThan(fear.confidence);
    const greed = lastVote(sentimentSage, sway(40), 80)!;
    expect(greed).toMatchObject({ action: 'SELL', reason: 'fear-and-greed' });
    expect(lastVote(sentimentSage, sway(40), 95)!.confidence).toBeGreaterThan(greed.confidence);
  });

  it('goes with the trend in between, and holds when there is none', () => {
    expect(lastVote(sentimentSage, `${sway(40)} ${climb(100, 1, 6)}`, 55)).toMatchObject({
      action: 'BUY',
      reason: 'fear-and-greed',
    });
    expect(lastVote(sentimentSage, `${sway(40)} ${climb(100, -1, 6)}`, 45)!.action).toBe('SELL');
    expect(lastVote(sentimentSage, `100.5 ${'101 100 '.repeat(40)} 100.5`, 50)!.action).toBe(
      'HOLD',
    );
  });

  it('reads the mood off the price when the data have no index, and says so', () => {
    // Three hours a sway, so that four-hour closes are not all alike.
    const slow = '100.4 99.6 100 '.repeat(30);
    expect(lastVote(sentimentSage, `${slow} ${climb(100, 0.1, 3)}`)).toMatchObject({
      action: 'BUY',
      reason: 'price proxy',
    });
    const crash = lastVote(sentimentSage, `${sway(40)} ${ramp(100, 90, 30)} 86 82 78 72`)!;
    expect(crash).toMatchObject({ action: 'BUY', reason: 'price proxy' });
  });

  it('falls back to the price in the rows for which the index is missing', () => {
    const panel = panelOf(
      { BTC: sway(60) },
      {
        series: [
          {
            name: 'sentiment',
            publishedMs: new Float64Array([1_704_067_200_000 + 100 * 3_600_000]),
            value: new Float64Array([10]),
          },
        ],
      },
    );
    const votes = votesOf(sentimentSage, panel);
    expect(votes[98]!.reason).toBe('price proxy');
    expect(votes[99]).toMatchObject({ action: 'BUY', reason: 'fear-and-greed' });
  });

  it('has no opinion between the extremes before the trend is known', () => {
    expect(lastVote(sentimentSage, '100 101 102', 50)).toBeNull();
    expect(lastVote(sentimentSage, '100 101 102')).toBeNull();
  });
});

describe('degen-hunter', () => {
  it('buys a burst upwards and sells a burst downwards, loudly', () => {
    const up = lastVote(degenHunter, `${sway(40)} 103@1000`)!;
    expect(up).toMatchObject({ action: 'BUY', reason: 'burst upwards' });
    expect(up.confidence).toBeGreaterThan(0.9);
    const down = lastVote(degenHunter, `${sway(40)} 97@1000`)!;
    expect(down).toMatchObject({ action: 'SELL', reason: 'burst downwards' });
    expect(down.confidence).toBeGreaterThan(0.9);
  });

  it('holds without a burst of volume, however far the price goes', () => {
    expect(lastVote(degenHunter, `${sway(40)} 103`)).toMatchObject({
      action: 'HOLD',
      reason: 'no burst of volume',
    });
  });

  it('holds in a burst that goes nowhere', () => {
    expect(lastVote(degenHunter, `${sway(40)} 100/102/98/100@1000`)).toMatchObject({
      action: 'HOLD',
      reason: 'a burst going nowhere',
    });
  });

  it('sees no breakout right after a hole', () => {
    const seen = lastVote(degenHunter, `${sway(40)} 103@1000`)!;
    const blind = lastVote(degenHunter, `${sway(40)} - 103@1000`)!;
    expect(blind.action).toBe('BUY');
    expect(blind.confidence).toBeLessThan(seen.confidence);
  });
});
