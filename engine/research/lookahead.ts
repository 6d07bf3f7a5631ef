// Does a strategy know what it cannot know? Its decisions up to a row must not depend on later rows.
//
//   the whole history            |....................|   what it says, row by row
//   unborn: every row in turn    |....|                   a panel that grows, as live does
//   missing, hidden, changed     |.........|/////////|    at sampled rows, features computed anew
//
// `unborn` looks at every row with one run; the sampled ones also find what it cannot: reading how
// long the history is, or a feature that is made from the whole of it. A strategy that answers
// differently on the very same candles is told so, because no other comparison means anything then.

import { InputError } from '../errors.ts';
import { isProtection } from '../execution/order.ts';
import { ORDER_WORDS } from '../execution/order-log.ts';
import { buildPanel, Panel } from '../market/panel.ts';
import { gaussian, random } from '../random.ts';
import { type Run, type RunInput, runEvents, runLoop } from './backtest.ts';
import { firstOther, legName, overheard, parting, Witness } from './witness.ts';

/** What became of the rows after a cut: not in the columns at all, NaN, or other numbers. */
export type Future = 'missing' | 'hidden' | 'changed';

export interface LookaheadOptions {
  /** Rows at which the future is cut off, three runs each; 0 = only the run that sees none. */
  readonly samples?: number;
  /** Of the rows that are sampled and of the changed numbers. */
  readonly seed: number;
}

export interface Offence {
  readonly row: number;
  /** Index in the panel; null when it is the account and not one leg that differs. */
  readonly leg: number | null;
  /** Who said what in which of the two worlds. */
  readonly what: string;
}

export interface LookaheadReport {
  readonly clean: boolean;
  /** Rows whose answers were compared, summed over all runs beside the first. */
  readonly checked: number;
  /** Answers of the first run that were a BUY, a SELL or a target: without them clean says little. */
  readonly decisions: number;
  readonly firstOffence: Offence | null;
}

const DEFAULT_SAMPLES = 5;
export const FUTURES: readonly Future[] = ['missing', 'hidden', 'changed'];

type Words = readonly [withFuture: string, without: string];

/** How the two worlds of a comparison are called. */
export const LOOKAHEAD_WORDS: Readonly<Record<Future | 'again' | 'unborn', Words>> = {
  again: ['the first time', 'the second time on the same candles: its answers depend on more'],
  unborn: ['with the later rows', 'before they exist'],
  missing: ['with the later rows', 'when the history ends here'],
  hidden: ['with the later rows', 'when they are NaN'],
  changed: ['with the later rows', 'when they hold other prices'],
};

/**
 * Runs a config again with the future taken away and compares what was said, ordered and earned.
 * Throws what a run throws: InputError for a strategy that fails on its own history.
 */
export function checkLookahead(input: RunInput, options: LookaheadOptions): LookaheadReport {
  const { panel } = input;
  const whole = witnessed(input, runLoop);
  if (whole.thrown !== null) throw whole.thrown;
  let checked = 0;
  const offenceOf = (other: RunInput, run: Runner, words: Words): Offence | null => {
    const rows = other.panel.length;
    checked += whole.witness.trace.subarray(0, rows).filter((one) => one !== 0).length;
    const witness = witnessed(other, run);
    const row = firstDifference(whole, witness, rows);
    return row < 0 ? null : described(row, input, other, run, words);
  };
  const found = (): Offence | null => {
    const control =
      offenceOf(input, runLoop, LOOKAHEAD_WORDS.again) ??
      offenceOf(input, runEvents, LOOKAHEAD_WORDS.unborn);
    if (control) return control;
    const { maxHoleCandles } = input.config.world;
    const { samples = DEFAULT_SAMPLES, seed } = options;
    for (const row of sampledRows(whole.witness, panel.length, samples, seed)) {
      for (const future of FUTURES) {
        const altered = alteredPanel(panel, row + 1, future, maxHoleCandles, seed);
        const other = { ...input, panel: endingAt(altered, row + 1) };
        const offence = offenceOf(other, runLoop, LOOKAHEAD_WORDS[future]);
        if (offence) return offence;
      }
    }
    return null;
  };
  const firstOffence = found();
  return {
    clean: firstOffence === null,
    checked,
    decisions: whole.witness.tallies.reduce((sum, { decisions }) => sum + decisions, 0),
    firstOffence,
  };
}

/**
 * The panel with another future: its first `rows` rows as they are, every feature computed anew.
 * `missing` ends there; `hidden` has NaN from there on; `changed` has other prices and volumes.
 */
export function alteredPanel(
  panel: Panel,
  rows: number,
  future: Future,
  maxHoleCandles: number,
  seed = 1,
): Panel {
  const { intervalMs } = panel;
  const length = future === 'missing' ? rows : panel.length;
  const openMs = panel.openMs.slice(0, length);
  const draw = random(seed, `future ${rows}`);
  const factors = openMs.map((_, i) => {
    if (i < rows) return 1;
    return future === 'hidden' ? Number.NaN : Math.exp(0.1 * gaussian(draw) + 0.05);
  });
  const scaled = (column: Float64Array) =>
    column.slice(0, length).map((value, i) => value * factors[i]!);
  const inputs = panel.legs.map(({ instrument, candles, funding, mark, finer, primary }) => ({
    instrument,
    candles: {
      openMs,
      open: scaled(candles.open),
      high: scaled(candles.high),
      low: scaled(candles.low),
      close: scaled(candles.close),
      volume: scaled(candles.volume),
    },
    funding,
    mark,
    primary,
    ...(finer === null ? {} : { finer }),
  }));
  const built = buildPanel(inputs, intervalMs, maxHoleCandles);
  const series = Object.fromEntries(
    Object.entries(panel.series).map(([name, column]) => [name, scaled(column)]),
  );
  return new Panel(intervalMs, built.openMs, built.legs, series, length, panel.headlines);
}

