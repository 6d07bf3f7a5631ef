// The providers by what they speak, and a router over those that a config names and the environment has
// keys for. Adding one: a file here, a line in OPENERS, its kind in engine/config/schema/models.ts.

import { join } from 'node:path';
import { parseInstant } from '../../engine/config/instant.ts';
import { isOwn, kindOf, type ProviderKind } from '../../engine/config/models.ts';
import type { Config } from '../../engine/config/schema.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import type { Clock } from '../clock.ts';
import type { SecretOf } from '../venues/list.ts';
import { Scrubber, type Secret } from '../venues/secret.ts';
import { openAnthropic } from './anthropic.ts';
import { openForecaster } from './forecaster.ts';
import { openGemini } from './gemini.ts';
import { openCompatible, openOpenai } from './openai.ts';
import type { Provider, ProviderOptions } from './provider.ts';
import { type AttemptNote, type Route, Router } from './router.ts';
import { Spending } from './spending.ts';

type Models = Config['decision']['models'];

interface Opener {
  readonly open: (options: ProviderOptions) => Provider;
  /** The usual variables of its key, in order; none = it may go without. */
  readonly keyNames: readonly string[];
  /** The model that the provider's own package shows first, where none is named. */
  readonly model: string;
}

const OPENERS: Readonly<Record<ProviderKind, Opener>> = Object.freeze({
  gemini: {
    open: openGemini,
    keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    model: 'gemini-3.8-flash',
  },
  openai: { open: openOpenai, keyNames: ['OPENAI_API_KEY'], model: 'gpt-5.5' },
  anthropic: { open: openAnthropic, keyNames: ['ANTHROPIC_API_KEY'], model: 'claude-sonnet-5-5' },
  compatible: { open: openCompatible, keyNames: [], model: '' },
  forecaster: { open: openForecaster, keyNames: [], model: '' },
});

/** An answer has a few hundred bytes; with thinking and envelopes, tens of thousands. */
const MAX_BYTES = 1_000_000;

export interface RouterSetting {
  readonly models: Models;
  readonly secretOf: SecretOf;
  readonly clock: Clock;
  /** Where what was spent is kept, of all sessions on this machine; made if missing. */
  readonly stateFolder: string;
  /** 0 <= u < 1. */
  readonly random: () => number;
  readonly onAttempt?: (attempt: AttemptNote) => void;
}

export interface OpenedRouter {
  readonly router: Router;
  /** Providers of the order that were left out, and the variable that would let them in. */
  readonly missing: readonly { readonly provider: string; readonly keyName: string }[];
}

/** Variables that may hold the keys of the providers of an order. */
export function modelSecrets({ order, providers }: Models): string[] {
  return order.flatMap((id) => keyNamesOf(id, providers[id]));
}

function keyNamesOf(id: string, given: Models['providers'][string] | undefined): readonly string[] {
  return given?.keyName ? [given.keyName] : OPENERS[kindOf(id, given)!].keyNames;
}

/** Throws InputError when what was spent today cannot be read. Nothing is sent, no package loaded. */
export function openRouter(setting: RouterSetting): OpenedRouter {
  const { models, secretOf, clock, stateFolder, random, onAttempt } = setting;
  const missing: { provider: string; keyName: string }[] = [];
  const routes: Route[] = [];
  const scrubber = new Scrubber([]);
  for (const id of models.order) {
    const given = models.providers[id];
    const kind = kindOf(id, given)!;
    const opener = OPENERS[kind];
    // An endpoint of one's own may cost nothing; of others the price is not known.
    const unsaid = isOwn(kind) ? 0 : Number.NaN;
    const names = keyNamesOf(id, given);
    const key = firstOf(names, secretOf);
    if (key === null && names.length > 0) {
      missing.push({ provider: id, keyName: names[0]! });
      continue;
    }
    if (key !== null) scrubber.add(key);
    const provider = opener.open({
      id,
      model: given?.model ?? opener.model,
      baseUrl: given?.baseUrl ?? null,
      key,
      structured: given?.structured ?? 'schema',
      maxBytes: MAX_BYTES,
      nowMs: () => clock.nowMs(),
      scrub: scrubber.scrub,
    });
    routes.push({
      provider,
      usdPerMillionInput: given?.usdPerMillionInput ?? unsaid,
      usdPerMillionOutput: given?.usdPerMillionOutput ?? unsaid,
      knowledgeMs: knowledgeOf(given?.knowledgeUntil ?? null),
    });
  }
  const { tokensPerDay, usdPerDay, cacheSeconds, ...rest } = models;
  const spending = new Spending(join(stateFolder, 'models'), { tokensPerDay, usdPerDay }, () =>
    clock.nowMs(),
  );
  const router = new Router({
    routes,
    clock,
    spending,
    attempts: rest.attempts,
    timeoutMs: rest.timeoutMs,
    parallel: rest.parallel,
    cacheMs: cacheSeconds * 1000,
    maxOutputTokens: rest.maxOutputTokens,
    random,
    ...(onAttempt === undefined ? {} : { onAttempt }),
  });
  return { router, missing };
}

function firstOf(names: readonly string[], secretOf: SecretOf): Secret | null {
  for (const name of names) {
    const key = secretOf(name);
    if (key !== null) return key;
  }
  return null;
}

/** It may have read what was written on its last day, until that is over everywhere on Earth (UTC-12). */
const LAST_DAY_MS = DAY_MS + 12 * HOUR_MS;

function knowledgeOf(day: string | null): number {
  if (day === null) return Number.NaN;
  const ms = parseInstant(day, 'knowledgeUntil');
  return isDay(day) ? ms + LAST_DAY_MS : ms;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}
