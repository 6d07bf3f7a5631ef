// A server of files as Binance's archive is one: zips with a checksum beside each, 404 for what is not
// there, and the ways in which downloads go wrong.
//
//   const server = await startArchiveServer();
//   server.put('/data/spot/.../BTCUSDT-1m-2025-01.zip', csvText)

import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { strToU8, zipSync } from 'fflate';

export class ArchiveServer {
  readonly asked: string[] = [];
  readonly #files = new Map<string, Buffer>();
  readonly #odd = new Map<
    string,
    { readonly status: number; readonly bytes: Buffer; times: number }
  >();
  readonly #http: Server;

  constructor() {
    this.#http = createServer((request, response) => {
      const path = request.url ?? '/';
      this.asked.push(`${request.method} ${path}`);
      const odd = this.#odd.get(path);
      if (odd !== undefined && odd.times-- > 0) {
        response.writeHead(odd.status, { 'content-length': odd.bytes.length });
        response.end(request.method === 'HEAD' ? undefined : odd.bytes);
        return;
      }
      const bytes = this.#files.get(path);
      const body =
        bytes ?? Buffer.from('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>');
      response.writeHead(bytes === undefined ? 404 : 200, { 'content-length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** A zip of one csv, and its checksum; the whole zip. */
  put(path: string, csv: string): Buffer {
    const name = basename(path).replace(/\.zip$/, '.csv');
    const zip = Buffer.from(zipSync({ [name]: strToU8(csv) }, { mtime: '2025-02-03T00:00:00' }));
    this.#files.set(path, zip);
    const hex = createHash('sha256').update(zip).digest('hex');
    this.#files.set(`${path}.CHECKSUM`, Buffer.from(`${hex}  ${basename(path)}\n`));
    return zip;
  }

  /** A file as it is. */
  give(path: string, bytes: Buffer | string): void {
    this.#files.set(path, Buffer.from(bytes));
  }

  take(path: string): void {
    this.#files.delete(path);
    this.#files.delete(`${path}.CHECKSUM`);
  }

  /** The next `times` answers for a path are something else. */
  odd(path: string, bytes: Buffer | string, times = 1, status = 200): void {
    this.#odd.set(path, { status, bytes: Buffer.from(bytes), times });
  }
}

export function startArchiveServer(): Promise<ArchiveServer> {
  return new ArchiveServer().start();
}
