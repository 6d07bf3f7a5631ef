// Plateau or spike: what becomes of the objective one step beside the best. A value that is good among
// good neighbours may be a property of the market; one that stands alone was found by looking often.
//
// A neighbour is a trial whose every parameter is the best's or next to it: the next value that was
// tried, or within a tenth of the range where more than MOST_STEPS values were. Words must be equal.
// It keeps the share of the best's lead over the median trial that it has itself; failed = 0.

import type { Value } from '../../engine/research/sweep/axis.ts';
import type { Point } from '../../engine/research/sweep/space.ts';
import { count, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import { areAlike, medianOf, type PageRow, type SweepView } from './view.ts';
import { parameterText, pointText, valueText } from './words.ts';

/** Distinct values up to which the next one is a step. */
const MOST_STEPS = 64;
const NEAR = 0.1;
/** A neighbour that keeps this much is as good as the best. */
const AS_GOOD = 0.9;
/** Neighbours below which nothing is said. */
const FEWEST = 3;
const MOST_ROWS = 30;

export interface Neighbour {
  readonly row: PageRow;
  /** Null where it failed. */
  readonly value: number | null;
  /** 1 = as good as the best, 0 = as the median trial or worse, or failed. */
  readonly kept: number;
}

export interface Neighbourhood {
  /** The worst first. */
  readonly neighbours: readonly Neighbour[];
  /** Of them, those that keep half or more. */
  readonly keeping: number;
  /** Median share that they keep; null without any. */
  readonly kept: number | null;
  /** Share of them within a tenth of the best's lead; null without any. */
  readonly asGood: number | null;
  /** By path: the mean share that is lost one step away in that parameter alone, and over how many. */
  readonly losses: ReadonlyMap<string, { readonly mean: number; readonly of: number }>;
  readonly kind: 'plateau' | 'spike' | 'unknown';
}

/** What lies around the best by the first objective; null without one, or where all are alike. */
export function neighbourhood(view: SweepView): Neighbourhood | null {
  const { best, page, median } = view;
  if (best === null || areAlike(view)) return null;
  const isNear = nearnessOf(view);
  const competing = new Map(view.tried.map(({ row, value }) => [row.index, value]));
  const neighbours = page.rows.flatMap((row): Neighbour[] => {
    if (row.index === best.row.index || row.fraction !== best.row.fraction) return [];
    if (!isNear(row.point, best.row.point)) return [];
    const value = competing.get(row.index) ?? null;
    const share = value === null ? 0 : (value - median) / (best.value - median);
    const kept = Number.isFinite(share) ? Math.max(0, Math.min(1, share)) : 0;
    return [{ row, value, kept }];
  });
  neighbours.sort((a, b) => a.kept - b.kept || a.row.index - b.row.index);
  const keeping = neighbours.filter(({ kept }) => kept >= 0.5).length;
  const kept = neighbours.length === 0 ? null : medianOf(neighbours.map((one) => one.kept));
  const kind =
    kept === null || neighbours.length < FEWEST ? 'unknown' : kept >= 0.5 ? 'plateau' : 'spike';
  const good = neighbours.filter((one) => one.kept >= AS_GOOD).length;
  const asGood = neighbours.length === 0 ? null : good / neighbours.length;
  const losses = lossesOf(view, best.row.point, neighbours);
  return { neighbours, keeping, kept, asGood, losses, kind };
}

/** What one step costs in each parameter while all others stay. */
function lossesOf({ axes }: SweepView, best: Point, neighbours: readonly Neighbour[]) {
  const losses = new Map<string, { mean: number; of: number }>();
  for (const { row, kept } of neighbours) {
    const moved = axes.filter(({ path }) => row.point[path] !== best[path]);
    if (moved.length !== 1) continue;
    const { path } = moved[0]!;
    const { mean, of } = losses.get(path) ?? { mean: 0, of: 0 };
    losses.set(path, { mean: (mean * of + 1 - kept) / (of + 1), of: of + 1 });
  }
  return losses;
}

function nearnessOf({ axes, page }: SweepView): (a: Point, b: Point) => boolean {
  const tests = axes.map((axis) => {
    const { path, isNumeric } = axis;
    if (!isNumeric) return (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b);
    const numbers = page.rows.flatMap(({ point }) => {
      const value = point[path];
      return typeof value === 'number' ? [value] : [];
    });
    const distinct = [...new Set(numbers)].sort((a, b) => a - b);
    if (distinct.length > MOST_STEPS) {
      return (a: Value, b: Value) => Math.abs(axis.shareOf(a) - axis.shareOf(b)) <= NEAR;
    }
    const rank = new Map(distinct.map((value, k) => [value, k]));
    return (a: Value, b: Value) =>
      Math.abs((rank.get(a as number) ?? NaN) - (rank.get(b as number) ?? NaN)) <= 1;
  });
  return (a, b) =>
    tests.every((test, k) => {
      const { path } = axes[k]!;
      const [one, other] = [a[path], b[path]];
      return one === undefined || other === undefined ? one === other : test(one, other);
    });
}

/** The answer in words, neighbours by parameter, and the neighbours themselves. */
export function neighboursSection(view: SweepView): Html {
  const { best, objective, names } = view;
  if (best === null) return html`<p class="remark">Without a best there is nothing beside it.</p>`;
  const around = neighbourhood(view);
  if (around === null) {
    return html`<p>All trials have the same ${objective.name}: there is nothing to choose.</p>`;
  }
  const { neighbours } = around;
  const shown = neighbours.slice(0, MOST_ROWS);
  const left = neighbours.length - shown.length;
  const list = html`<details><summary>The neighbours as a table</summary>
${table<Neighbour>(
  `Neighbours of trial ${best.row.index}, those that keep least first.${left > 0 ? ` ${count(left)} that keep more are left out.` : ''}`,
  [
    { title: 'Trial', kind: 'number', cell: ({ row }) => String(row.index) },
    {
      title: objective.name,
      kind: 'number',
      cell: ({ value }) => (value === null ? 'failed' : valueText(objective.name, value)),
    },
    { title: 'Keeps', kind: 'number', cell: ({ kept }) => percent(kept, { digits: 0 }) },
    { title: 'Parameters', kind: 'text', cell: ({ row }) => pointText(row.point, names) },
  ],
  shown,
)}</details>`;
  return html`<p><b>${TITLES[around.kind]}</b> ${neighbourWords(view, around)}</p>
<p class="remark">A neighbour has each parameter at the best's value or next to it: the next value that was tried, or within a tenth of the range where more than ${MOST_STEPS} values were. What it keeps is its own lead over the median trial as a share of the best's; a failed one keeps nothing.</p>
${neighbours.length > 0 && html`${sidesTable(view, around)}${list}`}`;
}

const TITLES = {
  plateau: 'Plateau.',
  spike: 'Spike.',
  unknown: 'Cannot be told.',
} as const;

/** The sentence behind the word. */
export function neighbourWords(
  { objective, best, median }: SweepView,
  { neighbours, keeping, kept, asGood, kind }: Neighbourhood,
): string {
  const value = (one: number) => valueText(objective.name, one);
  if (kind === 'unknown') {
    return `Only ${some(neighbours.length, 'trial')} lay next to the best: try its neighbours before believing it.`;
  }
  return `${count(keeping)} of ${some(neighbours.length, 'neighbour')} keep half or more of what the best (${value(best!.value)}) has over the median trial (${value(median)}); the median neighbour keeps ${percent(kept, { digits: 0 })}, and ${percent(asGood, { digits: 0 })} of them are within a tenth of it.`;
}

interface Side {
  readonly name: string;
  readonly at: string;
  readonly below: readonly Neighbour[];
  readonly above: readonly Neighbour[];
  readonly loss: { readonly mean: number; readonly of: number } | null;
}

/** Along each numeric parameter: what those keep that lie lower, and higher. */
function sidesTable({ axes, best }: SweepView, { neighbours, losses }: Neighbourhood): Html {
  const rows = axes.flatMap(({ path, name, isNumeric }): Side[] => {
    const at = best!.row.point[path];
    if (!isNumeric || typeof at !== 'number') return [];
    const side = (sign: number) =>
      neighbours.filter(({ row }) => Math.sign((row.point[path] as number) - at) === sign);
    const loss = losses.get(path) ?? null;
    return [{ name, at: parameterText(at), below: side(-1), above: side(1), loss }];
  });
  const cell = (side: readonly Neighbour[]) =>
    side.length === 0
      ? 'none tried'
      : `${percent(medianOf(side.map(({ kept }) => kept)), { digits: 0 })} of ${side.length}`;
  return table<Side>(
    'What the median neighbour keeps, one step down and one step up each numeric parameter, and of how many',
    [
      { title: 'Parameter', kind: 'text', cell: ({ name }) => name },
      { title: 'Best at', kind: 'number', cell: ({ at }) => at },
      { title: 'Next below', kind: 'number', cell: ({ below }) => cell(below) },
      { title: 'Next above', kind: 'number', cell: ({ above }) => cell(above) },
      {
        title: 'Lost by a step in it alone',
        kind: 'number',
        cell: ({ loss }) =>
          loss === null ? 'none tried' : `${percent(loss.mean, { digits: 0 })} of ${loss.of}`,
      },
    ],
    rows,
  );
}
