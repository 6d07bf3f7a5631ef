// Trades on a price chart: a pale band while a position is held, a triangle where it began, a cross
// where it ended. Shape and direction carry the meaning, colour repeats it.
//
// Many trades become four paths in all; few keep a shape and a tooltip each.

import type { Trade } from '../../engine/portfolio/trade.ts';
import { percent, usd, utcMinute } from '../format.ts';
import type { PixelScales, SvgShape } from '../plot.ts';
import type { Frame } from './figure.ts';
import { price, qty } from './numbers.ts';

/** Above this many trades of a leg there are no tooltips: they would be most of the page. */
const MOST_TITLED = 40;

/** Bands over the time a position was open. */
export function spans(
  trades: readonly Trade[],
  { x, y }: PixelScales,
  domain: readonly [number, number],
  isFaint: boolean,
): SvgShape {
  const [bottom, top] = [tenth(y(domain[0])), tenth(y(domain[1]))];
  /** Bands that touch, or nearly do, are one. */
  const merge = (own: readonly Trade[]): [number, number][] => {
    const ends = own.map(({ entryMs, exitMs }): [number, number] => {
      return [tenth(x(entryMs)), tenth(Math.max(x(exitMs), x(entryMs) + 0.6))];
    });
    const merged: [number, number][] = [];
    for (const [left, right] of ends.sort((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last !== undefined && left - last[1] < 0.5) last[1] = Math.max(last[1], right);
      else merged.push([left, right]);
    }
    return merged;
  };
  const band = (side: Trade['side']): SvgShape => {
    let d = '';
    for (const [left, right] of merge(trades.filter((trade) => trade.side === side))) {
      d += `M${left},${top}H${right}V${bottom}H${left}z`;
    }
    return { tag: 'path', attributes: { class: `span ${side}`, d } };
  };
  const attributes = { class: isFaint ? 'crowd' : '' };
  return { tag: 'g', attributes, children: [band('long'), band('short')] };
}

/** True where trades stand closer than their markers are wide: then all is drawn fainter. */
export function isCrowded(trades: readonly Trade[], frame: Frame): boolean {
  return trades.length / frame.width > CROWDED;
}

const CROWDED = 0.15;

/** Triangles and crosses; the size shrinks as they get many. */
export function markers(trades: readonly Trade[], scales: PixelScales, frame: Frame): SvgShape {
  const isCrowd = isCrowded(trades, frame);
  const r = isCrowd ? 2.4 : trades.length / frame.width < 0.08 ? 5 : 3.6;
  const isTitled = frame.tooltips && trades.length <= MOST_TITLED;
  return {
    tag: 'g',
    attributes: { class: isCrowd ? 'crowd' : '' },
    children: isTitled
      ? titled(trades, scales, r)
      : merged(trades, scales, r, gridOf(trades, frame)),
  };
}

function titled(trades: readonly Trade[], { x, y }: PixelScales, r: number): SvgShape[] {
  return trades.flatMap((trade) => {
    const entry: SvgShape = {
      tag: 'path',
      attributes: {
        class: `entry ${trade.side}`,
        d: triangle(trade.side, x(trade.entryMs), y(trade.entryPrice), r),
      },
      title: `${trade.side} entry ${utcMinute(trade.entryMs)} UTC\n${qty(trade.qty)} at ${price(trade.entryPrice)}`,
    };
    if (trade.exitReason === 'open') return [entry];
    const exit: SvgShape = {
      tag: 'path',
      attributes: { class: 'exit', d: cross(x(trade.exitMs), y(trade.exitPrice), r) },
      title:
        `${trade.side} exit (${trade.exitReason}) ${utcMinute(trade.exitMs)} UTC\n` +
        `at ${price(trade.exitPrice)}: ${usd(trade.pnlUsd, { sign: true })}, ` +
        percent(trade.returnFraction, { digits: 2, sign: true }),
    };
    return [entry, exit];
  });
}

/** Pixels within which marks of a kind are one: the more there are, the less each of them says. */
function gridOf(trades: readonly Trade[], frame: Frame): number {
  const perPixel = trades.length / frame.width;
  return perPixel > 2 ? 16 : perPixel > 0.5 ? 5 : 2;
}

function merged(
  trades: readonly Trade[],
  { x, y }: PixelScales,
  r: number,
  grid: number,
): SvgShape[] {
  const paths = { exit: '', 'entry long': '', 'entry short': '' };
  const drawn = new Set<string>();
  const add = (kind: keyof typeof paths, px: number, py: number) => {
    const spot = `${kind} ${Math.round(px / grid)} ${Math.round(py / grid)}`;
    if (drawn.has(spot)) return;
    drawn.add(spot);
    paths[kind] += kind === 'exit' ? cross(px, py, r) : triangle(kind.slice(6), px, py, r);
  };
  for (const trade of trades) {
    add(`entry ${trade.side}`, x(trade.entryMs), y(trade.entryPrice));
    if (trade.exitReason !== 'open') add('exit', x(trade.exitMs), y(trade.exitPrice));
  }
  return Object.entries(paths).map(([kind, d]) => ({
    tag: 'path',
    attributes: { class: kind, d },
  }));
}

/** Below the price and pointing up for a long entry, above and down for a short one. */
function triangle(side: string, x: number, y: number, r: number): string {
  const away = side === 'long' ? 1 : -1;
  const height = tenth(away * r * 1.7);
  return `M${tenth(x)},${tenth(y + away * 2)}l${r},${height}h${-2 * r}z`;
}

function cross(x: number, y: number, r: number): string {
  const s = tenth(r * 0.75);
  return `M${tenth(x - s)},${tenth(y - s)}l${2 * s},${2 * s}m0,${-2 * s}l${-2 * s},${2 * s}`;
}

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
