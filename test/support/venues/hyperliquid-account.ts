// Hyperliquid's account side as its documentation says it: signed actions at POST /exchange, reports of
// /info, and the user's streams. The orders themselves are a Book's.

import { createL1ActionHash } from '@nktkas/hyperliquid/signing';
import { verifyTypedData } from 'ethers';
import { Book, type BookFill, type BookOrder, type BookRefusal, type BookType } from './book.ts';
import { decimalText } from './candles.ts';
import type { Market, Reply, SeenRequest } from './dialect.ts';
import { coinOf, fillJson, fundingJson, orderJson, STATUS } from './hyperliquid-words.ts';

export interface HyperliquidAccountOptions {
  /** The main account. */
  readonly user: string;
  /** Wallets that may sign for it. */
  readonly agents: readonly string[];
  readonly wallet?: number;
}

interface Wire {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly t: {
    readonly limit?: { readonly tif: 'Gtc' | 'Ioc' | 'Alo' };
    readonly trigger?: { isMarket: boolean; triggerPx: string; tpsl: 'tp' | 'sl' };
  };
  readonly c?: string;
}

const SENTENCES: Readonly<Record<BookRefusal, string>> = {
  'would-cross': 'Post only order would have immediately matched, bbo was 50000@50001.',
  'reduce-only': 'Reduce only order would increase position.',
  'would-trigger': 'Invalid TP/SL price.',
  margin: 'Insufficient margin to place order.',
  'duplicate-id': 'Duplicate cloid.',
  'not-found': 'Order was never placed, already canceled, or filled.',
  'no-liquidity': 'Order could not immediately match against any resting orders.',
};
const KEPT = 100;
const DAY_MS = 86_400_000;
const SMALL = new Set(['clearinghouseState', 'orderStatus', 'exchangeStatus']);

export class HyperliquidAccount {
  readonly book: Book;
  /** Every nonce that was taken, in order. */
  readonly taken: number[] = [];
  isRevoked = false;
  visibilityLagMs = 0;
  /** Traded enough for scheduled cancels. */
  mayScheduleCancel = false;
  readonly margins = new Map<string, { readonly isCross: boolean; readonly leverage: number }>();
  scheduledMs = Number.NaN;
  /** Actions that the address has left. */
  actionsLeft = Number.POSITIVE_INFINITY;
  #nonces: number[] = [];
  readonly #market: Market;
  readonly #options: HyperliquidAccountOptions;
  readonly #push: (topic: string, text: string) => void;

  constructor(
    market: Market,
    options: HyperliquidAccountOptions,
    push: (topic: string, text: string) => void,
  ) {
    this.#market = market;
    this.#options = options;
    this.#push = push;
    this.book = new Book(() => market.nowMs(), options.wallet);
    this.book.onChange = (order, fill) => this.#tell(order, fill);
    this.book.onPayment = (payment) => {
      const funding = { time: payment.atMs, ...fundingJson(payment) };
      const topic = `userEvents:${options.user.toLowerCase()}`;
      this.#push(topic, JSON.stringify({ channel: 'user', data: { funding } }));
    };
  }

