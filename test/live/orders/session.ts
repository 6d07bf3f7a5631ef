// The orders' side of a session alone: a port over one venue of venue.ts, in virtual time.

import type { Command } from '../../../engine/event.ts';
import { type Order, PLAIN } from '../../../engine/execution/order.ts';
import type { Intent } from '../../../engine/intent.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import type { VenueEvent } from '../../../live/inbox.ts';
import { limitsFor } from '../../../live/orders/limits.ts';
import { OrderPort, type OrderPortParts } from '../../../live/orders/port.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import { orderOf } from '../../support/order.ts';
import type { VirtualClock } from '../../support/socket.ts';
import { SimClient } from './client.ts';
import type { SimVenue } from './venue.ts';

/**
 * A session that has begun at a venue, without a kernel, after what an earlier process recorded; its client too,
 * to be killed, and what it says and is told.
 */
export async function session(
  clock: VirtualClock,
  venue: SimVenue,
  changes: Partial<OrderPortParts> = {},
  recorded: readonly (VenueEvent | Intent)[] = [],
) {
  let client: SimClient | undefined;
  const parts: OrderPortParts = {
    open: (id, tell) => {
      client = new SimClient(id, venue, tell);
      return client;
    },
    instruments: venue.instruments,
    primaries: [0],
    clock,
    safety: new Safety({ read: () => null, write: () => {} }),
    limits: () => limitsFor(10_000, 1, DEFAULT_LIMITS.guard),
    leverage: 1,
    margin: { mode: 'cross', leverage: 20 },
    sessionId: 's',
    capitalUsd: 10_000,
    maxDrawdown: 0.9,
    expiresMs: Number.POSITIVE_INFINITY,
    ...changes,
  };
  const said: Command[] = [];
  const told: VenueEvent[] = [];
  const view = {
    note: () => {},
    say: (command: Command) => said.push(command),
    equityUsd: () => 10_000,
  };
  const port = new OrderPort(parts, (event) => void told.push(event), view);
  for (const line of recorded) {
    if (isIntent(line)) port.carryOut([line]);
    else port.recall(line);
  }
  await clock.until(port.begin(), MINUTE_MS);
  return { port, client: client!, said, told };
}

const INTENTS: readonly string[] = ['submit-order', 'cancel-order', 'amend-order'];

function isIntent(line: VenueEvent | Intent): line is Intent {
  return INTENTS.includes(line.kind);
}

/** Buys 5 of leg 0 at the market, or what is said otherwise; a stop 5 % below its fill sleeps with us. */
export function entryWithStop(nowMs: number, changes: Partial<Order> = {}): [Order, Order] {
  const order = orderOf({ qty: 5, createdMs: nowMs, ...changes });
  const stop: Partial<Order> = {
    id: order.id + 1,
    side: -1,
    type: 'stop-market',
    purpose: 'stop',
    reduceOnly: true,
    terms: PLAIN,
    qty: Number.NaN,
    distance: 0.05,
    attachedTo: order.id,
    status: 'dormant',
  };
  return [order, { ...order, ...stop }];
}
