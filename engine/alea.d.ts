// seedrandom ships no types for its separate generators.
declare module 'seedrandom/lib/alea.js' {
  /** A generator of uniform numbers in [0, 1) with 53 random bits from two 32-bit draws on demand. */
  export default function alea(seed: string): () => number;
}
