// The best trials as a table, the test span beside the searched one; with several objectives their
// Pareto front as a chart and a table.

import type { BestTrial } from '../../engine/research/sweep/facts.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { type Frame, figure, frames } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { type TableColumn, table } from '../run/table.ts';
import { beyondWords, clipped, cloud, plane } from './chart.ts';
import type { SweepView } from './view.ts';
import { parameterText, pathsOf, tickOf, valueText } from './words.ts';

/** Rows of a table of trials, at most; result.json has all. */
export const MOST_BEST = 100;

type Shown = Pick<BestTrial, 'index' | 'point' | 'values' | 'statistics'> & {
  readonly rank: number;
  readonly test: BestTrial['test'];
};

/** The best of the sweep, best first. */
export function bestTable(view: SweepView): Html {
  const { facts } = view;
  if (facts.best.length === 0) {
    return html`<p class="remark">No trial was completed: there is no best.</p>`;
  }
  const front = new Set(facts.front);
  const rows = facts.best.slice(0, MOST_BEST).map((one, k): Shown => ({ ...one, rank: k + 1 }));
  const left = facts.best.length - rows.length;
  const more = left > 0 ? ` ${count(left)} more are in result.json.` : '';
  const marks = facts.front.length > 0 ? ' * = on the Pareto front.' : '';
  const spans =
    facts.testMs === null
      ? 'No rows were held back, so there is no test beside them.'
      : '"Test" is the same config on rows that no trial was chosen by.';
  return html`${table(`The best ${some(rows.length, 'trial')}, best first. ${spans}${marks}${more}`, columnsOf(view, rows, front), rows)}`;
}

function columnsOf(
  { facts, names }: SweepView,
  rows: readonly Shown[],
  front: ReadonlySet<number>,
): TableColumn<Shown>[] {
  const hasTest = facts.testMs !== null;
  const statistic = (name: keyof Statistics, title: string): TableColumn<Shown>[] => [
    {
      title,
      kind: 'number',
      cell: ({ statistics }) => valueText(name, statistics?.[name]),
    },
    ...testColumn(hasTest, title, ({ test }) => valueText(name, test?.statistics?.[name])),
  ];
  const objectives = facts.objectives.map(({ name }) => name);
  return [
    {
      title: 'Rank',
      kind: 'number',
      cell: ({ rank, index }) => `${rank}${front.has(index) ? ' *' : ''}`,
    },
    { title: 'Trial', kind: 'number', cell: ({ index }) => String(index) },
    ...objectives.flatMap((name, k): TableColumn<Shown>[] => [
      { title: name, kind: 'number', cell: ({ values }) => valueText(name, values[k]) },
      ...testColumn(hasTest, name, ({ test }) => valueText(name, test?.values[k])),
    ]),
    ...pathsOf(rows).map(
      (path): TableColumn<Shown> => ({
        title: names.get(path) ?? path,
        kind: 'text',
        cell: ({ point }) => parameterText(point[path]),
      }),
    ),
    ...statistic('trades', 'Trades'),
    ...(objectives.includes('maxDrawdown') ? [] : statistic('maxDrawdown', 'Drawdown')),
    ...(objectives.includes('totalReturn') ? [] : statistic('totalReturn', 'Return')),
  ];
}

function testColumn(
  hasTest: boolean,
  title: string,
  cell: TableColumn<Shown>['cell'],
): TableColumn<Shown>[] {
  return hasTest ? [{ title: `Test: ${title}`, kind: 'number', cell }] : [];
}

/** Front of several objectives; nothing for one. */
export function frontSection(view: SweepView, plotter: Plotter): Html | null {
  const { facts, tried } = view;
  const [first, second] = facts.objectives;
  if (first === undefined || second === undefined || tried.length === 0) return null;
  const byIndex = new Map(tried.map(({ row }) => [row.index, row]));
  const front = facts.front.flatMap((index) => byIndex.get(index) ?? []);
  const shown = front.slice(0, MOST_BEST);
  const left = front.length - shown.length;
  const known = new Map(facts.best.map((one) => [one.index, one]));
  const rows = shown.map(({ index, point, values }, k): Shown => {
    const { test = null, statistics = null } = known.get(index) ?? {};
    return { index, point, values, statistics, rank: k + 1, test };
  });
  const across = clipped(
    tried.map(({ row }) => row.values[0]!),
    first.goal === 'min',
  );
  const up = clipped(
    tried.map(({ row }) => row.values[1]!),
    second.goal === 'min',
  );
  const others = facts.objectives.slice(2).map(({ name }) => name);
  const unseen = others.length > 0 ? ` ${others.join(', ')} cannot be seen here.` : '';
  const isFront = new Set(facts.front);
  const draw = (frame: Frame): Html => {
    const dots = tried.map(({ row }) => ({
      x: across.at(row.values[0]!),
      y: up.at(row.values[1]!),
      kind: isFront.has(row.index) ? 1 : 0,
    }));
    const [beaten, kept] = [0, 1].map((kind) => dots.filter((dot) => dot.kind === kind));
    const colors = ['var(--second)', 'var(--up)'];
    const marks: Markish[] = [
      cloud(plotter, beaten!, colors, dots.length > 2000 ? 2 : 5),
      cloud(plotter, kept!, colors, 8),
    ];
    const options = plane(
      frame,
      { domain: across.domain, label: tickOf(first.name) },
      { domain: up.domain, label: tickOf(second.name) },
    );
    return plotter.svg({ ...options, marks }, frame.className);
  };
  return html`${figure(
    {
      title: 'Pareto front',
      words: `Across ${first.name} (${first.goal}), up ${second.name} (${second.goal}): ${some(front.length, 'trial')} that no other beats in every objective, of ${count(tried.length)}.${unseen}${beyondWords({ ...up, beyond: up.beyond + across.beyond })}`,
      legend: html`<span class="legend"><span><i class="key" style="background:var(--up)"></i>on the front</span> <span><i class="key" style="background:var(--second)"></i>beaten</span></span>`,
    },
    frames(320, 260),
    draw,
  )}${table(
    `The front, its lonely ends first.${left > 0 ? ` ${count(left)} more are in result.json.` : ''}`,
    columnsOf(view, rows, new Set()),
    rows,
  )}`;
}
