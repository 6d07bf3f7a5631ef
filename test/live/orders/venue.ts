// A venue that keeps a truth of its own, behind a bad network, in virtual time. What a
// client is told may be late, twice, out of order, cut off or nothing at all; what the venue did stands in
// `truth`, which nobody under test can see.
//
//   request --lost | late--> venue (ids unique among OPEN orders, reduce-only clamped) --lost | late--> answer

import type { Instrument } from '../../../engine/market/instrument.ts';
import { lotsIn, qtyOfLots } from '../../../engine/market/instrument.ts';
import type { Random } from '../../../engine/random.ts';
import type { RefusalCode } from '../../../live/venues/codes.ts';
import type {
  FillReport,
  FundingReport,
  OrderName,
  OrderReport,
  OrderRequest,
  ReportedStatus,
  Tell,
} from '../../../live/venues/port.ts';
import type { VirtualClock } from '../../support/socket.ts';

export interface TruthOrder {
  readonly request: OrderRequest;
  readonly venueOrderId: string;
  /** The nth time that this client id was taken. */
  readonly nth: number;
  status: ReportedStatus;
  filledQty: number;
  filledUsd: number;
  readonly atMs: number;
  /** Of a trailing stop: the best price since it rests. */
  best: number;
}

/** Chances of one thing going wrong, 0 to 1. */
export interface Knobs {
  readonly lostRequest: number;
  readonly lostAnswer: number;
  /** A request that arrives after the client has given up, up to its life. */
  readonly lateRequest: number;
  /** The venue answers 503 or garbage whatever it did. */
  readonly garbled: number;
  readonly throttled: number;
  readonly refused: number;
  readonly lostEvent: number;
  readonly twiceEvent: number;
  readonly partial: number;
  readonly failedQuery: number;
  /** Longest way of a message, ms. */
  readonly delayMs: number;
  /** How long an order that was taken may not be found, ms. */
  readonly lagMs: number;
  /** A read says NaN where a number belongs. */
  readonly nonsense: number;
  /** An entry is refused because the keys are. */
  readonly denied: number;
}

export const CALM: Knobs = Object.freeze({
  lostRequest: 0,
  lostAnswer: 0,
  lateRequest: 0,
  garbled: 0,
  throttled: 0,
  refused: 0,
  lostEvent: 0,
  twiceEvent: 0,
  partial: 0,
  failedQuery: 0,
  delayMs: 40,
  lagMs: 0,
  nonsense: 0,
  denied: 0,
});

export const TIMEOUT_MS = 1000;
export const LIFE_MS = 4000;
export const LAG_MS = 2000;

export class SimVenue {
  readonly clock: VirtualClock;
  draw: Random;
  readonly instruments: readonly Instrument[];
  /** Every order that was ever taken, in order. */
  readonly truth: TruthOrder[] = [];
  readonly fills: FillReport[] = [];
  readonly payments: FundingReport[] = [];
  readonly positions = new Map<string, number>();
  knobs: Knobs;
  /** `down`: nothing arrives; `refusing`: connections are refused; `mute`: takes everything, says nothing. */
  mode: 'well' | 'down' | 'refusing' | 'mute' = 'well';
  readonly prices = new Map<string, number>();
  cash: number;
  /** By symbol, when its switch fires, UTC ms. */
  readonly countdowns = new Map<string, number>();
  requests = 0;
  /** Somebody alive was told that the keys are refused. */
  wasDenied = false;
  /** Whoever listens to the stream. */
  readonly clients: {
    pass(event: Parameters<Tell>[0]): void;
    drop(forMs: number): void;
    restore(): void;
    die(): void;
  }[] = [];
  #ids = 0;

  constructor(
    clock: VirtualClock,
    draw: Random,
    instruments: readonly Instrument[],
    knobs: Knobs,
    cash = 10_000,
  ) {
    this.clock = clock;
    this.draw = draw;
    this.instruments = instruments;
    this.knobs = knobs;
    this.cash = cash;
  }

  chance(p: number): boolean {
    return this.draw() < p;
  }

  delay(): number {
    return 1 + this.draw() * this.knobs.delayMs;
  }

