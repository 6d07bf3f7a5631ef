// The two pictures of a walk-forward: how the days were divided, and what the days that were traded came to.

import { DAY_MS } from '../../engine/interval.ts';
import { count, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { axes, type Frame, figure, frames, innerWidth, padded } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { tickOf } from '../sweep/words.ts';
import { thinRows } from '../thin.ts';
import type { Dates, WalkDocument } from './document.ts';
import { msOf } from './words.ts';

/** Where holding moved so many times as far as everything else, it would flatten the picture. */
const MOST_TIMES = 4;
/** Curves beside the one that is judged. */
const MOST_CURVES = 40;
/** Bars that the division is drawn with; of more the first ones. */
const MOST_BARS = 60;

/** Growth of 1 of the judged history, of the other paths, and of holding. */
export function equityFigure(document: WalkDocument, plotter: Plotter): Html {
  const { stitched, heldReturns, crossValidation } = document;
  const judged = growthOf(stitched.dailyReturns);
  const held = growthOf(heldReturns);
  const others = (crossValidation?.paths ?? [])
    .filter((_, p) => p + 1 !== crossValidation?.judgedPath)
    .slice(0, MOST_CURVES)
    .map(({ dailyReturns }) => growthOf(dailyReturns));
  const own = spanOf([judged, ...others]);
  const isHeldDrawn = widthOf(spanOf([held])) <= MOST_TIMES * widthOf(own);
  const curves = isHeldDrawn ? [held, ...others, judged] : [...others, judged];
  const name = crossValidation === null ? 'stitched out of sample' : 'path that is judged';
  const many = others.length === 0 ? '' : `, beside ${some(others.length, 'other path')}`;
  return figure(
    {
      title: 'Equity out of sample',
      words: `Return since ${stitched.from}${many}: ${percent(stitched.totalReturn, { sign: true })} at the end; holding ${percent(document.buyAndHold, { sign: true })}${isHeldDrawn ? '' : ', which is off this scale'}.`,
      legend: html`<span class="legend"><span><i class="key line-first"></i>${name}</span> ${others.length > 0 && html`<span><i class="key line-second"></i>other paths</span> `}${isHeldDrawn && html`<span><i class="key line-third"></i>buy and hold</span>`}</span>`,
    },
    frames(300, 230),
    (frame) => {
      const [low, high] = spanOf(curves);
      const closeMs = Float64Array.from(judged, (_, t) => msOf(stitched.from) + t * DAY_MS);
      const columns = Math.max(60, Math.floor((innerWidth(frame) * 3) / (curves.length + 2)));
      const line = (growth: Float64Array, stroke: string, strokeWidth: number): Markish => {
        const rows = thinRows(closeMs, growth, growth.length, columns);
        return plotter.Plot.line(
          rows.map((row) => [closeMs[row]!, growth[row]!] as const),
          { stroke, strokeWidth },
        );
      };
      const marks: Markish[] = [
        plotter.Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
        ...(isHeldDrawn ? [line(held, 'var(--down-area)', 1.2)] : []),
        ...others.map((one) => line(one, 'var(--second)', 1)),
        line(judged, 'var(--first)', 2.2),
      ];
      const span = [closeMs[0]!, Math.max(closeMs.at(-1)!, closeMs[0]! + DAY_MS)] as const;
      const up = { domain: padded(low, high), label: tickOf('totalReturn') };
      return plotter.svg({ ...axes(frame, span, up), marks }, frame.className);
    },
  );
}

/** Return since the start at the end of each day, from 0 before the first one. */
function growthOf(returns: readonly number[]): Float64Array {
  const growth = new Float64Array(returns.length + 1);
  let worth = 1;
  returns.forEach((r, t) => {
    worth *= 1 + r;
    growth[t + 1] = worth - 1;
  });
  return growth;
}

/** The span of curves, 0 included; a day that is no number has no height. */
function spanOf(curves: readonly Float64Array[]): [number, number] {
  let [low, high] = [0, 0];
  for (const curve of curves) {
    for (const value of curve) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

function widthOf([low, high]: readonly [number, number]): number {
  return high - low;
}

interface Bar extends Dates {
  /** Row of the picture, from 0 at the top. */
  readonly at: number;
  readonly isTest: boolean;
}

/** Which days each search saw, and which it was traded on. */
export function divisionFigure(document: WalkDocument, plotter: Plotter): Html {
  const { list, crossValidation } = document;
  const searches = crossValidation?.splits ?? list;
  const bars = searches.slice(0, MOST_BARS).flatMap((search, at): Bar[] => [
    ...search.trainedOn.map((dates) => ({ ...dates, at, isTest: false })),
    ...('tested' in search ? search.tested : [search]).map(({ from, to }) => {
      return { from, to, at, isTest: true };
    }),
  ]);
  const rows = Math.min(searches.length, MOST_BARS);
  const noun = crossValidation === null ? 'fold' : 'split';
  const more =
    searches.length > MOST_BARS ? ` ${count(searches.length - MOST_BARS)} more are not drawn.` : '';
  const between = crossValidation === null ? '' : ' What lies between them is purged or embargoed.';
  const height = 60 + 14 * rows;
  return figure(
    {
      title: 'How the days were divided',
      words: `One row a ${noun}, from the top: the days that were searched on, and those that were traded.${between}${more}`,
      legend: html`<span class="legend"><span><i class="key" style="background:var(--second)"></i>searched</span> <span><i class="key" style="background:var(--first)"></i>traded</span></span>`,
    },
    frames(height, height),
    (frame) => draw(bars, rows, frame, plotter),
  );
}

function draw(bars: readonly Bar[], rows: number, frame: Frame, plotter: Plotter): Html {
  const from = Math.min(...bars.map((bar) => msOf(bar.from)));
  const to = Math.max(...bars.map((bar) => msOf(bar.to)));
  const blank = { domain: [-rows, 0] as const, label: () => '' };
  const boxes = bars.map(({ at, isTest, ...dates }) => ({
    x1: msOf(dates.from),
    x2: msOf(dates.to),
    y1: -at - 0.85,
    y2: -at - 0.15,
    fill: isTest ? 'var(--first)' : 'var(--second)',
    opacity: isTest ? 1 : 0.45,
  }));
  const marks: Markish[] = [
    plotter.Plot.rect(boxes, {
      x1: 'x1',
      x2: 'x2',
      y1: 'y1',
      y2: 'y2',
      fill: 'fill',
      fillOpacity: 'opacity',
    }),
  ];
  const options = axes(frame, [from, to], blank, 12);
  return plotter.svg({ ...options, y: { ...options.y, grid: false }, marks }, frame.className);
}
