// `--watch`: run, show, wait for a save, run again. The newest report is served on loopback and an
// open page reloads itself when there is a newer one.

import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { strategySourceDigest } from '../data/runs/strategy-digest.ts';
import { InputError, problemText } from '../engine/errors.ts';
import { openInBrowser } from './open.ts';
import type { Outcome } from './run.ts';

interface WatchFlags {
  readonly config?: string;
  readonly strategy?: string;
  readonly open?: boolean;
}

const LOOK_MS = 150;
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
  const config = flags.config?.endsWith('.json') ? resolve(flags.config) : null;
  // Until a run has said which files take part, the ones that were named.
  let strategies = flags.strategy?.endsWith('.ts') ? [resolve(flags.strategy)] : [];
  for (let fresh = false; ; fresh = true) {
    const before = { source: sourceOf(strategies), text: textOf(config) };
    let isSame = true;
    try {
      const outcome = await once(fresh);
      await show(outcome, flags);
      page.publish(readFileSync(resolve(outcome.out, 'report.html'), 'utf8'));
      isSame = outcome.files.join() === strategies.join();
      strategies = [...outcome.files];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (strategies.length === 0 && config === null) throw error;
      for (const problem of error.problems)
        process.stderr.write(`error: ${problemText(problem)}\n`);
    }
    if (!fresh) {
      process.stderr.write(`report on ${page.url}, reloads itself; Ctrl-C ends\n`);
      if (flags.open) openInBrowser(page.url);
    }
    // What was saved while the run went on counts; of files that it has just named nothing is older.
    const source = isSame ? before.source : sourceOf(strategies);
    await oneSave(strategies, config, contentOf(source, before.text));
  }
}

/**
 * Resolves a moment after any of the files is no longer what it was. It looks at contents and not
 * at events of the file system: editors save by renaming, and may save while a run is under way.
 */
async function oneSave(
  strategies: readonly string[],
  config: string | null,
  before: string,
): Promise<void> {
  while (contentOf(sourceOf(strategies), textOf(config)) === before) await pause(LOOK_MS);
  // Editors write in steps (truncate, write, rename): the last of them counts.
  await pause(SETTLE_MS);
}

const MISSING = 'a file is missing';

function contentOf(source: string, text: string): string {
  return `${source} ${text}`;
}

/** Of the strategies and what they import by relative path. */
function sourceOf(strategies: readonly string[]): string {
  try {
    return strategySourceDigest(strategies);
  } catch {
    return MISSING;
  }
}

function textOf(config: string | null): string {
  try {
    return config === null ? '' : readFileSync(config, 'utf8');
  } catch {
    return MISSING;
  }
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
