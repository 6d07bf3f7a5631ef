// The venues whose public side we can ask, by id. Adding one is a folder and a line here.

import { InputError, nearest } from '../../engine/errors.ts';
import { venueId } from '../venue-id.ts';
import { openAster } from './aster/venue.ts';
import type { OpenVenue } from './contract.ts';
import { openHyperliquid } from './hyperliquid/venue.ts';

export const PUBLIC_VENUES: Readonly<Record<string, OpenVenue>> = Object.freeze({
  aster: openAster,
  hyperliquid: openHyperliquid,
});

/** How to open a venue by id. Throws InputError with the nearest id. */
export function publicVenue(id: string, key = 'venue'): OpenVenue {
  const ids = Object.keys(PUBLIC_VENUES);
  if (Object.hasOwn(PUBLIC_VENUES, venueId(id))) return PUBLIC_VENUES[venueId(id)]!;
  const rule = `must be one of ${ids.join(', ')}`;
  throw new InputError({ key, rule, value: id, nearest: nearest(id, ids) });
}
