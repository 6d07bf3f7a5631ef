// Gemini through `@google/genai`: generateContent with a response schema. The package's own retries are
// off, and so is thinking in words: what is wanted is one small object.

import { listOf, objectOf, textOf } from '../../data/venues/said.ts';
import { type Asking, attempt, type Provider, type ProviderOptions } from './provider.ts';
import { type Dialect, readReply } from './reading.ts';
import { touch } from './wire.ts';

const HOST = 'https://generativelanguage.googleapis.com';
const load = () => import('@google/genai');

export function openGemini(options: ProviderOptions): Provider {
  const { id, model, baseUrl, key, structured } = options;
  return {
    id,
    model,
    warm: async (signal) => {
      await Promise.all([load(), touch(baseUrl ?? HOST, signal)]);
    },
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { GoogleGenAI } = await load();
        const client = new GoogleGenAI({
          apiKey: key?.reveal() ?? '',
          // Or an environment with GOOGLE_GENAI_USE_VERTEXAI would send the prompt elsewhere.
          vertexai: false,
          httpOptions: { fetch, ...(baseUrl === null ? {} : { baseUrl }) },
        });
        const reply = await client.models.generateContent({
          model,
          contents: asking.text,
          config: {
            systemInstruction: asking.system,
            maxOutputTokens: asking.maxOutputTokens,
            temperature: 0,
            candidateCount: 1,
            abortSignal: signal,
            ...shapeOf(asking, structured),
          },
        });
        return readReply(reply, model, GEMINI);
      }),
  };
}

function shapeOf(asking: Asking, structured: ProviderOptions['structured']) {
  if (structured === 'text') return {};
  const responseMimeType = 'application/json';
  if (structured === 'json') return { responseMimeType };
  return { responseMimeType, responseJsonSchema: asking.schema };
}

const GEMINI: Dialect = {
  usage: 'usageMetadata',
  input: 'promptTokenCount',
  output: ['candidatesTokenCount', 'thoughtsTokenCount'],
  version: 'modelVersion',
  limit: 'MAX_TOKENS',
  ending({ promptFeedback, candidates }) {
    const { blockReason } = objectOf(promptFeedback ?? {}, 'promptFeedback');
    if (blockReason !== undefined) return { end: null, refusal: blockReason, text: () => '' };
    const [first] = listOf(candidates, 'candidates');
    const { content, finishReason: end } = objectOf(first, 'candidate');
    const text = () => {
      const parts = listOf(objectOf(content, 'content')['parts'], 'parts');
      const said = parts.map((part) => objectOf(part, 'part')).filter((part) => !part['thought']);
      return said.map((part) => textOf(part['text'], 'text')).join('');
    };
    return { end, refusal: end === 'STOP' ? null : end, text };
  },
};
