// Runs of one config with another future, and where what is said first differs.
//
//   whole    |....................|   heard once, row by row
//   again    |....................|   the very same candles: else no comparison means anything
//   unborn   |....|                   every row once, before any later one exists, as it is live
//   veiled   |....|/////////////////  every row once, every later number that it sees another
//   a cut    |.........|//////////|   up to a chosen row; the rest is missing, hidden or changed
//
// The seats of each run come from files read anew: what a module keeps from the whole history would
// else be carried into the runs that must not know it.

import type { SeatSpec } from '../../agents/seat.ts';
import { InputError } from '../../errors.ts';
import type { Panel } from '../../market/panel.ts';
import { type RunInput, runEvents, runLoop } from '../../research/backtest.ts';
import {
  alteredPanel,
  endingAt,
  FUTURES,
  type Future,
  LOOKAHEAD_WORDS,
} from '../../research/lookahead.ts';
import {
  firstOther,
  legName,
  overheard,
  parting,
  type Said,
  type SeatTally,
  Witness,
} from '../../research/witness.ts';
import { veiled } from './veil.ts';

/** A config over a panel, to be run as often as need be. */
export interface Subject {
  readonly input: RunInput;
  /** The same seats, their files read anew. */
  readonly fresh: () => Promise<readonly SeatSpec[]>;
  readonly watch: Watch;
}

/** Whoever started the search and waits for it. */
export interface Watch {
  /** Told how many rows were run since it was told last. */
  onRows(rows: number): void;
  /** Runs work that does not breathe, in whatever way it can be interrupted. */
  during<T>(work: () => T): T;
}

/** Another world in which the same must be said up to a row, and the words for the two. */
export interface Other {
  readonly world: (seats: readonly SeatSpec[]) => RunInput;
  readonly words: readonly [withFuture: string, without: string];
  /**
   * `cut`: columns are others. `unborn`: rows come one by one into a panel that grows. `again`, `anew`:
   * nothing is another but that it is the second time, with what modules keep, or read once more.
   */
  readonly kind: 'cut' | 'unborn' | 'again' | 'anew';
}

/** Where an answer depends on what comes later. */
export interface Difference {
  readonly row: number;
  readonly other: Other;
}

/** A module is never unloaded: after so many loads the seats are used again. */
const MAX_LOADS = 300;

// ---- hearing a run -------------------------------------------------------------------------------

export interface Heard {
  /** Of each row a digest of everything said until its end; 0 where nobody was asked. */
  readonly trace: Float64Array;
  /** 1 where somebody decided something. */
  readonly spoke: Uint8Array;
  readonly tallies: readonly SeatTally[];
  /** At the row in focus. */
  readonly said: readonly Said[];
  /** The newest row at which somebody was asked; -1 = nobody ever was. */
  readonly lastRow: number;
  /** Equity at closes; null when the run broke off. */
  readonly equityUsd: Float64Array | null;
  /** What the strategy failed on. */
  readonly thrown: InputError | null;
}

/** Runs a panel to its length and writes down what is said. Only a strategy's failure is caught. */
export function hear(
  input: RunInput,
  watch: Watch,
  { focusRow = -1, isUnborn = false }: { focusRow?: number; isUnborn?: boolean | undefined } = {},
): Heard {
  const { panel } = input;
  const listener = new Witness(panel.length, input.seats.length, focusRow);
  const seats = input.seats.map((seat, k) => overheard(seat, k, listener));
  const { trace, spoke, tallies, said } = listener;
  let told = 0;
  let closed = 0;
  const progress = (rows: number) => {
    watch.onRows(rows - told);
    told = rows;
  };
  const world = { ...input, seats };
  const run = isUnborn
    ? () => runEvents(world, ({ kind }) => kind === 'row-closed' && tick(++closed, progress))
    : () => runLoop(world, progress);
  const heard = (equityUsd: Float64Array | null, thrown: InputError | null): Heard => {
    listener.endRow();
    progress(panel.length);
    return { trace, spoke, tallies, said, lastRow: listener.lastRow, equityUsd, thrown };
  };
  try {
    return heard(watch.during(run).kernel.equityUsd, null);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return heard(null, error);
  }
}

/** Not every row: the clock would be read each time. */
function tick(rows: number, progress: (rows: number) => void): void {
  if ((rows & 4095) === 0) progress(rows);
}

/** The first of `rows` on which something else is said, or the account is another; -1 = none. */
export function firstDifference(whole: Heard, other: Heard, rows: number): number {
  const row = firstOther(whole.trace, other.trace, rows);
  if (row >= 0) return row;
  if (other.thrown !== null) return other.lastRow;
  return firstOther(whole.equityUsd!, other.equityUsd!, rows);
}

/** Rows at which somebody was asked. */
export function askedRows({ trace }: Heard): number[] {
  const rows: number[] = [];
  for (let i = 0; i < trace.length; i++) if (trace[i] !== 0) rows.push(i);
  return rows;
}

/**
 * `count` of the rows that have a later one: the first, the last, and others evenly between, of
 * which every second one is a row at which something was decided. Ascending; all when there are no more.
 */
export function chosenRows(whole: Heard, rows: number, count: number): number[] {
  const asked = askedRows(whole).filter((row) => row < rows - 1);
  if (asked.length <= count) return asked;
  const spoken = asked.filter((row) => whole.spoke[row] === 1);
  const chosen = new Set<number>(count > 0 ? [asked.at(-1)!] : []);
  if (count > 1) chosen.add(asked[0]!);
  for (let k = 1; chosen.size < count && k <= 2 * count; k++) {
    const from = k % 2 === 1 && spoken.length > 0 ? spoken : asked;
    chosen.add(from[Math.floor((k * from.length) / (2 * count + 1))]!);
  }
  return [...chosen].sort((a, b) => a - b);
}

