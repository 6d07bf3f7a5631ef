// What each agent of a sweep adds, with intervals: shown where weights were taken away.

import type { Contribution } from '../../engine/research/sweep/ablation.ts';
import type { Interval } from '../../engine/statistics/percentile-interval.ts';
import { count, decimal, type Maybe, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { table } from '../run/table.ts';

export function contributionsTable(rows: readonly Contribution[]): Html {
  const range = ({ lower, upper }: Interval, text: (value: Maybe) => string) =>
    html`<small class="below">${text(lower)} to ${text(upper)}</small>`;
  const yearly = (value: Maybe) => percent(value, { sign: true });
  const ratio = (value: Maybe) => decimal(value, { sign: true });
  return html`<p>With an agent less without it, over all pairs of trials that differ in its weight alone: the mean over all subsets of the others, and what is lost by leaving it out of all. Intervals by resampling days, both at once. An interval that holds 0 says that these days do not tell whether the agent adds anything. A weight of 0 takes the vote away; vetoes stay.</p>
${table<Contribution>(
  'What each agent adds, in return a year and Sharpe ratio, 90 % intervals',
  [
    { title: 'Agent', kind: 'text', cell: ({ agent }) => agent },
    { title: 'Pairs', kind: 'number', cell: ({ pairs }) => count(pairs) },
    {
      title: 'Return a year',
      kind: 'number',
      cell: ({ mean }) => html`${yearly(mean.yearly.estimate)}${range(mean.yearly, yearly)}`,
    },
    {
      title: 'Sharpe ratio',
      kind: 'number',
      cell: ({ mean }) => html`${ratio(mean.sharpe.estimate)}${range(mean.sharpe, ratio)}`,
    },
    { title: 'p', kind: 'number', cell: ({ mean }) => decimal(mean.p, { digits: 3 }) },
    {
      title: 'Beside all others, return a year',
      kind: 'number',
      cell: ({ beside }) =>
        beside === null
          ? 'n/a'
          : html`${yearly(beside.yearly.estimate)}${range(beside.yearly, yearly)}`,
    },
  ],
  rows,
)}`;
}
