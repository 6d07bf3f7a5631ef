// Times as a person says they are written: a unit, an order of day and month, a time zone.
//
// Only what was said or is certain is used: a unit that does not fit a number's size, a date that does
// not exist and an hour that a zone skips in spring give NaN, and the row is refused.

import { InputError } from '../../engine/errors.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { decimal, timeOfCell, timeOfNumber } from './times.ts';

/** `iso` is any text times.ts reads; `dmy` and `mdy` are dates like 31/12/2024 and 12/31/2024. */
export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso', 'dmy', 'mdy'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

const PER_MS: Readonly<Record<string, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 };
const DATE = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)$/;
const OFFSET = /^(?:UTC|Z|GMT)$|^([+-])(\d{2}):?(\d{2})$/i;
const FROM_MS = 1e11;
const TO_MS = 4.2e12;

/** A reader of cells: UTC ms, NaN for what is no such time. Throws InputError for an unknown zone. */
export function timeReader(unit: TimeUnit | null, zone: string | null): (cell: string) => number {
  const toUtc = zone === null ? null : zoneReader(zone);
  const perMs = unit === null ? undefined : PER_MS[unit];
  return (cell) => {
    if (perMs !== undefined) {
      const ms = Math.floor(decimal(cell) / perMs);
      return ms >= FROM_MS && ms < TO_MS ? ms : Number.NaN;
    }
    const text = unit === 'dmy' || unit === 'mdy' ? isoOf(cell, unit) : cell;
    const ms = timeOfCell(text);
    return toUtc === null || !isNaive(text) ? ms : toUtc(ms);
  };
}

/** True for a text of a time of day without an offset: it means an instant only in some zone. */
export function isNaive(cell: string): boolean {
  if (!Number.isNaN(decimal(cell)) && cell.length !== 8) return false;
  return (
    /\d:\d\d/.test(cell) && !/(Z|UTC|[+-]\d{2}:?\d{2})$/.test(cell.replace(/^\d{4}-\d\d-/, ''))
  );
}

/** The unit of a number by its size, or null when it is no time. */
export function unitOf(value: number): TimeUnit | null {
  const ms = timeOfNumber(value);
  if (Number.isNaN(ms)) return null;
  const unit = (['s', 'ms', 'us', 'ns'] as const).find((one) => {
    return Math.abs(value / PER_MS[one]! - ms) < 1;
  });
  return unit ?? null;
}

/** Which of day and month comes first in dates like 31/12/2024; null when none of them tells. */
export function orderOfDates(cells: readonly string[]): 'dmy' | 'mdy' | 'either' | null {
  const found = cells.map((cell) => DATE.exec(cell));
  if (found.some((match) => match === null)) return null;
  const over = (k: number) => found.some((match) => Number(match![k]) > 12);
  if (over(1) && over(2)) return null;
  return over(1) ? 'dmy' : over(2) ? 'mdy' : 'either';
}

function isoOf(cell: string, unit: 'dmy' | 'mdy'): string {
  const match = DATE.exec(cell);
  if (match === null) return '';
  const [, first = '', second = '', year, rest] = match;
  const [day, month] = unit === 'dmy' ? [first, second] : [second, first];
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${rest}`;
}

/** From the UTC ms that a local time would be to what it is; InputError for an unknown zone. */
function zoneReader(zone: string): (localMs: number) => number {
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const [, sign, hours = '0', minutes = '0'] = offset;
    const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return (localMs) => localMs - (sign === '-' ? -ms : ms);
  }
  const offsetAt = offsetsOf(zone);
  return (localMs) => {
    if (Number.isNaN(localMs)) return localMs;
    // The zone's offset half a day before and after are the only two that may hold here.
    for (const near of [localMs - 12 * HOUR_MS, localMs + 12 * HOUR_MS]) {
      const utcMs = localMs - offsetAt(near);
      if (utcMs + offsetAt(utcMs) === localMs) return utcMs;
    }
    return Number.NaN;
  };
}

function offsetsOf(zone: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    const rule = 'must be UTC, an offset like +05:30 or a zone like Europe/Berlin';
    throw new InputError({ key: '--time-zone', rule, value: zone }, { cause: error });
  }
  const known = new Map<number, number>();
  return (utcMs) => {
    // Zones change at whole quarters of an hour.
    const quarter = Math.floor(utcMs / 900_000);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    const parts = new Map(format.formatToParts(quarter * 900_000).map((p) => [p.type, p.value]));
    const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name));
    const localMs = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    const offset = localMs - quarter * 900_000;
    known.set(quarter, offset);
    return offset;
  };
}
