// From a notebook's source to its page: SQL cells are asked here and become the rows that they gave, the
// frame gets its navigation, and its foot the commands behind it and its digest.
//
// The digest is of what makes the page: source, cells' library, toolkit, and every answer. Two pages
// with the same digest say the same.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { observable } from '@observablehq/notebook-kit/vite';
import type { IndexHtmlTransformContext, Plugin, PluginOption } from 'vite';
import { sha256 } from '../../data/digest.ts';
import { InputError } from '../../engine/errors.ts';
import { html, raw } from '../../reports/html.ts';
import { some } from '../../reports/run/numbers.ts';
import { offline } from './offline.ts';
import { RECIPES } from './recipes.ts';
import { type Study, typed } from './study.ts';
import { type Answer, Tables } from './tables.ts';

type Notebook = Parameters<
  NonNullable<NonNullable<Parameters<typeof observable>[0]>['transformNotebook']>
>[0];

export const SOURCES = fileURLToPath(new URL('../', import.meta.url));
const CELLS = join(SOURCES, 'cells');
const FRAME = join(SOURCES, 'cells/frame.html');

/** A page that was made. */
export interface Made {
  readonly id: string;
  /** 64 hex digits. */
  readonly digest: string;
  /** SQL cells, and the rows that they gave. */
  readonly queries: number;
  readonly rows: number;
}

/** The plugins of a build or a watching server; `onPage` hears of every page that is made. */
export function notebookPlugins(
  studyOf: (id: string) => Study,
  onPage: (page: Made) => void,
): PluginOption[] {
  const made = new Map<string, Made>();
  return [
    offline(),
    observable({
      template: FRAME,
      async transformNotebook(notebook, context) {
        const id = idOf(context);
        const { answers, asked } = await answer(notebook, studyOf(id));
        const digest = digestOf(readFileSync(context.filename, 'utf8'), answers);
        const rows = answers.reduce((sum, one) => sum + one.rows.length, 0);
        const page = { id, digest, queries: answers.length, rows };
        made.set(id, page);
        onPage(page);
        return asked;
      },
      transformTemplate: (text, context) => framed(text, made.get(idOf(context))!),
    }),
    foldSources(),
  ];
}

function idOf({ filename }: IndexHtmlTransformContext): string {
  return basename(filename, '.html');
}

/** Asks the SQL cells; each becomes a cell that holds its rows, shown as a table unless hidden. */
async function answer(notebook: Notebook, study: Study) {
  const answers: Answer[] = [];
  const tables = await Tables.open(study);
  try {
    const cells: Notebook['cells'] = [];
    for (const cell of notebook.cells) {
      if (cell.mode !== 'sql') {
        cells.push(cell);
        continue;
      }
      const { database: _, ...rest } = cell;
      const given = await tables.ask(cell.value, `${study.recipe.id}.html cell ${cell.id}`);
      answers.push(given);
      const value = `DatabaseClient.revive(${JSON.stringify(given)})`;
      cells.push({ ...rest, mode: 'js', value: cell.hidden ? value : `table(${value})` });
      // The toolkit shows a pinned cell as what it is now; readers want the SQL.
      if (cell.pinned) {
        cells[cells.length - 1]!.pinned = false;
        const source = html`<pre class="sql"><code>${cell.value.trim()}</code></pre>`.text;
        cells.push({
          id: 1000 + cell.id,
          mode: 'html',
          value: source,
          pinned: false,
          hidden: false,
        });
      }
    }
    return { answers, asked: { ...notebook, cells } };
  } finally {
    tables.close();
  }
}

function digestOf(source: string, answers: readonly Answer[]): string {
  return sha256(JSON.stringify([source, library(), answers]));
}

let known: string | undefined;

/** What all pages share: cells' modules, frame, style, and the lockfile that pins the toolkit. */
function library(): string {
  known ??= [
    ...readdirSync(CELLS)
      .sort()
      .map((name) => join(CELLS, name)),
    LOCK,
  ]
    .map((path) => sha256(readFileSync(path)))
    .join(' ');
  return known;
}

const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/** The frame with its place in the series, the commands behind it and its digest. */
function framed(frame: string, { id, digest, queries, rows }: Made): string {
  const at = RECIPES.findIndex((recipe) => recipe.id === id);
  const recipe = RECIPES[at];
  if (recipe === undefined) throw new InputError({ key: id, rule: 'must have a recipe' });
  const links = RECIPES.map((one, k) =>
    k === at
      ? html`<span aria-current="page">${one.id.slice(0, 2)} ${one.title}</span>`
      : html`<a href="./${one.id}.html">${one.id.slice(0, 2)} ${one.title}</a>`,
  );
  const commands = recipe.steps.map((step) => `${typed(step)}\n`).join('');
  const foot = html`<footer>
<h2>How this page was made</h2>
<p>On the demonstration market, invented candles that every machine makes alike. In the project's folder:</p>
<pre class="commands"><code>npm run -s data -- demo
${commands}</code></pre>
<p>Then <code>npm run notebooks -- --only ${id}</code> asked ${some(queries, 'question')} in SQL, got ${some(rows, 'row')} and drew them. Digest of this page, of its text, its code and its numbers:</p>
<p><code class="digest">${digest}</code></p>
<p class="remark">A synthetic market has no edge to be found. What these pages teach is how to look; what they show is not about any real market.</p>
</footer>`;
  return frame
    .replace(
      '<!-- nav -->',
      () =>
        html`<nav aria-label="Notebooks"><a class="home" href="./index.html">Sapphire notebooks</a> ${links}</nav>`
          .text,
    )
    .replace('<!-- foot -->', () => foot.text);
}

/** SQL and code that a cell shows are folded: those who want them open them. */
function foldSources(): Plugin {
  const fold = (_all: string, open: string, body: string) =>
    raw(`<details class="source"><summary>SQL</summary>${open}${body}</pre></details>`).text;
  return {
    name: 'sapphire:fold',
    transformIndexHtml: {
      order: 'post',
      handler: (text) => text.replace(/(<pre class="sql">)([\s\S]*?)<\/pre>/g, fold),
    },
  };
}
