// From a compiled sweep to tasks: which rows are searched and judged, how much warm-up they need, which
// strategies must be loaded, and what a shared reading of the data cannot vary.
//
//   rows   | warm-up |======= train =======|==== test ====|  rest, untouched |
//            halving:  |=== fraction ===|
//
// A trial on a part of the rows is a trial of the config with `world.from` and `world.to` set, so that
// everybody can run it again alone.

import type { SeatSpec } from '../../agents/seat.ts';
import { assigned } from '../../config/change.ts';
import { isoText, parseInstant } from '../../config/instant.ts';
import type { Config } from '../../config/schema.ts';
import { InputError, type Problem } from '../../errors.ts';
import { DAY_MS } from '../../interval.ts';
import { drawer } from '../samplers/random.ts';
import type { RowRange } from '../splits.ts';
import type { Axis, Value } from './axis.ts';
import { type PanelColumns, rowAt } from './slice.ts';
import { type Point, pointAt, pointAtShares, type Space } from './space.ts';
import { assignmentsOf, type Splits, type Sweep } from './spec.ts';
import { type StrategyBook, seatsOf, type TrialTask } from './trial.ts';

const TAPE = 'world.tape.file';
/** What chooses the candles: all trials share one reading of them. */
const READS_DATA: readonly string[] = [
  'world.venue',
  'world.fallbacks',
  'world.symbols',
  'world.interval',
  'world.from',
  'world.to',
  'world.funding',
  'world.sentiment',
  'world.fills.finerInterval',
  TAPE,
];
/** Statistics that are never above zero: the largest is the mildest. */
const BELOW_ZERO: readonly string[] = ['maxDrawdown', 'averageLossUsd'];

/** What a sound spec asks for that a sweep cannot give, with keys of the spec. */
export function planProblems({ space, objectives }: Sweep): Problem[] {
  const problems: Problem[] = [];
  for (const axis of space.axes) {
    const key = `parameters.${axis.path}`;
    const isFiner = axis.path === 'world.fills.path' && valuesOf(axis).includes('finer');
    if (!READS_DATA.includes(axis.path) && !isFiner) continue;
    const what = axis.path === TAPE ? 'which answers are read' : 'which candles are read';
    const rule = `must not be swept: it says ${what}, and all trials share them`;
    problems.push({ key, rule });
  }
  for (const { name, goal } of objectives) {
    if (goal === 'max' || !BELOW_ZERO.includes(name)) continue;
    const rule = 'must be max: it is never above zero, so the largest is the mildest';
    problems.push({ key: `objective.${name}`, rule, value: goal });
  }
  return problems;
}

/** A strategy that some point asks for, and the key of the config that names it. */
export interface NamedStrategy {
  readonly name: string;
  readonly key: string;
}

/** Every strategy that the base config or a value of the space names, each once. */
export function strategyNames({ decision }: Config, space: Space): NamedStrategy[] {
  const found = new Map<string, string>();
  const add = (name: string, key: string) => {
    if (!found.has(name)) found.set(name, key);
  };
  const sweptAt = (path: string) => {
    const axis = space.axes.find((one) => one.path === path);
    return axis === undefined ? [] : valuesOf(axis);
  };
  const alone = [decision.strategy, ...sweptAt('decision.strategy')];
  for (const name of alone) if (typeof name === 'string') add(name, 'decision.strategy');
  if (!alone.includes(null)) return listOf(found);
  for (const [id, agent] of Object.entries(decision.agents)) {
    const key = `decision.agents.${id}`;
    for (const use of [agent.use, ...sweptAt(`${key}.use`)]) add(String(use ?? id), key);
  }
  return listOf(found);
}

function listOf(found: ReadonlyMap<string, string>): NamedStrategy[] {
  return [...found].map(([name, key]) => ({ name, key }));
}

function valuesOf(axis: Axis): Value[] {
  if (axis.count === Number.POSITIVE_INFINITY || axis.scale !== null) return [];
  return Array.from({ length: axis.count }, (_, k) => axis.value(k));
}

/** Candles that a config and its seats need before their range, see `warmupOf` of bin/world.ts. */
export type WarmupOf = (config: Config, seats: readonly SeatSpec[], baseMs: number) => number;

/** Points looked at one by one for their warm-up; of a larger space its corners and a sample. */
const LOOKED_AT = 4096;

/** Most base candles of warm-up that a point of the space needs, as far as looking finds it. */
export function longestWarmup(
  base: Config,
  { space, seed }: Sweep,
  strategies: StrategyBook,
  warmupOf: WarmupOf,
  baseMs: number,
): number {
  let longest = 0;
  for (const point of [{}, ...pointsToLookAt(space, seed)]) {
    const needed = warmupAt(base, assignmentsOf(point), strategies, warmupOf, baseMs);
    if (needed !== null && needed > longest) longest = needed;
  }
  return longest;
}

