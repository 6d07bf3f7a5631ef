// The first words of the page, tried with three runs: one that may be believed, one that may not, and one
// whose numbers do not mean what they say.

import { describe, expect, it } from 'vitest';
import type { RunFacts } from '../../engine/research/result.ts';
import { judge } from '../../reports/run/judgement.ts';
import { type SampleOptions, sampleResult } from '../support/sample-result.ts';
import { pageOf } from './page.ts';

/** A run of a year that made money day by day: what is asked for is above every bar. */
const GOOD: SampleOptions = {
  rows: 35_040,
  trades: 400,
  legs: 1,
  trialNumber: 1,
  lookahead: { clean: true, checked: 34_000, altered: 5, offence: null },
  change: (facts) => ({
    ...facts,
    warnings: [],
    statistics: { ...facts.statistics, totalReturn: 0.4, probabilisticSharpe: 0.991, days: 365 },
    intervals: { ...facts.intervals, sharpe: { lower: 0.8, upper: 3.1 } },
  }),
};

/** The same with a change of its facts, books still in order. */
const but = (change: (facts: RunFacts) => Partial<RunFacts>): SampleOptions => ({
  ...GOOD,
  change: (facts) => {
    const good = GOOD.change!(facts);
    return { ...good, ...change(good) };
  },
});

const { lookahead: _, ...LEFT_UNCHECKED } = GOOD;
/** As `backtest --check` writes it down. */
const LEAKY = 'quant-alpha knows later candles at the candle of 2025-01-02 03:00 UTC, by close';

describe('the first screen', () => {
  it.each([
    [
      'proven',
      GOOD,
      /^proven: probability of skill above 0\.99 over 365 days of real data, at the first try\.$/,
    ],
    ['not proven', {}, /^not proven: /],
    [
      'broken',
      but((facts) => ({
        data: { ...facts.data, legs: facts.data.legs.map((leg) => ({ ...leg, holes: 9000 })) },
      })),
      /^broken: 20\.4 % of the candles are missing\.$/,
    ],
    [
      'broken',
      { ...GOOD, lookahead: { clean: false, checked: 20, altered: 0, offence: LEAKY } },
      /^broken: quant-alpha knows later candles at the candle of 2025-01-02 03:00 UTC, by close\.$/,
    ],
  ] as const)('says %s, and why, before anything else', async (trust, options, line) => {
    const page = await pageOf(options);
    const [first] = page.find('body > header > *');
    expect(first!.textContent.replace(/\s+/g, ' ').trim()).toMatch(line);
    expect(page.find('.judgement b')[0]!.textContent).toBe(trust);
    expect(page.find('.card')).toHaveLength(8);
    expect(page.find('.range').length).toBeGreaterThanOrEqual(5);
  });
});

describe('a run', () => {
  const lineOf = (options: SampleOptions) => judge(sampleResult(options)).line;

  it('is not proven for each thing that is missing alone', () => {
    const statistics = (part: Partial<RunFacts['statistics']>) =>
      but((facts) => ({ statistics: { ...facts.statistics, ...part } }));
    const cases: [SampleOptions, string][] = [
      [but((facts) => ({ data: { ...facts.data, kind: 'synthetic' } })), 'made by a generator'],
      [statistics({ days: 29 }), '29 days are too few'],
      [statistics({ trades: 29 }), '29 trades are too few'],
      [statistics({ trades: 0 }), 'nothing was traded'],
      [statistics({ totalReturn: -0.1 }), 'did not make money'],
      [statistics({ probabilisticSharpe: 0.94 }), 'probability of skill 0.94, wanted 0.95'],
      [statistics({ probabilisticSharpe: null }), 'not defined'],
      [{ ...GOOD, trialNumber: 2 }, '2 trials on these data'],
      [
        but((facts) => ({ intervals: { ...facts.intervals, sharpe: { lower: -0.1, upper: 3 } } })),
        'Sharpe ratios from -0.10 to 3.00',
      ],
      [but((facts) => ({ intervals: { ...facts.intervals, sharpe: null } })), 'has no interval'],
      [LEFT_UNCHECKED, 'nobody looked whether its decisions know the future'],
      [but(() => ({ warnings: [{ code: 'optimistic-path', text: '' }] })), 'assumed in its favour'],
      [but(() => ({ warnings: [{ code: 'margin-off', text: '' }] })), 'margin is not checked'],
    ];
    expect(lineOf(GOOD)).toMatch(/^proven: /);
    for (const [options, words] of cases) {
      const line = lineOf(options);
      expect(line, words).toMatch(/^not proven: /);
      expect(line).toContain(words);
    }
  });

  it('is broken when equity fell to zero, when there is no candle, when its books do not add up', () => {
    const ruined = but((facts) => ({
      statistics: { ...facts.statistics, finalEquityUsd: 0, totalReturn: -1 },
    }));
    expect(lineOf(ruined)).toMatch(/^broken: equity fell to zero; the trades add up to/);
    const result = sampleResult(GOOD);
    const stolen = { ...result, trades: result.trades.slice(1) };
    expect(judge(stolen).line).toMatch(/^broken: the trades add up to .* and the account moved by/);
    const none = but((facts) => ({ data: { ...facts.data, candles: 0 } }));
    expect(lineOf(none)).toMatch(/^broken: the run holds no candle/);
  });

  it('says what came of looking for look-ahead, or how to look', async () => {
    const told = async (options: SampleOptions) => (await pageOf(options)).read('#lookahead');
    expect(await told(LEFT_UNCHECKED)).toContain(
      'npm run backtest -- --config <this folder>/config',
    );
    expect(await told(LEFT_UNCHECKED)).toContain('--check');
    expect(await told(GOOD)).toMatch(/Clean: the same answers at 34,000 closes .* at 5 of them/);
  });

  it('names three reasons and counts the others', () => {
    const facts = but((given) => ({
      statistics: { ...given.statistics, days: 3, trades: 3, probabilisticSharpe: 0.5 },
    }));
    expect(judge(sampleResult({ ...facts, trialNumber: 9 })).reasons).toHaveLength(4);
    expect(lineOf({ ...facts, trialNumber: 9 })).toMatch(/; and 1 more reason$/);
  });
});
