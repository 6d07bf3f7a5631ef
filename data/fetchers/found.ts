// A venue's listing as a symbol that was found.

import type { Listing } from '../venues/paged.ts';
import type { Found } from './contract.ts';

export function foundOf(venue: string, { symbol, status, instrument }: Listing): Found {
  const note = instrument === null ? `is not trading at ${venue} (${status})` : null;
  return { spelling: symbol, venue, symbol, instrument, note };
}