  instrument(symbol: string): Instrument {
    return this.instruments.find((one) => one.symbol === symbol)!;
  }

  // ---- the exchange ------------------------------------------------------------------------------------

  open(): TruthOrder[] {
    return this.truth.filter(({ status }) => status === 'open' || status === 'partly-filled');
  }

  find(symbol: string, name: OrderName): TruthOrder | undefined {
    return this.truth.findLast(({ request, venueOrderId }) => {
      const isIt =
        'clientId' in name
          ? request.clientId === name.clientId
          : venueOrderId === name.venueOrderId;
      return request.symbol === symbol && isIt;
    });
  }

  /** What the venue does with an order that has arrived. */
  take(request: OrderRequest): TruthOrder | RefusalCode | 'duplicate-id' {
    const { symbol, clientId, side, qty, reduceOnly, type, triggerPrice, limitPrice } = request;
    if (this.open().some((one) => one.request.clientId === clientId)) return 'duplicate-id';
    const held = this.positions.get(symbol) ?? 0;
    const price = this.prices.get(symbol)!;
    // Of a stop it is looked at when it is triggered: until then a position may come.
    if (reduceOnly && type !== 'stop-market' && !(side * held < 0)) return 'reduce-only';
    if (this.chance(this.knobs.refused) && !reduceOnly) return 'insufficient-margin';
    if (type === 'stop-market' && side * (price - triggerPrice) >= 0) return 'would-trigger';
    if (lotsIn(this.instrument(symbol), qty) < 1) return 'bad-lot';
    const nth = this.truth.filter((one) => one.request.clientId === clientId).length + 1;
    const order: TruthOrder = {
      request,
      venueOrderId: `v${++this.#ids}`,
      nth,
      status: 'open',
      filledQty: 0,
      filledUsd: 0,
      atMs: this.clock.trueMs,
      best: price,
    };
    this.truth.push(order);
    this.#tellOrder(order);
    const { expiresMs } = request;
    if (type === 'market') this.trade(order, price);
    else if (type === 'limit' && side * (limitPrice - price) >= 0) this.trade(order, price);
    if (expiresMs === expiresMs) {
      this.clock.in(expiresMs - this.clock.trueMs, () => this.end(order, 'expired'));
    }
    return order;
  }

  /** Fills an order at a price, perhaps in parts; what does not fill of an IOC is taken back. */
  trade(order: TruthOrder, price: number): void {
    const { request } = order;
    const instrument = this.instrument(request.symbol);
    const held = this.positions.get(request.symbol) ?? 0;
    const left = request.qty - order.filledQty;
    const most = request.reduceOnly ? Math.min(left, Math.max(0, -request.side * held)) : left;
    const lots = lotsIn(instrument, most);
    if (lots < 1) {
      this.end(order, 'cancelled');
      return;
    }
    const parts = lots > 1 && this.chance(this.knobs.partial) ? 2 : 1;
    const first = parts === 1 ? lots : 1 + Math.floor(this.draw() * (lots - 1));
    this.#fill(order, qtyOfLots(instrument, first), price);
    if (parts === 2 && this.chance(0.7)) {
      this.#fill(order, qtyOfLots(instrument, lots - first), price);
    }
    if (request.qty - order.filledQty < instrument.lotSize / 2) order.status = 'filled';
    else {
      // Nothing that takes stays behind with what it did not get.
      order.status = 'partly-filled';
      this.end(order, 'expired');
      return;
    }
    this.#tellOrder(order);
  }

