// Builds notebooks into files that open from anywhere: each one HTML file with its script, its style
// and its rows inside, and a policy that forbids the browser everything else.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { sha256 } from '../../data/digest.ts';
import { assert } from '../../engine/errors.ts';
import { html } from '../../reports/html.ts';
import { ALIAS } from './offline.ts';
import { type Made, notebookPlugins, SOURCES } from './pages.ts';
import { RECIPES } from './recipes.ts';
import type { Study } from './study.ts';

export interface Built extends Made {
  /** Path of the page. */
  readonly path: string;
  readonly bytes: number;
}

/** Builds the page of a study into `out`; the same study gives the same bytes. */
export async function buildNotebook(study: Study, out: string): Promise<Built> {
  const { id } = study.recipe;
  const draft = mkdtempSync(join(tmpdir(), 'sapphire-notebook-'));
  let made: Made | undefined;
  try {
    await build({
      root: SOURCES,
      base: './',
      appType: 'mpa',
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      resolve: { alias: ALIAS },
      plugins: notebookPlugins(
        () => study,
        (page) => {
          made = page;
        },
      ),
      build: {
        outDir: draft,
        emptyOutDir: true,
        assetsInlineLimit: Number.MAX_SAFE_INTEGER,
        modulePreload: false,
        cssCodeSplit: false,
        reportCompressedSize: false,
        chunkSizeWarningLimit: 4096,
        rolldownOptions: {
          input: join(SOURCES, `${id}.html`),
          output: { codeSplitting: false },
        },
      },
    });
    assert(made !== undefined, 'a built page was made');
    const page = selfContained(readFileSync(join(draft, `${id}.html`), 'utf8'), draft);
    mkdirSync(out, { recursive: true });
    const path = join(out, `${id}.html`);
    writeFileSync(path, page);
    return { ...made, path, bytes: Buffer.byteLength(page) };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The page with its one script and its style sheets inside, and the policy that lets them run. */
export function selfContained(page: string, folder: string): string {
  let script = '';
  const text = page
    .replace(
      /<script type="module"[^>]*src="\.\/([^"]+)"[^>]*><\/script>/,
      (_all, file: string) => {
        script = readFileSync(join(folder, file), 'utf8').replaceAll('</script', '<\\/script');
        return '';
      },
    )
    .replace(/<link rel="stylesheet"[^>]*href="\.\/([^"]+)"[^>]*>/g, (_all, file: string) => {
      return `<style>${readFileSync(join(folder, file), 'utf8')}</style>`;
    });
  assert(script !== '', 'a built page has a script');
  const hash = Buffer.from(sha256(script), 'hex').toString('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const meta = html`<meta http-equiv="Content-Security-Policy" content="${policy}">`.text;
  return text
    .replace(/<meta charset="[^"]*">/i, (charset) => `${charset}\n${meta}`)
    .replace('</body>', () => `<script type="module">${script}</script></body>`);
}

/** The list of all notebooks, with the digests of those that were built. */
export function writeIndex(out: string, built: readonly Built[]): string {
  const frame = readFileSync(join(SOURCES, 'cells/index.html'), 'utf8');
  const style = readFileSync(join(SOURCES, 'cells/style.css'), 'utf8');
  const items = RECIPES.flatMap((recipe) => {
    const page = built.find(({ id }) => id === recipe.id);
    if (page === undefined) return [];
    return [
      html`<li><a href="./${recipe.id}.html"><b>${recipe.id.slice(0, 2)}</b> ${recipe.title}</a><p>${recipe.question}</p><small>digest <code>${page.digest.slice(0, 12)}</code></small></li>\n`,
    ];
  });
  const path = join(out, 'index.html');
  const list = html`<ol class="notebooks">${items}</ol>`.text;
  writeFileSync(
    path,
    frame.replace('/* style */', () => style).replace('<!-- list -->', () => list),
  );
  return path;
}
