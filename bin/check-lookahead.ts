// `sapphire check-lookahead`: does a strategy know what it cannot know yet?
//
//   every close     before any later candle exists, as it would be live, and with others after it
//   chosen closes   with features made anew, later candles missing, hidden, changed: all if few
//
// Clean is 0, an answer that depends on a later candle is 1, with the first such candle and, as far
// as it can be told, the column. No trial: nothing about profit is said, and nothing is left behind.

import type { Command } from 'commander';
import { isoText } from '../engine/config/instant.ts';
import { InputError } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { Cause } from '../engine/host/lookahead/columns.ts';
import type { Difference, Heard, Subject } from '../engine/host/lookahead/cuts.ts';
import { intervalName } from '../engine/interval.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import type { SeatTally } from '../engine/research/witness.ts';
import { addRunFlags, examples, loadRunConfig, type RunConfig, type RunFlags } from './flags.ts';
import { hasColor, interruptible, printJson } from './output.ts';
import { progress } from './progress.ts';
import type { World } from './world.ts';

interface CheckFlags extends RunFlags {
  readonly samples?: string;
  readonly every?: boolean;
}

const SAMPLES = 5;
/** Rows that may be run before cutting at every one of them takes too long, over all legs. */
const EVERY_ROWS = 2e6;

export function register(program: Command): void {
  const command = program
    .command('check-lookahead')
    .description('prove that decisions do not know the future');
  addRunFlags(command)
    .option('--samples <number>', `closes after which the future is altered (${SAMPLES})`)
    .option('--every', 'alter it after every close, as is done anyway on short histories')
    .addHelpText(
      'after',
      examples(
        ['sapphire check-lookahead --strategy ./my.ts', 'a strategy of your own, alone'],
        ['sapphire check-lookahead --config swarm', 'the agents of a config'],
        [
          'sapphire check-lookahead --strategy ./my.ts --from 2025-05-01 --to 2025-05-03 --every',
          '',
        ],
        ['sapphire check-lookahead --json', 'for scripts; exit code 1 when it is leaky'],
      ),
    )
    .action(check);
}

