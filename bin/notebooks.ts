// `sapphire notebooks`: makes the runs that the notebooks ask about, draws the pages and shows them in a
// browser of this machine; `--build DIR` only draws, `--watch` draws again whenever one is saved.

import { spawn } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { InputError, nearest } from '../engine/errors.ts';
import type { Built } from '../notebooks/kit/build.ts';
import type { Study } from '../notebooks/kit/study.ts';
import { examples } from './flags.ts';
import { painter, printJson } from './output.ts';

interface NotebooksFlags {
  readonly build?: string;
  readonly only?: readonly string[];
  readonly watch?: boolean;
  readonly open?: boolean;
  readonly port: string;
  readonly study?: string;
  readonly json?: boolean;
}

const SAPPHIRE = fileURLToPath(new URL('./sapphire.mjs', import.meta.url));

export function register(program: Command): void {
  program
    .command('notebooks')
    .description('draw the notebooks and show them')
    .option('--build <dir>', 'draw the pages into a folder, and end')
    .option('--only <names...>', 'some of them: 02, or 02-costs-matter')
    .option('--watch', 'draw a notebook again whenever it is saved')
    .option('--open', 'open them in the browser')
    .option('--port <number>', 'port on this machine; 0 takes any', '0')
    .option('--study <dir>', 'where their runs are kept (notebooks/.observable/study)')
    .option('--json', 'with --build: print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire notebooks --open', 'read them'],
        ['sapphire notebooks --only 02 --watch', 'edit one, save, look'],
        ['sapphire notebooks --build site', 'pages that open from anywhere'],
      ),
    )
    .action(notebooks);
}

async function notebooks(flags: NotebooksFlags): Promise<void> {
  const { RECIPES } = await import('../notebooks/kit/recipes.ts');
  const { prepareStudy, STUDY_ROOT } = await import('../notebooks/kit/study.ts');
  const port = portOf(flags.port);
  if (flags.json && flags.build === undefined) {
    throw new InputError({ key: '--json', rule: 'goes with --build: a server prints its address' });
  }
  const ids = RECIPES.map(({ id }) => id);
  const wanted = flags.only?.map((name) => idOf(name, ids)) ?? ids;
  await requireToolkit();
  const root = flags.study === undefined ? STUDY_ROOT : resolve(flags.study);
  const say = (text: string) => process.stderr.write(`${painter(process.stderr)('dim', text)}\n`);
  const studies: Study[] = [];
  for (const recipe of RECIPES.filter(({ id }) => wanted.includes(id))) {
    studies.push(await prepareStudy(recipe, root, command, say));
  }
  const { watchNotebooks, servePages } = await import('../notebooks/kit/serve.ts');
  if (flags.watch) {
    const studyOf = (id: string) => {
      const found = studies.find(({ recipe }) => recipe.id === id);
      if (found === undefined) throw new InputError({ key: id, rule: 'must be among --only' });
      return found;
    };
    const { url } = await watchNotebooks(studyOf, port, join(root, '../watch'));
    await shown(`${url}${wanted[0]}.html`, flags);
    return;
  }
  const { buildNotebook, writeIndex } = await import('../notebooks/kit/build.ts');
  const out = flags.build === undefined ? join(root, '../pages') : resolve(flags.build);
  const built: Built[] = [];
  for (const study of studies) {
    built.push(await buildNotebook(study, out));
    const { id, digest, bytes } = built.at(-1)!;
    const size = `${Math.round(bytes / 1024)} kB`;
    if (!flags.json)
      process.stdout.write(`${id.padEnd(26)} digest ${digest.slice(0, 12)}  ${size}\n`);
  }
  const index = writeIndex(out, built);
  if (flags.build !== undefined) {
    if (flags.json) printJson({ out, index, notebooks: built });
    else process.stdout.write(`pages      ${relative(process.cwd(), index) || index}\n`);
    return;
  }
  const { url } = await servePages(out, port);
  await shown(url, flags);
}

async function shown(url: string, { open }: NotebooksFlags): Promise<void> {
  process.stdout.write(`reading    ${url}   (Ctrl-C ends)\n`);
  if (open) (await import('./open.ts')).openInBrowser(url);
}

function idOf(name: string, ids: readonly string[]): string {
  const stem = name.replace(/\.html$/, '');
  const found = ids.find((id) => id === stem || id.slice(0, 2) === stem);
  if (found !== undefined) return found;
  const rule = `must be one of ${ids.map((id) => id.slice(0, 2)).join(', ')}`;
  throw new InputError({ key: '--only', rule, value: name, nearest: nearest(stem, ids) });
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw new InputError({
    key: '--port',
    rule: 'must be a whole number from 0 to 65535',
    value: text,
  });
}

/** The toolkit is for whoever works on notebooks; an installation for running may lack it. */
async function requireToolkit(): Promise<void> {
  try {
    await import('@observablehq/notebook-kit/vite');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const rule = 'need development packages: npm ci (without --omit=dev)';
    throw new InputError({ key: 'notebooks', rule }, { cause });
  }
}

/** Runs a command of ours in a folder of its own, as a person would type it there. */
function command(
  words: readonly string[],
  { cwd, runs }: { readonly cwd: string; readonly runs: string },
): Promise<string> {
  const env = { ...process.env, SAPPHIRE_RUNS: runs, NO_COLOR: '1' };
  const child = spawn(process.execPath, [SAPPHIRE, ...words], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done(out.join(''));
      else
        fail(
          new Error(
            `sapphire ${words.join(' ')} ended with ${code}: ${err.join('')}${out.join('')}`,
          ),
        );
    });
  });
}
