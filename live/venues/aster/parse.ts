// What Aster says of an account as reports of ours: REST answers and messages of the user stream.
// Decimal strings become numbers here, once.

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
  Forced,
  FundingReport,
  OrderReport,
  PositionReport,
  ReportedStatus,
} from '../port.ts';
import type { Said } from '../user-stream.ts';
import { TYPES } from './orders.ts';

const STATUSES: Readonly<Record<string, ReportedStatus>> = Object.freeze({
  NEW: 'open',
  PARTIALLY_FILLED: 'partly-filled',
  FILLED: 'filled',
  CANCELED: 'cancelled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
});

const TYPE_OF: ReadonlyMap<string, OrderType> = new Map(
  Object.entries(TYPES).map(([ours, theirs]) => [theirs, ours as OrderType]),
);

/** Both count as dollars, said once in the report. */
const DOLLARS: ReadonlySet<string> = new Set(['USDT', 'USDC']);

/** An order of REST; `what` for messages. */
export function orderOf(json: unknown, what = 'order'): OrderReport {
  const one = objectOf(json, what);
  const clientId = optionalText(one['clientOrderId']);
  const at = one['updateTime'] === 0 ? one['time'] : one['updateTime'];
  return report(one['origType'] ?? one['type'], {
    clientId,
    venueOrderId: idOf(one['orderId'], `${what} orderId`),
    symbol: textOf(one['symbol'], `${what} symbol`),
    side: sideOf(one['side'], 'BUY', 'SELL'),
    status: statusOf(one['status']),
    qty: decimalOf(one['origQty'], `${what} origQty`),
    filledQty: decimalOf(one['executedQty'], `${what} executedQty`),
    averagePrice: priceOf(one['avgPrice'], `${what} avgPrice`),
    limitPrice: priceOf(one['price'], `${what} price`),
    triggerPrice: priceOf(one['stopPrice'], `${what} stopPrice`),
    reduceOnly: one['reduceOnly'] === true,
    updatedMs: timeOf(at, `${what} updateTime`),
    forced: forcedOf(clientId),
  });
}

export function ordersOf(json: unknown): readonly OrderReport[] {
  return listOf(json, 'openOrders').map((item) => orderOf(item));
}

/** `userTrades`. They name the order by the venue's id alone. */
export function fillsOf(json: unknown): readonly FillReport[] {
  return listOf(json, 'userTrades').map((item) => {
    const one = objectOf(item, 'trade');
    const symbol = textOf(one['symbol'], 'trade symbol');
    const qty = decimalOf(one['qty'], 'trade qty');
    return {
      tradeId: `${symbol}:${idOf(one['id'], 'trade id')}`,
      venueOrderId: idOf(one['orderId'], 'trade orderId'),
      clientId: null,
      symbol,
      qty: sideOf(one['side'], 'BUY', 'SELL') * qty,
      price: decimalOf(one['price'], 'trade price'),
      feeUsd: feeOf(one['commission'], one['commissionAsset']),
      maker: one['maker'] === true,
      atMs: timeOf(one['time'], 'trade time'),
      forced: null,
    };
  });
}

/** `positionRisk`: those that are not flat. Two sides of a symbol are hedge mode, which is refused. */
export function positionsOf(json: unknown): readonly PositionReport[] {
  return listOf(json, 'positionRisk').flatMap((item) => {
    const one = objectOf(item, 'position');
    const symbol = textOf(one['symbol'], 'position symbol');
    const qty = decimalOf(one['positionAmt'], `${symbol} positionAmt`);
    if (qty === 0) return [];
    if (one['positionSide'] !== undefined && one['positionSide'] !== 'BOTH') {
      throw new BadReply(
        `${symbol} must have one net position, has a ${shown(one['positionSide'])}`,
      );
    }
    return [
      {
        symbol,
        qty,
        entryPrice: priceOf(one['entryPrice'], `${symbol} entryPrice`),
        markPrice: priceOf(one['markPrice'], `${symbol} markPrice`),
        liquidationPrice: priceOf(one['liquidationPrice'], `${symbol} liquidationPrice`),
        leverage: decimalOf(String(one['leverage']), `${symbol} leverage`),
      },
    ];
  });
}

/** `balance`: dollars only; other coins are collateral that we do not count on. */
export function balancesOf(json: unknown): readonly BalanceReport[] {
  return listOf(json, 'balance').flatMap((item) => {
    const one = objectOf(item, 'balance');
    const asset = textOf(one['asset'], 'balance asset');
    if (!DOLLARS.has(asset)) return [];
    const wallet = decimalOf(one['balance'], `${asset} balance`);
    const unrealised = decimalOf(one['crossUnPnl'], `${asset} crossUnPnl`);
    const freeUsd = decimalOf(one['availableBalance'], `${asset} availableBalance`);
    return [{ asset, equityUsd: wallet + unrealised, freeUsd }];
  });
}

/** One message of the user stream. */
export function userMessageOf(text: string): Said {
  const message = objectOf(jsonOf(text), 'message');
  const event = 'data' in message ? objectOf(message['data'], 'data') : message;
  switch (event['e']) {
    case 'ORDER_TRADE_UPDATE':
      return updateOf(objectOf(event['o'], 'order update'), timeOf(event['E'], 'event time'));
    case 'ACCOUNT_UPDATE':
      return accountOf(objectOf(event['a'], 'account update'), timeOf(event['E'], 'event time'));
    case 'ACCOUNT_CONFIG_UPDATE':
      return [settingOf(event, text)];
    case 'MARGIN_CALL':
      return [{ kind: 'alert', code: 'margin-call', text: shown(text) }];
    case 'listenKeyExpired':
      return 'expired';
    case undefined:
      // The answer to a subscription.
      if ('result' in event) return [];
      break;
  }
  // New kinds appear; none that we know nothing of may end a stream.
  return [{ kind: 'complaint', text: shown(text) }];
}

