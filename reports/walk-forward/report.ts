// The page of a walk-forward: the verdict, what was traded, how the days were divided, what each search
// found and what became of it. Drawn from the document alone, so the same one gives the same bytes.

import { DAY_MS } from '../../engine/interval.ts';
import type { PathSpread } from '../../engine/research/cross-validation.ts';
import { count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { modelBanners } from '../models.ts';
import { loadPlot } from '../plot.ts';
import { some } from '../run/numbers.ts';
import { page } from '../run/page.ts';
import { type TableColumn, table } from '../run/table.ts';
import { gatesTable } from '../sweep/verdict.ts';
import { pathsOf, pointText, shortNames, valueText } from '../sweep/words.ts';
import { divisionFigure, equityFigure } from './charts.ts';
import type { CrossEntry, FoldEntry, PathEntry, SplitEntry, WalkDocument } from './document.ts';
import { daysOf, knownFolds, schemeWords, searchedPoints } from './words.ts';

/** The whole page as text. */
export async function renderWalkForward(document: WalkDocument): Promise<string> {
  const plotter = await loadPlot();
  const { crossValidation } = document;
  const sections = [
    { id: 'verdict', title: 'Verdict', body: gatesTable(document.verdict) },
    { id: 'equity', title: 'Out of sample', body: equityFigure(document, plotter) },
    ...(crossValidation === null || crossValidation.paths.length === 1
      ? []
      : [{ id: 'paths', title: 'Paths', body: pathsSection(crossValidation) }]),
    { id: 'division', title: 'Division', body: divisionFigure(document, plotter) },
    {
      id: 'searches',
      title: crossValidation === null ? 'Folds' : 'Splits',
      body:
        crossValidation === null ? foldsTable(document) : splitsTable(document, crossValidation),
    },
    { id: 'provenance', title: 'Provenance', body: provenance(document) },
  ];
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `);
  const bodies = sections.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`,
  );
  return page(
    `${document.strategy}: walk-forward`,
    html`${head(document)}
<main><nav aria-label="Sections">${links}</nav>
${bodies}</main>
<footer>
<p>All times are UTC. Ratios are of daily returns × √365. Every fold is traded from flat with the cash of the config, and its indicators are warmed on the candles before it. A past result, and a simulated one, says little about the next.</p>
<p>Made by Sapphire from walk-forward.json beside it; one file, no network.</p>
</footer>`,
  );
}

function head(document: WalkDocument): Html {
  const { strategy, symbols, isSynthetic, stitched, verdict, efficiency } = document;
  const { totalReturn, sharpe, maxDrawdown, trades } = stitched;
  return html`<header class="head">
${isSynthetic && html`<p class="banner" role="note"><strong>Synthetic data</strong> Made prices, not a market: nothing below is evidence that a value would have earned anything.</p>\n`}${modelBanners(verdict.models, knownFolds(document))}<h1>${strategy}</h1>
<p class="what"><strong>Walk-forward</strong> on ${symbols.join(', ')}: ${schemeWords(document)}</p>
<p class="what">Traded ${stitched.from} to ${stitched.to} UTC by what was found on other days</p>
<p class="verdict ${verdict.passed ? 'up' : 'down'}">${verdict.sentence}</p>
<p class="luck">Return ${percent(totalReturn, { sign: true })}, Sharpe ${decimal(sharpe)}, drawdown ${percent(maxDrawdown)}, ${some(trades, 'trade')}; holding ${percent(document.buyAndHold, { sign: true })}. Efficiency ${decimal(efficiency)}: mean daily return out of sample over that in sample.</p>
</header>`;
}

// ---- paths ---------------------------------------------------------------------------------------

function pathsSection(cross: CrossEntry): Html {
  const { paths, judgedPath, sharpe, totalReturn } = cross;
  const spreads = [
    { name: 'Sharpe ratio', spread: sharpe, text: decimal },
    { name: 'Total return', spread: totalReturn, text: percent },
  ];
  const column = (title: string, of: (spread: PathSpread) => number, sign = true) => ({
    title,
    kind: 'number' as const,
    cell: ({ spread, text }: (typeof spreads)[number]) => text(spread && of(spread), { sign }),
  });
  return html`<p class="remark">Each path is a history of all days, every fold of it traded by a search that did not see it. How far they lie apart is what one walk-forward does not show: its result is one draw of these. Judged is path ${count(judgedPath)}, the middle one by Sharpe ratio.</p>
${table(
  `Spread over ${some(paths.length, 'path')}`,
  [
    { title: 'Statistic', kind: 'text', cell: ({ name }) => name },
    column('Worst', ({ min }) => min),
    column('25 %', ({ p25 }) => p25),
    column('Median', ({ median }) => median),
    column('75 %', ({ p75 }) => p75),
    column('Best', ({ max }) => max),
    column('Mean', ({ mean }) => mean),
    column('Standard deviation', ({ sd }) => sd, false),
    {
      title: 'Not above 0',
      kind: 'number',
      cell: ({ spread }) => percent(spread?.notAbove0, { digits: 0 }),
    },
  ],
  spreads,
)}
${table<PathEntry>(
  'Every path',
  [
    { title: 'Path', kind: 'number', cell: (path) => String(paths.indexOf(path) + 1) },
    ...historyColumns,
    { title: 'Splits by fold', kind: 'text', cell: ({ splits }) => splits.join(' ') },
  ],
  paths,
)}`;
}

