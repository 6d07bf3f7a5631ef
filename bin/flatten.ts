// `sapphire flatten`: every order at a venue taken back, every position closed; at several venues side by
// side, so that one which is away keeps nobody waiting. Works without store, journal, models or disk;
// sessions of this machine that trade there are told to halt first (to pause, where it is about some
// symbols), whoever else does finds out by looking (a session calls it external). A venue whose keys cannot
// be had holds up no other. 0 when every venue says that nothing is left; when there are keys for none,
// what is wrong with them; else 5.

import { join, relative } from 'node:path';
import type { Command } from 'commander';
import type { VenueHosts } from '../data/venues/contract.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { Flattened, FlattenParts } from '../live/flatten.ts';
import type { SecretOf, TradedVenue } from '../live/venues/list.ts';
import { examples } from './flags.ts';
import { printJson } from './output.ts';
import { addHostFlags, type HostFlags, hostsOf, secretsAt } from './venue-flags.ts';

interface FlattenFlags extends HostFlags {
  readonly venue?: string;
  readonly promotion?: string;
  readonly symbols?: string;
  readonly yes?: boolean;
  readonly seconds?: string;
  readonly json?: boolean;
}

const SECONDS = 120;

export function register(program: Command): void {
  addHostFlags(program.command('flatten'))
    .description('take back every order at a venue and close every position')
    .option('--venue <list>', 'aster, hyperliquid or both; their keys are in the environment')
    .option(
      '--promotion <file>',
      'every venue of a promotion instead; its signature does not matter',
    )
    .option('--symbols <list>', 'these only, joined by commas; none = everything that is there')
    .option('--yes', 'do it without asking')
    .option('--seconds <number>', `how long it tries (${SECONDS})`)
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire flatten --venue aster', 'asks before it does anything'],
        ['sapphire flatten --venue hyperliquid --symbols BTCUSDC --yes', 'for scripts'],
        ['sapphire flatten --venue aster,hyperliquid --yes', 'for bad days'],
      ),
    )
    .action(run);
}

async function run(flags: FlattenFlags): Promise<void> {
  const { tradedVenue } = await import('../live/venues/list.ts');
  const problems: Problem[] = [];
  const ids = await venuesOf(flags);
  const venues = ids.map((id) => ({ id, traded: tradedVenue(id, '--venue') }));
  const hosts = hostsOf(flags, ids, problems);
  const seconds = Number(flags.seconds ?? SECONDS);
  if (!(seconds > 0 && seconds <= 3600)) {
    const rule = 'must be a number of seconds above 0, up to 3600';
    problems.push({ key: '--seconds', rule, value: flags.seconds });
  }
  if (problems.length > 0) throw new InputError(problems);
  const places = await Promise.all(venues.map(withKeys));
  const able = places.filter((place) => 'secretOf' in place);
  const unable = places.filter((place) => 'why' in place);
  if (able.length === 0) throw allOf(unable.map(({ why }) => why));
  for (const { id, why } of unable) {
    process.stderr.write(`${id}: CANNOT BE LOOKED AT: ${why.message.replaceAll('\n', '; ')}\n`);
  }
  const symbols = flags.symbols?.split(',').map((symbol) => symbol.trim()) ?? null;
  if (!flags.yes) await askFirst(able.map(({ id }) => id).join(','), symbols);
  await stopSessions(
    able.map(({ id }) => id),
    symbols,
  );
  const parts = { symbols, patienceMs: seconds * 1000, isSilent: flags.json === true };
  const done = await Promise.all(
    places.map(async (place): Promise<FlattenedAt> => {
      const { id } = place;
      if ('why' in place) return { venue: id, failed: place.why.message.replaceAll('\n', '; ') };
      const open = await openerOf(place.traded, place.secretOf, hosts[id] ?? {});
      return { venue: id, ...(await flattenAt(id, open, parts)) };
    }),
  );
  if (flags.json) printJson(done.length === 1 ? done[0]! : { venues: done });
  else for (const one of done) process.stdout.write(textOf(one));
  if (!done.every((one) => 'isFlat' in one && one.isFlat)) process.exitCode = 5;
}

/** Closing what is open is not a thing to be refused for want of a signature. */
async function venuesOf({ venue, promotion }: FlattenFlags): Promise<readonly string[]> {
  if ((venue === undefined) === (promotion === undefined)) {
    const rule = 'must be given, or --promotion, and not both';
    throw new InputError({ key: '--venue', rule, value: venue });
  }
  if (venue !== undefined) return [...new Set(venue.split(',').map((name) => name.trim()))];
  const { placesOf, readPromotion } = await import('../live/promotion/document.ts');
  return placesOf((await readPromotion(promotion!)).body).map((place) => place.venue);
}

