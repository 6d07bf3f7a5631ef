// A local source of news: one document with its version, as servers of feeds answer for it, and whatever can
// go wrong with one.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type NewsFault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'silent'
  | 'drop'
  | { readonly body: string | Buffer; readonly type?: string };

export class NewsServer {
  /** Headers of every request. */
  readonly seen: (IncomingMessage['headers'] & { readonly path: string })[] = [];
  readonly #server: Server;
  readonly #faults: NewsFault[] = [];
  #document = '';
  #version = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<NewsServer> {
    const server = createServer();
    const news = new NewsServer(server);
    server.on('request', (request, response) => news.#serve(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return news;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/feed`;
  }

  /** What it says from now on. */
  publish(document: string): void {
    this.#document = document;
    this.#version++;
  }

  fail(...faults: NewsFault[]): void {
    this.#faults.push(...faults);
  }

  heal(): void {
    this.#faults.length = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #serve({ url, headers }: IncomingMessage, response: ServerResponse): void {
    this.seen.push({ ...headers, path: url ?? '' });
    const fault = this.#faults.shift();
    if (fault === 'silent') return;
    if (fault === 'drop') {
      response.destroy();
      return;
    }
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end('no');
      return;
    }
    const etag = `"v${this.#version}"`;
    if (fault === undefined && headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const type = fault?.type ?? 'application/rss+xml';
    const modified = 'Thu, 01 Jan 2026 00:00:00 GMT';
    response.writeHead(200, { 'content-type': type, etag, 'last-modified': modified });
    response.end(fault?.body ?? this.#document);
  }
}

/** RSS 2.0, the newest first, as sources have it. */
export function rssOf(items: readonly { id?: string; title: string; atMs?: number }[]): string {
  const entries = items.map(({ id, title, atMs }) =>
    [
      `<item><title>${escaped(title)}</title>`,
      id === undefined ? '' : `<guid isPermaLink="false">${escaped(id)}</guid>`,
      atMs === undefined ? '' : `<pubDate>${new Date(atMs).toUTCString()}</pubDate>`,
      '</item>',
    ].join(''),
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>${entries.join('')}</channel></rss>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
