// A strategy's parameters: its defaults overlaid by the config, each checked against its range.

import { InputError, nearest, type Problem } from '../errors.ts';
import type { ParameterSpec, ParameterSpecs, Strategy } from './contract.ts';

export type ParameterRecord = Readonly<Record<string, number | string | boolean>>;

/** The values to run with. Throws InputError with every problem; `key` is the config path. */
export function resolveParameters(
  strategy: Strategy,
  overrides: ParameterRecord,
  key: string,
): ParameterRecord {
  const specs: ParameterSpecs = strategy.parameters ?? {};
  const problems: Problem[] = [];
  for (const name of Object.keys(overrides)) {
    if (Object.hasOwn(specs, name)) continue;
    const rule = `is not a parameter of ${strategy.name}`;
    problems.push({ key: `${key}.${name}`, rule, nearest: nearest(name, Object.keys(specs)) });
  }
  const values: Record<string, number | string | boolean> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = overrides[name] ?? spec.default;
    const rule = ruleBroken(spec, value);
    if (rule) problems.push({ key: `${key}.${name}`, rule, value });
    values[name] = value;
  }
  if (problems.length > 0) throw new InputError(problems);
  return Object.freeze(values);
}

function ruleBroken(spec: ParameterSpec, value: number | string | boolean): string | null {
  if (typeof value !== typeof spec.default) return `must be a ${typeof spec.default}`;
  if (spec.choices && !spec.choices.includes(String(value))) {
    return `must be one of ${spec.choices.join(', ')}`;
  }
  if (typeof value !== 'number') return null;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec;
  if (!(value >= min && value <= max) || !Number.isFinite(value)) {
    if (spec.min !== undefined && spec.max !== undefined) return `must be ${min} to ${max}`;
    if (!Number.isFinite(value)) return 'must be a finite number';
    return spec.min !== undefined ? `must be at least ${min}` : `must be at most ${max}`;
  }
  return spec.integer && !Number.isInteger(value) ? 'must be a whole number' : null;
}

/** Checks the shape of what a strategy file exports. Throws InputError naming `where`. */
export function checkStrategy(value: unknown, where: string): Strategy {
  if (typeof value !== 'object' || value === null) {
    throw new InputError({ key: where, rule: 'must export default defineStrategy({...})' });
  }
  const strategy = value as Record<string, unknown>;
  const problems: Problem[] = [];
  const bad = (key: string, rule: string) =>
    problems.push({ key: `${where}: ${key}`, rule, value: strategy[key] });
  if (typeof strategy['name'] !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(strategy['name'])) {
    bad('name', 'must be lower-case words joined by dashes');
  }
  for (const key of ['analyze', 'decide', 'veto', 'vetoHolding', 'features', 'state']) {
    if (strategy[key] !== undefined && typeof strategy[key] !== 'function') {
      bad(key, 'must be a function');
    }
  }
  const asks = strategy['asks'];
  if (asks !== undefined) checkAsks(asks, strategy, bad);
  else if (!strategy['analyze'] && !strategy['decide']) {
    const rule = 'must have analyze (a vote), decide (a target exposure) or asks (a model)';
    problems.push({ key: where, rule });
  }
  if (problems.length > 0) throw new InputError(problems);
  return value as Strategy;
}

function checkAsks(
  asks: unknown,
  strategy: Readonly<Record<string, unknown>>,
  bad: (key: string, rule: string) => void,
): void {
  const { kind, shape, prompt, vote, review } = (asks ?? {}) as Readonly<Record<string, unknown>>;
  const reader = kind === 'vote' ? vote : review;
  if (kind !== 'vote' && kind !== 'second-opinion') {
    bad('asks', 'must have a kind: vote or second-opinion');
  } else if (!['opinion', 'forecast', 'review'].includes(String(shape))) {
    bad('asks', 'must have a shape: opinion, forecast or review');
  } else if (typeof prompt !== 'function' || typeof reader !== 'function') {
    bad('asks', `must have prompt and ${kind === 'vote' ? 'vote' : 'review'}, both functions`);
  }
  const others = kind === 'vote' ? ['decide'] : ['analyze', 'decide'];
  for (const key of others) {
    if (strategy[key] !== undefined) bad(key, 'must not stand beside asks');
  }
}
