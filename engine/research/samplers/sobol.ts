// Points of Sobol's sequence: random-looking, but spread evenly over all axes from the first on. Best
// with budgets that are powers of two. Shifted by the seed, so that no point is on a corner by rule.

import { branch, flag } from '../../config/schema/parts.ts';
import { random as stream } from '../../random.ts';
import { pointAtShares } from '../sweep/space.ts';
import { type SamplerKind, wholeDraft } from './contract.ts';
import { Fresh } from './fresh.ts';
import { MAX_DIMENSIONS, sobolPoint } from './sobol-sequence.ts';

export interface SobolOptions {
  /** Whether the digits are shifted at random (by the seed). */
  readonly scramble: boolean;
}

const TWO_TO_32 = 2 ** 32;

export const sobol: SamplerKind<SobolOptions> = {
  description: 'Evenly spread draws, no point twice.',
  options: branch({
    scramble: flag(true, 'Shift the digits by the seed; false begins at the lower corner.'),
  }),
  problems: ({ space }) =>
    space.axes.length <= MAX_DIMENSIONS
      ? []
      : [
          {
            key: 'parameters',
            rule: `must not be more than ${MAX_DIMENSIONS} for the sampler sobol: take random`,
            value: space.axes.length,
          },
        ],
  start({ space, seed, options }) {
    const draw = stream(seed, 'sweep/sobol');
    const shifts = Uint32Array.from(space.axes, () =>
      options.scramble ? Math.floor(draw() * TWO_TO_32) : 0,
    );
    const fresh = new Fresh(space);
    let index = 0;
    const next = () => pointAtShares(space, sobolPoint(index++, shifts));
    return {
      get ended() {
        return fresh.ended;
      },
      next() {
        const point = fresh.from(next);
        return point === null ? null : wholeDraft(point);
      },
    };
  },
};
