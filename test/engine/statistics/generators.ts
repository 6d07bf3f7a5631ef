// The generators that the vector files name, to rebuild their series, and noise for calibration.

import { gaussian, random } from '../../../engine/random.ts';
import { type TrialMatrix, trialMatrix } from '../../../engine/statistics/trial-matrix.ts';

/** s = (1664525 s + 1013904223) mod 2^32, u = s / 2^32. */
export function lcg(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
}

/** Sum of twelve uniforms less six. */
export function lcgNormal(seed: number): () => number {
  const u = lcg(seed);
  return () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += u();
    return sum - 6;
  };
}

/** numpy's RandomState(seed).standard_normal: Mersenne twister and the polar method. */
export function numpyNormal(seed: number): () => number {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1812433253, before) + i;
  }
  let at = 624;
  const word = () => {
    if (at === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
        state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  const uniform = () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992;
  let kept: number | null = null;
  return () => {
    if (kept !== null) {
      const value = kept;
      kept = null;
      return value;
    }
    for (;;) {
      const a = 2 * uniform() - 1;
      const b = 2 * uniform() - 1;
      const r2 = a * a + b * b;
      if (r2 >= 1 || r2 === 0) continue;
      const f = Math.sqrt((-2 * Math.log(r2)) / r2);
      kept = f * a;
      return f * b;
    }
  };
}

/** A matrix filled row by row (all trials of day 0 first), as the files do it. */
export function byRows(rows: number, trials: number, cell: () => number): TrialMatrix {
  const values = new Float64Array(rows * trials);
  for (let t = 0; t < rows; t++) {
    for (let k = 0; k < trials; k++) values[k * rows + t] = cell();
  }
  return { trials, rows, values };
}

/** A matrix given as a list of days. */
export function ofDays(days: readonly (readonly number[])[]): TrialMatrix {
  return trialMatrix(days[0]!.map((_, k) => days.map((day) => day[k]!)));
}

/** Worthless trials: normal returns of 1 % a day, all pairs correlated by `rho`. */
export function noise(trials: number, rows: number, seed: number, rho = 0): TrialMatrix {
  const draw = random(seed, 'noise');
  const common = Float64Array.from({ length: rows }, () => gaussian(draw));
  const columns = Array.from({ length: trials }, () =>
    common.map((c) => 0.01 * (Math.sqrt(rho) * c + Math.sqrt(1 - rho) * gaussian(draw))),
  );
  return trialMatrix(columns);
}
