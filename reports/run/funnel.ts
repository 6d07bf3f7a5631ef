// From candles to fills: where decisions were lost, as bars, with the refusals beside them.
// Lengths are logarithmic (a million candles and ten fills in one picture); the counts are exact.

import { refusalText } from '../../engine/research/refusal-text.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import { count, percent } from '../format.ts';
import { type Html, html, raw } from '../html.ts';
import { decidesAlone, whyNoTrades } from '../verdict.ts';
import { table } from './table.ts';

interface Stage {
  readonly label: string;
  readonly n: number;
  /** The stage whose share it is; null for the first. */
  readonly of: number | null;
  readonly isAside?: boolean;
}

/** Bars and the table of refusals. */
export function funnelSection(facts: RunFacts): Html {
  const stages = stagesOf(facts);
  const longest = Math.max(...stages.map((stage) => length(stage.n)), 1);
  const bars = stages.map(({ label, n, of, isAside }) => {
    const part = of === null ? '' : of > 0 ? percent(n / of, { digits: 1 }) : '';
    const width = raw(((length(n) / longest) * 100).toFixed(1));
    return html`<li class="${isAside ? 'aside' : ''}"><span class="stage">${label}</span><span class="bar"><i style="width:${width}%"></i></span><span class="n">${count(n)}</span><span class="part">${part}</span></li>\n`;
  });
  const none = whyNoTrades(facts);
  const words = stages.map(({ label, n }) => `${label}: ${count(n)}`).join(', ');
  return html`${none !== null && html`<p class="callout"><b>Why no trades?</b> ${none.charAt(0).toUpperCase() + none.slice(1)}.</p>`}
<figure><figcaption><b>Funnel</b> <span>Decisions on a symbol at a candle, and how many were left after each step (per cent of the step before). Bar lengths are logarithmic.</span></figcaption>
<ol class="funnel" aria-label="${words}">${bars}</ol></figure>
${refusalsTable(facts)}`;
}

/** A strategy that decides alone has no votes and no undecided band. */
function stagesOf(facts: RunFacts): Stage[] {
  const { candles, votes, undecided, agreed, passedRisk, filled } = facts.funnel;
  const { holdThreshold, actThreshold } = facts.config.decision.consensus;
  const band: Stage = {
    label: `Undecided (score ${holdThreshold} to ${actThreshold})`,
    n: undecided,
    of: votes,
    isAside: true,
  };
  const heard = decidesAlone(facts)
    ? [{ label: 'New target', n: agreed, of: candles }]
    : [
        { label: 'An agent voted to act', n: votes, of: candles },
        band,
        { label: 'Agreed', n: agreed, of: votes },
      ];
  return [
    { label: 'Candles', n: candles, of: null },
    ...heard,
    { label: 'Passed risk', n: passedRisk, of: agreed },
    { label: 'Filled', n: filled, of: passedRisk },
  ];
}

function length(n: number): number {
  return Math.log10(1 + Math.max(0, n));
}

function refusalsTable(facts: RunFacts): Html {
  const { refusals, funnel } = facts;
  const rows = Object.entries(refusals).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return html`<p class="remark">Risk refused nothing.</p>`;
  return table(
    'Refusals, most frequent first',
    [
      {
        title: 'Refusal',
        kind: 'text',
        cell: ([code]) =>
          html`<code>${code}</code><small class="below">${refusalText(code)}</small>`,
      },
      { title: 'Times', kind: 'number', cell: ([, times]) => count(times) },
      {
        title: decidesAlone(facts) ? 'Of new targets' : 'Of agreed',
        kind: 'number',
        cell: ([, times]) => (funnel.agreed > 0 ? percent(times / funnel.agreed) : ''),
      },
    ],
    rows,
  );
}
