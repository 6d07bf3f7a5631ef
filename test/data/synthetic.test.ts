// The invented market: seeded, and with the stylised facts of real ones.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { sampleCorrelation, sampleKurtosis, standardDeviation } from 'simple-statistics';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEMO } from '../../data/demo.ts';
import { REGIMES, weather } from '../../data/synthetic/weather.ts';
import { generateMarket, type MarketLeg, type MarketSpec } from '../../data/synthetic.ts';
import { InputError } from '../../engine/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, YEAR_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import { qtyOfLots, roundPrice } from '../../engine/market/instrument.ts';
import type { LegInput } from '../../engine/market/panel.ts';

const REAL = fileURLToPath(
  new URL('../../../shared/data/binance-usdm__BTCUSDT__1m_2025-05_06.parquet', import.meta.url),
);

const LEG: MarketLeg = {
  startPrice: 100,
  annualVolatility: 0.8,
  beta: 1.2,
  driftPerYear: 0,
  tickSize: 0.01,
  lotSize: 0.001,
  minNotionalUsd: 5,
  makerFeeBps: 1,
  takerFeeBps: 4,
  maxLeverage: 20,
  dailyVolume: 50_000,
  fundingMean: 0.0001,
};

function specOf(changes: Partial<MarketSpec> = {}): MarketSpec {
  return {
    venue: 'synthetic',
    seed: 42,
    fromMs: Date.UTC(2025, 0, 1),
    candles: 3000,
    intervalMs: MINUTE_MS,
    factorVolatility: 0.5,
    legs: { AAA: LEG, BBB: { ...LEG, beta: 0.5 } },
    ...changes,
  };
}

/** Log returns over `step` candles. */
function returnsOf({ close }: CandleArrays, step = 1): number[] {
  const returns: number[] = [];
  for (let i = step; i < close.length; i += step) {
    returns.push(Math.log(close[i]! / close[i - step]!));
  }
  return returns;
}

function autocorrelation(x: readonly number[], lag: number): number {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  let covariance = 0;
  let variance = 0;
  for (let i = 0; i < x.length; i++) {
    variance += (x[i]! - mean) ** 2;
    if (i >= lag) covariance += (x[i]! - mean) * (x[i - lag]! - mean);
  }
  return covariance / variance;
}

/** Hill's (1975) estimator of the tail exponent from the largest `share` of |returns|. */
function tailExponent(returns: readonly number[], share: number): number {
  const sorted = returns.map(Math.abs).sort((a, b) => b - a);
  const k = Math.floor(sorted.length * share);
  let sum = 0;
  for (let i = 0; i < k; i++) sum += Math.log(sorted[i]! / sorted[k]!);
  return k / sum;
}

/** Mean of `values` by UTC hour, over the mean of all hours. */
function hourlyProfile(openMs: Float64Array, values: Float64Array): number[] {
  const sums = new Float64Array(24);
  const counts = new Float64Array(24);
  for (let i = 0; i < values.length; i++) {
    const hour = Math.floor(openMs[i]! / HOUR_MS) % 24;
    sums[hour]! += values[i]!;
    counts[hour]!++;
  }
  const means = [...sums].map((sum, hour) => sum / counts[hour]!);
  const mean = means.reduce((sum, x) => sum + x, 0) / 24;
  return means.map((x) => x / mean);
}

/** The facts of Cont (2001) that minute candles of one symbol must show, with bounds. */
function expectStylisedFacts(candles: CandleArrays): void {
  const minutes = returnsOf(candles);
  const sizes = minutes.map(Math.abs);
  const kurtosis = sampleKurtosis(minutes) + 3;
  // 1. Linear autocorrelations of returns are insignificant.
  for (const lag of [1, 2, 5, 60])
    expect(Math.abs(autocorrelation(minutes, lag))).toBeLessThan(0.05);
  // 2. Heavy tails: a tail exponent above two and below five.
  expect(kurtosis).toBeGreaterThan(5);
  expect(tailExponent(minutes, 0.01)).toBeGreaterThan(2);
  expect(tailExponent(minutes, 0.01)).toBeLessThan(5);
  // 4. Aggregational Gaussianity: longer returns have thinner tails.
  const days = sampleKurtosis(returnsOf(candles, 1440)) + 3;
  expect(days).toBeLessThan(kurtosis / 2);
  // 6 and 8. Volatility clusters, and its autocorrelation decays slowly.
  expect(autocorrelation(sizes, 1)).toBeGreaterThan(0.15);
  expect(autocorrelation(sizes, 60)).toBeGreaterThan(0.05);
  expect(autocorrelation(sizes, 60)).toBeLessThan(autocorrelation(sizes, 1));
  expect(autocorrelation(sizes, 1440)).toBeGreaterThan(0.02);
  // 10. Volume goes with volatility.
  const correlation = sampleCorrelation(sizes, [...candles.volume.subarray(1)]);
  expect(correlation).toBeGreaterThan(0.3);
  expect(correlation).toBeLessThan(0.9);
}

