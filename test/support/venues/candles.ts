// Candles for local venue servers: invented walks, files of candles, decimal text as venues write
// it, and a hand that forms and closes candles by a clock.
//
// Everything is a function of its arguments; only `playLive` sets a timer, for benches.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SaidCandle } from '../../../data/venues/contract.ts';

/** A plain decimal, never an exponent, at most 10 places, no trailing zeros: `0.00000012`. */
export function decimalText(value: number): string {
  const text = value.toFixed(10);
  return text.replace(/\.?0+$/, '');
}

/** A small pure mix of numbers to 0 <= u < 1, for invented markets. */
export function unitOf(...parts: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const part of parts) {
    for (const word of [part >>> 0, Math.floor(part / 2 ** 32) >>> 0]) {
      h = Math.imul(h ^ word, 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      h = (h ^ (h >>> 16)) >>> 0;
    }
  }
  return h / 2 ** 32;
}

/**
 * The candle of an invented market that opens at `openMs`: the same for the same arguments, opens
 * where the one before closed, prices of `decimals` places within a few per cent of `around`.
 */
export function inventedCandle(
  seed: number,
  openMs: number,
  intervalMs: number,
  around = 100,
  decimals = 2,
): SaidCandle {
  const row = Math.floor(openMs / intervalMs);
  const priceAt = (i: number) => {
    const slow = Math.sin((i + seed) / 40) * 0.02;
    return Number((around * (1 + slow + (unitOf(seed, i) - 0.5) * 0.004)).toFixed(decimals));
  };
  const [open, close] = [priceAt(row - 1), priceAt(row)];
  const reach = (k: number) => around * 0.002 * unitOf(seed, row, k);
  const high = Number((Math.max(open, close) + reach(1)).toFixed(decimals));
  const low = Number((Math.min(open, close) - reach(2)).toFixed(decimals));
  const volume = Number((1 + 9 * unitOf(seed, row, 3)).toFixed(3));
  return { openMs, open, high, low, close, volume };
}

/** `count` invented candles from `fromMs`. */
export function inventedCandles(
  seed: number,
  fromMs: number,
  count: number,
  intervalMs: number,
  around = 100,
  decimals = 2,
): SaidCandle[] {
  return Array.from({ length: count }, (_, i) =>
    inventedCandle(seed, fromMs + i * intervalMs, intervalMs, around, decimals),
  );
}

/** Reads a `.csv.gz` of candles whose first cells are ts, open, high, low, close, volume. */
export function candlesOfCsv(path: string): SaidCandle[] {
  const [head, ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n');
  const names = head!.trim().split(',');
  const at = (name: RegExp) => names.findIndex((cell) => name.test(cell));
  const [ts, open, high, low, close, volume] = [
    at(/^(ts|open_time|time)/),
    at(/^open$/),
    at(/^high$/),
    at(/^low$/),
    at(/^close$/),
    at(/^volume/),
  ] as [number, number, number, number, number, number];
  return lines.map((line) => {
    const cells = line.trim().split(',');
    const number = (i: number) => Number(cells[i]);
    return {
      openMs: number(ts),
      open: number(open),
      high: number(high),
      low: number(low),
      close: number(close),
      volume: number(volume),
    };
  });
}

/** The states in which a candle is seen while it forms; the last is the candle itself. */
export function formingStates(candle: SaidCandle, steps = 4): SaidCandle[] {
  const { open, high, low, close, volume } = candle;
  const path = close >= open ? [open, low, high, close] : [open, high, low, close];
  return Array.from({ length: steps }, (_, i) => {
    const seen = path.slice(0, Math.max(1, Math.ceil(((i + 1) / steps) * path.length)));
    const last = i === steps - 1;
    return {
      openMs: candle.openMs,
      open,
      high: Math.max(...seen),
      low: Math.min(...seen),
      close: seen.at(-1)!,
      volume: last ? volume : Number(((volume * (i + 1)) / steps).toFixed(8)),
    };
  });
}

/** What a server needs for its candles to be played. */
export interface Stage {
  readonly intervalMs: number;
  readonly symbols: readonly string[];
  nowMs(): number;
  form(symbol: string, candle: SaidCandle): void;
  close(symbol: string, candle: SaidCandle): void;
}

/** Forms a candle in `steps` states and closes it, at once. */
export function playCandle(stage: Stage, symbol: string, candle: SaidCandle, steps = 4): void {
  for (const state of formingStates(candle, steps)) stage.form(symbol, state);
  stage.close(symbol, candle);
}

/**
 * Forms and closes candles by the stage's clock until the returned function is called, looking
 * `everyMs` (of the machine). `candleAt` gives the whole candle; a candle missed because the
 * machine slept is closed late, in order.
 */
export function playLive(
  stage: Stage,
  candleAt: (symbol: string, openMs: number) => SaidCandle,
  everyMs = 250,
): () => void {
  const step = stage.intervalMs;
  let openMs = Math.floor(stage.nowMs() / step) * step;
  const look = () => {
    const nowMs = stage.nowMs();
    for (; openMs + step <= nowMs; openMs += step) {
      for (const symbol of stage.symbols) stage.close(symbol, candleAt(symbol, openMs));
    }
    const steps = 8;
    const state = Math.min(steps - 1, Math.floor(((nowMs - openMs) / step) * steps));
    for (const symbol of stage.symbols) {
      stage.form(symbol, formingStates(candleAt(symbol, openMs), steps)[state]!);
    }
  };
  look();
  const handle = setInterval(look, everyMs);
  return () => clearInterval(handle);
}
