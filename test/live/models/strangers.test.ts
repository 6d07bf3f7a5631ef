// What a provider, or whoever writes what is asked about, may try: answers that say two things, counts
// that are not given, names that are no names, questions that look the same.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Question, questionText } from '../../../engine/agents/question.ts';
import { RecordedReplies } from '../../../engine/agents/reply-book.ts';
import { machineClock } from '../../../live/clock.ts';
import { openRouter } from '../../../live/models/list.ts';
import { type Provider, type Said, UNCOUNTED } from '../../../live/models/provider.ts';
import { type Dialect, readReply } from '../../../live/models/reading.ts';
import { type Route, Router } from '../../../live/models/router.ts';
import { Spending } from '../../../live/models/spending.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { reply } from '../../support/asking.ts';
import { modelsOf, never, questionOf } from './support.ts';

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-strangers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const PRICED = { usdPerMillionInput: 1, usdPerMillionOutput: 1 };
const COUNTED = { inputTokens: 10, outputTokens: 10 };

interface Given {
  readonly usdPerDay?: number;
  readonly tokensPerDay?: number;
  readonly prices?: Pick<Route, 'usdPerMillionInput' | 'usdPerMillionOutput'>;
}

/** A router over one provider that says what `say` gives, and the prompts that it was sent. */
function routerOf(
  say: (text: string, signal: AbortSignal) => Partial<Said> | Promise<Partial<Said>>,
  { usdPerDay, tokensPerDay, prices = PRICED }: Given = {},
) {
  const sent: string[] = [];
  const provider: Provider = {
    ...{ id: 'one', model: 'm', warm: async () => {} },
    async send({ text }, signal) {
      sent.push(text);
      return { ...COUNTED, version: '1', text: '{}', ...(await say(text, signal)) };
    },
  };
  const allowance = { tokensPerDay: tokensPerDay ?? null, usdPerDay: usdPerDay ?? null };
  const router = new Router({
    routes: [{ provider, ...prices, knowledgeMs: Number.NaN }],
    spending: new Spending(join(folder, `${made++}`), allowance, () => machineClock.nowMs()),
    ...{ clock: machineClock, attempts: 3, timeoutMs: 5000, parallel: 4, cacheMs: 60_000 },
    ...{ maxOutputTokens: 64, random: () => 0 },
  });
  return { router, sent };
}

const opinion = (action: string) =>
  `{"action":"${action}","confidence":0.9,"risk":0.9,"words":"so"}`;

