// What a run is tried against: data, venues, fills, costs, latency, margin, outages.

import { Type } from 'typebox';
import { Tape } from './asking.ts';
import { News } from './news.ts';
import { branch, flag, interval, keyed, number, numberOrNull, oneOf, textOrNull } from './parts.ts';

const latency = (what: string) =>
  branch({
    model: oneOf('none', ['none', 'constant', 'uniform', 'empirical'], what),
    ms: number(0, 0, 3_600_000, 'The constant, or the least of uniform.'),
    maxMs: number(0, 0, 3_600_000, 'The most of uniform.'),
    samples: Type.Array(Type.Number({ minimum: 0, maximum: 3_600_000 }), {
      default: [],
      description: 'Measured values that empirical draws from.',
    }),
  });

const Fills = branch({
  rules: oneOf(
    'sapphire',
    ['sapphire', 'freqtrade'],
    "Rules of fills; freqtrade repeats that project's, see engine/simulation/README.md.",
  ),
  path: oneOf(
    'pessimistic',
    ['pessimistic', 'ohlc', 'adaptive', 'finer'],
    'What is assumed of the inside of a candle: the worst, O-H-L-C, the nearer extreme first, ' +
      'or stored candles of a finer interval.',
  ),
  finerInterval: interval('Candles for `finer`; null = the finest stored below the base.'),
  throughTicks: number(1, 0, 10_000, 'Ticks that price must trade through a limit to fill it.'),
  volumeShare: Type.Union([Type.Null(), Type.Number({ minimum: 0.000_001, maximum: 1 })], {
    default: 0.1,
    description: 'Most of a candle’s volume that our orders get of it; null = all they want.',
  }),
  zeroVolume: oneOf('wait', ['wait', 'fill'], 'Orders in a candle that traded nothing.'),
});

const Costs = branch({
  spread: oneOf(
    'fixed',
    ['fixed', 'edge', 'stored'],
    'Half-spread of taker fills: slippageBps, estimated from candles (EDGE), or of stored quotes.',
  ),
  lookbackCandles: Type.Integer({
    default: 240,
    minimum: 3,
    maximum: 100_000,
    description: 'Base candles that EDGE and the volatility of square-root look at.',
  }),
  spreadMaxBps: number(100, 0, 10_000, 'Bound of an estimated half-spread.'),
  impact: oneOf(
    'none',
    ['none', 'volume-share', 'square-root'],
    'Price moved by our own size: none, coefficient x share², or coefficient x sigma x √share.',
  ),
  impactCoefficient: number(1, 0, 1000, 'Multiplies the impact.'),
  multiple: number(
    1,
    0,
    100,
    'Times all that is paid to trade: spread, impact and fees; rebates and funding stay as they are.',
  ),
});

const Fees = branch({
  schedule: textOrNull(
    null,
    'A published fee schedule with volume tiers, by name; null = flat, see takerFeeBps.',
  ),
  tiers: keyed(
    branch({
      fromVolumeUsd: number(0, 0, 1e15, 'Traded in the 30 days before.'),
      makerBps: number(0, -100, 1000, 'Fee of a maker fill; negative = a rebate.'),
      takerBps: number(0, -100, 1000, 'Fee of a taker fill.'),
    }),
    'Tiers of your own, keyed by a name.',
  ),
});

const Margin = branch({
  mode: oneOf('cross', ['cross', 'isolated'], 'What stands behind a position.'),
  leverage: number(20, 1, 125, "Leverage set at the venue, capped by the instrument's."),
  liquidationFeeBps: number(50, 0, 1000, 'Fee of a liquidation, on its notional.'),
  enabled: flag(true, 'Check margin and liquidate.'),
});

const Outage = branch({
  venue: textOrNull(null, 'The venue that cannot be reached; null = the primary.'),
  from: textOrNull(null, 'First instant, ISO 8601, UTC.'),
  to: textOrNull(null, 'End (not included), ISO 8601, UTC.'),
  answer: oneOf(
    'refused',
    ['refused', 'timeout'],
    'refused: certainly not taken; timeout: unknown until it is over.',
  ),
});

const Outages = branch({
  listed: keyed(Outage, 'Outages by name.'),
  perMonth: number(0, 0, 10_000, 'Seeded outages of every venue, expected per 30 days.'),
  meanMinutes: number(10, 0.01, 100_000, 'Their mean length.'),
});

const Venue = branch({
  cashUsd: number(0, 0, 1e12, 'Equity at this venue at the start.'),
  takerFeeBps: numberOrNull(-100, 1000, 'As world.takerFeeBps.'),
  makerFeeBps: numberOrNull(-100, 1000, 'As world.makerFeeBps.'),
  feeSchedule: textOrNull(null, 'As world.fees.schedule.'),
  latencyMs: numberOrNull(
    0,
    3_600_000,
    'Constant entry and response latency, each, of this venue.',
  ),
});

export const World = branch({
  venue: textOrNull(
    null,
    'Venue whose candles are read; null = the only one that has the symbols.',
  ),
  fallbacks: Type.Array(Type.String({ minLength: 1 }), {
    uniqueItems: true,
    default: [],
    description: 'Venues that take orders when the primary cannot, in order.',
  }),
  symbols: Type.Array(Type.String({ minLength: 1 }), {
    uniqueItems: true,
    default: [],
    description: 'Symbols as the venue spells them; empty = all it has at this interval.',
  }),
  interval: interval('Interval of the base candles; null = the finest one stored.'),
  from: textOrNull(null, 'First instant, ISO 8601, UTC; null = where the data begins.'),
  to: textOrNull(null, 'End (not included), ISO 8601, UTC; null = where the data ends.'),
  cashUsd: number(10_000, 0.01, 1e12, 'Equity at the start; USDT and USDC count as 1 USD.'),
  venues: keyed(Venue, 'What differs at a venue, keyed by its name; cash counts at fallbacks.'),
  takerFeeBps: numberOrNull(-100, 1000, "Fee of a taker fill; null = the instrument's own."),
  makerFeeBps: numberOrNull(-100, 1000, "Fee of a maker fill; null = the instrument's own."),
  slippageBps: number(2, 0, 1000, 'Every taker fill is this much worse than its price.'),
  fills: Fills,
  costs: Costs,
  fees: Fees,
  margin: Margin,
  latency: branch({
    entry: latency('From our order to the venue.'),
    response: latency("From the venue's answer to us."),
    feed: latency('From the close of a candle to us.'),
  }),
  outages: Outages,
  tape: Tape,
  funding: flag(true, 'Charge funding where the data have it.'),
  sentiment: textOrNull('feargreed', 'Stored series joined as the sentiment column; null = none.'),
  headlines: textOrNull(
    null,
    'File of headlines (Parquet, csv, ndjson) for agents that read news over a stored range; null = none.',
  ),
  news: News,
  minQuality: number(90, 0, 100, 'Score of the data below which --strict refuses a run.'),
  maxHoleCandles: Type.Integer({
    default: 60,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Indicators start afresh after a hole longer than this.',
  }),
});
