// The digest of a strategy: its source, what it imports by relative path, and the lockfile.
//
// Files are named relative to the strategy's own folder, so two checkouts agree wherever they lie,
// and line ends count as \n, so a checkout under Windows agrees as well. The engine is not part of
// it: `../engine/index.ts` and `sapphire` are the same import and must give the same digest; the
// engine is pinned by the commit, and a change of what it does shows in the run's own digest.

import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../engine/errors.ts';
import { sha256 } from '../digest.ts';
import { canonicalJson } from './canonical.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENGINE = resolve(ROOT, 'engine') + sep;

/** Any relative module name in quotes after from, import or import(. A name in a comment may count. */
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;
const MODULE = /\.[cm]?[jt]s$/;

/** SHA-256 over source, relative imports and package-lock.json. Throws InputError per missing file. */
export function strategyDigest(files: readonly string[]): string {
  const lock = textOf(resolve(ROOT, 'package-lock.json')) ?? '';
  return sha256(`source ${strategySourceDigest(files)}\nlockfile ${sha256(lock)}\n`);
}

/** The same without the lockfile: what makes two runs trials of one family. */
export function strategySourceDigest(files: readonly string[]): string {
  const missing = files.filter((file) => textOf(file) === null);
  if (missing.length > 0) {
    throw new InputError(missing.map((key) => ({ key, rule: 'must be a readable strategy file' })));
  }
  // A set: neither the order of the files nor naming one twice is a difference.
  const digests = new Set(files.map((file) => digestOfOne(realpathSync(file))));
  return sha256(canonicalJson([...digests].sort()));
}

function digestOfOne(file: string): string {
  const found = new Map<string, string>();
  collect(file, found);
  const folder = dirname(file);
  const digests: Record<string, string> = {};
  for (const [path, text] of found) {
    digests[relative(folder, path).split(sep).join('/')] = sha256(text);
  }
  return sha256(canonicalJson({ main: basename(file), files: digests }));
}

/** Adds a file and, depth first, what it imports. A name that leads nowhere is left to the loader. */
function collect(path: string, found: Map<string, string>): void {
  if (found.has(path) || path.startsWith(ENGINE)) return;
  const text = textOf(path);
  if (text === null) return;
  found.set(path, text);
  if (!MODULE.test(path)) return;
  for (const [, , name] of text.matchAll(IMPORT)) collect(resolve(dirname(path), name!), found);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}
