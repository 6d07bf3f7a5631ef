// Model agents in a whole run: the mean of their safety, what stands in for a model, and models that obey
// strangers. Whatever they say, it is one bounded vote beside those of agents that read the market.

import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../engine/agents/answer.ts';
import type { Question, Reply } from '../../engine/agents/question.ts';
import type { Config } from '../../engine/config/schema.ts';
import { loadSeats } from '../../engine/host/load.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { runDigest, runEvents, runLoop } from '../../engine/research/backtest.ts';
import fingptAlpha from '../../strategies/fingpt-alpha.ts';
import { bookOf, failure, NOWHERE, reply } from '../support/asking.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { HOSTILE_HEADLINES, HOSTILE_REPLIES } from '../support/models/attacks.ts';
import { configOf, fillsOf, inputOf, type Partly, staking, voter } from '../support/run.ts';
import { randomCandles } from './market/columns.ts';

const ROWS = 400;
const candles = () => randomCandles(8, ROWS, { intervalMs: HOUR_MS });
const always = (word: string) => new Array<string>(ROWS).fill(word).join(' ');
const newsOf = (texts: readonly string[]) =>
  Array.from({ length: ROWS }, (_, k) => {
    return { publishedMs: START_MS + k * HOUR_MS, text: texts[k % texts.length]! };
  });

/** Ann says the same at every hour; FinGPT's model answers as told. */
function runOf(
  ann: string,
  find: (question: Question) => Reply | null,
  texts: readonly string[] = ['Calm'],
  given: Partly<Config> = staking(0.5),
) {
  const panel = panelOf({ BTC: candles() }, { headlines: newsOf(texts) });
  const strategies = [voter('ann', always(ann)), fingptAlpha];
  return inputOf(panel, strategies, given, { replies: bookOf(find) });
}

const thesis = (action: string, risk: number, confidence = 0.9) =>
  reply('opinion', { action, confidence, risk });

describe('the mean safety of models that answered', () => {
  it.each([
    [0.7, true],
    [0.69, false],
  ])('of %d lets their votes count: %s', (risk, counts) => {
    // 0.55 of ann alone is not enough; with 0.9 of the model it is 0.725.
    const run = runLoop(runOf('b.55', () => thesis('BUY', risk)));
    expect(fillsOf(run).length > 0).toBe(counts);
    const { seats } = run.kernel;
    if (!counts)
      expect(seats[1]!.abstentionOn(0, ROWS - 2)).toBe('models find it unsafe on average');
  });

  it('is over models, so that a safe one may carry an unsafe one', () => {
    const panel = panelOf({ BTC: candles() }, { headlines: newsOf(['Calm']) });
    const second = { ...fingptAlpha, name: 'second' };
    const input = (risks: readonly [number, number]) =>
      inputOf(panel, [voter('ann', always('b.55')), fingptAlpha, second], staking(0.5), {
        replies: bookOf(({ agent }) => thesis('BUY', agent === 'second' ? risks[1] : risks[0])),
      });
    expect(fillsOf(runLoop(input([0.5, 0.9]))).length).toBeGreaterThan(0);
    expect(fillsOf(runLoop(input([0.5, 0.8])))).toEqual([]);
  });
});

describe('an agent that can do without a model', () => {
  const load = async (agent: object) => {
    const agents = { 'quant-alpha': { weight: 3 }, 'lag-llama-visionary': agent };
    const { decision } = configOf({ decision: { agents } } as Partly<Config>);
    const { seats } = await loadSeats(decision, process.cwd());
    return seats.find(({ id }) => id === 'lag-llama-visionary')!.strategy;
  };

  it('decides in process where the config names none, and asks where it names one', async () => {
    const alone = await load({});
    expect([alone.asks, typeof alone.analyze]).toEqual([undefined, 'function']);
    const asking = await load({ model: 'lag-llama' });
    expect([typeof asking.asks, asking.analyze]).toEqual(['object', undefined]);
  });
});

