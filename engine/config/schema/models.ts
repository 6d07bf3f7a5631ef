// Which models answer the agents that ask, in which order, and what asking may cost. Keys are named,
// never written: whoever opens a provider reads them from the environment.

import { Type } from 'typebox';
import {
  branch,
  ID_PATTERN,
  keyed,
  number,
  numberOrNull,
  oneOf,
  textOrNull,
  whole,
} from './parts.ts';

/** Providers that need no entry of their own: the id says it all. */
export const KNOWN_PROVIDERS = Object.freeze(['gemini', 'openai', 'anthropic'] as const);

const price = (what: string) =>
  numberOrNull(0, 10_000, `USD for a million ${what} tokens; null = counted as 0.`);

export const ModelProvider = branch({
  kind: oneOf(
    'same',
    ['same', ...KNOWN_PROVIDERS, 'compatible', 'forecaster'],
    'Whose wire format it speaks: same = the id says it; compatible = chat completions (llama.cpp, ' +
      'vLLM, a FinGPT); forecaster = numbers in, quantiles out (a Lag-Llama).',
  ),
  model: textOrNull(null, 'Model that is asked for; null = the one the provider’s package shows.'),
  baseUrl: textOrNull(null, 'Where it is reached, http(s); null = the provider’s own host.'),
  keyName: textOrNull(null, 'Variable that holds its key; null = the usual one, or none.'),
  structured: oneOf(
    'schema',
    ['schema', 'json', 'text'],
    'What is asked of its output: the schema, any JSON, or nothing; the answer is checked anyway.',
  ),
  usdPerMillionInput: price('input'),
  usdPerMillionOutput: price('output'),
  knowledgeUntil: textOrNull(
    null,
    'Last day, or instant, of what it may have been trained on; null = not known.',
  ),
});

export const Models = branch({
  order: Type.Array(Type.String({ pattern: ID_PATTERN }), {
    default: [...KNOWN_PROVIDERS],
    description: 'Providers, the first that answers in time; those without a key are left out.',
  }),
  providers: keyed(ModelProvider, 'What differs from the defaults, keyed by provider.'),
  timeoutMs: whole(10_000, 10, 600_000, 'Of one attempt, within the deadline of the question.'),
  attempts: whole(3, 1, 10, 'At one provider, of what may pass: limits, outages, silence.'),
  parallel: whole(4, 1, 64, 'Questions under way at once.'),
  cacheSeconds: number(10, 0, 86_400, 'How long an answer holds for the same question; 0 = never.'),
  maxOutputTokens: whole(1024, 16, 32_768, 'Of one answer, thinking included.'),
  tokensPerDay: Type.Union([Type.Null(), Type.Integer({ minimum: 0, maximum: 1e12 })], {
    default: 1_000_000,
    description: 'Of all providers in a UTC day, over restarts; null = no limit.',
  }),
  usdPerDay: numberOrNull(
    0,
    1e6,
    'The same in USD, by the prices below providers; null = no limit.',
  ),
});
