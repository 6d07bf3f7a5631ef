// What must hold whatever venues, networks and processes do, checked against the venues' own logs.

import { isOver as hasEnded, type OrderType } from '../../../engine/execution/order.ts';
import type { TruthOrder } from './venue.ts';
import type { World } from './world.ts';

/** What protects a position: ours, or the venue's own. */
const STOPS: readonly OrderType[] = ['stop-market', 'trailing-stop'];

/** Everything that is broken at the end, in words; empty = all promises were kept. */
export function brokenAtEnd(world: World): string[] {
  return [...doubled(world), ...lostFills(world), ...unequal(world), ...unfinished(world)];
}

/** P1: an order never led to more than it wanted, and never to two that could fill at once. */
function doubled({ venues }: World): string[] {
  const found: string[] = [];
  for (const venue of venues) {
    const byOrder = Map.groupBy(venue.truth, ({ request }) =>
      request.clientId.replace(/\.\d+$/, ''),
    );
    for (const [id, orders] of byOrder) {
      const entries = orders.filter(({ request }) => !request.reduceOnly);
      if (entries.length > 1) found.push(`P1 ${id} was taken ${entries.length} times`);
      const filled = orders.reduce((sum, { filledQty }) => sum + filledQty, 0);
      const sizes = new Set(orders.map(({ request }) => request.qty));
      // A stop that grows rests twice for a moment, and is clamped to the position by the venue.
      if (entries.length === 0 && sizes.size > 1) continue;
      const wanted = Math.max(...sizes);
      if (filled > wanted + 1e-9) found.push(`P1 ${id} filled ${filled} of ${wanted}`);
    }
  }
  return found;
}

/** P2: every fill of a venue was told exactly once. */
function lostFills({ venues, answers, kernel }: World): string[] {
  const found: string[] = [];
  const told = new Map<string, number>();
  for (const event of answers) {
    if (!('tradeId' in event)) continue;
    const leg = 'leg' in event ? event.leg : kernel.desk.log.columns.leg[event.orderId - 1]!;
    const name = `${leg} ${event.tradeId}`;
    told.set(name, (told.get(name) ?? 0) + 1);
  }
  venues.forEach((venue, leg) => {
    for (const { tradeId, clientId } of venue.fills) {
      const times = told.get(`${leg} ${tradeId}`) ?? 0;
      const isWrong = clientId === null ? times > 1 : times !== 1;
      if (isWrong) found.push(`P2 ${leg} ${tradeId} told ${times} times`);
    }
  });
  return found;
}

/** P3: kernel and venue hold the same. */
function unequal({ venues, kernel }: World): string[] {
  return venues.flatMap((venue, leg) => {
    const theirs = venue.positions.get('A') ?? 0;
    const ours = kernel.portfolio.positions[leg]!.qty;
    return Math.abs(theirs - ours) < 0.005 ? [] : [`P3 leg ${leg}: venue ${theirs}, ours ${ours}`];
  });
}

/** P14: nothing is on its way or unknown any more, and a position has exactly one stop at its venue. */
function unfinished({ venues, kernel }: World): string[] {
  const found: string[] = [];
  venues.forEach((venue, leg) => {
    const held = venue.positions.get('A') ?? 0;
    const isStop = ({ request }: TruthOrder) => STOPS.includes(request.type);
    const resting = venue.open().filter(isStop);
    const others = venue.open().filter((order) => !isStop(order));
    if (others.length > 0) found.push(`P14 leg ${leg}: ${others.length} orders that are no stops`);
    const covered = resting.reduce((sum, { request }) => sum + request.qty, 0);
    const more = covered - Math.abs(held);
    // The venue's own stop may be for more than is left: it only reduces.
    const isOwn = resting.length === 1 && resting[0]!.request.type === 'trailing-stop';
    if (held !== 0 && (isOwn ? -more : Math.abs(more)) > 0.005) {
      found.push(`P14 leg ${leg}: ${held} is covered by ${resting.length} stops of ${covered}`);
    }
    if (held === 0 && resting.length > 0) found.push(`P14 leg ${leg}: stops without a position`);
  });
  for (let id = 1; id <= kernel.desk.log.length; id++) {
    const order = kernel.desk.after(id - 1);
    if (order === undefined || hasEnded(order)) continue;
    const isResting = order.status === 'open' || order.status === 'partly-filled';
    if (STOPS.includes(order.type) && isResting) continue;
    found.push(`P14 order ${id} ${order.purpose} ${order.type} is ${order.status}`);
  }
  return found;
}

/** What an entry may not do at the moment at which it leaves; `venue` of the world's. */
export function brokenByEntry(world: World, venue: number, usd: number): string[] {
  const found: string[] = [];
  const { kernel, venues, clients, mostUsd } = world;
  const [client, own] = [clients[venue]!, venues[venue]!];
  // P4: keys that were refused have halted it, for this process and the next ones.
  if (own.wasDenied) found.push('P4 an entry left although trading was halted');
  // P5: no entry goes where the breaker is not closed, as a probe or otherwise.
  const { mode } = kernel.routing.breakers[venue]!.toState();
  if (mode !== 'closed') found.push(`P5 an entry left while the breaker was ${mode}`);
  // P9: a number that is none stands for a limit that nobody can have checked.
  for (const [name, value] of [
    ['free', client.freeUsd],
    ['skew', client.skewMs],
  ] as const) {
    if (!Number.isFinite(value)) found.push(`P9 an entry left while ${name} was ${value}`);
  }
  // P10: held, open and this one, at the venues' own prices.
  const openUsd = venues.reduce((sum, one) => {
    const price = one.prices.get('A')!;
    const entries = one.open().filter(({ request }) => !request.reduceOnly);
    const waiting = entries.reduce((qty, { request }) => qty + request.qty, 0);
    return sum + (Math.abs(one.positions.get('A') ?? 0) + waiting) * price;
  }, usd);
  if (openUsd > mostUsd) found.push(`P10 ${openUsd.toFixed(0)} USD of ${mostUsd} may be open`);
  return found;
}
