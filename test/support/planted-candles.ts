// Candles of a market with something to find in it, a minute each: it stands still but for noise, and a few
// times a day it runs for an hour or two, up or down. Who follows a move that is large enough earns the
// rest of the run.
//
//   price(minute) = price before x exp(run's drift, if one is on + noise)

import { gaussian, random } from '../../engine/random.ts';

export interface Planted {
  readonly seed: number;
  readonly minutes: number;
  readonly price: number;
}

const NOISE = 0.0002;
const DRIFT = 0.00018;
/** Of a run to begin in a minute that has none; and its length, minutes. */
const CHANCE = 1 / 360;
const SHORTEST = 60;
const LONGEST = 150;

/** `openMs,open,high,low,close,volume` lines for `data import`, with their header. */
export function plantedCsv({ seed, minutes, price: first }: Planted, fromMs: number): string {
  const draw = random(seed, 'planted-candles');
  const lines = ['open_time,open,high,low,close,volume'];
  let price = first;
  let left = 0;
  let drift = 0;
  for (let i = 0; i < minutes; i++) {
    if (left === 0 && draw() < CHANCE) {
      left = SHORTEST + Math.floor(draw() * (LONGEST - SHORTEST));
      drift = draw() < 0.5 ? DRIFT : -DRIFT;
    }
    const now = left > 0 ? drift : 0;
    if (left > 0) left--;
    const open = price;
    price = open * Math.exp(now + NOISE * gaussian(draw));
    const reach = 1 + NOISE * 0.3 * draw();
    const [high, low] = [Math.max(open, price) * reach, Math.min(open, price) / reach];
    const numbers = [open, high, low, price].map((one) => one.toFixed(1));
    lines.push(`${fromMs + i * 60_000},${numbers.join(',')},1000`);
  }
  return `${lines.join('\n')}\n`;
}
