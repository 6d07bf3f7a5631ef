// Aster's account side as its V3 documentation says it: orders, reports, listen keys, countdowns. The
// orders themselves are a Book's; what stands here is Aster's spelling, filters and codes.

import { AsterAuth, type AsterAuthOptions } from './aster-auth.ts';
import { orderJson, TYPES, updateJson } from './aster-words.ts';
import { Book, type BookFill, type BookOrder, type BookRefusal, type BookRequest } from './book.ts';
import { decimalText } from './candles.ts';
import type { Market, Reply, SeenRequest } from './dialect.ts';

export interface AsterAccountOptions extends AsterAuthOptions {
  readonly isHedged?: boolean;
  readonly wallet?: number;
  readonly minNotional?: number;
}

const CODES: Readonly<Record<BookRefusal, [number, string]>> = {
  'would-cross': [-5022, 'Post Only order will be rejected.'],
  'reduce-only': [-2022, 'ReduceOnly Order is rejected.'],
  'would-trigger': [-2021, 'Order would immediately trigger.'],
  margin: [-2019, 'Margin is insufficient.'],
  'duplicate-id': [-4116, 'ClientOrderId is duplicated.'],
  'not-found': [-2011, 'Unknown order sent.'],
  'no-liquidity': [-1112, 'No orders on book for symbol.'],
};
const WEIGHTS: Readonly<Record<string, number>> = {
  '/positionSide/dual': 30,
  '/commissionRate': 20,
  '/balance': 5,
  '/positionRisk': 5,
  '/userTrades': 5,
  '/income': 30,
  '/countdownCancelAll': 10,
  '/batchOrders': 5,
  '/accountWithJoinMargin': 5,
};
const KEY_MS = 3_600_000;
const TRADES_SPAN_MS = 7 * 86_400_000;

export class AsterAccount {
  readonly book: Book;
  readonly auth: AsterAuth;
  /** Countdowns by symbol, server ms at which they fire. */
  readonly countdowns = new Map<string, number>();
  readonly leverages = new Map<string, number>();
  /** Symbols that are not in cross margin. */
  readonly isolated = new Set<string>();
  /** Orders are in no query until so long after they were taken, server ms. */
  visibilityLagMs = 0;
  /** Orders a minute before 429 / -1015. */
  orderLimit = 1200;
  isHedged: boolean;
  #orderTimes: number[] = [];
  #listenKey = '';
  #keyUntilMs = 0;
  #keys = 0;
  readonly #market: Market;
  readonly #options: AsterAccountOptions;
  readonly #push: (topic: string, text: string) => void;

  constructor(
    market: Market,
    options: AsterAccountOptions,
    push: (topic: string, text: string) => void,
  ) {
    this.#market = market;
    this.#options = options;
    this.#push = push;
    this.isHedged = options.isHedged ?? false;
    this.book = new Book(() => market.nowMs(), options.wallet);
    this.auth = new AsterAuth(options, () => market.nowMs());
    this.book.onChange = (order, fill) => this.#tell(order, fill);
    // Of crossed positions the event names none.
    this.book.onPayment = ({ usd }) => {
      const B = [{ a: 'USDT', wb: String(this.book.wallet), cw: '0', bc: String(usd) }];
      const nowMs = market.nowMs();
      this.say({ e: 'ACCOUNT_UPDATE', E: nowMs, T: nowMs, a: { m: 'FUNDING_FEE', B, P: [] } });
    };
  }

  /** True when a stream may be opened with this key now. */
  isKey(key: string): boolean {
    return key !== '' && key === this.#listenKey && this.#market.nowMs() < this.#keyUntilMs;
  }

