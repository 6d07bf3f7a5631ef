// What an order costs on its way out, in a process of its own; prints one JSON document.
//
//   order-to-wire-<venue>-p99   from `submit` of a decided order to the last byte handed to the machine's
//                               socket: rules, allowance, nonce, signature, HTTP; a local venue, no network
//
//   node bench/orders.ts

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineClock } from '../live/clock.ts';
import { connectSocket } from '../live/feeds/socket.ts';
import { openAsterClient } from '../live/venues/aster/client.ts';
import { openHyperliquidClient } from '../live/venues/hyperliquid/client.ts';
import type { OrderRequest, VenueClient } from '../live/venues/port.ts';
import { Secret } from '../live/venues/secret.ts';
import { startAsterAccount } from '../test/support/venues/aster-server.ts';
import type { Book } from '../test/support/venues/book.ts';
import { startHyperliquidAccount } from '../test/support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../test/support/venues/local-venue.ts';
import type { LiveFigure } from './live.ts';

/** Clients one after the other, for each has an allowance of its own, and orders of each. */
const CLIENTS = 8;
const ORDERS = 100;
/** The first ones of a client warm the machine's compiler and the connection up. */
const WARM_ORDERS = 20;
/** Of the local venue: several clients are one IP. */
const weightLimit = 1e9;
/** The demonstration account of Aster's documentation. */
const USER = '0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e';
const SIGNER = '0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0';
const KEY = '0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1';

interface Venue {
  readonly id: string;
  readonly symbol: string;
  readonly server: LocalVenue;
  readonly book: Book;
  open(folder: string, onSent: () => void): VenueClient;
}

async function aster(): Promise<Venue> {
  const about = { user: USER, signer: SIGNER };
  const { server, account } = await startAsterAccount(
    { symbols: { BTCUSDT: {} }, weightLimit },
    about,
  );
  const keys = { kind: 'v3', user: USER, privateKey: new Secret(KEY) } as const;
  return {
    id: 'aster',
    symbol: 'BTCUSDT',
    server,
    book: account.book,
    open: (folder, onSent) =>
      openAsterClient({ ...common(server, folder, onSent), symbols: ['BTCUSDT'], keys }),
  };
}

async function hyperliquid(): Promise<Venue> {
  const about = { user: USER, agents: [SIGNER] };
  const { server, account } = await startHyperliquidAccount(
    { symbols: { BTCUSDC: {} }, weightLimit },
    about,
  );
  const keys = { account: USER, privateKey: new Secret(KEY) };
  return {
    id: 'hyperliquid',
    symbol: 'BTCUSDC',
    server,
    book: account.book,
    open: (folder, onSent) =>
      openHyperliquidClient({ ...common(server, folder, onSent), symbols: ['BTCUSDC'], keys }),
  };
}

function common(server: LocalVenue, stateFolder: string, onSent: () => void) {
  const { hosts } = server;
  const tell = () => {};
  return { hosts, stateFolder, onSent, tell, clock: machineClock, connect: connectSocket };
}

async function figureOf(venue: Venue, root: string): Promise<LiveFigure> {
  const { id, symbol, server, book } = venue;
  book.setPrice(symbol, 50_000);
  const waits: number[] = [];
  for (let c = 0; c < CLIENTS; c++) {
    let sentMs = Number.NaN;
    const client = venue.open(join(root, `${id}-${c}`), () => {
      sentMs = performance.now();
    });
    await client.connect();
    for (let k = 0; k < ORDERS; k++) {
      const request = order(client.clientId(`bench-${c}-${k}`), symbol, 40_000 - k);
      const startMs = performance.now();
      const outcome = await client.submit(request);
      if (outcome.kind !== 'accepted') throw new Error(`${id}: ${JSON.stringify(outcome)}`);
      if (k < WARM_ORDERS) continue;
      waits.push(sentMs - startMs);
    }
    book.cancelAll();
    await client.close();
  }
  await server.stop();
  const at = (all: number[], share: number) => {
    const sorted = all.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) * share)]!;
  };
  const text = [0.5, 0.99, 1].map((share) => at(waits, share).toFixed(2)).join(' / ');
  return {
    name: `order-to-wire-${id}-p99`,
    value: at(waits, 0.99),
    unit: 'ms',
    target: 5,
    detail: `p50 / p99 / max ${text} ms over ${waits.length} orders`,
    ratioToFloor: null,
  };
}

function order(clientId: string, symbol: string, limitPrice: number): OrderRequest {
  return {
    clientId,
    symbol,
    side: 1,
    type: 'limit',
    qty: 0.01,
    timeInForce: 'gtc',
    limitPrice,
    triggerPrice: Number.NaN,
    expiresMs: Number.NaN,
    postOnly: false,
    reduceOnly: false,
    trailFraction: Number.NaN,
    activationPrice: Number.NaN,
    notionalUsd: 400,
  };
}

const root = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const figures = [await figureOf(await aster(), root), await figureOf(await hyperliquid(), root)];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
