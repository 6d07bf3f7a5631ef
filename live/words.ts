// A person's word to a session that another process runs: a small file in its folder.
//
//   tell -> word-<time>-<pid>.pause -> heard within half a second -> operator lane -> journal
//
// A word that nobody hears waits for the next start, so that a halt is never lost with the process it
// was meant for. The file goes only when the word has had time to become durable; hearing one twice
// changes nothing.

import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, nearest } from '../engine/errors.ts';
import type { Command } from '../engine/event.ts';
import type { Clock } from './clock.ts';
import { journalFiles } from './journal/folder.ts';
import { JournalLock } from './journal/lock.ts';
import { JournalRefusal } from './journal/refusal.ts';

export const WORDS: readonly Command[] = Object.freeze(['pause', 'resume', 'halt']);

const WEIGHTS: Readonly<Record<string, number>> = { resume: 0, pause: 1, halt: 2 };

const NAME = /^word-\d+-\d+\.(pause|resume|halt)$/;
const POLL_MS = 500;
/** Polls after which a word is durable: a session flushes at least once a second. */
const KEPT_POLLS = 5;

/**
 * Leaves a word for the session of a folder; true when a process is there to hear it. Throws
 * InputError for another word and for a folder without a journal.
 */
export function tell(folder: string, word: string, clock: Clock): boolean {
  if (!WORDS.some((known) => known === word)) {
    const rule = `must be one of ${WORDS.join(', ')}`;
    throw new InputError({ key: '--tell', rule, value: word, nearest: nearest(word, WORDS) });
  }
  if (!hasJournal(folder)) {
    throw new InputError({ key: '--dir', rule: 'holds no journal of a session', value: folder });
  }
  const path = join(folder, `word-${clock.nowMs()}-${process.pid}.${word}`);
  // Under its name only when it is whole.
  writeFileSync(`${path}.new`, '');
  renameSync(`${path}.new`, path);
  return isRunning(folder);
}

/** Whether a session has been here. */
export function hasJournal(folder: string): boolean {
  try {
    return journalFiles(folder).length > 0;
  } catch {
    return false;
  }
}

/** Whether a process writes the journal of a folder now. */
export function isRunning(folder: string): boolean {
  try {
    JournalLock.take(folder, 'tell').release();
    return false;
  } catch (error) {
    if (error instanceof JournalRefusal) return true;
    throw error;
  }
}

/** Oldest first; of one instant, what stops more comes later and so has the last word. */
function byTime(a: string, b: string): number {
  const [aMs, bMs] = [a, b].map((name) => Number(name.split('-')[1]));
  const [aWeight, bWeight] = [a, b].map((name) => WEIGHTS[name.slice(name.lastIndexOf('.') + 1)]);
  return aMs! - bMs! || aWeight! - bWeight! || (a < b ? -1 : 1);
}

/** Hands every word left in a folder to `say`, oldest first, until `signal` aborts. */
export async function hear(
  folder: string,
  clock: Clock,
  say: (command: Command) => void,
  signal: AbortSignal,
): Promise<void> {
  const heard = new Map<string, number>();
  for (let poll = 0; !signal.aborted; poll++) {
    for (const name of readdirSync(folder).sort(byTime)) {
      const word = NAME.exec(name)?.[1];
      if (word === undefined || heard.has(name)) continue;
      heard.set(name, poll);
      say(word as Command);
    }
    for (const [name, at] of heard) {
      if (poll - at < KEPT_POLLS) continue;
      rmSync(join(folder, name), { force: true });
      heard.delete(name);
    }
    await clock.sleep(POLL_MS, signal);
  }
}
