// Chance, with a seed and a name. Every draw in the project comes from a named stream, so adding a
// draw in one place does not move the numbers of another.

import alea from 'seedrandom/lib/alea.js';

/** Uniform numbers in [0, 1): the same for the same seed and name, on every machine. */
export type Random = () => number;

/** A stream of its own for `name`. */
export function random(seed: number, name: string): Random {
  return alea(`${seed}/${name}`);
}

/** A standard normal draw (Box-Muller, one of the pair: no hidden state). */
export function gaussian(draw: Random): number {
  const u = 1 - draw();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * draw());
}
