// One request over HTTP, once, and what can be said of it afterwards: was it answered, did it certainly
// never leave, or may it have arrived?
//
//   dial -> connected -> bytes leave -> status and body       `reply`
//     |          `--------- broken, late, too long ------->   `lost`    it may have arrived
//     `---- refused, not found, not connected in time ---->   `unsent`  nothing has left
//
// node:http rather than fetch, because only a socket tells whether a byte could have left. Connections
// are kept alive; on one that was kept, bytes leave at once, so that its end is always `lost`.

import { Agent, type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import type { Pace } from '../../data/venues/contract.ts';
import { shown } from '../../data/venues/said.ts';

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty = none. */
  readonly body: string;
}

export type WireReply =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Headers;
      readonly text: string;
    }
  | { readonly kind: 'unsent'; readonly text: string }
  | {
      readonly kind: 'lost';
      readonly code: 'timeout' | 'connection-lost' | 'unparsable';
      readonly text: string;
    };

export interface WireTuning {
  /** From the first byte to the last of the answer, connecting included. Default 10,000. */
  readonly timeoutMs?: number;
  /** A longer answer is `lost`: it cannot be read. Default 4 MiB. */
  readonly maxBytes?: number;
  /** Called when the last byte has been handed to the machine; for benches. */
  readonly onSent?: () => void;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;

export class Wire {
  readonly #url: URL;
  readonly #pace: Pace;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #onSent: (() => void) | undefined;
  readonly #agent: Agent;
  readonly #isSecure: boolean;

  constructor(baseUrl: string, pace: Pace, tuning: WireTuning = {}) {
    this.#url = new URL(baseUrl);
    this.#pace = pace;
    this.#timeoutMs = tuning.timeoutMs ?? TIMEOUT_MS;
    this.#maxBytes = tuning.maxBytes ?? MAX_BYTES;
    this.#onSent = tuning.onSent;
    this.#isSecure = this.#url.protocol === 'https:';
    this.#agent = new (this.#isSecure ? SecureAgent : Agent)({ keepAlive: true });
  }

  /** Never rejects, and resolves within the time limit. */
  send(request: WireRequest): Promise<WireReply> {
    const { promise, resolve } = Promise.withResolvers<WireReply>();
    const over = new AbortController();
    let hasLeft = false;
    const end = (reply: WireReply) => {
      over.abort();
      resolve(reply);
    };
    const fail = (code: 'timeout' | 'connection-lost', text: string) =>
      end(hasLeft ? { kind: 'lost', code, text } : { kind: 'unsent', text });
    const call = this.#begin(request);
    call.on('socket', (socket) => {
      if (!socket.connecting) {
        hasLeft = true;
        return;
      }
      const connected = this.#isSecure ? 'secureConnect' : 'connect';
      socket.once(connected, () => {
        hasLeft = true;
      });
    });
    if (this.#onSent !== undefined) call.on('finish', this.#onSent);
    call.on('error', (error) => fail('connection-lost', wordsOf(error)));
    call.on('response', (response) => this.#collect(response, end, fail));
    call.end(request.body);
    void this.#pace.sleep(this.#timeoutMs, over.signal).then(() => {
      if (over.signal.aborted) return;
      fail('timeout', `no answer in ${this.#timeoutMs} ms`);
      call.destroy();
    });
    return promise;
  }

  /** Ends the connections that are kept; requests under way end as they may. */
  close(): void {
    this.#agent.destroy();
  }

  #begin({ method, path, headers, body }: WireRequest): ClientRequest {
    const { hostname, port } = this.#url;
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return (this.#isSecure ? secure : plain)({
      agent: this.#agent,
      hostname,
      port,
      method,
      path: `${this.#url.pathname.replace(/\/$/, '')}${path}`,
      headers: { accept: 'application/json', ...headers, ...length },
    });
  }

  #collect(
    response: IncomingMessage,
    end: (reply: WireReply) => void,
    fail: (code: 'connection-lost', text: string) => void,
  ): void {
    const parts: Buffer[] = [];
    let bytes = 0;
    response.on('data', (part: Buffer) => {
      bytes += part.byteLength;
      parts.push(part);
      if (bytes <= this.#maxBytes) return;
      end({ kind: 'lost', code: 'unparsable', text: `more than ${this.#maxBytes} bytes` });
      response.destroy();
    });
    response.on('error', (error) => fail('connection-lost', wordsOf(error)));
    response.on('end', () => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(response.headers)) {
        if (value !== undefined) headers.set(name, String(value));
      }
      const text = Buffer.concat(parts).toString('utf8');
      end({ kind: 'reply', status: response.statusCode ?? 0, headers, text });
    });
  }
}

function wordsOf(error: Error): string {
  const { code } = error as { code?: string };
  return shown(error.message || code || error.name);
}
