// The paper venue in the words of a client, so that the contract of real ones can be run over it: what its
// port answers, told as reports. It meets a row for every request and every price.

import { PLAIN } from '../../../engine/execution/order.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import type { VenueEvent } from '../../../live/inbox.ts';
import { BARE, bareClient, UNTRAILED } from '../../../live/venues/bare.ts';
import { REFUSALS, type RefusalCode } from '../../../live/venues/codes.ts';
import { PaperVenue } from '../../../live/venues/paper.ts';
import type {
  Capabilities,
  OrderName,
  OrderRequest,
  Outcome,
  ReportedStatus,
  VenueClient,
} from '../../../live/venues/port.ts';
import { refused, unknown } from '../../../live/venues/sender.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { orderOf } from '../../support/order.ts';
import { configOf } from '../../support/run.ts';
import { type BookView, type Rig, tapeOf } from './rig.ts';

const BTC = 'BTCUSDT';
const ROWS = 200;

const CAPABILITIES: Capabilities = Object.freeze({
  ...BARE,
  orderTypes: [...UNTRAILED, 'trailing-stop'] as const,
  timesInForce: ['gtc', 'ioc', 'fok', 'gtd'] as const,
  postOnly: true,
  userStream: true,
  hasGrid: true,
  requestLifeMs: 0,
  visibilityLagMs: 0,
});

interface Sent {
  readonly id: number;
  readonly request: OrderRequest;
  filledQty: number;
  isUnwanted: boolean;
  /** null = it lives. */
  end: 'filled' | 'cancelled' | 'expired' | RefusalCode | null;
}

export async function paperRig(): Promise<Rig> {
  const tape = tapeOf();
  const paper = new Paper(tape.tell);
  paper.setPrice(50_000);
  const book: BookView = {
    setPrice: (_, price, depth) => paper.setPrice(price, depth),
    get log() {
      return paper.orders.filter(({ end }) => end === null || !Object.hasOwn(REFUSALS, end));
    },
    fills: paper.fills,
    open: () =>
      paper.orders
        .filter(({ end }) => end === null)
        .map(({ request: { clientId } }) => ({ clientId })),
  };
  const client = paper.client();
  return {
    client,
    connect: () => client.connect(),
    book,
    ...tape,
    btc: BTC,
    // Not a byte leaves the process.
    sent: () => 0,
    stop: () => paper.port.close(),
  };
}

class Paper {
  readonly orders: Sent[] = [];
  readonly fills: { qty: number; price: number }[] = [];
  readonly port: PaperVenue;
  readonly #tell: ReturnType<typeof tapeOf>['tell'];
  #row = 0;
  #price = Number.NaN;
  #depth = Number.POSITIVE_INFINITY;

