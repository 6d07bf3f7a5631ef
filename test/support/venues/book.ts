// An account at a local venue: orders that meet one price per symbol, fills, positions, a wallet. The
// price is set by the test; there is as much to be had at it as `depth` says.
//
// Rules that hold at every venue here: a market order takes at the price; a limit takes what it can and
// rests at its own price, where it fills as a maker once the price has come; a stop or take-profit comes
// alive when the price has gone through its trigger and then takes; reduce-only is clamped to the
// position. `log` is the truth: every order that was ever taken, in order.

export type BookType =
  | 'market'
  | 'limit'
  | 'stop-market'
  | 'stop-limit'
  | 'take-profit-market'
  | 'take-profit-limit'
  | 'trailing-stop';

export interface BookRequest {
  readonly clientId: string | null;
  readonly symbol: string;
  readonly side: 1 | -1;
  readonly type: BookType;
  readonly qty: number;
  /** NaN = none. */
  readonly price: number;
  readonly trigger: number;
  readonly trailFraction: number;
  readonly tif: 'gtc' | 'ioc' | 'fok' | 'gtx';
  readonly reduceOnly: boolean;
}

export type BookStatus = 'open' | 'partly-filled' | 'filled' | 'cancelled' | 'expired';

export interface BookOrder extends BookRequest {
  readonly id: number;
  readonly createdMs: number;
  /** May be changed by an amend. */
  qty: number;
  price: number;
  trigger: number;
  status: BookStatus;
  filled: number;
  /** Quote paid or got so far. */
  quote: number;
  updatedMs: number;
  isTriggered: boolean;
  best: number;
}

export interface BookFill {
  readonly id: number;
  readonly order: BookOrder;
  readonly qty: number;
  readonly price: number;
  readonly fee: number;
  readonly maker: boolean;
  readonly atMs: number;
}

/** Funding paid (positive) or charged. */
export interface BookPayment {
  readonly symbol: string;
  readonly usd: number;
  readonly atMs: number;
}

export type BookRefusal =
  | 'would-cross'
  | 'reduce-only'
  | 'would-trigger'
  | 'margin'
  | 'duplicate-id'
  | 'not-found'
  | 'no-liquidity';

/** Who is told: with the fill that made the order change, or without. */
export type BookTell = (order: BookOrder, fill: BookFill | null) => void;

const MAKER = 0.0001;
const TAKER = 0.00035;

export class Book {
  readonly log: BookOrder[] = [];
  readonly fills: BookFill[] = [];
  readonly payments: BookPayment[] = [];
  readonly positions = new Map<string, { qty: number; entry: number }>();
  wallet: number;
  leverage = 10;
  /** Base units to be had at the present price of a symbol; refilled by `setPrice`. */
  readonly depth = new Map<string, number>();
  onChange: BookTell = () => {};
  onPayment: (payment: BookPayment) => void = () => {};
  readonly #prices = new Map<string, number>();
  readonly #nowMs: () => number;
  #nextFill = 700_000;

  constructor(nowMs: () => number, wallet = 100_000) {
    this.#nowMs = nowMs;
    this.wallet = wallet;
  }

  price(symbol: string): number {
    return this.#prices.get(symbol) ?? Number.NaN;
  }

  /** Moves a symbol's price: what rests is met in the order of arrival. */
  setPrice(symbol: string, price: number, depth = Number.POSITIVE_INFINITY): void {
    this.#prices.set(symbol, price);
    this.depth.set(symbol, depth);
    for (const order of this.open(symbol)) {
      if (order.type !== 'limit' && !order.isTriggered) this.#lookAtTrigger(order, price);
      else if (order.side * (order.price - price) >= 0) this.#fill(order, order.price, true);
    }
  }

  open(symbol?: string): BookOrder[] {
    return this.log.filter((one) => isOpen(one) && (symbol === undefined || one.symbol === symbol));
  }

  /** By client id the newest one, as ids may be used again once an order has ended. */
  find(symbol: string, name: { id?: number; clientId?: string }): BookOrder | undefined {
    return this.log.findLast((one) => {
      const isIt = name.id === undefined ? one.clientId === name.clientId : one.id === name.id;
      return one.symbol === symbol && isIt;
    });
  }

  qty(symbol: string): number {
    return this.positions.get(symbol)?.qty ?? 0;
  }

  unrealised(symbol: string): number {
    const position = this.positions.get(symbol);
    return position === undefined ? 0 : position.qty * (this.price(symbol) - position.entry);
  }

  get equity(): number {
    return [...this.positions.keys()].reduce((sum, one) => sum + this.unrealised(one), this.wallet);
  }

  /** Funding of a position, at a stamp. */
  pay(symbol: string, usd: number, atMs = this.#nowMs()): void {
    const payment = { symbol, usd, atMs };
    this.wallet += usd;
    this.payments.push(payment);
    this.onPayment(payment);
  }

