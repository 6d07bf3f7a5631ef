// What Hyperliquid's account is told to do, each thing once.

import { decimalOf, idOf, objectOf } from '../../../data/venues/said.ts';
import type { KnownOrders } from '../known.ts';
import type {
  Margin,
  OrderName,
  OrderReport,
  OrderRequest,
  Outcome,
  Refused,
  Tell,
  VenueClient,
} from '../port.ts';
import type { Resends } from '../resends.ts';
import { Failed, refused, unknown } from '../sender.ts';
import { bySentence, isError, statusesOf } from './codes.ts';
import type { Exchange } from './exchange.ts';
import { type Asset, type OrderWire, wireOf } from './orders.ts';
import type { Action } from './sign.ts';

export const BATCH = 20;
/** The venue's shortest; what is armed for less is refused there. */
export const SHORTEST_DEADMAN_MS = 5000;
const DONE: Outcome = Object.freeze({ kind: 'accepted' as const, venueOrderId: '' });

export interface WriteParts {
  readonly exchange: Exchange;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly known: KnownOrders;
  readonly resends: Resends;
  /** Requests by client id, for what the venue's stream leaves out. */
  readonly shapes: Map<string, OrderRequest>;
  readonly nowMs: () => number;
  readonly tell: Tell;
  readonly openOrders: VenueClient['openOrders'];
}

export type Writes = Pick<
  VenueClient,
  'submit' | 'submitAll' | 'resend' | 'cancel' | 'cancelAll' | 'amend' | 'deadMan' | 'setMargin'
>;

