// The one place where samplers are listed. Adding one is a file that exports a SamplerKind
// (contract.ts) and a line in KINDS; the contract's tests run over every name in it.

import { isBranch, isPlain, type Plain, type SchemaNode } from '../../config/place.ts';
import { InputError, nearest } from '../../errors.ts';
import { cmaEs } from './cma-es.ts';
import { Sampler, type SamplerKind, type SearchSetup } from './contract.ts';
import { grid } from './grid.ts';
import { halving } from './halving.ts';
import { random } from './random.ts';
import { sobol } from './sobol.ts';
import { tpe } from './tpe.ts';

const KINDS = Object.freeze({
  grid,
  random,
  sobol,
  tpe,
  'cma-es': cmaEs,
  halving,
} satisfies Readonly<Record<string, SamplerKind<never>>>);

export type SamplerName = keyof typeof KINDS;

/** The names of all samplers. */
export const SAMPLERS: readonly SamplerName[] = Object.freeze(Object.keys(KINDS) as SamplerName[]);

/** What a sampler is, by name. Throws InputError for an unknown name. */
export function samplerKind(name: string): SamplerKind<never> {
  if (Object.hasOwn(KINDS, name)) return KINDS[name as SamplerName] as SamplerKind<never>;
  throw new InputError({
    key: 'sampler',
    rule: `must be one of ${SAMPLERS.join(', ')}`,
    value: name,
    nearest: nearest(name, SAMPLERS),
  });
}

/**
 * The sampler `name`, about to propose its first point; `options` of it that are missing take their
 * defaults. What `samplerProblems` finds must be none. Throws InputError for an unknown name.
 */
export function makeSampler(name: string, setup: SearchSetup<unknown>): Sampler {
  const kind = samplerKind(name);
  const search = kind.start(whole(kind, setup));
  return new Sampler(name, search, setup.goals, setup.budget);
}

/** What a sampler cannot do with a sound setup, with keys of the spec. */
export function samplerProblems(name: string, setup: SearchSetup<unknown>) {
  const kind = samplerKind(name);
  return kind.problems?.(whole(kind, setup)) ?? [];
}

function whole(kind: SamplerKind<never>, setup: SearchSetup<unknown>): SearchSetup<never> {
  const options = withDefaults(kind.options, setup.options);
  return { ...setup, options } as SearchSetup<never>;
}

/** A branch of a schema with what is missing in `value` filled in from its defaults. */
export function withDefaults(node: SchemaNode, value: unknown): unknown {
  if (!isBranch(node)) return value === undefined ? (node as { default?: unknown }).default : value;
  const given: Plain = isPlain(value) ? value : {};
  const names = Object.keys(node.properties ?? {});
  return Object.freeze({
    ...given,
    ...Object.fromEntries(
      names.map((key) => [key, withDefaults(node.properties![key]!, given[key])]),
    ),
  });
}
