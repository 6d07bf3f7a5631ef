// Eigenvalues and -vectors of a symmetric matrix by Jacobi's rotations: slow for large matrices,
// exact to the last digits for small ones, and the same on every machine.

/** A square matrix as rows. */
export type Matrix = readonly Float64Array[];

export interface Eigen {
  readonly values: Float64Array;
  /** Column k belongs to value k; columns are orthonormal. */
  readonly vectors: Matrix;
}

const SWEEPS = 60;

/** Of a symmetric matrix, in no particular order. The matrix is not changed. */
export function eigenOf(matrix: Matrix): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = identity(n);
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a) > 0; sweep++) {
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] !== 0) rotate(a, v, p, q);
      }
    }
  }
  return { values: Float64Array.from(a, (row, i) => row[i]!), vectors: v };
}

export function identity(n: number): Float64Array[] {
  return Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    row[i] = 1;
    return row;
  });
}

/** Turns the plane of p and q so that a[p][q] becomes 0. Golub and Van Loan, section 8.5. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  const off = a[p]![q]!;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [kp, kq] = [a[k]![p]!, a[k]![q]!];
    a[k]![p] = c * kp - s * kq;
    a[k]![q] = s * kp + c * kq;
  }
  for (let k = 0; k < a.length; k++) {
    const [pk, qk] = [a[p]![k]!, a[q]![k]!];
    a[p]![k] = c * pk - s * qk;
    a[q]![k] = s * pk + c * qk;
    const [vp, vq] = [v[k]![p]!, v[k]![q]!];
    v[k]![p] = c * vp - s * vq;
    v[k]![q] = s * vp + c * vq;
  }
  a[p]![q] = 0;
  a[q]![p] = 0;
}

/** Sum of squares off the diagonal, 0 once it is lost beside the diagonal. */
function offDiagonal(a: Matrix): number {
  let off = 0;
  let on = 0;
  for (let i = 0; i < a.length; i++) {
    on += a[i]![i]! ** 2;
    for (let j = 0; j < i; j++) off += a[i]![j]! ** 2;
  }
  return off <= on * 1e-30 ? 0 : off;
}
