// Runs of a config in which the future is another, to see whether anybody knew it: what `check-lookahead`
// tells and `backtest --check` writes down.

import { isoText } from '../engine/config/instant.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { Cause } from '../engine/host/lookahead/columns.ts';
import type { Difference, Heard, Subject } from '../engine/host/lookahead/cuts.ts';
import { intervalName } from '../engine/interval.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import { exposureOf } from '../engine/research/model-exposure.ts';
import type { LookaheadVerdict } from '../engine/research/result.ts';
import type { SeatTally } from '../engine/research/witness.ts';
import { utcMinute } from '../reports/format.ts';
import { modelNotes } from '../reports/models.ts';
import { type Beside, inputBeside, labelOf } from './beside.ts';
import type { RunConfig } from './flags.ts';
import { interruptible } from './output.ts';
import { progress } from './progress.ts';
import type { World } from './world.ts';

/** Closes after which the future is altered, where a history is too long for all of them. */
export const SAMPLES = 5;
/** Rows that may be run before cutting at every one of them takes too long, over all legs. */
const EVERY_ROWS = 2e6;

/** How the check went. Rows count from the first of the range asked for. */
export interface Outcome {
  readonly clean: boolean;
  /** Closes at which somebody was asked: each was compared at least once. */
  readonly checked: number;
  /** After how many of them the future was altered, and how many have one. */
  readonly cuts: { readonly checked: number; readonly of: number };
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly interval: string;
  readonly answers: number;
  readonly decisions: number;
  readonly firstOffence: FirstOffence | null;
  readonly warnings: readonly string[];
}

interface FirstOffence {
  /** `unsteady`: it answers differently on the very same candles. */
  readonly kind: 'lookahead' | 'unsteady';
  readonly row: number;
  /** Open of the candle, ISO 8601, UTC. */
  readonly candle: string;
  readonly openMs: number;
  /** Null when it is the account and not one symbol that differs. */
  readonly venue: string | null;
  readonly symbol: string | null;
  readonly agent: string | null;
  readonly what: string;
  /** Name of the first of `reads`; null when no single column explains it. */
  readonly column: string | null;
  readonly reads: readonly Cause[];
}

/** Looks for it; `samples` null = as many closes as are quickly done. */
export async function look(
  { config }: Pick<RunConfig, 'config'>,
  loaded: Pick<LoadedSeats, 'seats' | 'solo' | 'label'>,
  { world, beside }: { readonly world: World; readonly beside: Beside },
  samples: number | null,
  silent: boolean,
  /** Where strategies named by a path are looked for. */
  cwd = process.cwd(),
): Promise<Outcome> {
  const { loadSeats } = await import('../engine/host/load.ts');
  const cuts = await import('../engine/host/lookahead/cuts.ts');
  const { panel, firstRow } = world;
  const { seats, solo } = loaded;
  const input: RunInput = { panel, config, seats, solo, firstRow, ...inputBeside(beside) };
  const fresh = async () => (await loadSeats(config.decision, cwd, true)).seats;
  const withBar = async <T>(
    label: string,
    /** Rows; 0 = nobody knows. */
    total: number,
    work: (subject: Subject) => T | Promise<T>,
  ): Promise<T> => {
    const bar = progress(process.stderr, { label, ...(total && { total }), unit: 'rows', silent });
    let done = 0;
    const onRows = (rows: number) => {
      done += rows;
      bar.update(done);
    };
    try {
      return await work({ input, fresh, watch: { onRows, during: interruptible } });
    } finally {
      bar.stop();
    }
  };

  const rows = panel.length;
  let whole!: Heard;
  let difference = await withBar('every close', 5 * rows, async (subject) => {
    whole = cuts.hear(input, subject.watch);
    if (whole.thrown) throw whole.thrown;
    const again = cuts.tryAgain(subject, whole);
    if (again) return again;
    const unborn = await cuts.tryUnborn(subject, whole);
    return cuts.earliest([unborn, await cuts.tryVeiled(subject, whole)]);
  });
  const asked = cuts.askedRows(whole);
  const ofCuts = asked.filter((row) => row < rows - 1).length;
  const isQuick = ofCuts * rows * panel.legs.length <= EVERY_ROWS;
  const wanted = samples ?? (isQuick ? ofCuts : SAMPLES);
  const chosen = cuts.chosenRows(whole, rows, wanted);
  let tried = 0;
  if (difference === null || cuts.isAhead(difference.other)) {
    const before = difference?.row ?? rows;
    const below = chosen.filter((row) => row < before);
    const { FUTURES } = await import('../engine/research/lookahead.ts');
    const total = FUTURES.length * below.reduce((sum, row) => sum + row + 1, 0);
    difference =
      (await withBar('other futures', total, (subject) =>
        cuts.tryCuts(subject, whole, below, () => tried++),
      )) ?? difference;
  }
  const offence =
    difference &&
    (await withBar('which column', 0, (subject) => blamed(subject, whole, difference)));
  return {
    clean: offence === null,
    checked: asked.length,
    cuts: { checked: tried, of: ofCuts },
    strategy: loaded.label,
    symbols: world.symbols,
    interval: intervalName(panel.intervalMs),
    answers: sum(whole.tallies.map(({ answers }) => answers)),
    decisions: sum(whole.tallies.map(({ decisions }) => decisions)),
    firstOffence: offence,
    warnings: [...warningsOf(input, whole.tallies), ...knowledgeOf(input, beside)],
  };
}

