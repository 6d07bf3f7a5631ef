// What else could have come of a run: a table of where it lies, and sentences that say what that does
// and does not mean. The same lines on the terminal and on a page.

import type { SizedGrowth, TradeSizes } from '../engine/research/monte-carlo/sizes.ts';
import type { Spread } from '../engine/research/monte-carlo/spread.ts';
import type { MonteCarloKind } from '../engine/research/monte-carlo.ts';
import { count, decimal, percent, plainName, probability, shortDigest } from './format.ts';
import { html } from './html.ts';
import { some } from './run/numbers.ts';
import { page } from './run/page.ts';
import { table } from './run/table.ts';
import { wrap } from './table.ts';

/** One table: what was dealt, and the figures of that. */
export interface Dealt {
  readonly title: string;
  readonly spreads: readonly Spread[];
}

export interface MonteCarloView {
  readonly name: string;
  readonly digest: string;
  readonly kind: MonteCarloKind;
  readonly count: number;
  readonly seed: number;
  /** Candles kept together on average; null unless markets were dealt. */
  readonly meanBlock: number | null;
  /** Closed trades of the run. */
  readonly trades: number;
  readonly dealt: readonly Dealt[];
  /** What the trades say of their size; null of other kinds, and where no trade lost or none gained. */
  readonly sizes: TradeSizes | null;
  /** Total return of the run itself, a fraction. */
  readonly totalReturn: number;
}

const WIDTH = 100;
const NAMES = {
  totalReturn: 'total return',
  maxDrawdown: 'max drawdown',
  sharpe: 'Sharpe ratio',
} as const;

/** A share of resamples outside of which a result is said to stand out. */
const RARE = 0.05;

/** Plain sentences, the answer first. */
export function monteCarloWords(view: MonteCarloView): string[] {
  const [first] = view.dealt;
  const end = first?.spreads.find(({ figure }) => figure === 'totalReturn');
  if (view.trades === 0) return ['The run closed no trade: there is nothing to deal again.'];
  if (end === undefined)
    return ['No figure is defined for every resample: nothing can be compared.'];
  const answer = { trades: tradeWords, candles: candleWords, entries: entryWords }[view.kind];
  return [
    ...answer(view, end),
    ...(view.sizes === null ? [] : sizeWords(view.sizes)),
    'One run is looked at here: how many others were tried before it, and whether it is the best of them, is for the verdict of a sweep.',
  ];
}

function range({ p5, p95 }: Spread): string {
  return `${signed(p5)} and ${signed(p95)}`;
}

const signed = (fraction: number) => percent(fraction, { sign: true });

function tradeWords({ dealt, trades }: MonteCarloView, end: Spread): string[] {
  const order = dealt[1]?.spreads[0];
  const sign = end.p5 > 0 ? 'none of that range loses money' : 'that range holds losses';
  return [
    `Drawn anew from the run's ${some(trades, 'trade')}, nine of ten histories end between ${range(end)}: ${sign}.`,
    ...(order === undefined
      ? []
      : [
          `The same trades in another order fall by ${percent(-order.p50)} in the middle case and by ${percent(-order.p5)} in one of twenty; the run fell by ${percent(-order.real)}, less than in ${percent(order.rank, { digits: 0 })} of orders.`,
        ]),
    'Trades are dealt as if none knew of the others and one followed the other: where wins and losses come in runs, or positions overlap, the truth is wider.',
  ];
}

/** Trades that growth is told for. */
const HUNDRED = 100;

function sizeWords({ winRate, gain, loss, kelly, kellyContinuous }: TradeSizes): string[] {
  const bet = `As a bet, a trade gains ${percent(gain, { digits: 2 })} of equity with probability ${decimal(winRate)} and else loses ${percent(loss, { digits: 2 })}`;
  if (!(kelly > 0)) return [`${bet}: no size of it grows.`];
  return [
    `${bet}: it would have grown fastest at ${decimal(kelly)} times the sizes traded (Kelly; ${decimal(kellyContinuous)} by mean and variance of all trades).`,
    'That is the size for an edge that is known. Of one that was found half may be luck, and then it is twice too large, where nothing grows: half of it or less.',
  ];
}

const SIZE_HEAD = ['', 'times', 'of 100 trades'] as const;
const SIZE_NAMES = ['as traded', 'half Kelly', 'Kelly', 'twice Kelly'] as const;

function sizeCells({ multiple, growth }: SizedGrowth, k: number): string[] {
  const hundred = (1 + growth) ** HUNDRED - 1;
  return [SIZE_NAMES[k]!, decimal(multiple), signed(hundred)];
}

