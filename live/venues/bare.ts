// A venue that takes orders and tells nothing: where a client begins whose venue has little, and adds what
// there is. What cannot be asked is a VenueFault, what cannot be done is refused unsent.

import { VenueFault } from '../../data/venues/contract.ts';
import type { OrderType } from '../../engine/execution/order.ts';
import type { Capabilities, OrderRequest, Outcome, VenueClient } from './port.ts';
import { refused } from './sender.ts';

/** Every type but the venue's own trailing stop. */
export const UNTRAILED: readonly OrderType[] = Object.freeze([
  'market',
  'limit',
  'stop-market',
  'stop-limit',
  'take-profit-market',
  'take-profit-limit',
]);

export const BARE: Omit<Capabilities, 'orderTypes' | 'timesInForce'> = Object.freeze({
  postOnly: false,
  reduceOnly: true,
  marketBound: 'none' as const,
  clientIds: 'none' as const,
  resends: false,
  batch: 1,
  amend: false,
  subAccounts: false,
  deadMan: null,
  reportsOrders: false,
  reportsPositions: false,
  reportsFunding: false,
  setsMargin: false,
  userStream: false,
  reportsMarks: false,
  hasGrid: false,
  requestLifeMs: Number.POSITIVE_INFINITY,
  visibilityLagMs: Number.POSITIVE_INFINITY,
});

export type Bare = Omit<VenueClient, 'id' | 'capabilities' | 'submit' | 'cancel' | 'cancelAll'>;

/** Everything but orders; `why` is said of all that is asked or told in vain. */
export function bareClient(
  id: string,
  submit: (request: OrderRequest) => Promise<Outcome>,
  why: string,
): Bare {
  const none = async (): Promise<never> => {
    throw new VenueFault(id, 'refused', false, why);
  };
  const cannot = async () => refused('unsupported', why);
  return {
    clientId: (key) => key,
    connect: none,
    ping: none,
    instruments: none,
    marks: none,
    /** One after the other. */
    async submitAll(requests) {
      const outcomes: Outcome[] = [];
      for (const request of requests) outcomes.push(await submit(request));
      return outcomes;
    },
    resend: cannot,
    amend: cannot,
    deadMan: cannot,
    setMargin: cannot,
    openOrders: none,
    order: none,
    positions: none,
    balances: none,
    fills: none,
    funding: none,
    close: async () => {},
  };
}
