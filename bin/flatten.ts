// `sapphire flatten`: every order at a venue taken back, every position closed. Works without store,
// journal, models or disk; whoever trades there meanwhile finds out by looking (a session calls it
// external). 0 when the venue says that nothing is left, else 5.

import type { Command } from 'commander';
import { InputError, type Problem } from '../engine/errors.ts';
import type { Flattened } from '../live/flatten.ts';
import { examples } from './flags.ts';
import { printJson } from './output.ts';
import { hostsOf, secretsFrom } from './venue-flags.ts';

interface FlattenFlags {
  readonly venue?: string;
  readonly symbols?: string;
  readonly yes?: boolean;
  readonly seconds?: string;
  readonly restUrl?: string;
  readonly streamUrl?: string;
  readonly json?: boolean;
}

const SECONDS = 120;

export function register(program: Command): void {
  program
    .command('flatten')
    .description('take back every order at a venue and close every position')
    .requiredOption('--venue <name>', 'aster or hyperliquid; its keys are in the environment')
    .option('--symbols <list>', 'these only, joined by commas; none = everything that is there')
    .option('--yes', 'do it without asking')
    .option('--seconds <number>', `how long it tries (${SECONDS})`)
    .option('--rest-url <url>', 'another host for the venue')
    .option('--stream-url <url>', 'another host for its stream')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire flatten --venue aster', 'asks before it does anything'],
        ['sapphire flatten --venue hyperliquid --symbols BTC --yes', 'for scripts and bad days'],
      ),
    )
    .action(run);
}

async function run(flags: FlattenFlags): Promise<void> {
  const { flatten } = await import('../live/flatten.ts');
  const { machineClock } = await import('../live/clock.ts');
  const { connectSocket } = await import('../live/feeds/socket.ts');
  const { missingSecrets, tradedVenue } = await import('../live/venues/list.ts');
  const problems: Problem[] = [];
  const hosts = hostsOf(flags, problems);
  const seconds = Number(flags.seconds ?? SECONDS);
  if (!(seconds > 0 && seconds <= 3600)) {
    const rule = 'must be a number of seconds above 0, up to 3600';
    problems.push({ key: '--seconds', rule, value: flags.seconds });
  }
  if (problems.length > 0) throw new InputError(problems);
  const id = flags.venue!;
  const venue = tradedVenue(id, '--venue');
  const secretOf = secretsFrom(process.env);
  const missing = missingSecrets(venue, secretOf);
  if (missing.length > 0) {
    const rule = `must be in the environment: ${id} cannot be traded at without`;
    throw new InputError(missing.map((key) => ({ key, rule })));
  }
  const symbols = flags.symbols?.split(',').map((symbol) => symbol.trim()) ?? null;
  if (!flags.yes) await askFirst(id, symbols);
  const say = (text: string) => {
    if (!flags.json) process.stderr.write(`${text}\n`);
  };
  const done = await flatten({
    open: (those) =>
      venue.open(secretOf, {
        symbols: those,
        tell: () => {},
        clock: machineClock,
        connect: connectSocket,
        // No disk, and no lock that a session may hold.
        stateFolder: null,
        ...(hosts === undefined ? {} : { hosts }),
      }),
    symbols,
    clock: machineClock,
    patienceMs: seconds * 1000,
    say,
  });
  if (flags.json) printJson({ venue: id, ...done });
  else process.stdout.write(textOf(id, done));
  if (!done.isFlat) process.exitCode = 5;
}

/** A typed word, because the next thing costs money. */
async function askFirst(venue: string, symbols: readonly string[] | null): Promise<void> {
  const what = symbols === null ? 'everything' : symbols.join(', ');
  if (!process.stdin.isTTY) {
    throw new InputError({ key: '--yes', rule: 'must be given where nobody can be asked' });
  }
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const said = await asking.question(`close ${what} at ${venue}? type the venue's name: `);
  asking.close();
  if (said.trim() === venue) return;
  throw Object.assign(new Error('not confirmed: nothing was sent'), { exitCode: 6 });
}

function textOf(venue: string, done: Flattened): string {
  const { isFlat, ordersTakenBack, positionsClosed, orders, positions } = done;
  const left = [
    ...orders.map(({ symbol, side, qty }) => `           order ${symbol} ${side * qty}`),
    ...positions.map(({ symbol, qty }) => `           position ${symbol} ${qty}`),
  ];
  return [
    `flatten    ${venue}: ${isFlat ? 'FLAT, says the venue' : 'NOT FLAT: look at the venue yourself'}`,
    `found      ${ordersTakenBack} orders, ${positionsClosed} positions`,
    ...left,
    '',
  ].join('\n');
}
