// `--watch`: run, show, wait for a save, run again. The newest report is served on loopback and an
// open page reloads itself when there is a newer one.

import { readFileSync, watch as watchFile } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { InputError, problemText } from '../engine/errors.ts';
import { openInBrowser } from './open.ts';
import type { Outcome } from './run.ts';

interface WatchFlags {
  readonly config?: string;
  readonly open?: boolean;
}

const SETTLE_MS = 80;
const RELOAD =
  '<script>new EventSource("/saved").onmessage = () => location.reload();</script></body>';

/** Runs until it is interrupted. A run that fails says why and waits for the next save. */
export async function watch<Flags extends WatchFlags>(
  once: (fresh: boolean) => Promise<Outcome>,
  show: (outcome: Outcome, flags: Flags) => Promise<void>,
  flags: Flags,
): Promise<void> {
  const page = await servePage();
  let watched: readonly string[] = [];
  for (let fresh = false; ; fresh = true) {
    try {
      const outcome = await once(fresh);
      await show(outcome, flags);
      page.publish(readFileSync(resolve(outcome.out, 'report.html'), 'utf8'));
      watched = outcome.files;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const problem of error.problems)
        process.stderr.write(`error: ${problemText(problem)}\n`);
      if (watched.length === 0 && !flags.config) throw error;
    }
    if (!fresh) {
      process.stderr.write(`report on ${page.url}, reloads itself; Ctrl-C ends\n`);
      if (flags.open) openInBrowser(page.url);
    }
    const config = flags.config?.endsWith('.json') ? [resolve(flags.config)] : [];
    await oneSave([...watched, ...config]);
  }
}

/** Resolves a moment after any of the files was saved. */
function oneSave(files: readonly string[]): Promise<void> {
  return new Promise((done) => {
    const watchers = files.map((file) =>
      watchFile(file, () => {
        for (const one of watchers) one.close();
        // Editors write in steps (truncate, write, rename): the last of them counts.
        setTimeout(done, SETTLE_MS);
      }),
    );
  });
}

async function servePage(): Promise<{ url: string; publish(html: string): void }> {
  let html = '';
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (request.url === '/saved') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': waiting\n\n');
      open.add(response);
      request.on('close', () => open.delete(response));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(html.replace('</body>', RELOAD));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    publish(next) {
      html = next;
      for (const response of open) response.write('data: saved\n\n');
    },
  };
}
