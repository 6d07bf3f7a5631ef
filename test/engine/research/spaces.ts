// Spaces to try samplers on, by name, and points drawn from them.

import {
  type Axis,
  axisOf,
  type Condition,
  type SweptParameter,
} from '../../../engine/research/sweep/axis.ts';
import { type Constraint, makeSpace, type Space } from '../../../engine/research/sweep/space.ts';

/** A space of parameters as a spec writes them, `when` included; paths need not be a config's. */
export function spaceOf(
  parameters: Readonly<Record<string, SweptParameter>>,
  constraints: readonly Constraint[] = [],
): Space {
  const problems: never[] = [];
  const axes = Object.entries(parameters).map(([path, spec]) => axisOf(path, spec, path, problems));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const when = Object.fromEntries(
    Object.entries(parameters).map(([path, spec]) => [
      path,
      Object.entries(spec.when ?? {}).map(
        ([other, values]): Condition => ({
          path: other,
          values: Array.isArray(values) ? values : [values as number],
        }),
      ),
    ]),
  );
  return makeSpace(axes as Axis[], constraints, when);
}

/** Spaces of every kind: finite, endless, mixed, conditional, constrained. */
export const SPACES: Readonly<Record<string, Space>> = {
  finite: spaceOf({
    fast: { from: 5, to: 30, step: 5 },
    slow: { values: [10, 20, 50, 100] },
    side: { values: ['long', 'short', 'both'] },
  }),
  constrained: spaceOf(
    { fast: { from: 1, to: 20, integer: true }, slow: { from: 2, to: 30, integer: true } },
    [{ name: 'order', left: 'fast', is: '<', right: 'slow' }],
  ),
  conditional: spaceOf({
    stop: { values: ['none', 'fixed', 'trailing'] },
    distance: { from: 0.01, to: 0.05, step: 0.01, when: { stop: ['fixed', 'trailing'] } },
    step: { values: [0.001, 0.002], when: { stop: 'trailing' } },
    period: { from: 10, to: 20, step: 5 },
  }),
  endless: spaceOf({
    threshold: { from: 0.001, to: 0.1, log: true },
    weight: { from: 0, to: 1 },
    period: { from: 2, to: 200, log: true, integer: true },
  }),
  mixed: spaceOf(
    {
      rule: { values: ['kelly', 'fixed'] },
      low: { from: 0, to: 1 },
      high: { from: 0, to: 1 },
      fraction: { from: 0.1, to: 1, when: { rule: 'kelly' } },
      grid: { from: 1, to: 1000, log: true, steps: 4 },
    },
    [{ name: 'band', left: 'low', is: '<=', right: 'high' }],
  ),
};
