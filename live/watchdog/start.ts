// The session's end of the pipe: starts the watchdog, beats, and starts another one when that one is gone.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import { type Hello, READY, saidText } from './talk.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Nothing is traded meanwhile: a machine that is busy starts processes slowly. */
const READY_MS = 60_000;
/** Watchdogs that are started one after another; then a person is told, and the session goes on. */
const MOST = 5;

/** `isForGood`: no other one will be started. */
export type OnTrouble = (text: string, isForGood: boolean) => void;

export class Watchdog {
  readonly #hello: Hello;
  readonly #clock: Clock;
  readonly #onTrouble: OnTrouble;
  #child: ChildProcess | null = null;
  #started = 0;
  #hasLeft = false;
  #isReady = false;

  private constructor(hello: Hello, clock: Clock, onTrouble: OnTrouble) {
    this.#hello = hello;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /**
   * Starts one for this process. Throws when it is not ready in time: then nothing may be traded.
   * `onTrouble` is told when nobody watches any more, for now or for good.
   */
  static async start(
    hello: Omit<Hello, 'kind' | 'pid'>,
    clock: Clock,
    onTrouble: OnTrouble,
  ): Promise<Watchdog> {
    const whole: Hello = { ...hello, kind: 'hello', pid: process.pid };
    const watchdog = new Watchdog(whole, clock, onTrouble);
    if (await watchdog.#spawn()) return watchdog;
    throw Object.assign(new Error('no watchdog could be started: nothing was sent'), {
      exitCode: 6,
    });
  }

  /** The watchdog's process; for tests and for people. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  beat(): void {
    this.#write(saidText({ kind: 'beat' }));
  }

  /** The session ends on purpose; what it leaves open is looked after when this process is gone. */
  leave(code: string): void {
    this.#hasLeft = true;
    this.#write(saidText({ kind: 'leave', code }));
  }

  #write(text: string): void {
    const { stdin } = this.#child ?? {};
    if (stdin?.writable) stdin.write(text);
  }

  /** True when it has said that it is ready. */
  async #spawn(): Promise<boolean> {
    this.#started++;
    const child = spawn(process.execPath, [MAIN], {
      // A session of its own: what is sent to our terminal or group does not reach it.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stdin.write(saidText(this.#hello));
    const ready = Promise.withResolvers<boolean>();
    child.stdout.on('data', (text) => ready.resolve(String(text).includes(READY.trim())));
    child.on('error', () => ready.resolve(false));
    child.on('exit', () => {
      ready.resolve(false);
      void this.#gone(child);
    });
    const late = new AbortController();
    const isReady = await Promise.race([
      ready.promise,
      this.#clock.sleep(READY_MS, late.signal).then(() => false),
    ]);
    late.abort();
    // It outlives us, and we do not wait for it.
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
    this.#isReady = isReady;
    if (!isReady) child.kill('SIGKILL');
    return isReady;
  }

  async #gone(child: ChildProcess): Promise<void> {
    // One that never was ready is counted by whoever started it.
    if (this.#hasLeft || this.#child !== child || !this.#isReady) return;
    this.#isReady = false;
    this.#child = null;
    while (this.#started < MOST && !this.#hasLeft) {
      this.#onTrouble('the watchdog is gone: another one is started', false);
      if (await this.#spawn()) return;
    }
    this.#onTrouble('nobody watches this session: look after it yourself', true);
  }
}
