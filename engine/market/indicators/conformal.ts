// Where the price may be `horizon` candles from now: an interval that holds its promise by counting how
// often it did, around a model so simple that nobody need trust it.
//
//   model      log return to come = slope x EMA of the log returns, the slope by least squares through
//              the origin over what has come true, old pairs fading: it may trend, revert or say 0
//   interval   forecast +- the ceil((n + 1)(1 - alpha))-th smallest of the last n errors (split conformal:
//              Vovk; Lei et al. 2018); beyond n of them there is no bound
//   alpha      moves by gamma x (target - missed) after each forecast that has come due, so that coverage
//              holds when markets change (adaptive conformal inference: Gibbs and Candes 2021)
//
// A forecast is compared with nothing but what was known `horizon` candles later. Nothing is allocated.

import type { CandleColumns } from '../column.ts';
import type { Feature, Indicator } from '../indicator.ts';
import { defineIndicator, featureOf, Parameters } from './definition.ts';
import { SortedWindow } from './sorted-window.ts';

export interface ConformalOptions {
  /** Candles of the EMA of returns. Default 20. */
  readonly period?: number;
  /** Candles ahead. Default 12. */
  readonly horizon?: number;
  /** Errors that are kept. Default 250. */
  readonly window?: number;
  /** Of forecasts, how many shall lie in their interval, 0 to 1, both excluded. Default 0.8. */
  readonly coverage?: number;
  /** Step of the adaptation; 0 = none. Default 0.005, the paper's. */
  readonly gamma?: number;
}

export interface ConformalFeatures {
  /** Prices; the bounds are 0 and infinity where no interval of that coverage can be given. */
  readonly lower: Feature;
  readonly middle: Feature;
  readonly upper: Feature;
  /** The share of past errors with which the price comes to lie above today's; below it: 0 to 1. */
  readonly up: Feature;
  readonly down: Feature;
}

/** Which of n scores, from 1, bounds a new one with probability 1 - alpha; above n: none does. */
export function conformalRank(n: number, alpha: number): number {
  // (n + 1)(1 - alpha) of 9 and 0.1 is 9 and a rounding error, which must not count as a tenth.
  return Math.ceil((n + 1) * (1 - alpha) - 1e-9);
}

/** The miscoverage to aim at next, after one forecast that missed or did not. May leave 0 to 1. */
export function adaptedAlpha(
  alpha: number,
  target: number,
  gamma: number,
  missed: boolean,
): number {
  return alpha + gamma * (target - (missed ? 1 : 0));
}

/** The interval forecast. First on candle `period` + `horizon` + `window`. */
export function conformalForecast(options: ConformalOptions = {}): ConformalFeatures {
  const { period = 20, horizon = 12, window = 250, coverage = 0.8, gamma = 0.005 } = options;
  const isShare = (value: number) => value > 0 && value < 1;
  const enough = Math.ceil(1 / (1 - coverage)) - 1;
  new Parameters('conformalForecast')
    .period('period', period)
    .period('horizon', horizon)
    .rule('coverage', 'must be between 0 and 1', coverage, isShare(coverage))
    .rule('gamma', 'must be 0 to 1', gamma, gamma >= 0 && gamma <= 1)
    .period('window', window, isShare(coverage) ? Math.max(2, enough) : 2)
    .check();
  const rules: Rules = { period, horizon, window, target: 1 - coverage, gamma };
  const spec = defineIndicator(
    `conformalForecast(${period},${horizon},${window},${coverage},${gamma})`,
    ['lower', 'middle', 'upper', 'up', 'down'],
    period + horizon + window,
    (input, outputs) => new Conformal(input, outputs, rules),
  );
  return Object.freeze({
    lower: featureOf(spec, 0),
    middle: featureOf(spec, 1),
    upper: featureOf(spec, 2),
    up: featureOf(spec, 3),
    down: featureOf(spec, 4),
  });
}

interface Rules {
  readonly period: number;
  readonly horizon: number;
  readonly window: number;
  readonly target: number;
  readonly gamma: number;
}