  #fill(order: TruthOrder, qty: number, price: number): void {
    const { symbol, side, clientId } = order.request;
    const feeUsd = qty * price * 0.0005;
    order.filledQty += qty;
    order.filledUsd += qty * price;
    this.cash -= side * qty * price + feeUsd;
    this.#move(symbol, side * qty);
    const fill: FillReport = {
      tradeId: `t${this.fills.length + 1}`,
      venueOrderId: order.venueOrderId,
      clientId,
      symbol,
      qty: side * qty,
      price,
      feeUsd,
      maker: false,
      atMs: this.clock.trueMs,
      forced: null,
    };
    this.fills.push(fill);
    this.#tell({ kind: 'fill', fill });
  }

  /** Somebody trades by hand, or the venue closes a position itself. */
  external(symbol: string, qty: number, forced: FillReport['forced'] = null): void {
    const price = this.prices.get(symbol)!;
    this.cash -= qty * price;
    this.#move(symbol, qty);
    const fill: FillReport = {
      tradeId: `t${this.fills.length + 1}`,
      venueOrderId: `x${this.fills.length + 1}`,
      clientId: null,
      symbol,
      qty,
      price,
      feeUsd: 0,
      maker: false,
      atMs: this.clock.trueMs,
      forced,
    };
    this.fills.push(fill);
    this.#tell({ kind: 'fill', fill });
    this.#shrinkReduceOnly(symbol);
  }

  #move(symbol: string, qty: number): void {
    const sum = (this.positions.get(symbol) ?? 0) + qty;
    this.positions.set(symbol, Math.abs(sum) < 1e-9 ? 0 : sum);
  }

  /** As venues do: what rests to reduce a position that is gone, goes as well. */
  #shrinkReduceOnly(symbol: string): void {
    const held = this.positions.get(symbol) ?? 0;
    for (const order of this.open()) {
      const { request } = order;
      if (request.symbol !== symbol || !request.reduceOnly) continue;
      if (!(request.side * held < 0)) this.end(order, 'expired');
    }
  }

  end(order: TruthOrder, status: 'cancelled' | 'expired'): void {
    if (order.status !== 'open' && order.status !== 'partly-filled') return;
    order.status = status;
    this.#tellOrder(order);
  }

  /** Funding of a position; the stream does not say of which. */
  pay(symbol: string, amountUsd: number): void {
    const atMs = this.clock.trueMs;
    this.cash += amountUsd;
    this.payments.push({ symbol, atMs, amountUsd });
    this.#tell({ kind: 'funding', symbol: '', atMs, amountUsd });
  }

  /** The switch of a symbol: in `ms` whatever rests there is taken back, stops too; 0 disarms it. */
  countdown(symbol: string, ms: number): void {
    this.countdowns.delete(symbol);
    if (ms === 0) return;
    const atMs = this.clock.trueMs + ms;
    this.countdowns.set(symbol, atMs);
    this.clock.in(ms, () => {
      if (this.countdowns.get(symbol) !== atMs) return;
      this.countdowns.delete(symbol);
      for (const order of this.open()) {
        if (order.request.symbol === symbol) this.end(order, 'cancelled');
      }
    });
  }

  /** The market moves; limits that it reaches fill, stops whose trigger is passed become market orders. */
  price(symbol: string, price: number): void {
    this.prices.set(symbol, price);
    for (const order of this.open()) {
      const { type, side, limitPrice, triggerPrice } = order.request;
      if (order.request.symbol !== symbol) continue;
      if (type === 'limit' && side * (limitPrice - price) >= 0) this.trade(order, limitPrice);
      if (type === 'stop-market' && side * (price - triggerPrice) >= 0) this.trade(order, price);
      if (type === 'trailing-stop') {
        order.best = side < 0 ? Math.max(order.best, price) : Math.min(order.best, price);
        const at = order.best * (1 + side * order.request.trailFraction);
        if (side * (price - at) >= 0) this.trade(order, price);
      }
    }
    this.#shrinkReduceOnly(symbol);
  }

  report(order: TruthOrder): OrderReport {
    const { request, venueOrderId, status, filledQty, filledUsd } = order;
    return {
      clientId: request.clientId,
      venueOrderId,
      symbol: request.symbol,
      side: request.side,
      type: request.type,
      status,
      qty: request.qty,
      filledQty,
      averagePrice: filledQty > 0 ? filledUsd / filledQty : Number.NaN,
      limitPrice: request.limitPrice,
      triggerPrice: request.triggerPrice,
      reduceOnly: request.reduceOnly,
      updatedMs: this.clock.trueMs,
      forced: null,
    };
  }

  #tellOrder(order: TruthOrder): void {
    this.#tell({ kind: 'order', order: this.report(order) });
  }

  #tell(event: Parameters<Tell>[0]): void {
    for (const client of this.clients) client.pass(event);
  }
}
