// Google's Secret Manager and the metadata server that gives its tokens, on 127.0.0.1, as far as reading a
// version goes. Wire format: cloud.google.com/secret-manager/docs/reference/rest, compute/docs/metadata.
//
//   server.put('projects/p/secrets/s/versions/3', 'value')
//   server.mode = 'crc' | 'slow' | 'garbage' | 'down' | 'forbidden' | ...

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SecretMode =
  | 'well'
  | 'forbidden'
  | 'crc'
  | 'slow'
  | 'garbage'
  | 'html'
  | 'huge'
  | 'down'
  | 'once-down';

const TOKEN = 'ya29.local-token-that-is-nobodys';

export class SecretManagerServer {
  mode: SecretMode = 'well';
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #values = new Map<string, { readonly data: string; readonly crc: number }>();
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #port = 0;

  /** `crc`: CRC-32C of the value, from elsewhere. */
  put(resource: string, value: string, crc: number): void {
    this.#values.set(resource, { data: Buffer.from(value).toString('base64'), crc });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What a process needs to find both servers, and no other. */
  get env(): Record<string, string> {
    return {
      SAPPHIRE_SECRET_MANAGER_URL: this.url,
      GCE_METADATA_HOST: `127.0.0.1:${this.#port}`,
      METADATA_SERVER_DETECTION: 'assume-present',
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '');
    const said = this.#said(request.url ?? '', request.headers);
    if (said === null) return;
    const [status, body] = said;
    response.writeHead(status, { 'content-type': 'application/json', 'metadata-flavor': 'Google' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** null = nothing at all. */
  #said(path: string, headers: IncomingMessage['headers']): [number, object | string] | null {
    if (path.startsWith('/computeMetadata/')) {
      if (headers['metadata-flavor'] !== 'Google') return [403, 'Missing Metadata-Flavor'];
      if (!path.includes('/token')) return [200, {}];
      return [200, { access_token: TOKEN, expires_in: 3599, token_type: 'Bearer' }];
    }
    const error = (code: number, status: string): [number, object] => {
      return [code, { error: { code, message: `${status} on ${path}`, status } }];
    };
    if (headers.authorization !== `Bearer ${TOKEN}`) return error(401, 'UNAUTHENTICATED');
    const resource = /^\/v1\/(.+):access$/.exec(path)?.[1] ?? '';
    const kept = this.#values.get(resource);
    switch (this.mode) {
      case 'forbidden':
        return error(403, 'PERMISSION_DENIED');
      case 'down':
        return error(503, 'UNAVAILABLE');
      case 'once-down':
        this.mode = 'well';
        return error(503, 'UNAVAILABLE');
      case 'garbage':
        return [200, `{"name":"${resource}","payload":{"data":`];
      case 'html':
        return [200, '<html>502 Bad Gateway</html>'];
      case 'huge':
        return [200, { payload: { data: 'A'.repeat(1 << 20), dataCrc32c: '0' } }];
      case 'slow':
        return null;
    }
    if (kept === undefined) return error(404, 'NOT_FOUND');
    const crc = this.mode === 'crc' ? kept.crc ^ 1 : kept.crc;
    return [200, { name: resource, payload: { data: kept.data, dataCrc32c: String(crc) } }];
  }
}

/** The token that the metadata server gives out. */
export const LOCAL_TOKEN = TOKEN;
