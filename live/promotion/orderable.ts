// What a config will send, and a venue does not take, is found before the first order: at the venue a stop
// that is refused closes the position which it was to protect, entry after entry.

import type { Config } from '../../engine/config/schema.ts';
import { InputError } from '../../engine/errors.ts';
import { tradedVenue } from '../venues/list.ts';

/** Throws InputError for a config whose protection one of these venues does not have. */
export function mustBeOrderable(
  { decision }: Pick<Config, 'decision'>,
  venues: readonly string[],
): void {
  const { enabled, kind, buffer } = decision.risk.trailingStop;
  if (!enabled || kind !== 'venue') return;
  for (const venue of venues) {
    const { trails } = tradedVenue(venue);
    if (trails === null) {
      const rule = `must be closes: ${venue} has no trailing stop of its own`;
      throw new InputError({ key: 'decision.risk.trailingStop.kind', rule, value: kind });
    }
    const [least, most] = trails;
    if (buffer >= least && buffer <= most) continue;
    const rule = `must be ${least} to ${most}, which is how far the trailing stop of ${venue} follows`;
    throw new InputError({ key: 'decision.risk.trailingStop.buffer', rule, value: buffer });
  }
}
