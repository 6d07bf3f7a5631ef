// What a config must have shown. Each gate is spoilt alone and is then the one that does not pass.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../engine/interval.ts';
import { type Evidence, gatesOf, overridable, rehearsalOf } from '../../../live/promotion/gates.ts';
import { cashAt, largestEntryUsd, stagesFor, stepOf } from '../../../live/promotion/stages.ts';
import { configOf } from '../../support/run.ts';
import { evidence, LEGS, VERDICT } from './sample.ts';

const failing = (one: Evidence) =>
  gatesOf(one)
    .filter(({ passed }) => passed !== true)
    .map(({ id }) => id);

const sound = evidence();
const { trial, run, firstStage: first } = sound;
const span = (days: number) => ({ ...run, data: { ...run.data, fromMs: 0, toMs: days * DAY_MS } });
const fell = (maxDrawdown: number) => ({
  ...run,
  statistics: { ...run.statistics, maxDrawdown },
});

const onlyAt = (venue: string) => LEGS.filter((leg) => leg.venue === venue);
const [leg] = run.data.legs;

const ETH = { venue: 'aster', symbol: 'ETHUSDT' };
const ranOn = (...names: (typeof LEGS)[number][]) => {
  const legs = names.map((one) => ({ ...leg!, ...one }));
  return { ...run, data: { ...run.data, legs } };
};
const judgedOn = (market: Partial<typeof VERDICT.market>) => {
  return { ...VERDICT, market: { ...VERDICT.market, ...market } };
};

const MEMORY = '7'.repeat(64);
/** The same evidence, of a config that begins with 500 trades that were over before. */
const recalling = (changes: Partial<Evidence> = {}): Partial<Evidence> => ({
  memory: { digest: MEMORY, trades: 500, afterTrial: 0 },
  run: remembering(0),
  verdict: { ...VERDICT, memory: { digest: MEMORY, inSample: 0 } },
  trial: { ...trial, memoryDigest: MEMORY },
  ...changes,
});
function remembering(inSample: number, digest = MEMORY): Evidence['run'] {
  const counts = { kept: 500, added: 0, loaded: 500, asked: 0, recalled: 0, keptOut: 0, letIn: 0 };
  return { ...run, memory: { ...counts, inSample, digest, patterns: [], lessons: [] } };
}
const other = '8'.repeat(64);

