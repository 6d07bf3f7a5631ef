// Drift as far as its instructions go: orders that become parameters and slots, and what the program says
// of them. Who signs, pays and waits for a transaction is handed in (`DriftProgram`); nobody is, for the
// program is paused (instruction.ts), so no id opens this. Nothing is read back: accounts and events belong
// to a chain that answers.
//
//   request -> parameters -> slot -> program -> done:    it has the order, for `orderLifeMs` at most
//                                            -> failed:  certainly without effect
//                                            -> unknown: its slot stays taken, and is not used again

import { BARE, bareClient, UNTRAILED } from '../bare.ts';
import type { Capabilities, OrderName, OrderRequest, Outcome, VenueClient } from '../port.ts';
import { refused, unknown } from '../sender.ts';
import { driftOutcome } from './codes.ts';
import { PAUSED } from './instruction.ts';
import { type DriftMarket, type DriftParams, driftParamsOf } from './orders.ts';
import { Slots } from './slots.ts';

const ID = 'drift';
/** A transaction lands within 150 blocks of 400 ms, or never; and half as long again. */
const LIFE_MS = 90_000;

/** What came of a transaction with one instruction. */
export type DriftAnswer =
  | { readonly kind: 'done'; readonly signature: string }
  /** The program's own error: the transaction had no effect. */
  | { readonly kind: 'failed'; readonly code: number }
  | { readonly kind: 'unknown'; readonly text: string };

/** Carries instructions out. Never rejects. */
export interface DriftProgram {
  place(params: DriftParams): Promise<DriftAnswer>;
  /** `slot`: the order's `userOrderId`. */
  cancelByUserId(slot: number): Promise<DriftAnswer>;
  cancelAll(marketIndex: number): Promise<DriftAnswer>;
}

export interface DriftOptions {
  readonly program: DriftProgram;
  /** By symbol in our spelling, as the markets' accounts say. */
  readonly markets: Readonly<Record<string, DriftMarket>>;
  readonly nowMs: () => number;
  /** No order outlives this: there is no dead-man switch. */
  readonly orderLifeMs: number;
}

const CAPABILITIES: Capabilities = Object.freeze({
  ...BARE,
  orderTypes: UNTRAILED,
  timesInForce: ['gtc', 'ioc', 'gtd'] as const,
  postOnly: true,
  marketBound: 'needed' as const,
  clientIds: 'open-orders' as const,
  hasGrid: true,
  requestLifeMs: LIFE_MS,
});

export function openDriftClient(options: DriftOptions): VenueClient {
  const { program, markets, nowMs, orderLifeMs } = options;
  const slots = new Slots();
  /** Of each slot that is taken. */
  const symbols = new Map<number, string>();

  function leave(slot: number): void {
    slots.free(slot);
    symbols.delete(slot);
  }

  async function submit(request: OrderRequest): Promise<Outcome> {
    const { clientId, symbol, type, timeInForce } = request;
    const market = markets[symbol];
    if (market === undefined) return refused('not-trading', `no market ${symbol}`);
    if (slots.slotOf(clientId) !== null) return unknown('duplicate-id', 'its slot is taken');
    // The parameters are looked at before a slot is taken for them.
    const untilMs = nowMs() + orderLifeMs;
    const draft = driftParamsOf(request, market, 0, untilMs);
    if ('kind' in draft) return draft;
    const slot = slots.take(clientId);
    if (slot === null) return refused('too-many-orders', 'every slot of the account is taken');
    symbols.set(slot, symbol);
    const answer = await program.place({ ...draft, userOrderId: slot });
    if (answer.kind === 'unknown') return unknown('unknown', answer.text);
    if (answer.kind === 'failed') {
      const outcome = driftOutcome(answer.code);
      if (outcome.kind === 'refused') leave(slot);
      return outcome;
    }
    // What does not rest has left its slot when the transaction has ended.
    if (type === 'market' || timeInForce === 'ioc') leave(slot);
    return { kind: 'accepted', venueOrderId: answer.signature };
  }

  async function cancel(_symbol: string, order: OrderName): Promise<Outcome> {
    if (!('clientId' in order)) return refused('unsupported', 'the order accounts are not read');
    const slot = slots.slotOf(order.clientId);
    if (slot === null) return refused('not-found', 'it has no slot');
    const answer = await program.cancelByUserId(slot);
    if (answer.kind === 'unknown') return unknown('unknown', answer.text);
    const outcome: Outcome =
      answer.kind === 'done' ? { kind: 'accepted', venueOrderId: '' } : driftOutcome(answer.code);
    const isGone = outcome.kind === 'refused' && outcome.code === 'not-found';
    if (outcome.kind === 'accepted' || isGone) leave(slot);
    return outcome;
  }

  async function cancelAll(symbol: string): Promise<Outcome> {
    const market = markets[symbol];
    if (market === undefined) return refused('not-trading', `no market ${symbol}`);
    const answer = await program.cancelAll(market.index);
    if (answer.kind === 'unknown') return unknown('unknown', answer.text);
    if (answer.kind === 'failed') return driftOutcome(answer.code);
    for (const [slot, one] of [...symbols]) if (one === symbol) leave(slot);
    return { kind: 'accepted', venueOrderId: '' };
  }

  const bare = bareClient(ID, submit, PAUSED);
  return Object.freeze({ ...bare, id: ID, capabilities: CAPABILITIES, submit, cancel, cancelAll });
}
