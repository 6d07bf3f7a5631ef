// A line to a venue's stream that is kept up: one connection after the other, for ever.
//
//   dial -> hello -> listen, ping, watch for silence -> lost: wait (backoff, jitter) -> dial
//                                                    -> old: dial the next, both speak, end the first
//
// The line never gives up and never throws; it ends when its signal aborts, with every socket closed.
// All waiting is on the monotonic clock.

import type { Saying, StreamTalk } from '../../data/venues/contract.ts';
import type { Clock } from '../clock.ts';
import type { Connect, Socket } from './socket.ts';
import { Backoff, type Timings } from './timings.ts';

export interface LineParts {
  readonly talk: StreamTalk;
  readonly symbols: readonly string[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly connect: Connect;
  readonly random: () => number;
  readonly timings: Timings;
  readonly onSaying: (saying: Saying) => void;
  /** Candles may come from now on. `outageMs`: since it was lost; 0 for a planned renewal. */
  readonly onUp: (outageMs: number, isRenewal: boolean) => void;
  /** Once for each outage. `upMs`: how long it had lasted. */
  readonly onDown: (reason: string, upMs: number) => void;
}

/** Pause between two texts of a hello: venues count what they hear in a second. */
const HELLO_PAUSE_MS = 200;

/** Keeps a line up until `signal` aborts. */
export async function keepLine(parts: LineParts, signal: AbortSignal): Promise<void> {
  const { clock, timings, talk, random, onUp, onDown } = parts;
  const backoff = new Backoff(timings, random);
  let current: Connection | null = null;
  let downMs = clock.monotonicMs();
  let isTold = false;
  const lose = (connection: Connection) => {
    const upMs = connection.ageMs;
    downMs = clock.monotonicMs();
    isTold = true;
    if (!signal.aborted) onDown(connection.reason, upMs);
    if (upMs >= timings.stableMs) backoff.reset();
  };
  while (!signal.aborted) {
    const next: Connection = new Connection(parts, signal);
    const before: Connection | null = current;
    const isUp = (await next.opened) && (before === null || (await takesOver(next, parts)));
    if (signal.aborted) {
      await Promise.all([next.end('over'), before?.end('over')]);
      return;
    }
    if (isUp) {
      if (before?.isOver) lose(before);
      const isRenewal = before !== null && !before.isOver;
      onUp(isRenewal ? 0 : clock.monotonicMs() - downMs, isRenewal);
      isTold = false;
      current = next;
      await before?.end('renewed');
      await next.whileYoung(renewalMs(talk, random));
      if (!next.isOver) continue;
      current = null;
      lose(next);
    } else {
      await next.end('did not open');
      if (before === null && !isTold) lose(next);
      else if (before?.isOver) {
        current = null;
        lose(before);
      }
    }
    // An old connection that still speaks is listened to while the next attempt waits.
    await (current ?? next).pause(backoff.next(), signal);
    if (current?.isOver && !signal.aborted) {
      lose(current);
      current = null;
    }
  }
  await current?.end('over');
}

/** True once the new connection has said something of its own, or has had the time to. */
async function takesOver(next: Connection, { timings }: LineParts): Promise<boolean> {
  await next.untilHeard(timings.overlapMs);
  return !next.isOver;
}

/** Well before the venue would end it, and not with all other lines of the world. */
function renewalMs({ maxAgeMs }: StreamTalk, random: () => number): number {
  const marginMs = Math.min(maxAgeMs / 10, 600_000);
  return maxAgeMs - marginMs * (0.5 + random() / 2);
}

/** One connection, from its first dial to its end. */
class Connection {
  readonly #parts: LineParts;
  readonly #life = new AbortController();
  readonly #socket: Socket;
  readonly #gone = Promise.withResolvers<void>();
  readonly #open = Promise.withResolvers<boolean>();
  readonly #heard = new AbortController();
  readonly #stop: () => void;
  #openedMs = Number.NaN;
  #byteMs = 0;
  #candleMs = 0;
  reason = '';

  constructor(parts: LineParts, signal: AbortSignal) {
    this.#parts = parts;
    const { talk, symbols, intervalMs, connect } = parts;
    this.#stop = () => void this.end('over');
    signal.addEventListener('abort', this.#stop);
    this.#socket = connect(talk.url(symbols, intervalMs), {
      opened: () => this.#begin(),
      text: (text) => this.#hear(text),
      alive: () => this.#touch(),
      closed: (reason) => {
        this.#over(reason);
        signal.removeEventListener('abort', this.#stop);
        this.#gone.resolve();
      },
    });
    if (signal.aborted) this.#stop();
    else void this.#mustOpen();
  }

