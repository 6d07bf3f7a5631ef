// Plateau or spike: what becomes of the objective one step beside the best. A value that is good among
// good neighbours may be a property of the market; one that stands alone was found by looking often.
//
// A neighbour is a trial whose every parameter is the best's or next to it: the next value that was
// tried, or within a tenth of the range where more than MOST_STEPS values were. Words must be equal.
// It keeps the share of the best's lead over the median trial that it has itself; failed = 0.

import { quantile } from '../../statistics/moments.ts';
import type { Goal } from '../samplers/contract.ts';
import type { Value } from './axis.ts';
import type { TrialRow } from './outcome.ts';
import type { Point } from './space.ts';

/** Distinct values up to which the next one is a step. */
export const MOST_STEPS = 64;
const NEAR = 0.1;
/** A neighbour that keeps this much is as good as the best. */
const AS_GOOD = 0.9;
/** Neighbours below which nothing is said. */
const FEWEST = 3;
/** From this ratio of greatest to least on, values may have been drawn by a factor. */
const WIDE = 20;

/** As much of a trial as is looked at. */
export type NeighbourRow = Pick<TrialRow, 'index' | 'status' | 'fraction' | 'point' | 'values'>;

export interface Neighbour<Row extends NeighbourRow = NeighbourRow> {
  readonly row: Row;
  /** Null where it failed. */
  readonly value: number | null;
  /** 1 = as good as the best, 0 = as the median trial or worse, or failed. */
  readonly kept: number;
}

export interface Loss {
  readonly mean: number;
  readonly of: number;
}

export interface Neighbourhood<Row extends NeighbourRow = NeighbourRow> {
  /** The worst first. */
  readonly neighbours: readonly Neighbour<Row>[];
  /** Of them, those that keep half or more. */
  readonly keeping: number;
  /** Median share that they keep; null without any. */
  readonly kept: number | null;
  /** Share of them within a tenth of the best's lead; null without any. */
  readonly asGood: number | null;
  /** By path: the mean share that is lost one step away in that parameter alone, and over how many. */
  readonly losses: ReadonlyMap<string, Loss>;
  readonly kind: 'plateau' | 'spike' | 'unknown';
}

/** The same as a file holds it: counts and shares, fractions. */
export interface Sensitivity extends Pick<Neighbourhood, 'kind' | 'keeping' | 'kept' | 'asGood'> {
  /** Plan index of the best. */
  readonly best: number;
  readonly neighbours: number;
  readonly losses: Readonly<Record<string, Loss>>;
}

/** What lies around the best by the first objective; null without one, or where all are alike. */
export function neighbourhood<Row extends NeighbourRow>(
  rows: readonly Row[],
  goal: Goal,
): (Neighbourhood<Row> & { readonly best: Row }) | null {
  const done = rows.filter(({ status, values }) => {
    return status === 'done' && Number.isFinite(values[0] ?? Number.NaN);
  });
  const fraction = done.reduce((most, row) => Math.max(most, row.fraction), 0);
  const competing = done.filter((row) => row.fraction === fraction);
  const firstOf = (row: NeighbourRow) => row.values[0]!;
  const isBetter = (a: Row, b: Row) =>
    goal === 'min' ? firstOf(a) < firstOf(b) : firstOf(a) > firstOf(b);
  const [first, ...others] = competing;
  if (first === undefined) return null;
  const best = others.reduce((top, row) => (isBetter(row, top) ? row : top), first);
  if (competing.every((row) => firstOf(row) === firstOf(best))) return null;
  const middle = medianOf(competing.map(firstOf))!;
  const paths = pathsOf(competing);
  const isNear = nearness(rows, competing, paths);
  const known = new Set<Row>(competing);
  const neighbours = rows.flatMap((row): Neighbour<Row>[] => {
    if (row === best || row.fraction !== best.fraction || !isNear(row.point, best.point)) return [];
    const value = known.has(row) ? firstOf(row) : null;
    const share = value === null ? 0 : (value - middle) / (firstOf(best) - middle);
    const kept = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0;
    return [{ row, value, kept }];
  });
  neighbours.sort((a, b) => a.kept - b.kept || a.row.index - b.row.index);
  const kept = medianOf(neighbours.map((one) => one.kept));
  const good = neighbours.filter((one) => one.kept >= AS_GOOD).length;
  return {
    best,
    neighbours,
    keeping: neighbours.filter((one) => one.kept >= 0.5).length,
    kept,
    asGood: neighbours.length === 0 ? null : good / neighbours.length,
    losses: lossesOf(paths, best.point, neighbours),
    kind:
      kept === null || neighbours.length < FEWEST ? 'unknown' : kept >= 0.5 ? 'plateau' : 'spike',
  };
}

