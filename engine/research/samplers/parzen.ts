// Parzen estimators: a density over points, one kernel a point seen and one, the prior, over all.
//
//   range    a normal kernel cut off at the ends; its width is the larger gap to a neighbour, and no
//            less than the range over min(100, kernels + 1) ("magic clip")
//   finite   the mass of such a kernel on the value's cell
//   choice   prior / kernels on every value, 1 more on the one seen
//
// A point's density is the product over axes within a kernel, summed over kernels by weight.
// Bergstra, Bardenet, Bengio and Kégl 2011; rules and constants are those of Optuna's estimator.

import { InvariantError } from '../../errors.ts';
import type { Random } from '../../random.ts';
import { normalCdf, normalQuantile } from '../../statistics/normal.ts';
import type { Axis, Value } from '../sweep/axis.ts';
import type { Point } from '../sweep/space.ts';

const HALF_LOG_TWO_PI = Math.log(2 * Math.PI) / 2;
/** Beyond this many widths a kernel holds less than 1e-18 of itself: taken as none. */
const FAR = 9;

/** Weights of n points, oldest first: the last 25 count in full, those before less and less. */
export function recencyWeights(n: number): number[] {
  const ramp = Math.max(0, n - 25);
  return Array.from({ length: n }, (_, i) => {
    if (i >= ramp || n === 0) return 1;
    return ramp === 1 ? 1 / n : 1 / n + (i / (ramp - 1)) * (1 - 1 / n);
  });
}

/**
 * Widths of normal kernels at `centres` within low to high, the prior's not among them. The first
 * and last look inwards only, once there are two.
 */
export function kernelWidths(centres: readonly number[], low: number, high: number): number[] {
  const order = centres.map((_, k) => k).sort((a, b) => centres[a]! - centres[b]! || a - b);
  const least = (high - low) / Math.min(100, centres.length + 2);
  const widths = new Array<number>(centres.length);
  const last = order.length - 1;
  order.forEach((k, place) => {
    const below = centres[k]! - (place === 0 ? low : centres[order[place - 1]!]!);
    const above = (place === last ? high : centres[order[place + 1]!]!) - centres[k]!;
    const inner = place === 0 ? above : place === last ? below : Math.max(below, above);
    const width = last === 0 ? Math.max(below, above) : inner;
    widths[k] = Math.max(least, Math.min(high - low, width));
  });
  return widths;
}

/** Log of a sum of exponentials; -Infinity where all are. */
export function logSumExp(logs: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logs.length; k++) if (logs[k]! > most) most = logs[k]!;
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (let k = 0; k < logs.length; k++) sum += Math.exp(logs[k]! - most);
  return most + Math.log(sum);
}

/** Log density at x of a normal of `centre` and `width`, cut off at low and high (may be infinite). */
export function logNormal(
  x: number,
  centre: number,
  width: number,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): number {
  const z = (x - centre) / width;
  return (
    (-z * z) / 2 - HALF_LOG_TWO_PI - Math.log(width) - Math.log(mass(low, high, centre, width))
  );
}

/** Share of a normal between low and high. Taken in the lower tail, where precision is kept. */
function mass(low: number, high: number, centre: number, width: number): number {
  const a = (low - centre) / width;
  const b = (high - centre) / width;
  return a > 0 ? cdf(-a) - cdf(-b) : cdf(b) - cdf(a);
}

/** Knots a unit of the table below; between two of them the error is below 1e-12. */
const KNOTS = 256;
let tails: Float64Array | null = null;

/**
 * The normal distribution, read between knots by cubics that also meet its slope (the density): a
 * proposal asks for it a hundred thousand times, and where it is 1e-12 another kernel decides.
 */
function cdf(z: number): number {
  if (z > FAR) return 1;
  if (z < -FAR) return 0;
  tails ??= Float64Array.from({ length: FAR * KNOTS + 2 }, (_, k) => normalCdf(-k / KNOTS));
  const at = Math.abs(z) * KNOTS;
  const k = Math.floor(at);
  const t = at - k;
  const [left, right] = [tails[k]!, tails[k + 1]!];
  const slope = (x: number) => -Math.exp((-x * x) / 2 - HALF_LOG_TWO_PI) / KNOTS;
  const [from, to] = [slope(k / KNOTS), slope((k + 1) / KNOTS)];
  const bend = 3 * (right - left) - 2 * from - to;
  const twist = 2 * (left - right) + from + to;
  const tail = left + t * (from + t * (bend + t * twist));
  return z < 0 ? tail : 1 - tail;
}

/** The kernels of one axis. */
interface Kernels {
  /** A value drawn from kernel k. */
  draw(k: number, draw: Random): Value;
  /** Adds the log density of a value under each kernel to `into`. */
  addLogDensity(value: Value, into: Float64Array): void;
}

/** A density over some axes of a space, from the points seen. */
export class Parzen {
  readonly #axes: readonly Axis[];
  readonly #weights: Float64Array;
  readonly #logWeights: Float64Array;
  readonly #kernels: readonly Kernels[];

