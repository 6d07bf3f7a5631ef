// One contract for whatever stands behind a session: the paper venue, and a real one behind its desk. Each
// is told the same intents in the same market, and must answer with the same facts.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOver, moveOrder, type Order, PLAIN } from '../../../engine/execution/order.ts';
import type { Intent } from '../../../engine/intent.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { machineClock } from '../../../live/clock.ts';
import type { VenueEvent } from '../../../live/inbox.ts';
import type { Market } from '../../../live/market.ts';
import { limitsFor } from '../../../live/orders/limits.ts';
import { OrderPort } from '../../../live/orders/port.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import { openClients } from '../../../live/venues/list.ts';
import { PaperVenue } from '../../../live/venues/paper.ts';
import type { VenuePort } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { orderOf } from '../../support/order.ts';
import { configOf } from '../../support/run.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import { startHyperliquidAccount } from '../../support/venues/hyperliquid-server.ts';
import { driftRig, symphonyRig } from './other-rigs.ts';
import { ASTER_SIGNER, ASTER_USER, COMMON, DEMO_KEY } from './rig.ts';

interface PortRig {
  readonly port: VenuePort;
  readonly answers: VenueEvent[];
  /** Says that it has taken an order that rests; paper without latency means it by its silence. */
  readonly saysAccepted: boolean;
  /** The market trades at this price for a while. */
  trade(price: number): Promise<void>;
  stop(): Promise<void>;
}

const PRICE = 50_000;

function marketOf(symbol: string, venue: string): Market {
  const instrument = instrumentOf(symbol, { venue, tickSize: 0.1, lotSize: 0.001 });
  return {
    intervalMs: MINUTE_MS,
    capacity: 100,
    firstRow: 0,
    fromMs: START_MS,
    toMs: START_MS + 100 * MINUTE_MS,
    series: [],
    legs: [{ instrument, primary: 0 }],
  };
}

async function paperRig(): Promise<PortRig> {
  const answers: VenueEvent[] = [];
  const config = configOf({ world: { cashUsd: 100_000, takerFeeBps: 5, slippageBps: 0 } });
  const market = marketOf('BTCUSDT', 'paper');
  const port = new PaperVenue(market, config, [], (event) => void answers.push(event));
  let row = 0;
  return {
    port,
    answers,
    saysAccepted: false,
    async trade(price) {
      const openMs = START_MS + row++ * MINUTE_MS;
      const tsMs = openMs + MINUTE_MS;
      // From where it was to the new price, and a little around it.
      const prices = { open: price, high: price * 1.0001, low: price * 0.9999, close: price };
      const candle = { kind: 'candle' as const, tsMs, leg: 0, openMs, ...prices, volume: 1e6 };
      port.onRow({ openMs, candles: [candle], series: [], rates: [] });
    },
    stop: () => port.close(),
  };
}

