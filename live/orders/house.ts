// One venue of a session: its client, its ledger, and everybody who works between the two.
//
//   desk --requests--> client --outcomes, stream--> watch, inquiry, reconciler --evidence--> ledger

import type { Order } from '../../engine/execution/order.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import type { Clock } from '../clock.ts';
import type { Answer, Margin, SessionView, Tell, VenueClient } from '../venues/port.ts';
import { DeadMan } from './dead-man.ts';
import { VenueDesk } from './desk.ts';
import { Funding } from './funding.ts';
import { mustAnswer } from './inquiry.ts';
import { Ledger } from './ledger.ts';
import { VenueLegs } from './legs.ts';
import type { Limits } from './limits.ts';
import { Margins } from './margins.ts';
import { Reconciler } from './reconcile.ts';
import type { Safety } from './safety.ts';
import { Watch } from './watch.ts';

/** What orders at all venues of a session stand on. */
export interface OrderPortParts {
  /** By venue id; `tell` takes what the client tells. */
  readonly open: (venue: string, tell: Tell) => VenueClient;
  /** By leg of the session. */
  readonly instruments: readonly Instrument[];
  /** By leg: the leg of the primary venue that is of the same asset. */
  readonly primaries: readonly number[];
  readonly clock: Clock;
  readonly safety: Safety;
  /** By venue id. */
  readonly limits: (venue: string) => Limits;
  readonly leverage: number;
  /** How every symbol is to be margined at its venue. */
  readonly margin: Margin;
  readonly sessionId: string;
  /** USD with which the session began, and the share of it after whose loss trading halts. */
  readonly capitalUsd: number;
  readonly maxDrawdown: number;
  /** UTC ms from which nothing is opened any more: the operator signed for no longer. */
  readonly expiresMs: number;
}

export interface House {
  readonly client: VenueClient;
  readonly ledger: Ledger;
  readonly limits: Limits;
  readonly legs: VenueLegs;
  readonly desk: VenueDesk;
  readonly watch: Watch;
  readonly funding: Funding;
  readonly margins: Margins;
  readonly reconciler: Reconciler;
  readonly deadMan: DeadMan;
  equityUsd: number;
}

/** What a house asks of the others, and tells them. */
export interface Neighbours {
  /** A fresh mark of the same asset at another venue; null = there is none. */
  readonly referenceOf: (leg: number) => number | null;
  /** A fill was booked; what was held before it, signed. */
  readonly onFill: (order: Order, price: number, heldBefore: number) => void;
  readonly onEquity: (house: House, usd: number) => void;
}

/** `own`: the session's legs at this venue; `over` aborts when the session ends. */
export function openHouse(
  name: string,
  own: readonly { readonly leg: number; readonly instrument: Instrument }[],
  port: OrderPortParts,
  answer: Answer,
  { note: tell, equityUsd }: SessionView,
  neighbours: Neighbours,
  over: AbortSignal,
): House {
  const { clock, safety, leverage, sessionId } = port;
  const limits = port.limits(name);
  const nowMs = () => clock.nowMs();
  const ledger = new Ledger(
    answer,
    tell,
    nowMs,
    (lost) => house.desk.restore(lost),
    (stray) => house.desk.dismiss(stray),
  );
  const legs = new VenueLegs(name, own, tell);
  const client = port.open(name, (event) => house.watch.hear(event));
  mustAnswer(client);
  const doubt = () => void house.reconciler.reconcile();
  const base = { client, clock, ledger, legs, over };
  const funding = new Funding(base);
  const margins = new Margins({ client, legs, margin: port.margin });
  const watch = new Watch({
    ...base,
    ...{ safety, leverage, funding, margins, doubt },
    referenceOf: neighbours.referenceOf,
    askAfter: (attempt) => void house.desk.askAfter(attempt),
    onFill: (order, price, before) => {
      house.deadMan.stir();
      neighbours.onFill(order, price, before);
    },
    onEquity: (usd) => neighbours.onEquity(house, usd),
  });
  const desk = new VenueDesk({ ...base, watch, safety, limits, sessionId, equityUsd, doubt });
  const check = desk.check.bind(desk);
  const reconciler = new Reconciler({ ...base, watch, funding, check });
  const deadMan = new DeadMan(base);
  const rooms = { client, ledger, limits, legs, desk, watch, margins, reconciler, deadMan };
  const house: House = { ...rooms, funding, equityUsd: Number.NaN };
  return house;
}