  /** `points`, oldest first, know every one of `axes`; the prior weighs `priorWeight` of a point. */
  constructor(
    axes: readonly Axis[],
    points: readonly Point[],
    weights: readonly number[],
    priorWeight: number,
  ) {
    const all = points.length === 0 ? [1] : [...weights, priorWeight];
    const total = all.reduce((sum, weight) => sum + weight, 0);
    this.#axes = axes;
    this.#weights = Float64Array.from(all, (weight) => weight / total);
    this.#logWeights = this.#weights.map(Math.log);
    this.#kernels = axes.map((axis) => {
      const values = points.map((point) => point[axis.path]!);
      return axis.scale === null
        ? choiceKernels(axis, values, priorWeight)
        : rangeKernels(axis, values);
    });
  }

  /** One value an axis, all from the same kernel. */
  sample(draw: Random): Value[] {
    const share = draw();
    let k = 0;
    for (let sum = this.#weights[0]!; sum <= share && k < this.#weights.length - 1; ) {
      sum += this.#weights[++k]!;
    }
    return this.#kernels.map((kernels) => kernels.draw(k, draw));
  }

  /** Log of the density (of the mass, for finite axes) at one value an axis. */
  logDensity(values: readonly Value[]): number {
    const logs = this.#logWeights.slice();
    this.#axes.forEach((_, n) => {
      this.#kernels[n]!.addLogDensity(values[n]!, logs);
    });
    return logSumExp(logs);
  }
}

function rangeKernels(axis: Axis, values: readonly Value[]): Kernels {
  const { scale } = axis;
  if (scale === null) throw new InvariantError('normal kernels need a range');
  const { low, high, coordinateOf, cellOf } = scale;
  const seen = values.map((value) => coordinateOf(value as number));
  const centres = [...seen, (low + high) / 2];
  const widths = [...kernelWidths(seen, low, high), high - low];
  const logMass = centres.map((centre, k) => Math.log(mass(low, high, centre, widths[k]!)));
  const logWidths = widths.map(Math.log);
  // Of few values many kernels are alike.
  const kinds = axis.count < Number.POSITIVE_INFINITY ? kindsOf(centres, widths) : [];
  const terms = new Float64Array(kinds.length);
  return {
    draw(k, draw) {
      const [centre, width] = [centres[k]!, widths[k]!];
      const from = cdf((low - centre) / width);
      const share = from + draw() * (cdf((high - centre) / width) - from);
      const inside = Math.max(Number.MIN_VALUE, Math.min(1 - Number.EPSILON, share));
      const coordinate = centre + width * normalQuantile(inside);
      return scale.valueAt(Math.max(low, Math.min(high, coordinate)));
    },
    addLogDensity(value, into) {
      const cell = cellOf(value as number);
      const x = coordinateOf(value as number);
      if (cell === null) {
        for (let k = 0; k < into.length; k++) {
          const z = (x - centres[k]!) / widths[k]!;
          into[k]! += (-z * z) / 2 - HALF_LOG_TWO_PI - logWidths[k]! - logMass[k]!;
        }
        return;
      }
      for (let k = 0; k < into.length; k++) {
        const kind = kinds[k]!;
        if (kind === k) {
          terms[k] = Math.log(mass(cell[0], cell[1], centres[k]!, widths[k]!)) - logMass[k]!;
        }
        into[k]! += terms[kind]!;
      }
    },
  };
}

/** Of each kernel the first one that has the same centre and width. */
function kindsOf(centres: readonly number[], widths: readonly number[]): number[] {
  const known = new Map<number, Map<number, number>>();
  return centres.map((centre, k) => {
    let byWidth = known.get(centre);
    if (byWidth === undefined) {
      byWidth = new Map();
      known.set(centre, byWidth);
    }
    const kind = byWidth.get(widths[k]!) ?? k;
    byWidth.set(widths[k]!, kind);
    return kind;
  });
}

function choiceKernels(axis: Axis, values: readonly Value[], priorWeight: number): Kernels {
  const { count } = axis;
  const seen = values.map((value) => axis.optionOf(value));
  const base = values.length === 0 ? 1 : priorWeight / (values.length + 1);
  const sum = (isPrior: boolean) => count * base + (isPrior ? 0 : 1);
  const isPrior = (k: number) => k === seen.length;
  return {
    draw(k, draw) {
      let share = draw() * sum(isPrior(k));
      for (let option = 0; option < count - 1; option++) {
        share -= base + (seen[k] === option ? 1 : 0);
        if (share < 0) return axis.value(option);
      }
      return axis.value(count - 1);
    },
    addLogDensity(value, into) {
      const option = axis.optionOf(value);
      for (let k = 0; k < into.length; k++) {
        into[k]! += Math.log((base + (seen[k] === option ? 1 : 0)) / sum(isPrior(k)));
      }
    },
  };
}