interface Place {
  readonly id: string;
  readonly traded: TradedVenue;
}

/** With its keys, or why there are none. */
async function withKeys(place: Place): Promise<Place & (Keys | { readonly why: Error })> {
  const { id, traded } = place;
  const { missingSecrets } = await import('../live/venues/list.ts');
  try {
    // It only takes risk away: any version of a key will do.
    const secretOf = await secretsAt([id], true);
    const rule = `must be in the environment: ${id} cannot be traded at without`;
    const missing = missingSecrets(traded, secretOf).map((key) => ({ key, rule }));
    if (missing.length > 0) throw new InputError(missing);
    return { ...place, secretOf };
  } catch (why) {
    if (why instanceof Error) return { ...place, why };
    throw why;
  }
}

interface Keys {
  readonly secretOf: SecretOf;
}

/** What a person can put right, all at once; a store of keys that is away comes first. */
function allOf(errors: readonly Error[]): Error {
  const others = errors.filter((one) => !(one instanceof InputError));
  if (others.length > 0) return others[0]!;
  return new InputError(errors.flatMap((one) => (one instanceof InputError ? one.problems : [])));
}

/** What a session goes on with would be opened again. */
async function stopSessions(venues: readonly string[], symbols: readonly string[] | null) {
  const { runsRoot } = await import('../data/runs/root.ts');
  const { tellSessions } = await import('../live/bystanders.ts');
  const { machineClock } = await import('../live/clock.ts');
  const root = join(runsRoot(process.env), 'live');
  const word = symbols === null ? 'halt' : 'pause';
  for (const folder of await tellSessions(root, venues, word, machineClock)) {
    process.stderr.write(`session    ${relative('', folder)} trades there: told to ${word}\n`);
  }
}

type Opener = FlattenParts['open'];
type FlattenedAt = { readonly venue: string } & (Flattened | { readonly failed: string });

async function openerOf(
  traded: TradedVenue,
  secretOf: SecretOf,
  hosts: Partial<VenueHosts>,
): Promise<Opener> {
  const { machineClock } = await import('../live/clock.ts');
  const { connectSocket } = await import('../live/feeds/socket.ts');
  return (symbols) =>
    traded.open(secretOf, {
      symbols,
      tell: () => {},
      clock: machineClock,
      connect: connectSocket,
      // No disk, and no lock that a session may hold.
      stateFolder: null,
      hosts,
    });
}

/** One venue, whatever becomes of the others. */
async function flattenAt(
  venue: string,
  open: Opener,
  { symbols, patienceMs, isSilent }: FlattenWish,
): Promise<Flattened | { readonly failed: string }> {
  const { flatten } = await import('../live/flatten.ts');
  const { machineClock: clock } = await import('../live/clock.ts');
  const say = (text: string) => {
    if (!isSilent) process.stderr.write(`${venue}: ${text}\n`);
  };
  try {
    return await flatten({ open, symbols, clock, patienceMs, say });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { failed: error.message.split('\n')[0]! };
  }
}

interface FlattenWish {
  readonly symbols: readonly string[] | null;
  readonly patienceMs: number;
  readonly isSilent: boolean;
}

/** A typed word, because the next thing costs money. */
async function askFirst(venue: string, symbols: readonly string[] | null): Promise<void> {
  const what = symbols === null ? 'everything' : symbols.join(', ');
  if (!process.stdin.isTTY) {
    throw new InputError({ key: '--yes', rule: 'must be given where nobody can be asked' });
  }
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const said = await asking.question(`close ${what} at ${venue}? type ${venue}: `);
  asking.close();
  if (said.trim() === venue) return;
  throw Object.assign(new Error('not confirmed: nothing was sent'), { exitCode: 6 });
}

function textOf(done: FlattenedAt): string {
  const head = `flatten    ${done.venue}: `;
  if ('failed' in done)
    return `${head}NOT LOOKED AT (${done.failed}): look at the venue yourself\n`;
  const { isFlat, ordersTakenBack, positionsClosed, orders, positions } = done;
  const left = [
    ...orders.map(({ symbol, side, qty }) => `           order ${symbol} ${side * qty}`),
    ...positions.map(({ symbol, qty }) => `           position ${symbol} ${qty}`),
  ];
  return [
    `${head}${isFlat ? 'FLAT, says the venue' : 'NOT FLAT: look at the venue yourself'}`,
    `found      ${ordersTakenBack} orders, ${positionsClosed} positions`,
    ...left,
    '',
  ].join('\n');
}
