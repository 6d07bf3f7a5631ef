// OpenAI's models, and any endpoint that speaks its chat completions (llama.cpp, vLLM, a FinGPT of one's
// own), through `openai`. The two differ in the name of one field and in what may be missing.

import { listOf, objectOf } from '../../data/venues/said.ts';
import { type Asking, attempt, type Provider, type ProviderOptions } from './provider.ts';
import { type Dialect, readReply } from './reading.ts';
import { touch } from './wire.ts';

const HOST = 'https://api.openai.com/v1';
const load = () => import('openai');

export function openOpenai(options: ProviderOptions): Provider {
  return open(options, (most) => ({ max_completion_tokens: most }));
}

/** An endpoint of one's own: it gets no key but the one that it was given, which may be none. */
export function openCompatible(options: ProviderOptions): Provider {
  return open(options, (most) => ({ max_tokens: most, temperature: 0 }));
}

type Limit = (maxOutputTokens: number) => Readonly<Record<string, number>>;

function open(options: ProviderOptions, limitOf: Limit): Provider {
  const { id, model, baseUrl, key, structured } = options;
  return {
    id,
    model,
    warm: async (signal) => {
      await Promise.all([load(), touch(baseUrl ?? HOST, signal)]);
    },
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { OpenAI } = await load();
        const client = new OpenAI({
          // Given, because the package would look for others in the environment.
          apiKey: key?.reveal() ?? 'none',
          organization: null,
          project: null,
          baseURL: baseUrl ?? HOST,
          maxRetries: 0,
          logLevel: 'off',
          fetch,
        });
        const reply = await client.chat.completions.create(
          {
            model,
            messages: [
              { role: 'system', content: asking.system },
              { role: 'user', content: asking.text },
            ],
            ...limitOf(asking.maxOutputTokens),
            ...shapeOf(asking, structured),
          },
          { signal },
        );
        return readReply(reply, model, CHAT);
      }),
  };
}

function shapeOf({ name, schema }: Asking, structured: ProviderOptions['structured']) {
  if (structured === 'text') return {};
  if (structured === 'json') return { response_format: { type: 'json_object' as const } };
  const json_schema = { name, strict: true, schema: { ...schema } };
  return { response_format: { type: 'json_schema' as const, json_schema } };
}

const CHAT: Dialect = {
  usage: 'usage',
  input: 'prompt_tokens',
  output: ['completion_tokens'],
  version: 'model',
  limit: 'length',
  ending({ choices }) {
    const [first] = listOf(choices, 'choices');
    const { message, finish_reason: end } = objectOf(first, 'choice');
    const { content, refusal } = objectOf(message, 'message');
    const isSaid = typeof refusal === 'string' && refusal !== '';
    const kept = end === 'content_filter' ? end : isSaid ? refusal : null;
    return { end, refusal: kept, text: () => content };
  },
};
