// Looks after what a session has left at one venue: takes entries back, whoever sent them, and sees that
// what is held is covered by stops that rest there, and go on resting. Looking is the only proof, as in
// flatten.ts.
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
const STOPS = new Set(['stop-market', 'stop-limit', 'trailing-stop']);

/**
 * Resolves when the venue lists no entry of these symbols. What was sent before and has not arrived may
 * still come: call it again. Throws VenueFault when it cannot be asked.
 */
export async function relieve(
  client: VenueClient,
  symbols: readonly string[],
  clock: Clock,
  say: (text: string) => void,
): Promise<Relief> {
  const isOurs = ({ symbol }: { readonly symbol: string }) => symbols.includes(symbol);
  const takenBack = new Set<string>();
  for (;;) {
    const orders = (await client.openOrders()).filter(isOurs);
    const entries = orders.filter(({ reduceOnly }) => !reduceOnly);
    if (entries.length === 0) {
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

/**
 * Disarms the venue's own switch where it would take stops as well: a session arms it while only its
 * entries rest, and may be gone before it could disarm it. False = the venue did not say that it is off.
 */
export async function disarm(
  client: VenueClient,
  symbols: readonly string[],
  say: (text: string) => void,
): Promise<boolean> {
  const { deadMan } = client.capabilities;
  if (!deadMan?.takesStops) return true;
  let isOff = true;
  for (const symbol of deadMan.scope === 'account' ? symbols.slice(0, 1) : symbols) {
    const outcome = await client.deadMan(symbol, 0);
    if (outcome.kind === 'accepted') continue;
    // Where it may not be used, nobody has armed it.
    if (outcome.kind === 'refused' && outcome.code === 'unsupported') continue;
    say(`${symbol}: its switch may fire: ${outcome.code} ${textOf(outcome.text)}`);
    isOff = false;
  }
  return isOff;
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
