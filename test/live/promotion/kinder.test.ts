// What a backtest was spared, told key by key; the defaults and whatever is dearer are spared nothing.

import { describe, expect, it } from 'vitest';
import { kinderThanMarkets } from '../../../live/promotion/kinder.ts';
import { configOf } from '../../support/run.ts';

/** Base fees of the two venues. */
const LEGS = [
  { venue: 'aster', symbol: 'BTCUSDT', makerFeeBps: 1, takerFeeBps: 3.5 },
  { venue: 'hyperliquid', symbol: 'BTCUSDC', makerFeeBps: 1.5, takerFeeBps: 4.5 },
];

type World = NonNullable<NonNullable<Parameters<typeof configOf>[0]>['world']>;
/** With the cap on volume that charts drawn by hand do without. */
const told = (world: World) => {
  const fills = { volumeShare: 0.1, ...world.fills };
  return kinderThanMarkets(configOf({ world: { ...world, fills } }).world, LEGS);
};

describe('rules that are kinder than markets', () => {
  it.each<[string, World]>([
    ['the defaults', {}],
    ['dearer fees', { takerFeeBps: 10, makerFeeBps: 5 }],
    ['a published schedule', { fees: { schedule: 'binance-usdm' } }],
    ['doubled costs', { costs: { multiple: 2 } }],
    ['an estimated spread above nothing', { slippageBps: 0, costs: { spread: 'edge' } }],
    ['finer candles', { fills: { path: 'finer' } }],
  ])('are none of %s', (_, world) => expect(told(world)).toEqual([]));

  it.each<[string, World]>([
    ['world.slippageBps 0', { slippageBps: 0 }],
    ['world.costs.multiple 0.5', { costs: { multiple: 0.5 } }],
    ['world.funding false', { funding: false }],
    ['world.margin.enabled false', { margin: { enabled: false } }],
    ['world.fills.volumeShare null', { fills: { volumeShare: null } }],
    ['world.fills.zeroVolume fill', { fills: { zeroVolume: 'fill' } }],
    ['world.fills.throughTicks 0', { fills: { throughTicks: 0 } }],
    ['world.fills.rules freqtrade', { fills: { rules: 'freqtrade' } }],
    ['world.fills.path ohlc', { fills: { path: 'ohlc' } }],
  ])('are told by their key: %s', (words, world) => expect(told(world)).toEqual([words]));

  it('have the fees of each venue', () => {
    expect(told({ takerFeeBps: 4 })).toEqual([
      'a taker fee of 4 bps at hyperliquid, which asks for 4.5',
    ]);
    expect(told({ venues: { aster: { makerFeeBps: -1 } } })).toEqual([
      'a maker fee of -1 bps at aster, which asks for 1',
    ]);
    const tiers = { own: { fromVolumeUsd: 0, makerBps: 2, takerBps: 3 } };
    expect(told({ fees: { tiers } })).toEqual([
      'a taker fee of 3 bps at aster, which asks for 3.5',
      'a taker fee of 3 bps at hyperliquid, which asks for 4.5',
    ]);
  });
});
