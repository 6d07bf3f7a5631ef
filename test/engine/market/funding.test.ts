// The funding rate and what it costs, against the venues' examples and freqtrade's.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { fundingRate, fundingUsd, uncoveredFundingMs } from '../../../engine/market/funding.ts';
import { type MarkColumns, markAt } from '../../../engine/market/panel.ts';

const SHARED = new URL('../../../../shared/', import.meta.url);
const VECTORS = new URL('vectors/perps.json', SHARED);
const CASES = new URL('cases/freqtrade_margin_funding_stop.json', SHARED);

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, number>>;
  readonly expected: number;
  readonly tol: number;
}

const vectors: Vector[] = existsSync(VECTORS)
  ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors
  : [];
const ofRates = vectors.filter(({ id }) => id.includes('funding'));

describe.skipIf(ofRates.length === 0)('vectors of funding (skipped without ../shared)', () => {
  it.each(ofRates.map((one) => [one.id, one] as const))('%s', (_id, { inputs, expected, tol }) => {
    const { avg_premium, impact_bid, spot, interest, clamp } = inputs;
    const premium = avg_premium ?? (impact_bid! - spot!) / spot!;
    const rate = fundingRate(premium, interest!, clamp!);
    expect(Math.abs(rate - expected)).toBeLessThanOrEqual(tol);
  });

  it('are five: four premiums and the example of the documents', () => {
    expect(ofRates).toHaveLength(5);
  });
});

const tests = existsSync(CASES) ? JSON.parse(readFileSync(CASES, 'utf8')).tests : null;

interface Fee {
  readonly size: number;
  readonly funding_rate: number;
  readonly mark_price: number | 'NaN';
  readonly funding_fee: number;
}

interface Span {
  readonly exchange: string;
  readonly rate_start: number;
  readonly rate_end: number;
  readonly d1: string;
  readonly d2: string;
  readonly amount: number;
  readonly expected_fees: number;
}

describe.skipIf(tests === null)('funding of freqtrade (skipped without ../shared)', () => {
  const fees: Fee[] = tests?.test_calculate_funding_fees.rows ?? [];

  it('a short receives size x rate x mark', () => {
    const known = fees.filter((row) => row.mark_price !== 'NaN');
    expect(known).toHaveLength(3);
    for (const { size, mark_price, funding_rate, funding_fee } of known) {
      expect(fundingUsd(-size, mark_price as number, funding_rate)).toBeCloseTo(funding_fee, 12);
      expect(fundingUsd(size, mark_price as number, funding_rate)).toBeCloseTo(-funding_fee, 12);
    }
  });

  it('a mark price that is missing costs nothing there; here it is NaN, and the venue then takes the trade price', () => {
    const { size, funding_rate, funding_fee } = fees.find((row) => row.mark_price === 'NaN')!;
    expect(funding_fee).toBe(0);
    expect(fundingUsd(-size, Number.NaN, funding_rate)).toBeNaN();
  });

  const rates: { fundingRate: number; timestamp: number }[] =
    tests?.fixtures.funding_rate_history_octohourly ?? [];
  const candles: number[][] = tests?.fixtures.mark_ohlcv ?? [];
  const mark: MarkColumns = {
    atMs: Float64Array.from(candles, (candle) => candle[0]!),
    price: Float64Array.from(candles, (candle) => candle[1]!),
  };
  const spans: Span[] = (tests?.test__fetch_and_calculate_funding_fees.rows ?? []).filter(
    (row: Span) => row.exchange === 'binance',
  );
  const utc = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
  /** A short's funding at the stamps from `fromMs` to `toMs`, both included. */
  const paid = ({ rate_start, rate_end, amount }: Span, fromMs: number, toMs: number) =>
    rates
      .slice(rate_start, rate_end)
      .filter(({ timestamp }) => timestamp >= fromMs && timestamp <= toMs)
      .reduce((sum, { timestamp, fundingRate: rate }) => {
        return sum + fundingUsd(-amount, markAt(mark, timestamp), rate);
      }, 0);

  it.each(spans.map((row) => [row.d1, row.d2, row] as const))(
    'held %s to %s: the stamps inside it are paid at the mark candle that opens there',
    (_d1, _d2, row) => {
      // freqtrade lets a position opened in the 15 seconds after a stamp pay it, as Binance may.
      const openedMs = utc(row.d1);
      const lateMs = openedMs % HOUR_MS;
      const fromMs = lateMs < 15_000 ? openedMs - lateMs : openedMs;
      expect(paid(row, fromMs, utc(row.d2))).toBeCloseTo(row.expected_fees, 9);
    },
  );

  it('a position opened one second after a stamp does not pay it here, where freqtrade lets it', () => {
    const row = spans.find(({ d1 }) => d1 === '2021-09-01 00:00:01')!;
    expect(row.expected_fees).toBeCloseTo(-0.0009141, 9);
    expect(paid(row, utc(row.d1), utc(row.d2))).toBeCloseTo(-0.0002493, 9);
  });
});

describe('a funding rate', () => {
  const small = fc.double({ min: -0.05, max: 0.05, noNaN: true });
  const clamp = fc.double({ min: 0, max: 0.01, noNaN: true });

  it('is the interest rate within the clamp, and the premium less the clamp beyond it', () => {
    const property = fc.property(small, small, clamp, (premium, interest, width) => {
      const rate = fundingRate(premium, interest, width);
      if (Math.abs(interest - premium) <= width) expect(rate).toBeCloseTo(interest, 12);
      else expect(Math.abs(rate - premium)).toBeCloseTo(width, 12);
    });
    fc.assert(property, { seed: 20_261_121, numRuns: 300 });
  });

  it('paid by a long is received by a short of the same size', () => {
    expect(fundingUsd(2, 100, 0.0001)).toBe(-0.02);
    expect(fundingUsd(-2, 100, 0.0001)).toBe(0.02);
    expect(fundingUsd(2, 100, -0.0001)).toBe(0.02);
  });
});

describe('uncovered funding', () => {
  const funding = (...hours: number[]) => ({
    atMs: Float64Array.from(hours, (hour) => hour * HOUR_MS),
    rate: new Float64Array(hours.length),
  });

  it('is the time between stamps that lie more than nine hours apart', () => {
    expect(uncoveredFundingMs(funding(0, 8, 16, 24), 0, 24 * HOUR_MS)).toBe(0);
    expect(uncoveredFundingMs(funding(0, 8, 24), 0, 24 * HOUR_MS)).toBe(16 * HOUR_MS);
    expect(uncoveredFundingMs(funding(), 0, 24 * HOUR_MS)).toBe(24 * HOUR_MS);
  });
});
