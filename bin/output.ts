// What goes where: results on stdout, everything about the way there on stderr.
//
// With --json stdout carries exactly one document. Colour is decided per stream, so that a pipe
// gets plain text while the terminal beside it keeps its colours. Loaded by every call, so it
// imports nothing heavy.

import { styleText } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What we need of a stream; tests hand in their own. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

type Style = Parameters<typeof styleText>[0];

/**
 * True when this stream gets colour: NO_COLOR set to anything forbids, then FORCE_COLOR asks for it
 * (0 and false: forbids), then a terminal that is not `dumb` decides.
 */
export function hasColor(stream: Sink, environment: Environment = process.env): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Text in a style, or as it is where the stream has no colour. */
export function painter(
  stream: Sink,
  environment: Environment = process.env,
): (style: Style, text: string) => string {
  if (!hasColor(stream, environment)) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

let documents = 0;

/** Prints the one document of a --json call on stdout. NaN and infinities become strings. */
export function printJson(value: unknown, stream: Sink = process.stdout): void {
  documents++;
  stream.write(`${JSON.stringify(value, (_key, item) => speakable(item), 2)}\n`);
}

/** True once printJson was called: an error that follows must not print a second document. */
export function hasPrintedJson(): boolean {
  return documents > 0;
}

/** For who carries out several command lines in one process: each has one document. */
export function forgetJson(): void {
  documents = 0;
}

/** JSON has no NaN and writes null for it, which hides the value that was wrong. */
function speakable(item: unknown): unknown {
  return typeof item === 'number' && !Number.isFinite(item) ? String(item) : item;
}

/** A word of a command line that somebody will copy: in quotes where a shell would cut or read it. */
export function shellWord(text: string): string {
  if (/^[\p{L}\p{M}\p{N}@%+=:,./_-]+$/u.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const SAME_MS = 300;
let interruptedMs = Number.NEGATIVE_INFINITY;

/**
 * How Ctrl-C is answered: at once with 130, unless a verb listens too and stops in its own way;
 * then the second one ends it. Two that come together are one: see bin/sapphire.mjs.
 */
export function onInterrupt(): void {
  const nowMs = performance.now();
  const isFirst = interruptedMs === Number.NEGATIVE_INFINITY;
  const isEcho = nowMs - interruptedMs < SAME_MS;
  interruptedMs = nowMs;
  if (process.listenerCount('SIGINT') > 1 && (isFirst || isEcho)) return;
  process.exit(130);
}

/**
 * Runs a synchronous stretch of work that Ctrl-C may end at once. While JavaScript does not
 * return to its loop no handler is called; without one the system ends the process itself.
 */
export function interruptible<T>(work: () => T): T {
  if (!process.listeners('SIGINT').includes(onInterrupt)) return work();
  process.off('SIGINT', onInterrupt);
  try {
    return work();
  } finally {
    process.on('SIGINT', onInterrupt);
  }
}

/** Synchronous work that runs strategies: what they print is no result, and goes to stderr. */
export function talkAside<T>(work: () => T): T {
  const { stdout, stderr } = process;
  const write = stdout.write;
  stdout.write = stderr.write.bind(stderr) as typeof write;
  try {
    return work();
  } finally {
    stdout.write = write;
  }
}

/** Ctrl-C and a polite kill, for who ends in an own way; the function returned takes it back. */
export function onStop(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
