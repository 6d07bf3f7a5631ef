// Intents: what the kernel wants done, left in the tray for whoever drives it. The kernel never
// calls out and never waits; every answer comes back as an event.

import type { Question } from './agents/question.ts';
import type { ApprovedOrder } from './risk/gate.ts';

export type Intent =
  | { readonly kind: 'submit-order'; readonly order: ApprovedOrder }
  | { readonly kind: 'cancel-order'; readonly leg: number; readonly orderId: number }
  /** A new quantity (base units) and limit or trigger price (NaN = as it is) of a resting order. */
  | {
      readonly kind: 'amend-order';
      readonly leg: number;
      readonly orderId: number;
      readonly qty: number;
      readonly price: number;
    }
  /** Ask a venue whether it is there: a read, never an order. `venue` is its number. */
  | { readonly kind: 'probe-venue'; readonly venue: number }
  /** Ask a model; what comes of it are `model-answer`, `agent-failed` or `model-deadline`. */
  | { readonly kind: 'ask-model'; readonly question: Question }
  /** No new risk from here on; the reason is a code. */
  | { readonly kind: 'halt'; readonly code: string };
