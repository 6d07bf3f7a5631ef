// A simulated venue driven by hand: orders in, candles met one by one, every answer written down.
//
//   const market = new HandVenue('100 101 99');  market.submit({ type: 'limit', ... });  market.rows(2);
//   market.said -> ['0: 1 filled 5 @ 100, 0 left', ...]      row of the answer, order, what was said
//
// It keeps its own books from the answers, as a kernel does, and moves each order along the table of
// states: an answer that does not fit a state throws.

import type { Config } from '../../engine/config/schema.ts';
import { moveOrder, type Order, PLAIN, type Terms } from '../../engine/execution/order.ts';
import { Tray } from '../../engine/kernel/tray.ts';
import type { Panel } from '../../engine/market/panel.ts';
import { Portfolio } from '../../engine/portfolio/portfolio.ts';
import type { ApprovedOrder } from '../../engine/risk/gate.ts';
import { SimulatedVenue } from '../../engine/simulation/venue.ts';
import { panelOf } from './market.ts';
import { orderOf } from './order.ts';
import { configOf, FREE, type Partly } from './run.ts';

type World = Partly<Config['world']>;

/** What is special about an order; the rest is a market order for one unit of leg 0. */
export type Draft = Partial<Omit<Order, 'terms'>> & { readonly terms?: Partial<Terms> };

/** One fill as it was told. */
export interface Told {
  readonly row: number;
  readonly tsMs: number;
  readonly orderId: number;
  readonly leg: number;
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
  readonly slippageUsd: number;
  readonly impactUsd: number;
  readonly maker: 0 | 1;
  readonly leavesQty: number;
}

export class HandVenue {
  readonly panel: Panel;
  readonly venue: SimulatedVenue;
  readonly portfolio: Portfolio;
  readonly orders: Order[] = [];
  readonly fills: Told[] = [];
  readonly said: string[] = [];
  /** Orders that were changed, by us or by a fill of their group. */
  readonly amended = new Set<number>();
  /** Rows met. */
  row = 0;
  readonly #tray = new Tray();

  /** Free of costs and margin unless `world` says otherwise. */
  constructor(chart: string | Panel, world: World = {}, seed = 1) {
    const panel = typeof chart === 'string' ? panelOf({ A: chart }) : chart;
    const { world: whole } = configOf({ world: { ...FREE.world, ...world } });
    this.panel = panel;
    const instruments = panel.legs.map((leg) => leg.instrument);
    this.portfolio = new Portfolio(instruments, whole.cashUsd);
    const end = (word: string, status: Order['status']) => (_: number, id: number) => {
      this.#say(`${id} ${word}`);
      moveOrder(this.order(id), status);
    };
    this.venue = new SimulatedVenue(panel, whole, seed, {
      onFill: (tsMs, id, qty, price, feeUsd, slippageUsd, impactUsd, maker, leavesQty) => {
        const order = this.order(id);
        const { leg } = order;
        this.#say(`${id} filled ${qty} @ ${+price.toFixed(8)}, ${leavesQty} left`);
        const held = this.portfolio.positions[leg]!.qty;
        this.portfolio.fill(leg, qty, price, feeUsd, slippageUsd, impactUsd);
        this.fills.push({
          row: this.row,
          tsMs,
          orderId: id,
          leg,
          qty,
          price,
          feeUsd,
          slippageUsd,
          impactUsd,
          maker,
          leavesQty,
        });
        order.filledQty += Math.abs(qty);
        moveOrder(order, leavesQty > 0 ? 'partly-filled' : 'filled');
        if (order.purpose === 'entry' && held === 0) this.#wake(id);
      },
      onCancel: end('cancelled', 'cancelled'),
      onExpire: end('expired', 'expired'),
      onUnknown: end('unknown', 'unknown'),
      onAccept: end('accepted', 'open'),
      onReject: (_, id, code) => {
        this.#say(`${id} rejected ${code}`);
        moveOrder(this.order(id), 'rejected');
      },
      onAmend: (_, id, qty, price) => {
        this.order(id).qty = qty;
        this.amended.add(id);
        this.#say(price === price ? `${id} amended ${qty} @ ${price}` : `${id} amended ${qty}`);
      },
      onFunding: (_, leg, amountUsd) => {
        this.portfolio.fund(leg, amountUsd);
        this.#say(`funding ${leg} ${+amountUsd.toFixed(8)}`);
      },
      onLiquidation: (tsMs, leg, qty, price, feeUsd) => {
        this.fills.push({
          ...{ row: this.row, tsMs, orderId: 0, leg, qty, price, feeUsd },
          ...{ slippageUsd: 0, impactUsd: 0, maker: 0, leavesQty: 0 },
        });
        this.portfolio.fill(leg, qty, price, feeUsd, 0);
        this.#say(`liquidated ${leg} ${qty} @ ${+price.toFixed(8)}, fee ${+feeUsd.toFixed(8)}`);
      },
      onProbe: (_, venue, ok) => this.#say(`probe ${venue} ${ok ? 'up' : 'down'}`),
    });
  }

  /** The close of the newest row met; the open of the first before there is one. */
  get nowMs(): number {
    const { panel, row } = this;
    return row === 0 ? panel.openMs[0]! : panel.openMs[row - 1]! + panel.intervalMs;
  }

  order(id: number): Order {
    const order = this.orders[id - 1];
    if (order === undefined) throw new Error(`no order ${id}`);
    return order;
  }

  /** Sends an order now and returns it. */
  submit(draft: Draft = {}): Order {
    const leg = draft.leg ?? 0;
    const { close, open } = this.panel.legs[leg]!.candles;
    const order = orderOf({
      id: this.orders.length + 1,
      purpose: draft.reduceOnly ? 'signal' : 'entry',
      qty: draft.attachedTo ? Number.NaN : 1,
      decisionPrice: (this.row === 0 ? open[0] : close[this.row - 1])!,
      createdMs: this.nowMs,
      counts: false,
      status: draft.attachedTo ? 'dormant' : 'new',
      ...draft,
      terms: { ...PLAIN, ...draft.terms },
    });
    this.orders.push(order);
    this.#send({ kind: 'submit-order', order: order as ApprovedOrder });
    return order;
  }

  cancel({ id, leg }: Order): void {
    this.#send({ kind: 'cancel-order', leg, orderId: id });
  }

  amend({ id, leg }: Order, qty: number, price = Number.NaN): void {
    this.#send({ kind: 'amend-order', leg, orderId: id, qty, price });
  }

  probe(venue = 0): void {
    this.#send({ kind: 'probe-venue', venue });
  }

  /** Meets as many more rows; all that are left unless told. Returns what was said in them. */
  rows(count = this.panel.length - this.row): string[] {
    const from = this.said.length;
    for (let k = 0; k < count; k++) {
      this.venue.meet(this.row);
      this.panel.legs.forEach(({ candles }, leg) => {
        const close = candles.close[this.row]!;
        if (close === close) this.portfolio.lastPrice[leg] = close;
      });
      this.row++;
    }
    return this.said.slice(from);
  }

  #wake(parentId: number): void {
    for (const order of this.orders) {
      if (order.attachedTo === parentId && order.status === 'dormant') moveOrder(order, 'new');
    }
  }

  #send(intent: Parameters<Tray['push']>[0]): void {
    this.#tray.push(intent);
    this.venue.take(this.#tray, this.nowMs);
    this.#tray.clear();
  }

  #say(text: string): void {
    this.said.push(`${this.row}: ${text}`);
  }
}
