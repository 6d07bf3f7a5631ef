// The words and numbers of a report: luck, why there are no trades, the sparkline, formats.

import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../engine/interval.ts';
import * as format from '../../reports/format.ts';
import { sparkline } from '../../reports/terminal.ts';
import { luck, whyNoTrades } from '../../reports/verdict.ts';
import { FACTS, MAY_1, STATISTICS } from './built-run.ts';

describe('the luck line', () => {
  const words = (
    p: number | null,
    trials: number,
    days = 50,
    kind: 'real' | 'synthetic' = 'real',
  ) => luck({ ...STATISTICS, probabilisticSharpe: p, days }, trials, kind);

  it('calls a high probability unlikely to be luck only on a first trial on real data', () => {
    expect(words(0.97, 1)).toEqual({
      headline:
        'probabilistic Sharpe 0.97 over 50 days: unlikely to be luck, if this was the only try',
      detail: null,
      likelySkill: true,
    });
    expect(words(0.97, 1, 50, 'synthetic').headline).toMatch(
      /on synthetic data this proves nothing/,
    );
    expect(words(0.97, 1, 29).headline).toMatch(/over 29 days: too short to say$/);
    for (const [trials, days, kind] of [
      [2, 50, 'real'],
      [1, 29, 'real'],
      [1, 50, 'synthetic'],
    ] as const) {
      expect(words(0.99, trials, days, kind).likelySkill).toBe(false);
    }
  });

  it('says after more trials that it is not deflated, and what luck would show', () => {
    const after = words(0.97, 10, 365);
    expect(after.headline).toBe(
      'probabilistic Sharpe 0.97 over 365 days, not deflated: 10 trials so far lower this',
    );
    // E[max of 10] = 1.5746 standard errors (Bailey et al. 2014), one year of days
    expect(after.detail).toBe(
      'the best of 10 without any skill would show a Sharpe near 1.57; this run shows 1.21',
    );
  });

  it('never rounds a probability up to the bar or to certainty', () => {
    expect(words(0.9499, 1).headline).toMatch(/Sharpe 0\.94 over 50 days: not proven$/);
    expect(words(0.99999, 1).headline).toMatch(/Sharpe above 0\.99 /);
    expect(words(1e-9, 3).headline).toMatch(/below 0\.01 .* not proven, and 3 trials so far lower/);
  });

  it('says why there is no probability', () => {
    expect(words(null, 1, 1).headline).toBe('n/a: it takes at least two days');
    expect(words(null, 1).headline).toBe('n/a: not defined for these days');
  });
});

describe('the sparkline', () => {
  it('goes from the lowest block to the highest and ends where the column ends', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([9, 0, 9, 7, 9, 0], 3)).toBe('▁█▁');
  });

  it('is no wider than asked or than the column, flat in the middle, and blank at holes', () => {
    expect(sparkline(new Float64Array(1000).fill(5), 12)).toBe('▄'.repeat(12));
    expect(sparkline([1, Number.NaN, 3], 20)).toBe('▁ █');
    expect(sparkline([], 20)).toBe('');
    expect(sparkline([1, 2], 0)).toBe('');
  });
});

describe('formats', () => {
  it('turn fractions into per cent, and give zero no sign', () => {
    expect(format.percent(0.3125, { sign: true })).toBe('+31.3 %');
    expect(format.percent(-0.0001, { sign: true })).toBe('0.0 %');
    expect(format.percent(null)).toBe('n/a');
    expect(format.percent(Number.NaN)).toBe('n/a');
    expect(format.percent(1234.5)).toBe('123,450.0 %');
  });

  it('turn fractions into basis points', () => {
    expect(format.bps(0.00023)).toBe('2.3 bps');
    expect(format.bps(-0.00001, { sign: true, digits: 2 })).toBe('-0.10 bps');
    expect([null, Number.NaN, Number.POSITIVE_INFINITY].map((x) => format.bps(x))).toEqual([
      'n/a',
      'n/a',
      'n/a',
    ]);
  });

  it('mark thousands, write dollars, rates and lengths of time', () => {
    expect(format.count(1_234_567)).toBe('1,234,567');
    expect(format.usd(-1234.5)).toBe('-1,234.50 USD');
    expect(format.decimal(-3e20)).toBe('-3.00e+20');
    expect([4_400_000, 950_000, 12].map(format.rate)).toEqual(['4.4 M/s', '950 k/s', '12 /s']);
    expect([0, 60_000, 5.5 * 3_600_000, DAY_MS, 12.4 * DAY_MS].map(format.duration)).toEqual([
      '0 minutes',
      '1 minute',
      '5.5 hours',
      '1 day',
      '12 days',
    ]);
    expect(format.utcMinute(MAY_1 + 60_000)).toBe('2025-05-01 00:01');
    expect(format.utcDate(Number.POSITIVE_INFINITY)).toBe('n/a');
  });
});

describe('why there are no trades', () => {
  it('is not asked when there are some', () => {
    expect(whyNoTrades(FACTS)).toBeNull();
  });
});
