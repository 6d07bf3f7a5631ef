// Equity against buy-and-hold, and below it the drawdown on the same time axis. Curves start with
// the cash at the first open and are thinned, so that the worst moment of the run is on the page.

import { DAY_MS } from '../../engine/interval.ts';
import type { Column } from '../../engine/market/column.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { decimal, duration, percent, usd, utcDate, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { percentTick } from './charts.ts';
import { curve } from './curve.ts';
import {
  axes,
  type FigureText,
  type Frame,
  figure,
  frames,
  innerWidth,
  labelWidth,
  type NumberAxis,
  padded,
} from './figure.ts';
import { strips } from './strips.ts';
import { table } from './table.ts';

interface Curves {
  readonly result: RunResult;
  readonly time: readonly [number, number];
  /** Fall below the running peak at each row, <= 0. */
  readonly fall: Float64Array;
  /** Row of the deepest fall, -1 without one. */
  readonly deepest: number;
  readonly moneyAxis: NumberAxis;
  readonly fallAxis: NumberAxis;
}

/** Both figures; the first on a linear or a logarithmic scale, switched without a script. */
export function equityFigures(result: RunResult, plotter: Plotter): Html {
  const curves = curvesOf(result);
  const text: FigureText = {
    title: 'Equity against holding and against nothing',
    words: equityWords(result),
    legend: html`<span class="legend"><span><i class="key thick"></i>this run</span> <span><i class="key thin"></i>${result.facts.benchmark.name}</span> <span><i class="key flat"></i>flat</span></span>`,
  };
  const shapes = frames(270, 230, 740);
  const money = (isLog: boolean) =>
    figure(text, shapes, (frame) =>
      drawEquity(curves, { ...curves.moneyAxis, isLog }, frame, plotter),
    );
  const fall = figure(
    { title: 'Drawdown', words: drawdownWords(curves), table: equityTable(result, curves.fall) },
    frames(130, 120, 740),
    (frame) => drawFall(curves, frame, plotter),
  );
  if (!(curves.moneyAxis.domain[0] > 0)) return html`${money(false)}${fall}`;
  return html`<div class="switched"><span class="switch" role="radiogroup" aria-label="Scale of equity"><input type="radio" name="scale" id="scale-linear" checked><label for="scale-linear">linear</label><input type="radio" name="scale" id="scale-log"><label for="scale-log">log</label></span>
<div class="linear">${money(false)}</div><div class="log">${money(true)}</div></div>${fall}`;
}

function equityWords({ facts }: RunResult): string {
  const { finalEquityUsd, peakEquityUsd } = facts.statistics;
  const held = facts.cashUsd * (1 + facts.benchmark.totalReturn);
  return `From ${usd(facts.cashUsd)} to ${usd(finalEquityUsd)}, at most ${usd(peakEquityUsd)}; the benchmark ended at ${usd(held)}.`;
}

function drawdownWords({ result, deepest }: Curves): string {
  const { maxDrawdown, maxDrawdownMs } = result.facts.statistics;
  if (deepest < 0) return 'Equity never closed below its peak.';
  const when = utcDate(result.equity.closeMs[deepest]);
  return `Equity below its last peak: ${percent(maxDrawdown, { digits: 2 })} at worst, on ${when}; at longest ${duration(maxDrawdownMs)}.`;
}

function curvesOf(result: RunResult): Curves {
  const { equityUsd, benchmarkUsd, length } = result.equity;
  const { fromMs, toMs } = result.facts.data;
  const { cashUsd } = result.facts;
  const fall = new Float64Array(length);
  let peak = cashUsd;
  let low = cashUsd;
  let high = cashUsd;
  let deepest = -1;
  for (let row = 0; row < length; row++) {
    const equity = equityUsd[row]!;
    const benchmark = benchmarkUsd[row]!;
    if (equity > peak) peak = equity;
    fall[row] = equity / peak - 1;
    if (fall[row]! < (deepest < 0 ? 0 : fall[deepest]!)) deepest = row;
    if (equity < low) low = equity;
    if (equity > high) high = equity;
    if (benchmark < low) low = benchmark;
    if (benchmark > high) high = benchmark;
  }
  const worst = deepest < 0 ? -0.01 : fall[deepest]!;
  return {
    result,
    time: [fromMs, Math.max(toMs, fromMs + 1)],
    fall,
    deepest,
    moneyAxis: { domain: padded(low, high) },
    fallAxis: { domain: [worst * 1.15, 0], label: percentTick },
  };
}

