// Events: everything that may change the kernel's state. What is not an event did not happen.
//
// `apply(event)` unpacks one of these and calls the very method that the backtest loop calls with
// plain numbers, so there is one body of decision code behind two doors. `tsMs` is the stamp given
// when the event was taken in; it never goes back.

import type { AgentFailure, Answer, Origin } from './agents/question.ts';

/**
 * `pause`: nothing new is opened, what is open stays protected. `halt`: what waits to open is taken
 * back and what is open closed. `resume` ends both.
 */
export type Command = 'pause' | 'resume' | 'halt';

export type Event =
  /** A closed candle of one leg. The first one with a new openMs starts the next row. */
  | {
      readonly kind: 'candle';
      readonly tsMs: number;
      readonly leg: number;
      readonly openMs: number;
      readonly open: number;
      readonly high: number;
      readonly low: number;
      readonly close: number;
      readonly volume: number;
    }
  /** An outside series has a new value; it holds for rows that close from now on. */
  | {
      readonly kind: 'series';
      readonly tsMs: number;
      readonly name: string;
      readonly value: number;
    }
  /** Something was published; strategies see it from the next row's close on. */
  | {
      readonly kind: 'headline';
      readonly tsMs: number;
      readonly publishedMs: number;
      readonly text: string;
    }
  /** What a venue charges at a funding stamp is known; the charge itself comes as `funding`. */
  | {
      readonly kind: 'funding-rate';
      readonly tsMs: number;
      readonly leg: number;
      readonly atMs: number;
      /** A fraction of notional, positive = longs pay. */
      readonly rate: number;
      /** NaN = the venue does not say. */
      readonly markPrice: number;
    }
  /** From here on what the market says is too old to be traded on; or no longer is. */
  | { readonly kind: 'feed-health'; readonly tsMs: number; readonly stale: boolean }
  /** A person's word; see Kernel.onCommand. */
  | { readonly kind: 'command'; readonly tsMs: number; readonly command: Command }
  /** Every leg that has a candle for this row has delivered it: mark, decide, leave intents. */
  | { readonly kind: 'row-closed'; readonly tsMs: number; readonly openMs: number }
  /** The venue charged (negative) or paid (positive) funding on a position. */
  | {
      readonly kind: 'funding';
      readonly tsMs: number;
      readonly leg: number;
      /** The stamp that it was charged for, UTC ms. */
      readonly atMs: number;
      readonly rate: number;
      readonly price: number;
      readonly amountUsd: number;
    }
  | {
      readonly kind: 'order-filled';
      readonly tsMs: number;
      readonly orderId: number;
      /** What the venue calls this fill, so that it is booked once; empty where nobody needs it. */
      readonly tradeId: string;
      /** Signed base units. */
      readonly qty: number;
      readonly price: number;
      readonly feeUsd: number;
      /** How much worse than the reference price, in USD, >= 0: spread and impact together. */
      readonly slippageUsd: number;
      /** The part of it that our own size made. */
      readonly impactUsd: number;
      /** 1 when our limit was taken, 0 when we took. */
      readonly maker: 0 | 1;
      /** Base units of the order that still work; 0 = it is filled. */
      readonly leavesQty: number;
    }
  | {
      readonly kind: 'order-cancelled';
      readonly tsMs: number;
      readonly orderId: number;
      readonly code: string;
    }
  /** Its time was over, or the venue took back what was left of it. */
  | { readonly kind: 'order-expired'; readonly tsMs: number; readonly orderId: number }
  /** No answer came in time: it may be there or not; its quantity stays reserved. */
  | { readonly kind: 'order-unknown'; readonly tsMs: number; readonly orderId: number }
  /** The venue has it. A fill or the end of an order says so as well. */
  | { readonly kind: 'order-accepted'; readonly tsMs: number; readonly orderId: number }
  | {
      readonly kind: 'order-amended';
      readonly tsMs: number;
      readonly orderId: number;
      readonly qty: number;
      readonly price: number;
    }
  /**
   * The venue closed a position, or a part of it, of its own accord: for want of margin, or against
   * somebody else's. Signed `qty`, as of a fill.
   */
  | {
      readonly kind: 'liquidation';
      readonly tsMs: number;
      readonly leg: number;
      readonly tradeId: string;
      readonly qty: number;
      readonly price: number;
      readonly feeUsd: number;
    }
  /**
   * A position of ours was changed by no order that we still know to be alive: by a person's hand, by
   * `flatten`, or by an order that had been given up. Signed `qty`, as of a fill.
   */
  | {
      readonly kind: 'external-fill';
      readonly tsMs: number;
      readonly leg: number;
      readonly tradeId: string;
      readonly qty: number;
      readonly price: number;
      readonly feeUsd: number;
    }
  /** What a probe of a venue found. */
  | {
      readonly kind: 'venue-probe';
      readonly tsMs: number;
      readonly venue: number;
      readonly ok: boolean;
    }
  /** A model answered question `id`. One that is too late, or of a decision given up, changes nothing. */
  | {
      readonly kind: 'model-answer';
      readonly tsMs: number;
      readonly id: number;
      readonly answer: Answer;
      readonly origin: Origin;
    }
  /** There will be no answer to question `id`. */
  | {
      readonly kind: 'agent-failed';
      readonly tsMs: number;
      readonly id: number;
      readonly code: AgentFailure;
      readonly origin: Origin;
    }
  /** The time for an answer to question `id` is over. */
  | { readonly kind: 'model-deadline'; readonly tsMs: number; readonly id: number }
  | {
      readonly kind: 'order-rejected';
      readonly tsMs: number;
      readonly orderId: number;
      readonly code: string;
    };

/** What comes of a question to a model. */
export type ModelEvent = Extract<
  Event,
  { readonly kind: 'model-answer' | 'agent-failed' | 'model-deadline' }
>;

export function isModelEvent(event: Event): event is ModelEvent {
  const { kind } = event;
  return kind === 'model-answer' || kind === 'agent-failed' || kind === 'model-deadline';
}
