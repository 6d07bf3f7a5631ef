// When venues were kept from: the state of each breaker over the trial as a band, and its transitions
// as a table. Height tells the states apart, colour repeats it; venues are named in HTML, never in a
// picture.
//
//   open, isolated: full height      half-open: two thirds      closed: a line

import type { TrialBreaker, TrialFacts } from '../../engine/research/trial.ts';
import { percent, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Plotter, SvgShape } from '../plot.ts';
import { axes, type Frame, figure, frames } from '../run/figure.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import { timeCell, wordsCell } from './cells.ts';
import { span } from './words.ts';

/** The venues that are drawn; of more only the table tells. */
const MOST_DRAWN = 8;

/** A stretch of time in one state. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: string;
}

/** A band for each venue whose breaker moved, then every transition. */
export function breakersSection(facts: TrialFacts, plotter: Plotter): Html {
  const { breakers } = facts;
  if (breakers.length === 0) {
    return html`<p class="remark">No breaker moved: entries were let through all the time.</p>`;
  }
  const venues = [...new Set(breakers.map(({ venue }) => venue))];
  const drawn = venues.slice(0, MOST_DRAWN).map((venue) => {
    const stretches = stretchesOf(facts, venue);
    return figure(
      { title: venue, words: bandWords(facts, stretches), legend: LEGEND },
      frames(96, 96),
      (frame) => drawBand(facts, stretches, frame, plotter),
    );
  });
  const more = venues.length - drawn.length;
  return html`${drawn}${more > 0 && html`<p class="remark">${some(more, 'more venue')} only in the table.</p>`}${transitions(breakers)}`;
}

const KEY = 'display:inline-block;width:18px;vertical-align:-1px;margin-right:5px;';
const LEGEND = html`<span class="legend"><span><i style="${KEY}height:3px;vertical-align:3px;background:var(--second)"></i>closed: entries pass</span> <span><i style="${KEY}height:8px;background:var(--down-area)"></i>half-open: probes only</span> <span><i style="${KEY}height:13px;background:var(--down)"></i>open or isolated: no entries</span></span>`;

function stretchesOf({ breakers, fromMs, toMs }: TrialFacts, venue: string): Stretch[] {
  const own = breakers.filter((one) => one.venue === venue).sort((a, b) => a.atMs - b.atMs);
  const stretches: Stretch[] = [];
  let state = own[0]!.from;
  let sinceMs = Math.min(fromMs, own[0]!.atMs);
  for (const { atMs, to } of own) {
    if (atMs > sinceMs) stretches.push({ fromMs: sinceMs, toMs: atMs, state });
    state = to;
    sinceMs = atMs;
  }
  stretches.push({ fromMs: sinceMs, toMs: Math.max(toMs, sinceMs), state });
  return stretches;
}

function bandWords({ fromMs, toMs }: TrialFacts, stretches: readonly Stretch[]): string {
  const outMs = stretches
    .filter(({ state }) => state !== 'closed')
    .reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
  const opened = stretches.filter(({ state }, at) => {
    return state !== 'closed' && (at === 0 || stretches[at - 1]!.state === 'closed');
  }).length;
  const last = stretches[stretches.length - 1]!.state;
  return `Kept entries back ${some(opened, 'time')}, for ${span(outMs)} in all (${percent(outMs / (toMs - fromMs), { digits: 2 })} of the trial); ${last} at the end.`;
}

const HEIGHTS: Readonly<Record<string, number>> = { closed: 0.08, 'half-open': 0.6 };
const FILLS: Readonly<Record<string, string>> = {
  closed: 'var(--second)',
  'half-open': 'var(--down-area)',
};

function drawBand(
  { fromMs, toMs }: TrialFacts,
  stretches: readonly Stretch[],
  frame: Frame,
  plotter: Plotter,
): Html {
  const time = [fromMs, Math.max(toMs, fromMs + 1)] as const;
  const band = plotter.mark(({ x, y }) => {
    const bottom = y(0);
    const children = stretches.map(({ fromMs: start, toMs: end, state }): SvgShape => {
      const left = x(Math.max(start, time[0]));
      const height = (bottom - y(1)) * (HEIGHTS[state] ?? 1);
      // An outage of a minute in a week is narrower than a pixel, and must be seen.
      const width = Math.max(x(Math.min(end, time[1])) - left, state === 'closed' ? 0 : 2.5);
      const attributes = {
        x: left,
        y: bottom - height,
        width,
        height,
        fill: FILLS[state] ?? 'var(--down)',
      };
      if (!frame.tooltips) return { tag: 'rect', attributes };
      const title = `${state}: ${utcMinute(start)} to ${utcMinute(end)} UTC (${span(end - start)})`;
      return { tag: 'rect', attributes, title };
    });
    return { tag: 'g', attributes: {}, children };
  });
  const options = axes(frame, time, { domain: [0, 1] }, 20);
  return plotter.svg(
    { ...options, y: { type: 'linear', domain: [0, 1], axis: null }, marks: [band] },
    frame.className,
  );
}

const CAUSE_WORDS: Readonly<Record<string, string>> = {
  failures: 'too many failures in a row',
  'break-over': 'the break was over',
  'probe-failed': 'a probe failed',
  'probes-succeeded': 'probes succeeded',
  isolated: 'isolated by hand',
  released: 'released by hand',
};

function transitions(breakers: readonly TrialBreaker[]): Html {
  return table<TrialBreaker>(
    `${some(breakers.length, 'transition')} of breakers, oldest first`,
    [
      { title: 'At, UTC', kind: 'text', cell: ({ atMs }) => timeCell(atMs) },
      { title: 'Venue', kind: 'text', cell: ({ venue }) => venue },
      { title: 'From', kind: 'text', cell: ({ from }) => from },
      { title: 'To', kind: 'text', cell: ({ to }) => to },
      {
        title: 'Because',
        kind: 'text',
        cell: ({ cause }) =>
          wordsCell(Object.hasOwn(CAUSE_WORDS, cause) ? CAUSE_WORDS[cause] : cause),
      },
    ],
    [...breakers].sort((a, b) => a.atMs - b.atMs),
  );
}