function drawEquity(curves: Curves, axis: NumberAxis, frame: Frame, plotter: Plotter): Html {
  const { closeMs: ms, equityUsd, benchmarkUsd, length } = curves.result.equity;
  const { cashUsd } = curves.result.facts;
  const start = [curves.time[0], cashUsd] as const;
  const columns = innerWidth(frame);
  const line = (value: Column, className: string) =>
    curve(plotter, { ms, value, length }, { className, columns, start });
  const marks = [
    plotter.Plot.ruleY([cashUsd], {
      stroke: 'currentColor',
      strokeOpacity: 0.45,
      strokeDasharray: '4 3',
    }),
    line(benchmarkUsd, 'second'),
    line(equityUsd, 'first'),
  ];
  return draw(curves, axis, marks, frame, plotter);
}

function drawFall(curves: Curves, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const { fall, deepest, result, time } = curves;
  const { closeMs: ms, length } = result.equity;
  const marks: Markish[] = [
    curve(
      plotter,
      { ms, value: fall, length },
      { className: 'fall', area: 'fall-area', columns: innerWidth(frame), start: [time[0], 0] },
    ),
  ];
  if (deepest >= 0) {
    const worst: (readonly [number, number])[] = [
      [result.equity.closeMs[deepest]!, fall[deepest]!],
    ];
    const isRight = worst[0]![0] > (time[0] + time[1]) / 2;
    marks.push(
      Plot.dot(worst, { r: 3, fill: 'var(--down)' }),
      Plot.text(worst, {
        text: () => percent(fall[deepest], { digits: 2 }),
        textAnchor: isRight ? 'end' : 'start',
        dx: isRight ? -8 : 8,
        dy: 4,
        fill: 'currentColor',
        stroke: 'var(--page)',
        strokeWidth: 4,
        fontWeight: 600,
      }),
    );
  }
  return draw(curves, curves.fallAxis, marks, frame, plotter);
}

function draw(
  curves: Curves,
  axis: NumberAxis,
  marks: Markish[],
  frame: Frame,
  plotter: Plotter,
): Html {
  const { moneyAxis, fallAxis } = curves;
  const left = Math.max(labelWidth(frame, moneyAxis), labelWidth(frame, fallAxis));
  const all = frame.tooltips && !axis.isLog ? [...marks, readings(curves, axis, plotter)] : marks;
  return plotter.svg({ ...axes(frame, curves.time, axis, left), marks: all }, frame.className);
}

const BANDS = 120;

/** The values at the last row of each strip. */
function readings(curves: Curves, axis: NumberAxis, plotter: Plotter): Markish {
  const { closeMs, equityUsd, benchmarkUsd, length } = curves.result.equity;
  const words = (row: number) =>
    `${utcMinute(closeMs[row])} UTC\nequity ${decimal(equityUsd[row])}\n` +
    `benchmark ${decimal(benchmarkUsd[row])}\n` +
    `drawdown ${percent(curves.fall[row], { digits: 2 })}`;
  const { domain } = axis;
  return strips({ closeMs, length, time: curves.time, domain, count: BANDS, words }, plotter);
}

interface Period {
  readonly label: string;
  equityUsd: number;
  benchmarkUsd: number;
  fall: number;
}

/** Ends of UTC days, or of months where there are many days, with the deepest fall in each. */
function equityTable({ equity, facts }: RunResult, fall: Float64Array): Html | null {
  const { closeMs, equityUsd, benchmarkUsd, length } = equity;
  if (length === 0) return null;
  const byDay = closeMs[length - 1]! - closeMs[0]! <= MOST_DAYS * DAY_MS;
  const periods: Period[] = [];
  let untilMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < length; row++) {
    if (closeMs[row]! > untilMs) {
      // A close at midnight belongs to the day that ended.
      const at = new Date(closeMs[row]! - 1);
      const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
      untilMs = byDay ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
      const label = utcDate(closeMs[row]! - 1).slice(0, byDay ? 10 : 7);
      periods.push({ label, equityUsd: 0, benchmarkUsd: 0, fall: 0 });
    }
    const period = periods.at(-1)!;
    period.equityUsd = equityUsd[row]!;
    period.benchmarkUsd = benchmarkUsd[row]!;
    if (fall[row]! < period.fall) period.fall = fall[row]!;
  }
  const digits = 2;
  return table<Period>(
    `Equity at the end of each UTC ${byDay ? 'day' : 'month'}, and the deepest drawdown in it`,
    [
      { title: byDay ? 'Day' : 'Month', kind: 'text', cell: ({ label }) => label },
      { title: 'Equity USD', kind: 'number', cell: (row) => decimal(row.equityUsd) },
      { title: facts.benchmark.name, kind: 'number', cell: (row) => decimal(row.benchmarkUsd) },
      { title: 'Drawdown', kind: 'number', cell: (row) => percent(row.fall, { digits }) },
    ],
    periods,
  );
}

const MOST_DAYS = 62;
