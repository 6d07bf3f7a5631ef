// How a connection to Hyperliquid's stream is used: one subscription a message, pings of its own.

import { DAY_MS, intervalName } from '../../../engine/interval.ts';
import type { StreamTalk } from '../contract.ts';
import { coinOf } from './hosts.ts';
import { messageOf } from './parse.ts';

/** The talk over `streamUrl`. Subscriptions are answered one by one; a refused one is a complaint. */
export function hyperliquidTalk(streamUrl: string): StreamTalk {
  return Object.freeze({
    url: () => streamUrl,
    hello: (symbols: readonly string[], intervalMs: number) =>
      symbols.map((symbol) => {
        const subscription = {
          type: 'candle',
          coin: coinOf(symbol),
          interval: intervalName(intervalMs),
        };
        return JSON.stringify({ method: 'subscribe', subscription });
      }),
    // 1000 subscriptions an IP; a part of them, for other processes have streams too.
    maxSymbols: 200,
    ping: '{"method":"ping"}',
    // The venue closes what it has sent nothing to for 60 s; its answer to a ping counts.
    pingEveryMs: 15_000,
    silenceMs: 45_000,
    // None is documented; a new connection a day keeps that path walked.
    maxAgeMs: DAY_MS,
    parse: messageOf,
  });
}
