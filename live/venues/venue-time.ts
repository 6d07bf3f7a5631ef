// What time it is at a venue. Measured as a distance to the monotonic clock, so that it goes on rightly
// when the machine's wall clock is set; before the first measurement the wall clock has to do.

import type { Pace } from '../../data/venues/contract.ts';
import type { Pulse } from './port.ts';

export class VenueTime {
  readonly #pace: Pace;
  /** Venue's UTC ms less our monotonic ms. */
  #offsetMs = Number.NaN;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** UTC ms, fractional. */
  readonly nowMs = (): number => {
    if (Number.isNaN(this.#offsetMs)) return this.#pace.nowMs();
    return this.#pace.monotonicMs() + this.#offsetMs;
  };

  /** Asks for the time with `ask` and keeps what it says, taken as said halfway through. */
  async measure(ask: () => Promise<number>): Promise<Pulse> {
    const askedMs = this.#pace.monotonicMs();
    const saidMs = await ask();
    const answeredMs = this.#pace.monotonicMs();
    this.#offsetMs = saidMs - (askedMs + answeredMs) / 2;
    return { skewMs: this.nowMs() - this.#pace.nowMs(), roundTripMs: answeredMs - askedMs };
  }
}
