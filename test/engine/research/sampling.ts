// Runs samplers without a backtest: a judge says what a point is worth.

import type { Goal, Proposal, Sampler } from '../../../engine/research/samplers/contract.ts';
import { makeSampler } from '../../../engine/research/samplers/list.ts';
import { type Point, pointKey, type Space } from '../../../engine/research/sweep/space.ts';

export type Judge = (point: Point, proposal: Proposal) => readonly number[] | null;

/** Runs a sampler as a runner does: batches, told in plan order. */
export function run(sampler: Sampler, batch: number, judge: Judge): Proposal[] {
  const all: Proposal[] = [];
  for (;;) {
    const proposals = sampler.propose(batch);
    if (proposals.length === 0) return all;
    all.push(...proposals);
    for (const proposal of proposals) {
      const values = judge(proposal.point, proposal);
      sampler.tell(proposal.index, values ?? [], values === null ? 'failed' : 'done');
    }
  }
}

/** A sampler about to begin. */
export function start(
  name: string,
  space: Space,
  { seed = 1, budget = 60, goals = ['max'] as Goal[], options = {} } = {},
): Sampler {
  return makeSampler(name, { space, goals, seed, budget, options });
}

/** Some value of a point, the same for the same point; now and then a failure. */
export const anyValue: Judge = (point) => {
  const text = pointKey(point);
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 9973;
  return sum % 11 === 0 ? null : [sum / 9973];
};