  /** Null = not of an account. */
  answer(request: SeenRequest): Reply | null {
    if (request.method !== 'POST') return null;
    let body: Record<string, unknown>;
    try {
      body = JSON.parse(request.body);
    } catch {
      return null;
    }
    if (request.path === '/exchange') return { status: 200, weight: 1, body: this.#exchange(body) };
    const found = request.path === '/info' ? this.#info(body) : undefined;
    if (found === undefined) return null;
    return { status: 200, weight: SMALL.has(String(body['type'])) ? 2 : 20, body: found };
  }

  /** Answers to a subscription of the user's streams; null = not one of them. */
  heard(topics: Set<string>, text: string): readonly string[] | null {
    let said: { method?: string; subscription?: { type?: string; user?: string } };
    try {
      said = JSON.parse(text);
    } catch {
      return null;
    }
    const { type = '', user = '' } = said.subscription ?? {};
    if (said.method !== 'subscribe' || !/^(orderUpdates|userFills|userEvents)$/.test(type))
      return null;
    topics.add(`${type}:${user.toLowerCase()}`);
    const answer = { channel: 'subscriptionResponse', data: said };
    const snapshot = { channel: 'userFills', data: { isSnapshot: true, user, fills: [] } };
    const texts = [JSON.stringify(answer)];
    return type === 'userFills' ? [...texts, JSON.stringify(snapshot)] : texts;
  }

  #exchange(body: Record<string, unknown>): unknown {
    const err = (response: string) => ({ status: 'err', response });
    const action = body['action'] as Record<string, unknown>;
    const nonce = body['nonce'] as number;
    const expiresAfter = body['expiresAfter'] as number | null;
    const signature = body['signature'] as { r: string; s: string; v: number };
    const connectionId = createL1ActionHash({
      action,
      nonce,
      ...(expiresAfter === null ? {} : { expiresAfter }),
    });
    const domain = {
      name: 'Exchange',
      version: '1',
      chainId: 1337,
      verifyingContract: '0x0000000000000000000000000000000000000000',
    };
    const types = {
      Agent: [
        { name: 'source', type: 'string' },
        { name: 'connectionId', type: 'bytes32' },
      ],
    };
    const found = verifyTypedData(domain, types, { source: 'a', connectionId }, signature as never);
    const agents = [...this.#options.agents, this.#options.user].map((one) => one.toLowerCase());
    if (this.isRevoked || !agents.includes(found.toLowerCase())) {
      return err(`User or API Wallet ${found.toLowerCase()} does not exist.`);
    }
    const now = this.#market.nowMs();
    if (expiresAfter !== null && now > expiresAfter) return err('Action already expired');
    if (this.#nonces.includes(nonce)) return err(`Invalid nonce: duplicate nonce ${nonce}`);
    const isOld = this.#nonces.length >= KEPT && nonce < Math.min(...this.#nonces);
    if (isOld || nonce < now - 2 * DAY_MS || nonce > now + DAY_MS)
      return err('Invalid nonce: too low');
    this.#nonces = [...this.#nonces, nonce].sort((a, b) => a - b).slice(-KEPT);
    this.taken.push(nonce);
    const cancels = (action['cancels'] as unknown[] | undefined)?.length;
    if (cancels === undefined && this.actionsLeft-- <= 0) {
      return err(
        'Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0.',
      );
    }
    return this.#act(action, err);
  }

  #act(action: Record<string, unknown>, err: (response: string) => unknown): unknown {
    const ok = (type: string, data?: unknown) => ({ status: 'ok', response: { type, data } });
    const none = { error: SENTENCES['not-found'] };
    const cancel = (order: BookOrder | undefined) =>
      this.book.cancel(order) === 'not-found' ? none : 'success';
    switch (action['type']) {
      case 'order': {
        const orders = action['orders'] as Wire[];
        return ok('order', { statuses: orders.map((one) => this.#place(one)) });
      }
      case 'cancelByCloid': {
        const all = action['cancels'] as { asset: number; cloid: string }[];
        const statuses = all.map((one) => cancel(this.#find(one.cloid)));
        return ok('cancel', { statuses });
      }
      case 'cancel': {
        const all = action['cancels'] as { a: number; o: number }[];
        return ok('cancel', { statuses: all.map((one) => cancel(this.#find(one.o))) });
      }
      case 'modify': {
        const { p, s } = action['order'] as Wire;
        const order = this.#find(action['oid'] as string);
        const done = this.book.amend(order, Number(s), Number(p));
        return done === 'not-found' ? err(SENTENCES['not-found']) : ok('default');
      }
      case 'scheduleCancel': {
        if (!this.mayScheduleCancel) {
          return err(
            'Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $0.',
          );
        }
        const time = action['time'] as number | undefined;
        if (time !== undefined && time < this.#market.nowMs() + 5000) {
          return err('Scheduled cancel time too early, must be at least 5 seconds from now.');
        }
        this.scheduledMs = time ?? Number.NaN;
        return ok('default');
      }
      case 'updateLeverage': {
        const { asset, isCross, leverage } = action as Record<string, number | boolean>;
        const symbol = this.#market.symbols[asset as number];
        if (symbol === undefined) return err('Asset out of range');
        this.margins.set(symbol, { isCross: isCross === true, leverage: Number(leverage) });
        return ok('default');
      }
      default:
        return err('Failed to deserialize the action');
    }
  }

  #place(wire: Wire): unknown {
    const symbol = this.#market.symbols[wire.a];
    if (symbol === undefined) return { error: 'Asset out of range' };
    const { lotSize = 0.001 } = this.#market.about(symbol)!;
    const szDecimals = Math.round(-Math.log10(lotSize));
    const [price, qty] = [Number(wire.p), Number(wire.s)];
    const { trigger, limit } = wire.t;
    const at = trigger === undefined ? Number.NaN : Number(trigger.triggerPx);
    for (const text of [wire.p, ...(trigger === undefined ? [] : [trigger.triggerPx])]) {
      if (!isPrice(text, szDecimals)) {
        return { error: `Price must be divisible by tick size. asset=${wire.a}` };
      }
    }
    if ((wire.s.split('.')[1]?.length ?? 0) > szDecimals)
      return { error: 'Order has invalid size.' };
    if (!(qty > 0)) return { error: 'Order has zero size.' };
    if (!wire.r && qty * price < 10) {
      return { error: `Order must have minimum value of $10. asset=${wire.a}` };
    }
    if (wire.c !== undefined && !/^0x[0-9a-f]{32}$/.test(wire.c)) return { error: 'Invalid cloid' };
    const placed = this.book.place({
      clientId: wire.c ?? null,
      symbol,
      side: wire.b ? 1 : -1,
      type: typeOf(wire),
      qty,
      price: trigger?.isMarket ? Number.NaN : price,
      trigger: at,
      trailFraction: Number.NaN,
      tif: limit?.tif === 'Ioc' ? 'ioc' : limit?.tif === 'Alo' ? 'gtx' : 'gtc',
      reduceOnly: wire.r,
    });
    if (typeof placed === 'string') return { error: SENTENCES[placed] };
    const { id: oid, clientId: cloid, filled, quote, status } = placed;
    if (filled > 0) {
      return {
        filled: { totalSz: decimalText(filled), avgPx: decimalText(quote / filled), oid, cloid },
      };
    }
    if (status === 'expired') return { error: SENTENCES['no-liquidity'] };
    return { resting: { oid, cloid } };
  }

  #find(name: string | number): BookOrder | undefined {
    const by = typeof name === 'number' ? { id: name } : { clientId: name };
    for (const symbol of this.#market.symbols) {
      const found = this.book.find(symbol, by);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #info(body: Record<string, unknown>): unknown {
    const user = String(body['user'] ?? '').toLowerCase();
    const isOurs = user === this.#options.user.toLowerCase();
    switch (body['type']) {
      case 'exchangeStatus':
        return { specialStatuses: null, time: this.#market.nowMs() };
      case 'metaAndAssetCtxs':
        return this.#universe();
      case 'userFees':
        return { userCrossRate: '0.00045', userAddRate: '0.00015', feeSchedule: {} };
      case 'userRole': {
        if (isOurs) return { role: 'user' };
        const isAgent = this.#options.agents.some((one) => one.toLowerCase() === user);
        return isAgent
          ? { role: 'agent', data: { user: this.#options.user } }
          : { role: 'missing' };
      }
      case 'frontendOpenOrders':
        return isOurs
          ? this.book
              .open()
              .filter((one) => this.#isSeen(one))
              .map(orderJson)
          : [];
      case 'orderStatus': {
        const order = isOurs ? this.#find(body['oid'] as string | number) : undefined;
        if (order === undefined || !this.#isSeen(order)) return { status: 'unknownOid' };
        const [status, statusTimestamp] = [STATUS[order.status], order.updatedMs];
        return { status: 'order', order: { order: orderJson(order), status, statusTimestamp } };
      }
      case 'clearinghouseState':
        return this.#state(isOurs);
      case 'userFillsByTime': {
        const start = Number(body['startTime']);
        const all = isOurs ? this.book.fills.filter(({ atMs }) => atMs >= start) : [];
        return all.slice(0, 2000).map(fillJson);
      }
      case 'userFunding': {
        const start = Number(body['startTime']);
        const all = isOurs ? this.book.payments.filter(({ atMs }) => atMs >= start) : [];
        return all.slice(0, 500).map((one) => {
          const delta = { type: 'funding', ...fundingJson(one) };
          return { time: one.atMs, hash: `0x${'0'.repeat(64)}`, delta };
        });
      }
      default:
        return undefined;
    }
  }

  #isSeen({ createdMs }: BookOrder): boolean {
    return this.#market.nowMs() - createdMs >= this.visibilityLagMs;
  }

  #universe(): unknown {
    const universe = this.#market.symbols.map((symbol) => {
      const { lotSize = 0.001, maxLeverage = 50 } = this.#market.about(symbol)!;
      return { name: coinOf(symbol), szDecimals: Math.round(-Math.log10(lotSize)), maxLeverage };
    });
    const contexts = this.#market.symbols.map((symbol) => {
      return { markPx: decimalText(this.book.price(symbol)), funding: '0.0000125' };
    });
    return [{ universe }, contexts];
  }

  #state(isOurs: boolean): unknown {
    const { equity } = this.book;
    const assetPositions = [...this.book.positions].flatMap(([symbol, { qty, entry }]) => {
      if (qty === 0 || !isOurs) return [];
      const position = {
        coin: coinOf(symbol),
        szi: decimalText(qty),
        entryPx: decimalText(entry),
        positionValue: decimalText(Math.abs(qty) * this.book.price(symbol)),
        leverage: { type: 'cross', value: 20 },
        liquidationPx: null,
      };
      return [{ type: 'oneWay', position }];
    });
    const value = decimalText(isOurs ? equity : 0);
    const marginSummary = { accountValue: value, totalMarginUsed: '0.0', totalNtlPos: '0.0' };
    return { assetPositions, marginSummary, withdrawable: value, time: this.#market.nowMs() };
  }

  #tell(order: BookOrder, fill: BookFill | null): void {
    const user = this.#options.user.toLowerCase();
    const data = [
      { order: orderJson(order), status: STATUS[order.status], statusTimestamp: order.updatedMs },
    ];
    this.#push(`orderUpdates:${user}`, JSON.stringify({ channel: 'orderUpdates', data }));
    if (fill === null) return;
    const fills = { isSnapshot: false, user, fills: [fillJson(fill)] };
    this.#push(`userFills:${user}`, JSON.stringify({ channel: 'userFills', data: fills }));
  }
}

function typeOf({ t, p }: Wire): BookType {
  const { trigger } = t;
  if (trigger === undefined) return 'limit';
  const kind = trigger.tpsl === 'sl' ? 'stop' : 'take-profit';
  return `${kind}-${trigger.isMarket || p === '' ? 'market' : 'limit'}`;
}

/** Five figures and 6 - szDecimals decimals at most; whole prices always. */
function isPrice(text: string, szDecimals: number): boolean {
  if (!/^\d+(\.\d*[1-9])?$/.test(text)) return false;
  const [whole, decimals = ''] = text.split('.') as [string, string?];
  if (decimals === '') return true;
  const figures = `${whole}${decimals}`.replace(/^0+/, '').length;
  return figures <= 5 && decimals.length <= 6 - szDecimals;
}
