// Equity and drawdown of all runs over one another, as fractions of each run's own cash, thinned to
// the pixels. Lines are told apart by colour, by dash and by the letter at their end.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { percent, utcDate, utcMinute } from '../format.ts';
import { type Html, html, raw } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { percentTick } from '../run/charts.ts';
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
import { lastAtOrBefore } from '../run/strips.ts';
import { type TableColumn, table } from '../run/table.ts';
import { thinRows } from '../thin.ts';
import type { CompareView } from './view.ts';

const LIGHT = ['#0b63b8', '#b45309', '#0f766e', '#9d174d', '#4d5a00', '#52525b'];
const DARK = ['#62b0f5', '#f2a15c', '#4fd1c0', '#f58fc0', '#cfd36a', '#b8bcc6'];
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '5 2', '1 4'];

/** The colours of the runs, as variables beside those of the page. */
export const RUN_STYLE: Html = raw(`<style>
:root { ${variables(LIGHT)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(DARK)} } }
.plot .end { font-weight: 700; } .letter { font-weight: 700; }
.key.run { height: 0; width: 26px; vertical-align: 4px; border-top: 3px solid; }
.compare th.number, .compare td.number { white-space: nowrap; }
.verdict { font-size: 18px; }
</style>`);

function variables(colors: readonly string[]): string {
  return colors.map((color, k) => `--run-${k}: ${color};`).join(' ');
}

interface Curve {
  readonly letter: string;
  readonly color: string;
  readonly dash: string;
  readonly fromMs: number;
  readonly closeMs: Float64Array;
  readonly growth: Float64Array;
  /** Below the running peak, <= 0. */
  readonly fall: Float64Array;
}

interface Curves {
  readonly curves: readonly Curve[];
  readonly time: readonly [number, number];
  readonly growthAxis: NumberAxis;
  readonly fallAxis: NumberAxis;
}

const GROWTH = frames(330, 250);
const FALL = frames(180, 160);

/** Both figures and the table behind them. */
export function curvesSection(view: CompareView, plotter: Plotter): Html {
  const all = curvesOf(view);
  if (all.curves.every(({ closeMs }) => closeMs.length === 0)) {
    return html`<p class="remark">No run has a close: there is no curve.</p>`;
  }
  const ends = all.curves.map(({ letter, growth }) => {
    return `${letter} ${percent(growth.at(-1) ?? 0, { digits: 2, sign: true })}`;
  });
  const falls = all.curves.map(({ letter, fall }) => {
    return `${letter} ${percent(lowest(fall), { digits: 2 })}`;
  });
  return html`${figure(
    {
      title: 'Return since the start',
      words: `At the end: ${ends.join(', ')}.`,
      legend: legendOf(view, all),
    },
    GROWTH,
    (frame) => draw(all, 'growth', frame, plotter),
  )}${figure(
    { title: 'Drawdown', words: `Below the last peak, at worst: ${falls.join(', ')}.` },
    FALL,
    (frame) => draw(all, 'fall', frame, plotter),
  )}${asTable(all)}`;
}

function legendOf({ runs }: CompareView, { curves }: Curves): Html {
  const keys = curves.map(({ letter, color, dash }, k) => {
    const line = dash === '' ? 'solid' : 'dashed';
    return html`<span><i class="key run" style="border-color:${color};border-top-style:${line}"></i><b>${letter}</b> ${runs[k]!.facts.name}</span> `;
  });
  return html`<span class="legend">${keys}</span>`;
}

function curvesOf({ runs, letters }: CompareView): Curves {
  const curves = runs.map((run, k) => curveOf(run, letters[k]!, k));
  const known = curves.filter(({ closeMs }) => closeMs.length > 0);
  const fromMs = Math.min(...known.map((curve) => curve.fromMs));
  const toMs = Math.max(...known.map(({ closeMs }) => closeMs.at(-1)!));
  const low = Math.min(0, ...known.map(({ growth }) => lowest(growth)));
  const high = Math.max(0, ...known.map(({ growth }) => highest(growth)));
  const worst = Math.min(...known.map(({ fall }) => lowest(fall))) || -0.01;
  return {
    curves,
    time: [fromMs, Math.max(toMs, fromMs + 1)],
    growthAxis: { domain: padded(low, high), label: percentTick },
    fallAxis: { domain: [worst * 1.1, 0], label: percentTick },
  };
}

