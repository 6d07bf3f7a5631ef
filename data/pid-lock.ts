// One process at a time: a file with its process id. One that a killed process left behind is taken over.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Takes `path` for this process. Throws what `busy` makes of the process that holds it. */
export function lockFile(path: string, busy: (pid: number | null) => Error): void {
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(path);
    if (tries > 2 || (pid !== null && isAlive(pid))) throw busy(pid);
    rmSync(path, { force: true });
  }
}

export function unlockFile(path: string): void {
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
