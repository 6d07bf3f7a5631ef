// Equity of the session against that of its shadow backtest, below it their difference in bps of the
// starting cash on the same time axis, and the same as a table.

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { ShadowFacts } from '../../engine/research/shadow.ts';
import type { TrialFacts } from '../../engine/research/trial.ts';
import { bps, decimal, usd, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import {
  axes,
  type Frame,
  figure,
  frames,
  innerWidth,
  labelWidth,
  type NumberAxis,
  padded,
} from '../run/figure.ts';
import { lastAtOrBefore, strips } from '../run/strips.ts';
import { table } from '../run/table.ts';
import { thinRows } from '../thin.ts';
import { inBps } from './words.ts';

/** Sizes of the two charts. */
const MONEY = frames(300, 220);
const GAP = frames(170, 150);

/** A point of a curve: UTC ms and a value. */
type Point = readonly [number, number];

interface Curves {
  readonly facts: TrialFacts;
  readonly shadow: ShadowFacts;
  readonly length: number;
  readonly time: readonly [number, number];
  /** Session minus model at each close, a fraction of starting cash. */
  readonly gap: Float64Array;
  readonly moneyAxis: NumberAxis;
  readonly gapAxis: NumberAxis;
}

/** Both figures and their table. */
export function equitySection(facts: TrialFacts, shadow: ShadowFacts, plotter: Plotter): Html {
  const { length } = shadow.closeMs;
  if (length === 0) return html`<p class="remark">No close was marked: there is no curve.</p>`;
  const curves = curvesOf(facts, shadow);
  return html`${figure(
    {
      title: 'The session against its shadow backtest',
      words: `From ${usd(facts.cashUsd)} to ${usd(facts.equityUsd)} in the session and ${usd(facts.modelEquityUsd)} in the backtest over the same candles.`,
      legend: html`<span class="legend"><span><i class="key thick"></i>session</span> <span><i class="key thin" style="border-color:var(--text)"></i>shadow backtest</span></span>`,
    },
    MONEY,
    (frame) => drawEquity(curves, frame, plotter),
  )}${figure({ title: 'Difference', words: gapWords(curves) }, GAP, (frame) =>
    drawGap(curves, frame, plotter),
  )}${asTable(curves)}`;
}

function curvesOf(facts: TrialFacts, shadow: ShadowFacts): Curves {
  const { closeMs, paperUsd, modelUsd } = shadow;
  const { cashUsd } = facts;
  const { length } = closeMs;
  const gap = paperUsd.map((usd, row) => (usd - modelUsd[row]!) / cashUsd);
  let [low, high] = [cashUsd, cashUsd];
  for (let row = 0; row < length; row++) {
    for (const usd of [paperUsd[row]!, modelUsd[row]!]) {
      if (usd < low) low = usd;
      if (usd > high) high = usd;
    }
  }
  let [least, most] = [0, 0];
  for (const value of gap) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const start = closeMs[0]!;
  return {
    facts,
    shadow,
    length,
    time: [start, Math.max(closeMs[length - 1]!, start + 1)],
    gap,
    moneyAxis: { domain: padded(low, high) },
    // Never closer than a bp: differences below that are nothing to look at.
    gapAxis: { domain: padded(Math.min(least, -1e-4), Math.max(most, 1e-4)), label: bpsTick },
  };
}

function bpsTick(value: number, digits: number): string {
  return bps(value, { digits: Math.max(0, digits - 4) });
}

function gapWords({ gap, facts, shadow }: Curves): string {
  let widest = -1;
  for (let row = 0; row < gap.length; row++) {
    if (!Number.isFinite(gap[row])) continue;
    if (widest < 0 || Math.abs(gap[row]!) > Math.abs(gap[widest]!)) widest = row;
  }
  const end = `Session minus backtest, bps of starting cash: ${inBps(facts.equityGapBps, { sign: true })} at the end`;
  if (widest < 0) return `${end}.`;
  if (gap[widest] === 0) return `${end}, and none at any close.`;
  const text = bps(gap[widest], { sign: true });
  return `${end}, ${text} at its widest, on ${utcMinute(shadow.closeMs[widest])} UTC.`;
}

function drawEquity(curves: Curves, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const { paperUsd, modelUsd } = curves.shadow;
  const marks: Markish[] = [
    Plot.ruleY([curves.facts.cashUsd], { stroke: 'currentColor', strokeOpacity: 0.35 }),
    // The session below and thick, the backtest on it and thin: where they agree both are seen.
    Plot.line(points(curves, paperUsd, frame), { stroke: 'var(--first)', strokeWidth: 2.6 }),
    Plot.line(points(curves, modelUsd, frame), { stroke: 'var(--text)', strokeWidth: 0.9 }),
  ];
  return draw(curves, curves.moneyAxis, marks, frame, plotter);
}

function drawGap(curves: Curves, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const line = points(curves, curves.gap, frame);
  const marks: Markish[] = [
    Plot.areaY(line, {
      x: (point: Point) => point[0],
      y: (point: Point) => point[1],
      fill: 'var(--first)',
      fillOpacity: 0.18,
    }),
    Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
    Plot.line(line, { stroke: 'var(--first)', strokeWidth: 1.2 }),
  ];
  return draw(curves, curves.gapAxis, marks, frame, plotter);
}

function draw(
  curves: Curves,
  axis: NumberAxis,
  marks: Markish[],
  frame: Frame,
  plotter: Plotter,
): Html {
  const { moneyAxis, gapAxis } = curves;
  // The same for both charts, whose ticks are not as many.
  const [money, gap] = [MONEY, GAP].map((shapes) => (frame.tooltips ? shapes.wide : shapes.narrow));
  const left = Math.max(labelWidth(money!, moneyAxis), labelWidth(gap!, gapAxis));
  const all = frame.tooltips ? [...marks, readings(curves, axis, plotter)] : marks;
  return plotter.svg({ ...axes(frame, curves.time, axis, left), marks: all }, frame.className);
}

function points({ shadow, length }: Curves, column: Float64Array, frame: Frame): Point[] {
  const { closeMs } = shadow;
  const rows = thinRows(closeMs, column, length, innerWidth(frame));
  return rows.map((row): Point => [closeMs[row]!, column[row]!]);
}

const BANDS = 84;

/** The values at the last close of each strip. */
function readings(curves: Curves, axis: NumberAxis, plotter: Plotter): Markish {
  const { shadow, time, gap, length } = curves;
  const { closeMs, paperUsd, modelUsd } = shadow;
  const words = (row: number) =>
    `${utcMinute(closeMs[row])} UTC\nsession ${decimal(paperUsd[row])}\n` +
    `backtest ${decimal(modelUsd[row])}\ndifference ${bps(gap[row], { sign: true })}`;
  return strips({ closeMs, length, time, domain: axis.domain, count: BANDS, words }, plotter);
}

const STEPS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS];
const MOST_ROWS = 32;

