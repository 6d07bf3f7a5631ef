// Where run folders and the trial ledger lie, and the one way to say that it cannot be written.

import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../engine/errors.ts';

/** `SAPPHIRE_RUNS` of the environment, or `runs` in the folder the person stands in; absolute. */
export function runsRoot(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env['SAPPHIRE_RUNS'] || 'runs');
}

/** Makes the folder when it is missing. Throws InputError naming `key` when that fails. */
export function makeRoot(root: string, key = '--out'): void {
  try {
    makeFolder(resolve(root));
  } catch (error) {
    throw unwritable(root, error, key) ?? error;
  }
}

/** Before an hour of work, for what is written after it: the folder, or the one it is made in, takes files. */
export function mustTakeFolder(folder: string, key: string): void {
  try {
    mustBeWritable(resolve(folder));
  } catch (error) {
    throw unwritable(folder, error, key) ?? error;
  }
}

/** The same for one file, whose folder must be there. */
export function mustTakeFile(file: string, key: string): void {
  const path = resolve(file);
  const reason = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? 'it is a folder'
    : statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()
      ? null
      : `there is no folder ${dirname(path)}`;
  if (reason !== null) {
    throw new InputError({
      key,
      rule: `must be a file that can be written (${reason})`,
      value: file,
    });
  }
  mustTakeFolder(dirname(path), key);
}

function mustBeWritable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined && dirname(path) !== path) mustBeWritable(dirname(path));
  else if (found?.isDirectory() === false) throw Object.assign(new Error(path), { code: 'EEXIST' });
  else accessSync(path, constants.W_OK);
}

/** Step by step, because `recursive` of Node 24 never comes back from `/proc/anything`. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in between.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left',
  EDQUOT: 'over the disk quota',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ENOENT: 'it cannot be made there',
  EISDIR: 'a folder is where a file should be',
  ENAMETOOLONG: 'its name is too long',
};

/** The person's error behind a failed write below `root`, or undefined when it is not theirs. */
export function unwritable(root: string, error: unknown, key = '--out'): InputError | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const reason = Object.hasOwn(UNWRITABLE, code) ? UNWRITABLE[code] : undefined;
  if (reason === undefined) return undefined;
  const rule = `must be a folder that can be written (${reason})`;
  return new InputError({ key, rule, value: root }, { cause: error });
}

/** DuckDB says in words what the file system said in codes. */
export function ioError(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith('IO Error')) return error;
  const code = /no space|disk is full/i.test(error.message) ? 'ENOSPC' : 'EACCES';
  return Object.assign(new Error(error.message, { cause: error }), { code });
}
