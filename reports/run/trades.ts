// The table of trades as it stands without scripts: all of them up to a bound, then the first and the
// last. With scripts client/table.js takes its place. Closing tags that HTML lets one leave out are left
// out: rows are most of the page.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { count, decimal, percent, utcMinute } from '../format.ts';
import { escapeText, type Html, html, raw } from '../html.ts';
import { type LegNamer, legNamer } from './legs.ts';
import { held, price, qty } from './numbers.ts';
import { scroller } from './table.ts';

/** Up to this many are all shown; beyond, half of it from each end. */
export const MOST_TRADES = 400;

const COLUMNS: readonly (readonly [title: string, kind: 'text' | 'number'])[] = [
  ['#', 'number'],
  ['Symbol', 'text'],
  ['Side', 'text'],
  ['Entry', 'text'],
  ['Exit', 'text'],
  ['Held h:mm', 'number'],
  ['Qty', 'number'],
  ['Entry price', 'number'],
  ['Exit price', 'number'],
  ['P&L USD', 'number'],
  ['Return', 'number'],
  ['Fees USD', 'number'],
  ['Funding USD', 'number'],
  ['Exit by', 'text'],
  ['Votes for it', 'text'],
];

/** The table, or the sentence that there is nothing to list. */
export function tradesTable(result: RunResult): Html {
  const { trades, facts } = result;
  if (trades.length === 0) return html`<p class="callout">No trades.</p>`;
  const nameOf = legNamer(facts);
  const row = (trade: Trade, at: number) => tradeRow(trade, at + 1, nameOf);
  const isCut = trades.length > MOST_TRADES;
  const half = MOST_TRADES / 2;
  const body = isCut
    ? [
        ...trades.slice(0, half).map(row),
        `<tr class="gap"><td colspan="${COLUMNS.length}">${count(trades.length - MOST_TRADES)} trades are left out here: trades.parquet beside this file has all of them\n`,
        ...trades.slice(-half).map((trade, at) => row(trade, trades.length - half + at)),
      ]
    : trades.map(row);
  const caption = isCut
    ? `The first ${count(half)} and the last ${count(half)} of ${count(trades.length)} trades; trades.parquet beside this file has all of them.`
    : `${count(trades.length)} ${trades.length === 1 ? 'trade' : 'trades'}, in the order in which they closed; P&L is after fees and funding.`;
  const head = COLUMNS.map(([title, kind]) => html`<th scope="col" class="${kind}">${title}</th>`);
  return scroller(
    caption,
    html`<table class="trades" aria-label="Trades"><thead><tr>${head}</tr></thead><tbody>${raw(body.join(''))}</tbody></table>`,
    'tall',
  );
}

function tradeRow(trade: Trade, number: number, nameOf: LegNamer): string {
  const isOpen = trade.exitReason === 'open';
  const cells = [
    escapeText(nameOf(trade)),
    trade.side,
    utcMinute(trade.entryMs),
    isOpen ? 'still open' : utcMinute(trade.exitMs),
    held(trade.exitMs - trade.entryMs),
    qty(trade.qty),
    price(trade.entryPrice),
    price(trade.exitPrice),
    decimal(trade.pnlUsd, SIGNED),
    percent(trade.returnFraction, SIGNED),
    decimal(trade.feesUsd),
    decimal(trade.fundingUsd, SIGNED),
    isOpen ? '' : trade.exitReason,
    escapeText(votesFor(trade)),
  ];
  const end = trade.pnlUsd > 0 ? 'won' : 'lost';
  return `<tr class="${end}"><th scope="row">${number}<td>${cells.join('<td>')}\n`;
}

const SIGNED = { digits: 2, sign: true } as const;

/** Agents behind the entry with their confidence; then those that voted the other way. */
function votesFor({ side, votes }: Trade): string {
  const direction = side === 'long' ? 1 : -1;
  const said = Object.entries(votes).filter(([, vote]) => vote !== 0);
  const list = (sign: number) =>
    said
      .filter(([, vote]) => vote * direction * sign > 0)
      .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
      .map(([id, vote]) => `${id} ${decimal(Math.abs(vote))}`)
      .join(', ');
  const against = list(-1);
  return against === '' ? list(1) : `${list(1)}; against: ${against}`;
}
