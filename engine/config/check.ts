// Checks a config at the edge: defaults filled in, every problem told at once, the result a frozen
// copy. What comes out of here needs no second look: the engine reads it without checks.

import { Value } from 'typebox/value';
import { assert, InputError, type Problem } from '../errors.ts';
import { intervalMs } from '../interval.ts';
import { parseInstant } from './instant.ts';
import { childOf, isPlain, root, type SchemaNode } from './place.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { sift } from './sift.ts';

export { isoText, parseInstant } from './instant.ts';

/**
 * The config that `value` means, with defaults, deeply frozen and sharing nothing with `value`;
 * `$schema`, which is for editors, is left out.
 * Keys that are missing or undefined take their default. Throws InputError with every problem:
 * unknown keys, wrong kinds, values out of range, and values that do not go together.
 */
export function checkConfig(value: unknown): Config {
  const problems: Problem[] = [];
  const sound = sift(root, value, '', problems) ?? {};
  const config = Value.Default(ConfigSchema, sound) as Config;
  problems.push(...contradictions(config, problems));
  if (problems.length > 0) throw new InputError(problems);
  assert(Value.Check(ConfigSchema, config), 'a sifted config passes the validator');
  return settled(root, config) as Config;
}

/** Rules between keys, told only where each key concerned is sound by itself. */
function contradictions(config: Config, faults: readonly Problem[]): Problem[] {
  const { decision, world } = config;
  const found: Problem[] = [];
  const sound = (...keys: string[]) =>
    keys.every(
      (key) => !faults.some((fault) => key === fault.key || key.startsWith(`${fault.key}.`)),
    );

  // A key misspelt at the top or within `decision` may well have been one of the two.
  const maybeMeant = faults.some(
    ({ key }) => /^(decision\.)?[^.]+$/.test(key) || key.startsWith('decision.agents.'),
  );
  const agents = Object.keys(decision.agents);
  if (!maybeMeant && (decision.strategy === null) === (agents.length === 0)) {
    const rule =
      decision.strategy === null
        ? 'needs decision.strategy, or at least one of decision.agents'
        : `has both decision.strategy (${decision.strategy}) and decision.agents ` +
          `(${agents.join(', ')}): one of them decides`;
    found.push({ key: 'decision', rule });
  }

  const { holdThreshold, actThreshold } = decision.consensus;
  const hold = 'decision.consensus.holdThreshold';
  const act = 'decision.consensus.actThreshold';
  if (sound(hold, act) && holdThreshold > actThreshold) {
    const rule = `must not be above ${act} (${actThreshold})`;
    found.push({ key: hold, rule, value: holdThreshold });
  }

  const base = world.interval;
  const stop = 'decision.risk.atrStop.interval';
  for (const [key, interval] of [
    ['decision.interval', decision.interval],
    [stop, decision.risk.atrStop.interval],
  ] as const) {
    if (base === null || interval === null || !sound(key, 'world.interval')) continue;
    if (intervalMs(interval) % intervalMs(base) === 0) continue;
    found.push({ key, rule: `must be a multiple of world.interval (${base})`, value: interval });
  }

  const [fromMs, toMs] = [instantOf('from'), instantOf('to')];
  if (sound('world.from', 'world.to') && fromMs >= toMs) {
    found.push({
      key: 'world.to',
      rule: `must be after world.from (${world.from})`,
      value: world.to,
    });
  }
  return found;

  /** NaN, which no comparison lets through, where there is none or it cannot be read. */
  function instantOf(name: 'from' | 'to'): number {
    const text = world[name];
    if (text === null || !sound(`world.${name}`)) return Number.NaN;
    try {
      return parseInstant(text, `world.${name}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.push(...error.problems);
      return Number.NaN;
    }
  }
}

/** Frozen, in the order of the schema whatever order the file had, and without `$schema`. */
function settled(node: SchemaNode, value: unknown): unknown {
  if (!isPlain(value)) return Object.freeze(value);
  const names = Object.keys(node.properties ?? value);
  const kept = names.filter((key) => key !== '$schema' && Object.hasOwn(value, key));
  return Object.freeze(
    Object.fromEntries(
      kept.map((key) => [key, settled(childOf(node, key) as SchemaNode, value[key])]),
    ),
  );
}
