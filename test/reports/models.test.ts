// Models on page, screen and in explanations: what they may have known comes first, what they said can be
// read, and no word of theirs is anything but text.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resultDigest } from '../../data/runs/canonical.ts';
import { readRun, writeRun } from '../../data/runs/folder.ts';
import type { ModelFacts } from '../../engine/research/model-facts.ts';
import type { ModelSaying } from '../../engine/research/model-sayings.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { explanationOf, explanationText } from '../../reports/explain.ts';
import { renderReport } from '../../reports/run/report.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { HOSTILE, sampleResult } from '../support/sample-result.ts';
import { pageOf, tablesOf } from './page.ts';

const CUTOFF_MS = Date.UTC(2025, 4, 20);
const MODELS: ModelFacts = {
  tape: {
    digest: 'ab'.repeat(32),
    answers: 9,
    models: [{ model: 'some-model', version: '2', answers: 9 }],
    knowledgeMs: CUTOFF_MS,
  },
  standIn: false,
  questions: 12,
  answered: 9,
  failures: { timeout: 3 },
  overtaken: 0,
  late: 1,
  vetoes: 2,
  reductions: 4,
  modelsAlone: 5,
  tokens: 12_345,
  costUsd: 0.5,
  contaminatedCandles: 1900,
  afterCutoff: {
    fromMs: CUTOFF_MS,
    totalReturn: -0.0123,
    sharpe: -0.5,
    maxDrawdown: -0.0456,
    days: 30,
    trades: 21,
    winRate: 1 / 3,
    profitFactor: 0.75,
  },
};
const TOLD: ModelSaying = {
  kind: 'second-opinion',
  model: 'some-model',
  version: '2',
  latencyMs: 812,
  code: '',
  answer: { factor: 0.5 },
  words: 'funding is high, take half',
};

const withModels = (models: ModelFacts, codes: readonly string[] = ['contaminated']) =>
  sampleResult({
    change: (facts) => ({
      ...facts,
      models,
      warnings: codes.map((code) => ({ code, text: `of ${code}` })),
    }),
  });

/** The first trade's entry as one of its agents was told of it. */
function told(run: RunResult, saying: ModelSaying): RunResult {
  const [first, ...rest] = run.record.origins;
  const [one, ...others] = first!.entry.said;
  const said = [{ ...one!, vote: Number.NaN, reason: '', told: saying }, ...others];
  const entry = { ...first!.entry, said };
  return { ...run, record: { ...run.record, origins: [{ ...first!, entry }, ...rest] } };
}

const LAYOUT = { width: 100, color: false };
const linesOf = (run: RunResult) => explanationText(explanationOf(run, 1), run.facts, LAYOUT);

describe('a run that models may have read about', () => {
  it('says so before its name, and has its numbers after the cut-off beside the whole', async () => {
    const run = withModels(MODELS);
    const page = await pageOf(run);
    const banner = 'the models may have read about 1900 of';
    expect(page.text.indexOf(banner)).toBeGreaterThan(0);
    expect(page.text.indexOf(banner)).toBeLessThan(page.text.indexOf('<h1>'));
    const [[whole, after]] = tablesOf(page, '#after-cutoff') as [[string[], string[]]];
    const values = ['-1.23 %', '-0.50', '-4.56 %', '33.3 %', '0.75', '21', '30'];
    expect(after).toEqual(['from 2025-05-20', ...values]);
    expect(whole![6]).toBe(String(run.facts.statistics.trades));
    const screen = terminalReport(run, { color: false, out: 'x' });
    expect(screen).toContain(
      'cut-off    after 2025-05-20: -1.2 %   Sharpe -0.50   drawdown -4.6 %   trades 21   win 33 %',
    );
  });

  it('lists what was asked and who answered', async () => {
    const page = await pageOf(withModels(MODELS));
    const [questions, models] = tablesOf(page, '#models');
    expect(Object.fromEntries(questions as [string, string][])).toMatchObject({
      Questions: '12',
      'Failed: timeout': '3',
      'Entries that a second opinion vetoed': '2',
      'Entries that it made smaller': '4',
      Tokens: '12,345',
    });
    expect(models).toEqual([['some-model', '2', '9']]);
    expect((await pageOf()).find('#models, #after-cutoff')).toEqual([]);
  });

  it.each(['contaminated', 'stand-in', 'memory-in-sample'])('is never proven: %s', async (code) => {
    const proven = await pageOf(withModels(MODELS, [code]));
    expect(proven.read('.judgement')).toMatch(/^not proven/);
    expect(proven.read('#trust')).toMatch(
      /models may have known|a stand-in answered|its memory knew its future/,
    );
  });

  it('whose answers are a stand-in’s says that nothing follows about models', async () => {
    const standIn = { ...MODELS, standIn: true, contaminatedCandles: 0, afterCutoff: null };
    const page = await pageOf(withModels(standIn, ['stand-in']));
    expect(page.read('.banner')).toContain('nothing follows about models');
    expect(page.find('#after-cutoff')).toEqual([]);
  });
});

describe('what a model said about a trade', () => {
  const root = mkdtempSync(join(tmpdir(), 'sapphire-told-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is in the run folder, and read from there in its own words', async () => {
    const run = told(sampleResult(), TOLD);
    const whole = { ...run, resultDigest: resultDigest(run.facts) };
    const back = await readRun(await writeRun(root, whole, { report: '' }));
    expect(back.record.origins).toEqual(run.record.origins);
    expect(explanationOf(back, 1).entry!.agents[0]!.told).toEqual(TOLD);
    const text = linesOf(back);
    expect(text).toMatch(/ reviews +weight/);
    expect(text).toContain('some-model 2 after 0.8 s: factor 0.5\n');
    expect(text).toContain('"funding is high, take half"\n');
  });

  it('is the code where nothing was said', () => {
    const saying = {
      ...TOLD,
      model: '',
      version: '',
      latencyMs: Number.NaN,
      answer: {},
      words: '',
    };
    expect(linesOf(told(sampleResult(), { ...saying, code: 'timeout' }))).toContain(
      'no model: timeout\n',
    );
  });

  it('moves no terminal and breaks out of no page, whoever said it', async () => {
    const words = `${HOSTILE.join(' ')} \u001b[2J\u009b31m\u0007\u202e`;
    const run = told(sampleResult(), { ...TOLD, model: words, version: '\u001b]0;x', words });
    expect(linesOf(run).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const hostile = {
      ...MODELS,
      tape: { ...MODELS.tape!, models: [{ model: words, version: words, answers: 1 }] },
    };
    const page = await renderReport({ ...run, facts: { ...run.facts, models: hostile } });
    expect(page).not.toMatch(/<img|alert\(1\)<\/script>|<b>bold/);
  });
});
