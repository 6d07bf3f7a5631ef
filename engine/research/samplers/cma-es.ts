// CMA-ES: a cloud of points that moves, stretches and turns towards where it is cheap.
//
//   m + sigma N(0, C)  ->  lambda points  ->  the best mu pull m, C and sigma their way
//
// N. Hansen, The CMA Evolution Strategy: A Tutorial (arXiv 1604.00772), Table 1 without its negative
// weights. It works on the box 0 to 1 of the ordered axes: a finite one is cut into cells of equal
// share, so whole numbers are rounded. A draw outside the box, or against a constraint, is repeated;
// after that it is reflected at the bounds, then drawn in towards the mean. Choices and axes with
// `when` are drawn at random: it cannot learn them.

import { branch, number, whole } from '../../config/schema/parts.ts';
import { gaussian, type Random, random as stream } from '../../random.ts';
import type { Axis } from '../sweep/axis.ts';
import { meets, type Point, pointAtShares, pointKey, type Space } from '../sweep/space.ts';
import { Cloud } from './cma-cloud.ts';
import { type SamplerKind, type Search, type SearchSetup, wholeDraft } from './contract.ts';
import { inOrder } from './pareto.ts';

export interface CmaOptions {
  /** Points of a generation; 0 = 4 + floor(3 ln n). */
  readonly population: number;
  /** First standard deviation, a share of every axis. */
  readonly sigma: number;
}

/** Draws before a point is reflected, and halvings of its way back to the mean. */
const DRAWS = 100;
const HALVINGS = 40;
/** Draws for a first mean where the middle is against a constraint; the middlemost of a few is it. */
const STARTS = 20_000;
const FEW = 50;
/** The cloud counts as a point once it is narrower than this share of the axes. */
const NARROW = 1e-10;

export const cmaEs: SamplerKind<CmaOptions> = {
  description: 'Covariance matrix adaptation for ranges; needs a single objective.',
  options: branch({
    population: whole(0, 0, 100_000, 'Points of a generation; 0 = 4 + floor(3 ln n).'),
    sigma: number(0.3, 0.000_1, 1, 'First standard deviation, a share of every axis.'),
  }),
  problems({ space, goals, options }) {
    const learned = space.axes.filter(isLearned);
    const rules: [boolean, string, string, unknown?][] = [
      [goals.length === 1, 'objective', 'must be a single one for the sampler cma-es'],
      [
        learned.length > 0,
        'sampler',
        'must not be cma-es where no parameter is a range or a rising list of numbers without when',
      ],
      [
        options.population === 0 || options.population >= 4,
        'sampler.cma-es.population',
        'must be 0, or at least 4',
        options.population,
      ],
    ];
    return rules
      .filter(([isMet]) => !isMet)
      .map(([, key, rule, value]) => ({ key, rule, ...(value === undefined ? {} : { value }) }));
  },
  start: (setup) => new CmaEs(setup),
};

function isLearned({ isOrdered, count, when }: Axis): boolean {
  return isOrdered && count > 1 && when.length === 0;
}

interface Member {
  /** Where it lies in the box. */
  readonly x: Float64Array;
  readonly point: Point;
  costs: readonly number[] | null;
}

class CmaEs implements Search {
  readonly #space: Space;
  readonly #learned: readonly number[];
  readonly #sigma: number;
  readonly #normal: Random;
  readonly #uniform: Random;
  #population: number;
  #cloud: Cloud | null;
  /** Where the cloud began: proposed again where nothing else near it meets the constraints. */
  #home: Member | null = null;
  #members: Member[] = [];
  #told = 0;
  #first = 0;

  constructor({ space, seed, options }: SearchSetup<CmaOptions>) {
    this.#space = space;
    this.#learned = space.axes.flatMap((axis, k) => (isLearned(axis) ? [k] : []));
    this.#sigma = options.sigma;
    this.#normal = stream(seed, 'sweep/cma-es');
    this.#uniform = stream(seed, 'sweep/cma-es/uniform');
    this.#population = options.population || defaultPopulation(this.#learned.length);
    this.#cloud = this.#newCloud(true);
  }

