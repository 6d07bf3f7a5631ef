// The orders that a client knows to be open, so that after a gap in its stream it can ask for those of
// which nothing was heard: what ended unseen is in no list of open orders.

import type { ClientEvent, OrderReport, VenueClient } from './port.ts';

const ENDED = new Set(['filled', 'cancelled', 'expired', 'rejected']);

export class KnownOrders {
  /** Client id -> symbol. */
  readonly #open = new Map<string, string>();

  /** From here on it may be there. */
  add(symbol: string, clientId: string): void {
    this.#open.set(clientId, symbol);
  }

  /** It was refused for certain. */
  drop(clientId: string): void {
    this.#open.delete(clientId);
  }

  hear(event: ClientEvent): void {
    if (event.kind !== 'order') return;
    const { clientId, status } = event.order;
    if (clientId !== null && ENDED.has(status)) this.#open.delete(clientId);
  }

  /**
   * Everything that a gap since `sinceMs` may have hidden: the open orders, the known ones that are not
   * among them, each asked for alone, and the fills. Throws what the client's reads throw.
   */
  async catchUp(
    client: Pick<VenueClient, 'openOrders' | 'order' | 'fills'>,
    symbols: readonly string[],
    sinceMs: number,
    signal: AbortSignal,
  ): Promise<readonly ClientEvent[]> {
    const events: ClientEvent[] = [];
    const tell = (order: OrderReport) => events.push({ kind: 'order', order });
    const asked = new Map(this.#open);
    for (const symbol of symbols) {
      for (const order of await client.openOrders(symbol, signal)) {
        if (order.clientId !== null) asked.delete(order.clientId);
        tell(order);
      }
    }
    for (const [clientId, symbol] of asked) {
      const order = await client.order(symbol, clientId, signal);
      // An order that is not there may have been refused, or not be visible yet: nothing is said of it.
      if (order !== null) tell(order);
    }
    for (const symbol of symbols) {
      for (const fill of await client.fills(symbol, sinceMs, signal)) {
        events.push({ kind: 'fill', fill });
      }
    }
    return events;
  }
}
