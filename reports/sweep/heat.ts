// Heat maps of pairs of numeric parameters: the median objective of the trials in each cell, coloured by
// where it stands among all trials. The median and not the best: one lucky trial makes no region.

import { count } from '../format.ts';
import { type Content, type Html, html } from '../html.ts';
import type { Plotter, SvgShape } from '../plot.ts';
import { type Frame, figure, frames } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { scroller } from '../run/table.ts';
import type { AxisView } from './axis.ts';
import { CLASS_COLORS, classLegend, classOf, plane } from './chart.ts';
import { medianOf, type SweepView } from './view.ts';
import { valueText } from './words.ts';

/** Pairs that are drawn, at most; the others are named. */
export const MOST_PAIRS = 6;

interface Cell {
  readonly across: number;
  readonly up: number;
  readonly trials: number;
  readonly median: number;
  readonly place: number;
}

/** A map a pair, and the names of the pairs that are left out. */
export function heatSection(view: SweepView, plotter: Plotter): Html {
  const axes = view.axes.filter(({ isNumeric, values }) => isNumeric && values.length > 1);
  const pairs = axes.flatMap((up, k) => axes.slice(0, k).map((across) => [across, up] as const));
  if (pairs.length === 0) {
    return html`<p class="remark">No two numeric parameters had more than one value: there is no pair to map.</p>`;
  }
  const shown = pairs.slice(0, MOST_PAIRS);
  const left = pairs.slice(MOST_PAIRS).map(([a, b]) => `${a.name} × ${b.name}`);
  return html`<p>Each cell is the median ${view.objective.name} of its trials. ${classLegend(view.objective.name)}</p>
<div class="pairs">${shown.map(([across, up]) => heatMap(view, across, up, plotter))}</div>
${left.length > 0 && html`<p class="remark">${some(left.length, 'pair')} not drawn: ${left.join(', ')}.</p>`}
<details><summary>The maps as tables</summary>
${shown.map(([across, up]) => asTable(view, across, up))}</details>`;
}

function cellsOf({ tried }: SweepView, across: AxisView, up: AxisView): Cell[] {
  const found = new Map<number, { values: number[]; places: number[] }>();
  const width = across.cells.length;
  for (const { row, value, place } of tried) {
    const [i, j] = [across.cellOf(row.point[across.path]), up.cellOf(row.point[up.path])];
    if (i < 0 || j < 0) continue;
    const at = j * width + i;
    const cell = found.get(at) ?? { values: [], places: [] };
    found.set(at, cell);
    cell.values.push(value);
    cell.places.push(place);
  }
  return [...found].map(([at, { values, places }]) => ({
    across: at % width,
    up: Math.floor(at / width),
    trials: values.length,
    median: medianOf(values),
    place: medianOf(places),
  }));
}

function heatMap(view: SweepView, across: AxisView, up: AxisView, plotter: Plotter): Html {
  const cells = cellsOf(view, across, up);
  const all = across.cells.length * up.cells.length;
  const empty = all - cells.length;
  const blank = empty > 0 ? ` ${count(empty)} of ${count(all)} cells have no trial.` : '';
  return figure(
    {
      title: `${across.name} × ${up.name}`,
      words: `${across.name} across, ${up.name} up.${blank} ${peakWords(view, across, up, cells)}`,
    },
    frames(300, 260, 500),
    (frame) => draw(view, across, up, cells, frame, plotter),
  );
}

function peakWords(
  { objective }: SweepView,
  across: AxisView,
  up: AxisView,
  cells: readonly Cell[],
): string {
  const top = cells.reduce<Cell | null>((a, b) => (a === null || b.place > a.place ? b : a), null);
  if (top === null) return 'No trial has both.';
  return `Best median ${valueText(objective.name, top.median)} at ${across.cells[top.across]} and ${up.cells[top.up]} (${some(top.trials, 'trial')}); the ring is the best trial.`;
}

function draw(
  { best, objective }: SweepView,
  across: AxisView,
  up: AxisView,
  cells: readonly Cell[],
  frame: Frame,
  plotter: Plotter,
): Html {
  const { Plot } = plotter;
  const [width, height] = [across.cells.length, up.cells.length];
  const upTicks = ticksOf(up, 14);
  const longest = Math.max(...upTicks.names.map((name) => name.length));
  const acrossTicks = ticksOf(across, Math.floor((frame.width - 60) / 48));
  const options = plane(
    frame,
    { domain: [0, width], ticks: acrossTicks.at, names: acrossTicks.names },
    { domain: [0, height] },
  );
  const map = plotter.mark(({ x, y }): SvgShape => {
    const children = cells.map((cell): SvgShape => {
      const [left, top] = [x(cell.across) + 1, y(cell.up + 1) + 1];
      return {
        tag: 'rect',
        attributes: {
          x: left,
          y: top,
          width: Math.max(1, x(cell.across + 1) - left),
          height: Math.max(1, y(cell.up) - top),
          fill: CLASS_COLORS[classOf(cell.place)]!,
        },
        ...(frame.tooltips
          ? {
              title: `${across.cells[cell.across]} × ${up.cells[cell.up]}\n${valueText(objective.name, cell.median)}, ${some(cell.trials, 'trial')}`,
            }
          : {}),
      };
    });
    return { tag: 'g', attributes: {}, children };
  });
  const spot = best && [
    across.cellOf(best.row.point[across.path]),
    up.cellOf(best.row.point[up.path]),
  ];
  const ring =
    spot === null || spot.some((cell) => cell < 0)
      ? []
      : [
          Plot.dot([0], {
            x: spot[0]! + 0.5,
            y: spot[1]! + 0.5,
            r: 5,
            fill: 'none',
            stroke: 'var(--text)',
            strokeWidth: 2,
          }),
        ];
  return plotter.svg(
    {
      ...options,
      marginLeft: 14 + 7 * longest,
      y: {
        type: 'linear',
        domain: [0, height],
        label: null,
        tickSize: 0,
        ticks: upTicks.at,
        tickFormat: (_: number, k: number) => upTicks.names[k]!,
      },
      marks: [map, ...ring],
    },
    frame.className,
  );
}

/** Ticks that fit: at the middle of listed values, at the lower edge of ranges. */
function ticksOf({ ticks, isListed }: AxisView, room: number) {
  const step = Math.max(1, Math.ceil(ticks.length / Math.max(1, room)));
  const kept = ticks.map((_, k) => k).filter((k) => k % step === 0);
  return { at: kept.map((k) => (isListed ? k + 0.5 : k)), names: kept.map((k) => ticks[k]!) };
}

function asTable(view: SweepView, across: AxisView, up: AxisView): Html {
  const width = across.cells.length;
  const byPlace = new Map(
    cellsOf(view, across, up).map((cell) => [cell.up * width + cell.across, cell]),
  );
  const caption = `Median ${view.objective.name}: ${across.name} across, ${up.name} down; in brackets the number of trials`;
  const cell = (i: number, j: number): Content => {
    const found = byPlace.get(j * width + i);
    if (found === undefined) return html`<td class="number">-</td>`;
    return html`<td class="number">${valueText(view.objective.name, found.median)} (${found.trials})</td>`;
  };
  const head = across.cells.map((name) => html`<th scope="col" class="number">${name}</th>`);
  const rows = up.cells.map(
    (name, j) =>
      html`<tr><th scope="row">${name}</th>${across.cells.map((_, i) => cell(i, j))}</tr>\n`,
  );
  return scroller(
    caption,
    html`<table aria-label="${caption}"><thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}
