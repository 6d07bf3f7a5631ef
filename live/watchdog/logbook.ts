// What the watchdog did, a line at a time, durable before it goes on: in the session's folder, else in the
// first other place that takes it. A disk that fails, or hangs, never keeps it from acting.

import { readFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoText } from '../../engine/config/instant.ts';
import type { Clock } from '../clock.ts';

export const LOGBOOK = 'watchdog.ndjson';
/** A disk that has not answered by then is passed over, ms. */
const DISK_MS = 2000;

export interface Entry {
  /** UTC. */
  readonly at: string;
  readonly code: string;
  readonly text: string;
}

export class Logbook {
  readonly #places: readonly string[];
  readonly #clock: Clock;
  /** Takes each line as well: a person reads it. */
  readonly #tell: (text: string) => void;

  constructor(folder: string, clock: Clock, tell: (text: string) => void, others = usualPlaces()) {
    this.#places = [folder, ...others];
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Told, and durable somewhere if any disk takes it, when it resolves. Never rejects. */
  async add(code: string, text: string): Promise<void> {
    const entry: Entry = { at: isoText(this.#clock.nowMs()), code, text };
    this.#tell(`watchdog   ${entry.at} ${code}: ${text}`);
    for (const place of this.#places) {
      const appended = append(place, entry).then(
        () => true,
        () => false,
      );
      const given = this.#clock.sleep(DISK_MS).then(() => false);
      if (await Promise.race([appended, given])) return;
    }
    this.#tell('watchdog   no disk takes this: it stands here alone');
  }
}

function usualPlaces(): readonly string[] {
  return [join(homedir(), '.sapphire'), tmpdir()];
}

async function append(folder: string, entry: Entry): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, LOGBOOK), 'a', 0o600);
  try {
    await file.write(`${JSON.stringify(entry)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What the watchdog of a folder wrote down, oldest first; a torn line is passed over. */
export function readLogbook(folder: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(join(folder, LOGBOOK), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      return [];
    }
  });
}
