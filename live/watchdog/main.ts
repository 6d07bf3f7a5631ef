// The watchdog: a process of its own that outlives the session which started it. It needs the pipe to that
// session, its keys, and the venue: no store, no Redis, no model, and no disk either, if there is none.
//
//   0  nothing is left that needs minding, or another session minds it
//   2  it was not told what to watch      6  a position is open without protection: a person is needed
//   5  a venue stayed away after the session had left on purpose

import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { MINUTE_MS } from '../../engine/interval.ts';
import { type Alerts, openAlerts } from '../alerts/alerts.ts';
import { ofWatch } from '../alerts/worth.ts';
import { machineClock } from '../clock.ts';
import { connectSocket } from '../feeds/socket.ts';
import { textOf } from '../orders/legs.ts';
import { tradedVenue } from '../venues/list.ts';
import type { VenueClient } from '../venues/port.ts';
import { Secret } from '../venues/secret.ts';
import { Logbook } from './logbook.ts';
import { rescue } from './rescue.ts';
import { type Hello, READY, readSaid, type WatchedVenue } from './talk.ts';
import { LOOK_MS, type Verdict, Vigil } from './vigil.ts';

const clock = machineClock;
/** Who left on purpose, or rehearsed, knows what is open: a venue that stays away is given up then. */
const LEFT_MS = 5 * MINUTE_MS;
/** For alerts that are still on their way, ms. */
const LAST_WORDS_MS = 30_000;
const EXITS = { done: 0, 'handed-over': 0, 'given-up': 5, unprotected: 6 } as const;

// A terminal that closes, or Ctrl-C in it, is meant for the session; nobody may be left to read.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const tell = (text: string) => void process.stderr.write(`${text}\n`);
const said = createInterface({ input: process.stdin });
let hello: Hello | null = null;
let vigil: Vigil | null = null;
let alerts: Alerts | null = null;
const told = Promise.withResolvers<Hello | null>();
said.on('line', (line) => {
  const word = readSaid(line);
  if (word?.kind === 'hello' && hello === null) {
    hello = word;
    vigil = new Vigil(word.silenceMs, clock.monotonicMs());
    told.resolve(word);
  } else if (word?.kind === 'beat') vigil?.beat();
  else if (word?.kind === 'leave') vigil?.leave();
});
const ended = Promise.withResolvers<void>();
said.on('close', () => {
  vigil?.end();
  ended.resolve();
  told.resolve(null);
});

const watched = await told.promise;
process.exit(watched === null ? 2 : await watch(watched));

async function watch(about: Hello): Promise<number> {
  const logbook = logbookOf(about);
  process.on('SIGTERM', () => {
    void logbook
      .add('ended', 'by SIGTERM: nobody watches this session any more')
      .then(() => alerts?.close(LAST_WORDS_MS))
      .then(() => process.exit(143));
  });
  // Keys that cannot sign are found now, and the code is in memory when the disk is not there any more.
  for (const venue of about.venues) await (await open(about, venue, false)).close();
  await logbook.add(
    'watches',
    `process ${process.pid} watches ${about.name}, process ${about.pid}`,
  );
  process.stdout.write(READY);
  if (about.isRehearsal) void endWithFolder(about.folder);
  const verdict = await untilNobodyMinds();
  if (verdict === 'hung') await fence(about, logbook);
  await logbook.add(verdict, words(about, verdict));
  const { venues, journal } = about;
  // Who left on purpose left what is open on purpose; only what could become naked is taken back.
  const measure = verdict === 'left' ? 'take-back-entries' : about.measure;
  const diedMs = clock.monotonicMs() - (verdict === 'left' ? 0 : about.silenceMs);
  const isBrief = verdict === 'left' || about.isRehearsal === true;
  const patienceMs = isBrief ? LEFT_MS : Number.POSITIVE_INFINITY;
  const parts = { venues, journal, measure, clock, diedMs, patienceMs, logbook };
  const result = await rescue({
    ...parts,
    open: (venue, isFenced) => open(about, venue, isFenced),
  });
  await logbook.add('ended', result);
  await alerts?.close(LAST_WORDS_MS);
  return EXITS[result];
}

/** A rehearsal whose session and whose folder are gone is over, whatever its local venue still says. */
async function endWithFolder(folder: string): Promise<void> {
  await ended.promise;
  while (existsSync(folder)) await clock.sleep(LOOK_MS);
  process.exit(0);
}

/** What is written down is told, where somebody is to be told; nobody waits for that. */
function logbookOf({ folder, name, secrets }: Hello): Pick<Logbook, 'add'> {
  const book = new Logbook(folder, clock, tell);
  try {
    alerts = openAlerts(secrets, { from: `watchdog of ${name}`, clock, tell });
  } catch (error) {
    tell(`watchdog   nobody is told: ${textOf(error)}`);
  }
  return {
    add(code, text) {
      alerts?.say(ofWatch(code, text));
      return book.add(code, text);
    },
  };
}

async function untilNobodyMinds(): Promise<Verdict> {
  for (;;) {
    await clock.sleep(LOOK_MS);
    const verdict = vigil!.look(clock.monotonicMs());
    if (verdict !== null) return verdict;
  }
}

/** A process that hangs could wake and trade on what it knew: it is ended before anything is done. */
async function fence({ pid, name }: Hello, logbook: Pick<Logbook, 'add'>): Promise<void> {
  try {
    // Its pipe is open: this is it, and no other process that got its number.
    process.kill(pid, 'SIGKILL');
    await Promise.race([ended.promise, clock.sleep(5000)]);
    await logbook.add('killed', `${name}, process ${pid}, was silent for too long`);
  } catch (error) {
    await logbook.add('trouble', `process ${pid} cannot be ended: ${(error as Error).message}`);
  }
}

function words({ name, pid, silenceMs, measure }: Hello, verdict: Verdict): string {
  const seconds = silenceMs / 1000;
  if (verdict === 'left') return `${name} has ended`;
  const how = verdict === 'hung' ? `was silent for ${seconds} s` : `died, ${seconds} s ago`;
  return `${name}, process ${pid}, ${how}: ${measure}`;
}

function open(about: Hello, venue: WatchedVenue, isFenced: boolean): Promise<VenueClient> {
  const { secrets, stateFolder } = about;
  const secretOf = (name: string) => {
    const value = secrets[name];
    return value === undefined ? null : new Secret(value);
  };
  return tradedVenue(venue.id).open(secretOf, {
    symbols: venue.symbols,
    tell: () => {},
    clock,
    connect: connectSocket,
    ...(isFenced ? (stateFolder === undefined ? {} : { stateFolder }) : { stateFolder: null }),
    ...(venue.hosts === undefined ? {} : { hosts: venue.hosts }),
  });
}
