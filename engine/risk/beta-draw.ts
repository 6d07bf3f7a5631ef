// A draw from a Beta distribution, from uniform draws: two gamma draws, one over their sum.
//
// Gamma by Marsaglia and Tsang (ACM Transactions on Mathematical Software 26, 2000), which takes shapes
// of 1 and more; a Beta posterior that began with Beta(1, 1) has no others. It draws until it accepts,
// so how many draws it takes depends on what was drawn, and on nothing else.

import { gaussian, type Random } from '../random.ts';

/** One number in (0, 1). `a` and `b` are 1 or more. */
export function betaDraw(a: number, b: number, draw: Random): number {
  const x = gammaDraw(a, draw);
  return x / (x + gammaDraw(b, draw));
}

function gammaDraw(shape: number, draw: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gaussian(draw);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - draw();
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}