  place(request: BookRequest): BookOrder | BookRefusal {
    const price = this.price(request.symbol);
    const { side, reduceOnly, type } = request;
    if (request.clientId !== null) {
      const same = this.open().some(({ clientId }) => clientId === request.clientId);
      if (same) return 'duplicate-id';
    }
    if (reduceOnly && type !== 'stop-market' && this.qty(request.symbol) * side >= 0) {
      return 'reduce-only';
    }
    const worth = request.qty * (Number.isNaN(request.price) ? price : request.price);
    if (!reduceOnly && worth / this.leverage > this.equity) return 'margin';
    const crosses = type === 'limit' && side * (request.price - price) >= 0;
    if (request.tif === 'gtx' && crosses) return 'would-cross';
    if (!Number.isNaN(request.trigger) && isThrough(request, price)) return 'would-trigger';
    const order: BookOrder = {
      ...request,
      id: 1000 + this.log.length,
      createdMs: this.#nowMs(),
      status: 'open',
      filled: 0,
      quote: 0,
      updatedMs: this.#nowMs(),
      isTriggered: type === 'market' || type === 'limit',
      best: price,
    };
    this.log.push(order);
    if (type === 'market' || crosses) this.#take(order, price);
    else if (request.tif === 'ioc' || request.tif === 'fok') this.#end(order, 'expired');
    else this.onChange(order, null);
    return order;
  }

  cancel(order: BookOrder | undefined): BookOrder | 'not-found' {
    if (order === undefined || !isOpen(order)) return 'not-found';
    this.#end(order, 'cancelled');
    return order;
  }

  cancelAll(symbol?: string): number {
    const all = this.open(symbol);
    for (const order of all) this.#end(order, 'cancelled');
    return all.length;
  }

  amend(order: BookOrder | undefined, qty: number, price: number): BookOrder | 'not-found' {
    if (order === undefined || !isOpen(order)) return 'not-found';
    order.qty = qty;
    if (!Number.isNaN(price)) order.price = price;
    order.updatedMs = this.#nowMs();
    if (order.filled >= order.qty) this.#end(order, 'filled');
    else this.onChange(order, null);
    return order;
  }

  #lookAtTrigger(order: BookOrder, price: number): void {
    if (order.type === 'trailing-stop') {
      order.best = order.side < 0 ? Math.max(order.best, price) : Math.min(order.best, price);
      order.trigger = order.best * (1 + order.side * order.trailFraction);
    }
    if (!isThrough(order, price)) return;
    order.isTriggered = true;
    if (order.type.endsWith('-limit')) {
      if (order.side * (order.price - price) >= 0) this.#take(order, price);
      else this.onChange(order, null);
    } else this.#take(order, price);
  }

  #take(order: BookOrder, price: number): void {
    const there = this.depth.get(order.symbol) ?? Number.POSITIVE_INFINITY;
    if (order.tif === 'fok' && there < order.qty) {
      this.#end(order, 'expired');
      return;
    }
    this.#fill(order, price, false);
    if (!isOpen(order)) return;
    const rests = order.type === 'limit' && order.tif === 'gtc';
    if (!rests) this.#end(order, 'expired');
    else if (order.filled === 0) this.onChange(order, null);
  }

  #fill(order: BookOrder, price: number, maker: boolean): void {
    const { symbol, side } = order;
    const there = this.depth.get(symbol) ?? Number.POSITIVE_INFINITY;
    const held = this.qty(symbol);
    const most = order.reduceOnly ? Math.max(0, -held * side) : Number.POSITIVE_INFINITY;
    const qty = round(Math.min(order.qty - order.filled, there, most));
    if (!(qty > 0)) {
      if (order.reduceOnly && most === 0) this.#end(order, 'expired');
      return;
    }
    this.depth.set(symbol, there - qty);
    const fee = qty * price * (maker ? MAKER : TAKER);
    this.#book(symbol, side * qty, price);
    this.wallet -= fee;
    order.filled = round(order.filled + qty);
    order.quote += qty * price;
    order.updatedMs = this.#nowMs();
    order.status = order.filled >= order.qty ? 'filled' : 'partly-filled';
    const fill = { id: this.#nextFill++, order, qty, price, fee, maker, atMs: this.#nowMs() };
    this.fills.push(fill);
    this.onChange(order, fill);
  }

  /** Average cost; what closes realises. */
  #book(symbol: string, signed: number, price: number): void {
    const { qty, entry } = this.positions.get(symbol) ?? { qty: 0, entry: 0 };
    const closes = qty * signed < 0 ? Math.min(Math.abs(qty), Math.abs(signed)) : 0;
    this.wallet += closes * Math.sign(qty) * (price - entry);
    const next = round(qty + signed);
    const grows = qty * signed >= 0;
    const average = grows ? (qty * entry + signed * price) / next : entry;
    const turned = next * qty < 0 ? price : average;
    this.positions.set(symbol, { qty: next, entry: next === 0 ? 0 : turned });
  }

  #end(order: BookOrder, status: BookStatus): void {
    order.status = status;
    order.updatedMs = this.#nowMs();
    this.onChange(order, null);
  }
}

export function isOpen({ status }: BookOrder): boolean {
  return status === 'open' || status === 'partly-filled';
}

function isThrough({ type, side, trigger }: BookRequest, price: number): boolean {
  if (Number.isNaN(trigger)) return false;
  const isStop = type.startsWith('stop') || type === 'trailing-stop';
  return isStop ? side * (price - trigger) >= 0 : side * (trigger - price) >= 0;
}

/** Lots of a local venue have at most eight places. */
function round(qty: number): number {
  return Math.round(qty * 1e8) / 1e8;
}
