// What may be said of a trial: the machine and the profit apart, and no claim that was not compared.

import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { TrialFacts } from '../../engine/research/trial.ts';
import { span, trialVerdict } from '../../reports/trial/words.ts';
import { FROM_MS } from '../support/sample-result.ts';
import { ACCELERATED, sampleTrial } from '../support/sample-trial.ts';

const changed = (change: Partial<TrialFacts>) =>
  sampleTrial({ change: (facts) => ({ ...facts, ...change }) }).facts;
const verdictOf = (change: Partial<TrialFacts> = {}) => trialVerdict(changed(change));

describe('the verdict of a trial', () => {
  it('tells the machine and the profit apart, and counts the days that are missing', () => {
    // 246.2 days it takes in all, 7 were had.
    expect(verdictOf()).toMatchObject({
      headline:
        'The machine did what the backtest says; 7 days cannot prove profit: ' +
        'probability of a positive Sharpe 0.61, about 240 more days like these would be needed.',
      tone: 'up',
      banners: [],
    });
  });

  it('never takes a week of good luck for a proof', () => {
    const { headline } = verdictOf({ probabilisticSharpe: 0.999, daysForConfidence: 3 });
    expect(headline).toContain(
      '7 days cannot prove profit: probability of a positive Sharpe above 0.99, on too few days',
    );
  });

  it('says over a long trial what the probability is, and on what condition', () => {
    const long = { toMs: FROM_MS + 45 * DAY_MS, rows: 64_800, expectedRows: 64_800 };
    expect(verdictOf({ ...long, probabilisticSharpe: 0.96 }).headline).toMatch(
      /; probability of a positive Sharpe 0\.96 over 45 days, if this was the only try\.$/,
    );
    expect(
      verdictOf({ ...long, probabilisticSharpe: 0.4, daysForConfidence: null }).headline,
    ).toMatch(/; 45 days do not prove profit: probability of a positive Sharpe 0\.40\.$/);
  });

  it('says of a loss that more days like these would not help', () => {
    const lost = { sharpe: -2, probabilisticSharpe: 0.3, daysForConfidence: null };
    expect(verdictOf(lost).headline).toMatch(
      /Sharpe 0\.30, and more days like these would not raise it\.$/,
    );
  });

  it('says why there is no probability', () => {
    const { headline } = verdictOf({ probabilisticSharpe: null, daysForConfidence: null });
    expect(headline).toMatch(/no probability can be told, it takes days with returns\.$/);
  });

  it('judges nothing where nothing was decided, and claims no parity where nothing was compared', () => {
    const empty = { rows: 0, expectedRows: 0, candles: 0, fromMs: 0, toMs: 0 };
    expect(verdictOf(empty)).toMatchObject({
      headline: 'No close was decided on: there is nothing to compare or to judge.',
      tone: '',
    });
    expect(verdictOf({ candles: 0 })).toMatchObject({ tone: '' });
    expect(verdictOf({ candles: 0 }).headline).toMatch(/^No signal could be compared/);
  });

  it('says in a banner that seven days in 41 seconds are no seven-day trial', () => {
    const { banners, tone } = trialVerdict(ACCELERATED(sampleTrial().facts));
    expect(tone).toBe('');
    expect(banners).toEqual([
      {
        title: 'Accelerated',
        text: '7 days of market time in 41 seconds: this is not a seven-day trial',
      },
    ]);
  });

  it('says of a real trial with a day on which no process was there that it was no seven days', () => {
    const { banners } = verdictOf({ realElapsedMs: 6 * DAY_MS, isSevenRealDays: false });
    expect(banners).toEqual([
      {
        title: 'Not seven days',
        text:
          '7 days of market time, of which processes were there for 6 days: ' +
          'this is not a seven-day trial',
      },
    ]);
  });

  it('puts what stands against it above all, the worst first', () => {
    const { headline, tone, banners } = verdictOf({
      replayEqual: false,
      firstDivergence: 'diverges at line 12: submit-order recorded A, now B',
      signalsEqual: false,
      firstDifference: {
        closeMs: FROM_MS + 5 * MINUTE_MS,
        venue: 'aster',
        symbol: 'BTCUSDT',
        paper: 'quant-alpha: BUY 0.7',
        model: 'quant-alpha: HOLD 0.5',
      },
      stopCode: null,
    });
    expect(tone).toBe('down');
    expect(headline).toMatch(/^The journal does not replay to the same intents; /);
    expect(banners.map(({ title }) => title)).toEqual([
      'Replay differs',
      'Signals differ',
      'Under way or broken off',
    ]);
    expect(banners[0]!.text).toBe(
      'the journal diverges at line 12: submit-order recorded A, now B',
    );
    expect(banners[1]!.text).toBe(
      'first at 2025-05-01 00:05 UTC on BTCUSDT (aster): ' +
        'the session said quant-alpha: BUY 0.7, the model says quant-alpha: HOLD 0.5',
    );
    expect(verdictOf({ signalsEqual: false }).headline).toMatch(
      /^The machine did not do what the backtest says; /,
    );
  });

  it('tells a session that was stopped early from one that tells of no end', () => {
    expect(verdictOf({ stopCode: 'venue-lane-full' }).banners).toEqual([
      { title: 'Stopped early', text: 'it ended with: venue-lane-full' },
    ]);
    const open = verdictOf({ stopCode: null });
    expect(open.headline).toMatch(/^The machine did what the backtest says, as far as its journal/);
    expect(open.banners[0]!.text).toBe(
      'the journal tells of no end; everything below is as it stood at 2025-05-08 00:00 UTC',
    );
  });

  it('warns of what was lost, after what the facts warn of', () => {
    const { warnings } = verdictOf({
      warnings: ['how long it took is not known'],
      mismatched: 2,
      rows: 10_070,
      staleMs: 90_000,
      noteCounts: { gap: 1, late: 3, revised: 0 },
      drills: [{ name: 'outage', done: 0, lastMs: Number.NaN }],
    });
    expect(warnings).toEqual([
      'how long it took is not known',
      '2 positions at the venue were not ours',
      '10 rows of 10,080 did not close',
      'on 1.5 minutes of market time candles were too old to be traded on',
      '1 gap in the candles could not be filled',
      'candles that did not come as they should: 3 late',
      'the session was taken up 1 time after a crash',
      '1 drill is missing: outage',
    ]);
  });

  it('writes lengths of time down to seconds, whole where they are whole', () => {
    const lengths = [0, 41_000, 2_500, 60_000, 7 * DAY_MS, 7 * DAY_MS - MINUTE_MS, Number.NaN];
    expect(lengths.map(span)).toEqual([
      '0 seconds',
      '41 seconds',
      '2.5 seconds',
      '1 minute',
      '7 days',
      '7 days',
      'n/a',
    ]);
  });
});
