// Many points on little data, the best of them on more, the best of those on all of it.
//
//   halving     one bracket, as wide as the budget allows; a rung waits until it is told whole
//   hyperband   brackets from wide to narrow, over and over
//   asha        no waiting: whoever is among the best 1 / eta of a rung so far goes up, best rung
//               first, else a new point begins; what "so far" is, the batch decides, not a worker
//
// Every run of a point on a rung is a trial of its own. Sources: rungs.ts.

import type { SchemaNode } from '../../config/place.ts';
import { branch, number, oneOf, whole } from '../../config/schema/parts.ts';
import type { Point } from '../sweep/space.ts';
import type { Draft, SamplerKind, Search, SearchSetup } from './contract.ts';
import { random } from './random.ts';
import { hyperbandBrackets, maxBracket, promoted, type Rung, rungsOf, trialsOf } from './rungs.ts';
import { sobol } from './sobol.ts';

export interface HalvingOptions {
  readonly mode: 'halving' | 'hyperband' | 'asha';
  /** One of eta goes up; each rung has eta times the data of the one below. */
  readonly eta: number;
  /** The lowest rung has at least this share of the data; a power of 1 / eta. */
  readonly minFraction: number;
  /** Where new points come from. */
  readonly points: 'random' | 'sobol';
}

export const halving: SamplerKind<HalvingOptions> = {
  description: 'Many points on little data, the best on more; halving, hyperband or asha.',
  options: branch({
    mode: oneOf('halving', ['halving', 'hyperband', 'asha'], 'How rungs are filled.'),
    eta: whole(3, 2, 100, 'One of eta goes up, to eta times the data.'),
    minFraction: number(0.1, 0.0001, 1, 'Least share of the data that a trial may run on.'),
    points: oneOf('random', ['random', 'sobol'], 'Where new points come from.'),
  }) as SchemaNode,
  problems(setup) {
    const problems =
      setup.options.points === 'sobol' ? (sobol.problems?.(sobolSetup(setup)) ?? []) : [];
    const least = leastBudget(setup.options);
    if (setup.budget < least) {
      const { mode, eta, minFraction } = setup.options;
      const rule = `must be at least ${least} for ${mode} with eta ${eta} and minFraction ${minFraction}`;
      problems.push({ key: 'budget', rule, value: setup.budget });
    }
    return problems;
  },
  start(setup) {
    const source =
      setup.options.points === 'sobol'
        ? sobol.start(sobolSetup(setup))
        : random.start({ ...setup, options: {} });
    return setup.options.mode === 'asha' ? new Asha(setup, source) : new Brackets(setup, source);
  },
};

function sobolSetup(setup: SearchSetup<HalvingOptions>) {
  return { ...setup, options: { scramble: true } };
}

/** Trials that one pass takes at least. */
function leastBudget({ mode, eta, minFraction }: HalvingOptions): number {
  const resource = 1 / minFraction;
  const most = maxBracket(resource, eta);
  if (mode === 'asha') return most + 1;
  if (mode === 'halving') return trialsOf(rungsOf(eta ** most, most, resource, eta));
  return hyperbandBrackets(resource, eta).reduce((sum, rungs) => sum + trialsOf(rungs), 0);
}

/** The widest single bracket whose trials the budget holds. */
export function widestBracket(budget: number, most: number, resource: number, eta: number): Rung[] {
  let points = eta ** most;
  while (trialsOf(rungsOf(points + 1, most, resource, eta)) <= budget) points++;
  return rungsOf(points, most, resource, eta);
}

interface Runner {
  readonly point: Point;
  readonly index: number;
  costs: readonly number[] | null;
  isTold: boolean;
}

class Brackets implements Search {
  readonly #source: Search;
  readonly #eta: number;
  readonly #resource: number;
  readonly #brackets: readonly (readonly Rung[])[];
  readonly #runners: Runner[] = [];
  #bracket = 0;
  #rung = 0;
  /** Who runs on this rung, and who of the rung below is still to be sent up. */
  #here: Runner[] = [];
  #waiting: Runner[] = [];
  #ended: string | null = null;

