// Keeps a search from proposing a point twice: a deterministic trial repeated teaches nothing.
//
// Where drawing finds nothing new any more, a finite space is walked through to its last point, in a
// scattered order (a stride that shares no factor with its size), so that nothing is missed.

import { meets, type Point, pointAt, pointKey, type Space } from '../sweep/space.ts';

/** Draws in vain after which a finite space is walked, and an endless one given up. */
const FINITE_TRIES = 200;
const ENDLESS_TRIES = 20_000;
/** Points passed over in one walk after which the constraints are taken to leave no more. */
const MAX_WALK = 2_000_000;
const GOLDEN = 0.618_033_988_749_895;

export class Fresh {
  readonly #space: Space;
  readonly #seen = new Set<string>();
  readonly #stride: number;
  #walked = 0;
  #at = 0;
  #ended: string | null = null;

  constructor(space: Space) {
    this.#space = space;
    this.#stride = strideOf(space.size);
  }

  /** Why nothing new is left to propose; null as long as something was found. */
  get ended(): string | null {
    return this.#ended;
  }

  /** True for a point that meets the constraints and was not taken before. */
  isNew(point: Point): boolean {
    return meets(this.#space, point) && !this.#seen.has(pointKey(point));
  }

  /** Marks a new point as proposed; false, and nothing done, where it is not new. */
  take(point: Point): boolean {
    if (!this.isNew(point)) return false;
    this.#seen.add(pointKey(point));
    return true;
  }

  /** The first new point of `draw`, else of a walk through the space; null when there is none. */
  from(draw: () => Point): Point | null {
    if (this.#ended !== null) return null;
    const isCounted = this.#space.size < Number.POSITIVE_INFINITY;
    const tries = isCounted ? FINITE_TRIES : ENDLESS_TRIES;
    for (let n = 0; n < tries; n++) {
      const point = draw();
      if (this.take(point)) return point;
    }
    if (isCounted) return this.#walk();
    this.#ended = `no new point that meets the constraints was found in ${tries} draws`;
    return null;
  }

  #walk(): Point | null {
    const { size } = this.#space;
    for (let steps = 0; this.#walked < size; steps++) {
      if (steps === MAX_WALK) {
        this.#ended = `no new point that meets the constraints was found among ${MAX_WALK}`;
        return null;
      }
      const point = pointAt(this.#space, this.#at);
      this.#walked++;
      this.#at = (this.#at + this.#stride) % size;
      if (this.take(point)) return point;
    }
    this.#ended = 'every point of the space was proposed';
    return null;
  }
}

/** Near the golden share of `size`, without a common factor. */
function strideOf(size: number): number {
  if (!(size < Number.POSITIVE_INFINITY)) return 1;
  let stride = Math.max(1, Math.round(size * GOLDEN));
  while (greatestCommon(stride, size) !== 1) stride++;
  return stride;
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}
