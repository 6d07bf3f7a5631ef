// What the page of a run says of costs, of how orders were worked, of the rules behind its numbers,
// and of what risk refused.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/schema.ts';
import { configOf, type Partly } from '../support/run.ts';
import { sampleResult } from '../support/sample-result.ts';
import { pageOf, tablesOf } from './page.ts';

const NO_COST = {
  filledPaperUsd: 0,
  delayUsd: 0,
  spreadUsd: 0,
  impactUsd: 0,
  feeUsd: 0,
  missedUsd: 0,
  totalUsd: 0,
  bps: 0,
};

/** Paper notional and the share of it that filled. */
const paper = (paperUsd: number, filled: number) => ({
  paperUsd,
  filledPaperUsd: filled * paperUsd,
});

describe('the numbers', () => {
  it('of the costs are also shares of starting cash and of what was traded', async () => {
    const sample = sampleResult({ trades: 1, legs: 1 });
    const fills = {
      ...sample.fills,
      qty: Float64Array.of(0.5, -0.5),
      price: Float64Array.of(10_000, 10_000),
    };
    const costs = {
      feesUsd: 4,
      slippageUsd: 3,
      spreadUsd: 2,
      impactUsd: 1,
      fundingUsd: -0.5,
      returnWithoutCosts: 0.001,
    };
    const page = await pageOf({ ...sample, fills, facts: { ...sample.facts, costs } });
    const rows = page.find('#costs tbody tr').map((row) => row.textContent);
    // Of 10,000 USD of cash; of 2 x 5,000 USD traded.
    expect(rows.slice(1, 5)).toEqual(
      [
        'Fees-4.00-0.04 %-4.00 bps\n',
        'Spread-2.00-0.02 %-2.00 bps\n',
        'Impact of our own size-1.00-0.01 %-1.00 bps\n',
        'Funding paid-0.50-0.01 %-0.50 bps\n',
      ].map((text) => text.trimEnd()),
    );
    expect(page.read('#costs .remark')).toMatch(/^Traded notional: 10,000\.00 USD/);
  });

  it('of execution are the parts of the shortfall in USD and bps, all ways added up last', async () => {
    const market = {
      ...NO_COST,
      algorithm: 'market',
      parents: 2,
      fills: 2,
      ...paper(20_000, 0.75),
    };
    const exit = { ...NO_COST, algorithm: 'exit', parents: 1, fills: 3, ...paper(30_000, 1) };
    const page = await pageOf({
      change: (facts) => ({
        ...facts,
        execution: [
          { ...exit, delayUsd: -3, feeUsd: 12, totalUsd: 9, bps: 3 },
          { ...market, spreadUsd: 4, impactUsd: 1, missedUsd: 1, totalUsd: 6, bps: 3 },
        ],
      }),
    });
    const [shortfall] = tablesOf(page, '#execution');
    expect(shortfall).toEqual([
      [
        'market',
        '2',
        '2',
        '20,000',
        '75.0 %',
        '0.00 | 0.0 bps',
        '4.00 | 2.0 bps',
        '1.00 | 0.5 bps',
      ].concat('0.00 | 0.0 bps', '1.00 | 0.5 bps', '6.00 | 3.0 bps'),
      [
        'exit',
        '1',
        '3',
        '30,000',
        '100.0 %',
        '-3.00 | -1.0 bps',
        '0.00 | 0.0 bps',
        '0.00 | 0.0 bps',
      ].concat('12.00 | 4.0 bps', '0.00 | 0.0 bps', '9.00 | 3.0 bps'),
      [
        'all',
        '3',
        '5',
        '50,000',
        '90.0 %',
        '-3.00 | -0.6 bps',
        '4.00 | 0.8 bps',
        '1.00 | 0.2 bps',
      ].concat('12.00 | 2.4 bps', '1.00 | 0.2 bps', '15.00 | 3.0 bps'),
    ]);
    expect(page.read('#execution p')).toMatch(/Implementation shortfall \(Perold 1988\)/);
  });

  it('of execution tell how many fills were maker fills', async () => {
    const sample = sampleResult({ trades: 2, legs: 1 });
    const fills = {
      ...sample.fills,
      qty: Float64Array.of(1, -1, 2, -2),
      price: Float64Array.of(100, 100, 100, 100),
      maker: Float64Array.of(0, 1, 0, 0),
    };
    const page = await pageOf({ ...sample, fills });
    // One of four; 100 of 600 USD.
    expect(page.read('#execution .remark')).toContain(
      'Of 4 fills 1 (25.0 %, by notional 16.7 %) were maker fills',
    );
    const maker = new Float64Array(4);
    const none = await pageOf({ ...sample, fills: { ...fills, maker } });
    expect(none.read('#execution .remark')).toContain('None of 4 fills was a maker fill.');
  });
});