class Conformal implements Indicator {
  readonly #input: CandleColumns;
  readonly #lower: Float64Array;
  readonly #middle: Float64Array;
  readonly #upper: Float64Array;
  readonly #up: Float64Array;
  readonly #down: Float64Array;
  readonly #rules: Rules;
  /** Of the last `horizon` candles: close, EMA, forecast, half width; NaN = none was made. */
  readonly #closes: Float64Array;
  readonly #leans: Float64Array;
  readonly #forecasts: Float64Array;
  readonly #halves: Float64Array;
  /** Errors of forecasts that came due, signed and by size. */
  readonly #errors: SortedWindow;
  readonly #sizes: SortedWindow;
  #at = 0;
  #seen = 0;
  #before = Number.NaN;
  #ema = 0;
  #alpha: number;
  /** Fading sums of EMA x outcome and of EMA squared. */
  #product = 0;
  #square = 0;

  constructor(input: CandleColumns, outputs: readonly Float64Array[], rules: Rules) {
    const { horizon, window, target } = rules;
    this.#input = input;
    this.#lower = outputs[0]!;
    this.#middle = outputs[1]!;
    this.#upper = outputs[2]!;
    this.#up = outputs[3]!;
    this.#down = outputs[4]!;
    this.#rules = rules;
    this.#closes = new Float64Array(horizon);
    this.#leans = new Float64Array(horizon);
    this.#forecasts = new Float64Array(horizon);
    this.#halves = new Float64Array(horizon);
    this.#errors = new SortedWindow(window);
    this.#sizes = new SortedWindow(window);
    this.#alpha = target;
    this.reset();
  }

  reset(): void {
    this.#forecasts.fill(Number.NaN);
    this.#errors.reset();
    this.#sizes.reset();
    this.#at = this.#seen = this.#ema = this.#product = this.#square = 0;
    this.#before = Number.NaN;
    this.#alpha = this.#rules.target;
  }

  run(from: number, to: number): void {
    const { close } = this.#input;
    for (let i = from; i < to; i++) {
      this.#lower[i] = this.#middle[i] = this.#upper[i] = Number.NaN;
      this.#up[i] = this.#down[i] = Number.NaN;
      const c = close[i]!;
      if (c === c) this.#step(i, c);
    }
  }

  #step(i: number, close: number): void {
    const { period, horizon, window } = this.#rules;
    const at = this.#at;
    this.#learn(close, at);
    // The first return arrives with the second candle and starts the EMA.
    if (this.#seen > 0) {
      const step = Math.log(close / this.#before);
      this.#ema += (step - this.#ema) * (this.#seen === 1 ? 1 : 2 / (period + 1));
    }
    this.#before = close;
    this.#seen++;
    const isWarm = this.#seen > period;
    const forecast = this.#square > 0 ? (this.#product / this.#square) * this.#ema : 0;
    this.#closes[at] = close;
    this.#leans[at] = this.#ema;
    this.#forecasts[at] = isWarm ? forecast : Number.NaN;
    this.#halves[at] = Number.NaN;
    this.#at = at + 1 === horizon ? 0 : at + 1;
    if (this.#sizes.length === window) this.#halves[at] = this.#write(i, close, forecast);
  }

  /** What was forecast `horizon` candles ago has come due. */
  #learn(close: number, at: number): void {
    const forecast = this.#forecasts[at]!;
    if (forecast !== forecast) return;
    const { target, gamma, window } = this.#rules;
    const outcome = Math.log(close / this.#closes[at]!);
    const error = outcome - forecast;
    const size = Math.abs(error);
    const half = this.#halves[at]!;
    if (half === half) this.#alpha = adaptedAlpha(this.#alpha, target, gamma, size > half);
    this.#errors.push(error);
    this.#sizes.push(size);
    const lean = this.#leans[at]!;
    const kept = 1 - 1 / window;
    this.#product = this.#product * kept + lean * outcome;
    this.#square = this.#square * kept + lean * lean;
  }

  /** Gives the half width of the interval, in log return. */
  #write(i: number, close: number, forecast: number): number {
    const { sorted, length } = this.#sizes;
    const rank = conformalRank(length, this.#alpha);
    const half = rank > length ? Number.POSITIVE_INFINITY : rank < 1 ? 0 : sorted[rank - 1]!;
    this.#lower[i] = close * Math.exp(forecast - half);
    this.#middle[i] = close * Math.exp(forecast);
    this.#upper[i] = close * Math.exp(forecast + half);
    this.#up[i] = this.#errors.above(-forecast) / (length + 1);
    this.#down[i] = this.#errors.below(-forecast) / (length + 1);
    return half;
  }
}