describe('weights of agents that ask models', () => {
  const load = (agents: object, actThreshold = 0.6, strategy: string | null = null) => {
    const given = { decision: { agents, strategy, consensus: { actThreshold } } };
    return loadSeats(configOf(given as unknown as Partly<Config>).decision, process.cwd());
  };

  it.each([
    ['one below the threshold', 1.4, 0.6, null],
    ['one that reaches it exactly', 1.5, 0.6, 'they have 1.5 of 2.5'],
    ['one above it', 4, 0.6, 'they have 4 of 5'],
    ['one that a higher threshold lets in', 4, 0.85, null],
  ])('%s', async (_, weight, threshold, refused) => {
    const loading = load({ 'quant-alpha': { weight: 1 }, 'fingpt-alpha': { weight } }, threshold);
    if (refused === null) expect((await loading).seats).toHaveLength(2);
    else await expect(loading).rejects.toThrow(refused);
  });

  it('are counted together, and those of reviewers and of who decides in process are not', async () => {
    const two = { 'quant-alpha': { weight: 1 }, 'fingpt-alpha': { weight: 1 } };
    const third = { 'lag-llama-visionary': { weight: 1, model: 'some' } };
    await expect(load({ ...two, ...third })).rejects.toThrow(
      /must leave agents that ask models \(fingpt-alpha 1, lag-llama-visionary 1\) less than/,
    );
    const inProcess = { 'lag-llama-visionary': { weight: 1 } };
    expect((await load({ ...two, ...inProcess })).seats).toHaveLength(3);
    expect((await load({ ...two, 'second-opinion': { weight: 9 } })).seats).toHaveLength(3);
  });

  it('leave nobody alone: one that asks decides for itself only beside others', async () => {
    await expect(load({}, 0.6, 'fingpt-alpha')).rejects.toThrow(/they have 1 of 1/);
  });
});

describe('a model that obeys strangers', () => {
  const answered = (text: string): Reply => {
    try {
      const answer = readAnswer('opinion', JSON.parse(text));
      if (typeof answer !== 'string') return { ok: true, answer, origin: NOWHERE };
    } catch {}
    return failure('garbage');
  };

  it.each(['b.7', 'b.55', 'h.5'])('moves nothing with a reply that is none (ann: %s)', (ann) => {
    const plain = runDigest(runLoop(runOf(ann, () => failure('garbage'))).kernel);
    let k = 0;
    const hostile = runOf(ann, () => answered(HOSTILE_REPLIES[k++ % HOSTILE_REPLIES.length]!));
    expect(runDigest(runLoop(hostile).kernel)).toBe(plain);
    expect(k).toBeGreaterThan(HOSTILE_REPLIES.length);
  });

  it('opens nothing when nobody that reads the market agrees, however sure it is', () => {
    for (const ann of ['h.5', '.']) {
      expect(fillsOf(runLoop(runOf(ann, () => thesis('BUY', 1, 1)))), ann).toEqual([]);
    }
  });

  it('sells no more than one vote, and lifts no stop', () => {
    const stops = { risk: { stopLoss: { enabled: true, fraction: 0.01 } } };
    const given = { ...staking(0.5), decision: { ...staking(0.5).decision, ...stops } };
    const buys = runLoop(runOf('b.9', () => thesis('BUY', 1), ['Calm'], given));
    const orders = ({ kernel }: typeof buys) =>
      kernel.desk.log.length > 0 ? [...kernel.desk.log.columns.qty.slice(0, 2)] : [];
    const silent = runLoop(runOf('b.9', () => failure('timeout'), ['Calm'], given));
    // Entry and stop are those that ann alone makes: an answer has no say in sizes or prices.
    expect(orders(buys)).toHaveLength(2);
    expect(orders(buys)).toEqual(orders(silent));
  });

  it('is given every attack as a quoted line, and both doors decide the same', () => {
    const asked: string[] = [];
    const input = runOf(
      'b.55',
      ({ prompt }) => {
        asked.push(prompt.user);
        return thesis('BUY', 0.8);
      },
      HOSTILE_HEADLINES,
    );
    const run = runLoop(input);
    expect(runDigest(runEvents(input).kernel)).toBe(runDigest(run.kernel));
    expect(asked.length).toBeGreaterThan(100);
    for (const user of asked) {
      const [market, head, ...news] = user.split('\n');
      expect(market).toMatch(/^BTC: price /);
      expect(head).toBe('Headlines, newest first:');
      expect(news.length).toBeLessThanOrEqual(8);
      for (const line of news) expect(() => JSON.parse(line.slice(2))).not.toThrow();
    }
  });
});