describe('the looks of a synthetic market, on the fixed seed of the demonstration', () => {
  let legs: Record<string, LegInput>;
  const of = (symbol: string) => legs[symbol]!.candles;
  beforeAll(() => {
    legs = Object.fromEntries(
      generateMarket(DEMO.market).map((leg) => [leg.instrument.symbol, leg]),
    );
  });

  it.each(DEMO.symbols)('%s shows the stylised facts of Cont (2001)', (symbol) => {
    expectStylisedFacts(of(symbol));
  });

  it.skipIf(!existsSync(REAL))(
    'the same bounds hold for BTCUSDT of Binance in May and June 2025 (skipped without the file)',
    async () => {
      const duck = await (await DuckDBInstance.create(':memory:')).connect();
      const sql = `SELECT ts::DOUBLE, open, high, low, close, volume FROM '${REAL}' ORDER BY ts`;
      const columns = (await duck.runAndReadAll(sql)).getColumnsJS() as number[][];
      const [openMs, open, high, low, close, volume] = columns.map((x) => Float64Array.from(x));
      expectStylisedFacts({ openMs, open, high, low, close, volume } as CandleArrays);
    },
  );

  it('the realised volatility of every leg is near the annual one asked for', () => {
    for (const symbol of DEMO.symbols) {
      const realised = standardDeviation(returnsOf(of(symbol))) * Math.sqrt(YEAR_MS / MINUTE_MS);
      const wanted = DEMO.market.legs[symbol]!.annualVolatility;
      expect(realised / wanted).toBeGreaterThan(0.75);
      expect(realised / wanted).toBeLessThan(1.25);
    }
  });

  it('majors move together: pairwise correlations of minutes and of hours are 0.4 to 0.9', () => {
    const majors = ['BTCUSDC', 'ETHUSDC', 'SOLUSDC', 'DOGEUSDC'];
    for (const a of majors) {
      for (const b of majors.filter((symbol) => symbol > a)) {
        for (const step of [1, 60]) {
          const correlation = sampleCorrelation(returnsOf(of(a), step), returnsOf(of(b), step));
          expect(correlation).toBeGreaterThan(0.4);
          expect(correlation).toBeLessThan(0.9);
        }
      }
    }
  });

  it('up to a few per cent of days move by more than three deviations, where a normal has 0.27 %', () => {
    let days = 0;
    let large = 0;
    for (const symbol of DEMO.symbols) {
      const returns = returnsOf(of(symbol), 1440);
      const deviation = standardDeviation(returns);
      days += returns.length;
      large += returns.filter((x) => Math.abs(x) > 3 * deviation).length;
    }
    expect(large / days).toBeGreaterThan(0.005);
    expect(large / days).toBeLessThan(0.05);
  });

  it('hours when Europe and America meet trade 1.5 to 4 times what the quietest hours trade', () => {
    const { openMs, volume } = of('BTCUSDC');
    const profile = hourlyProfile(openMs, volume);
    const busy = Math.max(...profile);
    expect([13, 14, 15, 16]).toContain(profile.indexOf(busy));
    expect(busy / Math.min(...profile)).toBeGreaterThan(1.5);
    expect(busy / Math.min(...profile)).toBeLessThan(4);
  });

  it('mean daily volume is what was asked for, and weekends trade less', () => {
    const { openMs, volume } = of('ETHUSDC');
    let [weekend, weekdays, total] = [0, 0, 0];
    for (let i = 0; i < volume.length; i++) {
      const day = new Date(openMs[i]!).getUTCDay();
      total += volume[i]!;
      if (day === 0 || day === 6) weekend += volume[i]! / 2;
      else weekdays += volume[i]! / 5;
    }
    const days = volume.length / 1440;
    const share = total / days / DEMO.market.legs['ETHUSDC']!.dailyVolume;
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1.2);
    expect(weekend / weekdays).toBeLessThan(0.9);
  });

  it('an open is the close before it nearly always', () => {
    const { open, close } = of('BTCUSDC');
    let gaps = 0;
    for (let i = 1; i < open.length; i++) if (open[i] !== close[i - 1]) gaps++;
    expect(gaps / open.length).toBeGreaterThan(0.001);
    expect(gaps / open.length).toBeLessThan(0.05);
  });

  it('funding is stamped every eight hours of UTC, reverts to its mean and leans with the day before', () => {
    for (const symbol of DEMO.symbols) {
      const { atMs, rate } = legs[symbol]!.funding!;
      expect(atMs.length).toBe(181 * 3);
      expect([...atMs].every((ms, k) => ms === DEMO.fromMs + k * 8 * HOUR_MS)).toBe(true);
      const mean = rate.reduce((sum, x) => sum + x, 0) / rate.length;
      expect(Math.abs(mean - DEMO.market.legs[symbol]!.fundingMean)).toBeLessThan(0.00002);
      // 0.45 and 0.53 for BTC and SOL at Binance, March to June 2025.
      expect(autocorrelation([...rate], 1)).toBeGreaterThan(0.2);
      expect(autocorrelation([...rate], 1)).toBeLessThan(0.9);
      const { open } = of(symbol);
      const trend = [...atMs].slice(3).map((ms) => {
        const row = (ms - DEMO.fromMs) / MINUTE_MS;
        return Math.log(open[row]! / open[row - 1440]!);
      });
      expect(sampleCorrelation(trend, [...rate.subarray(3)])).toBeGreaterThan(0.2);
    }
  });
});

