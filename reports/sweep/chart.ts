// What the charts of a sweep share: five classes of colour by the place among all trials, clouds of
// dots that stay small whatever the number of trials, a number axis across.
//
// A cloud is one path a class with a dot on each pixel that any trial falls on: no trial is left out,
// those on one pixel are one dot. So 10,000 trials cost no more than the picture has room for.

import { type Html, html } from '../html.ts';
import type { Markish, PixelScales, PlotOptions, Plotter, SvgShape } from '../plot.ts';
import { axes, type Frame, type NumberAxis, padded } from '../run/figure.ts';
import { quantile, type SweepView, type Tried } from './view.ts';

/** Colours from the worst fifth to the best. */
export const CLASS_COLORS: readonly string[] = [
  'var(--down-area)',
  'color-mix(in srgb, var(--down-area) 45%, var(--page))',
  'color-mix(in srgb, var(--second) 50%, var(--page))',
  'color-mix(in srgb, var(--up-area) 45%, var(--page))',
  'var(--up-area)',
];

/** The fifth that a place of 0 to 1 falls into, 0 the worst. */
export function classOf(place: number): number {
  return Math.min(CLASS_COLORS.length - 1, Math.max(0, Math.floor(place * CLASS_COLORS.length)));
}

/** The key of the colours. */
export function classLegend(objective: string): Html {
  const keys = CLASS_COLORS.map(
    (color, k) =>
      html`<span><i class="key" style="background:${color}"></i>${CLASS_WORDS[k]}</span> `,
  );
  return html`<span class="legend">${objective}, place among all trials: ${keys}</span>`;
}

const CLASS_WORDS = [
  'worst fifth',
  'below middle',
  'middle',
  'above middle',
  'best fifth',
] as const;

/** A dot of a cloud: where it is, and the class it is drawn in. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly kind: number;
}

/** Dots as one path a kind, the last kind on top; `colors` by kind, size in pixels. */
export function cloud(plotter: Plotter, dots: readonly Dot[], colors: readonly string[], size = 4) {
  return plotter.mark((scales): SvgShape => {
    const children = colors.flatMap((stroke, kind): SvgShape[] => {
      const d = pixels(
        dots.filter((dot) => dot.kind === kind),
        scales,
      );
      return d === '' ? [] : [{ tag: 'path', attributes: { d, stroke } }];
    });
    const attributes = { fill: 'none', 'stroke-width': size, 'stroke-linecap': 'round' };
    return { tag: 'g', attributes, children };
  });
}

function pixels(dots: readonly Dot[], { x, y }: PixelScales): string {
  const spots = new Set<string>();
  for (const dot of dots) spots.add(`M${Math.round(x(dot.x))},${Math.round(y(dot.y))}h0`);
  return [...spots].join('');
}

/** An axis of numbers across, beside the one that goes up. */
export interface AcrossAxis extends NumberAxis {
  readonly ticks?: readonly number[];
  /** Labels of `ticks`, in their order. */
  readonly names?: readonly string[];
}

/** Options of a chart with numbers on both axes. */
export function plane(frame: Frame, across: AcrossAxis, up: NumberAxis): PlotOptions {
  const { domain, ticks, names, label } = across;
  const width = domain[1] - domain[0];
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(width / frame.xTicks))));
  return {
    ...axes(frame, [0, 1], up),
    x: {
      type: 'linear',
      domain: [domain[0], domain[1]],
      label: null,
      tickSize: 0,
      ...(ticks === undefined ? { ticks: Math.min(8, frame.xTicks) } : { ticks: [...ticks] }),
      ...(names === undefined ? {} : { tickFormat: (_: number, k: number) => names[k]! }),
      ...(names === undefined && label !== undefined
        ? { tickFormat: (value: number) => label(value, digits) }
        : {}),
    },
  };
}

/** A span of values that a few far ones do not flatten, and how many lie beyond. */
export interface Clipped {
  readonly domain: readonly [number, number];
  readonly beyond: number;
  /** The value, or the edge it lies beyond. */
  readonly at: (value: number) => number;
}

/** The span of values; the worst fiftieth is drawn at the edge where it would take most of the room. */
export function clipped(values: readonly number[], isMin: boolean): Clipped {
  const sorted = Float64Array.from(values).sort();
  let low = sorted[0] ?? 0;
  let high = sorted.at(-1) ?? 1;
  const edge = quantile(sorted, isMin ? 0.98 : 0.02);
  if (isMin && high - low > 3 * (edge - low) && edge > low) high = edge;
  if (!isMin && high - low > 3 * (high - edge) && edge < high) low = edge;
  const beyond = values.filter((value) => value < low || value > high).length;
  return {
    domain: padded(low, high),
    beyond,
    at: (value) => Math.max(low, Math.min(high, value)),
  };
}

/** Values of the trials' first objective, as charts draw them. */
export function clippedValues({ tried, objective }: SweepView): Clipped {
  return clipped(
    tried.map(({ value }) => value),
    objective.goal === 'min',
  );
}

/** ` 3 trials lie beyond the scale and are drawn at its edge.`, or nothing. */
export function beyondWords({ beyond }: Clipped): string {
  if (beyond === 0) return '';
  const words = beyond === 1 ? '1 trial lies' : `${beyond} trials lie`;
  return ` ${words} beyond the scale and ${beyond === 1 ? 'is' : 'are'} drawn at its edge.`;
}

/** A dashed or whole line down or across, with a word at its end; the word is ours. */
export function ruler(
  plotter: Plotter,
  at: number,
  word: string,
  direction: 'up' | 'across',
  { isDashed = false, dy = 0, end = 'start' as 'start' | 'end' } = {},
): Markish[] {
  const { Plot } = plotter;
  const dash = isDashed ? { strokeDasharray: '5,4' } : {};
  const line = { stroke: 'currentColor', strokeWidth: 1.4, ...dash };
  const text = {
    text: () => word,
    fill: 'currentColor',
    stroke: 'var(--page)',
    strokeWidth: 4,
    fontWeight: 600,
    textAnchor: end,
    dx: end === 'start' ? 5 : -5,
    dy,
  };
  return direction === 'up'
    ? [Plot.ruleX([at], line), Plot.text([at], { ...text, x: at, frameAnchor: 'top' })]
    : [Plot.ruleY([at], line), Plot.text([at], { ...text, y: at, frameAnchor: 'right' })];
}

/** Trials in the order in which dots must be drawn: the worst first. */
export function worstFirst(tried: readonly Tried[]): Tried[] {
  return [...tried].sort((a, b) => a.place - b.place || a.row.index - b.row.index);
}
