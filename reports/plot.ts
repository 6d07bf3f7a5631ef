// Charts drawn without a browser: Observable Plot on linkedom's document, out as SVG text.
//
// The text is trimmed for a page that holds many charts: no style sheet of its own, coordinates to
// a tenth of a pixel, no fixed size (the viewBox scales). Colours are CSS variables of the page.
// Text from people must not go into a chart: captions are HTML, where it is escaped.

import type { Markish, PlotOptions } from '@observablehq/plot';
import { type Html, raw } from './html.ts';

export type { Markish, PlotOptions } from '@observablehq/plot';

/** Scales of a finished plot, as a hand-drawn mark gets them. */
export interface PixelScales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

export interface Plotter {
  readonly Plot: typeof import('@observablehq/plot');
  /** Draws; `width` and `height` of the options become the viewBox. */
  svg(options: PlotOptions, className: string): Html;
  /** A mark that draws one SVG element by hand, given the scales. */
  mark(draw: (scales: PixelScales) => SvgShape): Markish;
}

/** An SVG element to be made: a tag, attributes, perhaps a tooltip, perhaps children. */
export interface SvgShape {
  readonly tag: 'g' | 'path' | 'rect';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly title?: string;
  readonly children?: readonly SvgShape[];
}

/** The little of a document that is used here. */
interface Maker {
  createElementNS(namespace: string, tag: string): MadeElement;
}

interface MadeElement {
  textContent: string;
  setAttribute(name: string, value: string): void;
  appendChild(child: MadeElement): void;
}

const SVG = 'http://www.w3.org/2000/svg';

let loading: Promise<Plotter> | undefined;

/** Loads Plot on first use: it takes a tenth of a second that `--help` should not pay. */
export function loadPlot(): Promise<Plotter> {
  loading ??= load();
  return loading;
}

/**
 * d3 and Plot as their authors bundle them: two files where the modules are seven hundred, which take
 * four times as long to load. They leave themselves on `globalThis`.
 */
const BUNDLES = ['d3/dist/d3.min.js', '@observablehq/plot/dist/plot.umd.min.js'];

async function loadBundles(): Promise<Plotter['Plot']> {
  const left = globalThis as { d3?: unknown; Plot?: Plotter['Plot'] };
  for (const path of BUNDLES) {
    await import(new URL(`../node_modules/${path}`, import.meta.url).href);
  }
  const { Plot } = left;
  delete left.d3;
  delete left.Plot;
  return Plot!;
}

async function load(): Promise<Plotter> {
  const Plot = await loadBundles();
  const { parseHTML } = await import('linkedom/worker');
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return {
    Plot,
    svg(options, className) {
      const drawn = Plot.plot({ ...options, document, className: 'plot' });
      return raw(trimSvg(drawn.outerHTML, className));
    },
    mark(draw) {
      const markish = (_index: unknown, scales: unknown): unknown =>
        make(document as Maker, draw(scales as PixelScales));
      return markish as Markish;
    },
  };
}

function make(document: Maker, shape: SvgShape): MadeElement {
  const element = document.createElementNS(SVG, shape.tag);
  for (const [name, value] of Object.entries(shape.attributes)) {
    element.setAttribute(name, String(value));
  }
  if (shape.title !== undefined) {
    const title = document.createElementNS(SVG, 'title');
    title.textContent = shape.title;
    element.appendChild(title);
  }
  for (const child of shape.children ?? []) element.appendChild(make(document, child));
  return element;
}

function trimSvg(svg: string, className: string): string {
  const open = svg.slice(0, svg.indexOf('>') + 1);
  const viewBox = /viewBox="([^"]*)"/.exec(open)?.[1] ?? '0 0 640 400';
  const body = svg
    .slice(open.length)
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/ aria-(?:label|hidden)="[^"]*"/g, '')
    .replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g, tenths);
  return (
    `<svg class="plot ${className}" viewBox="${viewBox}" fill="currentColor" ` +
    `text-anchor="middle" aria-hidden="true">${body}`
  );
}

function tenths(_all: string, name: string, value: string): string {
  const short = value.replace(/\d+\.\d{2,}/g, (number) => String(Math.round(+number * 10) / 10));
  return ` ${name}="${short}"`;
}
