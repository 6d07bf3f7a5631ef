// What models had to do with a run: candles that they may have known are counted, the rest has numbers of
// its own, a stand-in is called one, and their words stay with the trades that they were said about.

import { describe, expect, it } from 'vitest';
import type { Question, Reply } from '../../../engine/agents/question.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { runLoop } from '../../../engine/research/backtest.ts';
import { collect, type RunLabels } from '../../../engine/research/collect.ts';
import type { TapeLabel } from '../../../engine/research/model-exposure.ts';
import { recordOf } from '../../../engine/research/record.ts';
import { asker, bookOf, failure, NOWHERE, reply, reviewer } from '../../support/asking.ts';
import { panelOf, START_MS } from '../../support/market.ts';
import { inputOf, staking, voter } from '../../support/run.ts';

/** Two rows up, two down, and so on: two trades, one in the first half. */
const PANEL = panelOf({ BTC: '100 101 102 103 104 103 102 104 106 108 110 112' });
const LABELS: RunLabels = {
  ...{ configDigest: '', strategyDigest: '', dataDigest: '', legDigests: [''] },
  ...{ synthetic: false, strategy: 'swarm', sentiment: '', quality: '' },
};
const input = inputOf(
  PANEL,
  [voter('ann', 'h b.9 h h s.9 h b.9 h h h s.9'), asker('model'), reviewer()],
  staking(0.5),
  {
    replies: bookOf(({ shape, row, kind }: Question): Reply => {
      if (kind === 'vote' && row === 3) return failure('refused');
      if (shape === 'review') return reply('review', { factor: 0.5, words: `half at ${row}` });
      // It agrees with ann, and stands for nothing otherwise.
      const score = row === 1 || row === 6 ? 0.9 : row === 4 || row === 10 ? -0.9 : 0;
      return reply('opinion', { score, confidence: 0.9, words: `calm at ${row}` });
    }),
  },
);
const tape = (knowledgeMs: number): TapeLabel => {
  return { digest: 'ab', answers: 20, models: [], knowledgeMs };
};

function factsOf(label: TapeLabel | undefined, given = input) {
  const run = runLoop(given);
  const collected = collect(run, given.config, 0, { ...LABELS, tape: label });
  return { run, collected, facts: collected.facts, models: collected.facts.models! };
}
const codes = ({ facts }: ReturnType<typeof factsOf>) => facts.warnings.map(({ code }) => code);

describe('a run over a tape whose models may know', () => {
  it('of five candles counts five, and has the numbers of the rest as if it began there', () => {
    const found = factsOf(tape(START_MS + 5 * HOUR_MS));
    const { models, run, collected } = found;
    expect(models.contaminatedCandles).toBe(5);
    const equity = collected.equityUsd;
    // The account at the close of the fifth candle is what the sixth begins with.
    const growth = equity.at(-1)! / equity[4]! - 1;
    expect(models.afterCutoff).toMatchObject({
      fromMs: START_MS + 5 * HOUR_MS,
      totalReturn: growth,
    });
    const entries = run.kernel.trades.closed(0).map(({ entryRow }) => entryRow);
    expect(entries).toEqual([2, 7]);
    expect(models.afterCutoff!.trades).toBe(1);
    expect(codes(found)).toContain('contaminated');
    expect(found.facts.warnings[0]!.text).toBe(
      'the models may have read about 5 of 12 candles (before 2024-01-01T05:00Z)',
    );
  });

  it.each([
    ['nothing', 0, 0, false],
    ['everything', START_MS + 999 * HOUR_MS, 12, true],
    ['nobody says what', Number.NaN, 12, true],
  ])('of %s has no other numbers', (_, knowledgeMs, candles, isWarned) => {
    const found = factsOf(tape(knowledgeMs));
    expect(found.models).toMatchObject({ contaminatedCandles: candles, afterCutoff: null });
    expect(codes(found).includes('contaminated')).toBe(isWarned);
    if (Number.isNaN(knowledgeMs)) expect(found.models.tape!.knowledgeMs).toBeNull();
  });
});

describe('answers', () => {
  it('that all came from the stand-in are called so; a single other one is not', () => {
    const from = (model: (row: number) => string) => {
      const replies = bookOf((question): Reply => {
        const one = input.replies!.find(question)!;
        return { ...one, origin: { ...NOWHERE, model: model(question.row) } };
      });
      return factsOf(tape(0), { ...input, replies });
    };
    const [all, most] = [from(() => 'stand-in'), from((row) => (row === 4 ? 'x' : 'stand-in'))];
    expect([all.models.standIn, codes(all).includes('stand-in')]).toEqual([true, true]);
    expect([most.models.standIn, codes(most).includes('stand-in')]).toEqual([false, false]);
  });

  it('are counted by what came of them', () => {
    const { models } = factsOf(tape(0));
    expect(models).toMatchObject({ failures: { refused: 1 }, reductions: 2, vetoes: 0, late: 0 });
    expect(models.questions).toBe(models.answered + 1 + models.overtaken);
  });

  it('stay with the trades that they were given about, words and all', () => {
    const { run, collected } = factsOf(tape(0));
    const { origins } = recordOf(run, input.config, 0, collected.trades);
    const toldOf = (k: number, agent: string) =>
      origins[k]!.entry.said.find((one) => one.agent === agent)!.told;
    expect(toldOf(0, 'ann')).toBeUndefined();
    expect(toldOf(0, 'model')).toMatchObject({ kind: 'vote', words: 'calm at 1', code: '' });
    expect(toldOf(1, 'second')).toMatchObject({
      ...{ kind: 'second-opinion', answer: { factor: 0.5 }, words: 'half at 6' },
    });
    // The exit was voted on, and nobody reviews an exit.
    const { said } = origins[0]!.exit;
    expect(said.find(({ agent }) => agent === 'model')!.told!.words).toBe('calm at 4');
    expect(said.find(({ agent }) => agent === 'second')!.told).toBeUndefined();
  });
});
