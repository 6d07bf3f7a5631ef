// How a leg is called: by its symbol, and by its venue too when the run has more than one.

import type { RunFacts } from '../../engine/research/result.ts';

export type LegNamer = (leg: { readonly venue: string; readonly symbol: string }) => string;

/** A function that names the legs of this run. */
export function legNamer(facts: RunFacts): LegNamer {
  const venues = new Set(facts.data.legs.map((leg) => leg.venue));
  return (leg) => (venues.size > 1 ? `${leg.symbol} (${leg.venue})` : leg.symbol);
}

/** A few names as words: `A, B and 3 more`. */
export function listNames(names: readonly string[], most = 8): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
