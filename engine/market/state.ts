// The state of a market at a close, as a few numbers that mean the same on every symbol and at every
// price: what memory compares situations by, and what a bandit calls a regime.
//
//   the last 96 decision candles  ->  moves, ranges, volumes  ->  each over what chance shows  ->  -3 to 3
//
// Worked out when it is asked for, because that is seldom. Scales are constants and not estimated: a
// state never knows more than its own row and the candles before it, and one that was saved means the
// same in another run. What agents declare is not used: an EMA is a price, which no two years share.

import type { Panel } from './panel.ts';

const SHORT = 12;
const LONG = 48;
const LONGEST = 96;

/** What the numbers of a state are, in their order. */
export const STATE_NAMES = Object.freeze([
  // The move of the last 12 candles, and of 48, over what a random walk of their volatility makes.
  'drift',
  'trend',
  // Where the close stands among the last 48, in their standard deviations.
  'stretch',
  // Gains less losses over both, of 12 candles: an RSI without its memory (Cutler's), about 0.
  'thrust',
  // The way made over the way gone, of 48 candles: Kaufman's efficiency ratio.
  'efficiency',
  // Volatility of 12 candles over that of 96, and the same of volume, as logarithms.
  'volatility',
  'volume',
] as const);

/** Numbers of one state. */
export const STATE_SIZE = STATE_NAMES.length;

/** Decision candles before a state is known. */
export const STATE_CANDLES = LONGEST + 1;

/** Middle and standard deviation of a random walk without drift, by simulation; of volume, a guess. */
const STRETCH_SPREAD = 1.4;
const THRUST_SPREAD = 0.35;
const EFFICIENCY_MIDDLE = 0.12;
const EFFICIENCY_SPREAD = 0.1;
const VOLATILITY_SPREAD = 0.2;
const VOLUME_SPREAD = 0.5;
const MOST = 3;

/** Regimes are numbered 0 to this less 1. */
export const REGIME_NAMES = Object.freeze(['calm range', 'calm trend', 'wild range', 'wild trend']);

interface LegColumns {
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export class MarketState {
  readonly #legs: readonly LegColumns[];
  readonly #step: number;
  readonly #scratch = new Float64Array(STATE_SIZE);

  /** Decision candles are of `decisionMs`, a multiple of the panel's. */
  constructor(panel: Panel, decisionMs: number) {
    this.#legs = panel.legs.map(({ candles: { close, volume } }) => ({ close, volume }));
    this.#step = decisionMs / panel.intervalMs;
  }

  /**
   * Writes the state of a leg at the close of row `i`, a close of a decision candle; false = there are
   * too few candles, or too many holes among them. O(96 decision candles), nothing is allocated.
   */
  read(leg: number, i: number, into: Float64Array): boolean {
    const { close, volume } = this.#legs[leg]!;
    const step = this.#step;
    const now = close[i]!;
    const first = i - LONGEST * step;
    if (first < 0 || now !== now) return false;
    let moves = 0;
    let squares = 0;
    let shortSquares = 0;
    let shortMoves = 0;
    let longSquares = 0;
    let longMoves = 0;
    let gone = 0;
    let gains = 0;
    let losses = 0;
    let sum = 0;
    let sumSquares = 0;
    let prices = 0;
    for (let k = LONGEST; k >= 1; k--) {
      const before = close[i - k * step]!;
      const after = close[i - (k - 1) * step]!;
      // Prices are taken from the newest one, so that squares of large ones do not drown it.
      const apart = after / now - 1;
      if (k <= LONG && apart === apart) {
        sum += apart;
        sumSquares += apart * apart;
        prices++;
      }
      const move = after / before - 1;
      if (move !== move) continue;
      moves++;
      squares += move * move;
      if (k > LONG) continue;
      longMoves++;
      longSquares += move * move;
      gone += Math.abs(move);
      if (k > SHORT) continue;
      shortMoves++;
      shortSquares += move * move;
      if (move > 0) gains += move;
      else losses -= move;
    }
    if (shortMoves * 2 < SHORT || moves * 2 < LONGEST) return false;
    const sigma = Math.sqrt(longSquares / longMoves);
    const drift = now / close[i - SHORT * step]! - 1;
    const trend = now / close[i - LONG * step]! - 1;
    const mean = sum / prices;
    const spread = Math.sqrt(Math.max(0, sumSquares / prices - mean * mean));
    into[0] = within(ratio(drift, sigma * Math.sqrt(SHORT)));
    into[1] = within(ratio(trend, sigma * Math.sqrt(LONG)));
    into[2] = within(ratio(-mean, spread) / STRETCH_SPREAD);
    into[3] = within(ratio(gains - losses, gains + losses) / THRUST_SPREAD);
    const efficiency = ratio(Math.abs(trend), gone);
    into[4] = within((efficiency - EFFICIENCY_MIDDLE) / EFFICIENCY_SPREAD);
    const [wild, usual] = [shortSquares / shortMoves, squares / moves];
    into[5] = usual > 0 ? within((0.5 * Math.log(wild / usual)) / VOLATILITY_SPREAD) : 0;
    const traded = ratio(
      meanOf(volume, i - SHORT * step + 1, i + 1),
      meanOf(volume, first + 1, i + 1),
    );
    // Where nobody counts volume it is never unusual.
    into[6] = traded > 0 ? within(Math.log(traded) / VOLUME_SPREAD) : 0;
    for (let d = 0; d < STATE_SIZE; d++) if (into[d] !== into[d]) return false;
    return true;
  }

  /** Trend or range, wild or calm: an index of REGIME_NAMES; 0 where the state is not known. */
  regime(leg: number, i: number): number {
    const state = this.#scratch;
    if (!this.read(leg, i, state)) return 0;
    return (state[4]! > 1 ? 1 : 0) + (state[5]! > 0 ? 2 : 0);
  }
}

function ratio(x: number, over: number): number {
  return over > 0 ? x / over : 0;
}

function within(x: number): number {
  return x > MOST ? MOST : x < -MOST ? -MOST : x;
}

/** Of rows `from` to `to` (not included); holes are left out. */
function meanOf(column: Float64Array, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let k = from; k < to; k++) {
    const x = column[k]!;
    if (x !== x) continue;
    sum += x;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
