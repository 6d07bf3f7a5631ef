// How orders reached the market and what that cost against the prices of their decisions.

import type { ExecutionFacts, RunResult } from '../../engine/research/result.ts';
import { allOrders, tradedIn, workedOrders } from '../execution.ts';
import { bps, count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from './numbers.ts';
import { rulesTable } from './rules.ts';
import { type TableColumn, table } from './table.ts';

/** Shortfall by algorithm, who took whom, liquidations, and the rules that all of it rests on. */
export function executionSection(result: RunResult): Html {
  return html`${liquidations(result)}${shortfall(result)}
${rulesTable(result.facts.config)}`;
}

function liquidations({ facts }: RunResult): Html | null {
  const n = facts.liquidations;
  if (n === 0) return null;
  return html`<p class="callout"><b>${some(n, 'position was', 'positions were')} liquidated</b> for want of margin: the venue closed them and took its fee.</p>
`;
}

function shortfall(result: RunResult): Html {
  const rows = workedOrders(result.facts);
  if (rows.length === 0) return html`<p class="remark">No order was sent.</p>`;
  const all = rows.length > 1 ? [...rows, allOrders(rows, 'all')] : rows;
  return html`<p><b>Implementation shortfall</b> (Perold 1988) is what orders cost against a paper trade of the whole wanted quantity at the price of the decision: drift until the fill (delay), half the spread, the impact of our own size, the fee, and drift over what did not fill (missed). Positive is paid, negative gained; <code>exit</code> is a market order that closes a position.</p>
${table('Shortfall by the way in which orders were worked, USD and bps of paper notional', COLUMNS, all)}
<p class="remark">Stops, targets and liquidations have no decision to be compared with and are not in this table. ${makerWords(result)}</p>`;
}

const COLUMNS: readonly TableColumn<ExecutionFacts>[] = [
  { title: 'Worked as', kind: 'text', cell: (row) => row.algorithm },
  { title: 'Orders', kind: 'number', cell: (row) => count(row.parents) },
  { title: 'Fills', kind: 'number', cell: (row) => count(row.fills) },
  { title: 'Paper notional', kind: 'number', cell: (row) => count(row.paperUsd) },
  {
    title: 'Filled',
    kind: 'number',
    cell: (row) => percent(row.paperUsd > 0 ? row.filledPaperUsd / row.paperUsd : null),
  },
  paid('Delay', (row) => row.delayUsd),
  paid('Spread', (row) => row.spreadUsd),
  paid('Impact', (row) => row.impactUsd),
  paid('Fee', (row) => row.feeUsd),
  paid('Missed', (row) => row.missedUsd),
  paid('Total', (row) => row.totalUsd),
];

/** A cost in USD, with the bps of paper notional below. */
function paid(title: string, pick: (row: ExecutionFacts) => number): TableColumn<ExecutionFacts> {
  const share = (row: ExecutionFacts) => (row.paperUsd > 0 ? pick(row) / row.paperUsd : null);
  const cell = (row: ExecutionFacts) =>
    html`${decimal(pick(row))}<small class="below">${bps(share(row))}</small>`;
  return { title, kind: 'number', cell };
}

function makerWords({ fills }: RunResult): string {
  const { notionalUsd, makerFills, makerUsd } = tradedIn(fills);
  if (fills.length === 0) return 'Nothing was filled.';
  if (makerFills === 0) return `None of ${some(fills.length, 'fill')} was a maker fill.`;
  const share = notionalUsd > 0 ? makerUsd / notionalUsd : null;
  return `Of ${some(fills.length, 'fill')} ${count(makerFills)} (${percent(makerFills / fills.length)}, by notional ${percent(share)}) were maker fills: our limit was taken.`;
}
