// A swept parameter as it was tried: which values came up, and the cells that charts and tables put
// them in. Made from the trials alone, so that a page needs no spec.
//
//   few values   a cell each, numbers rising        many numbers   twelve cells of one width, or of
//                                                                  one factor where they span much

import type { Value } from '../../engine/research/sweep/axis.ts';
import { scaleOf } from '../../engine/research/sweep/neighbours.ts';
import type { TrialRow } from '../../engine/research/sweep/outcome.ts';
import { parameterText, shortNumber } from './words.ts';

/** Values that get a cell of their own, at most. */
export const MOST_VALUES = 12;

export interface AxisView {
  readonly path: string;
  readonly name: string;
  /** What it is called inside a chart, where no words of people may stand: A, B, C ... */
  readonly letter: string;
  readonly isNumeric: boolean;
  /** Distinct values: numbers rising, others as they came up. */
  readonly values: readonly Value[];
  /** Names of the cells; words from outside where the axis is not numeric. */
  readonly cells: readonly string[];
  /** Short forms of them for ticks: numbers, or the number of the cell. */
  readonly ticks: readonly string[];
  /** What stands at its lower and upper end: numbers, or numbers of cells. */
  readonly ends: readonly [low: string, high: string];
  /** True where each value has its own cell. */
  readonly isListed: boolean;
  /** The cell of a value, -1 where the point has none. */
  cellOf(value: Value | undefined): number;
  /** Where it lies along the axis, 0 to 1; NaN where the point has none. */
  shareOf(value: Value | undefined): number;
}

/** The axes of all points, in the order of their paths. */
export function axesOf(
  rows: readonly Pick<TrialRow, 'point'>[],
  paths: readonly string[],
  names: ReadonlyMap<string, string>,
): AxisView[] {
  return paths.map((path, k) => {
    const seen = new Map<string, Value>();
    for (const { point } of rows) {
      const value = point[path];
      if (value !== undefined) seen.set(keyOf(value), value);
    }
    const values = [...seen.values()];
    const head = { path, name: names.get(path) ?? path, letter: letterOf(k) };
    const numbers = values.filter((value) => typeof value === 'number');
    const isNumeric = numbers.length === values.length && values.length > 0;
    if (isNumeric) numbers.sort((a, b) => a - b);
    if (isNumeric && numbers.length > MOST_VALUES) return { ...head, ...ranged(numbers) };
    return { ...head, ...listed(isNumeric ? numbers : values, isNumeric) };
  });
}

type Bare = Omit<AxisView, 'path' | 'name' | 'letter'>;

function listed(values: readonly Value[], isNumeric: boolean): Bare {
  // Words beyond the last cell share it: a choice of hundreds is no axis to look at.
  const shown = values.slice(0, MOST_VALUES);
  const more = values.length - shown.length;
  const cells = shown.map(parameterText);
  if (more > 0) cells[cells.length - 1] = `${cells.at(-1)} and ${more} more`;
  const at = new Map(values.map((value, k) => [keyOf(value), Math.min(k, shown.length - 1)]));
  const cellOf = (value: Value | undefined) =>
    value === undefined ? -1 : (at.get(keyOf(value)) ?? -1);
  const ticks = shown.map((value, k) =>
    isNumeric ? shortNumber(value as number, 4) : String(k + 1),
  );
  return {
    isNumeric,
    values,
    cells,
    ticks,
    ends: [ticks[0] ?? '', ticks.at(-1) ?? ''],
    isListed: more === 0,
    cellOf,
    shareOf: (value) => {
      const cell = cellOf(value);
      return cell < 0 ? Number.NaN : (cell + 0.5) / shown.length;
    },
  };
}

function ranged(numbers: readonly number[]): Bare {
  const scale = scaleOf(numbers);
  const { isLog } = scale;
  const coordinate = isLog ? Math.log : (value: number) => value;
  const [low, high] = [coordinate(numbers[0]!), coordinate(numbers.at(-1)!)];
  const edge = (k: number) => {
    const at = low + (k / MOST_VALUES) * (high - low);
    return shortNumber(isLog ? Math.exp(at) : at, 3);
  };
  const shareOf = (value: Value | undefined) =>
    typeof value === 'number' ? scale.shareOf(value) : Number.NaN;
  const steps = Array.from({ length: MOST_VALUES }, (_, k) => k);
  return {
    isNumeric: true,
    values: numbers,
    cells: steps.map((k) => `${edge(k)} to ${edge(k + 1)}`),
    ticks: steps.map(edge),
    ends: [edge(0), edge(MOST_VALUES)],
    isListed: false,
    cellOf: (value) => {
      const share = shareOf(value);
      return share === share ? Math.min(MOST_VALUES - 1, Math.floor(share * MOST_VALUES)) : -1;
    },
    shareOf,
  };
}

function keyOf(value: Value): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A to Z, then A2 to Z2 and so on. */
function letterOf(k: number): string {
  const letter = String.fromCharCode(65 + (k % 26));
  return k < 26 ? letter : `${letter}${Math.floor(k / 26) + 1}`;
}
