// The page of a run: one HTML file without anything from outside, readable with scripts off, in the
// dark, on a phone, on paper. Everything on it can be recomputed from the other files of the run.
//
//   first screen -> prices, trades -> returns -> where it came from -> risk -> trust

import type { RunResult } from '../../engine/research/result.ts';
import { type Html, html } from '../html.ts';
import { loadPlot, type Plotter } from '../plot.ts';
import { agentsTable, exitsTable, symbolsTable } from './attribution.ts';
import { cards } from './cards.ts';
import { costsTable } from './costs.ts';
import { equityFigures } from './equity.ts';
import { excursionFigures, extremesTables } from './excursion.ts';
import { executionSection } from './execution.ts';
import { foot, head, warnings } from './head.ts';
import { chartLibrary, clientScript } from './library.ts';
import { marketFrame, payloadWords } from './market.ts';
import { afterCutoffTable, modelsPart } from './models.ts';
import { page, part } from './page.ts';
import { payloadOf } from './payload.ts';
import { priceFigures } from './prices.ts';
import { recordsSection } from './records.ts';
import { returnsSection } from './returns.ts';
import { riskSection } from './risk.ts';
import { COPY, EARLY } from './script.ts';
import { slicesOf } from './slices.ts';
import { statisticsTables } from './statistics.ts';
import { tradesTable } from './trades.ts';
import { trustSection } from './trust.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/**
 * The whole page as text. The same result gives the same bytes. About a tenth of a second of the
 * first call is loading the chart library.
 */
export async function renderReport(result: RunResult): Promise<string> {
  const plotter = await loadPlot();
  const { facts } = result;
  // Deflated while the sections are drawn.
  const packing = payloadOf(result);
  const [before, after] = drawn(result, plotter);
  const first = equityFigures(result, plotter);
  const payload = await packing;
  const sections: Section[] = [
    before,
    {
      id: 'trades',
      title: 'Every trade',
      body: html`${payloadWords(result, payload)}<div id="live-table"></div><div class="still-table">${tradesTable(result)}</div>`,
    },
    ...after,
  ];
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `);
  const bodies = sections.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`,
  );
  return page(
    `${facts.name}: ${facts.strategy}`,
    html`${head(result)}
<main>${cards(facts)}
${afterCutoffTable(facts)}<section id="equity" class="first-screen" aria-label="Equity and warnings"><div>${first}</div><div class="aside">${warnings(facts)}</div></section>
<nav aria-label="Sections">${links}</nav>
${bodies}</main>
${foot(result)}
${payload.blocks}`,
    [COPY, chartLibrary(), clientScript()],
    EARLY,
  );
}

/** The sections before and after the table of trades, which says how much of the run is on the page. */
function drawn(result: RunResult, plotter: Plotter): [Section, Section[]] {
  const prices = {
    id: 'prices',
    title: 'Prices and trades',
    body: html`${marketFrame(result)}<div class="still">${priceFigures(result, plotter)}</div>`,
  };
  return [
    prices,
    [
      { id: 'returns', title: 'Returns', body: returnsSection(result, plotter) },
      { id: 'statistics', title: 'Statistics', body: statisticsTables(result.facts) },
      { id: 'origin', title: 'Where it came from', body: originSection(result, plotter) },
      { id: 'risk', title: 'Risk', body: riskSection(result, plotter) },
      { id: 'trust', title: 'Trust', body: trustSection(result) },
    ],
  ];
}

/** P&L by what each trade was, what it cost, and how it went. */
function originSection(result: RunResult, plotter: Plotter): Html {
  const { facts } = result;
  return html`<div id="attribution">${symbolsTable(facts)}${agentsTable(facts)}${exitsTable(result)}</div>
${recordsSection(facts)}
${modelsPart(facts)}
${slicesOf(result, plotter)}
${part('costs', 'Costs', costsTable(result))}
${part('execution', 'Execution', executionSection(result))}
${part('excursions', 'Best, worst, and on the way', html`${extremesTables(result)}${excursionFigures(result, plotter)}`)}`;
}
