// Equity against buy-and-hold, and below it the drawdown on the same time axis. Curves start with
// the cash at the first open and are thinned, so that the worst moment of the run is on the page.

import type { Column } from '../../engine/market/column.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { decimal, duration, percent, usd, utcDate, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter, SvgShape } from '../plot.ts';
import { thinRows } from '../thin.ts';
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

/** A point of a curve: UTC ms and a value. */
type Point = readonly [number, number];

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

/** Both figures. */
export function equityFigures(result: RunResult, plotter: Plotter): Html {
  const curves = curvesOf(result);
  return html`${figure(
    {
      title: 'This run against its benchmark',
      words: equityWords(result),
      legend: html`<span class="legend"><span><i class="key thick"></i>this run</span> <span><i class="key thin"></i>${result.facts.benchmark.name}</span></span>`,
    },
    frames(320, 230),
    (frame) => drawEquity(curves, frame, plotter),
  )}${figure({ title: 'Drawdown', words: drawdownWords(curves) }, frames(180, 150), (frame) =>
    drawFall(curves, frame, plotter),
  )}`;
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
  const { cashUsd } = result.facts.config.world;
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

function percentTick(value: number, digits: number): string {
  return percent(value, { digits: Math.max(0, digits - 2) });
}

function drawEquity(curves: Curves, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const { equityUsd, benchmarkUsd } = curves.result.equity;
  const { cashUsd } = curves.result.facts.config.world;
  const marks: Markish[] = [
    Plot.ruleY([cashUsd], { stroke: 'currentColor', strokeOpacity: 0.35 }),
    Plot.line(points(curves, benchmarkUsd, cashUsd, frame), {
      stroke: 'var(--second)',
      strokeWidth: 1.1,
    }),
    Plot.line(points(curves, equityUsd, cashUsd, frame), {
      stroke: 'var(--first)',
      strokeWidth: 2,
    }),
  ];
  return draw(curves, curves.moneyAxis, marks, frame, plotter);
}

function drawFall(curves: Curves, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const { fall, deepest, result, time } = curves;
  const line = points(curves, fall, 0, frame);
  const x = (point: Point) => point[0];
  const marks: Markish[] = [
    Plot.areaY(line, { x, y: (point: Point) => point[1], fill: 'var(--down)', fillOpacity: 0.22 }),
    Plot.line(line, { stroke: 'var(--down)', strokeWidth: 1 }),
  ];
  if (deepest >= 0) {
    const worst: Point[] = [[result.equity.closeMs[deepest]!, fall[deepest]!]];
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
  const all = frame.tooltips ? [...marks, readings(curves, axis, plotter)] : marks;
  return plotter.svg({ ...axes(frame, curves.time, axis, left), marks: all }, frame.className);
}

/** The rows worth drawing, after the start of the run. */
function points(curves: Curves, column: Column, start: number, frame: Frame): Point[] {
  const { closeMs, length } = curves.result.equity;
  const rows = thinRows(closeMs, column, length, innerWidth(frame));
  return [[curves.time[0], start], ...rows.map((row): Point => [closeMs[row]!, column[row]!])];
}

const BANDS = 120;

/** Invisible strips with a tooltip: the values at the last row of each. */
function readings(curves: Curves, axis: NumberAxis, plotter: Plotter): Markish {
  const { closeMs, equityUsd, benchmarkUsd, length } = curves.result.equity;
  const [fromMs, toMs] = curves.time;
  return plotter.mark(({ x, y }) => {
    const strips: SvgShape[] = [];
    const [bottom, top] = [y(axis.domain[0]), y(axis.domain[1])];
    for (let band = 0; band < BANDS; band++) {
      const start = fromMs + ((toMs - fromMs) * band) / BANDS;
      const end = fromMs + ((toMs - fromMs) * (band + 1)) / BANDS;
      const row = lastAtOrBefore(closeMs, length, end);
      if (row < 0) continue;
      const left = Math.round(x(start) * 10) / 10;
      strips.push({
        tag: 'path',
        attributes: { d: `M${left},${top}H${x(end)}V${bottom}H${left}z` },
        title:
          `${utcMinute(closeMs[row])} UTC\nequity ${decimal(equityUsd[row])}\n` +
          `benchmark ${decimal(benchmarkUsd[row])}\n` +
          `drawdown ${percent(curves.fall[row], { digits: 2 })}`,
      });
    }
    return { tag: 'g', attributes: { class: 'strips' }, children: strips };
  });
}

function lastAtOrBefore(closeMs: Column, length: number, atMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (closeMs[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
