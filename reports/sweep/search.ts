// The search itself: the objective of each trial in plan order with the best so far, and how the
// objectives are spread, with what luck alone would have given marked.

import { count, decimal } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter, SvgShape } from '../plot.ts';
import { type Frame, figure, frames, padded } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import {
  beyondWords,
  CLASS_COLORS,
  type Clipped,
  classLegend,
  classOf,
  clipped,
  clippedValues,
  cloud,
  plane,
  ruler,
  worstFirst,
} from './chart.ts';
import type { SweepView, Tried } from './view.ts';
import { pointText, tickOf, valueText } from './words.ts';

/** Steps of the best so far in the table, at most. */
const MOST_STEPS = 50;
const BINS = 40;

/** Trials that were the best when they came. */
export function recordsOf({ tried, isBetter }: SweepView): Tried[] {
  const records: Tried[] = [];
  for (const one of tried) {
    const last = records.at(-1);
    if (last === undefined || isBetter(one.value, last.value)) records.push(one);
  }
  return records;
}

/** Objective over trials. */
export function searchSection(view: SweepView, plotter: Plotter): Html {
  const { tried, objective, facts, partial, names } = view;
  if (tried.length === 0) {
    return html`<p class="remark">No trial was completed: there is no search to look at.</p>`;
  }
  const records = recordsOf(view);
  const clip = clippedValues(view);
  const failed = facts.failed > 0 ? ` ${count(facts.failed)} failed (ticks below).` : '';
  const less = partial > 0 ? ` ${count(partial)} on a part of the span are not compared.` : '';
  const last = records.at(-1)!;
  const left = records.length - MOST_STEPS;
  return html`${figure(
    {
      title: `${objective.name} over trials`,
      words: `${some(tried.length, 'trial')} in plan order; the line is the best so far, reached at trial ${last.row.index} after ${some(records.length, 'step')}. Trials on one spot are one dot.${failed}${less}${beyondWords(clip)}`,
      legend: classLegend(objective.name),
    },
    frames(300, 230),
    (frame) => drawSearch(view, records, clip, frame, plotter),
  )}<details><summary>The best so far as a table</summary>
${table<Tried>(
  `Trials that were the best when they came${left > 0 ? `; the last ${MOST_STEPS} of ${count(records.length)}` : ''}`,
  [
    { title: 'Trial', kind: 'number', cell: ({ row }) => String(row.index) },
    {
      title: objective.name,
      kind: 'number',
      cell: ({ value }) => valueText(objective.name, value),
    },
    { title: 'Parameters', kind: 'text', cell: ({ row }) => pointText(row.point, names) },
  ],
  records.slice(-MOST_STEPS),
)}</details>`;
}

function drawSearch(
  view: SweepView,
  records: readonly Tried[],
  clip: Clipped,
  frame: Frame,
  plotter: Plotter,
): Html {
  const { tried, page, objective } = view;
  const { Plot } = plotter;
  const last = Math.max(page.rows.at(-1)?.index ?? 0, 1);
  const dots = worstFirst(tried).map(({ row, value, place }) => ({
    x: row.index,
    y: clip.at(value),
    kind: classOf(place),
  }));
  const steps = [
    ...records.map(({ row, value }) => [row.index, clip.at(value)] as const),
    [last, clip.at(records.at(-1)!.value)] as const,
  ];
  const failed = page.rows.filter(({ status }) => status === 'failed');
  const ticks = plotter.mark(({ x, y }): SvgShape => {
    const spots = new Set(failed.map(({ index }) => Math.round(x(index))));
    const bottom = Math.round(y(clip.domain[0]));
    const d = [...spots].map((at) => `M${at},${bottom}v-7`).join('');
    return {
      tag: 'path',
      attributes: { d, stroke: 'var(--down)', 'stroke-width': 1.5, fill: 'none' },
    };
  });
  const marks: Markish[] = [
    cloud(plotter, dots, CLASS_COLORS, tried.length > 2000 ? 3 : 5),
    Plot.line(steps, { curve: 'step-after', stroke: 'var(--text)', strokeWidth: 2 }),
    ...(failed.length > 0 ? [ticks] : []),
  ];
  const options = plane(
    frame,
    { domain: [-last * 0.01, last * 1.01], label: (value) => count(value) },
    { domain: clip.domain, label: tickOf(objective.name) },
  );
  return plotter.svg({ ...options, marks }, frame.className);
}

interface Spread {
  readonly name: string;
  readonly values: readonly number[];
  readonly best: number | null;
  readonly luck: number | null;
}