const SPOILT: [string, string, Partial<Evidence>][] = [
  ['same-config', 'verdict', { verdict: { ...VERDICT, decisionConfigDigest: '0'.repeat(64) } }],
  ['same-config', 'trial', { trial: { ...trial, decisionConfigDigest: '0'.repeat(64) } }],
  ['same-code', 'trial', { trial: { ...trial, code: 'another' } }],
  ['same-code', 'verdict', { verdict: { ...VERDICT, strategyDigest: '0'.repeat(64) } }],
  ['same-code', 'engine of the verdict', { engineDigest: '0'.repeat(64) }],
  ['same-code', 'backtest', { run: { ...run, strategyDigest: '0'.repeat(64) } }],
  ['same-market', 'other rules', { verdict: { ...VERDICT, rulesDigest: '0'.repeat(64) } }],
  ['same-market', 'other symbols', { verdict: judgedOn({ legs: LEGS.slice(0, 1) }) }],
  ['same-market', 'other candles', { verdict: judgedOn({ interval: '5m' }) }],
  ['same-market', 'trial on shorter candles', { trialInterval: '1m' }],
  [
    'same-market',
    'a symbol that was not tried',
    { run: ranOn(...LEGS, ETH), verdict: judgedOn({ legs: [...LEGS, ETH] }) },
  ],
  [
    'same-market',
    'another leverage',
    { trialWorld: { ...run.world, margin: { ...run.world.margin, leverage: 125 } } },
  ],
  ['same-memory', 'in the backtest', recalling({ run: remembering(0, other) })],
  ['same-memory', 'in no backtest', recalling({ run })],
  ['same-memory', 'in the verdict', recalling({ verdict: VERDICT })],
  ['same-memory', 'in the trial', recalling({ trial: { ...trial, memoryDigest: other } })],
  [
    'same-memory',
    'and nothing here',
    recalling({ memory: { digest: null, trades: 0, afterTrial: 0 } }),
  ],
  ['memory', 'of the backtest', recalling({ run: remembering(3) })],
  [
    'memory',
    'of the verdict',
    recalling({ verdict: { ...VERDICT, memory: { digest: MEMORY, inSample: 1 } } }),
  ],
  ['memory', 'of the trial', recalling({ memory: { digest: MEMORY, trades: 500, afterTrial: 1 } })],
  ['rules', 'kinder', { kinder: ['world.slippageBps 0'] }],
  ['reproduced', 'other digest', { again: { equal: false } }],
  ['reproduced', 'no store', { again: { why: 'no store' } }],
  ['backtest-length', 'a day less', { run: span(180.9) }],
  ['verdict', 'failed', { verdict: { ...VERDICT, passed: false } }],
  [
    'look-ahead',
    'not told',
    { verdict: { ...VERDICT, gates: [{ ...VERDICT.gates[0]!, passed: null }] } },
  ],
  ['drawdown', 'too deep', { run: fell(-0.0501) }],
  ['drawdown', 'no number', { run: fell(Number.NaN) }],
  ['trial-hours', 'too short', { trial: { ...trial, uptime: 0.99 } }],
  ['trial-hours', 'not real', { trial: { ...trial, isSevenRealDays: false } }],
  ['trial-hours', 'no rows', { trial: { ...trial, rows: 0 } }],
  ['trial-hours', 'no number', { trial: { ...trial, uptime: Number.NaN } }],
  ['trial-parity', 'replay', { trial: { ...trial, replayEqual: false } }],
  ['trial-parity', 'signals', { trial: { ...trial, signalsEqual: false } }],
  ['trial-parity', 'nothing compared', { trial: { ...trial, candles: 0 } }],
  [
    'drills',
    'one missing',
    {
      trial: {
        ...trial,
        drills: trial.drills.map((one, k) => (k === 1 ? { ...one, done: 0 } : one)),
      },
    },
  ],
  ['drills', 'none known', { trial: { ...trial, drills: [] } }],
  ['reconciliation', 'differed', { trial: { ...trial, mismatched: 1 } }],
  [
    'venue-hyperliquid',
    'no backtest there',
    { run: ranOn(...onlyAt('aster')), verdict: judgedOn({ legs: onlyAt('aster') }) },
  ],
  ['venue-aster', 'no trial there', { trialLegs: onlyAt('hyperliquid') }],
  [
    'venue-hyperliquid',
    'another asset there',
    { trialLegs: [LEGS[0]!, { venue: 'hyperliquid', symbol: 'ETHUSDC' }] },
  ],
  [
    'venue-hyperliquid',
    'another unit there',
    { trialLegs: [LEGS[0]!, { venue: 'hyperliquid', symbol: 'kBTCUSDC' }] },
  ],
  ['first-stage', 'no entry', { firstStage: { ...first, came: { entries: 0, tooSmall: 9 } } }],
  ['first-stage', 'not run', { firstStage: { ...first, came: { why: 'no store' } } }],
  [
    'first-stage',
    'too small for a fallback',
    { firstStage: { ...first, bounds: [first.bounds[0]!, { ...first.bounds[1]!, leastUsd: 10 }] } },
  ],
  [
    'first-stage',
    'no number',
    { firstStage: { ...first, bounds: [{ ...first.bounds[0]!, mostUsd: Number.NaN }] } },
  ],
  ['reconciliation', 'never', { trial: { ...trial, reconciled: 0, mismatched: 0 } }],
];

describe('the gates', () => {
  it('all pass for half a year, a passed verdict and seven real days with every drill', () => {
    expect(failing(sound)).toEqual([]);
    expect(rehearsalOf(sound)).toEqual([]);
  });

  it.each(SPOILT)('%s stands in the way: %s', (id, _, change) => {
    const bad = failing({ ...sound, ...change });
    // Another asset at a venue is one that was not tried, too.
    expect(bad.filter((one) => one !== 'same-market' || one === id)).toEqual([id]);
  });

  it('ask about memories only where somebody began with some, and say what of them is wrong', () => {
    const gate = (id: string, changes: Partial<Evidence>) =>
      gatesOf({ ...sound, ...changes }).find((one) => one.id === id);
    expect(gate('same-memory', {})).toBeUndefined();
    expect(failing({ ...sound, ...recalling() })).toEqual([]);
    expect(gate('same-memory', recalling())!.why).toBe('500 trades, 777777777777, in all three');
    expect(gate('memory', recalling({ run: remembering(3) }))).toMatchObject({
      value: 3,
      passed: false,
      why: 'of 500 trades 3 ended after the backtest began: they knew its future; keep those of a run that ends before',
    });
  });

  it('of identity cannot be answered for', () => {
    const open = overridable(['aster', 'hyperliquid']);
    for (const id of ['same-config', 'same-code', 'same-market', 'same-memory', 'reproduced'])
      expect(open).not.toContain(id);
    for (const id of ['trial-hours', 'venue-hyperliquid']) expect(open).toContain(id);
  });

  it('call it a rehearsal where no market was met', () => {
    const synthetic = { ...run, data: { ...run.data, kind: 'synthetic' as const } };
    expect(rehearsalOf({ ...sound, run: synthetic })).toHaveLength(1);
    const verdict = judgedOn({ kind: 'synthetic' });
    expect(rehearsalOf({ ...sound, verdict })).toHaveLength(1);
    expect(rehearsalOf({ ...sound, trial: { ...trial, feedKind: 'replay' } })).toHaveLength(1);
    expect(rehearsalOf({ ...sound, trial: { ...trial, speed: null } })).toHaveLength(1);
    expect(rehearsalOf({ ...sound, trial: { ...trial, speed: 60 } })).toHaveLength(1);
  });

  it('take a replayed trial for a rehearsal only when it is as long as a real one', () => {
    const replayed = { ...trial, feedKind: 'replay' as const, isSevenRealDays: false };
    expect(failing({ ...sound, trial: replayed })).toEqual([]);
    expect(failing({ ...sound, trial: { ...replayed, uptime: 0.5 } })).toEqual(['trial-hours']);
  });
});

