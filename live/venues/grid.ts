// Numbers as venues want them: plain decimals on a grid of steps, or nothing at all.

/** A plain decimal of a double: never an exponent, no trailing zeros. */
export function plainText(value: number): string {
  const text = String(value);
  if (!/e/i.test(text)) return text;
  const fixed = value.toFixed(20);
  return fixed.replace(/\.?0+$/, '');
}

/** `value` in whole steps as a decimal; null when it is not on the grid, not above 0, or no number. */
export function stepText(value: number, step: number): string | null {
  if (!(value > 0) || !Number.isFinite(value)) return null;
  const steps = Math.round(value / step);
  // Six digits of a step forgive what doubles do; an order that is off by more was not rounded.
  if (steps < 1 || Math.abs(value / step - steps) > 1e-6) return null;
  const decimals = decimalsOf(step);
  const text = value.toFixed(decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}

/** Decimal places of a step: 3 for 0.001 and for 0.025, 0 for 10. */
export function decimalsOf(step: number): number {
  const [, exponent] = step.toExponential().split('e') as [string, string];
  const [mantissa] = step.toExponential().split('e') as [string, string];
  const figures = mantissa.replace('.', '').length - 1;
  return Math.max(0, figures - Number(exponent));
}
