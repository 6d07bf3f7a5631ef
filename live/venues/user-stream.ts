// The stream on which a venue tells an account what happens to it, kept up for ever.
//
//   address (a listen key) -> dial -> hello -> catch up by REST -> `up` -> listen ... -> `down` -> wait
//
// Between `up` and `down` everything that happens is told; what happened between `down` and the next
// `up` is asked for over REST and told before `up`, so that whoever only listens misses nothing. Things
// may be told twice. The stream never gives up and never throws; it ends with `close`.

import { VenueFault } from '../../data/venues/contract.ts';
import { BadReply } from '../../data/venues/said.ts';
import type { Clock } from '../clock.ts';
import type { Connect, Socket } from '../feeds/socket.ts';
import { Backoff, TIMINGS } from '../feeds/timings.ts';
import type { ClientEvent, Tell } from './port.ts';

/** What one message says: events, a sign of life (none), or that this connection is of no use. */
export type Said = readonly ClientEvent[] | 'expired';

/** How a venue's user stream is used; one folder per venue knows. */
export interface UserTalk {
  /** Where to connect, a new key asked for if one is needed. Throws when there is none to be had. */
  address(signal: AbortSignal): Promise<string>;
  hello(): readonly string[];
  /** True for the answer to one text of the hello; the stream is up when all have come. */
  isAnswer(text: string): boolean;
  /** Text that keeps it alive; null = the protocol's own ping. */
  readonly ping: string | null;
  readonly pingEveryMs: number;
  readonly silenceMs: number;
  readonly maxAgeMs: number;
  /** How often `keep` is called. */
  readonly keepEveryMs: number;
  /** Prolongs what the address was given for; false = a new address is needed. */
  keep(signal: AbortSignal): Promise<boolean>;
  /** Throws BadReply for what cannot be read. */
  parse(text: string): Said;
}

export interface UserStreamParts {
  readonly talk: UserTalk;
  readonly clock: Clock;
  readonly connect: Connect;
  /** 0 <= u < 1, for jitter. */
  readonly random: () => number;
  readonly tell: Tell;
  /** Asks over REST for what a gap that began at `sinceMs` (UTC ms) may have hidden. */
  readonly catchUp: (sinceMs: number, signal: AbortSignal) => Promise<readonly ClientEvent[]>;
  readonly scrub: (text: string) => string;
  /** How long a hello may take to be answered by anything at all, ms. */
  readonly openMs?: number;
}

/** A gap is taken to have begun so long before the last message: clocks differ, messages are late. */
const OVERLAP_MS = 60_000;

export class UserStream {
  readonly #parts: UserStreamParts;
  readonly #backoff: Backoff;
  readonly #over = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #done: Promise<void> | null = null;
  #heardMs = Number.NaN;

  constructor(parts: UserStreamParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(TIMINGS, parts.random);
  }

  /** Resolves when it is up for the first time; after `close`, whether it was or not. */
  open(): Promise<void> {
    this.#done ??= this.#keepUp();
    return this.#first.promise;
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#first.resolve();
    await this.#done;
  }

  async #keepUp(): Promise<void> {
    const { clock, tell, scrub } = this.#parts;
    const { signal } = this.#over;
    while (!signal.aborted) {
      const life = new Life(signal);
      let isUp = false;
      const beganMs = clock.monotonicMs();
      try {
        await this.#dial(life);
        if (!life.isOver) {
          isUp = true;
          tell({ kind: 'stream', isUp: true, text: '' });
          this.#first.resolve();
          await this.#live(life);
        }
      } catch (error) {
        life.end(error instanceof Error ? error.message : String(error));
      }
      await life.gone();
      if (signal.aborted) return;
      if (isUp && clock.monotonicMs() - beganMs >= TIMINGS.stableMs) this.#backoff.reset();
      tell({ kind: 'stream', isUp: false, text: scrub(life.reason) });
      // An old age or a key that ended is no reason to wait: every ms of it is a gap.
      if (!(isUp && life.isPlanned)) await clock.sleep(this.#backoff.next(), signal);
    }
  }