function candleWords(view: MonteCarloView, end: Spread): string[] {
  const block = `runs of ${count(view.meanBlock)} candles on average`;
  const place = `The run ${signed(end.real)} is better than ${percent(end.rank, { digits: 0 })} of ${count(end.count)} markets made of the same candles in ${block}; nine of ten of those end between ${range(end)}.`;
  const meaning =
    end.rank >= 1 - RARE
      ? 'It stands out: it lives on stretches longer than such a run, or on the one order in which the market came. Expect the middle of the table rather than the run, unless long trends are what it is for.'
      : end.rank <= RARE
        ? 'It stands out to the bad: the order in which the market came was against it, or what it follows is shorter than such a run.'
        : 'It is what such markets usually give.';
  return [
    place,
    meaning,
    'The candles are the same, so their drift is too: that all markets end well proves no skill where holding would have done the same.',
  ];
}

function entryWords({ trades }: MonteCarloView, end: Spread): string[] {
  const place = `Of ${count(end.count)} runs that entered the same ${some(trades, 'trade')} at random times, ${percent(end.p, { digits: 1 })} did as well or better (p ${probability(end.p)}); nine of ten ended between ${range(end)}.`;
  const meaning =
    end.p < RARE
      ? 'The timing of the entries earned more than the market, the sides taken and the exits alone.'
      : 'The timing of the entries cannot be told from chance: the market, the sides taken and the exits alone do as much.';
  return [
    place,
    meaning,
    `The run is held against the random ones as ${signed(end.real)}: its entries carried out in the same way, with the same sizes and holding times.`,
  ];
}

function cells({ figure, real, p5, p50, p95, rank, count: of }: Spread): string[] {
  const value = (one: number) =>
    figure === 'sharpe' ? decimal(one, { sign: true }) : percent(one, { sign: true });
  return [
    NAMES[figure],
    ...[real, p5, p50, p95].map(value),
    `${percent(rank, { digits: 1 })} of ${count(of)}`,
  ];
}

const HEAD = ['', 'run', '5 %', 'median', '95 %', 'better than'] as const;

/** The lines of the screen. */
export function monteCarloScreen(view: MonteCarloView): string {
  const lines = [titleOf(view)];
  for (const { title, spreads } of view.dealt) {
    lines.push('', title, row([...HEAD]), ...spreads.map((spread) => row(cells(spread))));
  }
  if (view.sizes !== null) {
    lines.push('', 'the same bet at other sizes', sizeRow([...SIZE_HEAD]));
    lines.push(...view.sizes.growths.map((one, k) => sizeRow(sizeCells(one, k))));
  }
  lines.push('', ...monteCarloWords(view).flatMap((text) => wrap(text, WIDTH)));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function row([name = '', ...rest]: readonly string[]): string {
  const last = rest.pop() ?? '';
  return `  ${name.padEnd(14)}${rest.map((text) => text.padStart(12)).join('')}${last.padStart(20)}`;
}

function sizeRow([name = '', ...rest]: readonly string[]): string {
  return `  ${name.padEnd(14)}${rest.map((text) => text.padStart(16)).join('')}`;
}

function titleOf({ name, digest, kind, count: resamples, seed }: MonteCarloView): string {
  return `monte-carlo of ${kind}: ${plainName(name)} ${shortDigest(digest)}, ${count(resamples)} times, seed ${seed}`;
}

/** The page as text. The same view gives the same bytes. */
export async function renderMonteCarlo(view: MonteCarloView): Promise<string> {
  const tables = view.dealt.map(({ title, spreads }) =>
    table<readonly string[]>(
      title,
      HEAD.map((head, at) => ({
        title: head === '' ? 'Figure' : head,
        kind: at === 0 ? ('text' as const) : ('number' as const),
        cell: (one) => one[at]!,
      })),
      spreads.map(cells),
    ),
  );
  if (view.sizes !== null) {
    const cells = view.sizes.growths.map(sizeCells);
    tables.push(
      table<readonly string[]>(
        'the same bet at other sizes: growth of the account',
        SIZE_HEAD.map((head, at) => ({
          title: head === '' ? 'Size' : head,
          kind: at === 0 ? ('text' as const) : ('number' as const),
          cell: (one) => one[at]!,
        })),
        cells,
      ),
    );
  }
  const words = monteCarloWords(view).map((text) => html`<p>${text}</p>\n`);
  return page(
    `${view.name}: what else could have come of it`,
    html`<header><h1>${titleOf(view)}</h1></header>
<main><section aria-label="Answer">${words}</section>
<section aria-label="Numbers">${tables}
<p class="remark">5 %, median and 95 % are quantiles of the resamples; better than: the share of resamples that came out worse than the run, equal ones counting half. Of drawdowns the shallower one is better.</p></section></main>`,
  );
}
