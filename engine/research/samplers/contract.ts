// What a sampler is: a search that proposes points one after the other and is told what they cost.
//
//   plan      index  0   1   2   3 | 4   5 ...         proposed in batches of a fixed size
//   told             0   1   2   3 |                   in the same order, whoever finished first
//
// The invariant: what is proposed depends on (space, goals, seed, budget, options) and on what was
// told before, never on time, on workers, or on the order in which trials ended.

import type { SchemaNode } from '../../config/place.ts';
import { assert, type Problem } from '../../errors.ts';
import type { Axis } from '../sweep/axis.ts';
import type { Point, Space } from '../sweep/space.ts';

export type Goal = 'max' | 'min';
export type TrialStatus = 'done' | 'failed';

/** A point to be tried, before it has a place in the plan. */
export interface Draft {
  readonly point: Point;
  /** Share of the data's span that the trial runs on, from its beginning: above 0, to 1. */
  readonly fraction: number;
  /** Rung of a halving sampler, 0 the lowest; 0 for all others. */
  readonly rung: number;
  /** Plan index of the trial of this point on less data; null where it is new. */
  readonly from: number | null;
}

export interface Proposal extends Draft {
  /** Place in the plan: 0, 1, 2, ... */
  readonly index: number;
}

/** Everything that a search depends on. */
export interface SearchSetup<Options> {
  readonly space: Space;
  /** One of each objective, in the order of the values told. */
  readonly goals: readonly Goal[];
  readonly seed: number;
  /** Trials that will be asked for at most, 1 or more. */
  readonly budget: number;
  readonly options: Options;
}

/** A search under way. What a new sampler implements; see Sampler for what the outside sees. */
export interface Search {
  /** The next draft; null while it waits for what is not told yet, or when it has ended. */
  next(): Draft | null;
  /**
   * What the trial of plan index `index` (the index-th draft) cost: one number an objective, the
   * smaller the better, all finite; null = failed.
   */
  learn?(index: number, costs: readonly number[] | null): void;
  /** Why nothing will come any more; null while something may. */
  readonly ended: string | null;
}

/** A kind of sampler, as list.ts lists it. */
export interface SamplerKind<Options> {
  readonly description: string;
  /** Its options with their defaults, as a schema of the config's form. */
  readonly options: SchemaNode;
  /** A rule that an axis breaks, or null. */
  axisRule?(axis: Axis): string | null;
  /** What else it cannot do, with keys of the spec; the axes are sound by then. */
  problems?(setup: SearchSetup<Options>): Problem[];
  start(setup: SearchSetup<Options>): Search;
}

/** A search from outside: numbers drafts, keeps the order, turns values into costs. */
export class Sampler {
  readonly name: string;
  readonly #search: Search;
  readonly #goals: readonly Goal[];
  readonly #budget: number;
  #proposed = 0;
  #told = 0;

  constructor(name: string, search: Search, goals: readonly Goal[], budget: number) {
    this.name = name;
    this.#search = search;
    this.#goals = goals;
    this.#budget = budget;
  }

  /** Trials proposed so far: the next one's plan index. */
  get proposed(): number {
    return this.#proposed;
  }

  /** False when it proposes the same whatever it is told, and however many are asked for at once. */
  get learns(): boolean {
    return this.#search.learn !== undefined;
  }

  /** Trials told so far. */
  get told(): number {
    return this.#told;
  }

  /** Why nothing more will be proposed, in words for a person; null while something may. */
  get ended(): string | null {
    if (this.#proposed >= this.#budget) return `the budget of ${this.#budget} trials is spent`;
    return this.#search.ended;
  }

  /**
   * The next proposals: `count` of them, or fewer when it waits for what is not told yet or has
   * ended; none at all only when everything proposed must be told first, or `ended` says why.
   */
  propose(count: number): Proposal[] {
    const proposals: Proposal[] = [];
    while (proposals.length < count && this.#proposed < this.#budget) {
      const draft = this.#search.next();
      if (draft === null) break;
      proposals.push(Object.freeze({ index: this.#proposed, ...draft }));
      this.#proposed++;
    }
    const waits = this.#told < this.#proposed || this.ended !== null;
    assert(
      proposals.length > 0 || waits || count <= 0,
      `${this.name} proposes, waits or has ended`,
    );
    return proposals;
  }

  /**
   * Tells what became of a trial: one value an objective, in the order of the goals. Must be called
   * once for every proposal, in the order of `index`. A value that is not finite is a failure.
   */
  tell(index: number, values: readonly number[], status: TrialStatus): void {
    assert(index === this.#told && index < this.#proposed, 'trials are told in plan order');
    this.#told++;
    this.#search.learn?.(index, costsOf(values, this.#goals, status));
  }
}

/** Costs of values (the smaller the better), null where the trial failed or a value is not finite. */
export function costsOf(
  values: readonly number[],
  goals: readonly Goal[],
  status: TrialStatus,
): readonly number[] | null {
  if (status === 'failed') return null;
  const costs = goals.map((goal, k) => (goal === 'max' ? -values[k]! : values[k]!));
  return costs.every(Number.isFinite) ? costs : null;
}

/** A draft on all of the data. */
export function wholeDraft(point: Point): Draft {
  return { point, fraction: 1, rung: 0, from: null };
}
