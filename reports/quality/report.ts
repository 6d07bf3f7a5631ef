// The page of data quality: what is stored, what was found in it and what that costs in points. One
// HTML file like that of a run; nothing on it changes a candle.
//
//   head -> table of scores, worst first -> a section a dataset: findings, points, calendar -> rules

import { type Html, html } from '../html.ts';
import { page } from '../run/page.ts';
import { calendar } from './calendar.ts';
import type { DatasetView, QualityView } from './view.ts';

/** The whole page as text. The same view gives the same bytes. */
export async function renderQuality(view: QualityView): Promise<string> {
  const datasets = [...view.datasets].sort(
    (a, b) => a.score - b.score || (a.name < b.name ? -1 : 1),
  );
  const below = datasets.filter(({ score }) => score < view.bar).length;
  const verdict =
    below === 0
      ? `All ${datasets.length} datasets score ${view.bar} or more.`
      : `${below} of ${datasets.length} datasets score below ${view.bar}: --strict refuses runs on them.`;
  return page(
    'Data quality',
    html`<header class="head"><h1>Data quality</h1>
<p class="what">${view.store}</p>
<p class="verdict ${below === 0 ? 'up' : 'down'}">${verdict}</p></header>
<main><section id="scores" aria-labelledby="scores-title"><h2 id="scores-title">Scores</h2>
${scoreTable(datasets, view.bar)}</section>
${datasets.map((one, k) => datasetSection(one, k))}
<section id="rules" aria-labelledby="rules-title"><h2 id="rules-title">How points are lost</h2>
<p>Every dataset begins with 100. A score says what was found, not what is true: a crash is no fault, and
a feed may be wrong in ways that nobody sees here.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Rules"><table><thead><tr><th scope="col">Finding</th><th scope="col">Costs</th></tr></thead><tbody>
${view.rules.map(([what, rule]) => html`<tr><th scope="row">${what}</th><td>${rule}</td></tr>\n`)}</tbody></table></div></section>
</main>`,
  );
}

function scoreTable(datasets: readonly DatasetView[], bar: number): Html {
  const rows = datasets.map((one, k) => {
    const points = one.losses.map(({ what, points }) => `${what} ${points.toFixed(1)}`);
    return html`<tr><th scope="row"><a href="#set-${k}">${one.name}</a></th>
<td class="number">${one.score.toFixed(1)}${one.score < bar ? ' below' : ''}</td>
<td class="number">${one.rows.toLocaleString('en-US')} ${one.unit}</td>
<td>${day(one.fromMs)} to ${day(one.toMs)}</td><td>${points.join(', ')}</td></tr>\n`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Scores"><table><thead><tr>
<th scope="col">Dataset</th><th scope="col" class="number">Score</th><th scope="col" class="number">Rows</th><th scope="col">Range</th><th scope="col">Points lost</th>
</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function datasetSection(one: DatasetView, k: number): Html {
  const found = one.findings.map(
    ([label, text]) => html`<tr><th scope="row">${label}</th><td>${text}</td></tr>\n`,
  );
  const body =
    found.length === 0
      ? html`<p>Nothing was found.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="Findings in ${one.name}"><table><tbody>${found}</tbody></table></div>`;
  return html`<section id="set-${k}" aria-labelledby="set-${k}-title">
<h2 id="set-${k}-title">${one.name}: ${one.score.toFixed(1)}</h2>
${body}
${calendar(one.name, one.days, one.unit.slice(0, -1))}
<p class="remark">${one.sources === 1 ? '1 file' : `${one.sources} files`}, digest <code>${one.digest.slice(0, 16)}</code></p></section>\n`;
}

function day(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'n/a';
}
