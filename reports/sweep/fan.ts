// Equity of the best configs on the searched span, each as its return since the start: a fan that stays
// together says that the values hardly matter, one that spreads that they do.

import { DAY_MS } from '../../engine/interval.ts';
import { count, percent, utcDate } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { axes, type Frame, figure, frames, innerWidth, padded } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { type TableColumn, table } from '../run/table.ts';
import { thinRows } from '../thin.ts';
import type { SweepView } from './view.ts';
import { tickOf } from './words.ts';

/** Curves of one fan, at most. */
export const MOST_CURVES = 20;

interface Curve {
  readonly index: number;
  /** Return since the start, as a fraction. */
  readonly growth: Float64Array;
}

interface Fan {
  readonly closeMs: Float64Array;
  readonly curves: readonly Curve[];
  readonly left: number;
}

/** The figure and its table. */
export function fanSection(view: SweepView, plotter: Plotter): Html {
  const fan = fanOf(view);
  if (fan === null || fan.curves.length === 0 || fan.closeMs.length === 0) {
    return html`<p class="remark">No equity of the best configs was given.</p>`;
  }
  const { curves, left, closeMs } = fan;
  const ends = curves.map(({ growth }) => lastOf(growth));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const more = left > 0 ? ` ${count(left)} more are not drawn.` : '';
  return html`${figure(
    {
      title: 'Equity of the best configs',
      words: `Return since the start of ${some(curves.length, 'config')} on the searched span, from ${percent(low, { sign: true })} to ${percent(high, { sign: true })} at the end.${more}`,
      legend: html`<span class="legend"><span><i class="key thick"></i>first of the table</span> <span><i class="key thin"></i>the others</span></span>`,
    },
    frames(300, 230),
    (frame) => draw(fan, frame, plotter),
  )}<details><summary>Equity of the best configs as a table</summary>
${table<Curve>('Return since the start', columnsOf(closeMs), curves)}</details>`;
}

function draw({ closeMs, curves }: Fan, frame: Frame, plotter: Plotter): Html {
  const { Plot } = plotter;
  let [low, high] = [0, 0];
  for (const { growth } of curves) {
    for (const value of growth) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const fromMs = closeMs[0]!;
  const toMs = Math.max(closeMs.at(-1)!, fromMs + 1);
  // Many curves share the picture: each has a dot for every few pixels.
  const columns = Math.max(60, Math.floor((innerWidth(frame) * 3) / (curves.length + 2)));
  const lines = curves.map(({ growth }, k): Markish => {
    const rows = thinRows(closeMs, growth, Math.min(growth.length, closeMs.length), columns);
    const points = rows.map((row) => [closeMs[row]!, growth[row]!] as const);
    return Plot.line(points, {
      stroke: k === 0 ? 'var(--first)' : 'var(--second)',
      strokeWidth: k === 0 ? 2.4 : 1,
    });
  });
  const marks: Markish[] = [
    Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.4 }),
    ...lines.slice(1).reverse(),
    lines[0]!,
  ];
  const options = axes(frame, [fromMs, toMs], {
    domain: padded(low, high),
    label: tickOf('totalReturn'),
  });
  return plotter.svg({ ...options, marks }, frame.className);
}

function columnsOf(closeMs: Float64Array): TableColumn<Curve>[] {
  const last = closeMs.length - 1;
  const rows = [...new Set([0.25, 0.5, 0.75, 1].map((share) => Math.round(last * share)))];
  return [
    { title: 'Trial', kind: 'number', cell: ({ index }) => String(index) },
    ...rows.map(
      (row): TableColumn<Curve> => ({
        title: utcDate(closeMs[row]),
        kind: 'number',
        isSigned: true,
        cell: ({ growth }) => percent(growth[row], { sign: true }),
      }),
    ),
  ];
}

function lastOf(growth: Float64Array): number {
  const known = growth.filter(Number.isFinite);
  return known.at(-1) ?? 0;
}

/** The equity that was given, or what the daily returns of the best compound to. */
function fanOf({ page, facts }: SweepView): Fan | null {
  const { equity, dailyReturns, rows } = page;
  const ranked = facts.best.map(({ index }) => index);
  if (equity !== null) {
    const curves = equity.curves.slice(0, MOST_CURVES).map(({ index, equityUsd }): Curve => {
      const own = rows.find((row) => row.index === index)?.statistics;
      const given = own ? own.finalEquityUsd / (1 + own.totalReturn) : Number.NaN;
      const cash = Number.isFinite(given) && given > 0 ? given : equityUsd[0]!;
      return { index, growth: equityUsd.map((usd) => usd / cash - 1) };
    });
    return { closeMs: equity.closeMs, curves, left: equity.curves.length - curves.length };
  }
  if (dailyReturns === null || dailyReturns.trials !== rows.length) return null;
  const { rows: days, values } = dailyReturns;
  const place = new Map(rows.map(({ index }, k) => [index, k]));
  const curves = ranked.slice(0, MOST_CURVES).flatMap((index): Curve[] => {
    const k = place.get(index);
    if (k === undefined) return [];
    let equity = 1;
    const growth = values.slice(k * days, (k + 1) * days).map((value) => {
      equity *= 1 + value;
      return equity - 1;
    });
    return [{ index, growth }];
  });
  const first = Math.floor(facts.trainMs[0] / DAY_MS) * DAY_MS;
  const closeMs = Float64Array.from({ length: days }, (_, day) => first + (day + 1) * DAY_MS);
  return { closeMs, curves, left: ranked.length - curves.length };
}