/** How the best of these trials stands among its neighbours, in numbers; null as above. */
export function sensitivityOf(rows: readonly NeighbourRow[], goal: Goal): Sensitivity | null {
  const around = neighbourhood(rows, goal);
  if (around === null) return null;
  const { best, neighbours, losses, kind, keeping, kept, asGood } = around;
  return {
    best: best.index,
    kind,
    neighbours: neighbours.length,
    keeping,
    kept,
    asGood,
    losses: Object.fromEntries([...losses].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/**
 * Where a value lies between the least and the greatest of numbers that rise, 0 to 1: evenly, or by
 * factor where they span much and their middle says that they were drawn so.
 */
export function scaleOf(numbers: readonly number[]): {
  readonly isLog: boolean;
  readonly shareOf: (value: number) => number;
} {
  const [least, greatest] = [numbers[0]!, numbers.at(-1)!];
  const middle = numbers[numbers.length >> 1]!;
  const evenly = (middle - least) / (greatest - least);
  const byFactor = Math.log(middle / least) / Math.log(greatest / least);
  const isWide = least > 0 && greatest / least >= WIDE;
  const isLog = isWide && Math.abs(byFactor - 0.5) < Math.abs(evenly - 0.5);
  const coordinate = isLog ? Math.log : (value: number) => value;
  const [low, high] = [coordinate(least), coordinate(greatest)];
  return { isLog, shareOf: (value) => (coordinate(value) - low) / (high - low) };
}

function medianOf(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

function pathsOf(rows: readonly NeighbourRow[]): string[] {
  const paths = new Set<string>();
  for (const { point } of rows) for (const path in point) paths.add(path);
  return [...paths];
}

function numbersAt(rows: readonly NeighbourRow[], path: string): number[] {
  const found = new Set<number>();
  for (const { point } of rows) {
    const value = point[path];
    if (typeof value === 'number') found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function nearness(
  rows: readonly NeighbourRow[],
  competing: readonly NeighbourRow[],
  paths: readonly string[],
): (a: Point, b: Point) => boolean {
  const tests = paths.map((path) => {
    const isNumeric = competing.every(({ point }) => {
      return point[path] === undefined || typeof point[path] === 'number';
    });
    if (!isNumeric) return (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b);
    const distinct = numbersAt(rows, path);
    if (distinct.length > MOST_STEPS) {
      const { shareOf } = scaleOf(numbersAt(competing, path));
      return (a: Value, b: Value) => Math.abs(shareOf(a as number) - shareOf(b as number)) <= NEAR;
    }
    const rank = new Map(distinct.map((value, k) => [value, k]));
    return (a: Value, b: Value) =>
      Math.abs((rank.get(a as number) ?? NaN) - (rank.get(b as number) ?? NaN)) <= 1;
  });
  return (a, b) =>
    tests.every((test, k) => {
      const [one, other] = [a[paths[k]!], b[paths[k]!]];
      return one === undefined || other === undefined ? one === other : test(one, other);
    });
}

/** What one step costs in each parameter while all others stay. */
function lossesOf(paths: readonly string[], best: Point, neighbours: readonly Neighbour[]) {
  const losses = new Map<string, Loss>();
  for (const { row, kept } of neighbours) {
    const moved = paths.filter((path) => row.point[path] !== best[path]);
    if (moved.length !== 1) continue;
    const path = moved[0]!;
    const { mean, of } = losses.get(path) ?? { mean: 0, of: 0 };
    losses.set(path, { mean: (mean * of + 1 - kept) / (of + 1), of: of + 1 });
  }
  return losses;
}
