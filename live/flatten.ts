// Everything at a venue taken back and closed, now: for the day on which nothing else works. It needs a
// venue's client and nothing more: no store, no journal, no lock, no kernel.
//
//   what is there -> every order taken back -> every position closed, reduce-only -> look again
//
// Looking is the only proof. What takes risk away may be sent again after each look: a reduce-only order
// cannot turn a position around, however often it arrives.

import type { Instrument } from '../engine/market/instrument.ts';
import { roundPriceTowards, roundQty } from '../engine/market/instrument.ts';
import type { Clock } from './clock.ts';
import { textOf } from './orders/legs.ts';
import type { OrderReport, PositionReport, VenueClient } from './venues/port.ts';

export interface FlattenParts {
  /** Opens the venue for these symbols; called once to look, and once to act. */
  readonly open: (symbols: readonly string[]) => Promise<VenueClient>;
  /** null = every symbol that has an order or a position. */
  readonly symbols: readonly string[] | null;
  readonly clock: Clock;
  /** How long it tries, ms. */
  readonly patienceMs: number;
  /** What happens, a line at a time. */
  readonly say: (text: string) => void;
}

export interface Flattened {
  readonly isFlat: boolean;
  readonly ordersTakenBack: number;
  readonly positionsClosed: number;
  /** What is left, as it was seen last. */
  readonly orders: readonly OrderReport[];
  readonly positions: readonly PositionReport[];
}

/** How far from the mark a close may fill: it must fill. */
const BOUND = 0.05;
const PAUSE_MS = 500;

/** Throws VenueFault or InputError when the venue cannot even be looked at. */
export async function flatten(parts: FlattenParts): Promise<Flattened> {
  const symbols = parts.symbols ?? (await symbolsThere(parts));
  if (symbols.length === 0) {
    return { isFlat: true, ordersTakenBack: 0, positionsClosed: 0, orders: [], positions: [] };
  }
  const client = await parts.open(symbols);
  try {
    await client.connect();
    const rules = await client.instruments(symbols);
    return await closeAll(parts, client, new Map(rules.map((one) => [one.symbol, one])));
  } finally {
    await client.close();
  }
}

async function symbolsThere({ open }: FlattenParts): Promise<string[]> {
  const client = await open([]);
  try {
    await client.connect();
    const { orders, positions } = await look(client);
    return [...new Set([...orders, ...positions].map(({ symbol }) => symbol))].sort();
  } finally {
    await client.close();
  }
}

async function look(client: VenueClient) {
  const orders = client.capabilities.reportsOrders ? await client.openOrders() : [];
  return { orders, positions: await client.positions() };
}

async function closeAll(
  { clock, patienceMs, say }: FlattenParts,
  client: VenueClient,
  rules: ReadonlyMap<string, Instrument>,
): Promise<Flattened> {
  const untilMs = clock.monotonicMs() + patienceMs;
  const isOurs = ({ symbol }: { readonly symbol: string }) => rules.has(symbol);
  const first = await look(client);
  const counts = {
    ordersTakenBack: first.orders.filter(isOurs).length,
    positionsClosed: first.positions.filter(isOurs).length,
  };
  let orders = first.orders.filter(isOurs);
  let positions = first.positions.filter(isOurs);
  for (let round = 0; orders.length + positions.length > 0; round++) {
    try {
      for (const symbol of new Set(orders.map((one) => one.symbol))) {
        say(`${symbol}: takes back ${orders.filter((one) => one.symbol === symbol).length} orders`);
        told(say, symbol, await client.cancelAll(symbol));
      }
      const marks = await client.marks(positions.map(({ symbol }) => symbol));
      for (const position of positions) {
        const instrument = rules.get(position.symbol)!;
        const mark = marks.get(position.symbol) ?? position.markPrice;
        await close(client, position, instrument, mark, round, clock.nowMs(), say);
      }
      await clock.sleep(PAUSE_MS);
      const now = await look(client);
      orders = now.orders.filter(isOurs);
      positions = now.positions.filter(isOurs);
    } catch (error) {
      // Half of it may be done: what is left is tried again as long as there is patience.
      say(`cannot be asked: ${textOf(error)}`);
      await clock.sleep(PAUSE_MS);
    }
    if (clock.monotonicMs() >= untilMs) break;
  }
  const isFlat = orders.length + positions.length === 0;
  return { isFlat, ...counts, orders, positions };
}

async function close(
  client: VenueClient,
  { symbol, qty }: PositionReport,
  instrument: Instrument,
  mark: number,
  round: number,
  nowMs: number,
  say: (text: string) => void,
): Promise<void> {
  const side = qty > 0 ? -1 : 1;
  const isBound = client.capabilities.marketBound === 'needed';
  say(`${symbol}: closes ${qty}`);
  const outcome = await client.submit({
    clientId: client.clientId(`flatten:${symbol}:${nowMs}:${round}`),
    symbol,
    side,
    type: 'market',
    qty: roundQty(instrument, Math.abs(qty) + instrument.lotSize / 2),
    timeInForce: isBound ? 'ioc' : 'gtc',
    limitPrice: isBound
      ? roundPriceTowards(instrument, mark * (1 + side * BOUND), side)
      : Number.NaN,
    triggerPrice: Number.NaN,
    expiresMs: Number.NaN,
    postOnly: false,
    reduceOnly: true,
    trailFraction: Number.NaN,
    activationPrice: Number.NaN,
    notionalUsd: Math.abs(qty) * mark,
  });
  if (outcome.kind !== 'accepted') say(`${symbol}: ${outcome.code} ${outcome.text}`);
}

function told(
  say: (text: string) => void,
  symbol: string,
  outcome: { kind: string; code?: string },
) {
  if (outcome.kind !== 'accepted') say(`${symbol}: ${outcome.code}`);
}
