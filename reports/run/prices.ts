// The price of each leg with what was done on it. The price is thinned like every curve; markers
// that would fall on the same spot are drawn once.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { LegPrices, RunResult } from '../../engine/research/result.ts';
import { count, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { curve } from './curve.ts';
import {
  axes,
  type Frame,
  figure,
  frames,
  innerWidth,
  labelWidth,
  type NumberAxis,
  padded,
} from './figure.ts';
import { legNamer } from './legs.ts';
import { isCrowded, markers, spans } from './markers.ts';
import { some } from './numbers.ts';

/** Charts on the page; the legs with the most trades come first. */
const MOST_LEGS = 12;
/** From this many on they stand two in a row. */
const PAIRED_FROM = 4;

interface LegChart {
  readonly prices: LegPrices;
  readonly trades: readonly Trade[];
  /** Rows that hold a candle: first and last; first is -1 when there is none. */
  readonly first: number;
  readonly last: number;
  readonly low: number;
  readonly high: number;
}

/** A figure for each leg. */
export function priceFigures(result: RunResult, plotter: Plotter): Html {
  const nameOf = legNamer(result.facts);
  const all = result.prices.map((prices, leg) =>
    chartOf(
      prices,
      result.trades.filter((trade) => trade.leg === leg),
    ),
  );
  const charts =
    all.length <= MOST_LEGS
      ? all
      : [...all].sort((a, b) => b.trades.length - a.trades.length).slice(0, MOST_LEGS);
  const isPaired = charts.length >= PAIRED_FROM;
  const shapes = isPaired ? frames(220, 200, 500) : frames(260, 220);
  const left = all.length - charts.length;
  return html`<p class="legend">${KEYS}</p>
<div class="${isPaired ? 'pairs' : ''}">${charts.map((chart) =>
    figure({ title: nameOf(chart.prices), words: words(chart) }, shapes, (frame) =>
      draw(chart, charts, result, frame, plotter),
    ),
  )}</div>${
    left > 0 &&
    html`<p class="remark">${some(left, 'more symbol has', 'more symbols have')} no chart here: these ${count(MOST_LEGS)} have the most trades. The tables below have them all.</p>`
  }`;
}

const KEYS = html`<span><i class="key up-triangle"></i>long entry</span> <span><i class="key down-triangle"></i>short entry</span> <span><i class="key cross"></i>exit</span> <span><i class="key long-span"></i>long held</span> <span><i class="key short-span"></i>short held</span>`;

function chartOf(prices: LegPrices, trades: readonly Trade[]): LegChart {
  const { close } = prices;
  let first = -1;
  let last = -1;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < close.length; row++) {
    const value = close[row]!;
    if (value !== value) continue;
    if (first < 0) first = row;
    last = row;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  for (const trade of trades) {
    low = Math.min(low, trade.entryPrice, trade.exitPrice);
    high = Math.max(high, trade.entryPrice, trade.exitPrice);
  }
  return { prices, trades, first, last, low, high };
}

function words({ prices, trades, first, last }: LegChart): string {
  if (first < 0) return 'No candles in this span.';
  const { close } = prices;
  const moved = percent(close[last]! / close[first]! - 1, { digits: 2, sign: true });
  const long = trades.filter((trade) => trade.side === 'long').length;
  const done =
    trades.length === 0
      ? 'No trades.'
      : `${some(trades.length, 'trade')}: ${count(long)} long, ${count(trades.length - long)} short.`;
  return `Price ${moved}. ${done}`;
}

function axisOf({ low, high }: LegChart): NumberAxis {
  return { domain: padded(low, high, 0.06) };
}

/** `charts` are all that stand together: their time axes begin at the same pixel. */
function draw(
  chart: LegChart,
  charts: readonly LegChart[],
  result: RunResult,
  frame: Frame,
  plotter: Plotter,
): Html {
  const { prices, trades } = chart;
  const { fromMs, toMs } = result.facts.data;
  const y = axisOf(chart);
  const { closeMs, length } = result.equity;
  // A line of one point would not be seen.
  const alone = chart.first >= 0 && chart.first === chart.last ? [chart.first] : [];
  const marks: Markish[] = [
    plotter.mark((scales) => spans(trades, scales, y.domain, isCrowded(trades, frame))),
    curve(
      plotter,
      { ms: closeMs, value: prices.close, length },
      { className: 'price', columns: innerWidth(frame) },
    ),
    plotter.Plot.dot(alone, {
      x: (row: number) => closeMs[row],
      y: (row: number) => prices.close[row],
      r: 2.5,
      fill: 'var(--price)',
    }),
    plotter.mark((scales) => markers(trades, scales, frame)),
  ];
  const left = Math.max(...charts.map((one) => labelWidth(frame, axisOf(one))));
  const options = axes(frame, [fromMs, Math.max(toMs, fromMs + 1)], y, left);
  return plotter.svg({ ...options, marks }, frame.className);
}