  /** Until it is connected, has said hello and knows what it missed. */
  async #dial(life: Life): Promise<void> {
    const { talk, clock, connect, tell, catchUp, openMs = TIMINGS.openMs } = this.#parts;
    // The first connection has no gap behind it: whoever opens it asks for the present himself.
    const sinceMs = this.#heardMs;
    const url = await talk.address(life.signal);
    if (life.isOver) return;
    const opened = new AbortController();
    life.socket = connect(url, {
      opened: () => opened.abort(),
      text: (text) => this.#hear(text, life),
      alive: () => life.touch(clock.monotonicMs()),
      closed: (reason) => {
        opened.abort();
        life.closed(reason);
      },
    });
    await clock.sleep(openMs, opened.signal);
    if (!opened.signal.aborted) life.end(`did not open in ${openMs} ms`);
    if (life.isOver) return;
    life.touch(clock.monotonicMs());
    const hello = talk.hello();
    const answered = life.expect(hello.length);
    for (const text of hello) life.socket.send(text);
    await clock.sleep(openMs, answered);
    if (!answered.aborted) life.end(`its hello was not answered in ${openMs} ms`);
    if (life.isOver) return;
    if (!Number.isNaN(sinceMs)) {
      for (const event of await catchUp(sinceMs - OVERLAP_MS, life.signal)) tell(event);
    }
    if (!life.isOver) this.#heardMs = clock.nowMs();
  }

  async #live(life: Life): Promise<void> {
    const { talk, clock } = this.#parts;
    const { signal } = life;
    const ping = async () => {
      for (;;) {
        await clock.sleep(talk.pingEveryMs, signal);
        if (life.isOver) return;
        if (talk.ping === null) life.socket?.ping();
        else life.socket?.send(talk.ping);
      }
    };
    const watch = async () => {
      for (;;) {
        const leftMs = life.byteMs + talk.silenceMs - clock.monotonicMs();
        if (leftMs <= 0) return life.end(`silent for ${talk.silenceMs} ms`);
        await clock.sleep(leftMs, signal);
        // After a stall of our own, what has arrived meanwhile is read before it is called dead.
        await clock.sleep(0, signal);
        if (life.isOver) return;
      }
    };
    const keep = async () => {
      for (;;) {
        await clock.sleep(talk.keepEveryMs, signal);
        if (life.isOver) return;
        if (!(await talk.keep(signal))) return life.end('its key has ended', true);
      }
    };
    const grow = async () => {
      await clock.sleep(talk.maxAgeMs * (0.9 + 0.05 * this.#parts.random()), signal);
      life.end('renewed', true);
    };
    const jobs = [ping(), watch(), keep(), grow()];
    await Promise.race([life.gone(), ...jobs.map((job) => job.then(() => life.gone()))]);
    await Promise.allSettled(jobs);
  }

  #hear(text: string, life: Life): void {
    if (life.isOver) return;
    const { talk, clock, tell, scrub } = this.#parts;
    life.touch(clock.monotonicMs());
    this.#heardMs = clock.nowMs();
    if (talk.isAnswer(text)) life.answer();
    let said: Said;
    try {
      said = talk.parse(scrub(text));
    } catch (error) {
      const why = error instanceof BadReply ? error.message : `not understood: ${String(error)}`;
      said = [{ kind: 'complaint', text: scrub(why) }];
    }
    if (said === 'expired') life.end('the venue ended its key', true);
    else for (const event of said) tell(event);
  }
}

/** How long a stream may take to come up before `connect` gives up on it. */
const UP_MS = 30_000;

/** Opens a stream. Throws VenueFault when it does not come up; it goes on trying until it is closed. */
export async function openWithin(stream: UserStream, clock: Clock, venue: string): Promise<void> {
  const come = new AbortController();
  const opened = stream.open().then(() => come.abort());
  await Promise.race([opened, clock.sleep(UP_MS, come.signal)]);
  if (come.signal.aborted) return;
  const text = `the user stream did not come up in ${UP_MS} ms`;
  throw new VenueFault(venue, 'unreachable', true, text);
}

/** One connection, from the question for its address to its end. */
class Life {
  socket: Socket | null = null;
  reason = '';
  /** Its end is no trouble of the way: the next one may begin at once. */
  isPlanned = false;
  byteMs = 0;
  readonly #over = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  readonly #answered = new AbortController();
  #answers = 0;
  #isClosed = false;

  constructor(signal: AbortSignal) {
    if (signal.aborted) this.end('over');
    else signal.addEventListener('abort', () => this.end('over'), { signal: this.signal });
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Aborts when so many answers have come, or it is over. */
  expect(answers: number): AbortSignal {
    this.#answers = answers;
    if (answers === 0) this.#answered.abort();
    return this.#answered.signal;
  }

  answer(): void {
    this.#answers--;
    if (this.#answers === 0) this.#answered.abort();
  }

  touch(monotonicMs: number): void {
    this.byteMs = monotonicMs;
  }

  end(reason: string, isPlanned = false): void {
    if (!this.isOver) {
      this.reason = reason;
      this.isPlanned = isPlanned;
      this.#over.abort();
      this.#answered.abort();
    }
    this.socket?.end();
  }

  closed(reason: string): void {
    this.#isClosed = true;
    this.end(reason);
    this.#gone.resolve();
  }

  /** When nothing will be heard of it any more. */
  async gone(): Promise<void> {
    if (this.isOver && (this.socket === null || this.#isClosed)) return;
    await this.#gone.promise;
  }
}