export function hyperliquidWrites(parts: WriteParts): Writes {
  const { exchange, assets, known, resends, shapes, nowMs, tell } = parts;

  function words(request: OrderRequest): OrderWire | Refused {
    const asset = assets.get(request.symbol);
    if (asset !== undefined) return wireOf(request, asset);
    return refused('bad-order', `the rules of ${request.symbol} were not asked for`);
  }

  function settled(clientId: string, outcome: Outcome): Outcome {
    if (outcome.kind !== 'unknown') resends.drop(clientId);
    if (outcome.kind === 'refused') known.drop(clientId);
    return outcome;
  }

  /** One status of an order action, told as a state where it says one. */
  function placed(status: unknown, request: OrderRequest): Outcome {
    if (isError(status)) throw new Failed(bySentence(String(status.error)));
    // A trigger that waits, said without an id.
    if (typeof status === 'string' && /^waitingFor/.test(status)) return DONE;
    const one = objectOf(status, 'status');
    if ('resting' in one) {
      const resting = objectOf(one['resting'], 'resting');
      return report(request, idOf(resting['oid'], 'oid'), 'open', 0, Number.NaN);
    }
    const filled = objectOf(one['filled'], 'filled');
    const qty = decimalOf(filled['totalSz'], 'totalSz');
    const state =
      qty >= request.qty ? 'filled' : request.type === 'limit' ? 'partly-filled' : 'cancelled';
    const isOver = request.timeInForce === 'ioc' && state === 'partly-filled';
    const oid = idOf(filled['oid'], 'oid');
    return report(
      request,
      oid,
      isOver ? 'cancelled' : state,
      qty,
      decimalOf(filled['avgPx'], 'avgPx'),
    );
  }

  function report(
    { clientId, symbol, side, type, qty, limitPrice, triggerPrice, reduceOnly }: OrderRequest,
    venueOrderId: string,
    status: OrderReport['status'],
    filledQty: number,
    averagePrice: number,
  ): Outcome {
    const rest = { clientId, venueOrderId, symbol, side, type, qty, limitPrice, triggerPrice };
    const updatedMs = Math.floor(nowMs());
    const order = { ...rest, reduceOnly, status, filledQty, averagePrice, updatedMs, forced: null };
    tell({ kind: 'order', order });
    return { kind: 'accepted', venueOrderId };
  }

  function remember(request: OrderRequest): void {
    known.add(request.symbol, request.clientId);
    shapes.set(request.clientId, request);
  }

  async function submitAll(requests: readonly OrderRequest[]): Promise<readonly Outcome[]> {
    if (requests.length > BATCH) {
      return requests.map(() => refused('unsupported', `more than ${BATCH} orders at once`));
    }
    const wires = requests.map(words);
    const orders = wires.filter((one): one is OrderWire => !('kind' in one));
    if (orders.length === 0) return wires as Refused[];
    const sent = requests.filter((_, k) => !('kind' in wires[k]!));
    for (const request of sent) remember(request);
    const answer = await exchange.act(
      {
        action: { type: 'order', orders, grouping: 'na' },
        count: orders.length,
        orders: orders.length,
        isUrgent: sent.every(({ reduceOnly }) => reduceOnly),
      },
      (response) => ({ kind: 'statuses' as const, all: statusesOf(response, orders.length) }),
      (bytes) => {
        // The bytes of several orders are sent again for none of them.
        if (sent.length === 1) resends.keep(sent[0]!.clientId, bytes);
      },
    );
    let k = 0;
    return requests.map((request, i): Outcome => {
      const wire = wires[i]!;
      if ('kind' in wire) return wire;
      if (answer.kind !== 'statuses') return settled(request.clientId, answer);
      return settled(request.clientId, told(answer.all[k++], request));
    });
  }

  /** One status as what came of it; what cannot be read may have happened. */
  function told(status: unknown, request: OrderRequest): Outcome {
    try {
      return exchange.seen(() => placed(status, request));
    } catch (error) {
      return unknown('unparsable', error instanceof Error ? error.message : '');
    }
  }

  function cancelled(response: unknown, count: number): Outcome {
    const statuses = statusesOf(response, count);
    for (const status of statuses) {
      if (!isError(status)) continue;
      const outcome = bySentence(String(status.error));
      // Of several, one that has ended meanwhile is as good as cancelled.
      if (count > 1 && outcome.kind === 'refused' && outcome.code === 'not-found') continue;
      throw new Failed(outcome);
    }
    return DONE;
  }

  function cancel(action: Action, count: number): Promise<Outcome> {
    return exchange.act({ action, count, isUrgent: true }, (response) =>
      cancelled(response, count),
    );
  }

  return Object.freeze({
    async submit(request: OrderRequest) {
      const [outcome] = await submitAll([request]);
      return outcome!;
    },
    submitAll,

    async resend(clientId: string) {
      const bytes = resends.of(clientId);
      const request = shapes.get(clientId);
      if (bytes === null || request === undefined) {
        return refused('not-found', 'no bytes of such an order are kept');
      }
      const answer = await exchange.again(bytes, (response) => ({
        kind: 'statuses' as const,
        all: statusesOf(response, 1),
      }));
      const outcome = answer.kind === 'statuses' ? told(answer.all[0], request) : answer;
      // A nonce that was used, or an expiry that is over, tells nothing of what the first one did.
      if (outcome.kind === 'refused') return unknown('unknown', `sent again: ${outcome.text}`);
      return settled(clientId, outcome);
    },

    async cancel(symbol: string, order: OrderName) {
      const asset = assets.get(symbol)?.index;
      if (asset === undefined)
        return refused('bad-order', `the rules of ${symbol} were not asked for`);
      if ('clientId' in order) {
        return cancel({ type: 'cancelByCloid', cancels: [{ asset, cloid: order.clientId }] }, 1);
      }
      return cancel({ type: 'cancel', cancels: [{ a: asset, o: Number(order.venueOrderId) }] }, 1);
    },

    /** There is no such action: what is open is asked for and taken back by its ids. */
    async cancelAll(symbol: string) {
      const asset = assets.get(symbol)?.index;
      if (asset === undefined)
        return refused('bad-order', `the rules of ${symbol} were not asked for`);
      let open: readonly OrderReport[];
      try {
        open = await parts.openOrders(symbol);
      } catch (error) {
        const text = error instanceof Error ? error.message : '';
        return refused('venue-unavailable', `open orders: ${text}`);
      }
      if (open.length === 0) return DONE;
      const cancels = open.map(({ venueOrderId }) => ({ a: asset, o: Number(venueOrderId) }));
      return cancel({ type: 'cancel', cancels }, cancels.length);
    },

    async amend(symbol: string, order: OrderName, qty: number, price: number) {
      const shape = 'clientId' in order ? shapes.get(order.clientId) : undefined;
      if (shape === undefined || shape.symbol !== symbol || shape.type !== 'limit') {
        return refused('unsupported', 'only a limit order that was sent from here can be changed');
      }
      const changed = { ...shape, qty, limitPrice: price };
      const wire = words(changed);
      if ('kind' in wire) return wire;
      return exchange.act(
        {
          action: { type: 'modify', oid: shape.clientId, order: wire },
          count: 1,
          orders: 1,
          isUrgent: false,
        },
        (response) => {
          const { type, data } = objectOf(response, 'response');
          if (type !== 'default') placed(objectOf(data, 'data')['statuses'], changed);
          shapes.set(shape.clientId, changed);
          return DONE;
        },
      );
    },

    async deadMan(_symbol: string, ms: number) {
      if (ms > 0 && ms < SHORTEST_DEADMAN_MS) {
        return refused('unsupported', `at least ${SHORTEST_DEADMAN_MS} ms ahead`);
      }
      // Left out, not null: that is how it is disarmed.
      const time = ms > 0 ? { time: Math.ceil(nowMs() + ms) } : {};
      const action = { type: 'scheduleCancel', ...time };
      return exchange.act({ action, count: 1, isUrgent: true }, () => DONE);
    },

    async setMargin(symbol: string, { mode, leverage }: Margin) {
      const asset = assets.get(symbol)?.index;
      if (asset === undefined)
        return refused('bad-order', `the rules of ${symbol} were not asked for`);
      const action = { type: 'updateLeverage', asset, isCross: mode === 'cross', leverage };
      return exchange.act({ action, count: 1, isUrgent: true }, () => DONE);
    },
  });
}
