// The page of a sweep: what was searched, who was best, and every reason not to believe it. One HTML file
// like that of a run, with the same tools; its size does not grow with the trials beyond what is seen.
//
//   head -> verdict -> best, front -> luck, test span, plateau -> parameters, pairs, search -> equity -> failures -> provenance

import { type Html, html } from '../html.ts';
import { loadPlot } from '../plot.ts';
import { page } from '../run/page.ts';
import { bestTable, frontSection } from './best.ts';
import { contributionsTable } from './contributions.ts';
import { failuresSection } from './failures.ts';
import { fanSection } from './fan.ts';
import { sweepFoot, sweepHead } from './head.ts';
import { heatSection } from './heat.ts';
import { judgedSection } from './judged.ts';
import { neighboursSection } from './neighbours.ts';
import { parametersSection } from './parallel.ts';
import { sweepProvenance } from './provenance.ts';
import { searchSection, spreadSection } from './search.ts';
import { gatesTable } from './verdict.ts';
import { type SweepPage, viewOf } from './view.ts';

export type { EquityFan, PageRow, SweepCommand, SweepPage } from './view.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** The whole page as text. The same sweep gives the same bytes. */
export async function renderSweep(given: SweepPage): Promise<string> {
  const plotter = await loadPlot();
  const view = viewOf(given);
  const front = frontSection(view, plotter);
  const { contributions = [] } = given;
  const sections: Section[] = [
    ...(given.verdict === null
      ? []
      : [{ id: 'verdict', title: 'Verdict', body: gatesTable(given.verdict) }]),
    { id: 'best', title: 'Best trials', body: bestTable(view) },
    ...(contributions.length === 0
      ? []
      : [{ id: 'agents', title: 'Agents', body: contributionsTable(contributions) }]),
    ...(front === null ? [] : [{ id: 'front', title: 'Pareto front', body: front }]),
    { id: 'luck', title: 'Luck', body: spreadSection(view, plotter) },
    { id: 'test', title: 'Test span', body: judgedSection(view, plotter) },
    { id: 'plateau', title: 'Plateau or spike', body: neighboursSection(view) },
    { id: 'parameters', title: 'Parameters', body: parametersSection(view, plotter) },
    { id: 'pairs', title: 'Pairs of parameters', body: heatSection(view, plotter) },
    { id: 'search', title: 'Search', body: searchSection(view, plotter) },
    { id: 'equity', title: 'Equity', body: fanSection(view, plotter) },
    { id: 'failures', title: 'Failures', body: failuresSection(view) },
    { id: 'provenance', title: 'Provenance', body: sweepProvenance(view) },
  ];
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `);
  const bodies = sections.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`,
  );
  return page(
    `${given.result.facts.name}: sweep`,
    html`${sweepHead(view)}
<main><nav aria-label="Sections">${links}</nav>
${bodies}</main>
${sweepFoot()}`,
  );
}
