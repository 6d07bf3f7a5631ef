// One venue under test: a client, the local server it speaks to, and all that it has told.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { machineClock } from '../../../live/clock.ts';
import { connectSocket } from '../../../live/feeds/socket.ts';
import { openAsterClient } from '../../../live/venues/aster/client.ts';
import { openHyperliquidClient } from '../../../live/venues/hyperliquid/client.ts';
import type {
  ClientEvent,
  FillReport,
  OrderName,
  OrderReport,
  OrderRequest,
  Outcome,
  VenueClient,
} from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import type { Book } from '../../support/venues/book.ts';
import { startHyperliquidAccount } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';

/** What the market of a venue has come to: the truth, whatever the client is told. */
export interface BookView extends Pick<Book, 'setPrice'> {
  /** Orders that were ever taken. */
  readonly log: readonly unknown[];
  readonly fills: readonly { readonly qty: number; readonly price: number }[];
  /** What rests. */
  open(): readonly { readonly clientId: string | null }[];
}

export interface Rig {
  readonly client: VenueClient;
  readonly book: BookView;
  readonly events: ClientEvent[];
  /** The symbol, tick 0.1, lot 0.001; at the start its price is 50,000. */
  readonly btc: string;
  /** As a session does; where there is nothing to connect to it is made sure that the client says so. */
  connect(): Promise<unknown>;
  /** Requests of any kind that have left. */
  sent(): number;
  /** Waits until something has been told. */
  told<T>(find: (event: ClientEvent) => T | undefined | false): Promise<T>;
  stop(): Promise<void>;
}

/** A client that speaks to a local server. */
export interface WiredRig extends Rig {
  readonly server: LocalVenue;
  readonly submitPath: string;
  readonly cancelPath: string;
  /** Requests that asked for an order. */
  orderRequests(): number;
  /** The venue does not take our keys any more. */
  revoke(): void;
  /** Orders are found by no query until so long after they were taken. */
  lag(ms: number): void;
  /** A body with which the venue would say something, with a text of its choice in it. */
  says(text: string): string;
  /** What must be nowhere. */
  readonly secrets: readonly string[];
}

/** One that can be looked into in everything, and traded at by a stranger. */
export interface BookRig extends WiredRig {
  readonly book: Book;
}

export interface RigOptions {
  readonly timeoutMs?: number;
  readonly wallet?: number;
}

/** The documentation's own demonstration account. */
export const ASTER_USER = '0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e';
export const ASTER_SIGNER = '0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0';
export const DEMO_KEY = '0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1';
const V1_KEY = 'dbefbc809e3e83c283a984c3a1459732ea7db1360ca80c5c2c8867408d28cc83';
const V1_SECRET = '2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9';

