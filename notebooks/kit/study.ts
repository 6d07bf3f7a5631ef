// The runs behind a notebook: its recipe carried out in a folder of its own, kept until the recipe or
// any code that could change a number does, then dropped and made again.
//
//   study/market.duckdb                   the demonstration market, once for all
//   study/02-costs-matter/                where the commands of 02 are typed
//     data/market.duckdb -> ../../market.duckdb
//     free/ half/ real/ double/           runs and the document of each step
//     made.json                           written last: what it was made from

import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDemo } from '../../data/demo.ts';
import { sha256 } from '../../data/digest.ts';
import type { Recipe, Step } from './recipes.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
/** Specs of sweeps: where the commands are typed they lie as in the project's folder. */
const SPECS = 'notebooks/specs';
/** What can change a number. Drawing cannot: `reports/` and the notebooks are left out. */
const CODE = ['bin', 'data', 'engine', 'live', 'strategies'];

/** Runs `sapphire <words>` in a folder; gives what it printed on stdout, throws when it failed. */
export type Command = (
  words: readonly string[],
  where: { readonly cwd: string; readonly runs: string },
) => Promise<string>;

export interface Study {
  readonly recipe: Recipe;
  /** Folder in which the commands were typed. */
  readonly folder: string;
  /** The demonstration market. */
  readonly store: string;
  /** SHA-256 of recipe, specs and code. */
  readonly key: string;
}

/** Makes sure that a recipe's runs are there; `say` is told what is made. */
export async function prepareStudy(
  recipe: Recipe,
  root: string,
  command: Command,
  say: (text: string) => void,
): Promise<Study> {
  const store = join(root, 'market.duckdb');
  const folder = join(root, recipe.id);
  const key = keyOf(recipe);
  const study = { recipe, folder, store, key };
  if (madeKey(folder) === key) return study;
  mkdirSync(root, { recursive: true });
  if (!existsSync(store)) say('the demonstration market: six months of invented candles');
  await ensureDemo(store);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'data'), { recursive: true });
  linkSync(store, join(folder, 'data/market.duckdb'));
  cpSync(join(TOP, SPECS), join(folder, SPECS), { recursive: true });
  for (const step of recipe.steps) {
    say(`${recipe.id}: ${typed(step)}`);
    const runs = join(folder, step.name);
    mkdirSync(runs, { recursive: true });
    const document = await command([...step.words, '--json'], { cwd: folder, runs });
    writeFileSync(join(runs, 'document.json'), document);
  }
  writeFileSync(join(folder, 'made.json'), JSON.stringify({ key }));
  return study;
}

/** The command of a step as a person types it. */
export function typed({ words: [verb, ...flags] }: Step): string {
  return `npm run -s ${verb} -- ${flags.join(' ')}`;
}

/** The folder that a step left: of its run, its sweep or its session; null for a mere document. */
export function folderOf({ folder }: Study, { name, words }: Step): string | null {
  const at = words.indexOf('--dir');
  if (at > 0) return join(folder, words[at + 1]!);
  const made = readdirSync(join(folder, name), { withFileTypes: true });
  const last = made.filter((entry) => entry.isDirectory() && /^\d{8}T/.test(entry.name)).at(-1);
  return last === undefined ? null : join(folder, name, last.name);
}

function keyOf(recipe: Recipe): string {
  const specs = filesOf(SPECS).map((name) => readFileSync(join(TOP, name), 'utf8'));
  return sha256(JSON.stringify([recipe, specs, code()]));
}

let known: string | undefined;

/** SHA-256 of every source file of the rooms that make runs, and of the lockfile. */
function code(): string {
  known ??= sha256(
    ['package-lock.json', ...CODE.flatMap((room) => filesOf(room))]
      .map((name) => `${name} ${sha256(readFileSync(join(TOP, name)))}\n`)
      .join(''),
  );
  return known;
}

function filesOf(room: string): string[] {
  return readdirSync(join(TOP, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs|json)$/.test(name))
    .map((name) => join(room, name).split(sep).join('/'))
    .sort();
}

function madeKey(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8')).key;
  } catch {
    return undefined;
  }
}

/** Where studies lie unless told otherwise; git ignores it. */
export const STUDY_ROOT = join(dirname(fileURLToPath(import.meta.url)), '../.observable/study');