/** The same columns, of which only the first `rows` are ever run. */
export function endingAt(panel: Panel, rows: number): Panel {
  const { intervalMs, openMs, legs, series, headlines } = panel;
  return new Panel(intervalMs, openMs, legs, series, rows, headlines);
}

/** In ascending order: the last but one, and others of which every second one said something. */
function sampledRows(witness: Witness, length: number, samples: number, seed: number): number[] {
  const asked: number[] = [];
  const spoken: number[] = [];
  for (let i = 0; i < length - 1; i++) {
    if (witness.trace[i] === 0) continue;
    asked.push(i);
    if (witness.spoke[i] === 1) spoken.push(i);
  }
  const draw = random(seed, 'lookahead');
  const rows = new Set<number>(samples > 0 ? asked.slice(-1) : []);
  for (let k = 1; k < samples && asked.length > 0; k++) {
    const from = k % 2 === 1 && spoken.length > 0 ? spoken : asked;
    rows.add(from[Math.floor(draw() * from.length)]!);
  }
  return [...rows].sort((a, b) => a - b);
}

// ---- watching a run ---------------------------------------------------------------------------

type Runner = (input: RunInput) => Run;

interface Witnessed {
  readonly witness: Witness;
  readonly panel: Panel;
  /** Undefined when it threw. */
  readonly run: Run | undefined;
  readonly thrown: InputError | null;
}

function witnessed(input: RunInput, run: Runner, focusRow = -1): Witnessed {
  const { panel } = input;
  const witness = new Witness(panel.length, input.seats.length, focusRow);
  const seats = input.seats.map((seat, k) => overheard(seat, k, witness));
  try {
    const done = run({ ...input, seats });
    witness.endRow();
    return { witness, panel, run: done, thrown: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    witness.endRow();
    return { witness, panel, run: undefined, thrown: error };
  }
}

// ---- comparing two -----------------------------------------------------------------------------

/** The first of the rows on which the two differ; -1 when they do not. */
function firstDifference(whole: Witnessed, other: Witnessed, rows: number): number {
  const row = firstOther(whole.witness.trace, other.witness.trace, rows);
  if (row >= 0) return row;
  if (other.thrown !== null) return other.witness.lastRow;
  const order = orderThatDiffers(whole, other, rows);
  if (order) return rowOf(whole.panel, order.createdMs);
  return firstOther(whole.run!.kernel.equityUsd, other.run!.kernel.equityUsd, rows);
}

const ORDER_FIELDS = ['leg', 'side', 'createdMs', 'equityFraction', 'distance'] as const;

/** Orders made by the close of the last of `rows`: what was wanted, whatever became of it later. */
function orderThatDiffers(
  whole: Witnessed,
  other: Witnessed,
  rows: number,
): { readonly leg: number; readonly createdMs: number } | null {
  const { panel } = whole;
  const endMs = panel.openMs[rows - 1]! + panel.intervalMs;
  const a = whole.run!.kernel.desk.log.columns;
  const b = other.run!.kernel.desk.log.columns;
  const [mine, its] = [whole, other].map(({ run }) => run!.kernel.desk.log.notes.purpose);
  // A stop that a fill at the next open made bears the instant of this close, and is of the next row.
  const isBefore = ({ createdMs }: typeof a, k: number) =>
    k < createdMs.length &&
    (createdMs[k]! < endMs ||
      (createdMs[k] === endMs && !isStop((createdMs === a.createdMs ? mine : its)![k]!)));
  for (let k = 0; isBefore(a, k) || isBefore(b, k); k++) {
    const log = isBefore(a, k) ? a : b;
    const here = { leg: log.leg[k]!, createdMs: log.createdMs[k]! };
    if (!isBefore(a, k) || !isBefore(b, k)) return here;
    for (const field of ORDER_FIELDS) if (!Object.is(a[field][k], b[field][k])) return here;
    // NaN until a fill or a wake gives it one, which may lie beyond the cut.
    const [qty, other] = [a.qty[k]!, b.qty[k]!];
    if (qty === qty && other === other && qty !== other) return here;
  }
  return null;
}

function isStop(purpose: number): boolean {
  return isProtection(ORDER_WORDS.purpose[purpose]!);
}

function rowOf(panel: Panel, closeMs: number): number {
  let i = 0;
  while (i < panel.length - 1 && panel.openMs[i]! + panel.intervalMs < closeMs) i++;
  return i;
}

/** Runs both once more and listens at the row where they part. */
function described(
  row: number,
  input: RunInput,
  other: RunInput,
  run: Runner,
  words: Words,
): Offence {
  const a = witnessed(input, runLoop, row);
  const b = witnessed(other, run, row);
  const failure = b.thrown === null ? null : b.thrown.problems[0]!.rule;
  const ids = input.seats.map(({ id }) => id);
  const parted = parting(a.witness.said, b.witness.said, failure, ids, words);
  if (parted !== null) {
    const { leg, what } = parted;
    const at = input.panel.legs.findIndex(({ instrument }) => legName(instrument) === leg);
    return { row, leg: at, what };
  }
  const second = words[1];
  const order = b.thrown === null ? orderThatDiffers(a, b, row + 1) : null;
  if (order) {
    return { row, leg: order.leg, what: `the orders differ ${second}, the answers do not` };
  }
  return { row, leg: null, what: `the account differs ${second}, the answers do not` };
}
