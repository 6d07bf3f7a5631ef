// The page of a comparison: several finished runs, the first of them the measure. One HTML file like
// that of a run, with the same tools; the same runs give the same bytes.
//
//   head, verdicts, cautions -> curves -> numbers -> config -> days -> trades -> runs

import type { RunResult } from '../../engine/research/result.ts';
import { percent, shortUsd, utcDate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { loadPlot } from '../plot.ts';
import { page } from '../run/page.ts';
import { type TableColumn, table } from '../run/table.ts';
import { curvesSection, RUN_STYLE } from './curves.ts';
import type { Difference } from './differences.ts';
import { type NumberLine, outOf } from './numbers.ts';
import { RESAMPLING } from './pairing.ts';
import { type CompareView, compareView, daysText, type Pair, pText } from './view.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** The whole page as text; from 2 to 6 runs. */
export async function renderComparison(runs: readonly RunResult[]): Promise<string> {
  const plotter = await loadPlot();
  const view = compareView(runs);
  const sections: Section[] = [
    { id: 'curves', title: 'Equity and drawdown', body: curvesSection(view, plotter) },
    { id: 'numbers', title: 'Numbers', body: numbersTable(view) },
    { id: 'config', title: 'What was set differently', body: configSection(view) },
    { id: 'days', title: 'Day by day', body: daysSection(view) },
    { id: 'trades', title: 'Trades in common', body: tradesSection(view) },
    { id: 'runs', title: 'The runs', body: runsTable(view) },
  ];
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `);
  const bodies = sections.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`,
  );
  return page(
    `${names(runs)}: comparison`,
    html`${RUN_STYLE}${head(view)}
<main class="compare"><nav aria-label="Sections">${links}</nav>
${bodies}</main>
<footer><p>All times are UTC. Intervals and p-values come from ${String(RESAMPLING.resamples)} stationary bootstrap resamples of the days that both runs have (seed ${String(RESAMPLING.seed)}); they say how far chance alone moves the difference, and nothing about the days to come.</p></footer>`,
  );
}

function names(runs: readonly RunResult[]): string {
  return runs.map(({ facts }) => facts.name).join(', ');
}

function head({ runs, letters, pairs, cautions }: CompareView): Html {
  const what = runs.map(
    ({ facts }, k) =>
      html`<p class="what"><strong>${letters[k]} ${facts.name}</strong>: ${facts.strategy}, ${facts.data.interval} candles, ${utcDate(facts.data.fromMs)} to ${utcDate(facts.data.toMs)}</p>\n`,
  );
  const verdicts = pairs.map(
    ({ verdict, isToldApart, pairing }) =>
      html`<p class="verdict ${isToldApart && (pairing.difference.yearly.estimate < 0 ? 'down' : 'up')}">${verdict}</p>\n`,
  );
  const careful =
    cautions.length === 0
      ? html``
      : html`<aside class="warnings" aria-labelledby="cautions"><h2 id="cautions">Read with care</h2><ul>${cautions.map((text) => html`<li>${text}</li>\n`)}</ul></aside>`;
  return html`<header class="head"><h1>${`${runs.length} runs compared`}</h1>
${what}${verdicts}${careful}</header>`;
}

function numbersTable({ numbers, letters }: CompareView): Html {
  const columns: TableColumn<NumberLine>[] = [
    { title: 'Number', kind: 'text', cell: ({ label }) => label },
    ...letters.map(
      (letter, k): TableColumn<NumberLine> => ({
        title: letter,
        kind: 'number',
        cell: ({ values, text }) => text(values[k]),
      }),
    ),
    ...letters.slice(1).map(
      (letter, k): TableColumn<NumberLine> => ({
        title: `${letter} less A`,
        kind: 'number',
        cell: ({ differences, differenceText }) => differenceText(differences[k]),
      }),
    ),
  ];
  return table('The same number of each run, and how far it is from A', columns, numbers);
}

function configSection({ config, ground, letters }: CompareView): Html {
  const columns: TableColumn<Difference>[] = [
    { title: 'Path', kind: 'text', cell: ({ path }) => html`<code>${path}</code>` },
    ...letters.map(
      (letter, k): TableColumn<Difference> => ({
        title: letter,
        kind: 'text',
        cell: ({ values }) =>
          values[k] === undefined ? html`<small>not set</small>` : html`<code>${values[k]}</code>`,
      }),
    ),
  ];
  const settings =
    config.length === 0
      ? html`<p class="calm">Nothing: the configs are equal at every path.</p>`
      : table(
          'Paths of the config at which the runs differ; all others are equal',
          columns,
          config,
        );
  const other =
    ground.length === 0
      ? html``
      : table('Strategy, data and digests, where they differ', columns, ground);
  return html`${settings}${other}`;
}

