// The one schema of a run's config, with every default in it and nowhere else.
//
// Two parts: `decision` is what decides (it travels unchanged to paper and live, and is what a
// promotion pins); `world` is what it is tried against. Nothing here is an array of objects: things
// are keyed by id, so that every value has a path for `--set` and for a sweep.
// Units are the last word of a name; ratios are fractions (0.02, never 2 for per cent). `rule` is
// what a person is told when a pattern does not match.

import { type Static, Type } from 'typebox';
import { Agent, Consensus, Memory } from './schema/agents.ts';
import { Asking } from './schema/asking.ts';
import { Execution } from './schema/execution.ts';
import { Models } from './schema/models.ts';
import { branch, interval, keyed, parameters, strict, textOrNull } from './schema/parts.ts';
import { Risk } from './schema/risk.ts';
import { World } from './schema/world.ts';

export const DecisionSchema = branch({
  interval: interval('Agents decide at closes of this interval; null = every base candle.'),
  strategy: textOrNull(
    null,
    'Name or path of a strategy that decides alone; null = the agents vote.',
  ),
  parameters,
  agents: keyed(Agent, 'The voters, keyed by id.'),
  consensus: Consensus,
  asking: Asking,
  memory: Memory,
  risk: Risk,
  execution: Execution,
  models: Models,
});

export const WorldSchema = World;

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
export type ExecutionConfig = DecisionConfig['execution'];

/** Goes into the config digest: a config means what the schema of its time says. */
export const CONFIG_SCHEMA_VERSION = 2;
