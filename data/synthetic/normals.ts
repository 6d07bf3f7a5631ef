// Chance for the synthetic market: standard normals drawn two at a time, and a mean-reverting state.
//
// A stream belongs to one purpose of one leg and is read in order of time, so more candles or
// another leg never move a number that was already there.

import { type Random, random } from '../../engine/random.ts';

/** Standard normal draws from a named stream, both of each Box-Muller pair. */
export class Normals {
  readonly #draw: Random;
  #spare = Number.NaN;

  constructor(seed: number, name: string) {
    this.#draw = random(seed, name);
  }

  next(): number {
    const spare = this.#spare;
    if (spare === spare) {
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.#draw()));
    const angle = 2 * Math.PI * this.#draw();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** A first-order autoregression around zero with a given memory and stationary deviation. */
export class Reverting {
  readonly #keep: number;
  readonly #push: number;
  readonly #limit: number;
  value: number;

  /** `first` is a standard normal draw: the process starts from its stationary distribution. */
  constructor(memoryMs: number, deviation: number, stepMs: number, first: number) {
    this.#keep = Math.exp(-stepMs / memoryMs);
    this.#push = deviation * Math.sqrt(1 - this.#keep * this.#keep);
    this.#limit = 4 * deviation;
    this.value = deviation * first;
  }

  /** One step; `shock` is added on top. Held within four deviations, so nothing can run away. */
  step(normal: number, shock = 0): number {
    const value = this.#keep * this.value + this.#push * normal + shock;
    this.value = Math.min(this.#limit, Math.max(-this.#limit, value));
    return this.value;
  }
}
