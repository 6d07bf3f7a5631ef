// Trials without a value: how many of each kind, what that means, and what the first of them said. A
// failed trial was a try all the same, and counts as one against luck.

import type { FailureCode } from '../../engine/research/sweep/outcome.ts';
import { count, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { table } from '../run/table.ts';
import type { PageRow, SweepView } from './view.ts';
import { FAILURE_WORDS } from './words.ts';

interface FailureLine {
  readonly code: string;
  readonly trials: number;
  readonly first: PageRow | null;
}

/** The table, most frequent first. */
export function failuresSection({ facts, page }: SweepView): Html {
  if (facts.failed === 0) return html`<p class="calm">No trial failed.</p>`;
  const lines = Object.entries(facts.failures)
    .map(([code, trials]): FailureLine => {
      return { code, trials, first: page.rows.find((row) => row.code === code) ?? null };
    })
    .sort((a, b) => b.trials - a.trials);
  return table<FailureLine>(
    `${count(facts.failed)} of ${count(facts.trials)} trials have no value; each counts as a trial`,
    [
      {
        title: 'Code',
        kind: 'text',
        cell: ({ code }) =>
          html`<code>${code}</code><small class="below" style="min-width:13rem">${Object.hasOwn(FAILURE_WORDS, code) && FAILURE_WORDS[code as FailureCode]}</small>`,
      },
      { title: 'Trials', kind: 'number', cell: ({ trials }) => count(trials) },
      { title: 'Share', kind: 'number', cell: ({ trials }) => percent(trials / facts.trials) },
      {
        title: 'The first said',
        kind: 'text',
        cell: ({ first }) =>
          html`<div style="min-width:16rem">${first === null ? 'n/a' : `trial ${first.index}: ${first.message ?? 'nothing'}`}</div>`,
      },
    ],
    lines,
  );
}
