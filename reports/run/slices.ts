// P&L cut by what is known of each closed trade: its side, hour of entry, regime, exit.

import { HOUR_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { count, decimal, percent, shortUsd } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Plotter } from '../plot.ts';
import { barFigure } from './charts.ts';
import { regimeNamer, UNKNOWN } from './regimes.ts';
import { type TableColumn, table } from './table.ts';

export interface Slice {
  readonly name: string;
  trades: number;
  wins: number;
  pnlUsd: number;
  feesUsd: number;
  slippageUsd: number;
  fundingUsd: number;
  returnSum: number;
}

/** Trades by name, in the order in which names appear unless `names` gives one. */
export function slice(
  trades: readonly Trade[],
  nameOf: (trade: Trade) => string,
  names: readonly string[] = [],
): Slice[] {
  const empty = { trades: 0, wins: 0, pnlUsd: 0, feesUsd: 0, slippageUsd: 0, fundingUsd: 0 };
  const slices = new Map<string, Slice>(
    names.map((name) => [name, { name, ...empty, returnSum: 0 }]),
  );
  for (const trade of trades) {
    const name = nameOf(trade);
    const one = slices.get(name) ?? { name, ...empty, returnSum: 0 };
    slices.set(name, one);
    one.trades++;
    if (trade.pnlUsd > 0) one.wins++;
    one.pnlUsd += trade.pnlUsd;
    one.feesUsd += trade.feesUsd;
    one.slippageUsd += trade.slippageUsd;
    one.fundingUsd += trade.fundingUsd;
    one.returnSum += trade.returnFraction;
  }
  return [...slices.values()];
}

const SIGNED = { digits: 2, sign: true } as const;

/** A table of slices; `what` heads the column of names. */
export function slicesTable(caption: string, what: string, slices: readonly Slice[]): Html {
  const money = (title: string, pick: (one: Slice) => number): TableColumn<Slice> => {
    return { title, kind: 'number', cell: (one) => decimal(pick(one), SIGNED), isSigned: true };
  };
  const paid = (title: string, pick: (one: Slice) => number): TableColumn<Slice> => {
    return { title, kind: 'number', cell: (one) => decimal(pick(one)) };
  };
  return table<Slice>(
    caption,
    [
      { title: what, kind: 'text', cell: ({ name }) => name },
      { title: 'Trades', kind: 'number', cell: (one) => count(one.trades) },
      {
        title: 'Win rate',
        kind: 'number',
        cell: (one) => percent(one.trades > 0 ? one.wins / one.trades : null),
      },
      money('P&L USD', (one) => one.pnlUsd),
      {
        title: 'Mean return',
        kind: 'number',
        cell: (one) => percent(one.trades > 0 ? one.returnSum / one.trades : null, SIGNED),
      },
      paid('Fees USD', (one) => one.feesUsd),
      paid('Slippage USD', (one) => one.slippageUsd),
      money('Funding USD', (one) => one.fundingUsd),
    ],
    slices,
  );
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));

/** UTC hour of the entry, two digits. */
export function hourOf({ entryMs }: Trade): string {
  return HOURS[Math.floor(entryMs / HOUR_MS) % 24]!;
}

/** Side, regime and hour. */
export function slicesOf(result: RunResult, plotter: Plotter): Html {
  const closed = result.trades.filter(({ exitReason }) => exitReason !== 'open');
  if (closed.length === 0)
    return html`<p class="remark">No trade closed: there is no P&amp;L to divide.</p>`;
  const regimes = slice(closed, regimeNamer(result)).sort((a, b) =>
    a.name === UNKNOWN ? 1 : b.name === UNKNOWN ? -1 : a.name < b.name ? -1 : 1,
  );
  return html`${slicesTable(
    'Long and short, closed trades',
    'Side',
    slice(closed, ({ side }) => side, ['long', 'short']),
  )}
${slicesTable('The market before the entry: its direction and daily moves over the seven days before', 'Regime', regimes)}
${hoursFigure(closed, plotter)}`;
}

function hoursFigure(closed: readonly Trade[], plotter: Plotter): Html {
  const hours = slice(closed, hourOf, HOURS);
  const by = [...hours].sort((a, b) => b.pnlUsd - a.pnlUsd);
  const [best, worst] = [by[0]!, by.at(-1)!];
  return barFigure(
    {
      text: {
        title: 'P&L by UTC hour of entry',
        words: `Best ${best.name}:00 (${shortUsd(best.pnlUsd)} USD in ${count(best.trades)} trades), worst ${worst.name}:00 (${shortUsd(worst.pnlUsd)} USD in ${count(worst.trades)}).`,
        table: slicesTable('Closed trades by UTC hour of entry', 'Hour', hours),
      },
      bars: hours.map(({ name, pnlUsd, trades }) => ({
        label: name,
        value: pnlUsd,
        title: `${name}:00: ${decimal(pnlUsd, SIGNED)} USD, ${count(trades)} trades`,
      })),
      label: (value, digits) => decimal(value, { digits }),
      isSigned: true,
      isWide: true,
    },
    plotter,
  );
}
