// Why the numbers may be believed, or not: how long a record would have to be, what higher costs would
// leave, what was not tried, and where everything came from.

import type { RunResult } from '../../engine/research/result.ts';
import { sharpeOfLuck } from '../../engine/statistics/deflated-sharpe.ts';
import { moments } from '../../engine/statistics/moments.ts';
import {
  minimumTrackRecord2012,
  probabilisticSharpe2012,
} from '../../engine/statistics/probabilistic-sharpe.ts';
import { DAYS_PER_YEAR } from '../../engine/statistics/returns.ts';
import { count, decimal, duration, percent, probability } from '../format.ts';
import { type Html, html } from '../html.ts';
import { FEWEST_DAYS, lookaheadWords, PROVEN_FROM } from '../verdict.ts';
import { daysOf } from './days.ts';
import { judge } from './judgement.ts';
import { part } from './page.ts';
import { provenance } from './provenance.ts';
import { type TableColumn, table } from './table.ts';

export function trustSection(result: RunResult): Html {
  const { trust, reasons } = judge(result);
  return html`<p><b>${trust}</b>, because:</p><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
${part('record', 'How long a record it takes', recordTable(result))}
${part('stress', 'What higher costs would leave', costStress(result))}
${part('lookahead', 'Look-ahead', lookaheadPart(result))}
${part('untried', 'What was not tried', untried())}
${part('quality', 'Data', dataWords(result))}
<div id="provenance">${provenance(result)}</div>`;
}

interface Hurdle {
  readonly against: string;
  /** Annual Sharpe ratio to be beaten. */
  readonly sharpe: number;
  readonly probability: number | null;
  /** Days after which it would reach the confidence. */
  readonly days: number | null;
}

/** The probability that the true Sharpe ratio beats 0, and what luck shows over so many trials. */
export function hurdlesOf(result: RunResult): Hurdle[] {
  const { trialNumber } = result.circumstances;
  const { returns } = daysOf(result);
  const sample = moments(returns);
  const trials = Number.isInteger(trialNumber) && trialNumber > 1 ? trialNumber : 1;
  const best = sharpeOfLuck(trials, returns.length, DAYS_PER_YEAR);
  const hurdle = (against: string, sharpe: number): Hurdle => {
    if (sample === null || sample.skewness === null || sample.kurtosis === null) {
      return { against, sharpe, probability: null, days: null };
    }
    const { mean, sd, skewness, kurtosis, count: days } = sample;
    const observed = { sharpe: mean / sd, count: days, skewness, kurtosis };
    const perDay = sharpe / Math.sqrt(DAYS_PER_YEAR);
    return {
      against,
      sharpe,
      probability: probabilisticSharpe2012(observed, perDay),
      days: minimumTrackRecord2012(observed, perDay, PROVEN_FROM),
    };
  };
  const nothing = hurdle('no skill', 0);
  if (trials === 1 || best === null) return [nothing];
  return [nothing, hurdle(`the best of ${count(trials)} trials by luck`, best)];
}

function recordTable(result: RunResult): Html {
  const { days } = result.facts.statistics;
  const columns: TableColumn<Hurdle>[] = [
    { title: 'Against', kind: 'text', cell: ({ against }) => against },
    { title: 'Sharpe to beat', kind: 'number', cell: ({ sharpe }) => decimal(sharpe) },
    { title: 'Probability', kind: 'number', cell: (row) => probability(row.probability) },
    {
      title: `Days for ${decimal(PROVEN_FROM)}`,
      kind: 'number',
      cell: (row) => (row.days === null ? 'n/a' : count(Math.ceil(row.days))),
    },
    { title: 'Days there are', kind: 'number', cell: () => count(days) },
  ];
  return html`${table('Probabilistic Sharpe ratio and minimum track record (Bailey & Lopez de Prado 2012), UTC days', columns, hurdlesOf(result))}
<p class="remark">n/a: this Sharpe ratio is not above the one to beat, so no length of record would do. Fewer than ${FEWEST_DAYS} days are never enough. That the best of many trials looks good is expected: the second line asks for more than that, as if they were independent.</p>`;
}

interface Stress {
  readonly times: number;
  readonly total: number;
}

function costStress({ facts }: RunResult): Html {
  const { costs, cashUsd } = facts;
  const paid = (costs.feesUsd + costs.slippageUsd - costs.fundingUsd) / cashUsd;
  const free = costs.returnWithoutCosts;
  const rows = [0, 1, 1.5, 2, 3].map((times): Stress => ({ times, total: free - times * paid }));
  const even = free > 0 && paid > 0 ? free / paid : null;
  const words =
    even === null
      ? free > 0
        ? 'Nothing was paid.'
        : 'It lost without any costs.'
      : `Its gain is gone at ${decimal(even)} times these costs.`;
  return html`${table<Stress>(
    'The same fills at other costs: fees, spread, impact and funding together',
    [
      { title: 'Costs times', kind: 'text', cell: ({ times }) => decimal(times, { digits: 1 }) },
      {
        title: 'Return',
        kind: 'number',
        cell: ({ total }) => percent(total, { digits: 2, sign: true }),
        isSigned: true,
      },
    ],
    rows,
  )}
<p class="remark">${words} This is arithmetic over the fills that were: a run at higher costs would decide otherwise. <code>npm run walk-forward</code> measures it with runs of their own, and one candle late.</p>`;
}

/** Whether decisions know the future: what came of looking, or how to look. */
function lookaheadPart({ circumstances }: RunResult): Html {
  const { lookahead } = circumstances;
  if (lookahead === undefined) {
    return html`<p>Nobody looked whether its decisions know the future. This runs it again and looks:</p>
<pre class="command">npm run backtest -- --config &lt;this folder&gt;/config.json --db &lt;your store&gt;.duckdb --check</pre>`;
  }
  const text = lookaheadWords(lookahead);
  const words = html`${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  const more = html`<code>npm run check-lookahead -- --every</code> on a short range looks closer, and names the column.`;
  return lookahead.clean
    ? html`<p>${words} What it decided here it would have decided live; that says nothing about profit. ${more}</p>`
    : html`<p class="callout"><b>${words}</b> What it earned here cannot be earned. ${more}</p>`;
}

/** What a single backtest cannot show, and the command that does. */
function untried(): Html {
  const items: readonly (readonly [string, string])[] = [
    ['Other data than those it was chosen on, and ten gates', 'npm run walk-forward'],
    ['Neighbours of these parameters', 'npm run sweep'],
    ['Live candles, for seven days', 'npm run paper'],
  ];
  return html`<p>A backtest shows what rules would have done to candles that were known when the rules were written. It was not tried:</p>
<ul>${items.map(([what, command]) => html`<li>${what}: <code>${command}</code></li>`)}</ul>`;
}

function dataWords({ facts }: RunResult): Html {
  const { data } = facts;
  const holes = data.legs.reduce((sum, leg) => sum + leg.holes, 0);
  const all = holes + data.candles;
  const missing = all > 0 ? percent(holes / all, { digits: 3 }) : 'n/a';
  const funding = data.legs.filter(({ fundingMissingMs }) => fundingMissingMs > 0);
  const gaps = funding.map((leg) => `${leg.symbol} ${duration(leg.fundingMissingMs)}`).join(', ');
  return html`<p>${data.kind === 'real' ? 'Candles of a venue' : 'Candles of a generator'}: ${count(data.candles)} of ${count(all)} are there (${missing} missing, none was traded on).${gaps !== '' && ` Funding is missing for ${gaps}.`}</p>`;
}
