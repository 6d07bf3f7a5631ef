// One request of a provider's package, bounded: in time by its signal, in bytes here, and never sent on
// to another host. What status and headers said is kept, because not every package hands it on.
//
//   SDK -> bounded fetch -> fetch -> status, Retry-After -> bytes, counted -> whole body -> SDK

import { retryAfterMs } from '../../data/venues/http.ts';

/** What was heard of one attempt. */
export interface Heard {
  /** 0 = nobody answered. */
  status: number;
  /** How long the provider asks us to wait, ms; null = it does not say. */
  retryAfterMs: number | null;
  /** The body was longer than may be read. */
  isTooLong: boolean;
  /** The body broke off. */
  isCut: boolean;
}

export function nothingHeard(): Heard {
  return { status: 0, retryAfterMs: null, isTooLong: false, isCut: false };
}

/**
 * Opens a connection to a host and asks nothing of it: its name is looked up, and its certificate read,
 * before the first question is. Never rejects.
 */
export async function touch(url: string, signal: AbortSignal): Promise<void> {
  try {
    await fetch(new URL(url).origin, { method: 'HEAD', redirect: 'manual', signal });
  } catch {
    // The first question will say what is wrong.
  }
}

/** A `fetch` for one attempt that writes down what it hears; `nowMs` reads dates in Retry-After. */
export function boundedFetch(heard: Heard, maxBytes: number, nowMs: () => number): typeof fetch {
  return async (input, init) => {
    // A provider does not move; a portal or a firewall does, and would be handed the key.
    const response = await fetch(input, { ...init, redirect: 'manual' });
    heard.status = response.status;
    heard.retryAfterMs = saidWait(response.headers, nowMs());
    const bytes = await bodyOf(response, heard, maxBytes);
    const headers = new Headers(response.headers);
    // These spoke of the bytes as they were sent.
    headers.delete('content-encoding');
    headers.delete('content-length');
    const { status } = response;
    const isBare = status === 204 || status === 304;
    // Of one that cannot be made again, an informational one for instance, nothing can be read either.
    return new Response(isBare ? null : bytes, { status, headers });
  };
}

async function bodyOf(
  response: Response,
  heard: Heard,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body ?? []) {
      length += part.byteLength;
      if (length > maxBytes) {
        heard.isTooLong = true;
        break;
      }
      parts.push(part);
    }
  } catch (error) {
    heard.isCut = true;
    throw error;
  }
  if (heard.isTooLong) throw new Error(`the answer is longer than ${maxBytes} bytes`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

function saidWait(headers: Headers, nowMs: number): number | null {
  const ms = headers.get('retry-after-ms')?.trim() ?? '';
  if (/^\d{1,10}(\.\d+)?$/.test(ms)) return Number(ms);
  return retryAfterMs(headers, nowMs);
}
