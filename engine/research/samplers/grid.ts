// Every point of a finite space, in lexicographic order; points that break a constraint are passed
// over. Nothing is kept but a counter: a grid of a million points costs no memory.

import { branch } from '../../config/schema/parts.ts';
import type { Problem } from '../../errors.ts';
import { meets, pointAt, type Space } from '../sweep/space.ts';
import { type SamplerKind, wholeDraft } from './contract.ts';

export const grid: SamplerKind<Readonly<Record<string, never>>> = {
  description: 'Every point, in order; the budget must hold them all.',
  options: branch({}),
  axisRule: ({ count }) =>
    count === Number.POSITIVE_INFINITY
      ? 'needs step, steps or integer for the sampler grid, which visits every value'
      : null,
  problems({ space, budget }) {
    const problems: Problem[] = [];
    if (space.size === Number.POSITIVE_INFINITY) {
      const rule = 'must not make more than 2^52 points for the sampler grid';
      return [{ key: 'parameters', rule }];
    }
    const points = countUpTo(space, budget);
    if (points > budget) {
      const more = space.constraints.length > 0 ? 'more than that' : String(space.size);
      const rule = `must hold every point of the grid (${more}): raise it, or take the sampler random`;
      problems.push({ key: 'budget', rule, value: budget });
    }
    return problems;
  },
  start({ space }) {
    let index = 0;
    let ended: string | null = null;
    return {
      get ended() {
        return ended;
      },
      next() {
        while (index < space.size) {
          const point = pointAt(space, index++);
          if (meets(space, point)) return wholeDraft(point);
        }
        ended = 'every point of the grid was proposed';
        return null;
      },
    };
  },
};

/** With constraints a grid is counted by looking at its points; larger ones count as endless. */
const MAX_COUNTED = 5_000_000;

/**
 * Points that meet the constraints, counted no further than `limit` + 1; Infinity where the grid is
 * too large to be looked through.
 */
export function countUpTo(space: Space, limit: number): number {
  if (space.constraints.length === 0) return space.size;
  let count = 0;
  for (let index = 0; index < space.size && count <= limit; index++) {
    if (index === MAX_COUNTED) return Number.POSITIVE_INFINITY;
    if (meets(space, pointAt(space, index))) count++;
  }
  return count;
}
