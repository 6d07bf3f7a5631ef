// Candle intervals: their names, their length, and how many there are in a year.
// A crypto year has 365 days of 24 hours: markets do not close, so no 252 anywhere.

import { InputError, nearest } from './errors.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const YEAR_MS = 365 * DAY_MS;

const INTERVALS: Readonly<Record<string, number>> = Object.freeze({
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
});

/** The interval names we speak, shortest first. */
export const INTERVAL_NAMES: readonly string[] = Object.freeze(Object.keys(INTERVALS));

/** True for a name like `5m`. */
export function isInterval(name: string): boolean {
  return Object.hasOwn(INTERVALS, name);
}

/** Milliseconds of an interval name. Throws InputError with the nearest name when unknown. */
export function intervalMs(name: string, key = 'interval'): number {
  const ms = isInterval(name) ? INTERVALS[name] : undefined;
  if (ms === undefined) {
    const rule = `must be one of ${INTERVAL_NAMES.join(', ')}`;
    throw new InputError({ key, rule, value: name, nearest: nearest(name, INTERVAL_NAMES) });
  }
  return ms;
}

/** Milliseconds of a config's interval, of which null means another one. */
export function intervalOr(name: string | null, otherwiseMs: number): number {
  return name === null ? otherwiseMs : intervalMs(name);
}

/** The name of an interval in milliseconds, `90000ms` when it has none. */
export function intervalName(ms: number): string {
  return INTERVAL_NAMES.find((name) => INTERVALS[name] === ms) ?? `${ms}ms`;
}
