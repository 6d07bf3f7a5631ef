// The week of a market that never closes: how lively each UTC hour is, for returns and for volume.
//
// Asia is awake at 0 UTC, 4 to 6 is the quietest stretch, and 13 to 16 (Europe and America together)
// the busiest; weekends are slower, in volume more than in returns. The shape is that of Binance
// perpetuals in May and June 2025 (BTC, ETH, SOL, DOGE), rounded by hand; the same U-shapes are in
// Baur, Cahill, Godfrey and Liu (2019), "Bitcoin time-of-day, day-of-week and month-of-year effects".

import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';

const RETURN_OF_HOUR = [
  1.28, 1.12, 0.96, 0.83, 0.76, 0.71, 0.76, 0.9, 0.9, 0.84, 0.8, 0.84, 0.95, 1.2, 1.3, 1.15, 1.12,
  1.14, 1.08, 1.06, 1.06, 1.18, 1.08, 1.02,
];
const VOLUME_OF_HOUR = [
  1.25, 1.03, 0.87, 0.71, 0.65, 0.63, 0.71, 0.92, 0.88, 0.84, 0.77, 0.85, 1, 1.5, 1.68, 1.36, 1.3,
  1.28, 1.06, 1, 1, 0.8, 0.98, 0.87,
];
/** Sunday first, as in the epoch's day count shifted by four. */
const RETURN_OF_DAY = [0.93, 1.02, 1, 1, 1.06, 1.1, 0.85];
const VOLUME_OF_DAY = [0.82, 1.06, 1.04, 1.02, 1.12, 1.18, 0.68];

export const WEEK_HOURS = 168;

/** Multipliers by hour of the week: `volatility` has mean square 1, `volume` mean 1. */
export interface Season {
  readonly volatility: Float64Array;
  readonly volume: Float64Array;
}

/** The season for candles of `intervalMs`: longer ones average the hours they cover. */
export function season(intervalMs: number): Season {
  const square = new Float64Array(WEEK_HOURS);
  const volume = new Float64Array(WEEK_HOURS);
  const covered = Math.max(1, Math.round(intervalMs / HOUR_MS));
  for (let hour = 0; hour < WEEK_HOURS; hour++) {
    for (let k = 0; k < covered; k++) {
      const at = (hour + k) % WEEK_HOURS;
      const day = Math.floor(at / 24);
      square[hour]! += (RETURN_OF_HOUR[at % 24]! * RETURN_OF_DAY[day]!) ** 2 / covered;
      volume[hour]! += (VOLUME_OF_HOUR[at % 24]! * VOLUME_OF_DAY[day]!) / covered;
    }
  }
  const meanSquare = square.reduce((sum, x) => sum + x, 0) / WEEK_HOURS;
  const meanVolume = volume.reduce((sum, x) => sum + x, 0) / WEEK_HOURS;
  return {
    volatility: square.map((x) => Math.sqrt(x / meanSquare)),
    volume: volume.map((x) => x / meanVolume),
  };
}

/** Hour of the week of an instant, 0 = Sunday 00:00 UTC. 1970-01-01 was a Thursday. */
export function hourOfWeek(ms: number): number {
  const day = (Math.floor(ms / DAY_MS) + 4) % 7;
  return day * 24 + (Math.floor(ms / HOUR_MS) % 24);
}