  constructor(tell: ReturnType<typeof tapeOf>['tell']) {
    this.#tell = tell;
    const fees = { makerFeeBps: 1, takerFeeBps: 3.5, slippageBps: 0 };
    // Whatever a candle has of volume is there to be had.
    const fills = { volumeShare: 1 };
    const config = configOf({ world: { cashUsd: 100_000, ...fees, fills } });
    const instrument = instrumentOf(BTC, { venue: 'paper', tickSize: 0.1, lotSize: 0.001 });
    const market = {
      intervalMs: MINUTE_MS,
      capacity: ROWS,
      firstRow: 0,
      fromMs: START_MS,
      toMs: START_MS + ROWS * MINUTE_MS,
      series: [],
      legs: [{ instrument, primary: 0 }],
    };
    this.port = new PaperVenue(market, config, [], (event) => this.#hear(event));
  }

  /** A row at one price. */
  setPrice(price: number, depth = Number.POSITIVE_INFINITY): void {
    this.#price = price;
    this.#depth = depth;
    const openMs = START_MS + this.#row++ * MINUTE_MS;
    const prices = { open: price, high: price, low: price, close: price };
    const volume = Math.min(depth, 1e9);
    const candle = { kind: 'candle' as const, tsMs: openMs + MINUTE_MS, leg: 0, openMs };
    this.port.onRow({
      openMs,
      candles: [{ ...candle, ...prices, volume }],
      series: [],
      rates: [],
    });
  }

  /** Answers come with the next row. */
  #meet(): void {
    this.setPrice(this.#price, this.#depth);
  }

  async submit(request: OrderRequest): Promise<Outcome> {
    if (request.type === 'market' && !Number.isNaN(request.limitPrice)) {
      return refused('unsupported', 'no worst price');
    }
    const { side, type, qty, triggerPrice, reduceOnly } = request;
    const { timeInForce, limitPrice, expiresMs, postOnly, trailFraction } = request;
    const { activationPrice } = request;
    const terms = { timeInForce, limitPrice, expiresMs, postOnly, trailFraction, activationPrice };
    const sent: Sent = {
      id: this.orders.length + 1,
      request,
      filledQty: 0,
      isUnwanted: false,
      end: null,
    };
    const { id } = sent;
    const order = orderOf({
      ...{ id, parentId: id, side, type, reduceOnly, qty, triggerPrice },
      purpose: reduceOnly ? 'signal' : 'entry',
      terms: { ...PLAIN, ...terms },
      ...{ decisionPrice: this.#price, createdMs: this.#nowMs },
    });
    this.orders.push(sent);
    const intent = { kind: 'submit-order', order } as const;
    this.port.carryOut(
      [intent as unknown as Parameters<PaperVenue['carryOut']>[0][number]],
      this.#nowMs,
    );
    this.#meet();
    const { end } = sent;
    if (end === null || !Object.hasOwn(REFUSALS, end)) {
      return { kind: 'accepted', venueOrderId: String(id) };
    }
    return refused(end as RefusalCode, '');
  }

  async cancel(order: OrderName): Promise<Outcome> {
    const sent = this.orders.find(({ id }) => {
      return 'venueOrderId' in order && order.venueOrderId === String(id);
    });
    if (sent === undefined || sent.end !== null) return refused('not-found', 'it has ended');
    sent.isUnwanted = true;
    this.port.carryOut([{ kind: 'cancel-order', leg: 0, orderId: sent.id }], this.#nowMs);
    this.#meet();
    const isGone = (sent.end as Sent['end']) === 'cancelled';
    return isGone ? { kind: 'accepted', venueOrderId: String(sent.id) } : unknown('unknown', '');
  }

  async cancelAll(): Promise<Outcome> {
    for (const { id, end } of this.orders) {
      if (end === null) await this.cancel({ venueOrderId: String(id) });
    }
    return { kind: 'accepted', venueOrderId: '' };
  }

  get #nowMs(): number {
    return START_MS + this.#row * MINUTE_MS;
  }

  #hear(event: VenueEvent): void {
    if (!('orderId' in event)) return;
    const sent = this.orders[event.orderId - 1]!;
    if (event.kind === 'order-filled') {
      const { tradeId, qty, price, feeUsd, maker, leavesQty } = event;
      const { clientId, symbol } = sent.request;
      sent.filledQty += Math.abs(qty);
      this.fills.push({ qty: Math.abs(qty), price });
      const venueOrderId = String(sent.id);
      const what = { tradeId, venueOrderId, clientId, symbol, qty, price, feeUsd };
      const fill = { ...what, maker: maker === 1, atMs: event.tsMs, forced: null };
      this.#tell({ kind: 'fill', fill });
      this.#report(sent, leavesQty > 0 ? 'partly-filled' : 'filled', event.tsMs);
    } else if (event.kind === 'order-rejected') sent.end = event.code as RefusalCode;
    else if (event.kind === 'order-cancelled' && sent.isUnwanted) {
      this.#report(sent, 'cancelled', event.tsMs);
    } else if (event.kind === 'order-cancelled' || event.kind === 'order-expired') {
      this.#report(sent, 'expired', event.tsMs);
    }
  }

  #report(sent: Sent, status: ReportedStatus, updatedMs: number): void {
    const { clientId, symbol, side, type, qty } = sent.request;
    const { limitPrice, triggerPrice, reduceOnly } = sent.request;
    if (status === 'filled' || status === 'cancelled' || status === 'expired') sent.end = status;
    const what = { clientId, venueOrderId: String(sent.id), symbol, side, type, status, qty };
    const prices = { averagePrice: Number.NaN, limitPrice, triggerPrice };
    const { filledQty } = sent;
    const rest = { filledQty, ...prices, reduceOnly, updatedMs, forced: null };
    this.#tell({ kind: 'order', order: { ...what, ...rest } });
  }

  client(): VenueClient {
    const submit = (request: OrderRequest) => this.submit(request);
    return {
      ...bareClient('paper', submit, 'not of the paper venue'),
      id: 'paper',
      capabilities: CAPABILITIES,
      connect: async () => {
        this.#tell({ kind: 'stream', isUp: true, text: '' });
        return { skewMs: Number.NaN, roundTripMs: 0 };
      },
      submit,
      cancel: (_, order) => this.cancel(order),
      cancelAll: () => this.cancelAll(),
      close: () => this.port.close(),
    };
  }
}
