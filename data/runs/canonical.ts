// Canonical JSON and the digests made of it: one text for one value, whatever order keys were set in.
//
// As RFC 8785: keys sorted by UTF-16 code units, no white space, numbers as JavaScript prints them
// (the shortest digits that read back to the same double), -0 as 0. A value that JSON has no word
// for (NaN, an infinity, a function) is a broken invariant here, never written as null in silence.

import { CONFIG_SCHEMA_VERSION, type Config } from '../../engine/config/schema.ts';
import { InvariantError } from '../../engine/errors.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import { sha256 } from '../digest.ts';

export { sha256 } from '../digest.ts';

/** The one JSON text of a value; keys whose value is undefined are left out. */
export function canonicalJson(value: unknown, path = 'value'): string {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new InvariantError(`${path} is finite, was ${value}`);
      return String(value === 0 ? 0 : value);
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) {
        return `[${value.map((item, i) => canonicalJson(item, `${path}[${i}]`)).join(',')}]`;
      }
      return objectJson(value, path);
    default:
      throw new InvariantError(`${path} is JSON, was ${typeof value}`);
  }
}

function objectJson(value: object, path: string): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InvariantError(`${path} is a plain object`);
  }
  const record = value as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  for (const key of Object.keys(record).sort()) {
    const item = record[key];
    if (item === undefined) continue;
    parts.push(`${JSON.stringify(key)}:${canonicalJson(item, `${path}.${key}`)}`);
  }
  return `{${parts.join(',')}}`;
}

/**
 * SHA-256 of a merged config (defaults filled in) and of the schema's version. `$schema` does not
 * count, and a strategy or memory given by path counts by its file name: where a checkout lies is no part of
 * what a run means, and the content is pinned by the strategy digest.
 */
export function configDigest(config: Config): string {
  const { $schema: _, ...rest } = config;
  const { decision, world } = rest;
  const agents = Object.entries(decision.agents).map(
    ([id, agent]) => [id, { ...agent, use: withoutFolder(agent.use) }] as const,
  );
  // Of a config that was never checked there may be less.
  const memory = decision.memory && {
    ...decision.memory,
    load: withoutFolder(decision.memory.load),
  };
  const stripped = {
    ...rest,
    decision: {
      ...decision,
      memory,
      strategy: withoutFolder(decision.strategy),
      agents: Object.fromEntries(agents),
    },
    // What a tape holds is part of the digest of the data.
    world: world && { ...world, tape: { ...world.tape, file: null } },
  };
  return sha256(
    canonicalJson({ schemaVersion: CONFIG_SCHEMA_VERSION, config: stripped }, 'config'),
  );
}

/**
 * Digest of the `decision` part alone, 64 hex digits. A strategy given by path counts by its file
 * name, as in the digest of the whole config.
 */
export function decisionConfigDigest({ decision }: Pick<Config, 'decision'>): string {
  // The digest of a config of which nothing else is left: it skips what is not there.
  return configDigest({ decision } as Config);
}

/** What of `world` says where candles and what stands beside them come from, and from when to when. */
const GROUND: ReadonlySet<string> = new Set<keyof Config['world']>([
  'venue',
  'fallbacks',
  'symbols',
  'interval',
  'from',
  'to',
  'tape',
  'headlines',
  'news',
  'sentiment',
  'minQuality',
]);

/** Digest of the rules under which orders are carried out and paid for, 64 hex digits. */
export function rulesDigest({ world }: Pick<Config, 'world'>): string {
  const rules = Object.entries(world).filter(([key]) => !GROUND.has(key));
  return sha256(canonicalJson(Object.fromEntries(rules), 'world'));
}

/** SHA-256 of a run's facts, 64 hex digits. */
export function resultDigest(facts: RunFacts): string {
  return sha256(canonicalJson(facts, 'facts'));
}

/** The last part of a path, with either slash; a plain name is itself. */
function withoutFolder(strategy: string | null): string | null {
  return strategy === null ? null : (strategy.split(/[\\/]/).at(-1) ?? strategy);
}