function daysSection({ pairs }: CompareView): Html {
  const band = ({ pairing }: Pair, which: 'yearly' | 'sharpe') => pairing.difference[which];
  return table<Pair>(
    'Each later run less A on the days that both have, returns paired by day',
    [
      { title: 'Run', kind: 'text', cell: ({ letter }) => `${letter} less A` },
      {
        title: 'Common days',
        kind: 'number',
        cell: ({ pairing }) => String(pairing.difference.days),
      },
      { title: 'From, to', kind: 'text', cell: ({ pairing }) => daysText(pairing) },
      {
        title: 'Return a year',
        kind: 'number',
        cell: (pair) => percent(band(pair, 'yearly').estimate, SIGNED),
      },
      {
        title: '90 % interval',
        kind: 'number',
        cell: (pair) => bandText(band(pair, 'yearly'), percent),
      },
      {
        title: 'Sharpe ratio',
        kind: 'number',
        cell: (pair) => signedRatio(band(pair, 'sharpe').estimate),
      },
      {
        title: '90 % interval',
        kind: 'number',
        cell: (pair) => bandText(band(pair, 'sharpe'), signedRatio),
      },
      { title: 'p', kind: 'number', cell: ({ pairing }) => pText(pairing.difference.p) },
    ],
    pairs,
  );
}

const SIGNED = { digits: 1, sign: true } as const;

function signedRatio(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}

function bandText(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  write: (value: number, style: typeof SIGNED) => string,
): string {
  return `${write(lower, SIGNED)} to ${write(upper, SIGNED)}`;
}

function tradesSection({ pairs }: CompareView): Html {
  return table<Pair>(
    'Entries on the same symbol, side and minute, and the time in which both held the same',
    [
      { title: 'Runs', kind: 'text', cell: ({ letter }) => `A and ${letter}` },
      {
        title: 'Same entries of A',
        kind: 'number',
        cell: ({ overlap }) => outOf(overlap.same, overlap.trades[0]),
      },
      {
        title: 'of the other',
        kind: 'number',
        cell: ({ overlap }) => outOf(overlap.same, overlap.trades[1]),
      },
      {
        title: 'Time shared',
        kind: 'number',
        cell: ({ overlap }) => percent(overlap.timeShared, { digits: 0 }),
      },
      {
        title: 'P&L of the same, A',
        kind: 'number',
        cell: ({ overlap }) => shortUsd(overlap.samePnlUsd[0]),
      },
      {
        title: 'the other',
        kind: 'number',
        cell: ({ overlap }) => shortUsd(overlap.samePnlUsd[1]),
      },
      {
        title: 'P&L of its own, A',
        kind: 'number',
        cell: ({ overlap }) => shortUsd(overlap.ownPnlUsd[0]),
      },
      { title: 'the other', kind: 'number', cell: ({ overlap }) => shortUsd(overlap.ownPnlUsd[1]) },
    ],
    pairs,
  );
}

interface Named {
  readonly letter: string;
  readonly run: RunResult;
}

function runsTable({ runs, letters }: CompareView): Html {
  return table<Named>(
    'Where each run comes from; the first letters of a digest name a run to npm run report',
    [
      { title: 'Run', kind: 'text', cell: ({ letter, run }) => `${letter} ${run.facts.name}` },
      { title: 'Digest', kind: 'text', cell: ({ run }) => html`<code>${run.facts.digest}</code>` },
      {
        title: 'Config',
        kind: 'text',
        cell: ({ run }) => html`<code>${run.facts.configDigest.slice(0, 12)}</code>`,
      },
      { title: 'Started', kind: 'text', cell: ({ run }) => run.circumstances.startedAt },
      {
        title: 'Version',
        kind: 'text',
        cell: ({ run }) => `${run.circumstances.version}, Node ${run.circumstances.node}`,
      },
    ],
    runs.map((run, k) => ({ letter: letters[k]!, run })),
  );
}
