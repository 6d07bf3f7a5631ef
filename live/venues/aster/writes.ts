// What Aster's account is told to do, each thing once.

import { BadReply, listOf } from '../../../data/venues/said.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import type { KnownOrders } from '../known.ts';
import type {
  Margin,
  OrderName,
  OrderReport,
  OrderRequest,
  Outcome,
  Refused,
  Tell,
  Unknown,
  VenueClient,
} from '../port.ts';
import type { Resends } from '../resends.ts';
import { refused, unknown } from '../sender.ts';
import { type Account, DONE } from './account.ts';
import { nameOf, type OrderParams, paramsOf, quantitiesOf } from './orders.ts';
import { orderOf } from './parse.ts';
import type { Params } from './sign.ts';

export const BATCH = 5;

export interface WriteParts {
  readonly account: Account;
  readonly rules: ReadonlyMap<string, Instrument>;
  readonly known: KnownOrders;
  /** null = the same bytes would be taken twice: V1 has no nonce. */
  readonly resends: Resends | null;
  readonly canAmend: boolean;
  readonly tell: Tell;
}

export type Writes = Pick<
  VenueClient,
  'submit' | 'submitAll' | 'resend' | 'cancel' | 'cancelAll' | 'amend' | 'deadMan' | 'setMargin'
>;

export function asterWrites(parts: WriteParts): Writes {
  const { account, rules, known, resends, tell } = parts;

  function wordsOf(request: OrderRequest): OrderParams | Refused {
    const instrument = rules.get(request.symbol);
    if (instrument !== undefined) return paramsOf(request, instrument);
    return refused('bad-order', `the rules of ${request.symbol} were not asked for`);
  }

  /** An order in an answer, told as its state as well. */
  function told(order: OrderReport): Outcome {
    tell({ kind: 'order', order });
    return { kind: 'accepted', venueOrderId: order.venueOrderId };
  }

  function placed(body: unknown, clientId: string): Outcome {
    const order = orderOf(body);
    if (order.clientId === clientId) return told(order);
    throw new BadReply(`the answer must be about ${clientId}, is about ${order.clientId}`);
  }

  function settled(clientId: string, outcome: Outcome): Outcome {
    if (outcome.kind !== 'unknown') resends?.drop(clientId);
    if (outcome.kind === 'refused') known.drop(clientId);
    return outcome;
  }

  return Object.freeze({
    async submit(request: OrderRequest) {
      const words = wordsOf(request);
      if (isRefused(words)) return words;
      const { symbol, clientId, reduceOnly } = request;
      known.add(symbol, clientId);
      const outcome = await account.do(
        {
          method: 'POST',
          name: 'order',
          params: Object.entries(words),
          weight: 1,
          orders: 1,
          isUrgent: reduceOnly,
        },
        (body) => placed(body, clientId),
        (bytes) => resends?.keep(clientId, bytes),
      );
      return settled(clientId, outcome);
    },

    async submitAll(requests: readonly OrderRequest[]) {
      if (requests.length > BATCH) {
        return requests.map(() => refused('unsupported', `more than ${BATCH} orders at once`));
      }
      const words = requests.map(wordsOf);
      const sent = requests.filter((_, k) => !isRefused(words[k]!));
      const list = JSON.stringify(words.filter((one) => !isRefused(one)));
      if (sent.length === 0) return words as Refused[];
      for (const { symbol, clientId } of sent) known.add(symbol, clientId);
      const answer = await account.do(
        {
          method: 'POST',
          name: 'batchOrders',
          params: [['batchOrders', list]],
          weight: 5,
          orders: sent.length,
          isUrgent: sent.every(({ reduceOnly }) => reduceOnly),
        },
        (body) => {
          const items = listOf(body, 'batchOrders');
          // Which answer is whose is not known, so none is believed.
          if (items.length === sent.length) return { kind: 'items' as const, items };
          throw new BadReply(
            `a batch of ${sent.length} must have as many answers: ${items.length}`,
          );
        },
      );
      let k = 0;
      return requests.map(({ clientId }, i): Outcome => {
        const one = words[i]!;
        if (isRefused(one)) return one;
        if (answer.kind !== 'items') return settled(clientId, answer);
        return settled(
          clientId,
          account.item(answer.items[k++], (body) => placed(body, clientId)),
        );
      });
    },

    async resend(clientId: string) {
      if (resends === null) return refused('unsupported', 'V1 takes the same bytes twice');
      const bytes = resends.of(clientId);
      if (bytes === null) return refused('not-found', 'no bytes of such an order are kept');
      const outcome = await account.again(bytes, (body) => placed(body, clientId));
      // A nonce that was used, or is old by now, tells nothing of what the first one did.
      if (outcome.kind === 'refused') return unknown('unknown', `sent again: ${outcome.text}`);
      return settled(clientId, outcome);
    },

    cancel(symbol: string, order: OrderName) {
      const params: Params = [['symbol', symbol], nameOf(order)];
      return account.do(
        { method: 'DELETE', name: 'order', params, weight: 1, isUrgent: true },
        (body) => told(orderOf(body)),
      );
    },

    cancelAll(symbol: string) {
      const params: Params = [['symbol', symbol]];
      return simply({ method: 'DELETE', name: 'allOpenOrders', params, weight: 1 });
    },

    async amend(symbol: string, order: OrderName, qty: number, price: number) {
      const instrument = rules.get(symbol);
      if (!parts.canAmend) return refused('unsupported', 'V1 has no way to change an order');
      if (instrument === undefined) {
        return refused('bad-order', `the rules of ${symbol} were not asked for`);
      }
      const quantities = quantitiesOf(qty, price, instrument);
      if (isRefused(quantities)) return quantities;
      const params: Params = [['symbol', symbol], nameOf(order), ...Object.entries(quantities)];
      return account.do({ method: 'PUT', name: 'order', params, weight: 1, orders: 1 }, (body) =>
        told(orderOf(body)),
      );
    },

    deadMan(symbol: string, ms: number) {
      const countdown = String(Math.round(ms));
      const params: Params = [
        ['symbol', symbol],
        ['countdownTime', countdown],
      ];
      return simply({ method: 'POST', name: 'countdownCancelAll', params, weight: 10 });
    },

    async setMargin(symbol: string, { mode, leverage }: Margin) {
      const set = (name: string, value: string) => {
        const params: Params = [
          ['symbol', symbol],
          [name, value],
        ];
        return simply({ method: 'POST', name, params, weight: 1 });
      };
      const typed = await set('marginType', mode === 'cross' ? 'CROSSED' : 'ISOLATED');
      return typed.kind === 'accepted' ? set('leverage', String(leverage)) : typed;
    },
  });

  function simply(what: {
    readonly method: 'POST' | 'DELETE';
    readonly name: string;
    readonly params: Params;
    readonly weight: number;
  }): Promise<Outcome | Refused | Unknown> {
    return account.do({ ...what, isUrgent: true }, () => DONE);
  }
}

function isRefused(one: OrderParams | Refused): one is Refused {
  return 'kind' in one && one['kind'] === 'refused';
}
