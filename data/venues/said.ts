// What venues say, read with suspicion: decimal strings to numbers, candles that can be, times on the
// grid. Shared by the venues' parse.ts; nothing here knows a venue.
//
// Everything unreadable is a BadReply with its reason: over REST it becomes a fault, in a stream a
// complaint, and never a NaN in a candle.

import { InputError, nearest, type Problem } from '../../engine/errors.ts';
import { intervalName } from '../../engine/interval.ts';
import { candleFault } from '../quality.ts';
import type { SaidCandle } from './contract.ts';

/** A reply that is not what the venue documents. */
export class BadReply extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'BadReply';
  }
}

export type Json = Readonly<Record<string, unknown>>;

const DECIMAL = /^-?\d{1,20}(\.\d{1,30})?$/;
/** 1973 to 2103, as the importers have it. */
const EARLIEST_MS = 1e11;
export const LATEST_MS = 4.2e12;
const SHOWN = 120;

/** Any text of a venue, cut and in one line, fit for a message. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}...` : line;
}

export function objectOf(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new BadReply(`${what} must be an object, is ${shown(value)}`);
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadReply(`${what} must be a list, is ${shown(value)}`);
}

export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new BadReply(`${what} must be a text, is ${shown(value)}`);
}

/** A decimal string as the double nearest to it. JSON numbers and exponents are refused. */
export function decimalOf(value: unknown, what: string): number {
  if (typeof value === 'string' && DECIMAL.test(value)) return Number(value);
  throw new BadReply(`${what} must be a decimal string, is ${shown(value)}`);
}

export function timeOf(value: unknown, what: string): number {
  const isTime = typeof value === 'number' && value >= EARLIEST_MS && value <= LATEST_MS;
  if (isTime && Number.isInteger(value)) return value;
  throw new BadReply(`${what} must be UTC ms from 1973 to 2103, is ${shown(value)}`);
}

/** The parts of a candle as they were on the wire, before anything was believed. */
export interface RawCandle {
  readonly openMs: unknown;
  /** The candle's last millisecond. */
  readonly lastMs: unknown;
  readonly open: unknown;
  readonly high: unknown;
  readonly low: unknown;
  readonly close: unknown;
  readonly volume: unknown;
}

/** A possible candle on the interval's grid; BadReply says what is wrong with it. */
export function candleOf(raw: RawCandle, intervalMs: number): SaidCandle {
  const openMs = timeOf(raw.openMs, 'open time');
  const what = `candle ${openMs}`;
  const name = intervalName(intervalMs);
  if (openMs % intervalMs !== 0) throw new BadReply(`${what} must open on the ${name} grid`);
  if (raw.lastMs !== openMs + intervalMs - 1) {
    throw new BadReply(`${what} must last ${name}, ends at ${shown(raw.lastMs)}`);
  }
  const open = decimalOf(raw.open, `${what} open`);
  const high = decimalOf(raw.high, `${what} high`);
  const low = decimalOf(raw.low, `${what} low`);
  const close = decimalOf(raw.close, `${what} close`);
  const volume = decimalOf(raw.volume, `${what} volume`);
  const fault = candleFault(open, high, low, close, volume);
  if (fault !== null) throw new BadReply(`${what} ${fault}`);
  return { openMs, open, high, low, close, volume };
}

/** Refuses times that do not rise: a page out of order, or one with a row twice. */
export function mustRise(timesMs: readonly number[], what: string): void {
  for (let i = 1; i < timesMs.length; i++) {
    if (timesMs[i]! > timesMs[i - 1]!) continue;
    throw new BadReply(`${what} must rise in time, ${timesMs[i]} follows ${timesMs[i - 1]}`);
  }
}

/** Reads a text as JSON and what it says; either failing is a BadReply. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadReply(`must be JSON, is ${text.length} characters: ${shown(text)}`);
  }
}

/** One InputError for all symbols that a venue does not have, each with the nearest it has. */
export function refuseUnknown(
  venue: string,
  symbols: readonly string[],
  known: Iterable<string>,
  why: (symbol: string) => string | null = () => null,
): void {
  const names = new Set(known);
  const problems: Problem[] = symbols.flatMap((symbol): Problem[] => {
    const key = `${venue} ${symbol}`;
    if (!names.has(symbol)) {
      const rule = `must be a perpetual of ${venue}`;
      return [{ key, rule, value: symbol, nearest: nearest(symbol, names) }];
    }
    const rule = why(symbol);
    return rule === null ? [] : [{ key, rule }];
  });
  if (problems.length > 0) throw new InputError(problems);
}

/** Refuses an interval that a venue has no candles of. */
export function refuseInterval(venue: string, known: readonly number[], ms: number): void {
  if (known.includes(ms)) return;
  const rule = `must be one of ${known.map(intervalName).join(', ')}`;
  throw new InputError({ key: `${venue} interval`, rule, value: intervalName(ms) });
}

/** Ids are JSON numbers; one beyond 2^53 has been changed by reading it. */
export function idOf(value: unknown, what: string): string {
  if (Number.isSafeInteger(value)) return String(value);
  throw new BadReply(`${what} must be a whole number below 2^53, is ${shown(value)}`);
}

/** The side of an order, by the venue's words for buying and selling. */
export function sideOf(value: unknown, buy: string, sell: string): 1 | -1 {
  if (value === buy) return 1;
  if (value === sell) return -1;
  throw new BadReply(`side must be ${buy} or ${sell}, is ${shown(value)}`);
}
