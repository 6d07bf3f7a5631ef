// Parallel coordinates: each trial is a line through its values, coloured by its place. With many
// trials lines between the same two cells become one, as thick as they are many, coloured by their
// mean place. The table behind says what each value of each parameter came to.

import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { PixelScales, Plotter, SvgShape } from '../plot.ts';
import { type Frame, figure, frames } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import type { AxisView } from './axis.ts';
import {
  beyondWords,
  CLASS_COLORS,
  type Clipped,
  classLegend,
  classOf,
  clippedValues,
  plane,
} from './chart.ts';
import { medianOf, type SweepView, type Tried } from './view.ts';
import { valueText } from './words.ts';

/** Lines that are drawn one by one, at most. */
export const MOST_LINES = 300;
/** Parameters of one chart, at most; the table has all. */
export const MOST_AXES = 10;
const LEVELS = 12;

/** The chart, the key of its letters, its table. */
export function parametersSection(view: SweepView, plotter: Plotter): Html {
  const { axes, tried, objective } = view;
  if (tried.length === 0 || axes.length === 0) {
    return html`<p class="remark">No trial was completed: no value can be compared.</p>`;
  }
  const shown = axes.slice(0, MOST_AXES);
  const left = axes.slice(MOST_AXES).map(({ name }) => name);
  const clip = clippedValues(view);
  const isBinned = tried.length > MOST_LINES;
  const how = isBinned
    ? `Lines of ${count(tried.length)} trials between the same cells are one: thicker where they are many, coloured by how their mean place ranks among the lines between the same two axes.`
    : `Each line is one of ${some(tried.length, 'trial')}.`;
  const unseen = left.length > 0 ? ` Left out here, in the table below: ${left.join(', ')}.` : '';
  const keys = shown.map(
    (axis) =>
      html`<span><b>${axis.letter}</b> ${axis.name} <small>${extentText(axis)}</small></span> `,
  );
  return html`${figure(
    {
      title: 'Parallel coordinates',
      words: `${how} The best trial is the dark line; the last axis is the objective, better above.${unseen}${beyondWords(clip)}`,
      legend: html`${classLegend(objective.name)}<span class="legend">${keys}<span><b>=</b> ${objective.name}</span></span>`,
    },
    frames(340, 280),
    (frame) => draw(view, shown, clip, frame, plotter),
  )}${valuesTable(view)}`;
}

/** Its cells from the lowest to the highest, or the words in order. */
function extentText({ isNumeric, cells, ticks, ends }: AxisView): string {
  if (!isNumeric) return cells.map((cell, k) => `${ticks[k]} = ${cell}`).join(', ');
  return cells.length === 1 ? ends[0] : `${ends[0]} to ${ends[1]}`;
}

function draw(
  view: SweepView,
  shown: readonly AxisView[],
  clip: Clipped,
  frame: Frame,
  plotter: Plotter,
): Html {
  const { tried, best, objective } = view;
  const { Plot } = plotter;
  const [low, high] = clip.domain;
  const height = (value: number) => {
    const share = (clip.at(value) - low) / (high - low);
    return objective.goal === 'min' ? 1 - share : share;
  };
  const pathOf = ({ row, value }: Tried): number[] => [
    ...shown.map((axis) => axis.shareOf(row.point[axis.path])),
    height(value),
  ];
  const cellsOf = ({ row, value }: Tried): number[] => [
    ...shown.map((axis) => {
      const cell = axis.cellOf(row.point[axis.path]);
      return cell < 0 ? Number.NaN : (cell + 0.5) / axis.cells.length;
    }),
    (Math.min(LEVELS - 1, Math.floor(height(value) * LEVELS)) + 0.5) / LEVELS,
  ];
  const lines =
    tried.length > MOST_LINES
      ? plotter.mark((scales) => bundles(tried, cellsOf, scales))
      : plotter.mark((scales) => single(tried, pathOf, scales));
  const ends = shown.flatMap((axis, k) => axis.ends.map((text, y) => ({ x: k, y, text })));
  const at = { x: 'x', y: 'y', text: 'text', fill: 'currentColor', stroke: 'var(--page)' };
  const top = Array.from({ length: shown.length + 1 }, (_, k) => k);
  const options = plane(
    frame,
    {
      domain: [0, shown.length],
      ticks: top,
      names: [...shown.map(({ letter }) => letter), '='],
    },
    { domain: [0, 1], label: () => '' },
  );
  return plotter.svg(
    {
      ...options,
      marginLeft: 34,
      marginRight: 34,
      marginTop: 22,
      marginBottom: 44,
      x: { ...(options.x as object), tickPadding: 20 } as NonNullable<typeof options.x>,
      y: { type: 'linear', domain: [0, 1], axis: null },
      marks: [
        Plot.ruleX(top, { stroke: 'currentColor', strokeOpacity: 0.35 }),
        lines,
        ...(best === null
          ? []
          : [plotter.mark((scales) => single([best], pathOf, scales, 'var(--text)', 2.4))]),
        Plot.text(
          ends.filter(({ y }) => y === 0),
          { ...at, strokeWidth: 4, dy: 12 },
        ),
        Plot.text(
          ends.filter(({ y }) => y === 1),
          { ...at, strokeWidth: 4, dy: -11 },
        ),
      ],
    },
    frame.className,
  );
}

