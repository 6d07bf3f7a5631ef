// One source of headlines, asked again and again: with what it said of its version, so that nothing comes
// where nothing is new; for no longer and for no more bytes than it may take.
//
//   poll -> 304: the same | 200 -> bytes, bounded -> text -> read in a thread -> items | a fault in words

import type { NewsItem } from '../../data/news/read.ts';
import { bodyOf, retryAfterMs } from '../../data/venues/http.ts';
import { BadReply, shown } from '../../data/venues/said.ts';
import type { Clock } from '../clock.ts';

/** A page of full articles has some hundred thousand. */
const MAX_BYTES = 2_000_000;
const TIMEOUT_MS = 15_000;
const MOST_MOVES = 3;
/** A longer version is not sent back. */
const VERSION_LENGTH = 500;

export interface NewsSourceParts {
  /** Its name in the config. */
  readonly id: string;
  /** With its key. */
  readonly url: string;
  /** It goes to no other host than its own. */
  readonly hasKey: boolean;
  readonly clock: Clock;
  /** Throws BadReply for what is no list of news. */
  readonly read: (text: string) => Promise<readonly NewsItem[]>;
  /** Takes keys out of what is told. */
  readonly scrub: (text: string) => string;
}

export type Polled =
  | { readonly kind: 'items'; readonly items: readonly NewsItem[] }
  | { readonly kind: 'same' }
  /** `waitMs`: it asks to be left alone so long. */
  | { readonly kind: 'fault'; readonly text: string; readonly waitMs: number };

export class NewsSource {
  readonly id: string;
  readonly #parts: NewsSourceParts;
  #etag: string | null = null;
  #modified: string | null = null;

  constructor(parts: NewsSourceParts) {
    this.id = parts.id;
    this.#parts = parts;
  }

  /** One look. Never rejects. */
  async poll(signal: AbortSignal): Promise<Polled> {
    const { clock, scrub } = this.#parts;
    const done = new AbortController();
    const late = new AbortController();
    void clock.sleep(TIMEOUT_MS, done.signal).then(() => {
      if (!done.signal.aborted) late.abort();
    });
    try {
      return await this.#ask(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      const why = late.signal.aborted ? `no answer in ${TIMEOUT_MS / 1000} s` : causeOf(error);
      return { kind: 'fault', text: scrub(shown(why)), waitMs: 0 };
    } finally {
      done.abort();
    }
  }

  async #fetch(signal: AbortSignal): Promise<Response> {
    const { url, hasKey } = this.#parts;
    const headers = {
      'user-agent': 'Sapphire (headlines)',
      accept: 'application/rss+xml, application/atom+xml, application/json, application/xml',
      ...(this.#etag === null ? {} : { 'if-none-match': this.#etag }),
      ...(this.#modified === null ? {} : { 'if-modified-since': this.#modified }),
    };
    for (let [at, moves] = [new URL(url), 0]; ; moves++) {
      const response = await fetch(at, { headers, redirect: 'manual', signal });
      const next = hasKey || moves === MOST_MOVES ? null : movedTo(response, at);
      if (next === null) return response;
      await response.body?.cancel();
      at = next;
    }
  }

  async #ask(signal: AbortSignal): Promise<Polled> {
    const { clock, read } = this.#parts;
    const response = await this.#fetch(signal);
    const { status, headers } = response;
    if (status !== 200) {
      await response.body?.cancel();
      if (status === 304) return { kind: 'same' };
      const waitMs = retryAfterMs(headers, clock.nowMs()) ?? 0;
      return { kind: 'fault', text: `status ${status}`, waitMs };
    }
    const bytes = await bodyOf(response, MAX_BYTES, true);
    const items = await read(textOf(bytes, headers.get('content-type') ?? ''));
    // Only of what could be read: the next look must not be told that nothing is new.
    this.#etag = versionOf(headers.get('etag'));
    this.#modified = versionOf(headers.get('last-modified'));
    return { kind: 'items', items };
  }
}

/** Where a source has moved to, if that may be gone to: with no key, and to no machine of ours. */
function movedTo({ status, headers }: Response, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(status)) return null;
  const target = URL.parse(headers.get('location') ?? '', from.href);
  if (target === null) return null;
  const { protocol, hostname, origin } = target;
  // An address in numbers, or a name without a dot, is somebody's own network.
  const isPublic = /\.[a-z][a-z\d-]*$/i.test(hostname);
  return origin === from.origin || (protocol === 'https:' && isPublic) ? target : null;
}

function versionOf(text: string | null): string | null {
  return text !== null && text.length <= VERSION_LENGTH ? text : null;
}

/** In the encoding that the header names, or the document itself; else UTF-8. */
function textOf(bytes: Buffer, contentType: string): string {
  const head = bytes.toString('latin1', 0, 200);
  const label =
    /charset="?([\w-]+)/i.exec(contentType)?.[1] ??
    /^\s*<\?xml[^>]*encoding=["']([\w-]+)/i.exec(head)?.[1];
  try {
    return new TextDecoder(label ?? 'utf-8').decode(bytes);
  } catch {
    throw new BadReply(`must be in an encoding that is known, is in ${shown(label)}`);
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