describe('the parts', () => {
  it('are loud about liquidations, and silent where there were none', async () => {
    const page = await pageOf({ change: (facts) => ({ ...facts, liquidations: 2 }) });
    expect(page.read('#execution .callout')).toMatch(/^2 positions were liquidated for want/);
    expect((await pageOf()).find('#execution .callout')).toHaveLength(0);
  });

  it('say so when no order was sent', async () => {
    const page = await pageOf({ trades: 0 });
    expect(page.read('#execution .remark')).toBe('No order was sent.');
    expect(tablesOf(page, '#execution')).toHaveLength(1);
  });

  it('give every refusal its sentence', async () => {
    const refusals = { 'no-capital': 7, 'veto-drawdown': 2 };
    const page = await pageOf({ change: (facts) => ({ ...facts, refusals }) });
    const [rows] = tablesOf(page, '#decisions');
    expect(rows!.map(([code]) => code)).toEqual([
      'no-capital | what was free went to better candidates of the same candle',
      'veto-drawdown | an agent kept the entry out; its own word stands after the dash',
    ]);
  });
});

describe('the rules on the page', () => {
  async function rulesOf(given: Partly<Config>): Promise<Record<string, string>> {
    const config = configOf(given);
    const page = await pageOf({ change: (facts) => ({ ...facts, config }) });
    const rows = tablesOf(page, '#execution').at(-1)!;
    return Object.fromEntries(rows.map(([, cell]) => cell!.split(' | ').reverse()));
  }

  it('are those of the default config, in words', async () => {
    expect(await rulesOf({})).toEqual({
      'world.fills.rules':
        'sapphire: stops, limits and targets meet the inside of a candle as the next line says',
      'world.fills.path': 'pessimistic: what a candle leaves open is answered against us',
      'world.fills.throughTicks': 'fill when price trades 1 tick through',
      'world.fills.volumeShare': 'no cap: orders fill whole, however large',
      'world.fills.zeroVolume': 'nothing fills',
      'world.costs.spread': '2 bps on every taker fill',
      'world.costs.impact': 'none: our own size does not move the price',
      'world.fees': 'the instrument’s own, flat',
      'world.funding': 'charged where the data have it',
      'world.latency': 'none: an order is at the venue when the candle has closed',
      'world.margin': 'cross, leverage 20 at most, liquidation fee 50 bps',
      'world.outages': 'none',
      'decision.execution.routing': 'the primary venue',
      'decision.execution.algorithm': 'market; exits are market orders',
    });
  });

  it('are those of a config that changes each of them', async () => {
    const rules = await rulesOf({
      world: {
        fills: { rules: 'freqtrade', path: 'finer', throughTicks: 0, volumeShare: 0.025 },
        costs: { spread: 'edge', impact: 'square-root', impactCoefficient: 0.8 },
        fees: { schedule: 'aster' },
        funding: false,
        fallbacks: ['bybit'],
        latency: {
          entry: { model: 'constant', ms: 250 },
          response: { model: 'uniform', ms: 50, maxMs: 100 },
          feed: { model: 'empirical', samples: [1, 2, 3] },
        },
        margin: { enabled: false },
        outages: { perMonth: 2, listed: { may: { venue: null } } },
      },
      decision: { execution: { algorithm: 'vwap', obfuscation: { enabled: true } } },
    });
    expect(rules).toMatchObject({
      'world.fills.path':
        'finer: candles of the finest interval stored inside; what those leave open is answered against us',
      'world.fills.throughTicks': 'fill when touched',
      'world.fills.volumeShare': 'at most 2.5 % of a candle’s volume; the rest waits',
      'world.costs.spread': 'estimated from 240 candles (EDGE), 2 to 100 bps',
      'world.costs.impact': '0.8 × volatility × √(share of volume), over 240 candles',
      'world.fees': 'published schedule aster, by volume traded before',
      'world.funding': 'not charged',
      'world.latency': 'order 250 ms, answer 50 to 100 ms, candle one of 3 measured values',
      'world.margin': 'not checked: nothing is liquidated',
      'world.outages': '1 listed; 2 in 30 days expected, 10 minutes each on average',
      'decision.execution.routing': 'the primary venue; while it cannot be reached: bybit',
      'decision.execution.algorithm': 'vwap, size and time blurred; exits are market orders',
    });
    expect(rules['world.fills.rules']).toMatch(/^freqtrade: /);
  });

  it('name flat fees of the config, tiers, and venues with fees of their own', async () => {
    const fees = async (world: Partly<Config['world']>) => (await rulesOf({ world }))['world.fees'];
    expect(await fees({ takerFeeBps: 4.5 })).toBe('flat: taker 4.5 bps, maker the instrument’s');
    const tier = { fromVolumeUsd: 0, makerBps: 1, takerBps: 4 };
    expect(await fees({ fees: { tiers: { base: tier } } })).toBe(
      '1 tier of the config, by volume traded before',
    );
    expect(await fees({ venues: { bybit: { takerFeeBps: 6 } } })).toMatch(/others at bybit$/);
  });
});
