// Who and what the result came from: agents, symbols, and the ways in which trades ended.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { decidesAlone } from '../verdict.ts';
import { legNamer } from './legs.ts';
import { type TableColumn, table } from './table.ts';

const SIGNED = { digits: 2, sign: true } as const;

/** A column of whole numbers. */
function counted<Row>(title: string, pick: (row: Row) => number): TableColumn<Row> {
  return { title, kind: 'number', cell: (row) => count(pick(row)) };
}

/** A column of signed money, coloured by its sign. */
function money<Row>(title: string, pick: (row: Row) => number): TableColumn<Row> {
  return { title, kind: 'number', cell: (row) => decimal(pick(row), SIGNED), isSigned: true };
}

function winRate<Row extends { trades: number; wins: number }>(): TableColumn<Row> {
  return {
    title: 'Win rate',
    kind: 'number',
    cell: ({ trades, wins }) => percent(trades > 0 ? wins / trades : null),
  };
}

/** The agents, by what they are credited with. */
export function agentsTable(facts: RunFacts): Html {
  const { agents } = facts;
  if (decidesAlone(facts)) {
    return html`<p class="remark">${facts.strategy} decides alone: there are no votes to count.</p>`;
  }
  type Agent = (typeof agents)[number];
  const columns: TableColumn<Agent>[] = [
    { title: 'Agent', kind: 'text', cell: (agent) => agent.id },
    { title: 'Weight', kind: 'number', cell: (agent) => decimal(agent.weight) },
    counted('BUY', (agent) => agent.buys),
    counted('SELL', (agent) => agent.sells),
    counted('HOLD', (agent) => agent.holds),
    counted('Abstained', (agent) => agent.abstentions),
    counted('Vetoes', (agent) => agent.vetoes),
    counted('Trades', (agent) => agent.trades),
    winRate(),
    money('Credited USD', (agent) => agent.pnlUsd),
  ];
  return table(
    'Agents: what they said, and their share of the P&L of the entries they voted for',
    columns,
    [...agents].sort((a, b) => b.pnlUsd - a.pnlUsd),
  );
}

/** The symbols, in the order of the run. */
export function symbolsTable(facts: RunFacts): Html {
  const nameOf = legNamer(facts);
  type Symbol = RunFacts['symbols'][number];
  const columns: TableColumn<Symbol>[] = [
    { title: 'Symbol', kind: 'text', cell: nameOf },
    counted('Trades', (symbol) => symbol.trades),
    winRate(),
    money('P&L USD', (symbol) => symbol.pnlUsd),
    { title: 'Fees USD', kind: 'number', cell: (symbol) => decimal(symbol.feesUsd) },
    { title: 'Slippage USD', kind: 'number', cell: (symbol) => decimal(symbol.slippageUsd) },
    money('Funding USD', (symbol) => symbol.fundingUsd),
    {
      title: 'Price change',
      kind: 'number',
      cell: (symbol) => percent(symbol.buyAndHoldReturn, SIGNED),
    },
  ];
  return table('Symbols: closed trades, after fees and funding', columns, facts.symbols);
}

interface ExitRow {
  readonly reason: string;
  trades: number;
  wins: number;
  pnlUsd: number;
  returnSum: number;
}

/** How trades ended, most frequent first. */
export function exitsTable({ trades }: RunResult): Html | null {
  if (trades.length === 0) return null;
  const columns: TableColumn<ExitRow>[] = [
    { title: 'Exit', kind: 'text', cell: (row) => exitWords(row.reason) },
    counted('Trades', (row) => row.trades),
    winRate(),
    money('P&L USD', (row) => row.pnlUsd),
    {
      title: 'Mean return',
      kind: 'number',
      cell: (row) => percent(row.returnSum / row.trades, SIGNED),
    },
  ];
  return table('How trades ended', columns, exitRows(trades));
}

function exitRows(trades: readonly Trade[]): ExitRow[] {
  const byReason = new Map<string, ExitRow>();
  for (const { exitReason: reason, pnlUsd, returnFraction } of trades) {
    const row = byReason.get(reason) ?? { reason, trades: 0, wins: 0, pnlUsd: 0, returnSum: 0 };
    byReason.set(reason, row);
    row.trades++;
    if (pnlUsd > 0) row.wins++;
    row.pnlUsd += pnlUsd;
    row.returnSum += returnFraction;
  }
  return [...byReason.values()].sort((a, b) => b.trades - a.trades);
}

/** `open` is not an exit: the run ended first. */
function exitWords(reason: string): string {
  return reason === 'open' ? 'still open' : reason;
}
