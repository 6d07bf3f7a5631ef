// Best and worst trades, and how far price went against trades and in their favour before they ended.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { TradeRecord } from '../../engine/research/record.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { quantile } from '../../engine/statistics/moments.ts';
import { count, decimal, percent, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter, SvgShape } from '../plot.ts';
import { percentTick } from './charts.ts';
import { axes, type Frame, figure, frames, type NumberAxis, padded } from './figure.ts';
import { legNamer } from './legs.ts';
import { held } from './numbers.ts';
import { type TableColumn, table } from './table.ts';

const MOST = 5;
/** Dots of a chart; of more trades every so manieth is drawn. */
const MOST_DOTS = 600;
const SIGNED = { digits: 2, sign: true } as const;

interface Row {
  readonly trade: Trade;
  readonly number: number;
  readonly record: TradeRecord | undefined;
}

export function extremesTables(result: RunResult): Html | null {
  const { trades, record } = result;
  const rows = trades.map((trade, k): Row => ({ trade, number: k + 1, record: record.origins[k] }));
  if (rows.length === 0) return null;
  const by = rows.sort((a, b) => b.trade.pnlUsd - a.trade.pnlUsd || a.number - b.number);
  const best = by.slice(0, MOST).filter(({ trade }) => trade.pnlUsd > 0);
  const worst = by
    .slice(-MOST)
    .filter(({ trade }) => trade.pnlUsd <= 0)
    .reverse();
  const columns = columnsOf(result);
  return html`${best.length > 0 && table('Best trades', columns, best)}${worst.length > 0 && table('Worst trades', columns, worst)}`;
}

function columnsOf({ facts }: RunResult): TableColumn<Row>[] {
  const nameOf = legNamer(facts);
  return [
    {
      title: '#',
      kind: 'text',
      cell: ({ number }) =>
        html`<a href="#trades" data-trade="${String(number)}">${count(number)}</a>`,
    },
    { title: 'Symbol', kind: 'text', cell: ({ trade }) => nameOf(trade) },
    { title: 'Side', kind: 'text', cell: ({ trade }) => trade.side },
    { title: 'Entry', kind: 'text', cell: ({ trade }) => utcMinute(trade.entryMs) },
    { title: 'Held h:mm', kind: 'number', cell: ({ trade }) => held(trade.exitMs - trade.entryMs) },
    { title: 'Exit by', kind: 'text', cell: ({ trade }) => trade.exitReason },
    {
      title: 'P&L USD',
      kind: 'number',
      cell: ({ trade }) => decimal(trade.pnlUsd, SIGNED),
      isSigned: true,
    },
    { title: 'Return', kind: 'number', cell: ({ trade }) => percent(trade.returnFraction, SIGNED) },
    { title: 'Worst', kind: 'number', cell: ({ record }) => percent(record?.maeFraction, SIGNED) },
    { title: 'Best', kind: 'number', cell: ({ record }) => percent(record?.mfeFraction, SIGNED) },
  ];
}

interface Median {
  readonly of: string;
  readonly trades: number;
  readonly mae: number | null;
  readonly mfe: number | null;
  readonly ended: number | null;
}

/** Two clouds: the worst of each trade, and its best, against how it ended. */
export function excursionFigures({ trades, record }: RunResult, plotter: Plotter): Html {
  const rows = trades.flatMap((trade, k) => {
    const origin = record.origins[k];
    return origin === undefined || trade.exitReason === 'open' ? [] : [{ trade, origin }];
  });
  if (rows.length < 2) return html``;
  const median = (of: string, own: typeof rows): Median => ({
    of,
    trades: own.length,
    mae: quantile(
      own.map(({ origin }) => origin.maeFraction),
      0.5,
    ),
    mfe: quantile(
      own.map(({ origin }) => origin.mfeFraction),
      0.5,
    ),
    ended: quantile(
      own.map(({ trade }) => trade.returnFraction),
      0.5,
    ),
  });
  const won = median(
    'winners',
    rows.filter(({ trade }) => trade.pnlUsd > 0),
  );
  const lost = median(
    'losers',
    rows.filter(({ trade }) => trade.pnlUsd <= 0),
  );
  const medians = table<Median>(
    'Medians of closed trades, of the entry price',
    [
      { title: 'Of', kind: 'text', cell: ({ of }) => of },
      { title: 'Trades', kind: 'number', cell: (row) => count(row.trades) },
      { title: 'Worst', kind: 'number', cell: ({ mae }) => percent(mae, SIGNED) },
      { title: 'Best', kind: 'number', cell: ({ mfe }) => percent(mfe, SIGNED) },
      { title: 'Ended at', kind: 'number', cell: ({ ended }) => percent(ended, SIGNED) },
    ],
    [won, lost],
  );
  const step = Math.ceil(rows.length / MOST_DOTS);
  const shown = rows.filter((_, k) => k % step === 0);
  const cloud = (title: string, words: string, pick: (origin: TradeRecord) => number) => {
    const dots = shown.map(({ trade, origin }): Dot => [pick(origin), trade.returnFraction]);
    return figure({ title, words }, frames(240, 220, 520), (frame) =>
      drawCloud(dots, frame, plotter),
    );
  };
  const legend = html`<p class="legend"><span><i class="key won-dot"></i>gained</span> <span><i class="key cross"></i>lost</span> across: excursion, up: return of the trade${step > 1 && html`; one trade in ${count(step)} is drawn`}</p>`;
  return html`<div class="pairs">${cloud(
    'Furthest against (MAE)',
    `Half of the winners were never further under water than ${percent(won.mae, SIGNED)}: a stop nearer than that would have ended them.`,
    ({ maeFraction }) => maeFraction,
  )}${cloud(
    'Furthest in favour (MFE)',
    `Half of the losers had been ${percent(lost.mfe, SIGNED)} or more ahead before they lost.`,
    ({ mfeFraction }) => mfeFraction,
  )}</div>${legend}${medians}`;
}

type Dot = readonly [across: number, up: number];

function drawCloud(dots: readonly Dot[], frame: Frame, plotter: Plotter): Html {
  const span = (at: 0 | 1) => {
    const values = [...dots.map((dot) => dot[at]), 0];
    return padded(Math.min(...values), Math.max(...values), 0.06);
  };
  const axis: NumberAxis = { domain: span(1), label: percentTick };
  const { x: _, ...options } = axes(frame, [0, 1], axis);
  const cloud: Markish = plotter.mark(({ x, y }) => {
    let [won, lost] = ['', ''];
    for (const [across, up] of dots) {
      const at = `M${tenth(x(across))},${tenth(y(up))}`;
      if (up > 0) won += `${at}h0`;
      else lost += `${at}m-2-2l4,4m0-4l-4,4`;
    }
    const paths: SvgShape[] = [
      { tag: 'path', attributes: { class: 'dots lost', d: lost } },
      { tag: 'path', attributes: { class: 'dots won', d: won } },
    ];
    return { tag: 'g', attributes: {}, children: paths };
  });
  const { Plot } = plotter;
  const zero = { stroke: 'currentColor', strokeOpacity: 0.4 };
  return plotter.svg(
    {
      ...options,
      x: {
        type: 'linear',
        domain: span(0),
        label: null,
        ticks: frame.width < 400 ? 4 : 6,
        tickSize: 0,
        tickFormat: (value: number) => percent(value),
      },
      marks: [Plot.ruleY([0], zero), Plot.ruleX([0], zero), cloud],
    },
    frame.className,
  );
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
