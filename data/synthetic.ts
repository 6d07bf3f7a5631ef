// A market that never was, from a seed: candles and funding with the looks of crypto perpetuals, for
// demonstrations, tests and benchmarks. NOTHING FOUND HERE IS AN EDGE: the author of the dice wrote
// the drift into them, and a rule that wins on them has learnt this file, not a market.
//
//   weather (regimes, volatility, common factor) -> each leg (own noise, jumps, volume) -> funding
//
// Pure and ordered by time: the same spec gives the same numbers; more candles only add rows; a leg
// more or less leaves the others as they were. Every number is finite. The looks aimed at are the
// stylised facts of R. Cont (2001), "Empirical properties of asset returns", Quantitative Finance 1.

import { InputError, type Problem } from '../engine/errors.ts';
import { intervalName, isInterval } from '../engine/interval.ts';
import type { Instrument } from '../engine/market/instrument.ts';
import type { LegInput } from '../engine/market/panel.ts';
import { legFunding } from './synthetic/funding.ts';
import { legCandles, MAX_TICKS } from './synthetic/leg.ts';
import type { MarketLeg, MarketSpec } from './synthetic/spec.ts';
import { weather } from './synthetic/weather.ts';

export type { MarketLeg, MarketSpec } from './synthetic/spec.ts';

/** Lots of a day: a hundred times as many are still exact in a double. */
const MAX_LOTS = 1e13;

/** Legs of `spec.candles` rows each without holes, and their funding. Throws InputError. */
export function generateMarket(spec: MarketSpec): LegInput[] {
  checkSpec(spec);
  const { seed, fromMs, intervalMs, factorVolatility } = spec;
  const shared = weather(seed, fromMs, spec.candles, intervalMs, factorVolatility);
  return Object.entries(spec.legs).map(([symbol, leg]): LegInput => {
    const instrument = instrumentOf(spec, symbol, leg);
    const candles = legCandles(seed, fromMs, intervalMs, factorVolatility, leg, instrument, shared);
    const { annualVolatility, fundingMean } = leg;
    const funding = legFunding(seed, symbol, candles, intervalMs, annualVolatility, fundingMean);
    return { instrument, candles, funding };
  });
}

function instrumentOf(spec: MarketSpec, symbol: string, leg: MarketLeg): Instrument {
  return Object.freeze({
    venue: spec.venue,
    symbol,
    tickSize: leg.tickSize,
    lotSize: leg.lotSize,
    minNotionalUsd: leg.minNotionalUsd,
    makerFeeBps: leg.makerFeeBps,
    takerFeeBps: leg.takerFeeBps,
    maxLeverage: leg.maxLeverage,
    source: 'synthetic',
    validFromMs: spec.fromMs,
  });
}

function checkSpec(spec: MarketSpec): void {
  const problems: Problem[] = [];
  // Written so that NaN fails.
  const want = (holds: boolean, key: string, rule: string, value: unknown): void => {
    if (!holds) problems.push({ key, rule, value });
  };
  const { candles, intervalMs, fromMs, factorVolatility } = spec;
  want(isInterval(intervalName(intervalMs)), 'intervalMs', 'must be a known interval', intervalMs);
  want(Number.isSafeInteger(candles) && candles >= 1, 'candles', 'must be at least 1', candles);
  want(
    fromMs >= 0 && Number.isSafeInteger(fromMs) && fromMs % intervalMs === 0,
    'fromMs',
    'must be a multiple of the interval since 1970',
    fromMs,
  );
  want(Number.isFinite(spec.seed), 'seed', 'must be a number', spec.seed);
  want(
    factorVolatility >= 0 && factorVolatility <= 10,
    'factorVolatility',
    'must be 0 to 10',
    factorVolatility,
  );
  want(Object.keys(spec.legs).length > 0, 'legs', 'must name at least one symbol', spec.legs);
  for (const [symbol, leg] of Object.entries(spec.legs)) {
    const key = (name: string) => `legs.${symbol}.${name}`;
    const positive = ['startPrice', 'tickSize', 'lotSize', 'dailyVolume', 'maxLeverage'] as const;
    for (const name of positive) {
      want(leg[name] > 0 && leg[name] < 1e18, key(name), 'must be above 0, below 1e18', leg[name]);
    }
    want(
      leg.startPrice <= MAX_TICKS * leg.tickSize,
      key('tickSize'),
      `must be at least startPrice / ${MAX_TICKS}`,
      leg.tickSize,
    );
    want(
      leg.dailyVolume <= MAX_LOTS * leg.lotSize,
      key('lotSize'),
      `must be at least dailyVolume / ${MAX_LOTS}`,
      leg.lotSize,
    );
    for (const name of ['beta', 'driftPerYear', 'makerFeeBps', 'takerFeeBps'] as const) {
      want(Math.abs(leg[name]) <= 1000, key(name), 'must be -1000 to 1000', leg[name]);
    }
    want(leg.minNotionalUsd >= 0, key('minNotionalUsd'), 'must be at least 0', leg.minNotionalUsd);
    want(
      Math.abs(leg.fundingMean) <= 0.0075,
      key('fundingMean'),
      'must be -0.0075 to 0.0075',
      leg.fundingMean,
    );
    want(
      leg.annualVolatility > Math.abs(leg.beta) * factorVolatility && leg.annualVolatility <= 10,
      key('annualVolatility'),
      `must be above |beta| x factorVolatility and at most 10`,
      leg.annualVolatility,
    );
  }
  if (problems.length > 0) throw new InputError(problems);
}
