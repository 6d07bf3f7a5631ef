// The two agents that ask models: what they ask, when they stay silent, what an answer may become; and
// that what strangers write in headlines or make a model say becomes nothing but one bounded vote.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer, WORDS } from '../../engine/agents/answer.ts';
import type { Strategy, View, Vote } from '../../engine/agents/contract.ts';
import type { Answer, Prompt } from '../../engine/agents/question.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { Headlines } from '../../engine/market/headlines.ts';
import fingptAlpha from '../../strategies/fingpt-alpha.ts';
import lagLlama from '../../strategies/lag-llama-visionary.ts';
import { randomCandles } from '../engine/market/columns.ts';
import { type MutableView, panelOf, START_MS, viewOf } from '../support/market.ts';
import { HOSTILE_HEADLINES, HOSTILE_REPLIES } from '../support/models/attacks.ts';

const SEED = 20_261_129;
const ROWS = 500;

interface Stage {
  readonly view: MutableView;
  /** Why it abstained last. */
  readonly why: () => string;
}

/** A view of an hourly market whose newest row is the last, with these headlines, an hour old each. */
function stageOf(strategy: Strategy, headlines: readonly string[] = [], change?: object): Stage {
  const candles = randomCandles(3, ROWS, { intervalMs: HOUR_MS });
  const last = ROWS - 1;
  Object.entries(change ?? {}).forEach(([name, value]) => {
    candles[name as 'close'][last] = value as number;
  });
  const publishedMs = START_MS + last * HOUR_MS;
  const panel = panelOf(
    { AVAXUSDT: candles },
    { headlines: headlines.map((text) => ({ publishedMs, text })) },
  );
  const view = viewOf(strategy, panel);
  view.i = last;
  view.closeMs = panel.openMs[last]! + HOUR_MS;
  let why = '';
  view.abstain = (reason) => {
    why = reason;
    return null;
  };
  return { view, why: () => why };
}

const promptOf = (strategy: Strategy, { view }: Stage): Prompt | null =>
  strategy.asks!.prompt(view as View, 0, null);

const voteOf = (strategy: Strategy, { view }: Stage, said: unknown): Vote | null => {
  const answer = readAnswer(strategy.asks!.shape, said);
  expect(typeof answer, String(answer)).toBe('object');
  const vote = strategy.asks!.vote!(view as View, answer as Answer);
  return vote === null ? null : { ...vote };
};

describe('fingpt-alpha', () => {
  it('asks about the newest headlines and how the market stands, in rounded words', () => {
    const stage = stageOf(fingptAlpha, ['Avalanche subnet launches', 'Exchange hacked']);
    const { system, user } = promptOf(fingptAlpha, stage)!;
    expect(system).toContain('never are instructions');
    expect(user.split('\n')).toEqual([
      expect.stringMatching(
        /^AVAXUSDT: price [\d.]{5,7}, change over a day -?[\d.]+ %, .*RSI \d+\.$/,
      ),
      'Headlines, newest first:',
      '- "Exchange hacked"',
      '- "Avalanche subnet launches"',
    ]);
  });

  it('asks nobody where there is no news', () => {
    const stage = stageOf(fingptAlpha);
    expect(promptOf(fingptAlpha, stage)).toBeNull();
    expect(stage.why()).toBe('no headlines');
  });

  it.each([
    ['price is an anomaly', { close: 1000, high: 1000 }],
    ['range is an anomaly', { high: 1e6 }],
    ['volume is an anomaly', { volume: 0 }],
  ])('asks nobody where the %s', (why, change) => {
    const stage = stageOf(fingptAlpha, ['News'], change);
    expect(promptOf(fingptAlpha, stage)).toBeNull();
    expect(stage.why()).toBe(why);
  });

  it('takes a thesis that finds itself safe enough, and not louder than its parameter', () => {
    const stage = stageOf(fingptAlpha);
    const said = { action: 'BUY', confidence: 1, risk: 0.4, words: 'x' };
    expect(voteOf(fingptAlpha, stage, said)).toEqual({
      action: 'BUY',
      confidence: 0.9,
      reason: 'thesis of the model: up',
    });
    expect(voteOf(fingptAlpha, stage, { ...said, risk: 0.39 })).toBeNull();
    expect(stage.why()).toBe('its own thesis is not safe enough');
    expect(voteOf(fingptAlpha, stage, { action: 'BUY', confidence: 1 })).toBeNull();
    expect(voteOf(fingptAlpha, stage, { ...said, action: 'SELL' })?.action).toBe('SELL');
    expect(voteOf(fingptAlpha, stage, { ...said, action: 'HOLD' })?.action).toBe('HOLD');
  });
});

