// A forecaster of one's own that reads numbers and not words, a Lag-Llama behind a small server for
// instance. It is posted the numbers of the question and answers with the object itself:
//
//   POST baseUrl  {"name":"forecast","model":"lag-llama","numbers":{"closes":[...],"horizon":12,...}}
//     200         {"low":1,"median":2,"high":3,"coverage":0.8}

import { attempt, ModelFault, type Provider, type ProviderOptions } from './provider.ts';
import { touch } from './wire.ts';

export function openForecaster(options: ProviderOptions): Provider {
  const { id, model, baseUrl, key } = options;
  return {
    id,
    model,
    warm: (signal) => touch(baseUrl ?? '', signal),
    send: ({ name, numbers }, signal) =>
      attempt(options, signal, async (fetch) => {
        const response = await fetch(baseUrl ?? '', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(key === null ? {} : { authorization: `Bearer ${key.reveal()}` }),
          },
          body: `{"name":${JSON.stringify(name)},"model":${JSON.stringify(model)},"numbers":${numbers}}`,
          signal,
        });
        const text = await response.text();
        if (response.status !== 200) throw new Error(text);
        if (text.trim() === '') throw new ModelFault('garbage', 'the reply is empty');
        return { text, version: model, inputTokens: 0, outputTokens: 0 };
      }),
  };
}