async function realRig(venue: 'aster' | 'hyperliquid'): Promise<PortRig> {
  const symbol = venue === 'aster' ? 'BTCUSDT' : 'BTCUSDC';
  const symbols = { [symbol]: { tickSize: 0.1, lotSize: 0.001 } };
  const own = { user: ASTER_USER, wallet: 100_000 };
  const { server, account } =
    venue === 'aster'
      ? await startAsterAccount(
          { symbols },
          { ...own, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's' },
        )
      : await startHyperliquidAccount({ symbols }, { ...own, agents: [ASTER_SIGNER] });
  account.book.setPrice(symbol, PRICE);
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-port-'));
  const secrets: Record<string, string> = {
    ASTER_USER,
    ASTER_PRIVATE_KEY: DEMO_KEY,
    HYPERLIQUID_ACCOUNT: ASTER_USER,
    HYPERLIQUID_PRIVATE_KEY: DEMO_KEY,
  };
  const open = await openClients(
    [{ id: venue, symbols: [symbol], hosts: server.hosts }],
    (name) => (secrets[name] === undefined ? null : new Secret(secrets[name])),
    { ...COMMON, stateFolder: folder },
  );
  const answers: VenueEvent[] = [];
  const port = new OrderPort(
    {
      open,
      instruments: marketOf(symbol, venue).legs.map(({ instrument }) => instrument),
      primaries: [0],
      clock: machineClock,
      safety: new Safety({ read: () => null, write: () => {} }),
      limits: () => limitsFor(100_000, 2, DEFAULT_LIMITS.guard),
      leverage: 2,
      margin: { mode: 'cross', leverage: 20 },
      sessionId: 'contract',
      capitalUsd: 100_000,
      maxDrawdown: 0.9,
      expiresMs: Number.POSITIVE_INFINITY,
    },
    (event) => void answers.push(event),
    { note: () => {}, say: () => {}, equityUsd: () => 100_000 },
  );
  await port.begin();
  return {
    port,
    answers,
    saysAccepted: true,
    async trade(price) {
      account.book.setPrice(symbol, price);
    },
    async stop() {
      await port.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PORTS: readonly { id: string; open: () => Promise<PortRig> }[] = [
  { id: 'paper', open: paperRig },
  { id: 'aster', open: () => realRig('aster') },
  { id: 'hyperliquid', open: () => realRig('hyperliquid') },
];

describe.each(PORTS)('the port of $id', ({ open }) => {
  let rig: PortRig;
  let made = 0;
  /** The kernel's copies. */
  let orders: Map<number, Order>;

  beforeEach(async () => {
    rig = await open();
    made = 0;
    orders = new Map();
    await rig.trade(PRICE);
  });
  afterEach(() => rig.stop());

  function submit(changes: Partial<Order> = {}): number {
    const id = ++made;
    const order = orderOf({
      ...{ id, parentId: id, qty: 0.01 },
      ...{ decisionPrice: PRICE, createdMs: START_MS },
      ...changes,
    });
    orders.set(id, { ...order });
    // Approved by hand: no kernel is here.
    carry({ kind: 'submit-order', order } as unknown as Intent);
    return id;
  }

  function carry(intent: Intent): void {
    rig.port.carryOut([intent], START_MS);
  }

  const about = (id: number) =>
    rig.answers.filter((event) => 'orderId' in event && event.orderId === id);
  const kindsOf = (id: number) => about(id).map(({ kind }) => kind);
  const filled = (id: number) =>
    about(id).reduce((sum, event) => sum + (event.kind === 'order-filled' ? event.qty : 0), 0);

  /** The market goes on trading at this price until something is so. */
  async function until(holds: () => boolean, price = PRICE): Promise<void> {
    for (let k = 0; !holds(); k++) {
      if (k > 80) throw new Error(`in vain: ${JSON.stringify(rig.answers)}`);
      await rig.trade(price);
      await sleep(25);
    }
  }

  async function rests(id: number): Promise<void> {
    if (rig.saysAccepted) await until(() => kindsOf(id).includes('order-accepted'));
    else await rig.trade(PRICE);
    expect(filled(id)).toBe(0);
  }

  it('fills what takes, once, with its price and fee', async () => {
    const id = submit();
    await until(() => filled(id) > 0);
    const fills = about(id).filter((event) => event.kind === 'order-filled');
    expect(fills).toHaveLength(1);
    expect(fills[0]).toMatchObject({ qty: 0.01, price: PRICE, maker: 0, leavesQty: 0 });
    expect(fills[0]).toHaveProperty('tradeId');
    expect(fills[0]!.feeUsd).toBeGreaterThan(0);
  });

  it('takes back what rests, and says nothing more of it', async () => {
    const id = submit({ type: 'limit', terms: { ...PLAIN, limitPrice: 49_500 } });
    await rests(id);
    carry({ kind: 'cancel-order', leg: 0, orderId: id });
    await until(() => kindsOf(id).includes('order-cancelled'));
    carry({ kind: 'cancel-order', leg: 0, orderId: id });
    await rig.trade(49_000);
    await sleep(50);
    const told = kindsOf(id).filter((kind) => kind !== 'order-accepted');
    expect(told).toEqual(['order-cancelled']);
  });

  it('fills a limit at its price or better when the market comes to it', async () => {
    const id = submit({ type: 'limit', terms: { ...PLAIN, limitPrice: 49_500 } });
    await rests(id);
    await until(() => filled(id) > 0, 49_400);
    const prices = about(id).flatMap((event) => ('price' in event ? [event.price] : []));
    expect(Math.max(...prices)).toBeLessThanOrEqual(49_500);
    expect(filled(id)).toBeCloseTo(0.01, 12);
  });

  it('closes by a stop that rests, and never goes through flat', async () => {
    const entry = submit();
    await until(() => filled(entry) > 0);
    const stop = submit({
      side: -1,
      type: 'stop-market',
      purpose: 'stop',
      reduceOnly: true,
      qty: 0.01,
      triggerPrice: 49_000,
    });
    await rests(stop);
    await until(() => filled(stop) < 0, 48_900);
    expect(filled(entry) + filled(stop)).toBeCloseTo(0, 12);
    const again = submit({ side: -1, purpose: 'signal', reduceOnly: true });
    await until(() => kindsOf(again).length > 0, 48_900);
    expect(filled(again)).toBe(0);
  });

  it('tells of each order what the table of states allows, and one end', async () => {
    const ids = [
      submit(),
      submit({ type: 'limit', terms: { ...PLAIN, limitPrice: 49_500 } }),
      submit({ side: -1, reduceOnly: true, purpose: 'signal' }),
    ];
    await until(() => filled(ids[0]!) > 0);
    await rests(ids[1]!);
    carry({ kind: 'cancel-order', leg: 0, orderId: ids[1]! });
    await until(() => kindsOf(ids[1]!).includes('order-cancelled'));
    for (const event of rig.answers) {
      if (!('orderId' in event)) continue;
      const order = orders.get(event.orderId)!;
      const leaves = event.kind === 'order-filled' ? event.leavesQty : 0;
      moveOrder(
        order,
        event.kind in STATES ? STATES[event.kind]! : leaves > 0 ? 'partly-filled' : 'filled',
      );
    }
    for (const id of ids) expect(isOver(orders.get(id)!), `order ${id}`).toBe(true);
  });

  it('says nothing after it was closed', async () => {
    await rests(submit({ type: 'limit', terms: { ...PLAIN, limitPrice: 49_500 } }));
    await rig.port.close();
    const before = rig.answers.length;
    await rig.trade(49_000);
    await sleep(60);
    expect(rig.answers).toHaveLength(before);
    await rig.port.close();
  });
});

it.each([
  ['symphony', symphonyRig],
  ['drift', driftRig],
])('there is none of %s: it says neither what is held nor at which price', async (id, open) => {
  const rig = await open();
  const [safety, limits] = [new Safety({ read: () => null, write: () => {} }), DEFAULT_LIMITS];
  const parts = {
    ...{ open: () => rig.client, clock: machineClock, safety, leverage: 2, primaries: [0] },
    instruments: [instrumentOf(rig.btc, { venue: id })],
    limits: () => limitsFor(1000, 2, limits.guard),
    margin: { mode: 'cross', leverage: 20 } as const,
    ...{ sessionId: 'none', capitalUsd: 1000, maxDrawdown: 0.5, expiresMs: 0 },
  };
  const session = { note: () => {}, say: () => {}, equityUsd: () => 1000 };
  expect(() => new OrderPort(parts, () => {}, session)).toThrow(/what is held there and its mark/);
  await rig.stop();
});

const STATES: Readonly<Record<string, Order['status']>> = {
  'order-accepted': 'open',
  'order-unknown': 'unknown',
  'order-rejected': 'rejected',
  'order-cancelled': 'cancelled',
  'order-expired': 'expired',
};
