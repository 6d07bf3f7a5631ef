// Independent draws: every value of an axis equally likely, along the logarithm where the axis says
// so. No point comes twice as long as the space has another.

import { branch } from '../../config/schema/parts.ts';
import { random as stream } from '../../random.ts';
import { type Point, pointAtShares, type Space } from '../sweep/space.ts';
import { type SamplerKind, wholeDraft } from './contract.ts';
import { Fresh } from './fresh.ts';

export const random: SamplerKind<Readonly<Record<string, never>>> = {
  description: 'Independent draws, no point twice.',
  options: branch({}),
  start({ space, seed }) {
    const fresh = new Fresh(space);
    const draw = drawer(space, seed, 'sweep/random');
    return {
      get ended() {
        return fresh.ended;
      },
      next() {
        const point = fresh.from(draw);
        return point === null ? null : wholeDraft(point);
      },
    };
  },
};

/**
 * Draws points, one number an axis whether it turns out active or not, so that a point does not
 * depend on what was active in the one before.
 */
export function drawer(space: Space, seed: number, name: string): () => Point {
  const draw = stream(seed, name);
  return () =>
    pointAtShares(
      space,
      space.axes.map(() => draw()),
    );
}