describe('the first stage', () => {
  const why = (change: Partial<Evidence['firstStage']>) => {
    const gates = gatesOf({ ...sound, firstStage: { ...first, ...change } });
    return gates.find(({ id }) => id === 'first-stage')!.why;
  };

  it('says how many entries its capital makes, or why it makes none', () => {
    expect(why({})).toBe('40 entries of the backtest with 75 USD, 3 more too small for the venue');
    const bounds = [{ venue: 'aster', symbol: 'BTCUSDT', leastUsd: 5, mostUsd: 2 }];
    expect(why({ capitalUsd: 20, bounds })).toBe(
      'no order can be sent with 20 USD (BTCUSDT at aster: 2 USD at most, 5 USD at least)',
    );
  });

  it('trades with its share at each venue, and caps an entry by all of it', () => {
    const places = [
      { venue: 'aster', capitalUsd: 500 },
      { venue: 'hyperliquid', capitalUsd: 250 },
    ];
    const { decision, world } = configOf();
    const { cashUsd, venues } = cashAt({ share: 0.1 }, places, world);
    expect([cashUsd, venues['hyperliquid']!.cashUsd]).toEqual([50, 25]);
    // A tenth of 75 USD; and no more than twice what lies at the venue.
    const risk = { ...decision.risk, maxPositionFraction: 0.1 };
    const instrument = { symbol: 'BTCUSDC', maxLeverage: 2 };
    expect(largestEntryUsd(risk, instrument, 75, 25)).toBeCloseTo(7.5, 12);
    expect(largestEntryUsd(risk, instrument, 75, 2)).toBe(4);
    const capped = { ...risk, maxLeverage: { BTCUSDC: 0.05 } };
    expect(largestEntryUsd(capped, instrument, 75, 25)).toBeCloseTo(3.75, 12);
  });
});

describe('stages', () => {
  const wishes = { shares: [0.1, 0.5, 1], days: 7, maxDrawdown: 0.05 };
  const [first, second, last] = Object.values(stagesFor(wishes));
  const good = { tradedMs: 7 * DAY_MS, drawdown: 0.01, isClean: true };

  it('go up after seven clean days within half of the limit', () => {
    expect(stepOf(first!, good, 0.05, true)).toBe('up');
    expect(stepOf(first!, { ...good, tradedMs: 7 * DAY_MS - 1 }, 0.05, true)).toBe('stay');
    expect(stepOf(first!, { ...good, isClean: false }, 0.05, true)).toBe('stay');
    expect(stepOf(first!, { ...good, drawdown: 0.026 }, 0.05, true)).toBe('stay');
  });

  it('have no stage above the last', () => {
    expect(stepOf(last!, { ...good, tradedMs: 99 * DAY_MS }, 0.05, false)).toBe('stay');
  });

  it('go down beyond three quarters of the limit, and halt at it', () => {
    expect(stepOf(second!, { ...good, drawdown: 0.038 }, 0.05, false)).toBe('down');
    expect(stepOf(first!, { ...good, drawdown: 0.038 }, 0.05, true)).toBe('stay');
    expect(stepOf(second!, { ...good, drawdown: 0.05 }, 0.05, false)).toBe('halt');
  });

  it('never go up on what is not known', () => {
    const any = fc.constantFrom(Number.NaN, 0, 0.01, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(any, any, (tradedMs, drawdown) => {
        const step = stepOf(first!, { tradedMs, drawdown, isClean: true }, 0.05, true);
        if (step === 'up') expect([tradedMs > 6 * DAY_MS, drawdown < 0.05]).toEqual([true, true]);
        if (drawdown !== drawdown) expect(step).toBe('halt');
      }),
    );
  });
});
