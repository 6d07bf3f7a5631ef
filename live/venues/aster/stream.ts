// How Aster's user stream is used: a listen key by signed request, good for an hour and prolonged, in the
// address of the socket. Its end is an event and not the end of the connection.

import { VenueFault } from '../../../data/venues/contract.ts';
import { objectOf, textOf } from '../../../data/venues/said.ts';
import { DAY_MS, MINUTE_MS } from '../../../engine/interval.ts';
import type { UserTalk } from '../user-stream.ts';
import type { Account } from './account.ts';

/** `onKey`: told each key before it is used, for whoever must not print it. */
export function asterUserTalk(
  account: Account,
  streamUrl: string,
  onKey: (key: string) => void,
): Omit<UserTalk, 'parse'> {
  const base = streamUrl.replace(/\/$/, '');
  return Object.freeze({
    async address() {
      const key = await account.do({ method: 'POST', name: 'listenKey', weight: 1 }, (body) => {
        return { kind: 'key' as const, key: textOf(objectOf(body, 'answer')['listenKey'], 'key') };
      });
      if (key.kind !== 'key') {
        throw new VenueFault('aster', 'unreachable', true, `no listen key: ${key.code}`);
      }
      onKey(key.key);
      return `${base}/ws/${key.key}`;
    },
    hello: () => [],
    isAnswer: () => false,
    ping: null,
    pingEveryMs: 15_000,
    silenceMs: 45_000,
    maxAgeMs: DAY_MS,
    // Three chances before the hour is over.
    keepEveryMs: 18 * MINUTE_MS,
    async keep() {
      const said = await account.do({ method: 'PUT', name: 'listenKey', weight: 1 }, () => {
        return { kind: 'kept' as const };
      });
      return said.kind === 'kept' || said.kind === 'unknown' || !/-1125/.test(said.text);
    },
  });
}