function* pointsToLookAt(space: Space, seed: number): Generator<Point> {
  if (space.size <= LOOKED_AT) {
    for (let k = 0; k < space.size; k++) yield pointAt(space, k);
    return;
  }
  const { axes } = space;
  for (const rest of [0, 1]) {
    yield pointAtShares(space, Array(axes.length).fill(rest));
    for (let k = 0; k < axes.length; k++) {
      yield pointAtShares(
        space,
        axes.map((_, at) => (at === k ? 1 - rest : rest)),
      );
    }
  }
  const draw = drawer(space, seed, 'sweep/warmup');
  for (let k = 0; k < LOOKED_AT; k++) yield draw();
}

/** Null where the config would be refused anyway. */
function warmupAt(
  base: Config,
  assignments: readonly (readonly [string, Value])[],
  strategies: StrategyBook,
  warmupOf: WarmupOf,
  baseMs: number,
): number | null {
  try {
    // Unchecked, because checking takes a millisecond: the trial itself will be.
    const config = assigned(base, assignments);
    const { seats } = seatsOf(config.decision, strategies);
    const needed = warmupOf(config, seats, baseMs);
    return Number.isFinite(needed) ? needed : null;
  } catch {
    return null;
  }
}

/** Decided rows that are searched on, and those that the best are judged on. */
export interface Spans {
  readonly train: RowRange;
  readonly test: RowRange | null;
}

/** The rows of splits; `firstRow` is the first that counts. Throws InputError where one is empty. */
export function spansOf(firstRow: number, length: number, splits: Splits | null): Spans {
  const rows = length - firstRow;
  if (splits === null) return { train: { from: firstRow, to: length }, test: null };
  const trainEnd = firstRow + Math.round(rows * splits.train);
  const testEnd = Math.min(length, trainEnd + Math.round(rows * splits.test));
  if (trainEnd === firstRow || testEnd === trainEnd) {
    const rule = `must leave a candle on either side, of ${rows}`;
    throw new InputError({ key: 'splits', rule, value: `${splits.train} and ${splits.test}` });
  }
  return { train: { from: firstRow, to: trainEnd }, test: { from: trainEnd, to: testEnd } };
}

/** The first share of a span, one row at least. */
export function shareOf({ from, to }: RowRange, fraction: number): RowRange {
  return { from, to: Math.min(to, from + Math.max(1, Math.round((to - from) * fraction))) };
}

/** The same of rows in several pieces, counted through them. */
export function shareOfPieces(pieces: readonly RowRange[], fraction: number): RowRange[] {
  const rows = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  let left = shareOf({ from: 0, to: rows }, fraction).to;
  return pieces.flatMap(({ from, to }) => {
    const taken = Math.min(left, to - from);
    left -= taken;
    return taken > 0 ? [{ from, to: from + taken }] : [];
  });
}

/** UTC days that a range of rows touches: how many daily returns a trial on it has at most. */
export function daysOf({ openMs, intervalMs }: PanelColumns, { from, to }: RowRange): number {
  // A close at midnight belongs to the day that ended, as in statistics/returns.ts.
  const day = (row: number) => Math.ceil((openMs[row]! + intervalMs) / DAY_MS);
  return to <= from ? 0 : day(to - 1) - day(from) + 1;
}

/** What tasks are made from. */
export interface PlanGround {
  readonly config: Config;
  readonly columns: PanelColumns;
  /** First row inside the range of the base config. */
  readonly firstRow: number;
  /** Candles of warm-up that were asked for when the data were read. */
  readonly readCandles: number;
  readonly strategies: StrategyBook;
  readonly warmupOf: WarmupOf;
}

/** The task of a point on a range of decided rows. */
export function taskOf(ground: PlanGround, index: number, point: Point, rows: RowRange): TrialTask {
  const { config, columns, firstRow } = ground;
  const { openMs, intervalMs } = columns;
  const from = rows.from === firstRow ? config.world.from : isoText(openMs[rows.from]!);
  const to =
    rows.to === openMs.length ? config.world.to : isoText(openMs[rows.to - 1]! + intervalMs);
  const assignments: [string, Value][] = assignmentsOf(point);
  if (from !== config.world.from) assignments.push(['world.from', from]);
  if (to !== config.world.to) assignments.push(['world.to', to]);
  const task = { index, assignments, readRow: 0, fromRow: rows.from, toRow: rows.to };
  if (from === null) return { ...task, missingCandles: 0 };
  const { strategies, warmupOf } = ground;
  const needed = warmupAt(config, assignments, strategies, warmupOf, intervalMs) ?? 0;
  const fromMs = parseInstant(from, 'world.from');
  const readMs = fromMs - needed * intervalMs;
  // Before its range a config without a beginning has all there is.
  const begins = config.world.from;
  const knownMs =
    begins === null
      ? Number.NEGATIVE_INFINITY
      : parseInstant(begins, 'world.from') - ground.readCandles * intervalMs;
  const missingCandles = readMs < knownMs ? Math.ceil((knownMs - readMs) / intervalMs) : 0;
  return {
    ...task,
    readRow: firstTraded(columns, rowAt(openMs, readMs), rows.from),
    missingCandles,
  };
}

/** A fallback's candles before the first one of a primary are not read by a run alone. */
function firstTraded({ legs }: PanelColumns, from: number, to: number): number {
  const closes = legs.filter(({ index, primary }) => index === primary);
  let row = from;
  while (row < to && closes.every(({ candles: { close } }) => close[row] !== close[row])) row++;
  return row;
}
