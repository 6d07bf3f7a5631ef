// The page of a walk-forward as text: the verdict first, every fold and path in numbers of the document, no
// name that becomes markup, and words where a number is not defined.

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { CrossEntry, Side, WalkDocument } from '../../reports/walk-forward/document.ts';
import { renderWalkForward } from '../../reports/walk-forward/report.ts';
import { HOSTILE } from '../support/sample-result.ts';

const DAYS = ['2025-01-01', '2025-01-03', '2025-01-05', '2025-01-07', '2025-01-09'];
const dates = (k: number) => ({ from: DAYS[k]!, to: DAYS[k + 1]! });
const side = (value: number | null, failure: string | null = null): Side => ({
  value,
  statistics: null,
  failure,
});
const history = (sharpe: number | null, ...dailyReturns: number[]) => ({
  totalReturn: dailyReturns.reduce((worth, r) => worth * (1 + r), 1) - 1,
  cagr: null,
  sharpe,
  maxDrawdown: -0.02,
  trades: 4,
  dailyReturns,
});

function documentOf(given: Partial<WalkDocument> = {}): WalkDocument {
  return {
    strategy: 'mine',
    symbols: ['BTCUSDT'],
    configDigest: 'c'.repeat(64),
    dataDigest: 'd'.repeat(64),
    strategyDigest: 'e'.repeat(64),
    isSynthetic: false,
    objective: 'sharpe',
    scheme: 'rolling',
    folds: 2,
    train: 1,
    limit: 0.25,
    list: [1, 2].map((k) => ({
      ...dates(k),
      trainedOn: [dates(k - 1)],
      point: { 'decision.parameters.fast': k },
      trials: 3,
      inSample: side(1.5),
      outOfSample: side(0.25),
    })),
    crossValidation: null,
    stitched: { ...dates(1), to: DAYS[3]!, ...history(0.5, 0.01, 0, -0.02, 0.03) },
    buyAndHold: 0.12,
    heldReturns: [0.01, 0.02, 0.03, 0.05],
    efficiency: null,
    worstDrawdown: -0.02,
    recommended: { 'decision.parameters.fast': 2 },
    verdict: {
      passed: false,
      sentence: 'does not pass, of 1 gates it fails 1: worst fold',
      gates: [
        {
          id: 'fold-drawdown',
          name: 'worst fold',
          rule: 'drawdown within its limit',
          value: -0.3,
          threshold: -0.25,
          passed: false,
          why: 'it fell by 0.3',
          beside: {},
        },
      ],
      trials: 12,
      compared: 4,
      observations: 4,
      seed: 1,
      resamples: 1000,
    },
    ...given,
  };
}

const CROSS: CrossEntry = {
  groups: [0, 1, 2].map(dates),
  splits: [
    [1, 2],
    [1, 3],
    [2, 3],
  ].map((folds, k) => ({
    trainedOn: [dates(2 - k)],
    point: k === 0 ? null : { 'decision.parameters.fast': k },
    trials: 3,
    inSample: k === 0 ? null : side(1),
    tested: folds.map((fold) => ({
      fold,
      ...dates(fold - 1),
      run: k === 2 ? side(null, 'the strategy threw') : side(0.75),
    })),
  })),
  paths: [
    { splits: [1, 1, 2], ...history(-1, 0.01, -0.02, 0, 0, 0, 0) },
    { splits: [2, 3, 3], ...history(1, 0.01, 0.02, 0, 0, 0, 0) },
  ],
  judgedPath: 1,
  sharpe: {
    min: -1,
    p25: -0.5,
    median: 0,
    p75: 0.5,
    max: 1,
    mean: 0,
    sd: Math.SQRT2,
    notAbove0: 0.5,
  },
  totalReturn: null,
  warmupMs: 36 * 3_600_000,
  longestTradeMs: 0,
};

async function read(document: WalkDocument) {
  const text = await renderWalkForward(document);
  const page = parseHTML(text).document;
  const all = (selector: string) =>
    [...page.querySelectorAll(selector)].map((element) =>
      (element as { textContent: string }).textContent.replace(/\s+/g, ' ').trim(),
    );
  return { text, all };
}

describe('the page of a walk-forward', () => {
  it('says the verdict first, then what was traded and how it was found', async () => {
    const { all } = await read(documentOf());
    expect(all('.verdict')).toEqual(['does not pass, of 1 gates it fails 1: worst fold']);
    expect(all('.what')[0]).toBe('Walk-forward on BTCUSDT: 2 folds, trained on 1 times as long');
    expect(all('.luck')[0]).toMatch(
      /^Return \+1\.9 %, Sharpe 0\.50, drawdown -2\.0 %, 4 trades; holding \+12\.0 %\. Efficiency n\/a/,
    );
    const folds = all('#searches tbody tr');
    expect(folds).toHaveLength(2);
    expect(folds[1]).toMatch(/^2 ?2025-01-03 ?2025-01-05 ?2025-01-07 ?3 ?fast 2 ?1\.50 ?0\.25/);
    expect(all('#paths')).toEqual([]);
  });

  it('shows every path of a cross-validation and how far they lie apart', async () => {
    const crossed = { scheme: 'combinatorial', folds: 3, testFolds: 2, paths: 2 };
    const { all, text } = await read(
      documentOf({ ...crossed, purgeDays: 2, embargoDays: 1, list: [], crossValidation: CROSS }),
    );
    expect(all('.what')[0]).toContain('combinatorial purged: 2 of 3 folds at a time, 2 paths');
    const [ratios, returns, first, second] = all('#paths tbody tr');
    expect(ratios).toMatch(
      /^Sharpe ratio ?-1\.00 ?-0\.50 ?0\.00 ?\+0\.50 ?\+1\.00 ?0\.00 ?1\.41 ?50 %/,
    );
    // A path without a return: nothing is said of the others as if they were all.
    expect(returns).toMatch(/^Total return( ?n\/a){8}$/);
    expect(first).toMatch(/^1 ?-1\.00 ?-1\.0 %.*1 1 2$/);
    expect(second).toMatch(/^2 ?1\.00 ?\+3\.0 %.*2 3 3$/);
    const tested = all('#searches tbody tr');
    expect(tested).toHaveLength(6);
    expect(tested[0]).toContain('nothing: no trial had a value');
    expect(tested[5]).toContain('the strategy threw');
    expect(all('#provenance')[0]).toContain('2 days on either side (warm-up 1.5 days');
    // Six days searched in pieces, two folds tested by each of three splits: nine bars, twice.
    expect(all('#division .picture rect')).toHaveLength(18);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('lets no name become markup', async () => {
    const point = { [HOSTILE[0]]: HOSTILE[1] };
    const names = { strategy: HOSTILE[2], symbols: HOSTILE, objective: HOSTILE[3] };
    const list = documentOf().list.map((fold) => ({ ...fold, point }));
    const { text } = await read(documentOf({ ...names, list, recommended: point }));
    expect(text).not.toContain('<img');
    expect(text).not.toContain('<script>alert');
  });
});
