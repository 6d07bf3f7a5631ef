// A local server that takes alerts, as Slack, ntfy and the like do, and fails in whatever way is in line.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to the next post; `silent`: it is never answered. */
export type PostFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'silent'
  | 'drop';

export interface Posted {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

export class LetterboxServer {
  readonly posted: Posted[] = [];
  /** When each request came, failed ones included, on the clock that it was given. */
  readonly triedMs: number[] = [];
  readonly #server: Server;
  readonly #faults: PostFault[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(nowMs: () => number = Date.now): Promise<LetterboxServer> {
    const server = createServer();
    const box = new LetterboxServer(server);
    server.on('request', async (request, response) => {
      box.triedMs.push(nowMs());
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const fault = box.#faults.shift();
      if (fault === 'silent') return;
      if (fault === 'drop') {
        response.destroy();
        return;
      }
      const status = fault?.status ?? 200;
      if (status === 200) {
        const body = JSON.parse(Buffer.concat(parts).toString('utf8'));
        box.posted.push({ path: request.url ?? '', body });
      }
      response.writeHead(status, fault?.headers ?? {}).end('ok');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return box;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook-1234567890`;
  }

  get tries(): number {
    return this.triedMs.length;
  }

  /** Texts that arrived, in order. */
  get texts(): string[] {
    return this.posted.map(({ body }) => String(body['text']));
  }

  fail(...faults: PostFault[]): void {
    this.#faults.push(...faults);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