describe('an answer', () => {
  it.each([
    ['the same key twice', `${opinion('HOLD').slice(0, -1)},"action":"BUY"}`],
    ['a number beyond every number', '{"action":"BUY","confidence":1e999,"risk":0.9,"words":""}'],
    ['no number', '{"action":"BUY","confidence":NaN,"risk":0.9,"words":""}'],
    ['a prototype', '{"__proto__":{"action":"BUY"},"confidence":0.9,"risk":0.9,"words":""}'],
    ['depth', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('with %s is none', async (_, text) => {
    const { router, sent } = routerOf(() => ({ text }));
    expect(await router.ask(questionOf(), never)).toMatchObject({ ok: false, code: 'garbage' });
    // It was paid for: the same is not asked again.
    expect(sent).toHaveLength(1);
  });

  it('is that of its own question, whatever digest another one has', async () => {
    const { router, sent } = routerOf((text) => ({
      text: opinion(text.startsWith('ours') ? 'BUY' : 'SELL'),
    }));
    const ours = questionOf({ user: 'ours' });
    const theirs: Question = { ...questionOf({ user: 'theirs' }), digest: ours.digest };
    const scores = [];
    for (const one of [ours, theirs, ours]) {
      const said = await router.ask(one, never);
      scores.push(said.ok ? Math.sign(said.answer.score) : null);
    }
    expect(scores).toEqual([1, -1, 1]);
    expect(sent).toHaveLength(2);
    const book = new RecordedReplies(
      [ours, theirs].map((one, k) => {
        const score = k === 0 ? 1 : -1;
        return { digest: one.digest, text: questionText(one), reply: reply('opinion', { score }) };
      }),
    );
    expect(book.find(ours)).toMatchObject({ answer: { score: 1 } });
    expect(book.find(theirs)).toMatchObject({ answer: { score: -1 } });
  });

  it('that several wait for is asked for once more by one of them, where the first gave up', async () => {
    const { router, sent } = routerOf(async (_, signal) => {
      await machineClock.sleep(50, signal);
      signal.throwIfAborted();
      return { text: opinion('BUY') };
    });
    const first = new AbortController();
    const all = [first.signal, never, never, never].map((signal) => {
      return router.ask(questionOf(), signal);
    });
    first.abort();
    const replies = await Promise.all(all);
    expect(replies.map(({ ok }) => ok)).toEqual([false, true, true, true]);
    expect(sent).toHaveLength(2);
  });
});

describe('a provider that does not say what it used', () => {
  it('is counted as the most that it may have been', async () => {
    const question = questionOf();
    const { router } = routerOf(() => ({ text: opinion('BUY'), ...UNCOUNTED }));
    const { origin } = await router.ask(question, never);
    expect(origin.tokensOut).toBe(64);
    expect(origin.tokensIn + origin.tokensOut).toBe(router.estimate(question).tokens);
    expect(origin.costUsd).toBeCloseTo(router.estimate(question).costUsd, 12);
  });

  it('comes to the end of its day all the same', async () => {
    const most = routerOf(() => ({})).router.estimate(questionOf()).tokens;
    const given = { tokensPerDay: 1.5 * most };
    const { router } = routerOf(() => ({ text: opinion('BUY'), ...UNCOUNTED }), given);
    expect((await router.ask(questionOf({ user: 'What now?' }), never)).ok).toBe(true);
    expect(await router.ask(questionOf({ user: 'What then?' }), never)).toMatchObject({
      code: 'budget',
    });
  });
});

describe('a reply', () => {
  const dialect: Dialect = {
    ...{ usage: 'usage', input: 'in', output: ['out'], version: 'model', limit: 'length' },
    ending: () => ({ end: 'stop', refusal: null, text: () => 'said' }),
  };

  it('leaves uncounted what it does not count', () => {
    expect(readReply({ model: 'm' }, 'm', dialect)).toMatchObject(UNCOUNTED);
    const counted = readReply({ usage: { in: 7 } }, 'm', dialect);
    expect(counted).toMatchObject({ inputTokens: 7, outputTokens: 0 });
  });

  it('names its model in a line of a hundred characters', () => {
    const model = `m\u001b[2J\u202e\n<script>${'x'.repeat(900_000)}`;
    const { version } = readReply({ model }, 'm', dialect);
    expect(version).toHaveLength(100);
    expect(version).toMatch(/^m \[2J <script>x+$/);
    expect(readReply({ model: '\u200b' }, 'asked', dialect).version).toBe('asked');
  });
});

describe('the most that a question may cost', () => {
  it('is every attempt at every provider, and says which have no price', () => {
    const { router } = routerOf(() => ({}));
    const { costUsd, mostUsd } = router.estimate(questionOf());
    expect(mostUsd).toBeCloseTo(3 * costUsd, 12);
    expect(router.unpriced).toEqual([]);
    const none = { usdPerMillionInput: 1, usdPerMillionOutput: Number.NaN };
    expect(routerOf(() => ({}), { prices: none }).router.unpriced).toEqual(['one']);
  });
});

describe('the last day that a model was trained on', () => {
  const knowledgeOf = (knowledgeUntil: string) => {
    const { router } = openRouter({
      models: modelsOf({ order: ['gemini'], providers: { gemini: { knowledgeUntil } } }),
      secretOf: () => new Secret('key'),
      clock: machineClock,
      stateFolder: folder,
      random: () => 0,
    });
    return new Date(router.knowledgeMs).toISOString();
  };

  it('is known to its end, wherever on Earth it ended; an instant is itself', () => {
    expect(knowledgeOf('2025-01-31')).toBe('2025-02-01T12:00:00.000Z');
    expect(knowledgeOf('2025-01-31T00:00+02:00')).toBe('2025-01-30T22:00:00.000Z');
  });
});
