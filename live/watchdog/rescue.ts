// Nobody minds a session's orders any more: a venue at a time, until the venue says that it is so, or
// another session has come to mind them.
//
//   fence -> venue -> entries back -> (unprotected | everything) closed -> told
//
// The fence: the lock of the journal and that of the wallet's nonces, which a session holds while it
// lives. Who comes back meanwhile is refused by them (exit code 7) until this is done; who came back
// before holds them, and nothing is done here. A lock that no disk can give is done without.

import type { Clock } from '../clock.ts';
import { flatten } from '../flatten.ts';
import { JournalLock } from '../journal/lock.ts';
import { JournalRefusal } from '../journal/refusal.ts';
import { textOf } from '../orders/legs.ts';
import type { VenueClient } from '../venues/port.ts';
import type { Logbook } from './logbook.ts';
import { type Relief, relieve } from './relieve.ts';
import type { Measure, WatchedVenue } from './talk.ts';

export interface RescueParts {
  readonly venues: readonly WatchedVenue[];
  readonly measure: Measure;
  /** Whose lock says that a session lives. */
  readonly journal: string;
  /**
   * Opens a venue. `isFenced`: its nonces are kept, under the wallet's lock; JournalRefusal when another
   * process has it.
   */
  readonly open: (venue: WatchedVenue, isFenced: boolean) => Promise<VenueClient>;
  readonly clock: Clock;
  /** The last sign of life of the session, monotonic ms. */
  readonly diedMs: number;
  readonly logbook: Pick<Logbook, 'add'>;
}

/** `handed-over`: another session minds it. `unprotected`: a person must. */
export type Rescued = 'done' | 'handed-over' | 'unprotected';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const FLATTEN_MS = 120_000;

/** Ends when every venue is looked after, however long it is away. */
export async function rescue(parts: RescueParts): Promise<Rescued> {
  const results = await Promise.all(parts.venues.map((venue) => untilDone(parts, venue)));
  if (results.includes('unprotected')) return 'unprotected';
  return results.includes('handed-over') ? 'handed-over' : 'done';
}

async function untilDone(parts: RescueParts, venue: WatchedVenue): Promise<Rescued> {
  const { clock, logbook } = parts;
  let said = '';
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await fenced(parts, () => lookAfter(parts, venue));
    } catch (error) {
      if (error instanceof JournalRefusal && error.exitCode === 7) {
        await logbook.add('handed-over', `${venue.id}: ${textOf(error)}`);
        return 'handed-over';
      }
      const text = `${venue.id}: ${textOf(error)}`;
      // Once for each trouble, however often it is met.
      if (text !== said) await logbook.add('trouble', `${text}; tried on`);
      said = text;
    }
    await clock.sleep(pauseMs);
  }
}

/** Works under the journal's lock; without it where no disk can give it. */
async function fenced<T>({ journal }: RescueParts, work: () => Promise<T>): Promise<T> {
  let lock: JournalLock | null = null;
  try {
    lock = JournalLock.take(journal, 'watchdog');
  } catch (error) {
    if (error instanceof JournalRefusal) throw error;
  }
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

async function lookAfter(parts: RescueParts, venue: WatchedVenue): Promise<Rescued> {
  const { clock, logbook, measure, diedMs } = parts;
  const { id, symbols } = venue;
  const said: Promise<void>[] = [];
  const say = (text: string) => void said.push(logbook.add('does', `${id} ${text}`));
  const closeAll = async (those: readonly string[]) => {
    const open = () => opened(parts, venue);
    const done = await flatten({ open, symbols: those, clock, patienceMs: FLATTEN_MS, say });
    if (!done.isFlat) throw new Error(`${those.join(', ')} cannot be closed yet`);
    await logbook.add('flat', `${id}: ${those.join(', ')}, ${done.positionsClosed} closed`);
  };
  try {
    if (measure === 'flatten') await closeAll(symbols);
    const client = await opened(parts, venue);
    let found: Relief;
    try {
      await client.connect();
      found = await relieve(client, symbols, clock.monotonicMs() - diedMs, clock, say);
    } finally {
      await client.close();
    }
    await logbook.add('relieved', reliefText(id, found));
    if (measure === 'flatten') {
      // What was seen, or arrived, only after all was closed is closed as well.
      if (found.kept + found.positions.length > 0) await closeAll(symbols);
      return 'done';
    }
    const bare = found.unprotected;
    if (bare.length === 0) return 'done';
    if (measure === 'close-unprotected') {
      await closeAll(bare.map(({ symbol }) => symbol));
      return 'done';
    }
    const text = bare.map(({ symbol, qty }) => `${qty} ${symbol}`).join(', ');
    await logbook.add('unprotected', `${id}: ${text} without a stop: a person has to look`);
    return 'unprotected';
  } finally {
    await Promise.all(said);
  }
}

/** Under the wallet's lock where a disk gives it. */
async function opened(parts: RescueParts, venue: WatchedVenue): Promise<VenueClient> {
  try {
    return await parts.open(venue, true);
  } catch (error) {
    if (error instanceof JournalRefusal) throw error;
    return parts.open(venue, false);
  }
}

function reliefText(id: string, { takenBack, kept, positions, unprotected }: Relief): string {
  return [
    `${id}: ${takenBack.length} entries taken back`,
    `${kept} orders that only reduce stay`,
    `${positions.length} positions are open, ${unprotected.length} of them unprotected`,
  ].join(', ');
}
