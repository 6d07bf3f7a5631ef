// The router over several providers: order, failover, budget, cache, breaker, turns. Real packages and a
// local server; times are the machine's, and short.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { machineClock } from '../../../live/clock.ts';
import { openRouter } from '../../../live/models/list.ts';
import { Spending } from '../../../live/models/spending.ts';
import { Turns } from '../../../live/models/turns.ts';
import { LocalModels } from '../../support/models/local-models.ts';
import { modelsOf, never, questionOf, rigOf } from './support.ts';

const OPINION = { action: 'SELL', confidence: 0.5, risk: 0.6, words: 'Outflows.' };

let server: LocalModels;
beforeAll(async () => {
  server = await LocalModels.open(() => OPINION);
});
afterAll(() => server.close());
beforeEach(() => server.heal());

/** Gemini, OpenAI and Anthropic in the default order, all of them on the local server. */
function three(changes: object = {}) {
  const at = (path: string) => ({ baseUrl: `${server.url}${path}`, model: 'm' });
  const providers = { gemini: at(''), openai: at('/v1'), anthropic: at('') };
  return { attempts: 1, providers, ...changes };
}

const formats = () => server.seen.map(({ format }) => format);

describe('the order of providers', () => {
  it('is Gemini, OpenAI, Anthropic, and goes on only when one fails', async () => {
    const rig = rigOf(three());
    await rig.router.ask(questionOf({ user: 'one' }), never);
    expect(formats()).toEqual(['gemini']);
    server.fail({ kind: 'status', status: 500 }, { kind: 'page' });
    const reply = await rig.router.ask(questionOf({ user: 'two' }), never);
    await rig.close();
    expect(formats().slice(1)).toEqual(['gemini', 'openai', 'anthropic']);
    // The page was paid for, nobody knows how dearly: all that was allowed counts.
    expect(reply).toMatchObject({
      ok: true,
      answer: { score: -0.5 },
      origin: { version: 'm-20260101' },
    });
    expect(reply.origin.tokensOut).toBe(1024 + 20);
  });

  it('is that of the question where its agent names providers', async () => {
    const rig = rigOf(three());
    await rig.router.ask(questionOf({ model: 'anthropic, gemini' }), never);
    expect(await rig.router.ask(questionOf({ model: 'nobody' }), never)).toMatchObject({
      ok: false,
      code: 'not-configured',
    });
    await rig.close();
    expect(formats()).toEqual(['anthropic']);
  });

  it('is left where the time for an answer is over: nobody is paid for what is too late', async () => {
    const rig = rigOf(three({ timeoutMs: 1000 }));
    server.fail({ kind: 'silent' });
    // Gemini is given a second, of which half is the question's own.
    const reply = await rig.router.ask(questionOf({ user: 'late', patienceMs: 500 }), never);
    await rig.close();
    expect(reply).toMatchObject({ ok: false, code: 'timeout' });
    expect(formats()).toEqual(['gemini']);
  });

  it('leaves out who has no key, says which variable would let it in, and then asks nobody', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sapphire-models-'));
    const { router, missing } = openRouter({
      models: modelsOf(three()),
      secretOf: () => null,
      clock: machineClock,
      stateFolder: folder,
      random: () => 0,
    });
    expect(missing.map(({ keyName }) => keyName)).toEqual([
      'GEMINI_API_KEY',
      'OPENAI_API_KEY',
      'ANTHROPIC_API_KEY',
    ]);
    expect(await router.ask(questionOf(), never)).toMatchObject({ code: 'not-configured' });
    await router.close();
    rmSync(folder, { recursive: true });
    expect(server.seen).toEqual([]);
  });

  it('does not ask a provider that failed five times in a row', async () => {
    const rig = rigOf(three({ cacheSeconds: 0 }));
    for (let k = 0; k < 5; k++) {
      server.fail({ kind: 'status', status: 500 });
      await rig.router.ask(questionOf({ user: `q${k}` }), never);
    }
    expect(rig.router.health()[0]).toEqual({ provider: 'gemini', mode: 'open' });
    server.seen.length = 0;
    expect((await rig.router.ask(questionOf(), never)).ok).toBe(true);
    await rig.close();
    expect(formats()).toEqual(['openai']);
  });

  it('names the first real reason where nobody answers', async () => {
    const rig = rigOf(three());
    server.fail({ kind: 'status', status: 429 }, { kind: 'filtered' }, { kind: 'page' });
    expect(await rig.router.ask(questionOf(), never)).toMatchObject({ ok: false, code: 'garbage' });
    await rig.close();
  });
});

