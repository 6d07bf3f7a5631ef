// Plateau or spike, for eyes: what is found beside the best (engine/research/sweep/neighbours.ts) in words,
// by parameter, and trial by trial.

import {
  MOST_STEPS,
  type Neighbourhood as NeighbourhoodOf,
  type Neighbour as NeighbourOf,
  neighbourhood as neighbourhoodOf,
} from '../../engine/research/sweep/neighbours.ts';
import { count, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import { medianOf, type PageRow, type SweepView } from './view.ts';
import { parameterText, pointText, valueText } from './words.ts';

const MOST_ROWS = 30;

type Neighbour = NeighbourOf<PageRow>;
type Neighbourhood = NeighbourhoodOf<PageRow>;

/** What lies around the best by the first objective; null without one, or where all are alike. */
export function neighbourhood({ page, objective }: SweepView): Neighbourhood | null {
  return neighbourhoodOf(page.rows, objective.goal);
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
