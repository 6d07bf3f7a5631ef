// Tells a person, by POST, and keeps nobody waiting: whoever has something to say hands it over and goes on.
//
//   say -> said lately? counted -> in line, the most urgent first -> a post every few seconds at most
//                                                    ^--- tried again, longer and longer, for an hour
//
// A service that is down, slow or refuses changes nothing but that nobody hears: it is told once on the
// screen. The line is short; what finds it full pushes the least urgent out, and is counted.

import { retryAfterMs } from '../../data/venues/http.ts';
import { shown } from '../../data/venues/said.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { Clock } from '../clock.ts';
import { Scrubber, Secret } from '../venues/secret.ts';
import type { TellMemory } from './memory.ts';
import { ALERT_FORMAT, ALERT_URL, type Letterbox, letterboxAt, type Sending } from './post.ts';
import type { Alert, Urgency } from './worth.ts';

/** The same is told again after this. */
const QUIET_MS = 15 * MINUTE_MS;
/** Alerts that may go at once, and how long it takes until one more may. */
const BURST = 10;
const REFILL_MS = 30_000;
const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = MINUTE_MS;
/** Older ones help nobody. */
const LIFE_MS = HOUR_MS;
const LINE = 50;
/** Kinds of alerts whose last telling is remembered. */
const KINDS = 500;

const RANKS: Readonly<Record<Urgency, number>> = { act: 0, look: 1, know: 2 };

export interface AlertsParts {
  readonly letterbox: Letterbox;
  /** Who says it: `live follow`. */
  readonly from: string;
  readonly clock: Clock;
  /** Told once when alerts do not arrive, and once when they do again. */
  readonly tell: (text: string) => void;
  /** Takes the letterbox's URL out of what its service says. */
  readonly scrub: (text: string) => string;
  /** Of what earlier processes told. */
  readonly memory?: TellMemory;
}

/** Whoever takes alerts. */
export interface Ear {
  say(alert: Alert | null): void;
}

interface Telling {
  /** UTC ms; what is only to be known is told at each start. */
  readonly wallMs: number | null;
  readonly atMs: number;
  repeats: number;
}

export class Alerts implements Ear {
  readonly #parts: AlertsParts;
  readonly #line: Sending[] = [];
  readonly #told = new Map<string, Telling>();
  readonly #over = new AbortController();
  #work: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();
  #tokens = BURST;
  #tokensMs: number;
  #isDown = false;
  /** Alerts that found the line full. */
  dropped = 0;

  constructor(parts: AlertsParts) {
    this.#parts = parts;
    const { clock, memory } = parts;
    this.#tokensMs = clock.monotonicMs();
    for (const [key, wallMs] of memory?.load() ?? []) {
      const agoMs = clock.nowMs() - wallMs;
      // What is of the future was written by another clock.
      if (!(agoMs >= 0 && agoMs < QUIET_MS)) continue;
      this.#told.set(key, { wallMs, atMs: this.#tokensMs - agoMs, repeats: 0 });
    }
  }

  get host(): string {
    return this.#parts.letterbox.host;
  }

