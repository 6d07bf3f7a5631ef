// A local server that speaks the wire formats of the providers of models, as their references document
// them: Gemini's generateContent, chat completions of OpenAI and of those like it, Claude's messages, and
// a forecaster of one's own. It checks keys and requests as they do, and fails in whatever way is in line.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to the next request. */
export type ModelFaultKind =
  /** The model says this, whatever was asked. */
  | { readonly kind: 'says'; readonly text: string }
  /** An answer after so many ms of the machine; `silent`: never. */
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'silent' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** 200 with a page instead of JSON. */
  | { readonly kind: 'page' }
  /** 200 with JSON that is not of the format. */
  | { readonly kind: 'odd'; readonly body: unknown }
  /** The body stops in the middle and the connection breaks. */
  | { readonly kind: 'cut' }
  /** The connection breaks before a status. */
  | { readonly kind: 'drop' }
  /** A body of so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The model stopped at its limit of tokens. */
  | { readonly kind: 'limit' }
  /** The provider's filter, or the model, would not answer. */
  | { readonly kind: 'filtered' };

export interface SeenAsk {
  readonly format: Format;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

type Format = 'gemini' | 'openai' | 'anthropic' | 'forecaster';

export const KEY = 'test-key-0123456789abcdef';

/** What the models say where nothing else is in line. */
export type Speaker = (prompt: string) => unknown;

export class LocalModels {
  readonly seen: SeenAsk[] = [];
  /** Headers of requests that asked nothing. */
  readonly touched: IncomingMessage['headers'][] = [];
  /** Requests under way now, and the most there ever were. */
  underWay = 0;
  most = 0;
  /** What happens to a request by what it asks; undefined = what is in line. */
  treat: (prompt: string) => ModelFaultKind | undefined = () => undefined;
  readonly #server: Server;
  readonly #speaker: Speaker;
  readonly #faults: ModelFaultKind[] = [];

  private constructor(server: Server, speaker: Speaker) {
    this.#server = server;
    this.#speaker = speaker;
  }

