// The command as a person starts it: a process of its own, in a folder of its own, with nothing of
// the test runner's environment that would change what it prints.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLogbook } from '../../live/watchdog/logbook.ts';

export const TOP = fileURLToPath(new URL('../../', import.meta.url));
export const SCRIPT = join(TOP, 'bin/sapphire.mjs');
/** Market data beside the checkout, where there are any. */
export const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

export interface Ended {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of node itself; only a process of its own has them. */
  readonly node?: readonly string[];
}

/** A folder to stand in; `root` is removed by `remove`. */
export interface Room {
  readonly root: string;
  /** Path below the root. */
  at(...parts: string[]): string;
  /** A new empty folder below the root; its name when none is given is its number. */
  folder(name?: string): string;
  /** Runs the command in the root, or in the folder given. */
  sapphire(words: readonly string[], options?: CliOptions): Promise<Ended>;
  /** The same without a process of its own: see in-process.ts. */
  call(words: readonly string[], options?: CliOptions): Promise<Ended>;
  remove(): void;
}

export function room(name: string): Room {
  const root = mkdtempSync(join(tmpdir(), `sapphire-${name}-`));
  let made = 0;
  return {
    root,
    at: (...parts) => join(root, ...parts),
    folder(folder = `${made++}`) {
      const path = join(root, folder);
      mkdirSync(path, { recursive: true });
      return path;
    },
    sapphire: (words, options = {}) => sapphire(words, { cwd: root, ...options }),
    call: async (words, options = {}) => {
      const { called } = await import('./in-process.ts');
      return called(words, { cwd: root, ...options });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Starts the command and leaves it running. */
export function start(
  words: readonly string[],
  { cwd = tmpdir(), env = {}, node = [] }: CliOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [...node, SCRIPT, ...words], {
    cwd,
    env: { ...plainEnvironment(), ...env },
  });
}

/** Runs the command to its end. */
export function sapphire(words: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return ended(start(words, options));
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code: code ?? signal, stdout, stderr }));
  });
}

const KEPT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'SystemRoot', 'NODE_ENV'];

/** What this shell has, without colours, runs folder, and names that a config would listen to. */
export function plainEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of KEPT) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

export function sha256File(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Every file below a folder, by its path from there, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

/** Ends the watchdogs that sessions of a folder have left, once a test needs them no more. */
export function endWatchdogs(folder: string): void {
  for (const { code, text } of readLogbook(folder)) {
    const pid = code === 'watches' ? /^process (\d+) /.exec(text)?.[1] : undefined;
    try {
      if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