describe('an answer that is known', () => {
  it('holds for the same question, costs nothing and takes no time, until its seconds are over', async () => {
    const rig = rigOf(three({ cacheSeconds: 0.15 }));
    const first = await rig.router.ask(questionOf(), never);
    const again = await rig.router.ask(questionOf(), never);
    expect(again).toEqual({
      ...first,
      origin: { ...first.origin, latencyMs: 0, tokensIn: 0, tokensOut: 0, costUsd: 0 },
    });
    expect(server.seen).toHaveLength(1);
    await machineClock.sleep(160);
    await rig.router.ask(questionOf(), never);
    await rig.router.ask(questionOf({ user: 'Another?' }), never);
    await rig.close();
    expect(server.seen).toHaveLength(3);
  });

  it('is not remembered when there is none', async () => {
    const rig = rigOf(three());
    server.fail({ kind: 'page' }, { kind: 'page' }, { kind: 'page' });
    expect((await rig.router.ask(questionOf(), never)).ok).toBe(false);
    expect((await rig.router.ask(questionOf(), never)).ok).toBe(true);
    await rig.close();
  });

  it('is asked for once by two who ask the same at the same time', async () => {
    const rig = rigOf(three());
    server.fail({ kind: 'slow', ms: 50 });
    const [one, two] = await Promise.all([
      rig.router.ask(questionOf(), never),
      rig.router.ask(questionOf(), never),
    ]);
    await rig.close();
    expect(server.seen).toHaveLength(1);
    expect([one.ok, two.ok]).toEqual([true, true]);
    expect([one.origin.tokensIn, two.origin.tokensIn]).toEqual([100, 0]);
  });
});

describe('questions at once', () => {
  it('are at most as many as the config says', async () => {
    const rig = rigOf(three({ parallel: 2 }));
    server.fail(...Array.from({ length: 6 }, () => ({ kind: 'slow', ms: 20 }) as const));
    const asks = Array.from({ length: 6 }, (_, k) =>
      rig.router.ask(questionOf({ user: `q${k}` }), never),
    );
    const replies = await Promise.all(asks);
    await rig.close();
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(server.most).toBe(2);
  });

  it('wait no longer in line than their time', async () => {
    const turns = new Turns(1);
    const held = Promise.withResolvers<void>();
    const first = turns.take(never, () => held.promise);
    const late = turns.take(AbortSignal.timeout(10), async () => 'asked');
    await expect(late).rejects.toThrow(/timeout/i);
    const next = turns.take(never, async () => 'asked');
    held.resolve();
    await first;
    expect(await next).toBe('asked');
  });

  it('end as cancelled when the session does', async () => {
    const rig = rigOf(three());
    server.fail({ kind: 'silent' });
    const asked = rig.router.ask(questionOf(), never);
    while (server.seen.length === 0) await machineClock.sleep(1);
    await rig.close();
    expect(await asked).toMatchObject({ ok: false, code: 'cancelled' });
  });
});

describe('the budget of a day', () => {
  it('stops questions whose worst case it does not hold, and holds over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sapphire-models-'));
    // One question may take some 900 bytes and 1,024 tokens of answer, and takes 120 tokens.
    const models = three({ tokensPerDay: 2600, cacheSeconds: 0 });
    const first = rigOf(models, { folder });
    for (let k = 0; k < 2; k++) {
      expect((await first.router.ask(questionOf({ user: `q${k}` }), never)).ok).toBe(true);
    }
    await first.close();
    const second = rigOf(models, { folder });
    for (let k = 2; k < 30; k++) await second.router.ask(questionOf({ user: `q${k}` }), never);
    expect(await second.router.ask(questionOf({ user: 'last' }), never)).toMatchObject({
      ok: false,
      code: 'budget',
    });
    await second.close();
    const [file] = readdirSync(join(folder, 'models'));
    const spent = readFileSync(join(folder, 'models', file!), 'utf8')
      .trim()
      .split('\n');
    const tokens = spent.reduce((sum, line) => sum + JSON.parse(line)[0], 0);
    expect(tokens).toBe(120 * server.seen.length);
    expect(tokens).toBeLessThanOrEqual(2600);
    rmSync(folder, { recursive: true });
  });

  it('in USD holds over a restart, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sapphire-models-'));
    const price = { usdPerMillionInput: 1, usdPerMillionOutput: 1 };
    const { providers } = three();
    const models = {
      ...{ order: ['gemini'], attempts: 1, cacheSeconds: 0, usdPerDay: 0.0025 },
      providers: { gemini: { ...providers.gemini, ...price } },
    };
    let codes: string[] = [];
    for (const life of [1, 2]) {
      const rig = rigOf(models, { folder });
      codes = [];
      for (let k = 0; k < (life === 1 ? 3 : 30) && codes.at(-1) !== 'budget'; k++) {
        const reply = await rig.router.ask(questionOf({ user: `life ${life}, ${k}` }), never);
        codes.push(reply.ok ? 'answered' : reply.code);
      }
      await rig.close();
    }
    expect(codes.at(-1)).toBe('budget');
    // 120 tokens each at a millionth of a USD: what a first life spent, the second one has not.
    expect(server.seen.length * 120e-6).toBeLessThanOrEqual(0.0025);
    expect(codes.length).toBeLessThan(server.seen.length);
    rmSync(folder, { recursive: true });
  });

  it('lets a provider without a price answer when the money is used up', async () => {
    const priced = { usdPerMillionInput: 1, usdPerMillionOutput: 1 };
    const { providers } = three();
    const rig = rigOf({
      order: ['gemini', 'local'],
      providers: {
        gemini: { ...providers.gemini, ...priced },
        local: { kind: 'compatible', baseUrl: `${server.url}/v1`, model: 'llama' },
      },
      usdPerDay: 0.0001,
    });
    const reply = await rig.router.ask(questionOf(), never);
    await rig.close();
    expect(reply).toMatchObject({ ok: true, origin: { model: 'llama', costUsd: 0 } });
  });
});

