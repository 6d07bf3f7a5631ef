// `sapphire check-lookahead`: does a strategy know what it cannot know yet?
//
//   every close     before any later candle exists, as it would be live, and with others after it
//   chosen closes   with features made anew, later candles missing, hidden, changed: all if few
//
// Clean is 0, an answer that depends on a later candle is 1, with the first such candle and, as far
// as it can be told, the column. No trial: nothing about profit is said, and nothing is left behind.

import type { Command } from 'commander';
import { InputError } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { Cause } from '../engine/host/lookahead/columns.ts';
import { addRunFlags, examples, loadRunConfig, type RunConfig, type RunFlags } from './flags.ts';
import { look, type Outcome, SAMPLES } from './lookahead.ts';
import { hasColor, printJson } from './output.ts';
import type { World } from './world.ts';

export interface CheckFlags extends RunFlags {
  readonly samples?: string;
  readonly every?: boolean;
}

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

async function check(flags: CheckFlags): Promise<void> {
  const outcome = await outcomeOf(flags, process.env, process.cwd());
  if (flags.json) printJson(outcome);
  else await print(outcome);
  if (!outcome.clean) process.exitCode = 1;
}

/** What the verb finds out, before any of it is printed. Throws InputError. */
export async function outcomeOf(
  flags: CheckFlags,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<Outcome> {
  const samples = samplesOf(flags);
  const given = await loadRunConfig(flags, environment, cwd);
  const { loadSeats } = await import('../engine/host/load.ts');
  const { storedRun } = await import('./run-store.ts');
  const loaded = await loadSeats(given.config.decision, cwd);
  const wish = { isNamed: flags.db !== undefined, silent: flags.json ?? false };
  const run = await storedRun(given, wish);
  const world = await worldOf(run, loaded);
  const { asksModels } = await import('../engine/agents/seating.ts');
  const { besideOf } = await import('./beside.ts');
  const beside = await besideOf(run.config, asksModels(loaded), loaded.remembered, cwd);
  return look(run, loaded, { world, beside }, samples, flags.json ?? false, cwd);
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

async function worldOf(run: RunConfig, { seats }: LoadedSeats): Promise<World> {
  const { openStore } = await import('../data/store.ts');
  const { wantsSentiment } = await import('./run-store.ts');
  const { readWorld } = await import('./world.ts');
  const store = await openStore(run.db);
  try {
    const needsSentiment = wantsSentiment(run);
    return await readWorld(store, run.config, { seats, needsSentiment, strict: false });
  } finally {
    store.close();
  }
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
