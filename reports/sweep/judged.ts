// The best on rows that no trial was chosen by: their objective there against that on the rows that
// were searched. What lies below the diagonal fell once nobody was choosing.

import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Markish, Plotter } from '../plot.ts';
import { type Frame, figure, frames, padded } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { cloud, plane } from './chart.ts';
import { medianOf, type SweepView } from './view.ts';
import { tickOf, valueText } from './words.ts';

interface Pair {
  readonly train: number;
  readonly test: number;
}

/** The scatter; the table behind it is that of the best trials. */
export function judgedSection(view: SweepView, plotter: Plotter): Html {
  const { facts, objective, isBetter } = view;
  if (facts.testMs === null) {
    return html`<p class="remark">No rows were held back (<code>splits</code>): the best was chosen and measured on the same rows.</p>`;
  }
  const pairs = facts.best.flatMap(({ values, test }): Pair[] => {
    const [train, tested] = [values[0] ?? NaN, test?.values[0] ?? NaN];
    return Number.isFinite(train) && Number.isFinite(tested) ? [{ train, test: tested }] : [];
  });
  const missing = facts.best.length - pairs.length;
  const none = missing > 0 ? ` ${some(missing, 'trial')} had no value there.` : '';
  if (pairs.length === 0) {
    return html`<p class="remark">No trial has a value on the test span.${none}</p>`;
  }
  const top = pairs.reduce((a, b) => (isBetter(b.train, a.train) ? b : a));
  const worse = pairs.filter(({ train, test }) => isBetter(train, test)).length;
  const all = pairs.flatMap(({ train, test }) => [train, test]);
  const domain = padded(Math.min(...all), Math.max(...all), 0.08);
  const median = (pick: (pair: Pair) => number) =>
    valueText(objective.name, medianOf(pairs.map(pick)));
  const draw = (frame: Frame): Html => {
    const { Plot } = plotter;
    const dots = pairs.map((pair) => ({
      x: pair.train,
      y: pair.test,
      kind: pair === top ? 1 : 0,
    }));
    const marks: Markish[] = [
      Plot.line(
        [
          [domain[0], domain[0]],
          [domain[1], domain[1]],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.5, strokeDasharray: '5,4' },
      ),
      cloud(plotter, dots, ['var(--up-area)', 'var(--text)'], 8),
    ];
    const axis = { domain, label: tickOf(objective.name) };
    return plotter.svg({ ...plane(frame, axis, axis), marks }, frame.className);
  };
  return html`${figure(
    {
      title: `${objective.name}: searched span against test span`,
      words: `Across on the rows that were searched, up on the test rows, for ${some(pairs.length, 'judged trial')}; the dashed line is where both are equal. ${count(worse)} of ${count(pairs.length)} ${worse === 1 ? 'is' : 'are'} worse on the test rows: the median goes from ${median(({ train }) => train)} to ${median(({ test }) => test)}.${none}`,
      legend: html`<span class="legend"><span><i class="key" style="background:var(--text)"></i>the best</span> <span><i class="key" style="background:var(--up-area)"></i>the others</span></span>`,
    },
    frames(340, 300),
    draw,
  )}<p class="remark">The numbers are in the table of the <a href="#best">best trials</a>.</p>`;
}
