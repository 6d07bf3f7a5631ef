// Venues that are no exchanges with everything: Symphony over its wire, and Drift as far as its program.

import { expect } from 'vitest';
import { openDriftClient } from '../../../live/venues/drift/client.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { openSymphonyClient } from '../../../live/venues/symphony/client.ts';
import type { Book } from '../../support/venues/book.ts';
import { LocalProgram } from '../../support/venues/drift-program.ts';
import { startSymphonyServer } from '../../support/venues/symphony-server.ts';
import {
  type BookView,
  COMMON,
  type Opens,
  RIGS,
  type Rig,
  type RigOptions,
  tapeOf,
  type WiredRig,
} from './rig.ts';

const AGENT = '8d1f6b1e-1f6a-4f5e-9d57-0a4a2a4f3c11';
const API_KEY = 'sk_live_canary0123456789';

export async function symphonyRig(options: RigOptions = {}): Promise<WiredRig> {
  const { timeoutMs = 5000, wallet = 100_000 } = options;
  const { server, agent } = await startSymphonyServer(API_KEY, AGENT, wallet);
  agent.book.setPrice('BTC', 50_000);
  const tape = tapeOf();
  const client = openSymphonyClient({
    ...COMMON,
    keys: { apiKey: new Secret(API_KEY), agentId: AGENT },
    kind: 'perps',
    sizing: { collateralUsd: wallet, leverage: 2 },
    symbols: ['BTCUSDC'],
    tell: tape.tell,
    hosts: server.hosts,
    timeoutMs,
  });
  const posts = (path: string) => server.requests.filter((one) => one.path === path);
  return {
    client,
    server,
    book: viewOf(agent.book, 'BTC'),
    events: tape.events,
    told: tape.told,
    btc: 'BTCUSDC',
    connect: () => client.connect(),
    sent: () => server.requests.length,
    submitPath: 'POST /agent/batch-open',
    cancelPath: 'POST /agent/batch-close',
    orderRequests: () => posts('/agent/batch-open').length,
    revoke: () => {
      agent.isRevoked = true;
    },
    lag: () => {},
    says: (text) => JSON.stringify({ message: `what is ${text}` }),
    secrets: [API_KEY],
    async stop() {
      await client.close();
      await server.stop();
    },
  };
}

/** Whole units of BASE 1e9 and PRICE 1e6: lots of 0.001, ticks of 0.1, and two lots at least. */
const BTC_PERP = { index: 1, stepSize: 1_000_000n, tickSize: 100_000n, minOrderSize: 2_000_000n };

export async function driftRig(): Promise<Rig> {
  const tape = tapeOf();
  const program = new LocalProgram('BTCUSDC', BTC_PERP, Date.now, 100_000);
  program.book.setPrice('BTCUSDC', 50_000);
  const client = openDriftClient({
    program,
    markets: { BTCUSDC: BTC_PERP },
    nowMs: Date.now,
    orderLifeMs: 3_600_000,
  });
  return {
    client,
    book: viewOf(program.book, 'BTCUSDC'),
    events: tape.events,
    told: tape.told,
    btc: 'BTCUSDC',
    connect: () => expect(client.connect()).rejects.toThrow(/paused/),
    sent: () => program.count,
    stop: () => client.close(),
  };
}

/** A book under the name that it has there. */
function viewOf(book: Book, name: string): BookView {
  return {
    setPrice: (_, price, depth) => book.setPrice(name, price, depth),
    log: book.log,
    fills: book.fills,
    open: () => book.open(),
  };
}

/** Every client that speaks over a wire. */
export const WIRED: readonly Opens<WiredRig>[] = [...RIGS, { id: 'symphony', open: symphonyRig }];
