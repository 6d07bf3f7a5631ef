// Nobody minds a session's orders any more: a venue at a time, until the venue says that it is so, or
// another session has come to mind them.
//
//   fence -> venue -> entries back -> its switch off -> (unprotected | everything) closed -> told
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
import { disarm, type Relief, relieve } from './relieve.ts';
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
  /** How long a venue that is away is tried, ms. */
  readonly patienceMs: number;
  readonly logbook: Pick<Logbook, 'add'>;
}

/** `handed-over`: another session minds it. `unprotected`: a person must. `given-up`: it stayed away. */
export type Rescued = 'done' | 'handed-over' | 'given-up' | 'unprotected';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Between two looks at a venue while something may still arrive there, ms. */
const AGAIN_MS = 5000;
/** A request whose life is not known is waited for no longer, ms. */
const LONGEST_LIFE_MS = 60_000;
const FLATTEN_MS = 120_000;

/** Ends when every venue is looked after, or was away for too long. */
export async function rescue(parts: RescueParts): Promise<Rescued> {
  const results = await Promise.all(parts.venues.map((venue) => new Case(parts, venue).close()));
  // The worst of them.
  const order = ['unprotected', 'given-up', 'handed-over'] as const;
  return order.find((result) => results.includes(result)) ?? 'done';
}

/** One venue. Locks are held while it is looked at, and not in between. */
class Case {
  readonly #parts: RescueParts;
  readonly #venue: WatchedVenue;
  readonly #takenBack = new Set<string>();
  #isFlattened = false;
  #saying: Promise<void>[] = [];

  constructor(parts: RescueParts, venue: WatchedVenue) {
    this.#parts = parts;
    this.#venue = venue;
  }

  async close(): Promise<Rescued> {
    const { clock, logbook, patienceMs } = this.#parts;
    const { id } = this.#venue;
    const untilMs = clock.monotonicMs() + patienceMs;
    let said = '';
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const result = await fenced(this.#parts, () => this.#lookAfter());
        if (result !== null) return result;
        pauseMs = FIRST_PAUSE_MS;
        await clock.sleep(AGAIN_MS);
      } catch (error) {
        if (error instanceof JournalRefusal && error.exitCode === 7) {
          await logbook.add('handed-over', `${id}: ${textOf(error)}`);
          return 'handed-over';
        }
        // Once for each trouble, however often it is met.
        if (textOf(error) !== said)
          await logbook.add('trouble', `${id}: ${textOf(error)}; tried on`);
        said = textOf(error);
        if (clock.monotonicMs() >= untilMs) {
          await logbook.add('given-up', `${id} stayed away: look at it yourself`);
          return 'given-up';
        }
        await clock.sleep(pauseMs);
      } finally {
        await Promise.all(this.#saying.splice(0));
      }
    }
  }

  readonly #say = (text: string) => {
    this.#saying.push(this.#parts.logbook.add('does', `${this.#venue.id} ${text}`));
  };

  /** null = something that was sent before may still arrive, or the venue's switch may fire. */
  async #lookAfter(): Promise<Rescued | null> {
    const { clock, logbook, measure, diedMs } = this.#parts;
    const { id, symbols } = this.#venue;
    if (measure === 'flatten' && !this.#isFlattened) await this.#close(symbols);
    this.#isFlattened = true;
    const lookedMs = clock.monotonicMs();
    const client = await opened(this.#parts, this.#venue);
    let found: Relief;
    let lifeMs: number;
    let isOff: boolean;
    try {
      const { requestLifeMs, visibilityLagMs } = client.capabilities;
      lifeMs = Math.min(requestLifeMs + visibilityLagMs, LONGEST_LIFE_MS);
      await client.connect();
      found = await relieve(client, symbols, clock, this.#say);
      isOff = await disarm(client, symbols, this.#say);
    } finally {
      await client.close();
    }
    for (const order of found.takenBack) this.#takenBack.add(order);
    if (lookedMs - diedMs < lifeMs) return null;
    await logbook.add('relieved', reliefText(id, this.#takenBack.size, found));
    if (measure === 'flatten') {
      // What was seen, or arrived, only after all was closed is closed as well.
      if (found.kept + found.positions.length > 0) await this.#close(symbols);
      return 'done';
    }
    const bare = found.unprotected;
    // Stops on which a position relies stay only once nothing takes them back.
    const done = isOff ? 'done' : null;
    if (bare.length === 0) return done;
    if (measure === 'close-unprotected') {
      await this.#close(bare.map(({ symbol }) => symbol));
      return done;
    }
    const text = bare.map(({ symbol, qty }) => `${qty} ${symbol}`).join(', ');
    await logbook.add('unprotected', `${id}: ${text} without a stop: a person has to look`);
    return 'unprotected';
  }

  async #close(symbols: readonly string[]): Promise<void> {
    const { clock, logbook } = this.#parts;
    const open = () => opened(this.#parts, this.#venue);
    const done = await flatten({ open, symbols, clock, patienceMs: FLATTEN_MS, say: this.#say });
    if (!done.isFlat) throw new Error(`${symbols.join(', ')} cannot be closed yet`);
    const text = `${this.#venue.id}: ${symbols.join(', ')}, ${done.positionsClosed} closed`;
    await logbook.add('flat', text);
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

/** Under the wallet's lock where a disk gives it. */
async function opened(parts: RescueParts, venue: WatchedVenue): Promise<VenueClient> {
  try {
    return await parts.open(venue, true);
  } catch (error) {
    if (error instanceof JournalRefusal) throw error;
    return parts.open(venue, false);
  }
}

function reliefText(id: string, takenBack: number, { kept, positions, unprotected }: Relief) {
  return [
    `${id}: ${takenBack} entries taken back`,
    `${kept} orders that only reduce stay`,
    `${positions.length} positions are open, ${unprotected.length} of them unprotected`,
  ].join(', ');
}