/** The curves at even times and at their end. */
function asTable({ shadow, time, gap, length }: Curves): Html {
  const { closeMs, paperUsd, modelUsd } = shadow;
  const spanMs = time[1] - time[0];
  const days = Math.max(1, Math.ceil(spanMs / DAY_MS / MOST_ROWS));
  const stepMs = STEPS_MS.find((ms) => spanMs / ms < MOST_ROWS) ?? days * DAY_MS;
  const rows = [0];
  for (let atMs = Math.ceil(time[0] / stepMs) * stepMs; atMs < time[1]; atMs += stepMs) {
    const row = Math.max(0, lastAtOrBefore(closeMs, length, atMs));
    if (row > rows[rows.length - 1]!) rows.push(row);
  }
  if (length - 1 > rows[rows.length - 1]!) rows.push(length - 1);
  return html`<details><summary>Both charts as a table</summary>
${table(
  'Equity at the close, USD, and the difference in bps of starting cash',
  [
    { title: 'Close, UTC', kind: 'text', cell: (row: number) => utcMinute(closeMs[row]) },
    { title: 'Session', kind: 'number', cell: (row: number) => decimal(paperUsd[row]) },
    { title: 'Shadow backtest', kind: 'number', cell: (row: number) => decimal(modelUsd[row]) },
    {
      title: 'Difference',
      kind: 'number',
      cell: (row: number) => bps(gap[row], { sign: true }),
    },
  ],
  rows,
)}</details>`;
}