/** Distributions: of the objectives, and of the Sharpe ratio where luck is known in nothing else. */
export function spreadSection(view: SweepView, plotter: Plotter): Html {
  const { tried, facts, luck, best } = view;
  if (best === null) {
    return html`<p class="remark">No trial was completed: nothing is spread.</p>`;
  }
  const spreads = facts.objectives.map(
    ({ name }, k): Spread => ({
      name,
      values: tried.map(({ row }) => row.values[k]!),
      best: best.row.values[k] ?? null,
      luck: name === 'sharpe' ? (luck?.sharpe ?? null) : null,
    }),
  );
  if (luck !== null && spreads.every(({ name }) => name !== 'sharpe')) {
    const values = tried.flatMap(({ row }) => row.statistics?.sharpe ?? []);
    spreads.push({ name: 'sharpe', values, best: luck.bestSharpe, luck: luck.sharpe });
  }
  return html`${spreads.filter(({ values }) => values.length > 0).map((spread) => spreadFigure(spread, view, plotter))}`;
}

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly trials: number;
}

function binsOf(values: readonly number[], low: number, high: number): Bin[] {
  const width = high > low ? (high - low) / BINS : Math.abs(low) * 0.01 || 1;
  const counts = new Array<number>(high > low ? BINS : 1).fill(0);
  for (const value of values) {
    const at = Math.floor((value - low) / width);
    counts[Math.max(0, Math.min(counts.length - 1, at))]!++;
  }
  return counts.map((trials, k) => ({ from: low + k * width, to: low + (k + 1) * width, trials }));
}

function spreadFigure(
  { name, values, best, luck }: Spread,
  view: SweepView,
  plotter: Plotter,
): Html {
  const goal = view.facts.objectives.find((one) => one.name === name)?.goal ?? 'max';
  const clip = clipped(values, goal === 'min');
  const sorted = values.map(clip.at).sort((a, b) => a - b);
  const bins = binsOf(values.map(clip.at), sorted[0]!, sorted.at(-1)!);
  const most = Math.max(...bins.map(({ trials }) => trials));
  const reach = luck === null ? [] : [luck];
  const domain = padded(Math.min(bins[0]!.from, ...reach), Math.max(bins.at(-1)!.to, ...reach));
  const above = luck === null ? 0 : values.filter((value) => value > luck).length;
  const words =
    luck === null
      ? 'What luck gives is known for the Sharpe ratio only.'
      : `The dashed line is what the best of ${count(view.luck!.trials)} worthless trials is expected to show: ${decimal(luck)}; ${some(above, 'trial')} of ${count(values.length)} ${above === 1 ? 'is' : 'are'} above it.`;
  const draw = (frame: Frame): Html => {
    const bars = plotter.mark(({ x, y }): SvgShape => {
      const d = bins
        .filter(({ trials }) => trials > 0)
        .map(({ from, to, trials }) => {
          const [left, right] = [Math.round(x(from)), Math.round(x(to))];
          return `M${left},${Math.round(y(0))}V${Math.round(y(trials))}H${Math.max(left + 1, right - 1)}V${Math.round(y(0))}z`;
        });
      return { tag: 'path', attributes: { d: d.join(''), fill: 'var(--second)' } };
    });
    const middle = (domain[0] + domain[1]) / 2;
    const side = (at: number) => ({ end: at > middle ? ('end' as const) : ('start' as const) });
    const marks: Markish[] = [
      bars,
      ...(luck === null
        ? []
        : ruler(plotter, luck, 'best by luck', 'up', { isDashed: true, dy: 4, ...side(luck) })),
      ...(best === null ? [] : ruler(plotter, best, 'best found', 'up', { dy: 22, ...side(best) })),
    ];
    const options = plane(
      frame,
      { domain, label: tickOf(name) },
      { domain: [0, most * 1.15], label: (value) => count(value) },
    );
    return plotter.svg({ ...options, marks }, frame.className);
  };
  const kept = bins.filter(({ trials }) => trials > 0);
  return html`${figure(
    {
      title: `Distribution of ${name}`,
      words: `${some(values.length, 'trial')}. ${words}${beyondWords(clip)}`,
    },
    frames(240, 200),
    draw,
  )}<details><summary>Distribution of ${name} as a table</summary>
${table<Bin>(
  `Trials by ${name}, empty ranges left out`,
  [
    { title: 'From', kind: 'number', cell: ({ from }) => valueText(name, from) },
    { title: 'To', kind: 'number', cell: ({ to }) => valueText(name, to) },
    { title: 'Trials', kind: 'number', cell: ({ trials }) => count(trials) },
  ],
  kept,
)}</details>`;
}