  constructor({ options, budget }: SearchSetup<HalvingOptions>, source: Search) {
    const { eta, minFraction, mode } = options;
    this.#source = source;
    this.#eta = eta;
    this.#resource = 1 / minFraction;
    const most = maxBracket(this.#resource, eta);
    this.#brackets =
      mode === 'hyperband'
        ? hyperbandBrackets(this.#resource, eta)
        : [widestBracket(budget, most, this.#resource, eta)];
  }

  get ended(): string | null {
    return this.#ended;
  }

  next(): Draft | null {
    while (this.#ended === null) {
      const draft = this.#rung === 0 ? this.#beginner() : this.#climber();
      if (draft !== null) return draft;
      if (this.#here.some(({ isTold }) => !isTold)) return null;
      this.#turn();
    }
    return null;
  }

  learn(index: number, costs: readonly number[] | null): void {
    Object.assign(this.#runners[index]!, { costs, isTold: true });
  }

  #beginner(): Draft | null {
    if (this.#here.length >= this.#rungs[0]!.points) return null;
    const fresh = this.#source.next();
    return fresh === null ? null : this.#enter(fresh.point, null);
  }

  #climber(): Draft | null {
    const runner = this.#waiting.shift();
    return runner === undefined ? null : this.#enter(runner.point, runner.index);
  }

  #enter(point: Point, from: number | null): Draft {
    const runner = { point, index: this.#runners.length, costs: null, isTold: false };
    this.#runners.push(runner);
    this.#here.push(runner);
    const fraction = this.#rungs[this.#rung]!.resource / this.#resource;
    return { point, fraction, rung: this.#rung, from };
  }

  get #rungs(): readonly Rung[] {
    return this.#brackets[this.#bracket % this.#brackets.length]!;
  }

  /** The rung is told whole: the best go up, or the bracket is over. */
  #turn(): void {
    const up = promoted(
      this.#here.map(({ costs }) => costs),
      this.#eta,
    );
    const isTop = this.#rung === this.#rungs.length - 1;
    const isOver = isTop || up.length === 0;
    this.#waiting = isOver ? [] : up.map((row) => this.#here[row]!);
    const isDry = this.#source.ended !== null || this.#here.length === 0;
    this.#here = [];
    this.#rung = isOver ? 0 : this.#rung + 1;
    if (!isOver) return;
    this.#bracket++;
    if (isDry) this.#ended = this.#source.ended ?? 'no new point was found';
    else if (this.#brackets.length === 1) this.#ended = 'the last rung was run';
  }
}

interface Climber extends Runner {
  isPromoted: boolean;
}

class Asha implements Search {
  readonly #source: Search;
  readonly #eta: number;
  readonly #rungs: Climber[][];
  readonly #all: Climber[] = [];

  constructor({ options }: SearchSetup<HalvingOptions>, source: Search) {
    this.#source = source;
    this.#eta = options.eta;
    const most = maxBracket(1 / options.minFraction, options.eta);
    this.#rungs = Array.from({ length: most + 1 }, () => []);
  }

  get ended(): string | null {
    const isTold = this.#all.every((climber) => climber.isTold);
    return this.#source.ended !== null && isTold && this.#candidate() === null
      ? this.#source.ended
      : null;
  }

  next(): Draft | null {
    const candidate = this.#candidate();
    if (candidate !== null) {
      candidate.climber.isPromoted = true;
      return this.#enter(candidate.climber.point, candidate.rung + 1, candidate.climber.index);
    }
    const fresh = this.#source.next();
    return fresh === null ? null : this.#enter(fresh.point, 0, null);
  }

  learn(index: number, costs: readonly number[] | null): void {
    Object.assign(this.#all[index]!, { costs, isTold: true });
  }

  /** Who may go up now, from the highest rung that has one. */
  #candidate(): { climber: Climber; rung: number } | null {
    for (let rung = this.#rungs.length - 2; rung >= 0; rung--) {
      const told = this.#rungs[rung]!.filter(({ isTold }) => isTold);
      if (told.length === 0) continue;
      const up = promoted(
        told.map(({ costs }) => costs),
        this.#eta,
      );
      const row = up.find((one) => !told[one]!.isPromoted);
      if (row !== undefined) return { climber: told[row]!, rung };
    }
    return null;
  }

  #enter(point: Point, rung: number, from: number | null): Draft {
    const climber: Climber = {
      point,
      index: this.#all.length,
      costs: null,
      isTold: false,
      isPromoted: false,
    };
    this.#all.push(climber);
    this.#rungs[rung]!.push(climber);
    const fraction = this.#eta ** (rung - this.#rungs.length + 1);
    return { point, fraction, rung, from };
  }
}
