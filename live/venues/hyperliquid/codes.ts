// What Hyperliquid's words mean. There are no codes: an order's error is a sentence inside a good answer
// (hyperliquid.gitbook.io, `Error responses`; sentences of the exchange as the client library quotes
// them). A sentence that stands nowhere here is unknown.

import { jsonOf, listOf, objectOf, shown } from '../../../data/venues/said.ts';
import type { RefusalCode } from '../codes.ts';
import type { Refused, Unknown } from '../port.ts';
import { byStatus, Failed, type Heard, refused, unknown } from '../sender.ts';

const SENTENCES: readonly (readonly [RegExp, RefusalCode])[] = [
  [/price must be divisible by tick size/i, 'bad-tick'],
  [/invalid price/i, 'bad-tick'],
  [/invalid size|zero size/i, 'bad-lot'],
  [/minimum value of \$?10/i, 'below-min-notional'],
  [/insufficient (spot )?(margin|balance)/i, 'insufficient-margin'],
  [/reduce only order would increase position/i, 'reduce-only'],
  [/post only order would have immediately matched/i, 'would-cross'],
  [/could not immediately match|no liquidity available/i, 'no-liquidity'],
  [/invalid tp\/sl price/i, 'would-trigger'],
  [/too far from oracle|more aggressive than oracle|exceeds? price limit/i, 'price-band'],
  [/open interest/i, 'price-band'],
  [/exceed margin tier limit|leverage/i, 'leverage'],
  [/never placed, already canceled, or filled/i, 'not-found'],
  [/too many cumulative requests|rate limit/i, 'throttled'],
  [/too many (open )?orders/i, 'too-many-orders'],
  [/until enough volume traded/i, 'unsupported'],
  [/halted|post-?only mode|only post-?only|delisted/i, 'not-trading'],
  [/(user or )?api wallet.*does not exist|must deposit|not registered|unauthori[sz]ed/i, 'auth'],
  [/expired|invalid nonce|nonce too/i, 'clock-skew'],
  [/asset out of range|invalid (cloid|order|tif)|failed to deserialize/i, 'bad-order'],
];

/** A sentence of the exchange. */
export function bySentence(sentence: string): Refused | Unknown {
  const text = shown(sentence);
  if (/duplicate|already used|nonce.*(used|seen)/i.test(sentence)) {
    return unknown('duplicate-id', text);
  }
  const found = SENTENCES.find(([pattern]) => pattern.test(sentence));
  return found === undefined ? unknown('unknown', text) : refused(found[1], text);
}

/** `response` of a good answer; throws Failed for any other, BadReply for one that cannot be read. */
export function responseOf(heard: Heard): unknown {
  const words = shown(heard.text);
  if (heard.status !== 200) throw new Failed(byStatus(heard, words));
  const body = objectOf(jsonOf(heard.text), 'answer');
  if (body['status'] === 'err') throw new Failed(bySentence(String(body['response'])));
  if (body['status'] !== 'ok') throw new Failed(unknown('unparsable', words));
  return body['response'];
}

/** One status for each order or cancel of the action. */
export function statusesOf(response: unknown, count: number): readonly unknown[] {
  const data = objectOf(objectOf(response, 'response')['data'], 'data');
  const statuses = listOf(data['statuses'], 'statuses');
  if (statuses.length === count) return statuses;
  // An error of the whole action comes alone; anything else cannot be told apart.
  const [only] = statuses;
  if (statuses.length === 1 && isError(only)) return Array.from({ length: count }, () => only);
  throw new Failed(unknown('unparsable', `${statuses.length} answers for ${count}`));
}

export function isError(status: unknown): status is { readonly error: string } {
  return typeof status === 'object' && status !== null && 'error' in status;
}