  /** Returns at once. Null = it is not worth an alert. */
  say(alert: Alert | null): void {
    if (alert === null || this.#over.signal.aborted) return;
    const repeats = this.#repeatsOf(alert);
    if (repeats === null) return;
    const { clock, from } = this.#parts;
    this.#line.push({ ...alert, from, atMs: clock.nowMs(), repeats });
    this.#line.sort((a, b) => RANKS[a.urgency] - RANKS[b.urgency]);
    if (this.#line.length > LINE) {
      this.#line.pop();
      this.dropped++;
    }
    this.#work ??= this.#send().finally(() => {
      this.#work = null;
    });
  }

  /** Waits for what is in line, at most `patienceMs`; then nothing is sent any more. */
  async close(patienceMs: number): Promise<void> {
    const { clock } = this.#parts;
    const done = new AbortController();
    // A disk that hangs is waited for no longer than a service that does.
    const all = Promise.all([this.#work, this.#saving]);
    await Promise.race([all, clock.sleep(patienceMs, done.signal)]);
    done.abort();
    this.#over.abort();
  }

  /** How often the same was kept back before; null = it is kept back now. */
  #repeatsOf({ code, text, urgency }: Alert): number | null {
    const { clock, from } = this.#parts;
    const nowMs = clock.monotonicMs();
    // The same trouble with other numbers in it is the same trouble.
    const key = `${from} ${code} ${text.replace(/\d+(\.\d+)?/g, '#')}`;
    const told = this.#told.get(key);
    if (told !== undefined && nowMs - told.atMs < QUIET_MS) {
      told.repeats++;
      return null;
    }
    this.#told.delete(key);
    const wallMs = urgency === 'know' ? null : clock.nowMs();
    this.#told.set(key, { wallMs, atMs: nowMs, repeats: 0 });
    if (this.#told.size > KINDS) this.#told.delete(this.#told.keys().next().value!);
    if (wallMs !== null) this.#save();
    return told?.repeats ?? 0;
  }

  #save(): void {
    const { memory } = this.#parts;
    if (memory === undefined) return;
    const lasting = [...this.#told].flatMap(([key, { wallMs }]) =>
      wallMs === null ? [] : [[key, wallMs] as const],
    );
    this.#saving = this.#saving.then(() => memory.save(new Map(lasting)));
  }

  async #send(): Promise<void> {
    const { clock } = this.#parts;
    const over = this.#over.signal;
    let pauseMs = FIRST_PAUSE_MS;
    while (this.#line.length > 0 && !over.aborted) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        await clock.sleep(waitMs, over);
        continue;
      }
      const next = this.#line.shift()!;
      if (clock.nowMs() - next.atMs > LIFE_MS) continue;
      const again = await this.#post(next);
      if (again === null) {
        pauseMs = FIRST_PAUSE_MS;
        continue;
      }
      this.#line.unshift(next);
      await clock.sleep(Math.min(Math.max(pauseMs, again), LIFE_MS), over);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Until one more may go, ms; takes it where that is now. */
  #waitMs(): number {
    const nowMs = this.#parts.clock.monotonicMs();
    const grown = (nowMs - this.#tokensMs) / REFILL_MS;
    this.#tokens = Math.min(BURST, this.#tokens + grown);
    this.#tokensMs = nowMs;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) * REFILL_MS);
    this.#tokens--;
    return 0;
  }

  /** null = it is done with; else the least ms to wait before it is tried again. */
  async #post(sending: Sending): Promise<number | null> {
    const { clock, letterbox } = this.#parts;
    const { url, body } = letterbox.letter(sending);
    const done = new AbortController();
    const late = clock.sleep(TIMEOUT_MS, done.signal).then(() => done.abort());
    const signal = AbortSignal.any([done.signal, this.#over.signal]);
    const headers = { 'content-type': 'application/json' };
    try {
      // A service does not move; who else is named there must not get the alert, or the URL.
      const request = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
      const response = await fetch(url, request);
      const { status } = response;
      await response.body?.cancel();
      if (status >= 200 && status < 300) {
        this.#seeDown(null);
        return null;
      }
      this.#seeDown(`status ${status}`);
      const isPassing = status === 429 || status === 408 || status >= 500;
      return isPassing ? (retryAfterMs(response.headers, clock.nowMs()) ?? 0) : null;
    } catch (error) {
      if (this.#over.signal.aborted) return null;
      const isLate = done.signal.aborted;
      this.#seeDown(isLate ? `no answer in ${TIMEOUT_MS / 1000} s` : shown(causeOf(error)));
      return 0;
    } finally {
      done.abort();
      await late;
    }
  }

  #seeDown(why: string | null): void {
    const { tell, scrub, letterbox } = this.#parts;
    if ((why !== null) === this.#isDown) return;
    this.#isDown = why !== null;
    tell(why === null ? `${letterbox.host} takes alerts again` : scrub(downText(letterbox, why)));
  }
}

function downText({ host }: Letterbox, why: string): string {
  return `${host} does not take alerts: ${why}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** What opens alerts in another process: by their names in the environment. */
type AlertEnvironment = Readonly<Record<string, string | undefined>>;

/** Null where the environment names no URL. Throws InputError for one that cannot be posted to. */
export function openAlerts(
  env: AlertEnvironment,
  parts: Pick<AlertsParts, 'from' | 'clock' | 'tell' | 'memory'>,
): Alerts | null {
  const given = env[ALERT_URL];
  if (!given) return null;
  const secret = new Secret(given);
  const letterbox = letterboxAt(secret, env[ALERT_FORMAT]);
  return new Alerts({
    ...parts,
    letterbox,
    scrub: new Scrubber([secret, ...secretParts(given)]).scrub,
  });
}

/** What stands behind the host is the key. */
function secretParts(url: string): Secret[] {
  const { pathname = '', search = '' } = URL.parse(url) ?? {};
  return [pathname, search].map((part) => new Secret(part));
}
