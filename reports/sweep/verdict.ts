// The verdict on a sweep's best: may it be believed, gate by gate. The page shows what it is given and
// judges nothing itself.

import type { Gate } from '../../engine/research/verdict/gate.ts';
import type { Verdict } from '../../engine/research/verdict.ts';
import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import { table } from '../run/table.ts';
import { shortNumber } from './words.ts';

/** `passed`, `FAILED` or `not measured`: words, so that nothing hangs on a colour. */
export function gateWord(passed: boolean | null): string {
  return passed === null ? 'not measured' : passed ? 'passed' : 'FAILED';
}

/** The gates, those that failed first. */
export function gatesTable({ gates, trials, observations, resamples, seed }: Verdict): Html {
  const order = (gate: Gate) => (gate.passed === null ? 1 : gate.passed ? 2 : 0);
  const sorted = [...gates].sort((a, b) => order(a) - order(b));
  const passed = gates.filter((gate) => gate.passed === true).length;
  const number = (value: number | null) => (value === null ? 'n/a' : shortNumber(value, 4));
  return table<Gate>(
    `Gates: ${count(passed)} of ${count(gates.length)} passed, those that failed first; ${count(trials)} trials counted, ${count(observations)} days, ${count(resamples)} resamples, seed ${seed}`,
    [
      {
        title: 'Gate',
        kind: 'text',
        cell: ({ name, id }) => html`${name}<small class="below"><code>${id}</code></small>`,
      },
      {
        title: 'Came out',
        kind: 'text',
        cell: (gate) =>
          html`<b class="${gate.passed === false ? 'down' : gate.passed ? 'up' : ''}" style="white-space:nowrap">${gateWord(gate.passed)}</b>`,
      },
      { title: 'Value', kind: 'number', cell: ({ value }) => number(value) },
      { title: 'Asked for', kind: 'number', cell: ({ threshold }) => number(threshold) },
      {
        title: 'Rule, and why',
        kind: 'text',
        cell: ({ rule, why }) =>
          html`<div style="min-width:16rem">${rule}<small class="below">${why}</small></div>`,
      },
    ],
    sorted,
  );
}