  /** Ends the listen key, as after an hour: an event, and silence from then on. */
  expireKey(): void {
    this.say({ e: 'listenKeyExpired', E: this.#market.nowMs() });
    this.#listenKey = '';
  }

  /** By us or in the venue's own window. */
  setLeverage(symbol: string, leverage: number): void {
    this.leverages.set(symbol, leverage);
    const nowMs = this.#market.nowMs();
    const ac = { s: symbol, l: leverage };
    this.say({ e: 'ACCOUNT_CONFIG_UPDATE', E: nowMs, T: nowMs, ac });
  }

  /** Any event to whoever listens. */
  say(event: unknown): void {
    this.#push(`user:${this.#listenKey}`, JSON.stringify(event));
  }

  /** Fires countdowns that are over; called before anything is answered. */
  look(): void {
    const nowMs = this.#market.nowMs();
    for (const [symbol, atMs] of this.countdowns) {
      if (nowMs < atMs) continue;
      this.countdowns.delete(symbol);
      this.book.cancelAll(symbol);
    }
  }

  /** Null = not of an account. */
  answer(request: SeenRequest): Reply | null {
    const name = request.path.replace(/^\/fapi\/v[1-4]/, '');
    const path = name === '/account' ? '/accountWithJoinMargin' : name;
    const handler = this.#handlers[`${request.method} ${path}`];
    if (path === '/premiumIndex') return { status: 200, weight: 1, body: this.#marks() };
    if (handler === undefined) return null;
    const weight = WEIGHTS[path] ?? 1;
    const wrong = this.auth.check(request);
    if (wrong !== null) return refusal(weight, wrong.code, wrong.msg);
    this.look();
    const params = new URLSearchParams(request.rawQuery + request.body);
    const body = handler(params);
    const isError = isCode(body) && body.code < 0;
    return { status: body === TOO_MANY ? 429 : isError ? 400 : 200, weight, body };
  }

  readonly #handlers: Readonly<Record<string, (params: URLSearchParams) => unknown>> = {
    'POST /order': (params) => this.#place(params),
    'POST /batchOrders': (params) =>
      JSON.parse(params.get('batchOrders')!).map((one: Record<string, string>) =>
        this.#place(new URLSearchParams(one)),
      ),
    'GET /order': (params) => this.#query(params),
    'DELETE /order': (params) => this.#named(params, (order) => this.book.cancel(order)),
    'PUT /order': (params) =>
      this.#named(params, (order) =>
        this.book.amend(order, Number(params.get('quantity')), Number(params.get('price'))),
      ),
    'DELETE /allOpenOrders': (params) => {
      this.book.cancelAll(params.get('symbol')!);
      return { code: '200', msg: 'The operation of cancel all open order is done.' };
    },
    'GET /openOrders': (params) =>
      this.book
        .open(params.get('symbol') ?? undefined)
        .filter((one) => this.#isSeen(one))
        .map(orderJson),
    'GET /userTrades': (params) => this.#trades(params),
    'GET /income': (params) => {
      if (params.get('incomeType') !== 'FUNDING_FEE') return [];
      const fromMs = Number(params.get('startTime'));
      return this.book.payments
        .filter((one) => one.atMs >= fromMs)
        .slice(0, Number(params.get('limit') ?? 100))
        .map(({ symbol, usd, atMs }, k) => ({
          symbol,
          incomeType: 'FUNDING_FEE',
          income: String(usd),
          asset: 'USDT',
          time: atMs,
          info: '',
          tranId: 9_689_322_392 + k,
          tradeId: '',
        }));
    },
    'GET /positionRisk': () => this.#positions(),
    'GET /balance': () => this.#balances(),
    'GET /accountWithJoinMargin': () => ({ canTrade: true, feeTier: 0 }),
    'GET /positionSide/dual': () => ({ dualSidePosition: this.isHedged }),
    'GET /commissionRate': (params) => ({
      symbol: params.get('symbol'),
      makerCommissionRate: '0.0001',
      takerCommissionRate: '0.00035',
    }),
    'GET /leverageBracket': (params) => ({
      symbol: params.get('symbol'),
      brackets: [{ bracket: 1, initialLeverage: 75, notionalCap: 10000, notionalFloor: 0 }],
    }),
    'POST /leverage': (params) => {
      const symbol = params.get('symbol')!;
      const leverage = Number(params.get('leverage'));
      this.setLeverage(symbol, leverage);
      return { leverage, maxNotionalValue: '1000000', symbol };
    },
    'POST /marginType': (params) => {
      const symbol = params.get('symbol')!;
      const isIsolated = params.get('marginType') === 'ISOLATED';
      if (this.isolated.has(symbol) === isIsolated) {
        return { code: -4046, msg: 'No need to change margin type.' };
      }
      if (this.book.qty(symbol) !== 0) {
        const msg = 'Margin type cannot be changed if there exists position.';
        return { code: -4048, msg };
      }
      if (isIsolated) this.isolated.add(symbol);
      else this.isolated.delete(symbol);
      return { code: 200, msg: 'success' };
    },
    'POST /countdownCancelAll': (params) => {
      const [symbol, ms] = [params.get('symbol')!, Number(params.get('countdownTime'))];
      if (ms === 0) this.countdowns.delete(symbol);
      else this.countdowns.set(symbol, this.#market.nowMs() + ms);
      return { symbol, countdownTime: String(ms) };
    },
    'POST /listenKey': () => {
      if (!this.isKey(this.#listenKey))
        this.#listenKey = `listen-${++this.#keys}-${'k'.repeat(40)}`;
      this.#keyUntilMs = this.#market.nowMs() + KEY_MS;
      return { listenKey: this.#listenKey };
    },
    'PUT /listenKey': () => {
      if (!this.isKey(this.#listenKey))
        return { code: -1125, msg: 'This listenKey does not exist.' };
      this.#keyUntilMs = this.#market.nowMs() + KEY_MS;
      return {};
    },
  };

  #place(params: URLSearchParams): unknown {
    const now = this.#market.nowMs();
    this.#orderTimes = this.#orderTimes.filter((at) => at > now - 60_000);
    if (this.#orderTimes.length >= this.orderLimit) return TOO_MANY;
    const symbol = params.get('symbol') ?? '';
    const about = this.#market.about(symbol);
    if (about === undefined) return { code: -1121, msg: 'Invalid symbol.' };
    const { tickSize = 0.1, lotSize = 0.001 } = about;
    const number = (name: string) => (params.has(name) ? Number(params.get(name)) : Number.NaN);
    const id = params.get('newClientOrderId');
    if (id !== null && !/^[.A-Z:/a-z0-9_-]{1,36}$/.test(id)) {
      return { code: -4015, msg: 'Client order id is not valid.' };
    }
    const type = TYPES[params.get('type') ?? ''];
    if (type === undefined) return { code: -1116, msg: 'Invalid orderType.' };
    const qty = number('quantity');
    const [price, trigger] = [number('price'), number('stopPrice')];
    if (!(qty > 0)) return { code: -4003, msg: 'Quantity less than zero.' };
    if (!isOn(qty, lotSize)) return { code: -4023, msg: 'Qty not increased by step size.' };
    for (const one of [price, trigger, number('activationPrice')]) {
      if (!Number.isNaN(one) && !isOn(one, tickSize)) {
        return { code: -4014, msg: 'Price not increased by tick size.' };
      }
    }
    const needsPrice = type === 'limit' || type.endsWith('-limit');
    if (needsPrice !== !Number.isNaN(price)) return { code: -1102, msg: "Param 'price'." };
    if (type === 'limit' && !params.has('timeInForce')) return { code: -1102, msg: 'timeInForce' };
    const callback = number('callbackRate');
    if (type === 'trailing-stop' && !(callback >= 0.1 && callback <= 5)) {
      return { code: -1130, msg: "Data sent for parameter 'callbackRate' is not valid." };
    }
    const reduceOnly = params.get('reduceOnly') === 'true';
    const at = Number.isNaN(price) ? this.book.price(symbol) : price;
    if (!reduceOnly && qty * at < (this.#options.minNotional ?? 5)) {
      return { code: -4164, msg: "Order's notional must be no smaller than 5.0." };
    }
    const request: BookRequest = {
      clientId: id,
      symbol,
      side: params.get('side') === 'BUY' ? 1 : -1,
      type,
      qty,
      price,
      trigger,
      trailFraction: callback / 100,
      tif: (params.get('timeInForce') ?? 'GTC').toLowerCase() as BookRequest['tif'],
      reduceOnly,
    };
    const placed = this.book.place(request);
    if (typeof placed === 'string') return { code: CODES[placed][0], msg: CODES[placed][1] };
    this.#orderTimes.push(now);
    return orderJson(placed);
  }

  #query(params: URLSearchParams): unknown {
    const order = this.#find(params);
    if (order !== undefined && this.#isSeen(order)) return orderJson(order);
    return { code: -2013, msg: 'Order does not exist.' };
  }

  #named(
    params: URLSearchParams,
    act: (order: BookOrder | undefined) => BookOrder | 'not-found',
  ): unknown {
    const done = act(this.#find(params));
    return done === 'not-found' ? { code: -2011, msg: 'Unknown order sent.' } : orderJson(done);
  }

  #find(params: URLSearchParams): BookOrder | undefined {
    const symbol = params.get('symbol') ?? '';
    if (params.has('orderId')) return this.book.find(symbol, { id: Number(params.get('orderId')) });
    return this.book.find(symbol, { clientId: params.get('origClientOrderId') ?? '' });
  }

  #isSeen({ createdMs }: BookOrder): boolean {
    return this.#market.nowMs() - createdMs >= this.visibilityLagMs;
  }

  #trades(params: URLSearchParams): unknown {
    const [start, end] = [Number(params.get('startTime')), Number(params.get('endTime'))];
    if (params.has('fromId') && params.has('startTime')) return { code: -1128, msg: 'bad combo' };
    if (end - start > TRADES_SPAN_MS) return { code: -1127, msg: 'Lookup interval is too big.' };
    const from = params.has('fromId') ? Number(params.get('fromId')) : 0;
    const limit = Math.min(1000, Number(params.get('limit') ?? 500));
    return this.book.fills
      .filter(({ order }) => order.symbol === params.get('symbol'))
      .filter(({ id, atMs }) => (from > 0 ? id >= from : atMs >= start && (!end || atMs <= end)))
      .slice(0, limit)
      .map((fill) => ({
        buyer: fill.order.side > 0,
        commission: decimalText(fill.fee),
        commissionAsset: 'USDT',
        id: fill.id,
        maker: fill.maker,
        orderId: fill.order.id,
        price: decimalText(fill.price),
        qty: decimalText(fill.qty),
        quoteQty: decimalText(fill.qty * fill.price),
        realizedPnl: '0',
        side: fill.order.side > 0 ? 'BUY' : 'SELL',
        positionSide: 'BOTH',
        symbol: fill.order.symbol,
        time: fill.atMs,
      }));
  }

  #positions(): unknown {
    return this.#market.symbols.map((symbol) => {
      const { qty, entry } = this.book.positions.get(symbol) ?? { qty: 0, entry: 0 };
      return {
        entryPrice: decimalText(entry),
        marginType: 'cross',
        leverage: String(this.leverages.get(symbol) ?? 20),
        liquidationPrice: '0',
        markPrice: decimalText(this.book.price(symbol) || 0),
        maxNotionalValue: '20000000',
        positionAmt: decimalText(qty),
        symbol,
        unRealizedProfit: decimalText(this.book.unrealised(symbol) || 0),
        positionSide: 'BOTH',
        updateTime: 0,
      };
    });
  }

  #balances(): unknown {
    const { wallet, equity } = this.book;
    const usdt = {
      accountAlias: 'SgsR',
      asset: 'USDT',
      balance: decimalText(wallet),
      crossWalletBalance: decimalText(wallet),
      crossUnPnl: decimalText(equity - wallet),
      availableBalance: decimalText(equity),
      maxWithdrawAmount: decimalText(wallet),
    };
    return [usdt, { ...usdt, asset: 'ASTER', balance: '7', crossUnPnl: '0' }];
  }

  #marks(): unknown {
    return this.#market.symbols.map((symbol) => ({
      symbol,
      markPrice: decimalText(this.book.price(symbol) || 0),
      indexPrice: decimalText(this.book.price(symbol) || 0),
      time: this.#market.nowMs(),
    }));
  }

  #tell(order: BookOrder, fill: BookFill | null): void {
    const now = this.#market.nowMs();
    this.say({ e: 'ORDER_TRADE_UPDATE', E: now, T: now, o: updateJson(order, fill, now) });
    if (fill === null) return;
    const { qty, entry } = this.book.positions.get(order.symbol)!;
    const position = { s: order.symbol, pa: decimalText(qty), ep: decimalText(entry), ps: 'BOTH' };
    const balance = { a: 'USDT', wb: decimalText(this.book.wallet), cw: '0', bc: '0' };
    this.say({
      e: 'ACCOUNT_UPDATE',
      E: now,
      T: now,
      a: { m: 'ORDER', B: [balance], P: [position] },
    });
  }
}

const TOO_MANY = Object.freeze({ code: -1015, msg: 'Too many new orders.' });

function isCode(body: unknown): body is { readonly code: number } {
  return typeof body === 'object' && body !== null && 'code' in body && Number(body.code) < 0;
}

function refusal(weight: number, code: number, msg: string): Reply {
  return { status: code === -1022 || code === -2015 ? 401 : 400, weight, body: { code, msg } };
}

function isOn(value: number, step: number): boolean {
  return Math.abs(value / step - Math.round(value / step)) < 1e-6;
}
