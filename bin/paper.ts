// `sapphire paper`: a config traded on paper, event by event, with a journal that can be carried on.
//
//   config -> strategies -> plan (session-plan.ts) -> session -> trial.json, report.html, summary
//
// The same command again goes on from where the journal stands, after Ctrl-C, a crash or a move to
// another machine; a session that has ended says once more what came of it. `--tell` leaves a word
// for a session that runs elsewhere.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { venueId } from '../data/venue-id.ts';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import { withAlerts } from './alerts.ts';
import { addRunFlags, examples, loadRunConfig, type RunFlags } from './flags.ts';
import { checkMemoryOut, keepMemory } from './memory-out.ts';
import { printJson } from './output.ts';
import { type SessionWish, sessionPlan, TRIAL_DAYS } from './session-plan.ts';
import { runPlan, show } from './session-run.ts';
import { addHostFlags, type HostFlags, type HostsByVenue, hostsOf } from './venue-flags.ts';

interface PaperFlags extends RunFlags, HostFlags {
  readonly feed?: string;
  readonly speed: string;
  readonly days?: string;
  readonly dir?: string;
  readonly disorder?: string;
  readonly tell?: string;
  readonly memoryOut?: string;
  readonly standIn?: boolean;
}

export function register(program: Command): void {
  const command = program.command('paper').description('trade a config on paper, with a journal');
  addHostFlags(addRunFlags(command))
    .option('--feed <feed>', 'where candles come from: aster, hyperliquid, or replay:DB, a store')
    .option('--speed <factor>', 'of a replay: times real time, or max', 'max')
    .option('--days <number>', `days to trade (${TRIAL_DAYS}, or up to --to)`)
    .option('--dir <dir>', 'folder of the journal (in runs/paper/, by config)')
    .option('--disorder <seed>', 'of a replay: candles late, doubled, revised or lost, by seed')
    .option('--stand-in', 'agents that ask models are answered by a rule, which is no model')
    .option('--tell <word>', 'pause, resume or halt the session of --dir')
    .option('--memory-out <file>', 'keep what agents remember, for decision.memory.load')
    .addHelpText(
      'after',
      examples(
        ['sapphire paper', 'seven days of what is stored, as fast as it goes'],
        ['sapphire paper --config momentum --speed 60 --days 1', 'a day in 24 minutes'],
        ['sapphire paper --feed aster --symbols BTCUSDT,ETHUSDT', 'seven days of live candles'],
        ['sapphire paper --feed replay:other.duckdb --dir trial --json', 'for scripts'],
        ['sapphire paper --dir trial --tell halt', 'close everything and open nothing'],
      ),
    )
    .action(paper);
}

