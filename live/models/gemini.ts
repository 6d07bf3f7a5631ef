// Gemini through `@google/genai`: generateContent with a response schema. The package's own retries are
// off, and so is thinking in words: what is wanted is one small object.

import { BadReply, listOf, objectOf, shown, textOf } from '../../data/venues/said.ts';
import {
  type Asking,
  attempt,
  ModelFault,
  type Provider,
  type ProviderOptions,
  type Said,
  tokensOf,
  type Used,
} from './provider.ts';

/** Ends that are no refusal of content. */
const WHOLE = 'STOP';
const AT_LIMIT = 'MAX_TOKENS';

export function openGemini(options: ProviderOptions): Provider {
  const { id, model, baseUrl, key, structured } = options;
  return {
    id,
    model,
    send: (asking, signal) =>
      attempt(options, signal, async (fetch) => {
        const { GoogleGenAI } = await import('@google/genai');
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
        return read(reply, model);
      }),
  };
}

function shapeOf(asking: Asking, structured: ProviderOptions['structured']) {
  if (structured === 'text') return {};
  const responseMimeType = 'application/json';
  if (structured === 'json') return { responseMimeType };
  return { responseMimeType, responseJsonSchema: asking.schema };
}

function read(reply: unknown, model: string): Said {
  const { promptFeedback, candidates, usageMetadata, modelVersion } = objectOf(reply, 'reply');
  const usage = objectOf(usageMetadata ?? {}, 'usageMetadata');
  const count = (name: string) => tokensOf(usage[name] ?? 0, name);
  const used = {
    inputTokens: count('promptTokenCount'),
    outputTokens: count('candidatesTokenCount') + count('thoughtsTokenCount'),
  };
  if (promptFeedback !== undefined) {
    const { blockReason } = objectOf(promptFeedback, 'promptFeedback');
    if (blockReason !== undefined) throw kept(blockReason, used);
  }
  const [first] = listOf(candidates, 'candidates');
  const { content, finishReason } = objectOf(first, 'candidate');
  if (finishReason === AT_LIMIT) throw new ModelFault('garbage', `ended at ${AT_LIMIT}`, { used });
  if (finishReason !== WHOLE) throw kept(finishReason, used);
  const parts = listOf(objectOf(content, 'content')['parts'], 'parts').map((part) => {
    const { text, thought } = objectOf(part, 'part');
    return thought === true ? '' : textOf(text, 'text');
  });
  if (parts.length === 0) throw new BadReply('parts must not be empty');
  const version = typeof modelVersion === 'string' ? modelVersion : model;
  return { text: parts.join(''), version, ...used };
}

function kept(reason: unknown, used: Used): ModelFault {
  return new ModelFault('refused', shown(reason), { used });
}
