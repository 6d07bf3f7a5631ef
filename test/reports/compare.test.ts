// What a comparison says: differences by path, days that both have, trades in common, and the words.

import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { compareDocument } from '../../reports/compare/document.ts';
import { overlapOf } from '../../reports/compare/overlap.ts';
import { renderComparison } from '../../reports/compare/report.ts';
import { compareScreen } from '../../reports/compare/screen.ts';
import { compareView } from '../../reports/compare/view.ts';
import { FROM_MS, sampleResult } from '../support/sample-result.ts';

const base = sampleResult({ rows: 96 * 60 });

/** The run with other equity: each day's return plus what is given for that day. */
function shifted(run: RunResult, more: (day: number) => number): RunResult {
  const perDay = 96;
  const equityUsd = new Float64Array(run.equity.length);
  let before = run.facts.cashUsd;
  let old = run.facts.cashUsd;
  for (let day = 0; day * perDay < equityUsd.length; day++) {
    const last = Math.min(equityUsd.length, (day + 1) * perDay) - 1;
    const end = before * (run.equity.equityUsd[last]! / old + more(day));
    equityUsd.fill(end, day * perDay, last + 1);
    before = end;
    old = run.equity.equityUsd[last]!;
  }
  const facts = { ...run.facts, digest: 'fedcba9876543210' };
  return { ...run, facts, equity: { ...run.equity, equityUsd } };
}

const noise = (day: number) => 0.0005 * ((day * 7919) % 13) - 0.003;

describe('the config differences', () => {
  it('are the paths at which not all agree, and no others', () => {
    const { config } = base.facts;
    const other = {
      ...config,
      seed: 9,
      world: { ...config.world, slippageBps: config.world.slippageBps + 3 },
      decision: { ...config.decision, parameters: { fast: 20 } },
    };
    const changed = { ...base, facts: { ...base.facts, config: other as typeof config } };
    const view = compareView([base, changed]);
    expect(view.config.map(({ path }) => path).sort()).toEqual([
      'decision.parameters.fast',
      'seed',
      'world.slippageBps',
    ]);
    const fast = view.config.find(({ path }) => path.endsWith('fast'))!;
    expect(fast.values).toEqual([undefined, '20']);
  });
});

describe('the verdict of a pair', () => {
  it('says that the same run is the same run', () => {
    expect(compareView([base, base]).pairs[0]!.verdict).toBe(
      'B is A again: orders, fills and equity are equal to the last bit.',
    );
  });

  it('tells apart what is ahead nearly every day, by the amount by which it is', () => {
    const ahead = shifted(base, (day) => 0.01 + noise(day) / 3);
    const [pair] = compareView([base, ahead]).pairs;
    const days = Array.from({ length: 60 }, (_, day) => 0.01 + noise(day) / 3);
    const yearly = (days.reduce((sum, value) => sum + value) / 60) * 365;
    expect(pair!.pairing.difference.yearly.estimate).toBeCloseTo(yearly, 9);
    expect(pair!.isToldApart).toBe(true);
    expect(pair!.verdict).toContain('a year ahead of A on 60 common days');
    expect(pair!.verdict).toContain('unlikely to be luck');
  });

  it('does not tell apart what is only noise', () => {
    const [pair] = compareView([base, shifted(base, noise)]).pairs;
    expect(pair!.isToldApart).toBe(false);
    expect(pair!.verdict).toContain('not told apart');
  });

  it('asks for more of each of several', () => {
    // p near 0.03: enough for one comparison, not for each of three.
    const slow = shifted(base, (day) => 0.0006 + noise(day));
    const { p } = compareView([base, slow]).pairs[0]!.pairing.difference;
    const alone = compareView([base, slow]).pairs[0]!;
    const among = compareView([base, slow, slow, slow]).pairs[0]!;
    expect([p < 0.05, p < 0.05 / 3]).toEqual([alone.isToldApart, among.isToldApart]);
    expect(among.pairing.difference.p).toBe(p);
  });

  it('compares only days that both have whole, and says when there is none', () => {
    const late = sampleResult({ rows: 96 * 20 });
    const { pairing } = compareView([base, late]).pairs[0]!;
    expect(pairing.difference.days).toBe(20);
    expect(pairing.daysMs).toEqual([FROM_MS, FROM_MS + 19 * DAY_MS]);
    const part = sampleResult({ rows: 96 * 20 + 40 });
    expect(compareView([base, part]).pairs[0]!.pairing.difference.days).toBe(20);
    const change = (facts: RunFacts) => ({ ...facts, digest: 'fedcba9876543210' });
    const hour = sampleResult({ rows: 4, change });
    expect(compareView([base, hour]).pairs[0]!.verdict).toBe(
      'B and A have no whole day in common.',
    );
  });
});

describe('trades in common', () => {
  const trade = (more: Partial<Trade>): Trade => ({
    ...base.trades[0]!,
    symbol: 'BTCUSDT',
    side: 'long',
    entryMs: 0,
    exitMs: HOUR_MS,
    pnlUsd: 1,
    ...more,
  });

  it('are entries of the same moment and side, and time that both held', () => {
    const a = [trade({}), trade({ entryMs: 4 * HOUR_MS, exitMs: 8 * HOUR_MS, pnlUsd: 5 })];
    const b = [
      trade({ exitMs: 3 * HOUR_MS, pnlUsd: 2 }),
      trade({ entryMs: 6 * HOUR_MS, exitMs: 9 * HOUR_MS, pnlUsd: -4 }),
      trade({ side: 'short', entryMs: 4 * HOUR_MS, exitMs: 5 * HOUR_MS, pnlUsd: 7 }),
    ];
    // Long: A holds 0-1, 4-8; B 0-3, 6-9: common 1 + 2. Held by either: 3 + 5, and one hour short.
    expect(overlapOf(a, b)).toEqual({
      trades: [2, 3],
      same: 1,
      samePnlUsd: [1, 2],
      ownPnlUsd: [5, 3],
      timeShared: 3 / 9,
    });
  });

  it('pairs each trade once', () => {
    expect(overlapOf([trade({}), trade({})], [trade({})]).same).toBe(1);
    expect(overlapOf([], []).timeShared).toBeNull();
  });
});

describe('the page, the screen and the document', () => {
  const other = shifted(base, noise);

  it('say the same numbers', async () => {
    const page = await renderComparison([base, other]);
    const screen = compareScreen(compareView([base, other]), { color: false, out: 'x.html' });
    const document = compareDocument([base, other]);
    const { verdict } = document.pairs[0]!;
    expect(page).toContain(verdict);
    expect(screen.replace(/\s+/g, ' ')).toContain(verdict);
    expect(document.numbers['sharpe']!.values[0]).toBe(base.facts.statistics.sharpe);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('give the same bytes twice', async () => {
    expect(await renderComparison([base, other])).toBe(await renderComparison([base, other]));
  });

  it('show hostile names as text and keep their width', async () => {
    const hostile = sampleResult({ hostile: true, nulls: true, legs: 4 });
    const page = await renderComparison([hostile, base]);
    expect(page).not.toContain('<script>alert(1)');
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('\u202e');
    const screen = compareScreen(compareView([hostile, base]), { color: false, out: 'x.html' });
    expect(screen).not.toContain('NaN');
    for (const line of screen.split('\n')) expect([...line].length).toBeLessThanOrEqual(100);
    expect(screen).not.toContain('\u202e');
  });
});