export async function asterRig(version: 'v3' | 'v1', options: RigOptions = {}): Promise<BookRig> {
  const { timeoutMs = 5000, wallet = 100_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-aster-'));
  const about = { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: V1_KEY, secretKey: V1_SECRET };
  const symbols = { BTCUSDT: { tickSize: 0.1, lotSize: 0.001 } };
  const { server, account } = await startAsterAccount({ symbols }, { ...about, wallet });
  account.book.setPrice('BTCUSDT', 50_000);
  const keys =
    version === 'v3'
      ? { kind: 'v3' as const, user: ASTER_USER, privateKey: new Secret(DEMO_KEY) }
      : { kind: 'v1' as const, apiKey: new Secret(V1_KEY), secretKey: new Secret(V1_SECRET) };
  const tape = tapeOf();
  const client = openAsterClient({
    ...COMMON,
    keys,
    symbols: ['BTCUSDT'],
    hosts: server.hosts,
    tell: tape.tell,
    stateFolder: folder,
    timeoutMs,
  });
  const path = `/fapi/${version}/order`;
  return {
    client,
    server,
    book: account.book,
    events: tape.events,
    told: tape.told,
    btc: 'BTCUSDT',
    connect: () => client.connect(),
    sent: () => server.requests.length,
    submitPath: `POST ${path}`,
    cancelPath: `DELETE ${path}`,
    orderRequests: () =>
      server.requests.filter((one) => one.method === 'POST' && one.path === path).length,
    revoke: () => {
      account.auth.isRevoked = true;
    },
    lag: (ms) => {
      account.visibilityLagMs = ms;
    },
    says: (text) => JSON.stringify({ code: -1102, msg: `Parameter ${text} was wrong` }),
    secrets: version === 'v3' ? [DEMO_KEY.slice(2)] : [V1_KEY, V1_SECRET],
    async stop() {
      await client.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function hyperliquidRig(options: RigOptions = {}): Promise<BookRig> {
  const { timeoutMs = 5000, wallet = 100_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-hyperliquid-'));
  const symbols = { BTCUSDC: { lotSize: 0.001 } };
  const about = { user: ASTER_USER, agents: [ASTER_SIGNER], wallet };
  const { server, account } = await startHyperliquidAccount({ symbols }, about);
  account.book.setPrice('BTCUSDC', 50_000);
  const tape = tapeOf();
  const client = openHyperliquidClient({
    ...COMMON,
    keys: { account: ASTER_USER, privateKey: new Secret(DEMO_KEY) },
    symbols: ['BTCUSDC'],
    hosts: server.hosts,
    tell: tape.tell,
    stateFolder: folder,
    timeoutMs,
  });
  const actions = () => server.requests.filter(({ path }) => path === '/exchange');
  return {
    client,
    server,
    book: account.book,
    events: tape.events,
    told: tape.told,
    btc: 'BTCUSDC',
    connect: () => client.connect(),
    sent: () => server.requests.length,
    submitPath: 'POST /exchange',
    cancelPath: 'POST /exchange',
    orderRequests: () => actions().filter(({ body }) => body.includes('"type":"order"')).length,
    revoke: () => {
      account.isRevoked = true;
    },
    lag: (ms) => {
      account.visibilityLagMs = ms;
    },
    says: (text) => JSON.stringify({ status: 'err', response: `what is ${text}` }),
    secrets: [DEMO_KEY.slice(2)],
    async stop() {
      await client.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const COMMON = { clock: machineClock, connect: connectSocket, random: () => 0 };

/** Everything a client tells, and a way to wait for it. */
export function tapeOf(): Pick<Rig, 'events' | 'told'> & { tell(event: ClientEvent): void } {
  const events: ClientEvent[] = [];
  let wake = () => {};
  return {
    events,
    tell(event) {
      events.push(event);
      wake();
    },
    async told(find) {
      for (let k = 0; ; k++) {
        while (k < events.length) {
          const found = find(events[k]!);
          if (found !== undefined && found !== false) return found;
          k++;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        k--;
      }
    },
  };
}

export const isUp = (event: ClientEvent) => event.kind === 'stream' && event.isUp;

/** A fill of this order, or undefined. */
export const fillOf = (clientId: string) => (event: ClientEvent) =>
  event.kind === 'fill' && event.fill.clientId === clientId ? event.fill : undefined;

/** A report of this order in this state. */
export const stateOf = (clientId: string, status: OrderReport['status']) => (event: ClientEvent) =>
  event.kind === 'order' && event.order.clientId === clientId && event.order.status === status
    ? event.order
    : undefined;

/** Fills by their id, each once, as they were told. */
export function fillsTold(events: readonly ClientEvent[]): Map<string, FillReport> {
  const byId = new Map<string, FillReport>();
  for (const event of events) {
    if (event.kind === 'fill') byId.set(event.fill.tradeId, event.fill);
  }
  return byId;
}

let made = 0;

/** A buy of 0.01 at the market, or what is said otherwise. */
export function wish(
  rig: Pick<Rig, 'client' | 'btc'>,
  change: Partial<OrderRequest> = {},
): OrderRequest {
  return {
    clientId: rig.client.clientId(`run1-${++made}`),
    symbol: rig.btc,
    side: 1,
    type: 'market',
    qty: 0.01,
    timeInForce: 'gtc',
    limitPrice: rig.client.capabilities.marketBound === 'needed' ? 52_000 : Number.NaN,
    triggerPrice: Number.NaN,
    expiresMs: Number.NaN,
    postOnly: false,
    reduceOnly: false,
    trailFraction: Number.NaN,
    activationPrice: Number.NaN,
    notionalUsd: 500,
    ...change,
  };
}

/** Ways to send a wish of a rig that is made before each test. */
export function submitting(rig: () => Pick<Rig, 'client' | 'btc'>) {
  const submit = async (change: Partial<OrderRequest> = {}) => {
    const request = wish(rig(), change);
    return { request, outcome: await rig().client.submit(request) };
  };
  const limit = (limitPrice: number, change: Partial<OrderRequest> = {}) =>
    submit({ type: 'limit', limitPrice, ...change });
  return { submit, limit };
}

/** The venue's id of what must have been taken. */
export function accepted(outcome: Outcome): string {
  expect(outcome).toMatchObject({ kind: 'accepted' });
  return outcome.kind === 'accepted' ? outcome.venueOrderId : '';
}

/** How an order is named at its venue. */
export function nameOf(
  { capabilities }: Pick<VenueClient, 'capabilities'>,
  { clientId }: OrderRequest,
  outcome: Outcome,
): OrderName {
  if (capabilities.clientIds !== 'none') return { clientId };
  return { venueOrderId: outcome.kind === 'accepted' ? outcome.venueOrderId : '' };
}

/** Every client with an order book that speaks over a wire and reports everything. */
export const RIGS: readonly Opens<BookRig>[] = [
  { id: 'aster', open: (options) => asterRig('v3', options) },
  { id: 'aster with an API key of V1', open: (options) => asterRig('v1', options) },
  { id: 'hyperliquid', open: hyperliquidRig },
];

export interface Opens<T extends Rig> {
  readonly id: string;
  readonly open: (options?: RigOptions) => Promise<T>;
}
