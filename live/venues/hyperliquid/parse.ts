// What Hyperliquid says of an account as reports of ours: answers of /info, messages of its stream.

import { symbolOf } from '../../../data/venues/hyperliquid/hosts.ts';
import {
  BadReply,
  decimalOf,
  idOf,
  type Json,
  jsonOf,
  listOf,
  objectOf,
  shown,
  sideOf,
  textOf,
  timeOf,
} from '../../../data/venues/said.ts';
import type { OrderType } from '../../../engine/execution/order.ts';
import type {
  BalanceReport,
  ClientEvent,
  FillReport,
  FundingReport,
  OrderReport,
  OrderRequest,
  PositionReport,
  ReportedStatus,
} from '../port.ts';
import type { Said } from '../user-stream.ts';

const TYPES: Readonly<Record<string, OrderType>> = Object.freeze({
  Limit: 'limit',
  Market: 'market',
  'Stop Market': 'stop-market',
  'Stop Limit': 'stop-limit',
  'Take Profit Market': 'take-profit-market',
  'Take Profit Limit': 'take-profit-limit',
});

/** What is known of an order that the venue describes in fewer words. */
export type ShapeOf = (clientId: string) => OrderRequest | undefined;

/** `order` of orderStatus and frontendOpenOrders, and of the stream, which leaves words out. */
export function orderOf(
  json: unknown,
  status: unknown,
  atMs: unknown,
  shapeOf: ShapeOf,
): OrderReport {
  const one = objectOf(json, 'order');
  const clientId = typeof one['cloid'] === 'string' ? one['cloid'] : null;
  const shape = clientId === null ? undefined : shapeOf(clientId);
  const qty = decimalOf(one['origSz'], 'order origSz');
  const left = decimalOf(one['sz'], 'order sz');
  const filledQty = stateOf(status) === 'filled' ? qty : Math.round((qty - left) * 1e8) / 1e8;
  return {
    clientId,
    venueOrderId: idOf(one['oid'], 'order oid'),
    symbol: symbolOf(textOf(one['coin'], 'order coin')),
    side: sideOf(one['side'], 'B', 'A'),
    type: TYPES[String(one['orderType'])] ?? shape?.type ?? 'limit',
    status: withFill(stateOf(status), filledQty),
    qty,
    filledQty,
    averagePrice: Number.NaN,
    limitPrice: decimalOf(one['limitPx'], 'order limitPx'),
    triggerPrice: triggerOf(one, shape),
    reduceOnly: one['reduceOnly'] === true || shape?.reduceOnly === true,
    updatedMs: timeOf(atMs, 'order time'),
    forced: null,
  };
}

function triggerOf(one: Json, shape: OrderRequest | undefined): number {
  const said = one['triggerPx'];
  const price = typeof said === 'string' ? decimalOf(said, 'order triggerPx') : 0;
  return price > 0 ? price : (shape?.triggerPrice ?? Number.NaN);
}

export function openOrdersOf(json: unknown, shapeOf: ShapeOf): readonly OrderReport[] {
  return listOf(json, 'frontendOpenOrders').map((item) => {
    const at = objectOf(item, 'open order')['timestamp'];
    return orderOf(item, 'open', at, shapeOf);
  });
}

/** `orderStatus`; null = the venue knows none. */
export function orderStatusOf(json: unknown, shapeOf: ShapeOf): OrderReport | null {
  const body = objectOf(json, 'orderStatus');
  if (body['status'] === 'unknownOid') return null;
  if (body['status'] !== 'order') throw new BadReply(`orderStatus is ${shown(body['status'])}`);
  const found = objectOf(body['order'], 'orderStatus order');
  return orderOf(found['order'], found['status'], found['statusTimestamp'], shapeOf);
}

export function fillOf(json: unknown): FillReport {
  const one = objectOf(json, 'fill');
  const liquidated = one['liquidation'] !== undefined && one['liquidation'] !== null;
  return {
    tradeId: idOf(one['tid'], 'fill tid'),
    venueOrderId: idOf(one['oid'], 'fill oid'),
    clientId: typeof one['cloid'] === 'string' ? one['cloid'] : null,
    symbol: symbolOf(textOf(one['coin'], 'fill coin')),
    qty: sideOf(one['side'], 'B', 'A') * decimalOf(one['sz'], 'fill sz'),
    price: decimalOf(one['px'], 'fill px'),
    feeUsd: one['feeToken'] === 'USDC' ? decimalOf(one['fee'], 'fill fee') : Number.NaN,
    maker: one['crossed'] === false,
    atMs: timeOf(one['time'], 'fill time'),
    forced: liquidated ? 'liquidation' : null,
  };
}

