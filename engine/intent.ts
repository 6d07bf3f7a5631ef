// Intents: what the kernel wants done, left in the tray for whoever drives it. The kernel never
// calls out and never waits; every answer comes back as an event.

import type { ApprovedOrder } from './risk/gate.ts';

export type Intent =
  | { readonly kind: 'submit-order'; readonly order: ApprovedOrder }
  | { readonly kind: 'cancel-order'; readonly orderId: number }
  /** No new risk from here on; the reason is a code. */
  | { readonly kind: 'halt'; readonly code: string };
