// Instants as text and as UTC milliseconds, by arithmetic: the core has no clock and no `Date`.
//
// Days are counted on a calendar that begins on 1 March, so that the leap day is the last of its
// year; 719,468 days lie between 0000-03-01 and 1970-01-01 (Gregorian throughout).

import { assert, InputError } from '../errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../interval.ts';

const SHAPE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const RULE = 'must be a date or an instant in ISO 8601, such as 2025-05-01 or 2025-05-01T12:00Z';

/**
 * UTC ms of `2025-05-01`, `2025-05-01T12:00`, `2025-05-01T12:00:30.250Z` or `...+02:00`, years 0000
 * to 9999; without a zone it is UTC. Throws InputError naming `key`, also for a day that is not in
 * the calendar.
 */
export function parseInstant(text: string, key: string): number {
  const match = SHAPE.exec(text);
  if (match === null) throw new InputError({ key, rule: RULE, value: text });
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const offsetMs = zoneMs(match[8]);
  if (
    month! < 1 ||
    month! > 12 ||
    day! < 1 ||
    day! > daysInMonth(year!, month!) ||
    hour! > 23 ||
    minute! > 59 ||
    second! > 59 ||
    Number.isNaN(offsetMs)
  ) {
    throw new InputError({ key, rule: 'must be a day and time that exist', value: text });
  }
  const ms = Number((match[7] ?? '').padEnd(3, '0'));
  const clockMs = hour! * HOUR_MS + minute! * MINUTE_MS + second! * 1000 + ms;
  return daysSinceEpoch(year!, month!, day!) * DAY_MS + clockMs - offsetMs;
}

/** `2025-05-01T12:00:00.000Z`, for UTC ms within the years 0000 to 9999. */
export function isoText(ms: number): string {
  assert(Number.isInteger(ms), 'an instant is a whole number of milliseconds');
  const days = Math.floor(ms / DAY_MS);
  const restMs = ms - days * DAY_MS;
  const [year, month, day] = civil(days);
  assert(year >= 0 && year <= 9999, 'an instant lies within the years 0000 to 9999');
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  const seconds = String(Math.floor(restMs / 1000) % 60).padStart(2, '0');
  const clock = `${two(restMs / HOUR_MS)}:${two((restMs / MINUTE_MS) % 60)}:${seconds}`;
  return `${date}T${clock}.${String(restMs % 1000).padStart(3, '0')}Z`;
}

/** The day of an instant, with its minute where it is no midnight: `2025-05-01`, `2025-05-01T12:00Z`. */
export function shortIso(ms: number): string {
  const text = isoText(ms);
  return ms % DAY_MS === 0 ? text.slice(0, 10) : `${text.slice(0, 16)}Z`;
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 14 || minutes > 59) return Number.NaN;
  return (zone[0] === '-' ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days before the month in a year that begins in March: 0, 31, 61, 92, 122, 153, ... */
function daysBefore(marchMonth: number): number {
  return Math.floor((153 * marchMonth + 2) / 5);
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + daysBefore((month + 9) % 12) + (day - 1) - 719_468;
}

function civil(days: number): [year: number, month: number, day: number] {
  // A first guess from the mean year, put right by one where it misses.
  let y = Math.floor((days + 719_468) / 365.2425);
  while (daysSinceEpoch(y, 3, 1) > days) y--;
  while (daysSinceEpoch(y + 1, 3, 1) <= days) y++;
  const dayOfYear = days - daysSinceEpoch(y, 3, 1);
  let marchMonth = 11;
  while (daysBefore(marchMonth) > dayOfYear) marchMonth--;
  const month = ((marchMonth + 2) % 12) + 1;
  return [month <= 2 ? y + 1 : y, month, dayOfYear - daysBefore(marchMonth) + 1];
}
