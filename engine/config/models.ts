// What is wrong with a config's models beyond single values: providers that are not there or not whole,
// keys that would travel in the clear, money that nobody can count.

import { nearest, type Problem } from '../errors.ts';
import { addressProblems, keyNameProblems } from './address.ts';
import { parseInstant } from './instant.ts';
import { KNOWN_PROVIDERS } from './schema/models.ts';
import type { Config } from './schema.ts';

type Models = Config['decision']['models'];
type Provider = Models['providers'][string];
/** What a provider speaks, `same` resolved; undefined where nobody can tell. */
export type ProviderKind = Exclude<Provider['kind'], 'same'>;

const KEY = 'decision.models';

export function kindOf(id: string, provider: Provider | undefined): ProviderKind | undefined {
  const kind = provider?.kind ?? 'same';
  return kind === 'same' ? KNOWN_PROVIDERS.find((name) => name === id) : kind;
}

/** An endpoint that the operator runs, or knows. */
export function isOwn(kind: ProviderKind): boolean {
  return kind === 'compatible' || kind === 'forecaster';
}

export function modelProblems(models: Models): Problem[] {
  const { order, providers } = models;
  const ids = [...new Set([...KNOWN_PROVIDERS, ...Object.keys(providers)])];
  const problems: Problem[] = [];
  order.forEach((id, at) => {
    if (!ids.includes(id)) {
      const rule = `must be a provider (${ids.join(', ')})`;
      problems.push({ key: `${KEY}.order`, rule, value: id, nearest: nearest(id, ids) });
    }
    if (order.indexOf(id) !== at) {
      problems.push({ key: `${KEY}.order`, rule: 'must not name a provider twice', value: id });
    }
  });
  for (const [id, provider] of Object.entries(providers)) {
    problems.push(...providerProblems(`${KEY}.providers.${id}`, id, provider));
  }
  return [...problems, ...priceProblems(models)];
}

function providerProblems(key: string, id: string, provider: Provider): Problem[] {
  const problems: Problem[] = [];
  const { model, baseUrl, keyName, knowledgeUntil } = provider;
  const kind = kindOf(id, provider);
  if (kind === undefined) {
    const rule = `must be told where the id is none of ${KNOWN_PROVIDERS.join(', ')}`;
    problems.push({ key: `${key}.kind`, rule, value: provider.kind });
  }
  const isOwners = kind !== undefined && isOwn(kind);
  for (const [name, value] of Object.entries({ model, baseUrl })) {
    if (!isOwners || value !== null) continue;
    problems.push({ key: `${key}.${name}`, rule: `is needed for kind ${kind}`, value });
  }
  const hasKey = keyName !== null || (kind !== undefined && !isOwners);
  if (baseUrl !== null) problems.push(...addressProblems(`${key}.baseUrl`, baseUrl, hasKey));
  problems.push(...keyNameProblems(`${key}.keyName`, keyName));
  if (knowledgeUntil !== null)
    problems.push(...instantProblems(`${key}.knowledgeUntil`, knowledgeUntil));
  return problems;
}

function instantProblems(key: string, text: string): readonly Problem[] {
  try {
    parseInstant(text, key);
    return [];
  } catch (error) {
    return (error as { problems?: readonly Problem[] }).problems ?? [];
  }
}

/** A limit in USD counts only what has a price; an endpoint of one's own may cost nothing. */
function priceProblems({ usdPerDay, order, providers }: Models): Problem[] {
  if (usdPerDay === null) return [];
  return order.flatMap((id) => {
    const provider = providers[id];
    const kind = kindOf(id, provider);
    if (kind === undefined || isOwn(kind)) return [];
    return (['usdPerMillionInput', 'usdPerMillionOutput'] as const)
      .filter((name) => (provider?.[name] ?? null) === null)
      .map((name) => {
        const rule = `is needed where ${KEY}.usdPerDay (${usdPerDay}) limits what is spent`;
        return { key: `${KEY}.providers.${id}.${name}`, rule, value: null };
      });
  });
}