/** What the first difference is, and which column makes it. */
async function blamed(
  subject: Subject,
  whole: Heard,
  difference: Difference,
): Promise<FirstOffence> {
  const { described, isAhead, tryAnew } = await import('../engine/host/lookahead/cuts.ts');
  const { input } = subject;
  const { panel, firstRow, seats } = input;
  let at = difference;
  // Chance at the moment of loading looks like knowledge of the future, and is something else.
  if (isAhead(at.other)) at = (await tryAnew(subject, whole)) ?? at;
  let reads: readonly Cause[] = [];
  let offence = await described(subject, at);
  if (isAhead(at.other)) {
    const { causesOf } = await import('../engine/host/lookahead/columns.ts');
    const found = await causesOf(subject, whole, at, offence.seat);
    reads = found.causes;
    if (found.difference !== at) offence = await described(subject, found.difference);
  }
  const { row, leg, seat, what } = offence;
  const openMs = panel.openMs[row]!;
  const instrument = leg === null ? null : panel.legs[leg]!.instrument;
  return {
    kind: isAhead(at.other) ? 'lookahead' : 'unsteady',
    row: row - firstRow,
    candle: isoText(openMs),
    openMs,
    venue: instrument?.venue ?? null,
    symbol: instrument?.symbol ?? null,
    agent: seat === null ? null : seats[seat]!.id,
    what,
    column: reads[0]?.name ?? null,
    reads,
  };
}

/** Why clean may say little. */
function warningsOf({ seats, panel, firstRow }: RunInput, tallies: readonly SeatTally[]): string[] {
  const candles = panel.length - firstRow;
  return tallies.flatMap(({ answers, decisions, varied }, k) => {
    const { id } = seats[k]!;
    if (answers === 0) {
      return [`${id} was never asked: ${candles} candles are too few for it to warm up on`];
    }
    if (decisions === 0) {
      return [`${id} made no decision: a longer range or other parameters would say more`];
    }
    return varied ? [] : [`${id} gave the same answer at every candle, so there was little to see`];
  });
}

/** What models know of the future no comparison of questions can show. */
function knowledgeOf({ panel, firstRow }: RunInput, { tape }: Beside): string[] {
  if (tape === null) return [];
  const rows = { from: firstRow, to: panel.length };
  return modelNotes(exposureOf(panel, [rows], labelOf(tape))).map(({ text }) => text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What a run keeps of it. */
export function verdictOf({ clean, checked, cuts, firstOffence }: Outcome): LookaheadVerdict {
  return {
    clean,
    checked,
    altered: cuts.checked,
    offence: firstOffence && offenceWords(firstOffence),
  };
}

function offenceWords({ kind, agent, symbol, openMs, column }: FirstOffence): string {
  const who = agent ?? 'the account';
  const what = kind === 'lookahead' ? 'knows later candles' : 'answers differently each time';
  const where = symbol === null ? '' : `, ${symbol}`;
  const reads = column === null ? '' : `, by ${column}`;
  return `${who} ${what} at the candle of ${utcMinute(openMs)} UTC${where}${reads}`;
}
