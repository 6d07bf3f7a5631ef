// Which venues a run trades at: their names in the order in which legs first name them, the primary
// one first, and the number of each leg's.

import type { Instrument } from './instrument.ts';

export interface Venues {
  readonly names: readonly string[];
  /** By leg. */
  readonly of: Int32Array;
}

export function venuesOf(instruments: readonly Pick<Instrument, 'venue'>[]): Venues {
  const names = [...new Set(instruments.map(({ venue }) => venue))];
  return { names, of: Int32Array.from(instruments, ({ venue }) => names.indexOf(venue)) };
}

/** Cash as a number is all at the first venue; what others hold is said by name, else nothing. */
export function walletsOf(
  names: readonly string[],
  primaryUsd: number,
  elsewhereUsd: Readonly<Record<string, number>>,
): Float64Array {
  return Float64Array.from(names, (name, k) => (k === 0 ? primaryUsd : (elsewhereUsd[name] ?? 0)));
}
