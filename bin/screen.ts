// The screen of a paper session that runs: the view painted in place on a terminal at most four times
// a second, and its keys; without a terminal a line for each minute of market time.
//
//   p pause   r resume   h, and h again within 3 s, halt   q or Ctrl-C quit
//
// It takes what is there (a second page of the terminal, the keyboard line by line) and gives all of
// it back in `stop`, which is also called when the process ends without it.

import type { Command } from '../engine/event.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import { type LiveKeys, type LiveState, liveLine, liveView } from '../reports/live.ts';
import type { Sink } from './output.ts';

/** What is needed of a terminal to paint on; process.stderr is one. */
export interface ScreenOutput extends Sink {
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** What is needed of a keyboard; process.stdin is one. */
export interface ScreenInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', listener: (bytes: Uint8Array | string) => void): unknown;
  off(event: 'data', listener: (bytes: Uint8Array | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Time and timers; tests hand in their own. */
export interface ScreenClock {
  /** Milliseconds that only go up. */
  now(): number;
  /** Calls again and again until the function that it gives is called. */
  every(ms: number, work: () => void): () => void;
}

export interface ScreenOptions {
  readonly output: ScreenOutput;
  /** Null: nobody listens to the keyboard. */
  readonly input?: ScreenInput | null;
  readonly color?: boolean;
  /** --json or quiet: says nothing, and the keyboard is left alone. */
  readonly silent?: boolean;
  readonly clock?: ScreenClock;
  readonly onCommand?: (command: Command) => void;
  /** Somebody pressed q: end cleanly. */
  readonly onQuit?: () => void;
  /** Ctrl-C, which a keyboard that is read key by key no longer makes a signal of. */
  readonly onInterrupt?: () => void;
  /** Told what to do should the process end before `stop`; gives a function that forgets it. */
  readonly atExit?: (restore: () => void) => () => void;
}

export interface Screen {
  /** What there is to show now, or how to learn it: then it is only asked for when it is shown. */
  update(state: LiveState | (() => LiveState)): void;
  /** Gives the terminal back as it was. May be called twice. */
  stop(): void;
}

const PAINT_MS = 250;
/** The age of the feed goes on while nothing else happens. */
const REFRESH_MS = 1000;
const CONFIRM_MS = 3000;
/** A log of a session that runs faster than the market gets no more lines than this. */
const LINE_MS = 10_000;

const CSI = '\u001b[';
const ENTER = `${CSI}?1049h${CSI}?25l${CSI}2J`;
const LEAVE = `${CSI}?25h${CSI}?1049l`;
const HOME = `${CSI}H`;
const TO_LINE_END = `${CSI}K`;
const TO_SCREEN_END = `${CSI}J`;

/** Begins to show a session. */
export function screen(options: ScreenOptions): Screen {
  if (options.silent) return { update() {}, stop() {} };
  return options.output.isTTY === true ? new Terminal(options) : new Log(options);
}

/** One line for each minute of market time. */
class Log implements Screen {
  readonly #output: Sink;
  readonly #clock: ScreenClock;
  #shownMs = Number.NEGATIVE_INFINITY;
  #minute = Number.NaN;

  constructor({ output, clock = machineClock }: ScreenOptions) {
    this.#output = output;
    this.#clock = clock;
  }

  update(source: LiveState | (() => LiveState)): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#shownMs < LINE_MS) return;
    const state = stateOf(source);
    const minute = Math.floor(state.marketMs / MINUTE_MS);
    if (Number.isNaN(minute) || minute === this.#minute) return;
    this.#minute = minute;
    this.#shownMs = nowMs;
    this.#output.write(`${liveLine(state)}\n`);
  }

  stop(): void {}
}

class Terminal implements Screen {
  readonly #options: ScreenOptions;
  readonly #clock: ScreenClock;
  readonly #undo: (() => void)[] = [];
  readonly #hasKeys: boolean;
  #source: LiveState | (() => LiveState) | null = null;
  #isEntered = false;
  #isOver = false;
  /** Something has changed since it was painted. */
  #isDue = false;
  #paintedMs = Number.NEGATIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ScreenOptions) {
    const { output, input = null, clock = machineClock, atExit = onProcessExit } = options;
    this.#options = options;
    this.#clock = clock;
    this.#undo.push(atExit(() => this.stop()));
    const resized = () => {
      if (this.#isEntered) output.write(`${CSI}2J`);
      this.#isDue = true;
      this.#paint();
    };
    output.on?.('resize', resized);
    this.#undo.push(() => output.off?.('resize', resized));
    this.#hasKeys = input?.isTTY === true && input.setRawMode !== undefined;
    if (this.#hasKeys) this.#listen(input!);
    this.#undo.push(clock.every(PAINT_MS, () => this.#tick()));
  }

  update(source: LiveState | (() => LiveState)): void {
    this.#source = source;
    this.#isDue = true;
    this.#paint();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const undo of this.#undo) undo();
    if (this.#isEntered) this.#options.output.write(LEAVE);
  }

  #tick(): void {
    const sinceMs = this.#clock.now() - this.#paintedMs;
    const isLive =
      typeof this.#source === 'function' || this.#askedMs > this.#paintedMs - CONFIRM_MS;
    if (isLive && sinceMs >= REFRESH_MS) this.#isDue = true;
    this.#paint();
  }

  /** Paints what is due, unless it was painted just now: then the next tick does. */
  #paint(): void {
    const nowMs = this.#clock.now();
    const source = this.#source;
    if (!this.#isDue || this.#isOver || source === null) return;
    if (nowMs - this.#paintedMs < PAINT_MS) return;
    this.#paintedMs = nowMs;
    this.#isDue = false;
    const { output, color = false } = this.#options;
    // The last column and the last line stay free: a terminal may move on when they are written.
    const width = Math.max(1, (output.columns ?? 80) - 1);
    const height = Math.max(1, (output.rows ?? 25) - 1);
    const lines = liveView(stateOf(source), width, { color, height, keys: this.#keys(nowMs) });
    const text = lines.map((line) => line + TO_LINE_END).join('\r\n');
    output.write(`${this.#isEntered ? '' : ENTER}${HOME}${text}${TO_SCREEN_END}`);
    this.#isEntered = true;
  }

  // ---- the keyboard ---------------------------------------------------------------------------

  #keys(nowMs: number): LiveKeys {
    if (!this.#hasKeys) return 'none';
    return nowMs - this.#askedMs < CONFIRM_MS ? 'confirm-halt' : 'usual';
  }

  #listen(input: ScreenInput): void {
    const hear = (bytes: Uint8Array | string) => this.#hear(textOf(bytes));
    input.setRawMode!(true);
    input.on('data', hear);
    input.resume();
    this.#undo.push(() => {
      input.off('data', hear);
      input.setRawMode!(false);
      input.pause();
    });
  }

  #hear(text: string): void {
    const { onQuit, onInterrupt = interruptProcess } = this.#options;
    if (text.includes('\u0003')) {
      onInterrupt();
      return;
    }
    // An arrow key and its like begin with escape; of pasted text nothing is meant. One key several
    // times at once was held down: it counts once.
    const key = text[0]?.toLowerCase();
    if (!/^(.)\1*$/su.test(text)) return;
    const nowMs = this.#clock.now();
    const askedMs = this.#askedMs;
    this.#askedMs = Number.NEGATIVE_INFINITY;
    if (key === 'p') this.#say('pause');
    else if (key === 'r') this.#say('resume');
    else if (key === 'h') this.#halt(nowMs, askedMs);
    else if (key === 'q') onQuit?.();
    this.#isDue = true;
    this.#paint();
  }

  /** Asks first. */
  #halt(nowMs: number, askedMs: number): void {
    if (nowMs - askedMs < CONFIRM_MS) this.#say('halt');
    else this.#askedMs = nowMs;
  }

  #say(command: Command): void {
    this.#options.onCommand?.(command);
  }
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : decoder.decode(bytes);
}

function stateOf(source: LiveState | (() => LiveState)): LiveState {
  return typeof source === 'function' ? source() : source;
}

const machineClock: ScreenClock = {
  now: () => performance.now(),
  every(ms, work) {
    const timer = setInterval(work, ms);
    // The session keeps the process alive, not its picture.
    timer.unref();
    return () => clearInterval(timer);
  },
};

function onProcessExit(restore: () => void): () => void {
  process.once('exit', restore);
  return () => process.off('exit', restore);
}

/** As the terminal would have done it: whoever listens to SIGINT hears it. */
function interruptProcess(): void {
  process.kill(process.pid, 'SIGINT');
}