describe('the dice', () => {
  it('give the same numbers for the same spec and others for another seed', () => {
    expect(generateMarket(specOf())).toEqual(generateMarket(specOf()));
    const other = generateMarket(specOf({ seed: 43 }));
    expect(other[0]!.candles.close).not.toEqual(generateMarket(specOf())[0]!.candles.close);
  });

  it('leave a leg as it was when another is added, whatever the order', () => {
    const before = generateMarket(specOf());
    const legs = { CCC: { ...LEG, annualVolatility: 2 }, BBB: { ...LEG, beta: 0.5 }, AAA: LEG };
    const after = generateMarket(specOf({ legs }));
    expect(after.map((leg) => leg.instrument.symbol)).toEqual(['CCC', 'BBB', 'AAA']);
    expect(after[2]).toEqual(before[0]);
    expect(after[1]).toEqual(before[1]);
  });

  it('only add rows when more candles are asked for: nothing knows what comes after it', () => {
    const short = generateMarket(specOf({ candles: 1500 }));
    const long = generateMarket(specOf({ candles: 3000 }));
    for (let k = 0; k < short.length; k++) {
      const { candles, funding } = short[k]!;
      for (const name of ['openMs', 'open', 'high', 'low', 'close', 'volume'] as const) {
        expect(long[k]!.candles[name].subarray(0, 1500)).toEqual(candles[name]);
      }
      expect(long[k]!.funding!.rate.subarray(0, funding!.rate.length)).toEqual(funding!.rate);
    }
  });

  it('stay in a regime for hours or days and visit all of them', () => {
    const { regime } = weather(3, 0, 365 * 24, HOUR_MS, 0.5);
    const share = REGIMES.map((_, k) => regime.filter((x) => x === k).length / regime.length);
    let switches = 0;
    for (let i = 1; i < regime.length; i++) if (regime[i] !== regime[i - 1]) switches++;
    const meanStayHours = regime.length / (switches + 1);
    expect(share.every((x) => x > 0.01)).toBe(true);
    // Time-weighted: 0.59 calm, 0.35 trend, 0.05 stress; a mean stay of 101.4 / 2.6 = 39 hours.
    expect(share[0]).toBeGreaterThan(share[2]!);
    expect(meanStayHours).toBeGreaterThan(20);
    expect(meanStayHours).toBeLessThan(80);
  });

  it('hold no free lunch: following the last day earns nothing before costs, over 30 markets', () => {
    const sharpes = Array.from({ length: 30 }, (_, k) => {
      const spec = { seed: 100 + k, candles: 2 * 8760, intervalMs: HOUR_MS, fromMs: 0 };
      const { close } = generateMarket(specOf({ ...spec, legs: { AAA: LEG } }))[0]!.candles;
      const earned: number[] = [];
      for (let i = 25; i < close.length; i++) {
        const side = Math.sign(close[i - 1]! - close[i - 25]!);
        earned.push(side * Math.log(close[i]! / close[i - 1]!));
      }
      const mean = earned.reduce((sum, x) => sum + x, 0) / earned.length;
      return (mean / standardDeviation(earned)) * Math.sqrt(8760);
    });
    // A market of two years has a standard error of 0.7, thirty of them 0.13: four of those.
    const mean = sharpes.reduce((sum, x) => sum + x, 0) / sharpes.length;
    expect(Math.abs(mean)).toBeLessThan(0.52);
  });
});

