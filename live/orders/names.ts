// Requests by what they are called: by us, and by the venue once it has told.

import type { FillReport } from '../venues/port.ts';
import type { Attempt } from './tracked.ts';

export class Names {
  readonly #byClientId = new Map<string, Attempt>();
  readonly #byVenueId = new Map<string, Attempt>();

  add(attempt: Attempt): void {
    this.#byClientId.set(attempt.clientId, attempt);
  }

  all(): IterableIterator<Attempt> {
    return this.#byClientId.values();
  }

  find({ clientId, venueOrderId }: Pick<FillReport, 'clientId' | 'venueOrderId'>) {
    const known = clientId === null ? undefined : this.#byClientId.get(clientId);
    return known ?? this.#byVenueId.get(venueOrderId);
  }

  /** What the venue calls it. True = something else than before. */
  name(attempt: Attempt, venueOrderId: string): boolean {
    if (venueOrderId === '' || attempt.venueOrderId === venueOrderId) return false;
    attempt.venueOrderId = venueOrderId;
    this.#byVenueId.set(venueOrderId, attempt);
    return true;
  }
}