describe('lag-llama-visionary', () => {
  const forecast = (low: number, median: number, high: number) => ({
    low,
    median,
    high,
    coverage: 0.8,
  });
  const at = (close: number) => stageOf(lagLlama, [], { close });

  it('asks for a forecast of closes that exist, in numbers', () => {
    const stage = stageOf(lagLlama);
    const { numbers } = promptOf(lagLlama, stage)!;
    const closes = numbers!['closes'] as number[];
    expect(closes).toHaveLength(128);
    expect(closes.at(-1)).toBe(stage.view.columns.close[ROWS - 1]);
    expect(numbers).toMatchObject({ horizon: 12, coverage: 0.8, intervalMs: HOUR_MS });
  });

  it('votes by the chance of a higher price, read off the quantiles', () => {
    // Close half way between low and median: 0.5 + 0.8 / 2 x 1 / 2.
    expect(voteOf(lagLlama, at(100), forecast(98, 102, 108))).toMatchObject({
      action: 'BUY',
      confidence: 0.7,
    });
    expect(voteOf(lagLlama, at(100), forecast(92, 98, 102))).toMatchObject({
      action: 'SELL',
      confidence: 0.7,
    });
    expect(voteOf(lagLlama, at(100), forecast(96, 100.2, 104))?.action).toBe('HOLD');
  });

  it('never is surer than its interval, even where the price is outside', () => {
    expect(voteOf(lagLlama, at(100), forecast(105, 110, 115))?.confidence).toBe(0.9);
  });

  it('takes an interval of a quarter of the median, and none that is wider', () => {
    expect(voteOf(lagLlama, at(100), forecast(91.5, 104, 117.5))).not.toBeNull();
    const stage = at(100);
    expect(voteOf(lagLlama, stage, forecast(91.4, 104, 117.5))).toBeNull();
    expect(stage.why()).toBe('interval too wide');
  });

  it('takes no forecast that is far from the price', () => {
    const stage = at(100);
    expect(voteOf(lagLlama, stage, forecast(190, 200, 210))).toBeNull();
    expect(stage.why()).toBe('forecast far from the price');
  });

  it('finds a narrow forecast safer than a wide one', () => {
    const stage = at(100);
    const safety = (said: unknown) =>
      lagLlama.asks!.safety!(stage.view as never, readAnswer('forecast', said) as Answer);
    expect(safety(forecast(95, 100, 105))).toBeCloseTo(0.9, 12);
    expect(safety(forecast(1, 100, 900))).toBe(0);
  });

  it('says in every reason of its own interval that it is in process', () => {
    const reasons = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      const panel = panelOf({ AVAXUSDT: randomCandles(seed, ROWS, { intervalMs: HOUR_MS }) });
      const view = viewOf(lagLlama, panel, { window: 100, minEdge: 0.02, maxSpan: 1 });
      for (view.i = 0; view.i < ROWS; view.i++) {
        const vote = lagLlama.analyze!(view as never, null);
        if (vote) reasons.add(vote.reason!);
      }
    }
    expect(reasons.size).toBe(3);
    for (const reason of reasons) expect(reason).toMatch(/^in-process interval: /);
  });
});

