// Tree-structured Parzen estimator: two densities, of the good points and of the rest; the next point
// is the one of many drawn from the good that the rest makes least likely.
//
//   told, by cost:  | good: ceil(n / 10), at most 25 | the rest, failed, not told yet |
//                     density l                        density g         best log l - log g
//
// As Optuna's sampler by default, its axes in one density; those with `when` each in its own, over
// the trials in which they were active. Different on purpose: a trial that failed counts among the
// rest (Optuna forgets it), points not told yet do too, so that a batch spreads (its constant liar),
// no point comes twice, and of several objectives the last front is cut by crowding.

import { branch, flag, number, whole } from '../../config/schema/parts.ts';
import { random as stream } from '../../random.ts';
import type { Axis, Value } from '../sweep/axis.ts';
import { isActive, meets, type Point, pointOf, type Space } from '../sweep/space.ts';
import { type SamplerKind, type Search, type SearchSetup, wholeDraft } from './contract.ts';
import { Fresh } from './fresh.ts';
import { inOrder } from './pareto.ts';
import { Parzen, recencyWeights } from './parzen.ts';
import { drawer } from './random.ts';

export interface TpeOptions {
  /** Trials that must have succeeded before the densities are used. */
  readonly startup: number;
  /** Points drawn from the good density for each one proposed. */
  readonly candidates: number;
  /** Weight of the prior kernel, in trials. */
  readonly priorWeight: number;
  /** One density over all axes without `when`; false: one an axis. */
  readonly multivariate: boolean;
}

/** Candidate sets drawn in vain after which a point is drawn at random. */
const TRIES = 20;

export const tpe: SamplerKind<TpeOptions> = {
  description: 'Parzen estimators of good and bad points, as in Optuna.',
  options: branch({
    startup: whole(10, 1, 1_000_000, 'Trials at random before the densities are used.'),
    candidates: whole(24, 1, 100_000, 'Points drawn for each one proposed.'),
    priorWeight: number(1, 0.000_001, 1000, 'Weight of the prior kernel, in trials.'),
    multivariate: flag(true, 'One density over all axes without `when`; false: one an axis.'),
  }),
  start: (setup) => new Tpe(setup),
};

/** How many of n trials are good. */
export function goodCount(n: number): number {
  return Math.min(Math.ceil(0.1 * n), 25);
}

interface Trial {
  readonly point: Point;
  /** null: failed, or not told yet. */
  costs: readonly number[] | null;
}

class Tpe implements Search {
  readonly #space: Space;
  readonly #options: TpeOptions;
  readonly #groups: readonly (readonly Axis[])[];
  readonly #fresh: Fresh;
  readonly #draw: () => number;
  readonly #anywhere: () => Point;
  readonly #trials: Trial[] = [];
  #done = 0;

  constructor({ space, seed, options }: SearchSetup<TpeOptions>) {
    this.#space = space;
    this.#options = options;
    const varied = space.axes.filter(({ count }) => count > 1);
    const free = varied.filter(({ when }) => when.length === 0);
    const bound = varied.filter(({ when }) => when.length > 0).map((axis) => [axis]);
    const joint = options.multivariate ? [free] : free.map((axis) => [axis]);
    this.#groups = [...joint.filter((group) => group.length > 0), ...bound];
    this.#fresh = new Fresh(space);
    this.#draw = stream(seed, 'sweep/tpe');
    this.#anywhere = drawer(space, seed, 'sweep/tpe/startup');
  }

  get ended(): string | null {
    return this.#fresh.ended;
  }

  next() {
    const point = this.#guided() ?? this.#fresh.from(this.#anywhere);
    if (point === null) return null;
    this.#trials.push({ point, costs: null });
    return wholeDraft(point);
  }

  learn(index: number, costs: readonly number[] | null): void {
    this.#trials[index]!.costs = costs;
    if (costs !== null) this.#done++;
  }

  #guided(): Point | null {
    if (this.#done < this.#options.startup) return null;
    const { good, rest } = this.#split();
    const pairs = this.#groups.map((axes) => ({
      axes,
      good: this.#density(axes, good),
      rest: this.#density(axes, rest),
    }));
    for (let n = 0; n < TRIES; n++) {
      const known: Record<string, Value> = {};
      for (const { axes, good: l, rest: g } of pairs) {
        if (axes.every((axis) => isActive(axis, this.#withFixed(known)))) {
          this.#pick(axes, l, g, known);
        }
      }
      const point = pointOf(this.#space, (axis) => known[axis.path] ?? axis.at(0));
      if (this.#fresh.take(point)) return point;
    }
    return null;
  }

  /** The values chosen so far, and those of axes that have but one. */
  #withFixed(known: Point): Point {
    return pointOf(this.#space, (axis) => known[axis.path] ?? axis.at(0));
  }

  /** Puts the candidate of the greatest log l - log g into `known`; one that may be, if there is. */
  #pick(axes: readonly Axis[], l: Parzen, g: Parzen, known: Record<string, Value>): void {
    let most = Number.NEGATIVE_INFINITY;
    let best: Value[] | null = null;
    for (let n = 0; n < this.#options.candidates; n++) {
      const values = l.sample(this.#draw);
      const candidate = {
        ...known,
        ...Object.fromEntries(axes.map(({ path }, k) => [path, values[k]!])),
      };
      const isAllowed =
        this.#groups.length === 1
          ? this.#fresh.isNew(this.#withFixed(candidate))
          : meets(this.#space, candidate);
      const score = l.logDensity(values) - g.logDensity(values) - (isAllowed ? 0 : 1e9);
      if (best === null || score > most) {
        most = score;
        best = values;
      }
    }
    axes.forEach(({ path }, k) => {
      known[path] = best![k]!;
    });
  }

  /** The trials that are good and the others, each in the order of the plan. */
  #split(): { good: Trial[]; rest: Trial[] } {
    const best = inOrder(this.#trials.map(({ costs }) => costs)).slice(0, goodCount(this.#done));
    const isGood = new Set(best);
    return {
      good: this.#trials.filter((_, i) => isGood.has(i)),
      rest: this.#trials.filter((_, i) => !isGood.has(i)),
    };
  }

  #density(axes: readonly Axis[], trials: readonly Trial[]): Parzen {
    const points = trials
      .map(({ point }) => point)
      .filter((point) => axes.every(({ path }) => point[path] !== undefined));
    return new Parzen(axes, points, recencyWeights(points.length), this.#options.priorWeight);
  }
}
