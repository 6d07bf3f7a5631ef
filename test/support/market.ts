// Small markets that read like a chart, and what a strategy says on them.
//
//   candles('100 101 99')            closes; each opens at the close before and spans the two
//   candles('100/104/98/101')        open/high/low/close
//   candles('100 101@500 - 102')     @ is the volume (100 unless told), - is a hole
//   candles('100x50 101')            x repeats
//   candles(`${ramp(100, 110, 24)} 109`)
//
// The view made here is the smallest one that keeps the contract: it reuses one object per leg.

import type { Action, Strategy, View, Vote } from '../../engine/agents/contract.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { type Headline, Headlines } from '../../engine/market/headlines.ts';
import type { Feature } from '../../engine/market/indicator.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { buildPanel, type Panel, type SeriesInput } from '../../engine/market/panel.ts';

/** 2024-01-01T00:00:00Z. */
export const START_MS = 1_704_067_200_000;

export interface ChartOptions {
  readonly intervalMs?: number;
  readonly startMs?: number;
}

/** Candles drawn as words; see the head of this file. */
export function candles(chart: string, options: ChartOptions = {}): CandleArrays {
  const words = chart.trim().split(/\s+/).flatMap(repeated);
  const { intervalMs = HOUR_MS, startMs = START_MS } = options;
  const out = candleArrays(words.length);
  let last = Number.NaN;
  words.forEach((word, i) => {
    out.openMs[i] = startMs + i * intervalMs;
    if (word === '-') return;
    const [prices = '', volume = '100'] = word.split('@');
    const drawn = prices.split('/').map(Number);
    if (![1, 4].includes(drawn.length) || !drawn.every(Number.isFinite)) {
      throw new Error(`chart word ${i}: must be close or open/high/low/close, was ${word}`);
    }
    const close = drawn.at(-1)!;
    const open = drawn.length === 4 ? drawn[0]! : Number.isNaN(last) ? close : last;
    out.open[i] = open;
    out.high[i] = drawn.length === 4 ? drawn[1]! : Math.max(open, close);
    out.low[i] = drawn.length === 4 ? drawn[2]! : Math.min(open, close);
    out.close[i] = close;
    out.volume[i] = Number(volume);
    last = close;
  });
  return out;
}

function repeated(word: string): string[] {
  const [what = '', times = '1'] = word.split('x');
  return new Array<string>(Number(times)).fill(what);
}

/** `count` closes in equal steps; the first is one step after `from`, the last is `to`. */
export function ramp(from: number, to: number, count: number): string {
  const step = (to - from) / count;
  return Array.from({ length: count }, (_, k) => `${+(from + step * (k + 1)).toFixed(6)}`).join(
    ' ',
  );
}

export function instrumentOf(symbol: string, changes: Partial<Instrument> = {}): Instrument {
  return {
    venue: 'test',
    symbol,
    tickSize: 0.01,
    lotSize: 0.001,
    minNotionalUsd: 5,
    makerFeeBps: 2,
    takerFeeBps: 5,
    maxLeverage: 20,
    source: 'synthetic',
    validFromMs: 0,
    ...changes,
  };
}

export interface PanelOptions {
  readonly intervalMs?: number;
  readonly maxHoleCandles?: number;
  readonly series?: readonly SeriesInput[];
  readonly headlines?: readonly Headline[];
}

/** A panel of charts or candles by symbol, legs in the order given. */
export function panelOf(
  legs: Readonly<Record<string, string | CandleArrays>>,
  options: PanelOptions = {},
): Panel {
  const { intervalMs = HOUR_MS, maxHoleCandles = 60, series = [], headlines = [] } = options;
  const inputs = Object.entries(legs).map(([symbol, drawn]) => ({
    instrument: instrumentOf(symbol),
    candles: typeof drawn === 'string' ? candles(drawn, { intervalMs }) : drawn,
  }));
  return buildPanel(inputs, intervalMs, maxHoleCandles, series, new Headlines(headlines));
}

/** An outside series with one value from the beginning of time. */
export function constantSeries(name: string, value: number): SeriesInput {
  return { name, publishedMs: new Float64Array([0]), value: new Float64Array([value]) };
}

export type MutableView = { -readonly [K in keyof View]: View[K] };

/** The view of one leg at row 0; `view.i` may be moved. */
export function viewOf(
  strategy: Strategy,
  panel: Panel,
  overrides: Readonly<Record<string, number | string | boolean>> = {},
  legIndex = 0,
): MutableView {
  const leg = panel.legs[legIndex]!;
  const parameters: Record<string, number | string | boolean> = {};
  for (const [name, spec] of Object.entries(strategy.parameters ?? {})) {
    parameters[name] = (spec as { default: number | string | boolean }).default;
  }
  Object.assign(parameters, overrides);
  const features: Record<string, Float64Array> = {};
  const declared: Readonly<Record<string, Feature>> = strategy.features?.(parameters) ?? {};
  for (const [name, feature] of Object.entries(declared)) {
    features[name] = leg.features.column(feature, panel.intervalMs);
  }
  const vote = { action: 'HOLD' as Action, confidence: 0, reason: undefined as string | undefined };
  return {
    i: 0,
    closeMs: panel.openMs[0]! + panel.intervalMs,
    intervalMs: panel.intervalMs,
    venue: leg.instrument.venue,
    symbol: leg.instrument.symbol,
    columns: leg.candles,
    features,
    series: panel.series,
    parameters: parameters as View['parameters'],
    state: strategy.state?.(),
    memory: null,
    vote(action, confidence, reason) {
      vote.action = action;
      vote.confidence = confidence;
      vote.reason = reason;
      return vote;
    },
    abstain: () => null,
    headlines(most, withinMs) {
      return panel.headlines.newest(this.closeMs, most, withinMs);
    },
  };
}

/** The vote of an agent at every row, null where it abstains. */
export function votesOf(
  strategy: Strategy,
  panel: Panel,
  overrides: Readonly<Record<string, number | string | boolean>> = {},
): (Vote | null)[] {
  const view = viewOf(strategy, panel, overrides);
  return Array.from({ length: panel.length }, (_, i) => {
    moveTo(view, panel, i);
    const vote = strategy.analyze!(view, null);
    return vote === null ? null : { ...vote };
  });
}

/** What a deciding strategy answers at every row; undefined keeps the target. */
export function decisionsOf(
  strategy: Strategy,
  panel: Panel,
  overrides: Readonly<Record<string, number | string | boolean>> = {},
): (number | undefined)[] {
  const view = viewOf(strategy, panel, overrides);
  return Array.from({ length: panel.length }, (_, i) => {
    moveTo(view, panel, i);
    return strategy.decide!(view);
  });
}

function moveTo(view: MutableView, panel: Panel, i: number): void {
  view.i = i;
  view.closeMs = panel.openMs[i]! + panel.intervalMs;
}
