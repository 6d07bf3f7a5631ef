// The small charts of the page: lines over time, bars over steps. Each comes with its words, its
// table, and both widths.

import { percent, utcDate } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Plotter, SvgShape } from '../plot.ts';
import { curve, type Series } from './curve.ts';
import {
  axes,
  type FigureText,
  type Frame,
  figure,
  frames,
  innerWidth,
  type NumberAxis,
  padded,
} from './figure.ts';
import { some } from './numbers.ts';

export interface Line {
  readonly name: string;
  /** A class of a line: `first`, `second`, `third`. */
  readonly className: string;
  readonly area?: string;
  readonly series: Series;
}

export interface Lines {
  readonly text: Omit<FigureText, 'legend'>;
  readonly lines: readonly Line[];
  /** UTC ms. */
  readonly time: readonly [number, number];
  readonly label?: NumberAxis['label'];
  /** A value that the axis always shows; 0 unless told. */
  readonly base?: number;
  /** True: it stands alone in its row. */
  readonly isWide?: boolean;
}

/** Lines over time on one axis. */
export function lineFigure(
  { text, lines, time, label, base = 0, isWide = false }: Lines,
  plotter: Plotter,
): Html {
  let [low, high] = [base, base];
  for (const { series } of lines) {
    for (let k = 0; k < series.length; k++) {
      const value = series.value[k]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const domain = low === high ? padded(low - 0.01, high + 0.01, 0) : padded(low, high, 0.06);
  const axis: NumberAxis = { domain, ...(label ? { label } : {}) };
  const keys = lines.map(
    ({ name, className }) => html`<span><i class="key line-${className}"></i>${name}</span> `,
  );
  return figure(
    { ...text, ...(lines.length > 1 ? { legend: html`<span class="legend">${keys}</span>` } : {}) },
    sized(isWide),
    (frame) => {
      const marks = lines.map(({ className, area, series }) =>
        curve(plotter, series, {
          className,
          columns: innerWidth(frame),
          ...(area ? { area } : {}),
        }),
      );
      const zero = plotter.Plot.ruleY([base], { stroke: 'currentColor', strokeOpacity: 0.4 });
      return plotter.svg({ ...axes(frame, time, axis), marks: [zero, ...marks] }, frame.className);
    },
  );
}

/** Two stand side by side where there is room. */
function sized(isWide: boolean) {
  return isWide ? frames(220, 180, 1100) : frames(200, 180, 520);
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly title: string;
}

export interface Bars {
  readonly text: FigureText;
  readonly bars: readonly Bar[];
  readonly label: (value: number, digits: number) => string;
  /** Values that are lines across. */
  readonly limits?: readonly number[];
  /** True: the colour says the sign; else all are alike. */
  readonly isSigned?: boolean;
  /** True: it stands alone in its row. */
  readonly isWide?: boolean;
  /** Places along the axis that are marked by words, by index of a bar. */
  readonly marked?: readonly { readonly at: number; readonly text: string }[];
}

/** Bars from 0, one beside the other; labels are written where they fit. */
export function barFigure(given: Bars, plotter: Plotter): Html {
  return figure(given.text, sized(given.isWide ?? false), (frame) =>
    drawBars(given, frame, plotter),
  );
}

function drawBars(given: Bars, frame: Frame, plotter: Plotter): Html {
  const { bars, label, limits = [], isSigned = false, marked = [] } = given;
  const values = [...bars.map(({ value }) => value), ...limits, 0];
  const domain = padded(Math.min(...values), Math.max(...values), 0.08);
  const { x: _, ...options } = axes(frame, [0, 1], { domain, label });
  const every = Math.max(1, Math.ceil(bars.length / (frame.width < 400 ? 8 : 13)));
  const shown = bars.flatMap((_, at) => (at % every === 0 ? [at] : []));
  const shapes = plotter.mark(({ x, y }) => {
    const children = bars.map(({ value, title }, at): SvgShape => {
      const [a, b] = [x(at - 0.4), x(at + 0.4)];
      const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
      const className = isSigned ? (value < 0 ? 'bar down' : 'bar up') : 'bar';
      const d = `M${tenth(a)},${tenth(top)}H${tenth(b)}V${tenth(bottom)}H${tenth(a)}z`;
      return { tag: 'path', attributes: { class: className, d }, title };
    });
    return { tag: 'g', attributes: {}, children };
  });
  const { Plot } = plotter;
  return plotter.svg(
    {
      ...options,
      x: {
        type: 'linear',
        domain: [-0.6, bars.length - 0.4],
        ticks: shown,
        tickFormat: (at: number) => bars[at]?.label ?? '',
        tickSize: 0,
        label: null,
      },
      marks: [
        Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
        Plot.ruleY(limits, { stroke: 'var(--down)', strokeDasharray: '4 3' }),
        Plot.ruleX(
          marked.map(({ at }) => at),
          { stroke: 'var(--down)', strokeDasharray: '4 3' },
        ),
        Plot.text(marked, {
          x: 'at',
          text: 'text',
          frameAnchor: 'top',
          textAnchor: 'start',
          dx: 4,
          dy: 4,
          lineHeight: 1.2,
          fill: 'currentColor',
        }),
        shapes,
      ],
    },
    frame.className,
  );
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** A tick of an axis of fractions. */
export function percentTick(value: number, digits: number): string {
  return percent(value, { digits: Math.max(0, digits - 2) });
}

/** Why a chart is not there. */
export function tooFew(what: string, days: number, wanted: number): Html {
  return html`<p class="remark">${what} takes ${some(wanted, 'day')}; this run has ${some(days, 'day')}.</p>`;
}

/** `2025-05-01` of the day that ends at a midnight. */
export function dayName(endMs: number): string {
  return utcDate(endMs - 1);
}