function curveOf({ equity, facts }: RunResult, letter: string, k: number): Curve {
  const { length } = equity;
  const closeMs = new Float64Array(length);
  const growth = new Float64Array(length);
  const fall = new Float64Array(length);
  let peak = facts.cashUsd;
  for (let row = 0; row < length; row++) {
    const usd = equity.equityUsd[row]!;
    if (usd > peak) peak = usd;
    closeMs[row] = equity.closeMs[row]!;
    growth[row] = usd / facts.cashUsd - 1;
    fall[row] = usd / peak - 1;
  }
  const color = `var(--run-${k})`;
  const { fromMs } = facts.data;
  return { letter, color, dash: DASHES[k]!, fromMs, closeMs, growth, fall };
}

function draw(all: Curves, which: 'growth' | 'fall', frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  const axis = which === 'growth' ? all.growthAxis : all.fallAxis;
  const shape = frame.tooltips ? 'wide' : 'narrow';
  const left = Math.max(
    labelWidth(GROWTH[shape], all.growthAxis),
    labelWidth(FALL[shape], all.fallAxis),
  );
  const marks: Markish[] = [Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 })];
  // The first run is drawn last, so that it lies on the others.
  for (const curve of [...all.curves].reverse()) {
    const { closeMs, color, dash, fromMs } = curve;
    const values = curve[which];
    const rows = thinRows(closeMs, values, closeMs.length, innerWidth(frame));
    const points = [[fromMs, 0], ...rows.map((row) => [closeMs[row]!, values[row]!])];
    marks.push(Plot.line(points, { stroke: color, strokeWidth: 1.7, strokeDasharray: dash }));
  }
  if (which === 'growth') marks.push(...endLetters(all, axis, frame, plotter));
  const options = axes(frame, all.time, axis, left);
  return plotter.svg({ ...options, marks }, frame.className);
}

/** A letter at each line's end, pushed apart where they would cover one another. */
function endLetters(all: Curves, axis: NumberAxis, frame: Frame, { Plot }: Plotter): Markish[] {
  const least = ((axis.domain[1] - axis.domain[0]) * 13) / (frame.height - 44);
  const ends = all.curves
    .filter(({ closeMs }) => closeMs.length > 0)
    .map((curve) => ({ curve, at: curve.growth.at(-1)! }))
    .sort((a, b) => a.at - b.at);
  let last = Number.NEGATIVE_INFINITY;
  return ends.map(({ curve, at }) => {
    const y = Math.max(at, last + least);
    last = y;
    return Plot.text([[curve.closeMs.at(-1)!, y]], {
      text: () => curve.letter,
      fill: curve.color,
      fontWeight: 700,
      dx: 10,
    });
  });
}

const MOST_ROWS = 26;

function asTable({ curves, time }: Curves): Html {
  const days = Math.max(1, Math.ceil((time[1] - time[0]) / DAY_MS / MOST_ROWS));
  const isShort = time[1] - time[0] < 3 * DAY_MS;
  const stepMs = isShort ? (time[1] - time[0]) / MOST_ROWS : days * DAY_MS;
  const moments: number[] = [];
  for (let atMs = time[0] + stepMs; atMs < time[1]; atMs += stepMs) moments.push(atMs);
  moments.push(time[1]);
  const columns = curves.map(
    (curve): TableColumn<number> => ({
      title: curve.letter,
      kind: 'number',
      isSigned: true,
      cell: (atMs) => percent(valueAt(curve, atMs), { digits: 2, sign: true }),
    }),
  );
  return html`<details><summary>Return as a table</summary>
${table<number>(
  'Return since the start at the last close before each time, UTC',
  [
    { title: 'Until', kind: 'text', cell: (atMs) => (isShort ? utcMinute : utcDate)(atMs) },
    ...columns,
  ],
  moments,
)}</details>`;
}

function valueAt({ closeMs, growth }: Curve, atMs: number): number | null {
  return growth[lastAtOrBefore(closeMs, closeMs.length, atMs)] ?? null;
}

function lowest(values: Float64Array): number {
  return values.reduce((least, value) => (value < least ? value : least), 0);
}

function highest(values: Float64Array): number {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}
