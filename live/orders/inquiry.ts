// Finding out what became of an order: asked for by itself until the venue says, or its silence proves.
//
//   unknown --asked--> there | ended | absent, asked after it could take effect -> gone
//
// A venue that tells of positions only is asked for those, once nothing can change them any more.

import { InputError } from '../../engine/errors.ts';
import type { Clock } from '../clock.ts';
import type { VenueClient } from '../venues/port.ts';
import type { Ledger } from './ledger.ts';
import { isNear, type VenueLegs } from './legs.ts';
import { type Attempt, lacksFills } from './tracked.ts';
import type { Watch } from './watch.ts';

export interface InquiryParts {
  readonly client: VenueClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly watch: Watch;
  readonly legs: VenueLegs;
  /** Something does not add up: orders and positions of this venue are to be compared. */
  readonly doubt: () => void;
  /** Aborts when the session ends. */
  readonly over: AbortSignal;
}

/** Between two looks at what became of an order, ms: doubled from the first to the last. */
export const FIRST_PAUSE_MS = 250;
export const LONGEST_PAUSE_MS = 5000;

export class Inquiry {
  readonly #parts: InquiryParts;
  readonly #takeBack: (attempt: Attempt) => Promise<void>;
  /** Attempts that somebody asks after already. */
  readonly #asked = new Set<Attempt>();

  /** `takeBack`: called with one that turns out to be there and is not wanted any more. */
  constructor(parts: InquiryParts, takeBack: (attempt: Attempt) => Promise<void>) {
    this.#parts = parts;
    this.#takeBack = takeBack;
  }

  /**
   * Asks for an order until it is known what became of it: whether it is there, or, of one that ended,
   * what had filled. One asker for each attempt.
   */
  async askAfter(attempt: Attempt): Promise<void> {
    if (this.#asked.has(attempt)) return;
    this.#asked.add(attempt);
    const { clock, over } = this.#parts;
    let pauseMs = FIRST_PAUSE_MS;
    while (isOpen(attempt) && !over.aborted) {
      await this.check(attempt);
      if (!isOpen(attempt)) break;
      const untilProofMs = attempt.provenMs - clock.monotonicMs();
      // Not past the moment from which silence is proof.
      const untilMs = untilProofMs > 0 ? Math.min(pauseMs, Math.ceil(untilProofMs)) : pauseMs;
      await clock.sleep(untilMs, over);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    this.#asked.delete(attempt);
    if (attempt.tracked.isUnwanted && attempt.state === 'there') await this.#takeBack(attempt);
  }

  /** One look at one order; a venue that cannot be asked is asked again by whoever called. */
  async check(attempt: Attempt): Promise<void> {
    const { client, clock, ledger, legs, watch, over } = this.#parts;
    const { symbol } = attempt.tracked.instrument;
    if (!client.capabilities.reportsOrders) return this.#lookAtPosition(attempt);
    const askedMs = clock.monotonicMs();
    try {
      const report = await client.order(symbol, attempt.clientId, over);
      if (report !== null) ledger.report(report);
      else {
        // What filled before it vanished is not lost with it.
        if (attempt.state === 'there') await watch.readFills(attempt.tracked.order.leg);
        ledger.absent(attempt, askedMs);
      }
      if (lacksFills(attempt)) await watch.readFills(attempt.tracked.order.leg);
    } catch (error) {
      legs.complain(error, attempt.tracked.order.leg);
    }
  }

  /** A venue that tells of positions only: what it holds is the evidence, once nothing can change it. */
  async #lookAtPosition(attempt: Attempt): Promise<void> {
    const { client, clock, ledger, legs, watch, over } = this.#parts;
    const { tracked } = attempt;
    const { order, instrument, qty } = tracked;
    const askedMs = clock.monotonicMs();
    if (!(askedMs >= attempt.provenMs) || !client.capabilities.reportsPositions) return;
    try {
      const all = await client.positions(over);
      const position = all.find(({ symbol }) => symbol === instrument.symbol);
      const theirs = position?.qty ?? 0;
      const held = ledger.heldQty(order.leg);
      if (isNear(theirs, held, instrument)) ledger.absent(attempt, askedMs);
      else if (isNear(theirs, held + order.side * qty, instrument)) {
        watch.inferFill(attempt, position?.markPrice ?? Number.NaN);
      } else this.#parts.doubt();
    } catch (error) {
      legs.complain(error, order.leg);
    }
  }
}

/** Something of it is not known, or not booked. */
function isOpen(attempt: Attempt): boolean {
  const { state } = attempt;
  return state === 'unknown' || state === 'sending' || lacksFills(attempt);
}

/** An order whose fate nobody tells, at a price that nobody says, can be neither guarded nor settled. */
export function mustAnswer({
  id,
  capabilities: { reportsPositions, reportsMarks },
}: VenueClient): void {
  if (reportsPositions && reportsMarks) return;
  const rule = 'must say what is held there and its mark prices: no session trades there without';
  throw new InputError({ key: 'venue', rule, value: id });
}
