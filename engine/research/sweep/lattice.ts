// Counts the points of a finite space and finds the n-th one, in lexicographic order, without making
// the others: the first axis turns slowest, the last one fastest, an inactive axis does not turn.
//
// Without conditions this is a number written in mixed radix. With them, how many points follow
// depends on which later axes are still possible, and on nothing else: that is what is remembered.

import type { Axis } from './axis.ts';

/** Beyond this a whole number is not told from its neighbour once two are added. */
export const MAX_POINTS = 2 ** 52;

export interface Lattice {
  /** How many points there are; Infinity where an axis is continuous or above MAX_POINTS. */
  readonly size: number;
  /** The option of each axis at point `index`, 0 to size - 1; -1 where it is inactive. */
  optionsAt(index: number): number[];
}

/** One character an axis: `1` where a condition of it has failed already. */
type Blocked = string;

/** Options from `first` on, `length` of them, after which the same points follow. */
interface Run {
  readonly first: number;
  readonly length: number;
  readonly blocked: Blocked;
}

/** The lattice of axes in an order in which conditions only look back. */
export function latticeOf(axes: readonly Axis[]): Lattice {
  const followers = axes.map(({ path }) =>
    axes.flatMap(({ when }, k) => (when.some((condition) => condition.path === path) ? [k] : [])),
  );
  /** Options of axis k that a condition names, rising; all others are alike. */
  const named = axes.map((axis, k) => {
    const conditions = followers[k]!.flatMap((follower) => axes[follower]!.when);
    const options = conditions
      .filter(({ path }) => path === axis.path)
      .flatMap(({ values }) => values.map((value) => axis.optionOf(value)));
    return [...new Set(options)].filter((option) => option >= 0).sort((a, b) => a - b);
  });
  const memory = new Map<string, number>();

  /** What is blocked once axis k has the value of `option`, or is inactive (-1). */
  const after = (blocked: Blocked, k: number, option: number): Blocked => {
    if (followers[k]!.length === 0) return blocked;
    const axis = axes[k]!;
    const marks = [...blocked];
    for (const follower of followers[k]!) {
      const isMet = axes[follower]!.when.every(
        ({ path, values }) =>
          path !== axis.path || values.some((value) => axis.optionOf(value) === option),
      );
      if (option < 0 || !isMet) marks[follower] = '1';
    }
    return marks.join('');
  };

  const runsOf = (k: number, blocked: Blocked): Run[] => {
    const runs: Run[] = [];
    let first = 0;
    const add = (length: number) => {
      if (length > 0) runs.push({ first, length, blocked: after(blocked, k, first) });
      first += length;
    };
    for (const option of named[k]!) {
      add(option - first);
      add(1);
    }
    add(axes[k]!.count - first);
    return runs;
  };

  /** Points of the axes from k on. */
  const points = (k: number, blocked: Blocked): number => {
    if (k === axes.length) return 1;
    const key = `${k}:${blocked.slice(k)}`;
    const known = memory.get(key);
    if (known !== undefined) return known;
    const sum =
      blocked[k] === '1'
        ? points(k + 1, after(blocked, k, -1))
        : runsOf(k, blocked).reduce((all, run) => all + run.length * points(k + 1, run.blocked), 0);
    memory.set(key, sum);
    return sum;
  };

  const open = '0'.repeat(axes.length);
  const isEndless = axes.some(({ count }) => count === Number.POSITIVE_INFINITY);
  const counted = isEndless ? Number.POSITIVE_INFINITY : points(0, open);

  return {
    size: counted > MAX_POINTS ? Number.POSITIVE_INFINITY : counted,
    optionsAt(index) {
      let rest = index;
      let blocked = open;
      return axes.map((_, k) => {
        if (blocked[k] === '1') {
          blocked = after(blocked, k, -1);
          return -1;
        }
        for (const run of runsOf(k, blocked)) {
          const each = points(k + 1, run.blocked);
          if (rest < each * run.length) {
            const steps = Math.floor(rest / each);
            rest -= steps * each;
            blocked = run.blocked;
            return run.first + steps;
          }
          rest -= each * run.length;
        }
        throw new RangeError(`no point ${index}`);
      });
    },
  };
}