const historyColumns: readonly TableColumn<PathEntry>[] = [
  { title: 'Sharpe', kind: 'number', cell: ({ sharpe }) => decimal(sharpe) },
  {
    title: 'Return',
    kind: 'number',
    isSigned: true,
    cell: ({ totalReturn }) => percent(totalReturn, { sign: true }),
  },
  { title: 'CAGR', kind: 'number', cell: ({ cagr }) => percent(cagr, { sign: true }) },
  { title: 'Drawdown', kind: 'number', cell: ({ maxDrawdown }) => percent(maxDrawdown) },
  { title: 'Trades', kind: 'number', cell: ({ trades }) => count(trades) },
];

// ---- searches ------------------------------------------------------------------------------------

function namesOf(document: WalkDocument): ReadonlyMap<string, string> {
  const found = searchedPoints(document);
  const paths = pathsOf(found.flatMap(({ point }) => (point === null ? [] : [{ point }])));
  const short = shortNames(paths);
  return new Map(paths.map((path, k) => [path, short[k]!]));
}

function chosenText({ point }: Pick<FoldEntry, 'point'>, names: ReadonlyMap<string, string>) {
  return point === null ? 'nothing: no trial had a value' : pointText(point, names);
}

function foldsTable(document: WalkDocument): Html {
  const { list, objective } = document;
  const names = namesOf(document);
  return table<FoldEntry>(
    `What each fold was traded by, and what came of it; ${objective} in and out of sample`,
    [
      { title: 'Fold', kind: 'number', cell: (fold) => String(list.indexOf(fold) + 1) },
      { title: 'Searched from', kind: 'text', cell: ({ trainedOn }) => trainedOn[0]!.from },
      { title: 'Traded from', kind: 'text', cell: ({ from }) => from },
      { title: 'to', kind: 'text', cell: ({ to }) => to },
      { title: 'Trials', kind: 'number', cell: ({ trials }) => count(trials) },
      { title: 'Chosen', kind: 'text', cell: (fold) => chosenText(fold, names) },
      {
        title: 'In sample',
        kind: 'number',
        cell: ({ inSample }) => valueText(objective, inSample?.value),
      },
      {
        title: 'Out of sample',
        kind: 'number',
        cell: ({ outOfSample: run }) => run?.failure ?? valueText(objective, run?.value),
      },
      {
        title: 'Return',
        kind: 'number',
        isSigned: true,
        cell: ({ outOfSample: run }) => percent(run?.statistics?.totalReturn, { sign: true }),
      },
      {
        title: 'Drawdown',
        kind: 'number',
        cell: ({ outOfSample: run }) => percent(run?.statistics?.maxDrawdown),
      },
      {
        title: 'Trades',
        kind: 'number',
        cell: ({ outOfSample: run }) => count(run?.statistics?.trades),
      },
    ],
    list,
  );
}

interface Tested {
  readonly at: number;
  readonly split: SplitEntry;
  readonly test: SplitEntry['tested'][number];
}

function splitsTable(document: WalkDocument, { splits }: CrossEntry): Html {
  const { objective } = document;
  const names = namesOf(document);
  const rows = splits.flatMap((split, k) => {
    return split.tested.map((test): Tested => ({ at: k + 1, split, test }));
  });
  return table<Tested>(
    `What each split found, and what became of it on every fold that it tests; ${objective} in and out of sample`,
    [
      { title: 'Split', kind: 'number', cell: ({ at }) => String(at) },
      {
        title: 'Days searched',
        kind: 'number',
        cell: ({ split }) => count(daysOf(split.trainedOn)),
      },
      { title: 'Trials', kind: 'number', cell: ({ split }) => count(split.trials) },
      { title: 'Chosen', kind: 'text', cell: ({ split }) => chosenText(split, names) },
      {
        title: 'In sample',
        kind: 'number',
        cell: ({ split }) => valueText(objective, split.inSample?.value),
      },
      { title: 'Fold', kind: 'number', cell: ({ test }) => String(test.fold) },
      { title: 'Traded from', kind: 'text', cell: ({ test }) => test.from },
      { title: 'to', kind: 'text', cell: ({ test }) => test.to },
      {
        title: 'Out of sample',
        kind: 'number',
        cell: ({ test: { run } }) => run?.failure ?? valueText(objective, run?.value),
      },
      {
        title: 'Return',
        kind: 'number',
        isSigned: true,
        cell: ({ test: { run } }) => percent(run?.statistics?.totalReturn, { sign: true }),
      },
      {
        title: 'Trades',
        kind: 'number',
        cell: ({ test: { run } }) => count(run?.statistics?.trades),
      },
    ],
    rows,
  );
}

// ---- provenance ----------------------------------------------------------------------------------

function provenance(document: WalkDocument): Html {
  const { crossValidation, purgeDays, embargoDays, recommended, verdict } = document;
  const names = namesOf(document);
  const days = (ms: number) => `${decimal(ms / DAY_MS, { digits: 1 })} days`;
  const entries: (readonly [string, string])[] = [
    ['Config', document.configDigest],
    ['Data', document.dataDigest],
    ['Strategy', document.strategyDigest],
    [
      'Trials counted',
      `${count(verdict.trials)} of this family, of which ${count(verdict.compared)} are compared day by day`,
    ],
    ['To be run', recommended === null ? 'nothing' : pointText(recommended, names)],
    ...(crossValidation === null
      ? []
      : ([
          [
            'Left out around a test',
            `${some(purgeDays ?? 0, 'day')} on either side (warm-up ${days(crossValidation.warmupMs)}, longest trade ${days(crossValidation.longestTradeMs)}) and ${some(embargoDays ?? 0, 'day')} more after it`,
          ],
        ] as const)),
  ];
  return html`<dl class="list">${entries.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`)}</dl>`;
}
