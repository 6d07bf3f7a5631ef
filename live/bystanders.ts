// Sessions that trade from this machine, found by the journals that they write: whoever closes everything
// by hand has to stop them first, or they open it again.
//
//   root/<promotion>/<stage>/journal-*.ndjson, its lock held by a process

import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../engine/event.ts';
import type { Clock } from './clock.ts';
import { readFolder } from './journal/folder.ts';
import { readMarket } from './market.ts';
import { hasJournal, isRunning, tell } from './words.ts';

/** A disk that takes longer to name its files is done without, ms. */
const DISK_MS = 1000;

/**
 * Tells every session below `root` that runs now and trades at one of these venues; gives their folders. A disk
 * that cannot be read, or not soon, is no reason to keep anybody waiting: it is left out.
 */
export async function tellSessions(
  root: string,
  venues: readonly string[],
  word: Command,
  clock: Clock,
): Promise<readonly string[]> {
  const names = await Promise.race([
    readdir(root).catch(() => []),
    clock.sleep(DISK_MS).then(() => []),
  ]);
  const folders = names.flatMap((name) => foldersIn(join(root, name)));
  return folders.filter((folder) => {
    try {
      if (!hasJournal(folder) || !isRunning(folder)) return false;
      if (!venuesOf(folder).some((venue) => venues.includes(venue))) return false;
      return tell(folder, word, clock);
    } catch {
      return false;
    }
  });
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function venuesOf(folder: string): readonly string[] {
  const first = readFolder(folder).next();
  if (first.done || first.value.kind !== 'manifest') return [];
  return readMarket(first.value.manifest.market).legs.map(({ instrument }) => instrument.venue);
}
