// The page of a run: one HTML file without anything from outside, readable with scripts off, in the
// dark, on a phone, on paper. Everything on it can be recomputed from the other files of the run.
//
//   head, warnings -> cards -> equity -> prices -> months -> statistics -> costs -> decisions -> trades -> provenance

import type { RunResult } from '../../engine/research/result.ts';
import { type Html, html } from '../html.ts';
import { loadPlot } from '../plot.ts';
import { agentsTable, exitsTable, symbolsTable } from './attribution.ts';
import { cards } from './cards.ts';
import { costsTable } from './costs.ts';
import { equityFigures } from './equity.ts';
import { executionSection } from './execution.ts';
import { funnelSection } from './funnel.ts';
import { foot, head } from './head.ts';
import { monthsTable } from './months.ts';
import { page } from './page.ts';
import { priceFigures } from './prices.ts';
import { provenance } from './provenance.ts';
import { statisticsTables } from './statistics.ts';
import { tradesTable } from './trades.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/**
 * The whole page as text. The same result gives the same bytes. About a fifth of a second of the
 * first call is loading the chart library.
 */
export async function renderReport(result: RunResult): Promise<string> {
  const plotter = await loadPlot();
  const { facts } = result;
  const sections: Section[] = [
    { id: 'equity', title: 'Equity', body: equityFigures(result, plotter) },
    { id: 'prices', title: 'Prices and trades', body: priceFigures(result, plotter) },
    { id: 'months', title: 'Months', body: monthsTable(result) },
    { id: 'statistics', title: 'Statistics', body: statisticsTables(facts) },
    { id: 'costs', title: 'Costs', body: costsTable(result) },
    { id: 'execution', title: 'Execution', body: executionSection(result) },
    { id: 'decisions', title: 'Decisions', body: funnelSection(facts) },
    {
      id: 'attribution',
      title: 'Attribution',
      body: html`${agentsTable(facts)}${symbolsTable(facts)}${exitsTable(result)}`,
    },
    { id: 'trades', title: 'Trades', body: tradesTable(result) },
    { id: 'provenance', title: 'Provenance', body: provenance(result) },
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
<nav aria-label="Sections">${links}</nav>
${bodies}</main>
${foot(result)}`,
  );
}