function updateOf(one: Json, eventMs: number): readonly ClientEvent[] {
  const symbol = textOf(one['s'], 'update symbol');
  const clientId = optionalText(one['c']);
  const forced = forcedOf(clientId);
  const venueOrderId = idOf(one['i'], 'update order id');
  const side = sideOf(one['S'], 'BUY', 'SELL');
  const order = report(one['ot'] ?? one['o'], {
    clientId,
    venueOrderId,
    symbol,
    side,
    status: statusOf(one['X']),
    qty: decimalOf(one['q'], 'update q'),
    filledQty: decimalOf(one['z'], 'update z'),
    averagePrice: priceOf(one['ap'], 'update ap'),
    limitPrice: priceOf(one['p'], 'update p'),
    triggerPrice: priceOf(one['sp'], 'update sp'),
    reduceOnly: one['R'] === true,
    updatedMs: eventMs,
    forced,
  });
  const events: ClientEvent[] = [];
  const lastQty = decimalOf(one['l'], 'update l');
  // `CALCULATED` is the fill of a liquidation.
  if ((one['x'] === 'TRADE' || one['x'] === 'CALCULATED') && lastQty > 0) {
    const fill = {
      tradeId: `${symbol}:${idOf(one['t'], 'update trade id')}`,
      venueOrderId,
      clientId,
      symbol,
      qty: side * lastQty,
      price: decimalOf(one['L'], 'update L'),
      feeUsd: one['N'] === undefined ? 0 : feeOf(one['n'], one['N']),
      maker: one['m'] === true,
      atMs: timeOf(one['T'], 'update T'),
      forced,
    };
    events.push({ kind: 'fill', fill });
  }
  events.push({ kind: 'order', order });
  return events;
}

/** `income` of the type FUNDING_FEE, ascending. */
export function fundingOf(json: unknown): readonly FundingReport[] {
  const all = listOf(json, 'income').map((item): FundingReport => {
    const one = objectOf(item, 'income');
    return {
      symbol: textOf(one['symbol'], 'income symbol'),
      atMs: timeOf(one['time'], 'income time'),
      amountUsd: decimalOf(one['income'], 'income'),
    };
  });
  return all.sort((a, b) => a.atMs - b.atMs);
}

/** The leverage of a symbol, or something of the whole account, which nobody here changes. */
function settingOf(event: Json, text: string): ClientEvent {
  if (!('ac' in event)) return { kind: 'alert', code: 'settings', text: shown(text) };
  const one = objectOf(event['ac'], 'setting');
  const symbol = textOf(one['s'], 'setting symbol');
  return { kind: 'leverage', symbol, leverage: decimalOf(String(one['l']), 'setting leverage') };
}

function accountOf(update: Json, eventMs: number): readonly ClientEvent[] {
  const events: ClientEvent[] = [];
  const positions = listOf(update['P'] ?? [], 'positions').map((item) =>
    objectOf(item, 'position'),
  );
  for (const item of listOf(update['B'] ?? [], 'balances')) {
    const one = objectOf(item, 'balance');
    const asset = textOf(one['a'], 'balance asset');
    events.push({ kind: 'balance', asset, walletUsd: decimalOf(one['wb'], 'wallet balance') });
    if (update['m'] !== 'FUNDING_FEE') continue;
    // Of a crossed position the symbol is not said: the income history knows.
    const symbol = positions.length === 1 ? textOf(positions[0]!['s'], 'position symbol') : '';
    const amountUsd = decimalOf(one['bc'], 'balance change');
    events.push({ kind: 'funding', symbol, atMs: eventMs, amountUsd });
  }
  for (const one of positions) {
    const symbol = textOf(one['s'], 'position symbol');
    events.push({ kind: 'position', symbol, qty: decimalOf(one['pa'], 'position amount') });
  }
  return events;
}

/** A type that we do not know is kept as it looks to a book: a limit if it has a price, else a market. */
function report(type: unknown, rest: Omit<OrderReport, 'type'>): OrderReport {
  const known = typeof type === 'string' ? TYPE_OF.get(type) : undefined;
  return { ...rest, type: known ?? (Number.isNaN(rest.limitPrice) ? 'market' : 'limit') };
}

/** Any new word of the venue is a state that we do not know: never filled, never rejected. */
function statusOf(value: unknown): ReportedStatus {
  return Object.hasOwn(STATUSES, String(value)) ? STATUSES[String(value)]! : 'unknown';
}

/** 0 stands for none. */
function priceOf(value: unknown, what: string): number {
  if (value === undefined || value === '') return Number.NaN;
  const price = decimalOf(value, what);
  return price === 0 ? Number.NaN : price;
}

/**
 * Paid = positive. The documentation's samples disagree on the sign (`userTrades` shows a negative one
 * for a fee paid, the stream none); nobody is paid for making at Aster, so the size is the fee.
 */
function feeOf(value: unknown, asset: unknown): number {
  if (typeof asset !== 'string' || !DOLLARS.has(asset)) return Number.NaN;
  return Math.abs(decimalOf(value, 'commission'));
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function forcedOf(clientId: string | null): Forced {
  if (clientId?.startsWith('autoclose-')) return 'liquidation';
  return clientId === 'adl_autoclose' ? 'auto-deleverage' : null;
}
