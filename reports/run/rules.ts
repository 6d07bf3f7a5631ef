// The rules under which the numbers of a run arose, in words: the same trades under other rules are
// other numbers. Each line names the keys of the config that change it.

import type { Config, WorldConfig } from '../../engine/config/schema.ts';
import { count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from './numbers.ts';
import { table } from './table.ts';

interface Rule {
  readonly name: string;
  readonly words: string;
  /** Of the config. */
  readonly key: string;
}

/** One line a rule. */
export function rulesTable(config: Config): Html {
  return table<Rule>(
    'Rules under which these numbers arose, and the keys that set them',
    [
      { title: 'Rule', kind: 'text', cell: ({ name }) => name },
      {
        title: 'In this run',
        kind: 'text',
        cell: ({ words, key }) => html`${words} <small class="setting"><code>${key}</code></small>`,
      },
    ],
    rulesOf(config),
  );
}

function rulesOf({ world, decision }: Config): Rule[] {
  const { fills, costs, fallbacks } = world;
  const also =
    fallbacks.length === 0 ? '' : `; while it cannot be reached: ${fallbacks.join(', ')}`;
  const routed = decision.execution.routing === 'smart' ? 'split over venues' : 'the primary venue';
  return [
    { name: 'Matching', words: MATCHING[fills.rules], key: 'world.fills.rules' },
    { name: 'Inside a candle', words: pathWords(fills), key: 'world.fills.path' },
    {
      name: 'Limit orders',
      words: throughWords(fills.throughTicks),
      key: 'world.fills.throughTicks',
    },
    { name: 'Volume', words: volumeWords(fills.volumeShare), key: 'world.fills.volumeShare' },
    {
      name: 'No volume',
      words: fills.zeroVolume === 'wait' ? 'nothing fills' : 'orders fill all the same',
      key: 'world.fills.zeroVolume',
    },
    { name: 'Half-spread', words: spreadWords(world), key: 'world.costs.spread' },
    { name: 'Impact', words: impactWords(costs), key: 'world.costs.impact' },
    { name: 'Fees', words: feeWords(world), key: 'world.fees' },
    ...(costs.multiple === 1
      ? []
      : [
          {
            name: 'All of these costs',
            words: `${plain(costs.multiple)} times; rebates as they are`,
            key: 'world.costs.multiple',
          },
        ]),
    {
      name: 'Funding',
      words: world.funding ? 'charged where the data have it' : 'not charged',
      key: 'world.funding',
    },
    { name: 'Latency', words: latencyWords(world.latency), key: 'world.latency' },
    { name: 'Margin', words: marginWords(world.margin), key: 'world.margin' },
    { name: 'Outages', words: outageWords(world.outages), key: 'world.outages' },
    { name: 'Orders go to', words: `${routed}${also}`, key: 'decision.execution.routing' },
    {
      name: 'Entries worked as',
      words: `${decision.execution.algorithm}${decision.execution.obfuscation.enabled ? ', size and time blurred' : ''}; exits are market orders`,
      key: 'decision.execution.algorithm',
    },
  ];
}

const MATCHING: Readonly<Record<WorldConfig['fills']['rules'], string>> = {
  sapphire: 'sapphire: stops, limits and targets meet the inside of a candle as the next line says',
  freqtrade:
    'freqtrade: exits as that project’s backtests decide them, to compare with its results',
};

function pathWords({ path, finerInterval }: WorldConfig['fills']): string {
  if (path === 'pessimistic')
    return 'pessimistic: what a candle leaves open is answered against us';
  if (path === 'ohlc') return 'ohlc: assumed to go open, high, low, close; not known';
  if (path === 'adaptive') return 'adaptive: assumed to reach the nearer extreme first; not known';
  const finer = finerInterval ?? 'the finest interval stored';
  return `finer: candles of ${finer} inside; what those leave open is answered against us`;
}

function throughWords(ticks: number): string {
  if (ticks === 0) return 'fill when touched';
  return `fill when price trades ${decimal(ticks, { digits: Number.isInteger(ticks) ? 0 : 2 })} ${ticks === 1 ? 'tick' : 'ticks'} through`;
}

function volumeWords(share: number | null): string {
  if (share === null) return 'no cap: orders fill whole, however large';
  return `at most ${percent(share, { digits: share < 0.01 ? 4 : 1 })} of a candle’s volume; the rest waits`;
}

function spreadWords({ costs, slippageBps }: WorldConfig): string {
  if (costs.spread === 'fixed') return `${plain(slippageBps)} bps on every taker fill`;
  const source =
    costs.spread === 'stored'
      ? 'of stored quotes'
      : `estimated from ${count(costs.lookbackCandles)} candles (EDGE)`;
  return `${source}, ${plain(slippageBps)} to ${plain(costs.spreadMaxBps)} bps`;
}

function impactWords({ impact, impactCoefficient, lookbackCandles }: WorldConfig['costs']): string {
  if (impact === 'none') return 'none: our own size does not move the price';
  const times = plain(impactCoefficient);
  if (impact === 'volume-share') return `${times} × (share of the candle’s volume)²`;
  return `${times} × volatility × √(share of volume), over ${count(lookbackCandles)} candles`;
}

function feeWords(world: WorldConfig): string {
  const own = Object.entries(world.venues).flatMap(([name, venue]) => {
    const { feeSchedule, takerFeeBps, makerFeeBps } = venue;
    if (feeSchedule !== null) return [`${name} by its schedule ${feeSchedule}`];
    return takerFeeBps !== null || makerFeeBps !== null ? [`others at ${name}`] : [];
  });
  return [ordinaryFees(world), ...own].join('; ');
}

function ordinaryFees({ fees, takerFeeBps, makerFeeBps }: WorldConfig): string {
  const tiers = Object.keys(fees.tiers).length;
  if (fees.schedule !== null) return `published schedule ${fees.schedule}, by volume traded before`;
  if (tiers > 0) return `${some(tiers, 'tier')} of the config, by volume traded before`;
  const rate = (feeBps: number | null) =>
    feeBps === null ? 'the instrument’s' : `${plain(feeBps)} bps`;
  const isOwn = takerFeeBps === null && makerFeeBps === null;
  return isOwn
    ? 'the instrument’s own, flat'
    : `flat: taker ${rate(takerFeeBps)}, maker ${rate(makerFeeBps)}`;
}

function latencyWords({ entry, response, feed }: WorldConfig['latency']): string {
  const ways = [
    ['order', entry],
    ['answer', response],
    ['candle', feed],
  ] as const;
  const slow = ways.filter(([, { model }]) => model !== 'none');
  if (slow.length === 0) return 'none: an order is at the venue when the candle has closed';
  return slow.map(([what, way]) => `${what} ${delayWords(way)}`).join(', ');
}

function delayWords({ model, ms, maxMs, samples }: WorldConfig['latency']['entry']): string {
  if (model === 'constant') return `${plain(ms)} ms`;
  if (model === 'uniform') return `${plain(ms)} to ${plain(maxMs)} ms`;
  return `one of ${some(samples.length, 'measured value')}`;
}

function marginWords({
  enabled,
  mode,
  leverage,
  liquidationFeeBps,
}: WorldConfig['margin']): string {
  if (!enabled) return 'not checked: nothing is liquidated';
  return `${mode}, leverage ${plain(leverage)} at most, liquidation fee ${plain(liquidationFeeBps)} bps`;
}

function outageWords({ listed, perMonth, meanMinutes }: WorldConfig['outages']): string {
  const planned = Object.keys(listed).length;
  const parts = [
    planned > 0 && `${planned} listed`,
    perMonth > 0 &&
      `${plain(perMonth)} in 30 days expected, ${plain(meanMinutes)} minutes each on average`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** A number of the config as it was written. */
function plain(x: number): string {
  return String(x);
}