  static async open(speaker: Speaker): Promise<LocalModels> {
    const server = createServer();
    const models = new LocalModels(server, speaker);
    server.on('request', (request, response) => {
      models.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return models;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  fail(...faults: ModelFaultKind[]): void {
    this.#faults.push(...faults);
  }

  heal(): void {
    this.#faults.length = 0;
    this.seen.length = 0;
    this.touched.length = 0;
    this.most = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'HEAD') {
      this.touched.push(request.headers);
      response.writeHead(404).end();
      return;
    }
    this.underWay++;
    this.most = Math.max(this.most, this.underWay);
    response.on('close', () => this.underWay--);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = request.url ?? '/';
    const body = JSON.parse(Buffer.concat(parts).toString('utf8'));
    const format = formatOf(path);
    if (format === null) return json(response, 404, { error: 'no such path' });
    this.seen.push({ format, path, headers: request.headers, body });
    const refusal = refusalOf(format, request.headers, body);
    if (refusal !== null) return json(response, refusal.status, refusal.body);
    const text = textOf(format, body);
    const fault = this.treat(text) ?? this.#faults.shift();
    const said = JSON.stringify(this.#speaker(text));
    switch (fault?.kind) {
      case 'says':
        return json(response, 200, envelope(format, body, fault.text));
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        return json(response, 200, envelope(format, body, said));
      case 'silent':
        return;
      case 'status':
        return json(response, fault.status, fault.body ?? errorOf(format), fault.headers);
      case 'page':
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>Welcome</title>');
        return;
      case 'odd':
        return json(response, 200, fault.body);
      case 'cut': {
        const text = JSON.stringify(envelope(format, body, said));
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(text.slice(0, text.length / 2));
        setTimeout(() => response.destroy(), 20);
        return;
      }
      case 'drop':
        response.destroy();
        return;
      case 'huge':
        return json(response, 200, envelope(format, body, 'x'.repeat(fault.bytes)));
      case 'limit':
        return json(response, 200, envelope(format, body, said.slice(0, 10), LIMITS[format]));
      case 'filtered':
        return json(response, 200, filteredOf(format, body));
      default:
        return json(response, 200, envelope(format, body, said));
    }
  }
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function formatOf(path: string): Format | null {
  if (/^\/v1(?:beta)?\/models\/[^/]+:generateContent$/.test(path)) return 'gemini';
  if (path === '/v1/chat/completions') return 'openai';
  if (path === '/v1/messages') return 'anthropic';
  return path === '/forecast' ? 'forecaster' : null;
}

/** What each asks of a request: its key where it wants it, and the fields without which it says 400. */
function refusalOf(
  format: Format,
  headers: IncomingMessage['headers'],
  body: Record<string, unknown>,
): { status: number; body: unknown } | null {
  const key = {
    gemini: headers['x-goog-api-key'],
    openai: headers.authorization?.replace('Bearer ', ''),
    anthropic: headers.authorization?.replace('Bearer ', '') ?? headers['x-api-key'],
    // One's own, without keys.
    forecaster: KEY,
  }[format];
  if (key !== KEY && key !== 'none') {
    return { status: 401, body: { error: { message: `Incorrect API key provided: ${key}` } } };
  }
  const needs = {
    gemini: ['contents', 'generationConfig'],
    openai: ['model', 'messages'],
    anthropic: ['model', 'messages', 'max_tokens'],
    forecaster: ['numbers'],
  }[format];
  const missing = needs.filter((name) => body[name] === undefined);
  if (format === 'anthropic' && !/^\d{4}-\d\d-\d\d$/.test(String(headers['anthropic-version']))) {
    missing.push('anthropic-version');
  }
  if (missing.length === 0) return null;
  return { status: 400, body: { error: { message: `missing ${missing.join(', ')}` } } };
}

function textOf(format: Format, body: Record<string, unknown>): string {
  return JSON.stringify(format === 'gemini' ? body['contents'] : (body['messages'] ?? body));
}

const LIMITS: Readonly<Record<Format, string>> = {
  gemini: 'MAX_TOKENS',
  openai: 'length',
  anthropic: 'max_tokens',
  forecaster: '',
};
const WHOLE: Readonly<Record<Format, string>> = {
  gemini: 'STOP',
  openai: 'stop',
  anthropic: 'end_turn',
  forecaster: '',
};

/** A reply with this text, as documented; 100 tokens in and 20 out. */
function envelope(
  format: Format,
  body: Record<string, unknown>,
  text: string,
  end = WHOLE[format],
): unknown {
  switch (format) {
    case 'gemini':
      return {
        candidates: [
          { content: { parts: [{ text }], role: 'model' }, finishReason: end, index: 0 },
        ],
        usageMetadata: {
          promptTokenCount: 100,
          candidatesTokenCount: 15,
          thoughtsTokenCount: 5,
          totalTokenCount: 120,
        },
        modelVersion: 'gemini-local-001',
        responseId: 'r1',
      };
    case 'openai':
      return {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: `${body['model']}-2026-01-01`,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: text, refusal: null },
            finish_reason: end,
          },
        ],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      };
    case 'anthropic':
      return {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: `${body['model']}-20260101`,
        content: [{ type: 'text', text }],
        stop_reason: end,
        stop_sequence: null,
        usage: { input_tokens: 100, output_tokens: 20 },
      };
    case 'forecaster':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
  }
}

function filteredOf(format: Format, body: Record<string, unknown>): unknown {
  if (format === 'gemini') {
    return { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 100 } };
  }
  const end = format === 'openai' ? 'content_filter' : 'refusal';
  return envelope(format, body, '', end);
}

function errorOf(format: Format): unknown {
  if (format === 'gemini')
    return { error: { code: 500, message: 'try later', status: 'INTERNAL' } };
  return { type: 'error', error: { type: 'api_error', message: 'try later' } };
}
