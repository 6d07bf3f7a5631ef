// How a connection to Aster's market stream is used: subscribed by its address, kept by pings of the
// protocol, ended by the venue after a day.

import { DAY_MS } from '../../../engine/interval.ts';
import type { StreamTalk } from '../contract.ts';
import { klineStream } from './hosts.ts';
import { messageOf } from './parse.ts';

/**
 * The talk over `streamUrl`. Everything is in the address, so nothing is said at hello: no subscription
 * can be lost or answered late, and the limit of 10 messages a second is never near.
 */
export function asterTalk(streamUrl: string): StreamTalk {
  const base = streamUrl.replace(/\/$/, '');
  return Object.freeze({
    url: (symbols: readonly string[], intervalMs: number) =>
      `${base}/stream?streams=${symbols.map((one) => klineStream(one, intervalMs)).join('/')}`,
    hello: () => [],
    maxSymbols: 200,
    ping: null,
    // The venue pings every five minutes; a dead line is to be known sooner, by pongs to ours.
    pingEveryMs: 15_000,
    silenceMs: 45_000,
    maxAgeMs: DAY_MS,
    parse: messageOf,
  });
}
