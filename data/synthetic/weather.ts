// What all legs of a synthetic market share: the regime, how volatile the minute is, and the common
// factor. It is drawn from its own streams before any leg, so a leg more or less changes nothing.
//
//   calm <-> trend <-> stress     a Markov chain whose states last for hours or days
//   sigma = regime x season x exp(slow + middle + fast)      fast jumps up after a common jump

import { HOUR_MS, MINUTE_MS, YEAR_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';
import { Normals, Reverting } from './normals.ts';
import { hourOfWeek, season } from './season.ts';

export const REGIMES = ['calm', 'trend', 'stress'] as const;

/** Per regime: mean stay, volatility multiplier, and where it goes next (first, or else second). */
const STAY_MS = [60 * HOUR_MS, 36 * HOUR_MS, 9 * HOUR_MS];
const LEVEL = [0.75, 1, 2.2];
const NEXT = [
  { first: 1, second: 2, firstShare: 0.7 },
  { first: 0, second: 2, firstShare: 0.7 },
  { first: 0, second: 1, firstShare: 0.5 },
];
/** Entries into the regimes, calm : trend : stress, that solve the chain above: s = 0.3 c + 0.3 t. */
const ENTRIES = [1, 1, 0.6];

/** In a trend the factor drifts by this many of its annual deviations a year, up or down. */
const TREND_SHARPE = 3;

/** Common jumps: a year's worth in number, size in daily deviations of the factor, skewed down. */
const JUMPS_PER_YEAR = 180;
const JUMP_DEVIATION = 0.33;
const JUMP_MEAN = -0.08;

const SLOW = { memoryMs: 96 * HOUR_MS, deviation: 0.25 };
const MIDDLE = { memoryMs: 3 * HOUR_MS, deviation: 0.3 };
const FAST = { memoryMs: 10 * MINUTE_MS, deviation: 0.3 };
const AFTERSHOCK = 0.6;

/** One number per candle, the same for every leg. */
export interface Weather {
  /** Index into REGIMES. */
  readonly regime: Uint8Array;
  /** Multiplier of volatility, mean square near 1. */
  readonly sigma: Float64Array;
  /** Log return of the common factor, trend and jumps included. */
  readonly factor: Float64Array;
  /** Multiplier of volume, mean near 1. */
  readonly activity: Float64Array;
}

/** Draws the weather; `factorVolatility` is annual. */
export function weather(
  seed: number,
  fromMs: number,
  candles: number,
  intervalMs: number,
  factorVolatility: number,
): Weather {
  const regime = new Uint8Array(candles);
  const sigma = new Float64Array(candles);
  const factor = new Float64Array(candles);
  const activity = new Float64Array(candles);

  const pace = random(seed, 'market/regime');
  const jumpDraw = random(seed, 'market/jump');
  const jumpSize = new Normals(seed, 'market/jump-size');
  const returns = new Normals(seed, 'market/return');
  const moods = new Normals(seed, 'market/volatility');
  const slow = new Reverting(SLOW.memoryMs, SLOW.deviation, intervalMs, moods.next());
  const middle = new Reverting(MIDDLE.memoryMs, MIDDLE.deviation, intervalMs, moods.next());
  const fast = new Reverting(FAST.memoryMs, FAST.deviation, intervalMs, moods.next());

  const { volatility, volume } = season(intervalMs);
  const years = intervalMs / YEAR_MS;
  const deviation = factorVolatility * Math.sqrt(years);
  const daily = factorVolatility / Math.sqrt(365);
  const jumpsPerCandle = JUMPS_PER_YEAR * years;
  const jumpVariance = jumpsPerCandle * (JUMP_DEVIATION ** 2 + JUMP_MEAN ** 2) * daily * daily;
  const diffusion = Math.sqrt(Math.max(0, deviation * deviation - jumpVariance));
  const compensation = -jumpsPerCandle * JUMP_MEAN * daily;
  const trendDrift = TREND_SHARPE * factorVolatility * years;
  const levels = normalisedLevels();
  const moodVariance = SLOW.deviation ** 2 + MIDDLE.deviation ** 2 + FAST.deviation ** 2;
  const leave = STAY_MS.map((ms) => 1 - Math.exp(-intervalMs / ms));

  let state = 0;
  let direction = 1;
  let shock = 0;
  for (let i = 0; i < candles; i++) {
    if (pace() < leave[state]!) {
      const { first, second, firstShare } = NEXT[state]!;
      state = pace() < firstShare ? first : second;
      direction = pace() < 0.5 ? -1 : 1;
    }
    const mood =
      slow.step(moods.next()) + middle.step(moods.next()) + fast.step(moods.next(), shock);
    const hour = hourOfWeek(fromMs + i * intervalMs);
    // E exp(2 mood) = exp(2 var): taking the variance off keeps the mean square at 1.
    const level = levels[state]! * Math.exp(mood - moodVariance);
    const size = level * volatility[hour]!;
    let move = diffusion * size * returns.next() + compensation;
    if (state === 1) move += direction * trendDrift;
    shock = 0;
    if (jumpDraw() < jumpsPerCandle) {
      move += daily * (JUMP_MEAN + JUMP_DEVIATION * jumpSize.next());
      shock = AFTERSHOCK;
    }
    regime[i] = state;
    sigma[i] = size;
    factor[i] = move;
    activity[i] = volume[hour]! * level ** 0.7;
  }
  return { regime, sigma, factor, activity };
}

/** The regimes' multipliers, scaled so that their mean square over time is 1. */
function normalisedLevels(): number[] {
  let time = 0;
  let square = 0;
  for (let k = 0; k < LEVEL.length; k++) {
    const share = ENTRIES[k]! * STAY_MS[k]!;
    time += share;
    square += share * LEVEL[k]! ** 2;
  }
  return LEVEL.map((level) => level / Math.sqrt(square / time));
}
