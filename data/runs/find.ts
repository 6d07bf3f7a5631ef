// From what a person types to a run folder: a path, `latest`, `latest~2`, a folder's name, or the first
// letters of a digest. Several folders of one digest are the same run again: the newest is meant.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, nearest } from '../../engine/errors.ts';
import { listRuns } from './folder.ts';

const LATEST = /^latest(?:~(\d+))?$/;
const PREFIX = /^[0-9a-f]{4,}$/;
/** The digest's part of a folder's name. */
const DIGEST = /-([0-9a-f]{8})(?:-\d+)?$/;

/** Absolute path of the folder that `word` names. Throws InputError when none, or several, are meant. */
export function findRun(root: string, word: string, cwd: string): string {
  const path = resolve(cwd, word);
  if (isFolder(path)) return path;
  // A page or result inside a run folder, as shells complete it.
  if (['report.html', 'result.json'].includes(basename(word)) && existsSync(path)) {
    return dirname(path);
  }
  const runs = listRuns(root);
  const back = LATEST.exec(word);
  if (back !== null) return latest(root, runs, word, Number(back[1] ?? 0));
  if (runs.includes(word)) return join(root, word);
  const matches = PREFIX.test(word) ? runs.filter((name) => isMeant(root, name, word)) : [];
  const digests = new Set(matches.map((name) => DIGEST.exec(name)![1]));
  if (digests.size > 1) {
    const rule = `must name one run: ${digests.size} digests begin so (${[...digests].join(', ')})`;
    throw new InputError({ key: 'run', rule, value: word });
  }
  const found = matches.at(-1);
  if (found !== undefined) return join(root, found);
  const rule = `must be a run: a folder, latest, latest~1, or the first letters of a digest in ${root}`;
  throw new InputError({ key: 'run', rule, value: word, nearest: nearest(word, runs) });
}

/** A name holds eight letters of the digest; the others are in the result. */
function isMeant(root: string, name: string, prefix: string): boolean {
  const short = DIGEST.exec(name)?.[1] ?? '';
  if (prefix.length <= short.length) return short.startsWith(prefix);
  return prefix.startsWith(short) && digestOf(join(root, name)).startsWith(prefix);
}

/** Empty for a result that cannot be read: who opens the run will say why. */
function digestOf(folder: string): string {
  try {
    return String(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')).facts.digest);
  } catch {
    return '';
  }
}

function latest(root: string, runs: readonly string[], word: string, back: number): string {
  const name = runs.at(-1 - back);
  if (name !== undefined) return join(root, name);
  const rule =
    runs.length === 0
      ? `must be a run, and there is none in ${root}: npm run backtest makes one`
      : `must be one of the ${runs.length} runs in ${root}, the oldest is latest~${runs.length - 1}`;
  throw new InputError({ key: 'run', rule, value: word });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
