// OpenAI's models, and any endpoint that speaks its chat completions (llama.cpp, vLLM, a FinGPT of one's
// own), through `openai`. The two differ in the name of one field and in what may be missing.

import { listOf, objectOf, shown, textOf } from '../../data/venues/said.ts';
import {
  type Asking,
  attempt,
  ModelFault,
  type Provider,
  type ProviderOptions,
  type Said,
  tokensOf,
} from './provider.ts';

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
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { OpenAI } = await import('openai');
        const client = new OpenAI({
          // Given, because the package would look for others in the environment.
          apiKey: key?.reveal() ?? 'none',
          organization: null,
          project: null,
          baseURL: baseUrl ?? 'https://api.openai.com/v1',
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
        return read(reply, model);
      }),
  };
}

function shapeOf({ name, schema }: Asking, structured: ProviderOptions['structured']) {
  if (structured === 'text') return {};
  if (structured === 'json') return { response_format: { type: 'json_object' as const } };
  const json_schema = { name, strict: true, schema: { ...schema } };
  return { response_format: { type: 'json_schema' as const, json_schema } };
}

function read(reply: unknown, model: string): Said {
  const { choices, usage, model: version } = objectOf(reply, 'reply');
  const counts = objectOf(usage ?? {}, 'usage');
  const used = {
    inputTokens: tokensOf(counts['prompt_tokens'] ?? 0, 'prompt_tokens'),
    outputTokens: tokensOf(counts['completion_tokens'] ?? 0, 'completion_tokens'),
  };
  const [first] = listOf(choices, 'choices');
  const { message, finish_reason: end } = objectOf(first, 'choice');
  const { content, refusal } = objectOf(message, 'message');
  if (end === 'length') throw new ModelFault('garbage', `ended at ${end}`, { used });
  if (end === 'content_filter') throw new ModelFault('refused', end, { used });
  if (typeof refusal === 'string' && refusal !== '') {
    throw new ModelFault('refused', shown(refusal), { used });
  }
  return {
    text: textOf(content, 'content'),
    version: typeof version === 'string' ? version : model,
    ...used,
  };
}
