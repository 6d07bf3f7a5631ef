// Several objectives: who is beaten by whom, and an order when one is needed.
//
// A point dominates another when it costs no more in every objective and less in one. Front 0 are
// those nobody dominates, front 1 those only front 0 dominates, and so on. Within a front the lonely
// ones come first. Deb, Pratap, Agarwal and Meyarivan, NSGA-II, IEEE Trans. Evol. Comp. 6/2 (2002).

import { costsOf, type Goal } from './contract.ts';

type Costs = readonly number[];

/** True when `a` costs no more than `b` anywhere, and less somewhere. */
export function dominates(a: Costs, b: Costs): boolean {
  let isLess = false;
  for (let k = 0; k < a.length; k++) {
    if (a[k]! > b[k]!) return false;
    if (a[k]! < b[k]!) isLess = true;
  }
  return isLess;
}

/**
 * Front of each row of costs, 0 the best. Quadratic in the rows; with one objective use `inOrder`.
 */
export function frontsOf(costs: readonly Costs[]): Int32Array {
  const front = new Int32Array(costs.length).fill(-1);
  const beatenBy = new Int32Array(costs.length);
  const beats = costs.map((a) =>
    costs.flatMap((b, j) => {
      if (!dominates(a, b)) return [];
      beatenBy[j]!++;
      return [j];
    }),
  );
  let current = costs.flatMap((_, i) => (beatenBy[i] === 0 ? [i] : []));
  for (let rank = 0; current.length > 0; rank++) {
    const next: number[] = [];
    for (const i of current) {
      front[i] = rank;
      for (const j of beats[i]!) if (--beatenBy[j]! === 0) next.push(j);
    }
    current = next.sort((a, b) => a - b);
  }
  return front;
}

/** How far the neighbours of each row lie apart, summed over objectives; Infinity at the ends. */
export function crowdingOf(costs: readonly Costs[]): Float64Array {
  const crowding = new Float64Array(costs.length);
  for (let k = 0; k < (costs[0]?.length ?? 0); k++) {
    const order = costs.map((_, i) => i).sort((a, b) => costs[a]![k]! - costs[b]![k]! || a - b);
    const span = costs[order.at(-1)!]![k]! - costs[order[0]!]![k]!;
    crowding[order[0]!] = Number.POSITIVE_INFINITY;
    crowding[order.at(-1)!] = Number.POSITIVE_INFINITY;
    if (span === 0) continue;
    for (let n = 1; n < order.length - 1; n++) {
      crowding[order[n]!]! += (costs[order[n + 1]!]![k]! - costs[order[n - 1]!]![k]!) / span;
    }
  }
  return crowding;
}

/**
 * Row numbers, best first: by cost, or by front and then by loneliness; ties by row. Rows that are
 * null (failed) come last.
 */
export function inOrder(costs: readonly (Costs | null)[]): number[] {
  const rows = costs.flatMap((_, i) => (costs[i] === null ? [] : [i]));
  const failed = costs.flatMap((_, i) => (costs[i] === null ? [i] : []));
  const sound = rows.map((i) => costs[i]!);
  if ((sound[0]?.length ?? 1) === 1) {
    rows.sort((a, b) => costs[a]![0]! - costs[b]![0]! || a - b);
    return [...rows, ...failed];
  }
  const fronts = frontsOf(sound);
  const order: number[] = [];
  for (let rank = 0; order.length < rows.length; rank++) {
    const members = rows.flatMap((_, n) => (fronts[n] === rank ? [n] : []));
    const crowding = crowdingOf(members.map((n) => sound[n]!));
    const lonely = members.map((n, m) => ({ n, apart: crowding[m]! }));
    // Infinity minus Infinity is no number: compared, not subtracted.
    lonely.sort((a, b) => (a.apart === b.apart ? a.n - b.n : a.apart > b.apart ? -1 : 1));
    order.push(...lonely.map(({ n }) => rows[n]!));
  }
  return [...order, ...failed];
}

/**
 * The Pareto front of rows of objective values: row numbers, rising, of those that no other row
 * dominates. Rows with a value that is not finite are left out.
 */
export function paretoFront(values: readonly Costs[], goals: readonly Goal[]): number[] {
  const costs = values.map((row) => costsOf(row, goals, 'done'));
  return costs.flatMap((a, i) => {
    if (a === null) return [];
    return costs.some((b) => b !== null && dominates(b, a)) ? [] : [i];
  });
}
