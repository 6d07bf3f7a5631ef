// What a config reads beside itself must be under the signature, or it could be changed after it. Strategy
// and data are, by their digests; what agents remembered in another run is not.

import type { Config } from '../../engine/config/schema.ts';
import { InputError } from '../../engine/errors.ts';

/** Throws InputError for a config that reads what a promotion does not pin. */
export function mustBePinned({ decision }: Pick<Config, 'decision'>): void {
  const { load } = decision.memory;
  if (load === null) return;
  const rule = 'must be null in what is promoted: a promotion does not pin what a memory holds';
  throw new InputError({ key: 'decision.memory.load', rule, value: load });
}