/** A line of `userFunding`. */
export function fundingOf(item: unknown): FundingReport {
  const one = objectOf(item, 'funding');
  return paymentOf(objectOf(one['delta'], 'funding delta'), one['time']);
}

function paymentOf(one: Json, time: unknown): FundingReport {
  return {
    symbol: symbolOf(textOf(one['coin'], 'funding coin')),
    atMs: timeOf(time, 'funding time'),
    amountUsd: decimalOf(one['usdc'], 'funding usdc'),
  };
}

/** `clearinghouseState`. */
export function positionsOf(json: unknown): readonly PositionReport[] {
  const all = listOf(objectOf(json, 'state')['assetPositions'], 'assetPositions');
  return all.flatMap((item) => {
    const one = objectOf(objectOf(item, 'asset position')['position'], 'position');
    const coin = textOf(one['coin'], 'position coin');
    const qty = decimalOf(one['szi'], `${coin} szi`);
    if (qty === 0) return [];
    const value = decimalOf(one['positionValue'], `${coin} positionValue`);
    const leverage = objectOf(one['leverage'], `${coin} leverage`)['value'];
    return [
      {
        symbol: symbolOf(coin),
        qty,
        entryPrice: decimalOf(one['entryPx'], `${coin} entryPx`),
        markPrice: value / Math.abs(qty),
        liquidationPrice: optionalOf(one['liquidationPx'], `${coin} liquidationPx`),
        leverage: Number(leverage),
      },
    ];
  });
}

export function balancesOf(json: unknown): readonly BalanceReport[] {
  const state = objectOf(json, 'state');
  const summary = objectOf(state['marginSummary'], 'marginSummary');
  const equityUsd = decimalOf(summary['accountValue'], 'accountValue');
  const used = decimalOf(summary['totalMarginUsed'], 'totalMarginUsed');
  return [{ asset: 'USDC', equityUsd, freeUsd: Math.max(0, equityUsd - used) }];
}

/** One message of the stream. */
export function userMessageOf(text: string, shapeOf: ShapeOf): Said {
  if (text === 'Websocket connection established.') return [];
  const { channel, data } = objectOf(jsonOf(text), 'message');
  switch (channel) {
    case 'pong':
    case 'subscriptionResponse':
      return [];
    case 'orderUpdates':
      return listOf(data, 'orderUpdates').map((item): ClientEvent => {
        const one = objectOf(item, 'order update');
        const order = orderOf(one['order'], one['status'], one['statusTimestamp'], shapeOf);
        return { kind: 'order', order };
      });
    case 'userFills': {
      const body = objectOf(data, 'userFills');
      // The history comes first, at every connection; a gap is filled by asking.
      if (body['isSnapshot'] === true) return [];
      return listOf(body['fills'], 'fills').map((item) => ({ kind: 'fill', fill: fillOf(item) }));
    }
    case 'user':
      return userEventOf(objectOf(data, 'user event'), text);
  }
  return [{ kind: 'complaint', text: shown(text) }];
}

function userEventOf(event: Json, text: string): Said {
  if ('funding' in event) {
    const one = objectOf(event['funding'], 'funding');
    return [{ kind: 'funding', ...paymentOf(one, one['time']) }];
  }
  if ('liquidation' in event) return [{ kind: 'alert', code: 'margin-call', text: shown(text) }];
  // Fills come by their own channel, cancels as order updates.
  if ('fills' in event || 'nonUserCancel' in event) return [];
  return [{ kind: 'complaint', text: shown(text) }];
}

/** Any new word is a state that we do not know. */
function stateOf(value: unknown): ReportedStatus {
  if (value === 'open' || value === 'triggered') return 'open';
  if (value === 'filled') return 'filled';
  const word = String(value);
  if (word === 'canceled' || /Canceled$|^scheduledCancel$/.test(word)) return 'cancelled';
  return word === 'rejected' || /Rejected$/.test(word) ? 'rejected' : 'unknown';
}

function withFill(status: ReportedStatus, filledQty: number): ReportedStatus {
  return status === 'open' && filledQty > 0 ? 'partly-filled' : status;
}

function optionalOf(value: unknown, what: string): number {
  return value === null || value === undefined ? Number.NaN : decimalOf(value, what);
}
