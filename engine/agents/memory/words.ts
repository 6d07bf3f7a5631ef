// What is remembered, in words: for the record of a trade, for a report, and for a prompt. The same
// memories give the same text, byte by byte; numbers are rounded for reading.

import { isoText } from '../../config/instant.ts';
import { STATE_NAMES } from '../../market/state.ts';
import type { Memory, Remembered } from '../memory.ts';

/** `memory x0.72 (worth 8.1 trades: 0.22 won, -41 bps on average)`: what became of a confidence. */
export function factorWords(memory: Memory, row: number, factor: number): string {
  const evidence = memory.evidence[row]!;
  const won = (memory.won[row]! / evidence).toFixed(2);
  const mean = bps((memory.gains[row]! - memory.losses[row]!) / evidence);
  const worth = `worth ${evidence.toFixed(1)} trades`;
  return `memory x${factor.toFixed(2)} (${worth}: ${won} won, ${mean} on average)`;
}

/** One line a memory of the last recall, nearest first. */
export function recallText(memory: Memory): string {
  const lines: string[] = [];
  for (let n = 0; n < memory.found; n++) {
    const weight = Math.exp(-memory.distance[n]!);
    const trade = memory.tradeAt(memory.nearest[n]!);
    lines.push(`${lessonText(trade)} [weight ${weight.toFixed(2)}; ${stateText(trade.state)}]`);
  }
  return lines.join('\n');
}

/** `2025-03-02 14:00 BTCUSDT long lost 80 bps in 4 h by stop: falling, trending, wild volatility, ...`. */
export function lessonText(trade: Remembered): string {
  const { symbol, side, decidedMs, exitMs, returnFraction, exitReason, state } = trade;
  const when = isoText(decidedMs).slice(0, 16).replace('T', ' ');
  const way = side > 0 ? 'long' : 'short';
  const result = returnFraction > 0 ? 'won' : 'lost';
  const size = bps(Math.abs(returnFraction));
  const spent = durationText(exitMs - decidedMs);
  return `${when} ${symbol} ${way} ${result} ${size} in ${spent} by ${exitReason}: ${marketWords(state)}`;
}

/** `falling, trending, wild volatility, heavy volume`: a state as one would say it. */
export function marketWords(state: readonly number[]): string {
  const [drift = 0, trend = 0, , , efficiency = 0, volatility = 0, volume = 0] = state;
  const move = (drift + trend) / 2;
  const way = move > 0.75 ? 'rising' : move < -0.75 ? 'falling' : 'sideways';
  const trending = efficiency > 1 ? 'trending' : 'ranging';
  const mood = volatility > 0.75 ? 'wild' : volatility < -0.75 ? 'calm' : 'usual';
  const traded = volume > 0.75 ? 'heavy' : volume < -0.75 ? 'thin' : 'usual';
  return `${way}, ${trending}, ${mood} volatility, ${traded} volume`;
}

function stateText(state: readonly number[]): string {
  return STATE_NAMES.map((name, d) => `${name} ${state[d]!.toFixed(1)}`).join(', ');
}

function bps(fraction: number): string {
  const rounded = Math.round(fraction * 10_000);
  return `${rounded === 0 ? 0 : rounded} bps`;
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
];

function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? UNITS.at(-1)!;
  return `${Math.round(ms / size)} ${unit}`;
}
