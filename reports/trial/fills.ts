// Fills of the session beside the fills that the model makes of the same decisions: by cause, then pair
// by pair, the worst first. Positive errors are the session's loss: the model was too kind.

import { FILL_CAUSES, type FillCause, type FillPair } from '../../engine/research/fill-pairs.ts';
import type { ShadowFacts } from '../../engine/research/shadow.ts';
import { count, decimal, percent, utcMinute } from '../format.ts';
import { escapeText, type Html, html, raw } from '../html.ts';
import { price, qty, some } from '../run/numbers.ts';
import { scroller, table } from '../run/table.ts';
import { namedCell } from './cells.ts';
import { inBps } from './words.ts';

/** Up to this many pairs are listed. */
export const MOST_PAIRS = 1000;

/** Causes with what they mean, and the pairs. */
export function fillsSection(shadow: ShadowFacts): Html {
  const { fills } = shadow;
  if (fills.length === 0)
    return html`<p class="callout">No order was decided: there is nothing to pair.</p>`;
  return html`${causesTable(shadow)}${pairsTable(shadow)}`;
}

interface CauseRow {
  readonly cause: FillCause;
  readonly words: string;
  readonly orders: number;
  /** Of |errorBps|, over those that filled in both. */
  readonly medianBps: number | null;
  readonly worstBps: number | null;
  /** What the differences came to, USD; positive = worse for the session. */
  readonly worseUsd: number;
}

function causesTable({ causes, fills }: ShadowFacts): Html {
  const all = Object.values(causes).reduce((sum, n) => sum + n, 0);
  const rows = (Object.keys(FILL_CAUSES) as FillCause[]).map((cause): CauseRow => {
    const own = fills.filter((pair) => pair.cause === cause);
    const errors = own
      .map(({ errorBps }) => Math.abs(errorBps))
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    return {
      cause,
      words: FILL_CAUSES[cause],
      orders: causes[cause] ?? 0,
      medianBps: median(errors),
      worstBps: errors.at(-1) ?? null,
      worseUsd: own.reduce((sum, pair) => sum + (worseUsd(pair) ?? 0), 0),
    };
  });
  const none = rows.filter(({ orders }) => orders === 0).map(({ cause }) => cause);
  const shown = rows.filter(({ orders }) => orders > 0).sort((a, b) => b.orders - a.orders);
  return html`${table<CauseRow>(
    'Why fills of the session are not those of the model, most frequent cause first',
    [
      {
        title: 'Cause',
        kind: 'text',
        cell: ({ cause, words }) => namedCell(html`<code>${cause}</code>`, words),
      },
      { title: 'Orders', kind: 'number', cell: ({ orders }) => count(orders) },
      { title: 'Of all', kind: 'number', cell: ({ orders }) => percent(orders / all) },
      { title: 'Median error', kind: 'number', cell: ({ medianBps }) => inBps(medianBps) },
      { title: 'Largest error', kind: 'number', cell: ({ worstBps }) => inBps(worstBps) },
      {
        title: 'Worse by USD',
        kind: 'number',
        cell: (row) => decimal(row.worseUsd, { sign: true }),
      },
    ],
    shown,
  )}<p class="remark">An error is how much worse the session’s price was, of the model’s; “worse by” is that on the quantity that both filled, fees apart.${none.length > 0 && ` No order differs by: ${none.join(', ')}.`}</p>
`;
}

function median(sorted: readonly number[]): number | null {
  const n = sorted.length;
  if (n === 0) return null;
  return (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
}

/** Of what both filled, USD; null where one of them did not. */
function worseUsd({ errorBps, modelPrice, paperQty, modelQty }: FillPair): number | null {
  if (!Number.isFinite(errorBps)) return null;
  return (errorBps / 1e4) * modelPrice * Math.min(paperQty, modelQty);
}

/** What one side did not fill is worse than any error of price; then the larger error. */
function badness({ errorBps, paperQty, modelQty }: FillPair): number {
  if (Number.isFinite(errorBps)) return Math.abs(errorBps);
  return paperQty > 0 || modelQty > 0 ? Number.POSITIVE_INFINITY : -1;
}

function byBadness(a: FillPair, b: FillPair): number {
  const [x, y] = [badness(a), badness(b)];
  if (x !== y) return y > x ? 1 : -1;
  const size = notionalUsd(b) - notionalUsd(a);
  return size !== 0 ? size : a.decidedMs - b.decidedMs;
}

function notionalUsd({ paperQty, paperPrice, modelQty, modelPrice }: FillPair): number {
  if (paperQty > 0) return paperQty * paperPrice;
  return modelQty > 0 ? modelQty * modelPrice : 0;
}

// The look of the table of trades: its numbers stand in columns 6 to 13, its result in 10 and 11.
const COLUMNS: readonly (readonly [title: string, kind: 'text' | 'number'])[] = [
  ['#', 'number'],
  ['Symbol', 'text'],
  ['Side', 'text'],
  ['Order', 'text'],
  ['Decided, UTC', 'text'],
  ['Qty', 'number'],
  ['Model qty', 'number'],
  ['Price', 'number'],
  ['Model price', 'number'],
  ['Error bps', 'number'],
  ['Worse by USD', 'number'],
  ['After s', 'number'],
  ['Model after s', 'number'],
  ['Cause', 'text'],
];

function pairsTable({ fills }: ShadowFacts): Html {
  const venues = new Set(fills.map(({ venue }) => venue));
  const nameOf = ({ symbol, venue }: FillPair) =>
    venues.size > 1 ? `${symbol} (${venue})` : symbol;
  const sorted = [...fills].sort(byBadness);
  const shown = sorted.slice(0, MOST_PAIRS);
  const left = sorted.length - shown.length;
  const body = shown.map((pair, at) => pairRow(pair, at + 1, nameOf));
  if (left > 0) {
    const text = `${some(left, 'pair')} with smaller errors ${left === 1 ? 'is' : 'are'} left out here`;
    body.push(`<tr class="gap"><td colspan="${COLUMNS.length}">${text}\n`);
  }
  const caption = `${left > 0 ? `The worst ${count(shown.length)} of ` : ''}${some(sorted.length, 'order')} of the session and the model, worst first: what only one of them filled, then by size of error.`;
  const head = COLUMNS.map(([title, kind]) => html`<th scope="col" class="${kind}">${title}</th>`);
  return scroller(
    caption,
    html`<table class="trades" aria-label="Fills in pairs"><thead><tr>${head}</tr></thead><tbody>${raw(body.join(''))}</tbody></table>`,
    'tall',
  );
}

const SIGNED = { digits: 2, sign: true } as const;

function pairRow(pair: FillPair, number: number, nameOf: (pair: FillPair) => string): string {
  const { decidedMs, errorBps } = pair;
  const after = (ms: number) => decimal((ms - decidedMs) / 1000, { digits: 1 });
  const filled = (size: number) => (size > 0 ? qty(size) : 'none');
  const cells = [
    escapeText(nameOf(pair)),
    pair.side > 0 ? 'buy' : 'sell',
    escapeText(pair.purpose),
    utcMinute(decidedMs),
    filled(pair.paperQty),
    filled(pair.modelQty),
    price(pair.paperPrice),
    price(pair.modelPrice),
    decimal(errorBps, { digits: 1, sign: true }),
    decimal(worseUsd(pair), SIGNED),
    after(pair.paperMs),
    after(pair.modelMs),
    escapeText(pair.cause),
  ];
  const tone = errorBps > 0 ? 'lost' : errorBps < 0 ? 'won' : '';
  return `<tr class="${tone}"><th scope="row">${number}<td>${cells.join('<td>')}\n`;
}
