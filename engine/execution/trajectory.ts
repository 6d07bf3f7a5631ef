// The trajectory of least cost plus risk of Almgren & Chriss 2000, "Optimal execution of portfolio
// transactions", section 2: linear impact, no drift. A trader without fear of risk gets the straight
// line (TWAP); the more afraid, the earlier most of it is sold.
//
//   kappa~^2 = lambda sigma^2 / (eta - gamma tau / 2)      cosh(kappa tau) = 1 + kappa~^2 tau^2 / 2
//   x(t) = X sinh(kappa (T - t)) / sinh(kappa T)

import { InputError } from '../errors.ts';

/** All in one unit of time (the paper's example: days, shares, dollars). */
export interface ImpactModel {
  /** Absolute price volatility per square root of time, >= 0. */
  readonly sigma: number;
  /** Temporary impact: price per (quantity per time), > 0. */
  readonly eta: number;
  /** Permanent impact: price per quantity, >= 0. */
  readonly gamma: number;
  /** Aversion to risk, 1 / money, >= 0. */
  readonly lambda: number;
}

/**
 * Urgency, 1 / time, for periods of length `tau` > 0. Throws InputError where the model has none:
 * eta must be above gamma x tau / 2, else trading faster would be free.
 */
export function almgrenChrissKappa(model: ImpactModel, tau: number): number {
  const { sigma, eta, gamma, lambda } = model;
  const etaTilde = eta - (gamma * tau) / 2;
  if (!(tau > 0 && etaTilde > 0 && lambda >= 0 && gamma >= 0 && Number.isFinite(sigma))) {
    const rule = 'must have tau > 0, lambda >= 0, gamma >= 0 and eta above gamma x tau / 2';
    throw new InputError({ key: 'impact', rule, value: { ...model, tau } });
  }
  // 2 asinh(y / 2) is acosh(1 + y^2 / 2) without the cancellation at small y.
  const tilde = Math.sqrt((lambda * sigma * sigma) / etaTilde);
  return (2 / tau) * Math.asinh((tilde * tau) / 2);
}

/**
 * Quantity still held at the ends of 0, 1 ... `periods` (whole, >= 1) periods over the time
 * `horizon` > 0: first `qty`, last 0.
 */
export function almgrenChrissTrajectory(
  qty: number,
  horizon: number,
  periods: number,
  kappa: number,
): number[] {
  const whole = kappa * horizon;
  return Array.from({ length: periods + 1 }, (_, j) => {
    const left = 1 - j / periods;
    if (whole === 0) return qty * left;
    // sinh(whole x left) / sinh(whole), by exponents that cannot overflow.
    const decay = Math.exp(whole * (left - 1));
    return (qty * decay * Math.expm1(-2 * whole * left)) / Math.expm1(-2 * whole);
  });
}
