// The page of a sweep as text: what it says, that it says it in numbers of the facts, that no name can
// become markup, and that its size has a bound. How it looks is in sweep-browser.test.ts.

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { MOST_VALUES } from '../../reports/sweep/axis.ts';
import { MOST_PAIRS } from '../../reports/sweep/heat.ts';
import { neighbourhood } from '../../reports/sweep/neighbours.ts';
import { bestCommand, sweepCommand } from '../../reports/sweep/provenance.ts';
import { renderSweep, type SweepPage } from '../../reports/sweep/report.ts';
import { viewOf } from '../../reports/sweep/view.ts';
import { valueText } from '../../reports/sweep/words.ts';
import { HOSTILE } from '../support/sample-result.ts';
import { type SweepOptions, sampleSweep } from '../support/sample-sweep.ts';

async function pageOf(given: SweepOptions | SweepPage = {}) {
  const text = await renderSweep('result' in given ? given : sampleSweep(given));
  const { document } = parseHTML(text);
  const all = (selector: string) =>
    [...document.querySelectorAll(selector)].map((element) =>
      (element as { textContent: string }).textContent.replace(/\s+/g, ' ').trim(),
    );
  return { text, all, read: (selector: string) => all(selector)[0] ?? '' };
}

const NOT_WORDS = /NaN|undefined|Infinity|\[object/;

/** Sweeps of one parameter with these values of the objective: value k at k + 1. */
function line(values: readonly (number | null)[]): SweepPage {
  return sampleSweep({
    trials: values.length,
    parameters: 1,
    hasSplits: false,
    changeRows: (rows) =>
      rows.map((row, k) => {
        const value = values[k]!;
        return {
          ...row,
          point: { 'risk.size': k + 1 },
          status: value === null ? 'failed' : 'done',
          code: value === null ? 'run-failed' : null,
          values: [value],
        };
      }),
  });
}

describe('the page of a sweep', () => {
  it('says how many trials there were, failed ones too, and that the best is flattered', async () => {
    const { all } = await pageOf({ trials: 1000 });
    expect(all('.what').at(-1)).toBe(
      'Sampler tpe for sharpe (max): 1,000 trials, 975 completed, 25 failed',
    );
    expect(all('.luck').at(-1)).toMatch(
      /^The best of 1,000 trials is flattered by having been chosen\. By luck alone the best of 1,000 worthless trials is expected to show a Sharpe ratio of \d+\.\d\d over 120 days; the best found shows \d\.\d\d, which is (above that|no more than luck gives)\.$/,
    );
  });

  it('reads luck as the deflated ratio does: spread of the trials x expected maximum', () => {
    const luckOf = (ratios: readonly number[], trialNumber: number) => {
      const page = sampleSweep({
        trials: ratios.length,
        changeRows: (rows) =>
          rows.map((row, k) => {
            return { ...row, statistics: { ...row.statistics!, sharpe: ratios[k]! } };
          }),
      });
      const circumstances = { ...page.result.circumstances, trialNumber };
      return viewOf({ ...page, result: { ...page.result, circumstances } }).luck!.sharpe;
    };
    // sd(0, 2) = 1.41421; of two trials g Z(1 - 1 / 2 e) = 0.577216 x 0.90042 = 0.51974.
    expect(luckOf([0, 2], 2)).toBeCloseTo(0.735, 3);
    // Nine alike of ten in the ledger: the spread is that of one trial over time, 1 / (T - 1).
    // (1 - g) Z(0.9) + g Z(1 - 1 / 10 e) = 1.5746; x sqrt(365 / 119) = 2.7577.
    expect(luckOf(Array(9).fill(1), 10)).toBeCloseTo(2.7577, 3);
  });

  it('counts earlier trials of the ledger against luck', async () => {
    const page = sampleSweep();
    const circumstances = { ...page.result.circumstances, trialNumber: 5000 };
    const { all } = await pageOf({ ...page, result: { ...page.result, circumstances } });
    expect(all('.luck').at(-1)).toContain(
      'the best of 5,000 worthless trials (all that the ledger',
    );
  });

  it('shows the gates of a verdict, failed ones first, and none where there is none', async () => {
    const { all, read } = await pageOf({ hasVerdict: true });
    const rows = all('#verdict tbody tr');
    expect(rows[0]).toMatch(/^Deflated Sharpe ratio.*FAILED.*0\.4123.*0\.95.*at least 0\.95/);
    expect(rows[1]).toMatch(/not measured.*n\/a/);
    expect(rows[2]).toMatch(/passed/);
    expect(read('#verdict .caption')).toMatch(
      /^Gates: 1 of 3 passed, those that failed first; 240 trials counted/,
    );
    expect((await pageOf()).all('#verdict')).toEqual([]);
  });

  it('puts the test span beside the searched span of each of the best', async () => {
    const { all } = await pageOf();
    expect(all('#best thead th').slice(0, 10)).toEqual([
      'Rank',
      'Trial',
      'sharpe',
      'Test: sharpe',
      'buffer',
      'step',
      'threshold',
      'mode',
      'Trades',
      'Test: Trades',
    ]);
    expect(all('#best tbody tr')).toHaveLength(10);
    const without = await pageOf({ hasSplits: false });
    expect(without.all('#best thead th').join()).not.toContain('Test');
    expect(without.read('#test')).toContain('No rows were held back');
  });

  it('shows the Pareto front of several objectives, and none of one', async () => {
    const page = sampleSweep({ isPareto: true });
    const { all, read } = await pageOf(page);
    expect(all('#front tbody tr')).toHaveLength(page.result.facts.front.length);
    expect(read('#front figcaption')).toContain('that no other beats in every objective');
    expect((await pageOf()).all('#front')).toEqual([]);
  });

  it('maps at most six pairs of numeric parameters and names the others', async () => {
    const page = sampleSweep({
      changeRows: (rows) =>
        rows.map((row, k) => ({
          ...row,
          point: Object.fromEntries([3, 4, 5, 6, 7].map((n) => [`risk.p${n}`, k % n])),
        })),
    });
    const { all, read } = await pageOf(page);
    expect(all('#pairs figure')).toHaveLength(MOST_PAIRS);
    expect(read('#pairs .remark')).toBe('4 pairs not drawn: p3 × p7, p4 × p7, p5 × p7, p6 × p7.');
  });

  it('calls a best whose neighbours are as good a plateau, and a lonely one a spike', () => {
    const around = (values: readonly (number | null)[]) => neighbourhood(viewOf(line(values)))!;
    // Two neighbours are too few in one dimension, so nothing is said.
    expect(around([0, 0, 0, 0.9, 1, 0.9, 0, 0, 0]).kind).toBe('unknown');
    const grid = (best: number, beside: number) =>
      neighbourhood(
        viewOf(
          sampleSweep({
            trials: 25,
            hasSplits: false,
            changeRows: (rows) =>
              rows.map((row, k) => {
                const [a, b] = [k % 5, Math.floor(k / 5)];
                const far = Math.max(Math.abs(a - 2), Math.abs(b - 2));
                const value = far === 0 ? best : far === 1 ? beside : 0;
                const point = { 'risk.a': a, 'risk.b': b };
                return { ...row, point, status: 'done', code: null, values: [value] };
              }),
          }),
        ),
      )!;
    expect(grid(1, 0.8)).toMatchObject({ kind: 'plateau', keeping: 8, kept: 0.8 });
    expect(grid(1, 0.1)).toMatchObject({ kind: 'spike', keeping: 0, kept: 0.1 });
    expect(grid(1, 0.8).neighbours).toHaveLength(8);
    // Of the eight, two lie a step away in each parameter alone, and lose a fifth.
    expect([grid(1, 0.8).asGood, grid(1, 0.95).asGood]).toEqual([0, 1]);
    for (const loss of grid(1, 0.8).losses.values()) {
      expect(loss.of).toBe(2);
      expect(loss.mean).toBeCloseTo(0.2, 12);
    }
    expect([...grid(1, 0.8).losses.keys()]).toEqual(['risk.b', 'risk.a']);
    expect(neighbourhood(viewOf(line([1, 1, 1])))).toBeNull();
  });

  it('counts a failed neighbour as one that keeps nothing', () => {
    const { neighbours } = neighbourhood(viewOf(line([0, 0, null, 1, 0.9, 0, 0])))!;
    expect(neighbours.map(({ value, kept }) => [value, kept])).toEqual([
      [null, 0],
      [0.9, 0.9],
    ]);
  });

  it('says how many failed of what, with what the first said', async () => {
    const { all } = await pageOf();
    const rows = all('#failures tbody tr');
    expect(rows).toHaveLength(2);
    expect(rows.join(' ')).toMatch(
      /refused.*3 ?1\.3 %.*trial 39: risk\.trailingStop\.step must not/,
    );
    const calm = await pageOf(line([1, 2, 3]));
    expect(calm.read('#failures')).toContain('No trial failed.');
  });

  it('gives the commands of the sweep and of its best, quoted for a shell', () => {
    const { result, start } = sampleSweep();
    expect(sweepCommand(start!)).toBe(
      'npm run sweep -- strategies/sweeps/trailing-stop.json --config swarm --symbols BTCUSDT,ETHUSDT --set world.slippageBps=5',
    );
    const best = {
      ...result.facts.best[0]!,
      point: { 'risk.a': 0.01, mode: "it's", flag: 'true' },
    };
    expect(bestCommand(result.facts, best, start!)).toBe(
      'npm run backtest -- --config swarm --symbols BTCUSDT,ETHUSDT --set world.slippageBps=5 ' +
        `--set risk.a=0.01 --set 'mode=it'\\''s' --set 'flag="true"' --set world.to=2025-08-29T00:00:00.000Z`,
    );
    expect(sweepCommand(null)).toContain('<the file of this sweep>');
  });

  it('shows every digest, the seed and the sampler', async () => {
    const page = sampleSweep();
    const { text, read } = await pageOf(page);
    const { facts, resultDigest } = page.result;
    const { planDigest, configDigest, dataDigest, trialsDigest, returnsDigest } = facts;
    for (const digest of [planDigest, configDigest, dataDigest, trialsDigest, returnsDigest]) {
      expect(text).toContain(`<code>${digest}</code>`);
    }
    expect(text).toContain(`<code>${resultDigest}</code>`);
    expect(read('#provenance')).toMatch(/Sampler ?tpe.*Seed ?7.*Budget ?240 trials/);
  });

  it('has a table behind each chart', async () => {
    const { all } = await pageOf({ isPareto: true, hasEquity: true });
    for (const id of ['front', 'luck', 'parameters', 'pairs', 'search', 'equity']) {
      expect(all(`#${id} figure`).length, id).toBeGreaterThan(0);
      expect(all(`#${id} table`).length, id).toBeGreaterThan(0);
    }
    expect(all('#test figure')).toHaveLength(1);
    expect(all('#test a')).toEqual(['best trials']);
    expect(all('#equity tbody tr')).toHaveLength(10);
  });

  it('draws the equity that is given, from the cash that its statistics follow from', async () => {
    const page = sampleSweep();
    const { index } = page.result.facts.best[0]!;
    const equity = {
      closeMs: Float64Array.from([0, 1, 2, 3], (day) => page.result.facts.trainMs[0] + day * 864e5),
      curves: [{ index, equityUsd: Float64Array.from([10_000, 10_500, 9_900, 11_200]) }],
    };
    const { read } = await pageOf({ ...page, equity });
    expect(read('#equity tbody tr')).toMatch(/\+5\.0 %.*-1\.0 %.*\+12\.0 %/);
  });

  it('writes per cent of fractions and n/a of what is not defined', async () => {
    expect(valueText('maxDrawdown', -0.1234)).toBe('-12.3 %');
    expect(valueText('sharpe', null)).toBe('n/a');
    expect(valueText('constructor', 1.5)).toBe('1.50');
    const page = sampleSweep({
      change: (facts) => ({
        ...facts,
        best: facts.best.map((one) => ({ ...one, statistics: null, test: null })),
      }),
      changeRows: (rows) => rows.map((row) => ({ ...row, statistics: null })),
    });
    const { text, all } = await pageOf(page);
    expect(text).not.toMatch(NOT_WORDS);
    expect(all('#best tbody td')).toContain('n/a');
    expect(all('.luck').at(-1)).toContain('How far is n/a');
  });

  it('shows names as text, whatever they try to be', async () => {
    const { text, all } = await pageOf({ hostile: true, parameters: 6, hasVerdict: true });
    expect(text).not.toMatch(/<script>alert|<img|<b>bold/);
    expect(all('h1')).toEqual([HOSTILE[0]]);
    expect(text).not.toContain('\u202e');
    expect(all('.banner')[0]).toContain('Synthetic data');
  });

  it('puts no word from outside into a chart', async () => {
    const { all } = await pageOf({ hostile: true, parameters: 6 });
    expect(all('svg').join(' ')).not.toMatch(/alert|bold|BTC/);
  });

  it.each([
    ['without a trial', { trials: 0 }],
    ['in which every trial failed', { allFail: true, trials: 30 }],
    ['of one trial', { trials: 1 }],
    ['of one parameter', { parameters: 1 }],
    ['of no parameter', { parameters: 0 }],
    ['of one parameter, two objectives', { parameters: 1, isPareto: true, hasEquity: true }],
  ] as const)('is drawn of a sweep %s', async (_, options) => {
    const { text, read } = await pageOf(options);
    expect(text).not.toMatch(NOT_WORDS);
    expect(read('h1')).toBe('trailing-stop');
  });

  it('says that nothing was found where every trial failed', async () => {
    const { all, read } = await pageOf({ allFail: true, trials: 30 });
    expect(all('.verdict')).toEqual(['None of 30 trials has a value: nothing was found.']);
    expect(read('#best')).toContain('No trial was completed');
  });

  it('leaves trials on a part of the span out of comparison, and says how many', async () => {
    const page = sampleSweep({
      trials: 60,
      changeRows: (rows) =>
        rows.map((row) => (row.index < 20 ? { ...row, fraction: 0.25, values: [99] } : row)),
    });
    expect(viewOf(page).best!.value).toBeLessThan(99);
    expect((await pageOf(page)).read('#search figcaption')).toContain(
      '20 on a part of the span are not compared.',
    );
  });

  it('draws far values at the edge of the scale, and says how many', async () => {
    const page = sampleSweep({
      changeRows: (rows) =>
        rows.map((row) => (row.index === 3 ? { ...row, values: [-1000] } : row)),
    });
    expect((await pageOf(page)).read('#search figcaption')).toMatch(
      /\d+ trials lie beyond the scale and are drawn at its edge\./,
    );
  });

  it('makes cells of many numbers, each trial in one', () => {
    const view = viewOf(sampleSweep({ trials: 500 }));
    const axis = view.axes.find(({ path }) => path.endsWith('threshold'))!;
    expect(axis.cells).toHaveLength(MOST_VALUES);
    const cells = view.tried.map(({ row }) => axis.cellOf(row.point[axis.path]));
    expect(cells.every((cell) => cell >= 0 && cell < MOST_VALUES)).toBe(true);
    expect(cells).toContain(0);
    expect(cells).toContain(MOST_VALUES - 1);
  });

  it('is the same text for the same sweep, and holds nothing from outside', async () => {
    const { text } = await pageOf({ hasEquity: true });
    expect((await pageOf({ hasEquity: true })).text).toBe(text);
    expect(text).not.toMatch(/(?:src|href)="(?!#)/);
  });

  it('takes less than 2 MB for 10,000 trials of two objectives', async () => {
    const page = sampleSweep({ trials: 10_000, parameters: 6, isPareto: true, hasEquity: true });
    const started = performance.now();
    const text = await renderSweep(page);
    const took = performance.now() - started;
    console.info(`10,000 trials: ${Buffer.byteLength(text)} bytes, ${Math.round(took)} ms`);
    expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  });
});
