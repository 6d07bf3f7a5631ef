// Looks after what a session has left at one venue: takes entries back, whoever sent them, and sees that
// what is held is covered by stops that rest there. Looking is the only proof, as in flatten.ts.
//
// Invariant: nothing is sent here that could add risk, and no protection is taken back.

import type { Instrument } from '../../engine/market/instrument.ts';
import type { Clock } from '../clock.ts';
import { textOf } from '../orders/legs.ts';
import type { OrderReport, PositionReport, VenueClient } from '../venues/port.ts';

export interface Relief {
  /** Entries that were there and are not any more, by the venue's own ids. */
  readonly takenBack: readonly string[];
  /** Orders that only reduce, left as they are. */
  readonly kept: number;
  readonly positions: readonly PositionReport[];
  /** Those that no resting stop covers whole. */
  readonly unprotected: readonly PositionReport[];
}

const PAUSE_MS = 500;
/** A request that has no known life is waited for no longer. */
const LONGEST_LIFE_MS = 60_000;
const STOPS = new Set(['stop-market', 'stop-limit', 'trailing-stop']);

/**
 * Resolves when the venue lists no entry of these symbols, asked after nothing of the session's can come
 * any more. `quietMs`: so long has it sent nothing. Throws VenueFault when it cannot be asked: then call
 * it again.
 */
export async function relieve(
  client: VenueClient,
  symbols: readonly string[],
  quietMs: number,
  clock: Clock,
  say: (text: string) => void,
): Promise<Relief> {
  const { requestLifeMs, visibilityLagMs } = client.capabilities;
  // What left before it died arrives by then, or never.
  const lifeMs = Math.min(requestLifeMs + visibilityLagMs, LONGEST_LIFE_MS);
  const finalMs = clock.monotonicMs() - quietMs + lifeMs;
  const isOurs = ({ symbol }: { readonly symbol: string }) => symbols.includes(symbol);
  const takenBack = new Set<string>();
  for (;;) {
    const lookedMs = clock.monotonicMs();
    const orders = (await client.openOrders()).filter(isOurs);
    const entries = orders.filter(({ reduceOnly }) => !reduceOnly);
    if (entries.length === 0 && lookedMs >= finalMs) {
      const positions = (await client.positions()).filter(isOurs);
      const rules = await client.instruments(symbols);
      const lots = new Map(rules.map((one) => [one.symbol, one]));
      const unprotected = positions.filter((one) => !isCovered(one, orders, lots.get(one.symbol)!));
      return { takenBack: [...takenBack], kept: orders.length, positions, unprotected };
    }
    for (const { symbol, venueOrderId } of entries) {
      takenBack.add(venueOrderId);
      say(`${symbol}: takes entry ${venueOrderId} back`);
      const outcome = await client.cancel(symbol, { venueOrderId });
      // `not-found` = it ended by itself.
      if (outcome.kind !== 'accepted') say(`${symbol}: ${outcome.code} ${textOf(outcome.text)}`);
    }
    await clock.sleep(PAUSE_MS);
  }
}

/** Stops on the other side add up to the whole position. */
function isCovered(
  { symbol, qty }: PositionReport,
  orders: readonly OrderReport[],
  { lotSize }: Instrument,
): boolean {
  const stops = orders.filter((one) => {
    return one.symbol === symbol && one.side * qty < 0 && STOPS.has(one.type);
  });
  const covered = stops.reduce((sum, one) => sum + one.qty - one.filledQty, 0);
  return covered > Math.abs(qty) - lotSize / 2;
}
