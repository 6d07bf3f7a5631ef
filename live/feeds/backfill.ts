// Asking a venue page by page, without ever hanging on it.
//
// A page that does not come in time is a fault that may be tried again; whoever asks is let go at
// once when the signal aborts, whatever the venue's client does with it.

import { VenueFault } from '../../data/venues/contract.ts';
import type { Clock } from '../clock.ts';

export interface AskParts {
  readonly venue: string;
  readonly clock: Clock;
  /** How long one page may take, ms. */
  readonly pageMs: number;
  readonly signal: AbortSignal;
}

const LATE = Symbol('late');

/**
 * The pages that `open` gives, each within `pageMs`; ends early when the signal aborts. Throws what
 * the venue throws, and VenueFault `unreachable` (retryable) for a page that is late.
 */
export async function* pagesOf<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  { venue, clock, pageMs, signal }: AskParts,
): AsyncGenerator<T> {
  const call = new AbortController();
  const stop = () => call.abort();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const pages = open(call.signal)[Symbol.asyncIterator]();
  try {
    while (!signal.aborted) {
      const wait = new AbortController();
      const endWait = () => wait.abort();
      signal.addEventListener('abort', endWait);
      const page = pages.next();
      // It may fail after nobody waits for it any more.
      page.catch(() => {});
      const late = clock.sleep(pageMs, wait.signal).then(() => LATE);
      const got = await Promise.race([page, late] as const).finally(() => {
        wait.abort();
        signal.removeEventListener('abort', endWait);
      });
      if (signal.aborted) return;
      if (typeof got === 'symbol') {
        const text = `no answer in ${pageMs} ms`;
        throw new VenueFault(venue, 'unreachable', true, text);
      }
      if (got.done) return;
      yield got.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    call.abort();
    pages.return?.().catch(() => {});
  }
}