describe('every candle', () => {
  const legs = fc.record({
    startPrice: fc.constantFrom(93_500, 3340, 1.86, 0.316, 0.0000201),
    annualVolatility: fc.double({ min: 0.3, max: 5, noNaN: true }),
    beta: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    driftPerYear: fc.double({ min: -1000, max: 1000, noNaN: true }),
    tickSize: fc.constantFrom(5, 1, 0.5, 0.1, 0.01, 1e-5, 1e-8),
    lotSize: fc.constantFrom(1e-5, 0.001, 1, 1000),
    dailyLots: fc.constantFrom(0.001, 1000, 1e13),
  });
  const markets = fc.record({
    seed: fc.nat(),
    candles: fc.integer({ min: 1, max: 400 }),
    intervalMs: fc.constantFrom(MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 8 * HOUR_MS, DAY_MS),
    days: fc.integer({ min: 0, max: 20_000 }),
    legs: fc.dictionary(fc.stringMatching(/^[A-Z]{2,6}$/), legs, { minKeys: 1, maxKeys: 3 }),
  });

  it('is finite, on the tick and lot grid, with low <= open, close <= high and volume above 0', () => {
    const holds = fc.property(markets, ({ days, legs: drawn, ...rest }) => {
      const whole = Object.fromEntries(
        Object.entries(drawn).map(([symbol, { dailyLots, ...leg }]) => {
          const dailyVolume = dailyLots * leg.lotSize;
          return [symbol, { ...LEG, ...leg, dailyVolume }];
        }),
      );
      const market = generateMarket(specOf({ ...rest, fromMs: days * DAY_MS, legs: whole }));
      for (const { instrument, candles, funding } of market) {
        const { openMs, open, high, low, close, volume } = candles;
        for (let i = 0; i < rest.candles; i++) {
          expect(openMs[i]).toBe(days * DAY_MS + i * rest.intervalMs);
          for (const price of [open[i]!, high[i]!, low[i]!, close[i]!]) {
            if (!(price > 0 && price === roundPrice(instrument, price)))
              expect(price).toBe('a tick');
          }
          const inside =
            low[i]! <= Math.min(open[i]!, close[i]!) && high[i]! >= Math.max(open[i]!, close[i]!);
          if (!inside) expect(`candle ${i}`).toBe('low <= open, close <= high');
          const lots = Math.round(volume[i]! / instrument.lotSize);
          if (!(lots >= 1 && qtyOfLots(instrument, lots) === volume[i])) {
            expect(volume[i]).toBe('whole lots');
          }
        }
        expect(funding!.rate.every((rate) => Math.abs(rate) <= 0.0075)).toBe(true);
        expect(funding!.atMs.every((ms) => ms % (8 * HOUR_MS) === 0)).toBe(true);
      }
    });
    fc.assert(holds, { seed: 20251120, numRuns: 60 });
  });
});

describe('a spec that makes no sense', () => {
  it('is refused with every problem at once', () => {
    const legs = { AAA: { ...LEG, annualVolatility: 0.1, startPrice: Number.NaN } };
    const spec = specOf({ candles: 0, intervalMs: 90_000, fromMs: 1, legs });
    expect(() => generateMarket(spec)).toThrow(InputError);
    try {
      generateMarket(spec);
    } catch (error) {
      const keys = (error as InputError).problems.map((problem) => problem.key);
      expect(keys).toEqual([
        'intervalMs',
        'candles',
        'fromMs',
        'legs.AAA.startPrice',
        'legs.AAA.tickSize',
        'legs.AAA.annualVolatility',
      ]);
    }
  });

  it('is refused when it names no symbol', () => {
    expect(() => generateMarket(specOf({ legs: {} }))).toThrow(
      /legs: must name at least one symbol/,
    );
  });
});