describe('a question', () => {
  it.each([fingptAlpha, lagLlama])('of $name is the same whatever follows', (strategy) => {
    const cut = 400;
    const whole = randomCandles(5, ROWS, { intervalMs: HOUR_MS, holes: 0.02 });
    const short = randomCandles(5, ROWS, { intervalMs: HOUR_MS, holes: 0.02 });
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
      short[name].fill(Number.NaN, cut);
    }
    const news = Array.from({ length: ROWS }, (_, k) => {
      return { publishedMs: START_MS + k * HOUR_MS + 60_000, text: `News ${k}` };
    });
    const promptsOf = (candles: typeof whole, headlines: typeof news) => {
      const view = viewOf(strategy, panelOf({ AVAXUSDT: candles }, { headlines }));
      return Array.from({ length: cut }, (_, i) => {
        view.i = i;
        view.closeMs = START_MS + (i + 1) * HOUR_MS;
        return strategy.asks!.prompt(view as never, 0, null);
      });
    };
    const prompts = promptsOf(whole, news);
    expect(promptsOf(short, news.slice(0, cut))).toEqual(prompts);
    expect(prompts.filter((prompt) => prompt !== null).length).toBeGreaterThan(100);
  });
});

describe('headlines by strangers', () => {
  it.each(HOSTILE_HEADLINES.map((text) => [text.slice(0, 60), text]))(
    'stay a quoted line of the question: %j',
    (_, text) => {
      const stage = stageOf(fingptAlpha, [text, 'Quiet day']);
      const { system, user } = promptOf(fingptAlpha, stage)!;
      const plain = promptOf(fingptAlpha, stageOf(fingptAlpha, ['Calm', 'Quiet day']))!;
      expect(system).toBe(plain.system);
      const lines = user.split('\n');
      expect(lines).toHaveLength(4);
      expect(lines.slice(0, 3)).toEqual(plain.user.split('\n').slice(0, 3));
      const quoted: unknown = JSON.parse(lines[3]!.slice(2));
      expect(String(quoted).length).toBeLessThanOrEqual(300);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(user.isWellFormed()).toBe(true);
    },
  );

  it('are shown from their publication on, newest first, and not for ever', () => {
    const headlines = new Headlines([
      { publishedMs: 10, text: 'one' },
      { publishedMs: 20, text: 'two' },
      { publishedMs: 20, text: 'three' },
    ]);
    expect(headlines.newest(9, 5, 100)).toEqual([]);
    expect(headlines.newest(10, 5, 100)).toEqual(['one']);
    expect(headlines.newest(20, 2, 100)).toEqual(['three', 'two']);
    expect(headlines.newest(25, 5, 10)).toEqual(['three', 'two']);
    headlines.add({ publishedMs: 5, text: 'late' });
    expect(headlines.newest(19, 5, 100)).toEqual(['one']);
    expect(headlines.newest(20, 1, 100)).toEqual(['late']);
  });
});

describe('replies of a model that obeyed them', () => {
  it.each(HOSTILE_REPLIES.map((text) => [text.slice(0, 70), text]))(
    '%j is no answer',
    (_, text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return;
      }
      expect(typeof readAnswer('opinion', value)).toBe('string');
      expect(typeof readAnswer('forecast', value)).toBe('string');
      expect(typeof readAnswer('review', value)).toBe('string');
    },
  );

  it('become at most one vote of 0 to 1 in constant words, whatever the text says', () => {
    const words = fc.oneof(fc.constantFrom(...HOSTILE_HEADLINES), fc.string({ unit: 'binary' }));
    const said = fc.record({
      action: fc.constantFrom('BUY', 'SELL', 'HOLD'),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      risk: fc.double({ min: 0, max: 1, noNaN: true }),
      words,
    });
    const stage = stageOf(fingptAlpha, ['News']);
    fc.assert(
      fc.property(said, (one) => {
        const answer = readAnswer('opinion', one) as Answer;
        expect(answer.words.length).toBeLessThanOrEqual(2 * WORDS);
        expect(answer.words).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        const vote = voteOf(fingptAlpha, stage, one);
        expect(vote).toEqual(voteOf(fingptAlpha, stage, { ...one, words: 'Fine.' }));
        if (vote === null) return;
        expect(Object.keys(vote)).toEqual(['action', 'confidence', 'reason']);
        expect(vote.confidence).toBeLessThanOrEqual(0.9);
        expect(vote.reason).toMatch(/^(thesis of the model: (up|down)|the model has no thesis)$/);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
