// The head of a sweep's page: what was searched, how much of it came to something, and how far the best
// is flattered by having been chosen. What stands against believing it comes first.

import type { SweepFacts } from '../../engine/research/sweep/facts.ts';
import { count, decimal, utcDate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { modelBanners } from '../models.ts';
import { some } from '../run/numbers.ts';
import type { SweepView } from './view.ts';
import { pointText, valueText } from './words.ts';

/** Banner, name, verdict, the sentence about luck. */
export function sweepHead(view: SweepView): Html {
  const { facts, page } = view;
  const { verdict } = page;
  const [fromMs, toMs] = facts.trainMs;
  const judged =
    facts.testMs === null
      ? 'no rows were held back to judge it on'
      : `the best judged on ${utcDate(facts.testMs[0])} to ${utcDate(facts.testMs[1])}`;
  const goals = facts.objectives.map(({ name, goal }) => `${name} (${goal})`).join(', ');
  return html`<header class="head">
${facts.isSynthetic && html`<p class="banner" role="note"><strong>Synthetic data</strong> Made prices, not a market: nothing below is evidence that a value would have earned anything.</p>\n`}${modelBanners(verdict?.models)}<h1>${facts.name}</h1>
<p class="what"><strong>Sweep</strong> of <strong>${facts.strategy}</strong> on ${facts.symbols.join(', ')}</p>
<p class="what">Searched on ${utcDate(fromMs)} to ${utcDate(toMs)} UTC; ${judged}</p>
<p class="what">Sampler ${facts.sampler} for ${goals}: ${trialsWords(facts)}</p>
${verdict !== null && html`<p class="verdict ${verdict.passed ? 'up' : 'down'}">${verdict.sentence}</p>\n`}<p class="${verdict === null ? 'verdict' : 'luck'}">${foundWords(view)}</p>
<p class="luck">${luckWords(view)}</p>
</header>`;
}

/** `1,000 trials, 990 completed, 10 failed`. */
export function trialsWords({ trials, completed, failed }: SweepFacts): string {
  const failures = failed === 0 ? 'none failed' : `${count(failed)} failed`;
  return `${some(trials, 'trial')}, ${count(completed)} completed, ${failures}`;
}

/** What the best was. */
export function foundWords({ best, objective, names, facts, page }: SweepView): string {
  if (best === null) {
    if (facts.trials === 0) return 'No trial was made.';
    return `None of ${some(facts.trials, 'trial')} has a value: nothing was found.`;
  }
  const value = valueText(objective.name, best.value);
  // Of several objectives another trial may stand first in the table, and that one is judged.
  const first = facts.best[0]?.index;
  const judged =
    page.verdict === null || first === undefined || first === best.row.index
      ? ''
      : ` The verdict is on trial ${first}, the first of the table.`;
  return `Best ${objective.name}: ${value}, trial ${best.row.index}: ${pointText(best.row.point, names)}.${judged}`;
}

/** How far the best is flattered, in the one measure that luck is known in. */
export function luckWords({ best, luck, facts }: SweepView): string {
  if (best === null)
    return 'Without a trial that has a value there is nothing to compare with luck.';
  const lead = `The best of ${some(facts.trials, 'trial')} is flattered by having been chosen.`;
  if (luck === null) return `${lead} How far is n/a: it takes at least two days of returns.`;
  if (luck.trials === 1)
    return 'A single trial was made: nothing was chosen, and nothing is proven.';
  const earlier = luck.hasEarlier
    ? ' (all that the ledger has of this strategy on these data)'
    : '';
  const shows = `the best of ${count(luck.trials)} worthless trials${earlier} is expected to show a Sharpe ratio of ${decimal(luck.sharpe)} over ${some(luck.days, 'day')}`;
  const found =
    luck.bestSharpe === null
      ? 'that of the best found is n/a'
      : `the best found shows ${decimal(luck.bestSharpe)}, ${comparison(luck.bestSharpe, luck.sharpe)}`;
  return `${lead} By luck alone ${shows}; ${found}.`;
}

function comparison(found: number, luck: number): string {
  return found > luck ? 'which is above that' : 'which is no more than luck gives';
}

/** What every number above follows. */
export function sweepFoot(): Html {
  return html`<footer>
<p>All times are UTC. USDT and USDC count as 1 USD. Statistics are those of a backtest of each config alone; ratios are of daily returns × √365. Failed trials count as trials. A past result, and a simulated one, says little about the next.</p>
<p>Made by Sapphire from the result of the sweep; one file, no network.</p>
</footer>`;
}