// ---- comparing -------------------------------------------------------------------------------------

/** The second time on the same candles, with what modules keep from the first; null = the same. */
export function tryAgain({ input, watch }: Subject, whole: Heard): Difference | null {
  const row = firstDifference(whole, hear(input, watch), input.panel.length);
  return row < 0
    ? null
    : { row, other: sameCandles(input, 'again', 'the second time on the same candles') };
}

/** The first time of a strategy read anew; null = the same. */
export async function tryAnew(subject: Subject, whole: Heard): Promise<Difference | null> {
  const { input, fresh, watch } = subject;
  const seats = await fresh();
  const row = firstDifference(whole, hear({ ...input, seats }, watch), input.panel.length);
  return row < 0
    ? null
    : { row, other: sameCandles(input, 'anew', 'when its file is read anew, on the same candles') };
}

function sameCandles(input: RunInput, kind: 'again' | 'anew', second: string): Other {
  return { world: (seats) => ({ ...input, seats }), words: ['the first time', second], kind };
}

/** Every row before later ones exist; null = the same. */
export async function tryUnborn(subject: Subject, whole: Heard): Promise<Difference | null> {
  const { input, fresh, watch } = subject;
  const words = LOOKAHEAD_WORDS.unborn;
  const world = (seats: readonly SeatSpec[]) => ({ ...input, seats });
  const heard = hear(world(await fresh()), watch, { isUnborn: true });
  const row = firstDifference(whole, heard, input.panel.length);
  return row < 0 ? null : { row, other: { world, words, kind: 'unborn' } };
}

/** `alteredPanel` by a run's own settings. */
export function panelWith({ panel, config }: RunInput, rows: number, future: Future): Panel {
  return alteredPanel(panel, rows, future, config.world.maxHoleCandles, config.seed);
}

/**
 * Every row with other numbers after it, once upwards and once downwards; null = the same. Features
 * are as they were, but for their later rows: that they are made of none is for the others to find.
 */
export async function tryVeiled(subject: Subject, whole: Heard): Promise<Difference | null> {
  const { input, fresh, watch } = subject;
  const found: Difference[] = [];
  for (const direction of ['up', 'down'] as const) {
    const words = ['with the later rows', 'when they hold other numbers'] as const;
    const world = (seats: readonly SeatSpec[]) => {
      return { ...input, seats: seats.map((seat) => veiled(seat, direction)) };
    };
    const row = firstDifference(whole, hear(world(await fresh()), watch), input.panel.length);
    if (row >= 0) found.push({ row, other: { world, words, kind: 'cut' } });
  }
  return earliest(found);
}

/** The one at the lowest row; null when there is none. */
export function earliest(differences: readonly (Difference | null)[]): Difference | null {
  return differences.reduce(
    (best, one) => (one && (!best || one.row < best.row) ? one : best),
    null,
  );
}

/**
 * The first row on which a cut after one of `rows` (ascending) makes a difference;
 * null = none does. `onCut` is called after each row that was tried.
 */
export async function tryCuts(
  subject: Subject,
  whole: Heard,
  rows: readonly number[],
  onCut: () => void,
): Promise<Difference | null> {
  const { input, fresh, watch } = subject;
  let runs = 0;
  let seats = input.seats;
  for (const row of rows) {
    for (const future of FUTURES) {
      const panel = endingAt(panelWith(input, row + 1, future), row + 1);
      const world = (others: readonly SeatSpec[]) => ({ ...input, panel, seats: others });
      if (runs++ < MAX_LOADS) seats = await fresh();
      const at = firstDifference(whole, hear(world(seats), watch), row + 1);
      if (at < 0) continue;
      return {
        row: at,
        other: { world, words: LOOKAHEAD_WORDS[future], kind: 'cut' },
      };
    }
    onCut();
    // Lets the bar be drawn and Ctrl-C be heard.
    await new Promise((done) => setImmediate(done));
  }
  return null;
}

// ---- telling ---------------------------------------------------------------------------------------

export interface Offence {
  readonly row: number;
  /** Index in the panel; null when it is the account and not one leg that differs. */
  readonly leg: number | null;
  /** Index of the seat; null likewise. */
  readonly seat: number | null;
  /** Who said what in which of the two worlds. */
  readonly what: string;
}

/** Runs both worlds once more, with seats read anew, and listens at the row where they part. */
export async function described(
  { input, fresh, watch }: Subject,
  { row, other }: Difference,
): Promise<Offence> {
  const seats = await fresh();
  const others = other.kind === 'again' ? seats : await fresh();
  const isUnborn = other.kind === 'unborn';
  const a = hear({ ...input, seats }, watch, { focusRow: row });
  const b = hear(other.world(others), watch, { focusRow: row, isUnborn });
  const second = other.words[1];
  const failure = b.thrown === null ? null : b.thrown.problems[0]!.rule;
  const ids = input.seats.map(({ id }) => id);
  const parted = parting(a.said, b.said, failure, ids, other.words);
  if (parted !== null) {
    const { seat, leg, what } = parted;
    const at = input.panel.legs.findIndex(({ instrument }) => legName(instrument) === leg);
    return { row, leg: at, seat, what };
  }
  if (!isAhead(other)) {
    const only = input.seats.length === 1 ? 0 : null;
    return { row, leg: null, seat: only, what: `something else was said ${second}` };
  }
  const what = `the account differs ${second}, the answers do not`;
  return { row, leg: null, seat: null, what };
}

/** True when it is the future that is another, and not merely the time of asking. */
export function isAhead({ kind }: Other): boolean {
  return kind === 'cut' || kind === 'unborn';
}
