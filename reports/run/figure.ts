// What all charts of the page share: two drawings of each, one for a wide screen and one for a
// phone (scaling one drawing down would make its labels unreadable), a caption in words, axes.

import { DAY_MS } from '../../engine/interval.ts';
import { decimal, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { PlotOptions } from '../plot.ts';

/** One of the two drawings: the size of its viewBox and how many ticks fit. */
export interface Frame {
  readonly className: string;
  readonly width: number;
  readonly height: number;
  readonly xTicks: number;
  readonly yTicks: number;
  /** The wide one has tooltips: a phone has no pointer. */
  readonly tooltips: boolean;
}

export interface Frames {
  readonly wide: Frame;
  readonly narrow: Frame;
}

/** Frames of these heights; `wide` is the width of the container the chart is meant for. */
export function frames(wideHeight: number, narrowHeight: number, wide = 1000): Frames {
  const yTicks = (height: number) => Math.max(2, Math.round(height / 50));
  return {
    wide: {
      className: 'wide',
      width: wide,
      height: wideHeight,
      xTicks: Math.round(wide / 110),
      yTicks: yTicks(wideHeight),
      tooltips: true,
    },
    narrow: {
      className: 'narrow',
      width: 360,
      height: narrowHeight,
      xTicks: 4,
      yTicks: yTicks(narrowHeight),
      tooltips: false,
    },
  };
}

export interface FigureText {
  readonly title: string;
  /** What the chart shows, in words; it stands below the title and is read instead of the picture. */
  readonly words: string;
  /** Keys of the colours, as HTML. */
  readonly legend?: Html;
  /** The same as a table, folded away. */
  readonly table?: Html | null;
}

/** A figure with its caption, the picture named for those who cannot see it. */
export function figure(text: FigureText, shapes: Frames, draw: (frame: Frame) => Html): Html {
  return html`<figure>
<figcaption><b>${text.title}</b> <span>${text.words}</span>${text.legend}</figcaption>
<div class="picture" role="img" aria-label="${`${text.title}. ${text.words}`}">${draw(shapes.wide)}${draw(shapes.narrow)}</div>${text.table && behind(text.table)}
</figure>
`;
}

/** What stands behind a picture, for those who would rather read it. */
export function behind(table: Html): Html {
  return html`<details class="behind"><summary>As a table</summary>${table}</details>`;
}

/** Pixels that a curve may use across, at most: what it is thinned to. */
export function innerWidth(frame: Frame): number {
  return frame.width - 48;
}

/** A number axis: what it spans and how a tick is written, given the places it needs. */
export interface NumberAxis {
  readonly domain: readonly [number, number];
  readonly label?: (value: number, digits: number) => string;
  /** Equal ratios are equal heights; the domain is above 0. */
  readonly isLog?: boolean;
}

/** Pixels that the tick labels of an axis need; charts one above the other share the widest. */
export function labelWidth(frame: Frame, { domain, label = plain }: NumberAxis): number {
  const digits = placesOfTicks(domain[1] - domain[0], frame.yTicks);
  const longest = Math.max(...domain.map((value) => label(value, digits).length));
  return 12 + 7 * longest;
}

/** Options for time across and a number up. */
export function axes(
  frame: Frame,
  x: readonly [number, number],
  y: NumberAxis,
  left = labelWidth(frame, y),
): PlotOptions {
  const { domain, label = plain } = y;
  const digits = placesOfTicks(domain[1] - domain[0], frame.yTicks);
  return {
    width: frame.width,
    height: frame.height,
    marginLeft: left,
    marginRight: 20,
    marginTop: 10,
    marginBottom: 34,
    x: timeAxis(frame, x),
    y: {
      type: y.isLog ? 'log' : 'linear',
      domain: [domain[0], domain[1]],
      label: null,
      grid: true,
      ticks: y.isLog ? logTicks(domain, frame.yTicks) : frame.yTicks,
      tickSize: 0,
      tickFormat: (value: number) => label(value, digits),
    },
  };
}

/** Days and months as Plot writes them; within a week hours of 24, with the day where it begins. */
function timeAxis(
  frame: Frame,
  [fromMs, toMs]: readonly [number, number],
): NonNullable<PlotOptions['x']> {
  const axis = {
    type: 'utc',
    domain: [new Date(fromMs), new Date(toMs)],
    label: null,
    ticks: frame.xTicks,
  } as const;
  if (toMs - fromMs > 8 * DAY_MS) return axis;
  const tickFormat = (at: Date, tick: number) => {
    const [day, time] = utcMinute(at.getTime()).split(' ');
    return tick === 0 || time === '00:00' ? `${time}\n${day!.slice(5)}` : time!;
  };
  return { ...axis, tickFormat };
}

function plain(value: number, digits: number): string {
  return decimal(value, { digits });
}

/** Round values at about equal heights: powers of ten where they are enough, else a linear choice. */
function logTicks([low, high]: readonly [number, number], count: number): number[] {
  const ticks: number[] = [];
  if (high / low > 100) {
    for (let k = Math.ceil(Math.log10(low)); 10 ** k <= high; k++) ticks.push(10 ** k);
    return ticks;
  }
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough)!;
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(k * step);
  return ticks;
}

/** Places after the point of round ticks over a range (steps of 1, 2 or 5 times a power of ten). */
function placesOfTicks(range: number, ticks: number): number {
  if (!(range > 0)) return 2;
  const step = range / ticks;
  const power = Math.floor(Math.log10(step));
  const whole = step / 10 ** power >= Math.sqrt(50) ? power + 1 : power;
  return Math.min(18, Math.max(0, -whole));
}

/** The span of values with a margin above and below, never empty. */
export function padded(low: number, high: number, margin = 0.04): [number, number] {
  if (!(low <= high)) return [0, 1];
  const pad = (high - low) * margin || Math.abs(high) * 0.01 || 1;
  return [low - pad, high + pad];
}