  /** False when it ended before it was open. */
  get opened(): Promise<boolean> {
    return this.#open.promise;
  }

  get isOver(): boolean {
    return this.#life.signal.aborted;
  }

  /** ms since it opened; 0 if it never did. */
  get ageMs(): number {
    const ageMs = this.#parts.clock.monotonicMs() - this.#openedMs;
    return ageMs > 0 ? ageMs : 0;
  }

  /** Ends it, if it has not ended; resolves when the socket is gone. */
  end(reason: string): Promise<void> {
    this.#over(reason);
    this.#socket.end();
    return this.#gone.promise;
  }

  /** Until it is `ageMs` old or over. */
  async whileYoung(ageMs: number): Promise<void> {
    await this.#parts.clock.sleep(ageMs - this.ageMs, this.#life.signal);
  }

  /** Until it has said anything, `ms` have passed or it is over. */
  async untilHeard(ms: number): Promise<void> {
    await this.#parts.clock.sleep(ms, this.#heard.signal);
  }

  /** For `ms`; shorter when it lives and ends meanwhile, or `signal` aborts. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    await clock.sleep(ms, this.isOver ? signal : this.#life.signal);
  }

  #over(reason: string): void {
    if (this.isOver) return;
    this.reason = reason;
    this.#life.abort();
    this.#heard.abort();
    this.#open.resolve(false);
  }

  #touch(): void {
    this.#byteMs = this.#parts.clock.monotonicMs();
  }

  async #mustOpen(): Promise<void> {
    const { clock, timings } = this.#parts;
    await clock.sleep(timings.openMs, this.#life.signal);
    if (Number.isNaN(this.#openedMs)) await this.end(`did not open in ${timings.openMs} ms`);
  }

  #begin(): void {
    if (this.isOver) return;
    this.#touch();
    this.#openedMs = this.#byteMs;
    this.#candleMs = this.#byteMs;
    void this.#sayHello().then(() => {
      if (this.isOver) return;
      this.#open.resolve(true);
      void this.#keepAlive();
    });
    void this.#watch();
  }

  async #sayHello(): Promise<void> {
    const { talk, symbols, intervalMs, clock } = this.#parts;
    const texts = talk.hello(symbols, intervalMs);
    for (const [k, text] of texts.entries()) {
      if (k > 0) await clock.sleep(HELLO_PAUSE_MS, this.#life.signal);
      if (this.isOver) return;
      this.#socket.send(text);
    }
  }

  async #keepAlive(): Promise<void> {
    const { talk, clock } = this.#parts;
    for (;;) {
      await clock.sleep(talk.pingEveryMs, this.#life.signal);
      if (this.isOver) return;
      if (talk.ping === null) this.#socket.ping();
      else this.#socket.send(talk.ping);
    }
  }

  /** Ends a connection that says nothing, or nothing of the market. */
  async #watch(): Promise<void> {
    const { talk, clock, timings } = this.#parts;
    for (;;) {
      const silentAtMs = this.#byteMs + talk.silenceMs;
      const dueMs = Math.min(silentAtMs, this.#candleMs + timings.frozenMs);
      await clock.sleep(dueMs - clock.monotonicMs(), this.#life.signal);
      // After a stall of our own, what has arrived meanwhile is read before anybody is called dead.
      await clock.sleep(0, this.#life.signal);
      if (this.isOver) return;
      const nowMs = clock.monotonicMs();
      if (nowMs - this.#byteMs >= talk.silenceMs) {
        return this.end(`silent for ${talk.silenceMs} ms`);
      }
      if (nowMs - this.#candleMs >= timings.frozenMs) {
        return this.end(`no candle for ${timings.frozenMs} ms`);
      }
    }
  }

  #hear(text: string): void {
    if (this.isOver) return;
    this.#touch();
    const { talk, intervalMs, onSaying } = this.#parts;
    let sayings: readonly Saying[];
    try {
      sayings = talk.parse(text, intervalMs);
    } catch (error) {
      // The contract forbids it; a feed does not die of one message all the same.
      sayings = [{ kind: 'complaint', text: `not understood: ${String(error)}` }];
    }
    for (const saying of sayings) {
      if (saying.kind === 'candle') this.#candleMs = this.#byteMs;
      if (saying.kind !== 'complaint') this.#heard.abort();
      onSaying(saying);
    }
  }
}
