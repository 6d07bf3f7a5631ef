// One process at a time in the folder of a sweep: a file with its process id. One that a killed process
// left behind is taken over; one of a process that lives is an error with exit code 7.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';

export const LOCK_FILE = '.lock';

/** Another process has the sweep open. */
export class SweepLockedError extends InputError {
  readonly exitCode = 7;
}

/** Takes the folder for this process. Throws SweepLockedError. */
export function lockSweep(folder: string): void {
  const path = join(folder, LOCK_FILE);
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(path);
    if (tries > 2 || (pid !== null && isAlive(pid))) {
      const rule = `is being swept by process ${pid} (if that is not so, remove ${path})`;
      throw new SweepLockedError({ key: folder, rule });
    }
    rmSync(path, { force: true });
  }
}

export function unlockSweep(folder: string): void {
  const path = join(folder, LOCK_FILE);
  if (ownerOf(path) === process.pid) rmSync(path, { force: true });
}

function ownerOf(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
