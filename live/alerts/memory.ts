// What was told lately, over restarts: a session that fails at its start again and again, because somebody
// starts it again and again, does not tell it each time. Best effort: without a disk it is told.

import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Kinds of alerts and when each was told, UTC ms. */
export type Told = ReadonlyMap<string, number>;

export interface TellMemory {
  load(): Told;
  /** Never rejects. */
  save(told: Told): Promise<void>;
}

export function memoryFile(path: string): TellMemory {
  return {
    load() {
      try {
        const found = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as object);
        return new Map(found.filter(([, atMs]) => Number.isFinite(atMs)));
      } catch {
        return new Map();
      }
    },
    async save(told) {
      try {
        await mkdir(dirname(path), { recursive: true });
        // Several sessions share it: each replaces it whole, and the last one wins.
        const own = `${path}.${process.pid}`;
        await writeFile(own, JSON.stringify(Object.fromEntries(told)), { mode: 0o600 });
        await rename(own, path);
      } catch {
        // Then it is told once more.
      }
    },
  };
}
