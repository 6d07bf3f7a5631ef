// How long a message is under way. Three legs of the way have a stream of chance each, named after them,
// so that a draw more on one moves no number of another:
//
//   entry      our order to the venue          response   its answer to us
//   feed       the close of a candle to us

import { nearest, type Problem } from '../../errors.ts';
import { type Random, random } from '../../random.ts';

export type LatencyWay = 'entry' | 'response' | 'feed';

export interface LatencyConfig {
  readonly model: 'none' | 'constant' | 'uniform' | 'empirical';
  /** The constant, or the least of uniform. */
  readonly ms: number;
  /** The most of uniform. */
  readonly maxMs: number;
  /** Measured values for empirical, in any order. */
  readonly samples: readonly number[];
}

const MODELS: readonly string[] = ['none', 'constant', 'uniform', 'empirical'];
const MAX_MS = 3_600_000;

/** The latency of one leg of the way. The config must have passed `checkLatency`. */
export class LatencyModel {
  readonly #model: LatencyConfig['model'];
  readonly #leastMs: number;
  readonly #widthMs: number;
  readonly #sortedMs: Float64Array;
  /** Undefined where nothing is left to chance. */
  readonly #random: Random | undefined;

  constructor(config: LatencyConfig, seed: number, way: LatencyWay) {
    const { model, ms, maxMs, samples } = config;
    const chance = model === 'uniform' || model === 'empirical';
    this.#model = model;
    this.#leastMs = model === 'none' ? 0 : ms;
    this.#widthMs = model === 'uniform' ? maxMs - ms : 0;
    this.#sortedMs = model === 'empirical' ? Float64Array.from(samples).sort() : new Float64Array();
    this.#random = chance ? random(seed, `latency/${way}`) : undefined;
  }

  /** The next latency in ms, >= 0, not rounded. `none` and `constant` draw nothing. */
  draw(): number {
    if (this.#random === undefined) return this.#leastMs;
    const u = this.#random();
    if (this.#model === 'empirical') return quantile(this.#sortedMs, u);
    return this.#leastMs + this.#widthMs * u;
  }
}

/**
 * The value below which a share `u` (0 to 1) of a sorted sample lies: straight lines between its values,
 * the first at 0 and the last at 1 (type 7 of Hyndman and Fan 1996, the default of R and NumPy). So a
 * draw never leaves the range of what was measured. NaN for an empty sample.
 */
export function quantile(sorted: Float64Array, u: number): number {
  const position = (sorted.length - 1) * u;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (position - below);
}

/** What is wrong with the latency of one leg of the way; keys begin with `path`. */
export function checkLatency(path: string, config: LatencyConfig): Problem[] {
  const problems: Problem[] = [];
  const say = (key: string, rule: string, value?: unknown) =>
    problems.push({ key: `${path}.${key}`, rule, value });
  const { model, ms, maxMs, samples } = config;
  const inRange = (value: number) => value >= 0 && value <= MAX_MS;
  const range = `must be 0 to ${MAX_MS}`;
  if (!MODELS.includes(model)) {
    const rule = `must be one of ${MODELS.join(', ')}`;
    const key = `${path}.model`;
    problems.push({ key, rule, value: model, nearest: nearest(String(model), MODELS) });
  }
  if (!inRange(ms)) say('ms', range, ms);
  if (!inRange(maxMs)) say('maxMs', range, maxMs);
  else if (model === 'uniform' && maxMs < ms) say('maxMs', `must be ms, ${ms}, or more`, maxMs);
  if (model === 'empirical' && samples.length === 0) say('samples', 'must not be empty', samples);
  samples.forEach((value, i) => {
    if (!inRange(value)) say(`samples.${i}`, range, value);
  });
  return problems;
}
