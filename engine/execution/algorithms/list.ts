// The one place where execution algorithms are listed. Adding one is a file that keeps the contract
// (contract.ts) and a line in MAKERS; the tests run the same claims over every name in it.

import type { Problem } from '../../errors.ts';
import { InputError, nearest } from '../../errors.ts';
import { MINUTE_MS } from '../../interval.ts';
import type { Random } from '../../random.ts';
import type { Algorithm, ExecutionSettings, ParentFacts } from './contract.ts';
import { Iceberg } from './iceberg.ts';
import { checkWindow, MarketOnce } from './schedule.ts';
import { Sniper } from './sniper.ts';
import { twap } from './twap.ts';
import type { VolumeProfile } from './volume-profile.ts';
import { vwap } from './vwap.ts';

type Maker = (
  parent: ParentFacts,
  config: ExecutionSettings,
  draw: Random,
  profile: VolumeProfile | null,
  baseMs: number,
) => Algorithm;

const MAKERS = Object.freeze({
  market: (parent) => new MarketOnce(parent),
  twap: (parent, { twap: { windowMinutes, slices } }, draw, _profile, baseMs) =>
    twap(parent, windowMinutes * MINUTE_MS, slices, draw, baseMs),
  vwap: (parent, { vwap: { windowMinutes, slices } }, _draw, profile, baseMs) =>
    vwap(parent, windowMinutes * MINUTE_MS, slices, profile, baseMs),
  iceberg: (parent, { iceberg: { visibleFraction, expiryMinutes }, limitBoundBps }) =>
    new Iceberg(parent, visibleFraction, expiryMinutes * MINUTE_MS, limitBoundBps),
  sniper: (parent, { sniper: { improvementBps, expiryMinutes, fallback } }) =>
    new Sniper(parent, improvementBps, expiryMinutes * MINUTE_MS, fallback),
} satisfies Readonly<Record<string, Maker>>);

export type AlgorithmName = keyof typeof MAKERS;

/** The names of all algorithms. */
export const ALGORITHMS: readonly AlgorithmName[] = Object.freeze(
  Object.keys(MAKERS) as AlgorithmName[],
);

/**
 * The algorithm `name`, about to work `parent`. `draw` is used while it is made (TWAP's jitter) and
 * never after; `profile` null: VWAP slices evenly. `baseMs` is the length of a base candle: slices
 * go to the close nearest to their time; 0: to the first one at or after it. The config must have
 * passed checkSettings. Throws InputError for an unknown name.
 */
export function makeAlgorithm(
  name: AlgorithmName,
  parent: ParentFacts,
  config: ExecutionSettings,
  draw: Random,
  profile: VolumeProfile | null,
  baseMs = 0,
): Algorithm {
  if (!Object.hasOwn(MAKERS, name)) {
    const rule = `must be one of ${ALGORITHMS.join(', ')}`;
    throw new InputError({
      key: 'algorithm',
      rule,
      value: name,
      nearest: nearest(name, ALGORITHMS),
    });
  }
  const make: Maker = MAKERS[name];
  return make(parent, config, draw, profile, baseMs);
}

/** Everything wrong with the settings, for a run on base candles of `baseMs`. */
export function checkSettings(
  config: ExecutionSettings,
  baseMs: number,
  key = 'execution',
): Problem[] {
  const { twap: t, vwap: v, iceberg, sniper, limitBoundBps } = config;
  const problems: Problem[] = [
    ...checkWindow(t.windowMinutes * MINUTE_MS, t.slices, baseMs, `${key}.twap`),
    ...checkWindow(v.windowMinutes * MINUTE_MS, v.slices, baseMs, `${key}.vwap`),
  ];
  const must = (holds: boolean, name: string, rule: string, value: unknown): void => {
    if (!holds) problems.push({ key: `${key}.${name}`, rule, value });
  };
  const baseMinutes = baseMs / MINUTE_MS;
  const expires = (minutes: number) => minutes > 0 && minutes >= baseMinutes && minutes < Infinity;
  const expiry = `must be above 0 and no shorter than a base candle (${baseMinutes} min)`;
  const isBps = (bps: number) => bps >= 0 && bps < 1e4;
  const days = v.profileDays;
  const whole = 'must be a whole number of at least 1';
  must(Number.isSafeInteger(days) && days >= 1, 'vwap.profileDays', whole, days);
  const visible = iceberg.visibleFraction;
  must(visible > 0 && visible <= 1, 'iceberg.visibleFraction', 'must be above 0, to 1', visible);
  must(expires(iceberg.expiryMinutes), 'iceberg.expiryMinutes', expiry, iceberg.expiryMinutes);
  must(expires(sniper.expiryMinutes), 'sniper.expiryMinutes', expiry, sniper.expiryMinutes);
  const bps = 'must be 0 to below 10000';
  must(isBps(sniper.improvementBps), 'sniper.improvementBps', bps, sniper.improvementBps);
  const isFallback = sniper.fallback === 'market' || sniper.fallback === 'cancel';
  must(isFallback, 'sniper.fallback', 'must be market or cancel', sniper.fallback);
  must(isBps(limitBoundBps), 'limitBoundBps', bps, limitBoundBps);
  return problems;
}
