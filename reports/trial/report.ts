// The page of a paper trial: a session beside a backtest of the very candles that it saw. One HTML
// file like that of a run, with the same tools; everything on it can be told again from the journal.
//
//   verdict, banners -> cards -> signals -> equity -> fills -> feed, process -> breakers -> drills -> provenance

import type { ShadowFacts } from '../../engine/research/shadow.ts';
import type { TrialFacts } from '../../engine/research/trial.ts';
import { type Html, html } from '../html.ts';
import { loadPlot } from '../plot.ts';
import { page } from '../run/page.ts';
import { breakersSection } from './breakers.ts';
import { trialCards } from './cards.ts';
import { drillsSection } from './drills.ts';
import { equitySection } from './equity.ts';
import { feedSection } from './feed.ts';
import { fillsSection } from './fills.ts';
import { trialFoot, trialHead } from './head.ts';
import { trialProvenance } from './provenance.ts';
import { signalsSection } from './signals.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** The whole page as text. The same facts give the same bytes. */
export async function renderTrial(facts: TrialFacts, shadow: ShadowFacts): Promise<string> {
  const plotter = await loadPlot();
  const sections: Section[] = [
    { id: 'signals', title: 'Signals', body: signalsSection(facts, shadow) },
    { id: 'equity', title: 'Equity', body: equitySection(facts, shadow, plotter) },
    { id: 'fills', title: 'Fills', body: fillsSection(shadow) },
    { id: 'feed', title: 'Feed and process', body: feedSection(facts) },
    { id: 'breakers', title: 'Breakers', body: breakersSection(facts, plotter) },
    { id: 'drills', title: 'Drills', body: drillsSection(facts) },
    { id: 'provenance', title: 'Provenance', body: trialProvenance(facts) },
  ];
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a> `);
  const bodies = sections.map(
    ({ id, title, body }) =>
      html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`,
  );
  return page(
    `${facts.name}: paper trial`,
    html`${trialHead(facts)}
<main>${trialCards(facts, shadow)}
<nav aria-label="Sections">${links}</nav>
${bodies}</main>
${trialFoot()}`,
  );
}