/** One path a class; a line breaks where a parameter did not matter. */
function single(
  tried: readonly Tried[],
  pathOf: (one: Tried) => number[],
  { x, y }: PixelScales,
  color: string | null = null,
  width = 1,
): SvgShape {
  const paths = CLASS_COLORS.map(() => [] as string[]);
  for (const one of tried) {
    let pen = 'M';
    let d = '';
    pathOf(one).forEach((share, k) => {
      if (share === share) d += `${pen}${Math.round(x(k))},${Math.round(y(share))}`;
      pen = share === share ? 'L' : 'M';
    });
    paths[classOf(one.place)]!.push(d);
  }
  const children = paths.flatMap((d, k): SvgShape[] =>
    d.length === 0
      ? []
      : [{ tag: 'path', attributes: { d: d.join(''), stroke: color ?? CLASS_COLORS[k]! } }],
  );
  return { tag: 'g', attributes: { fill: 'none', 'stroke-width': width }, children };
}

interface Bundle {
  readonly d: string;
  trials: number;
  places: number;
}

/**
 * Lines between the same cells as one: thickness by the root of their number, colour by where their
 * mean place stands among the lines of the same two axes, the worst below.
 */
function bundles(
  tried: readonly Tried[],
  cellsOf: (one: Tried) => number[],
  { x, y }: PixelScales,
): SvgShape {
  const gaps: Map<number, Bundle>[] = [];
  for (const one of tried) {
    const path = cellsOf(one);
    for (let k = 1; k < path.length; k++) {
      const [from, to] = [path[k - 1]!, path[k]!];
      if (from !== from || to !== to) continue;
      const [top, bottom] = [Math.round(y(from)), Math.round(y(to))];
      gaps[k - 1] ??= new Map();
      // A number and not the text: there may be a hundred thousand, of which few differ.
      const key = top * MOST_PIXELS + bottom;
      let bundle = gaps[k - 1]!.get(key);
      if (bundle === undefined) {
        const d = `M${Math.round(x(k - 1))},${top}L${Math.round(x(k))},${bottom}`;
        bundle = { d, trials: 0, places: 0 };
        gaps[k - 1]!.set(key, bundle);
      }
      bundle.trials++;
      bundle.places += one.place;
    }
  }
  const paths = CLASS_COLORS.map(() => WIDTHS.map(() => [] as string[]));
  for (const gap of gaps) {
    const all = [...(gap?.values() ?? [])];
    all.sort((a, b) => a.places / a.trials - b.places / b.trials || (a.d < b.d ? -1 : 1));
    const most = all.reduce((top, { trials }) => Math.max(top, trials), 1);
    all.forEach(({ d, trials }, rank) => {
      const level = Math.min(
        WIDTHS.length - 1,
        Math.floor(Math.sqrt(trials / most) * WIDTHS.length),
      );
      paths[classOf((rank + 0.5) / all.length)]![level]!.push(d);
    });
  }
  const children = paths.flatMap((levels, k) =>
    levels.flatMap((d, level): SvgShape[] => {
      if (d.length === 0) return [];
      const stroke = { stroke: CLASS_COLORS[k]!, 'stroke-width': WIDTHS[level]! };
      return [{ tag: 'path', attributes: { d: d.join(''), ...stroke } }];
    }),
  );
  return { tag: 'g', attributes: { fill: 'none' }, children };
}

const WIDTHS = [0.5, 1, 1.8, 3];
/** More than any chart is high. */
const MOST_PIXELS = 2 ** 16;

interface ValueRow {
  readonly name: string;
  readonly cell: string;
  readonly values: readonly number[];
}

/** Every value of every parameter, or the twelve ranges it was binned in. */
function valuesTable({ axes, tried, objective, isBetter }: SweepView): Html {
  const rows = axes.flatMap((axis): ValueRow[] => {
    const groups = axis.cells.map(() => [] as number[]);
    for (const { row, value } of tried) groups[axis.cellOf(row.point[axis.path])]?.push(value);
    return axis.cells.map((cell, k) => ({ name: axis.name, cell, values: groups[k]! }));
  });
  const best = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((a, b) => (isBetter(b, a) ? b : a));
  return html`<details><summary>Each value of each parameter as a table</summary>
${table<ValueRow>(
  `${objective.name} by value of each parameter`,
  [
    { title: 'Parameter', kind: 'text', cell: ({ name }) => name },
    { title: 'Value', kind: 'text', cell: ({ cell }) => cell },
    { title: 'Trials', kind: 'number', cell: ({ values }) => count(values.length) },
    {
      title: 'Median',
      kind: 'number',
      cell: ({ values }) => valueText(objective.name, medianOf(values)),
    },
    {
      title: 'Best',
      kind: 'number',
      cell: ({ values }) => valueText(objective.name, best(values)),
    },
  ],
  rows,
)}</details>`;
}
