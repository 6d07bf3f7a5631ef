// Claude through `@anthropic-ai/sdk`: messages with an output format. Its own retries are off, and
// whatever credentials lie about in the environment are not looked for.

import { listOf, objectOf, textOf } from '../../data/venues/said.ts';
import { attempt, type Provider, type ProviderOptions } from './provider.ts';
import { type Dialect, readReply } from './reading.ts';
import { touch } from './wire.ts';

const HOST = 'https://api.anthropic.com';
const load = () => import('@anthropic-ai/sdk');

export function openAnthropic(options: ProviderOptions): Provider {
  const { id, model, baseUrl, key, structured } = options;
  return {
    id,
    model,
    warm: async (signal) => {
      await Promise.all([load(), touch(baseUrl ?? HOST, signal)]);
    },
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { Anthropic } = await load();
        const client = new Anthropic({
          apiKey: key?.reveal() ?? '',
          authToken: null,
          baseURL: baseUrl ?? HOST,
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
        return readReply(reply, model, CLAUDE);
      }),
  };
}

const CLAUDE: Dialect = {
  usage: 'usage',
  input: 'input_tokens',
  output: ['output_tokens'],
  version: 'model',
  limit: 'max_tokens',
  ending({ content, stop_reason: end }) {
    const text = () => {
      const blocks = listOf(content, 'content').map((block) => objectOf(block, 'block'));
      const texts = blocks.filter(({ type }) => type === 'text');
      return texts.map((block) => textOf(block['text'], 'text')).join('');
    };
    return { end, refusal: end === 'refusal' ? end : null, text };
  },
};
