// The state of CMA-ES: mean, step size, covariance and the two paths, and how a generation moves them.
// Names and formulas are those of N. Hansen's tutorial (arXiv 1604.00772), sections 3 and 4, Table 1.

import { type Eigen, eigenOf, identity } from './eigen.ts';

export interface CmaParameters {
  readonly lambda: number;
  readonly mu: number;
  /** Of the best mu, falling; their sum is 1. */
  readonly weights: readonly number[];
  readonly muEff: number;
  readonly cc: number;
  readonly cs: number;
  readonly c1: number;
  readonly cMu: number;
  readonly damps: number;
  /** Expected length of a standard normal vector. */
  readonly chiN: number;
}

/** Hansen's defaults for n dimensions and lambda points a generation. */
export function cmaParameters(n: number, lambda: number): CmaParameters {
  const mu = Math.floor(lambda / 2);
  const weights = weightsOf(lambda, mu);
  const muEff = 1 / weights.reduce((sum, weight) => sum + weight * weight, 0);
  const cs = (muEff + 2) / (n + muEff + 5);
  const c1 = 2 / ((n + 1.3) ** 2 + muEff);
  const cMu = (2 * (0.25 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff);
  return {
    lambda,
    mu,
    weights,
    muEff,
    cc: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    cs,
    c1,
    cMu: Math.min(1 - c1, cMu),
    damps: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cs,
    chiN: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

/** ln((lambda + 1) / 2) - ln i for the best `count`, scaled to a sum of 1. */
function weightsOf(lambda: number, count: number): number[] {
  const raw = Array.from({ length: count }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

export class Cloud {
  readonly #parameters: CmaParameters;
  #mean: Float64Array;
  #sigma: number;
  #c: Float64Array[];
  #eigen: Eigen;
  readonly #pc: Float64Array;
  readonly #ps: Float64Array;
  #generations = 0;

  constructor(mean: Float64Array, sigma: number, lambda: number) {
    const n = mean.length;
    this.#parameters = cmaParameters(n, lambda);
    this.#mean = mean;
    this.#sigma = sigma;
    this.#c = identity(n);
    this.#eigen = { values: new Float64Array(n).fill(1), vectors: identity(n) };
    this.#pc = new Float64Array(n);
    this.#ps = new Float64Array(n);
  }

  get mean(): Float64Array {
    return this.#mean;
  }

  /** Standard deviation along its longest axis. */
  get spread(): number {
    return this.#sigma * Math.sqrt(Math.max(...this.#eigen.values));
  }

  /** A draw of mean + sigma N(0, C), from standard normal draws. */
  draw(normal: () => number): Float64Array {
    const { values, vectors } = this.#eigen;
    const stretched = values.map((value) => Math.sqrt(value) * normal());
    return this.#mean.map((at, i) => at + this.#sigma * dot(vectors[i]!, stretched));
  }

  /** Moves towards the places of a generation, best first; none of them leaves all as it is. */
  update(ranked: readonly Float64Array[]): void {
    if (ranked.length === 0) return;
    const { lambda, mu, muEff, cc, cs, c1, cMu, damps, chiN } = this.#parameters;
    const n = this.#mean.length;
    const weights = weightsOf(lambda, Math.min(mu, ranked.length));
    const steps = weights.map((_, i) =>
      this.#mean.map((at, k) => (ranked[i]![k]! - at) / this.#sigma),
    );
    const mean = this.#mean.map((_, k) =>
      steps.reduce((sum, y, i) => sum + weights[i]! * y[k]!, 0),
    );
    this.#mean = this.#mean.map((at, k) => at + this.#sigma * mean[k]!);
    this.#generations++;

    const whitened = this.#whitened(mean);
    const reach = Math.sqrt(cs * (2 - cs) * muEff);
    for (let k = 0; k < n; k++) this.#ps[k] = (1 - cs) * this.#ps[k]! + reach * whitened[k]!;
    const length = Math.sqrt(dot(this.#ps, this.#ps));
    const settled = Math.sqrt(1 - (1 - cs) ** (2 * this.#generations));
    const isSteady = length / settled < (1.4 + 2 / (n + 1)) * chiN;
    const gain = isSteady ? Math.sqrt(cc * (2 - cc) * muEff) : 0;
    for (let k = 0; k < n; k++) this.#pc[k] = (1 - cc) * this.#pc[k]! + gain * mean[k]!;

    const kept = 1 - c1 - cMu + (isSteady ? 0 : c1 * cc * (2 - cc));
    this.#c = this.#c.map((row, i) =>
      row.map((value, j) => {
        const spread = steps.reduce((sum, y, r) => sum + weights[r]! * y[i]! * y[j]!, 0);
        return kept * value + c1 * this.#pc[i]! * this.#pc[j]! + cMu * spread;
      }),
    );
    const eigen = eigenOf(this.#c);
    this.#eigen = { ...eigen, values: eigen.values.map((value) => Math.max(value, 1e-30)) };
    this.#sigma *= Math.exp((cs / damps) * (length / chiN - 1));
    // Wider than the box there is nothing to find: draws would only be repeated.
    const widest = Math.sqrt(Math.max(...this.#eigen.values));
    this.#sigma = Math.min(this.#sigma, 1 / widest);
  }

  /** C to the power -1/2 times y, with the covariance that y was drawn from. */
  #whitened(y: Float64Array): Float64Array {
    const { values, vectors } = this.#eigen;
    const turned = values.map(
      (value, k) => vectors.reduce((sum, row, i) => sum + row[k]! * y[i]!, 0) / Math.sqrt(value),
    );
    return y.map((_, i) => dot(vectors[i]!, turned));
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