  get ended(): string | null {
    return this.#cloud === null ? `no point that meets the constraints in ${STARTS} draws` : null;
  }

  next() {
    if (this.#cloud === null || this.#members.length === this.#population) return null;
    const member = this.#drawn(this.#cloud);
    this.#members.push(member);
    return wholeDraft(member.point);
  }

  learn(index: number, costs: readonly number[] | null): void {
    this.#members[index - this.#first]!.costs = costs;
    this.#told++;
    if (this.#told === this.#population) this.#generation(this.#cloud!);
  }

  /** The whole generation is told: the cloud moves, or starts afresh with twice the points. */
  #generation(cloud: Cloud): void {
    const members = this.#members;
    const order = inOrder(members.map(({ costs }) => costs));
    const ranked = order.filter((row) => members[row]!.costs !== null);
    cloud.update(ranked.map((row) => members[row]!.x));
    const isOnePoint = new Set(members.map(({ point }) => pointKey(point))).size === 1;
    this.#first += members.length;
    this.#members = [];
    this.#told = 0;
    if (!isOnePoint && cloud.spread > NARROW) return;
    // Auger and Hansen 2005 (IPOP): a larger cloud looks wider.
    this.#population *= 2;
    this.#cloud = this.#newCloud(false) ?? cloud;
  }

  /** In the middle of the box, or anywhere; in any case where the constraints are met. */
  #newCloud(inTheMiddle: boolean): Cloud | null {
    const n = this.#learned.length;
    let home: Member | null = null;
    let nearest = Number.POSITIVE_INFINITY;
    const wanted = inTheMiddle ? FEW : 1;
    for (let start = 0, found = 0; start < STARTS && found < wanted; start++) {
      const isMiddle = inTheMiddle && start === 0;
      const x = Float64Array.from({ length: n }, () => (isMiddle ? 0.5 : this.#uniform()));
      const point = this.#pointAt(x);
      if (!meets(this.#space, point)) continue;
      found++;
      const distance = x.reduce((sum, at) => sum + (at - 0.5) ** 2, 0);
      if (distance < nearest) {
        nearest = distance;
        home = { x, point, costs: null };
      }
      if (isMiddle) break;
    }
    this.#home = home ?? this.#home;
    return home === null ? null : new Cloud(home.x, this.#sigma, this.#population);
  }

  #drawn(cloud: Cloud): Member {
    let x = cloud.mean;
    for (let draw = 0; draw < DRAWS; draw++) {
      x = cloud.draw(() => gaussian(this.#normal));
      if (x.some((at) => at < 0 || at > 1)) continue;
      const point = this.#pointAt(x);
      if (meets(this.#space, point)) return { x, point, costs: null };
    }
    const far = x.map(reflected);
    for (let halving = 0; halving < HALVINGS; halving++) {
      const near = far.map((at, k) =>
        reflected(cloud.mean[k]! + (at - cloud.mean[k]!) / 2 ** halving),
      );
      const point = this.#pointAt(near);
      if (meets(this.#space, point)) return { x: near, point, costs: null };
    }
    return { ...this.#home!, costs: null };
  }

  /** The point at a place in the box; what is not learned is drawn. */
  #pointAt(x: Float64Array): Point {
    const shares = this.#space.axes.map(() => this.#uniform());
    this.#learned.forEach((axis, k) => {
      shares[axis] = x[k]!;
    });
    return pointAtShares(this.#space, shares);
  }
}

export function defaultPopulation(n: number): number {
  return 4 + Math.floor(3 * Math.log(n));
}

/** Folded back into 0 to 1 as if the bounds were mirrors. */
function reflected(at: number): number {
  const folded = Math.abs(at) % 2;
  return folded > 1 ? 2 - folded : folded;
}
