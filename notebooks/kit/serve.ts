// Shows notebooks in a browser of this machine: a folder of built pages, or the sources, built anew
// whenever one is saved. Both listen on the loopback address and nowhere else.

import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { ALIAS } from './offline.ts';
import { notebookPlugins, SOURCES } from './pages.ts';
import type { Study } from './study.ts';

const LOOPBACK = '127.0.0.1';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8' };

export interface Serving {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the pages of a folder; `port` 0 takes any. Throws InputError when the port is taken. */
export async function servePages(folder: string, port: number): Promise<Serving> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const name = normalize(path).replace(/^[/\\]+/, '') || 'index.html';
    const file = join(folder, name);
    const isPage = extname(name) in TYPES && !name.startsWith('..');
    if (!isPage || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such page\n');
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(name)]!, 'cache-control': 'no-store' });
    createReadStream(file).pipe(response);
  });
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${taken}/`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (cause) => {
      const rule = `must be a free port (${(cause as NodeJS.ErrnoException).code})`;
      fail(new InputError({ key: '--port', rule, value: port }, { cause }));
    });
    server.listen(port, LOOPBACK, done);
  });
}

/** Serves the sources: a saved notebook is drawn again, its SQL asked again, the page reloaded. */
export async function watchNotebooks(
  studyOf: (id: string) => Study,
  port: number,
  cacheDir: string,
): Promise<Serving> {
  const vite = await import('vite');
  const server = await vite.createServer({
    root: SOURCES,
    base: '/',
    appType: 'mpa',
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    cacheDir,
    resolve: { alias: ALIAS },
    plugins: [notebookPlugins(studyOf, () => {})],
    server: { host: LOOPBACK, port, strictPort: port !== 0 },
    // Only Plot is bundled ahead, for its one old module: the toolkit's modules, bundled so, would not
    // meet the plugin that keeps them off the network.
    optimizeDeps: { noDiscovery: true, include: ['@observablehq/plot'] },
  });
  await server.listen();
  const { port: taken } = server.httpServer!.address() as AddressInfo;
  return { url: `http://${LOOPBACK}:${taken}/`, close: () => server.close() };
}
