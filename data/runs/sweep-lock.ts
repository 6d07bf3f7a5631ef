// One process at a time in the folder of a sweep. A folder of a process that lives is an error with exit
// code 7.

import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { lockFile, unlockFile } from '../pid-lock.ts';

export const LOCK_FILE = '.lock';

/** Another process has the sweep open. */
export class SweepLockedError extends InputError {
  readonly exitCode = 7;
}

/** Takes the folder for this process. Throws SweepLockedError. */
export function lockSweep(folder: string): void {
  const path = join(folder, LOCK_FILE);
  lockFile(path, (pid) => {
    const rule = `is being swept by process ${pid} (if that is not so, remove ${path})`;
    return new SweepLockedError({ key: folder, rule });
  });
}

export function unlockSweep(folder: string): void {
  unlockFile(join(folder, LOCK_FILE));
}