async function paper(flags: PaperFlags): Promise<void> {
  if (flags.tell !== undefined) {
    await tellSession(flags.tell, flags);
    return;
  }
  const { db, ...wish } = await readFlags(flags);
  const given = await loadRunConfig(flags, process.env, process.cwd());
  await checkMemoryOut(flags.memoryOut, given.config);
  const run = db === null ? given : { ...given, db: resolve(db) };
  const { loadSeats } = await import('../engine/host/load.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  const hosts = readHosts(flags, wish.venue, run.config.world.fallbacks);
  const plan = await sessionPlan(run, loaded, { ...wish, hosts });
  // A stored range is watched by whoever plays it.
  const from = wish.venue === null ? null : `paper ${plan.config.name}`;
  const outcome = await withAlerts(from, ({ alerts }) => runPlan(plan, wish.isJson, alerts));
  await show('paper', plan, outcome, wish.isJson);
  await keepMemory(flags.memoryOut, outcome.kernel.learning?.memory?.all() ?? []);
}

async function tellSession(word: string, { dir, json }: PaperFlags): Promise<void> {
  const { machineClock } = await import('../live/clock.ts');
  const { tell } = await import('../live/words.ts');
  if (dir === undefined) {
    throw new InputError({ key: '--dir', rule: 'must name the session that --tell is for' });
  }
  const folder = resolve(dir);
  const isHeard = tell(folder, word, machineClock);
  if (json === true) printJson({ told: word, dir: folder, running: isHeard });
  else {
    const when = isHeard ? 'within a second' : 'when it is started again: no process runs it now';
    process.stdout.write(`${word}: ${folder} hears it ${when}\n`);
  }
}

// ---- flags ---------------------------------------------------------------------------------------

/** Flags of this verb alone. Throws InputError with all that is wrong with them. */
async function readFlags(
  flags: PaperFlags,
): Promise<Omit<SessionWish, 'hosts'> & { readonly db: string | null }> {
  const problems: Problem[] = [];
  const { feed, dir } = flags;
  const db = feed?.startsWith('replay:') ? feed.slice('replay:'.length) : '';
  const venue = feed === undefined || feed === 'replay' || db !== '' ? null : venueId(feed);
  if (venue !== null) problems.push(...(await feedProblems(venue)));
  const speed = readSpeed(flags.speed, venue, problems);
  const days = readDays(flags.days, problems);
  const disorder = readSeed(flags.disorder, venue, problems);
  if (problems.length > 0) throw new InputError(problems);
  return {
    db: db === '' ? null : db,
    venue,
    speed,
    days,
    disorder: disorder === null ? null : { seed: disorder, level: 'all' },
    folder: dir === undefined ? null : resolve(dir),
    isJson: flags.json === true,
    isStoreNamed: flags.db !== undefined || db !== '',
    isStandIn: flags.standIn === true,
  };
}

async function feedProblems(venue: string): Promise<Problem[]> {
  const { PUBLIC_VENUES } = await import('../data/venues/list.ts');
  if (Object.hasOwn(PUBLIC_VENUES, venue)) return [];
  const known = [...Object.keys(PUBLIC_VENUES), 'replay:DB'];
  const rule = `must be one of ${known.join(', ')}`;
  return [{ key: '--feed', rule, value: venue, nearest: nearest(venue, known) }];
}

function readSpeed(text: string, venue: string | null, problems: Problem[]): number {
  if (venue !== null && text !== 'max' && text !== '1') {
    problems.push({ key: '--speed', rule: `${venue} has its own: leave it out`, value: text });
  }
  if (venue !== null) return 1;
  const factor = text === 'max' ? Number.POSITIVE_INFINITY : numberOf(text);
  if (!(factor > 0)) {
    problems.push({ key: '--speed', rule: 'must be a number above 0, or max', value: text });
  }
  return factor;
}

function readDays(text: string | undefined, problems: Problem[]): number | null {
  if (text === undefined) return null;
  const days = numberOf(text);
  if (!(days > 0 && days <= 3660)) {
    problems.push({ key: '--days', rule: 'must be a number above 0, at most 3660', value: text });
  }
  return days;
}

function readSeed(text: string | undefined, venue: string | null, problems: Problem[]) {
  if (text === undefined) return null;
  const seed = numberOf(text);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    problems.push({ key: '--disorder', rule: 'must be a seed, a whole number >= 0', value: text });
  }
  if (venue !== null) {
    problems.push({ key: '--disorder', rule: `a replay has it, not ${venue}`, value: text });
  }
  return seed;
}

function readHosts(
  flags: PaperFlags,
  venue: string | null,
  fallbacks: readonly string[],
): HostsByVenue {
  const problems: Problem[] = [];
  const given = { '--rest-url': flags.restUrl, '--stream-url': flags.streamUrl };
  for (const [key, value] of Object.entries(given)) {
    if (venue !== null || value === undefined) continue;
    problems.push({ key, rule: 'goes with the --feed of a venue', value: value.join(', ') });
  }
  const hosts = venue === null ? {} : hostsOf(flags, [venue, ...fallbacks], problems);
  if (problems.length > 0) throw new InputError(problems);
  return hosts;
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
