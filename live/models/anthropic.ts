// Claude through `@anthropic-ai/sdk`: messages with an output format. Its own retries are off, and
// whatever credentials lie about in the environment are not looked for.

import { listOf, objectOf, textOf } from '../../data/venues/said.ts';
import {
  attempt,
  ModelFault,
  type Provider,
  type ProviderOptions,
  type Said,
  tokensOf,
} from './provider.ts';

export function openAnthropic(options: ProviderOptions): Provider {
  const { id, model, baseUrl, key, structured } = options;
  return {
    id,
    model,
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { Anthropic } = await import('@anthropic-ai/sdk');
        const client = new Anthropic({
          apiKey: key?.reveal() ?? '',
          authToken: null,
          baseURL: baseUrl ?? 'https://api.anthropic.com',
          maxRetries: 0,
          logLevel: 'off',
          fetch,
        });
        const format = { type: 'json_schema' as const, schema: { ...asking.schema } };
        const reply = await client.messages.create(
          {
            model,
            max_tokens: asking.maxOutputTokens,
            system: asking.system,
            messages: [{ role: 'user', content: asking.text }],
            ...(structured === 'schema' ? { output_config: { format } } : {}),
          },
          { signal },
        );
        return read(reply, model);
      }),
  };
}

function read(reply: unknown, model: string): Said {
  const { content, stop_reason: end, usage, model: version } = objectOf(reply, 'reply');
  const counts = objectOf(usage ?? {}, 'usage');
  const used = {
    inputTokens: tokensOf(counts['input_tokens'] ?? 0, 'input_tokens'),
    outputTokens: tokensOf(counts['output_tokens'] ?? 0, 'output_tokens'),
  };
  if (end === 'max_tokens') throw new ModelFault('garbage', `ended at ${end}`, { used });
  if (end === 'refusal') throw new ModelFault('refused', end, { used });
  const texts = listOf(content, 'content').flatMap((block) => {
    const { type, text } = objectOf(block, 'block');
    return type === 'text' ? [textOf(text, 'text')] : [];
  });
  return {
    text: textOf(texts.join(''), 'content'),
    version: typeof version === 'string' ? version : model,
    ...used,
  };
}
