// The one schema of a run's config, with every default in it and nowhere else.
//
// Two parts: `decision` is what decides (it travels unchanged to paper and live, and is what a
// promotion pins); `world` is what it is tried against. Nothing here is an array of objects: things
// are keyed by id, so that every value has a path for `--set` and for a sweep.
// Units are the last word of a name; ratios are fractions (0.02, never 2 for per cent). `rule` is
// what a person is told when a pattern does not match.

import { type Static, Type } from 'typebox';
import { INTERVAL_NAMES } from '../interval.ts';

const strict = { additionalProperties: false } as const;

const interval = (description: string) =>
  Type.Unsafe<string | null>(
    Type.Union([Type.Null(), ...INTERVAL_NAMES.map((name) => Type.Literal(name))], {
      default: null,
      description,
    }),
  );

const number = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Number({ default: value, minimum, maximum, description });

const textOrNull = (value: string | null, description: string) =>
  Type.Union([Type.Null(), Type.String({ minLength: 1 })], { default: value, description });

const parameters = Type.Record(
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$' }),
  Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
  {
    ...strict,
    default: {},
    description: "Overrides of the strategy's own parameters, by name.",
    rule: 'must be named with letters, digits and _, a letter first',
  },
);

const Agent = Type.Object(
  {
    weight: number(1, 0, 100, 'Weight of its vote in the consensus; 0 listens without counting.'),
    use: textOrNull(null, 'Strategy name or path of a .ts file; null = the id is the name.'),
    parameters,
  },
  { ...strict, default: {} },
);

const Consensus = Type.Object(
  {
    actThreshold: number(0.6, 0, 1, 'A score strictly above this acts.'),
    holdThreshold: number(0.4, 0, 1, 'Below this is plain disagreement; between is counted apart.'),
  },
  { ...strict, default: {} },
);

const Sizing = Type.Object(
  {
    rule: Type.Union([Type.Literal('kelly'), Type.Literal('fixed-fraction')], {
      default: 'kelly',
      description: 'kelly: from win rate and reward-to-risk; fixed-fraction: notionalFraction.',
    }),
    notionalFraction: number(0.05, 0, 1, 'Share of equity per entry under fixed-fraction.'),
    winRateSource: Type.Union([Type.Literal('config'), Type.Literal('track-record')], {
      default: 'config',
      description: 'Where Kelly takes win rate and reward-to-risk from.',
    }),
    winRate: number(0.55, 0, 1, 'Expected win rate, and the prior of a track record.'),
    rewardToRisk: number(2, 0.01, 100, 'Average win over average loss, and its prior.'),
    kellyFraction: number(0.5, 0, 1, 'Share of full Kelly that is staked.'),
    priorTrades: Type.Integer({
      default: 30,
      minimum: 0,
      maximum: 10_000,
      description: 'A track record is shrunk towards the prior as if it held this many trades.',
    }),
  },
  { ...strict, default: {} },
);

const AtrStop = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Attach a stop to every entry.' }),
    period: Type.Integer({ default: 14, minimum: 2, maximum: 10_000, description: 'ATR period.' }),
    interval: interval('Candles of the ATR; null = the decision interval.'),
    multiple: number(1.5, 0.1, 100, 'Stop distance in ATRs from the fill.'),
  },
  { ...strict, default: {} },
);

const TrailingStop = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Let the stop follow a gain.' }),
    buffer: number(0.01, 0.0001, 0.5, 'Distance of the stop from the best close since entry.'),
    step: number(0.002, 0, 0.5, 'How far the best close must move before the stop follows.'),
  },
  { ...strict, default: {} },
);

const Risk = Type.Object(
  {
    sizing: Sizing,
    sizeAt: Type.Union([Type.Literal('close'), Type.Literal('fill')], {
      default: 'close',
      description:
        'close: quantity fixed when decided; fill: the order carries an amount of quote currency.',
    }),
    allowShort: Type.Boolean({ default: true, description: 'False: sells only close.' }),
    maxPositionFraction: number(0.1, 0, 125, 'Cap of one position: notional at entry over equity.'),
    maxExposure: number(1, 0, 125, 'Cap of all positions: gross notional over equity.'),
    maxPositions: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 1000,
      description: 'Most positions open at once.',
    }),
    atrStop: AtrStop,
    trailingStop: TrailingStop,
  },
  { ...strict, default: {} },
);

export const DecisionSchema = Type.Object(
  {
    interval: interval('Agents decide at closes of this interval; null = every base candle.'),
    strategy: textOrNull(
      null,
      'Name or path of a strategy that decides alone; null = the agents vote.',
    ),
    parameters,
    agents: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }), Agent, {
      ...strict,
      default: {},
      description: 'The voters, keyed by id.',
      rule: 'must be named with lower-case letters, digits and dashes',
    }),
    consensus: Consensus,
    risk: Risk,
  },
  { ...strict, default: {} },
);

export const WorldSchema = Type.Object(
  {
    venue: textOrNull(
      null,
      'Venue whose candles are read; null = the only one that has the symbols.',
    ),
    symbols: Type.Array(Type.String({ minLength: 1 }), {
      uniqueItems: true,
      default: [],
      description: 'Symbols as the venue spells them; empty = all it has at this interval.',
    }),
    interval: interval('Interval of the base candles; null = the finest one stored.'),
    from: textOrNull(null, 'First instant, ISO 8601, UTC; null = where the data begins.'),
    to: textOrNull(null, 'End (not included), ISO 8601, UTC; null = where the data ends.'),
    cashUsd: number(10_000, 0.01, 1e12, 'Equity at the start; USDT and USDC count as 1 USD.'),
    takerFeeBps: Type.Union([Type.Null(), Type.Number({ minimum: -100, maximum: 1000 })], {
      default: null,
      description: "Fee of a taker fill; null = the instrument's own.",
    }),
    slippageBps: number(
      2,
      0,
      1000,
      'Every market and stop fill is this much worse than its price.',
    ),
    funding: Type.Boolean({ default: true, description: 'Charge funding where the data have it.' }),
    sentiment: textOrNull(
      'feargreed',
      'Stored series joined as the sentiment column; null = none.',
    ),
    maxHoleCandles: Type.Integer({
      default: 60,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Indicators start afresh after a hole longer than this.',
    }),
  },
  { ...strict, default: {} },
);

export const ConfigSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors; ignored.' })),
    name: Type.String({
      default: 'run',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      description: 'Names the run folder.',
      rule: 'must be 1 to 64 letters, digits, dots, dashes or _, a letter or digit first',
    }),
    seed: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 4_294_967_295,
      description: 'Seed of everything that draws.',
    }),
    decision: DecisionSchema,
    world: WorldSchema,
  },
  { ...strict, title: 'Sapphire run config' },
);

export type Config = Static<typeof ConfigSchema>;
export type DecisionConfig = Static<typeof DecisionSchema>;
export type WorldConfig = Static<typeof WorldSchema>;
export type RiskConfig = DecisionConfig['risk'];

/** Goes into the config digest: a config means what the schema of its time says. */
export const CONFIG_SCHEMA_VERSION = 1;