/** How the check went. Rows count from the first of the range asked for. */
interface Outcome {
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

async function check(flags: CheckFlags): Promise<void> {
  const samples = samplesOf(flags);
  const run = await loadRunConfig(flags, process.env, process.cwd());
  const { loadSeats } = await import('../engine/host/load.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  const world = await worldOf(run, loaded, flags);
  const outcome = await look(run, loaded, world, samples, flags.json ?? false);
  if (flags.json) printJson(outcome);
  else await print(outcome);
  if (!outcome.clean) process.exitCode = 1;
}

/** Rows to cut at; null = as many as are quickly done. */
function samplesOf({ samples, every }: CheckFlags): number | null {
  if (samples !== undefined && every) {
    throw new InputError({
      key: '--every',
      rule: 'must not be given with --samples',
      value: samples,
    });
  }
  if (every) return Number.POSITIVE_INFINITY;
  if (samples === undefined) return null;
  if (/^\d+$/.test(samples)) return Number(samples);
  throw new InputError({
    key: '--samples',
    rule: 'must be a whole number, 0 or more',
    value: samples,
  });
}

async function worldOf(run: RunConfig, loaded: LoadedSeats, flags: CheckFlags): Promise<World> {
  const { config, db, origins } = run;
  const { openStore } = await import('../data/store.ts');
  const { WorldSchema } = await import('../engine/config/schema.ts');
  const { readWorld } = await import('./world.ts');
  if (flags.db === undefined) {
    const { fillMissingStore } = await import('./run.ts');
    await fillMissingStore(db, flags.json ?? false);
  }
  const store = await openStore(db);
  try {
    const asked = origins.get('world.sentiment') ?? '';
    const { default: usual } = WorldSchema.properties.sentiment as { readonly default?: unknown };
    const needsSentiment = asked.startsWith('flag') || config.world.sentiment !== usual;
    return await readWorld(store, config, { seats: loaded.seats, needsSentiment, strict: false });
  } finally {
    store.close();
  }
}

// ---- looking -------------------------------------------------------------------------------------

async function look(
  { config }: RunConfig,
  loaded: LoadedSeats,
  world: World,
  samples: number | null,
  silent: boolean,
): Promise<Outcome> {
  const { loadSeats } = await import('../engine/host/load.ts');
  const cuts = await import('../engine/host/lookahead/cuts.ts');
  const { panel, firstRow } = world;
  const { seats, solo } = loaded;
  const input: RunInput = { panel, config, seats, solo, firstRow };
  const fresh = async () => (await loadSeats(config.decision, process.cwd(), true)).seats;
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
    warnings: warningsOf(input, whole.tallies),
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

// ---- telling -------------------------------------------------------------------------------------

async function print(outcome: Outcome): Promise<void> {
  const { count, plainText, utcMinute } = await import('../reports/format.ts');
  const { LABEL_WIDTH, paint, wrap } = await import('../reports/table.ts');
  const layout = { width: process.stdout.columns ?? 100, color: hasColor(process.stdout) };
  const say = (label: string, text: string, colour?: 'bold' | 'red' | 'green' | 'yellow') => {
    wrap(plainText(text), Math.max(30, layout.width - LABEL_WIDTH)).forEach((line, k) => {
      const head = paint(
        { text: (k === 0 ? label : '').padEnd(LABEL_WIDTH), paint: 'dim' },
        layout,
      );
      process.stdout.write(`${head}${paint({ text: line, paint: colour }, layout)}\n`);
    });
  };
  const { clean, checked, cuts, strategy, symbols, interval, firstOffence, warnings } = outcome;
  if (firstOffence) {
    const { kind, venue, symbol, openMs, what, reads } = firstOffence;
    const isAhead = kind === 'lookahead';
    const verdict = isAhead ? 'reads what it cannot know yet' : 'answers differently each time';
    say(isAhead ? 'LEAKY' : 'UNSTEADY', `${strategy} ${verdict}`, 'red');
    const where = symbol === null ? '' : `, ${symbol} at ${venue}`;
    say('first at', `candle of ${utcMinute(openMs)} UTC${where}`, 'bold');
    say('said', what);
    if (isAhead) say('reads', reads.length > 0 ? reads.map(causeText).join('; ') : UNTOLD);
  } else {
    say('clean', `${strategy}: no answer depended on a later candle`, 'green');
  }
  const which = `${interval}, ${symbols.join(', ')}`;
  const before = `${count(checked)} of ${count(checked)} closes, each before later candles exist and with others instead`;
  const after = `all anew with these missing, hidden and changed after ${count(cuts.checked)} of ${count(cuts.of)}`;
  // What comes before the first offence may be nothing.
  const both = clean || cuts.checked > 0 ? `${before}; ${after}` : before;
  say('checked', `${both} (${which})`);
  const { decisions, answers } = outcome;
  say('answers', `${count(answers)}, of which ${count(decisions)} were a BUY, a SELL or a target`);
  say('means', MEANINGS[firstOffence?.kind ?? 'clean']);
  if (clean) for (const warning of warnings) say('warning', warning, 'yellow');
  if (clean && cuts.checked < cuts.of)
    say('next', '--samples 50, or --every on a short range, looks closer');
}

const UNTOLD = 'could not be told: no single column alone changes an answer';

const MEANINGS = {
  clean: 'what it decided here it would have decided live; it says nothing about profit',
  lookahead: 'what it earns in a backtest cannot be earned: read columns at view.i and below',
  unsteady: 'it depends on chance, on the time or on what it kept: use view.state for memory',
} as const;

function causeText({ kind, name, columns, candlesAhead, toTheEnd }: Cause): string {
  if (kind === 'length') return `how long the history is (${name})`;
  if (kind === 'made-feature') {
    return `feature ${name}, which is made of later candles (${columns.join(', ')})`;
  }
  const noun = kind === 'column' ? name : `${kind} ${name}`;
  if (candlesAhead === null) return `${noun}, up to the last candle`;
  const ahead = candlesAhead === 1 ? '1 candle ahead' : `${candlesAhead} candles ahead`;
  return toTheEnd ? `${noun}, from ${ahead} to the last` : `${noun}, ${ahead}`;
}
