// Progress on stderr: a bar on a terminal, a plain line every ten seconds in a log, nothing at all
// when nobody asked to see it. It is told how far things are and reads the clock only then.

import type { Sink } from './output.ts';

export interface ProgressOptions {
  /** What is going on, two words: `reading candles`. */
  readonly label: string;
  /** How many there are; undefined when nobody knows. */
  readonly total?: number;
  /** What is counted, for the rate: `candles`. */
  readonly unit?: string;
  /** --json or quiet: says nothing. */
  readonly silent?: boolean;
  /** Milliseconds that only go up; tests hand in their own. */
  readonly now?: () => number;
}

export interface Progress {
  /** How many are done, and a few words to show after it. */
  update(done: number, note?: string): void;
  /** Takes the bar away; the last word belongs to the verb. */
  stop(): void;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_CELLS = 24;

/** Begins to show progress on a stream, normally process.stderr. */
export function progress(stream: Sink, options: ProgressOptions): Progress {
  const { label, total, unit = '', silent = false, now = () => performance.now() } = options;
  if (silent) return { update() {}, stop() {} };
  const isTerminal = stream.isTTY === true;
  const everyMs = isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  const startMs = now();
  let shownMs = isTerminal ? Number.NEGATIVE_INFINITY : startMs;
  let isDrawn = false;

  return {
    update(done, note = '') {
      const nowMs = now();
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      const parts = [label, ...figures(done, total, unit, nowMs - startMs), note].filter(Boolean);
      if (!isTerminal) {
        stream.write(`${parts.join('  ')}\n`);
        return;
      }
      const bar = total === undefined ? [] : [barText(done / total)];
      const line = [parts[0], ...bar, ...parts.slice(1)].join('  ');
      stream.write(`\r${line.slice(0, (stream.columns ?? 80) - 1)}\u001b[K`);
      isDrawn = true;
    },
    stop() {
      if (isDrawn) stream.write('\r\u001b[K');
      isDrawn = false;
    },
  };
}

function figures(done: number, total: number | undefined, unit: string, ms: number): string[] {
  const count = (n: number) => Math.round(n).toLocaleString('en-US');
  const perSecond = ms > 0 ? (done * 1000) / ms : 0;
  const rate = `${count(perSecond)}${unit === '' ? '' : ` ${unit}`}/s`;
  if (total === undefined) return [count(done), rate];
  const leftMs = perSecond > 0 ? ((total - done) / perSecond) * 1000 : Number.NaN;
  const left = Number.isNaN(leftMs) ? [] : [`${durationText(leftMs)} left`];
  return [`${Math.floor(fraction(done / total) * 100)} %`, rate, ...left];
}

function barText(share: number): string {
  const full = Math.round(fraction(share) * BAR_CELLS);
  return `[${'='.repeat(full)}${' '.repeat(BAR_CELLS - full)}]`;
}

function fraction(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 1;
}

/** `4 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