describe('what is spent', () => {
  let folder: string;
  let nowMs = Date.UTC(2026, 0, 1, 12);
  const open = (tokensPerDay: number | null, usdPerDay: number | null = null) =>
    new Spending(folder, { tokensPerDay, usdPerDay }, () => nowMs);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-spent-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is shared by processes, and together they never exceed it', () => {
    const [one, two] = [open(100), open(100)];
    expect(one.hold(60, 0)).not.toBeNull();
    expect(two.hold(60, 0)).toBeNull();
    const hold = two.hold(40, 0)!;
    expect(one.hold(1, 0)).toBeNull();
    hold.settle(10, 0.5);
    expect(one.spent).toEqual({ tokens: 70, costUsd: 0.5 });
    expect(one.hold(30, 0)).not.toBeNull();
    one.close();
    two.close();
  });

  it('leaves what a killed process held as spent, and is forgiven at midnight UTC', () => {
    const after = open(100);
    expect(after.spent.tokens).toBe(100);
    nowMs += 12 * 3_600_000;
    expect(after.spent.tokens).toBe(0);
    expect(after.hold(100, 0)).not.toBeNull();
    after.close();
  });

  it('is refused where its file is damaged, in words that say what to do', () => {
    nowMs += 24 * 3_600_000;
    open(1).close();
    appendFileSync(join(folder, '2026-01-03.ndjson'), '[1,"x"]\n');
    expect(() => open(1)).toThrow(InputError);
    expect(() => open(1)).toThrow(/2026-01-03\.ndjson.*must hold lines of \[tokens, USD\]/);
  });
});

describe('a config of models', () => {
  const refused = (models: unknown) => {
    try {
      modelsOf(models);
    } catch (error) {
      return (error as InputError).message;
    }
    return '';
  };

  it.each([
    [
      { order: ['gemni'] },
      /models\.order: must be a provider .* was "gemni" \(did you mean gemini\?\)/,
    ],
    [{ order: ['openai', 'openai'] }, /models\.order: must not name a provider twice/],
    [{ providers: { mine: {} } }, /providers\.mine\.kind: must be told/],
    [
      { providers: { mine: { kind: 'compatible', model: 'x' } } },
      /mine\.baseUrl: is needed for kind/,
    ],
    [
      { providers: { mine: { kind: 'forecaster', baseUrl: 'http://h/' } } },
      /mine\.model: is needed/,
    ],
    [{ providers: { gemini: { baseUrl: 'ftp://x' } } }, /baseUrl: must begin with https/],
    [{ providers: { gemini: { baseUrl: 'http://example.org' } } }, /baseUrl: must be https:\/\//],
    [
      { providers: { gemini: { baseUrl: 'https://me:pw@x' } } },
      /baseUrl: must begin with .*, without a name or a password$/,
    ],
    [
      { providers: { gemini: { keyName: 'sk-abc' } } },
      /keyName: must be the name of an environment variable, never a key itself$/,
    ],
    [
      { providers: { gemini: { knowledgeUntil: '2025-02-30' } } },
      /must be a day and time that exist/,
    ],
    [{ usdPerDay: 5 }, /gemini\.usdPerMillionInput: is needed where decision\.models\.usdPerDay/],
    [{ attempts: 0 }, /decision\.models\.attempts: must be 1 to 10, was 0/],
  ])('is refused: %j', (models, words) => {
    expect(refused(models)).toMatch(words);
  });

  it.each([
    { providers: { gemini: { baseUrl: 'http://127.0.0.1:9' } } },
    {
      order: ['lan'],
      providers: { lan: { kind: 'compatible', model: 'm', baseUrl: 'http://10.0.0.2' } },
    },
    {
      order: ['mine'],
      usdPerDay: 1,
      providers: { mine: { kind: 'forecaster', model: 'm', baseUrl: 'https://x' } },
    },
  ])('is taken: %j', (models) => {
    expect(refused(models)).toBe('');
  });
});
