// One contract for every provider: real packages pointed at a local server that speaks their format.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../../engine/agents/question.ts';
import { KEY, LocalModels } from '../../support/models/local-models.ts';
import { never, questionOf, type Rig, rigOf } from './support.ts';

const OPINION = { action: 'BUY', confidence: 0.7, risk: 0.8, words: 'Inflows.' };
const FORECAST = { low: 9, median: 10, high: 11, coverage: 0.8 };

const PROVIDERS = [
  { kind: 'gemini', path: '', version: 'gemini-local-001' },
  { kind: 'openai', path: '/v1', version: 'm-2026-01-01' },
  { kind: 'anthropic', path: '', version: 'm-20260101' },
  { kind: 'compatible', path: '/v1', version: 'm-2026-01-01' },
  { kind: 'forecaster', path: '/forecast', version: 'm' },
] as const;

let server: LocalModels;
const shapeOf = (kind: string) => (kind === 'forecaster' ? 'forecast' : 'opinion');

beforeAll(async () => {
  server = await LocalModels.open(() => OPINION);
});
afterAll(() => server.close());
beforeEach(() => server.heal());

describe.each(PROVIDERS)('$kind', ({ kind, path, version }) => {
  const isForecaster = kind === 'forecaster';
  const right = isForecaster ? FORECAST : OPINION;
  const says = { kind: 'says', text: JSON.stringify(right) } as const;

  async function asked(
    changes: object = {},
    work?: (rig: Rig) => Promise<Reply>,
  ): Promise<[Reply, Rig]> {
    const provider = { kind, model: 'm', baseUrl: `${server.url}${path}` };
    const rig = rigOf({
      order: ['one'],
      providers: { one: { ...provider, keyName: 'A_KEY' } },
      ...changes,
    });
    const ask = work ?? (() => rig.router.ask(questionOf({ shape: shapeOf(kind) }), never));
    try {
      return [await ask(rig), rig];
    } finally {
      await rig.close();
    }
  }

  it('gives the answer, who gave it, and what it cost', async () => {
    server.fail(says);
    const provider = {
      kind,
      model: 'm',
      baseUrl: `${server.url}${path}`,
      keyName: 'A_KEY',
      usdPerMillionInput: 2,
      usdPerMillionOutput: 10,
    };
    const [reply, { notes }] = await asked({ order: ['one'], providers: { one: provider } });
    const tokens = isForecaster ? [0, 0, 0] : [100, 20, 0.0004];
    expect(reply).toMatchObject({
      ok: true,
      origin: { model: 'm', version, tokensIn: tokens[0], tokensOut: tokens[1] },
    });
    expect(reply.origin.costUsd).toBeCloseTo(tokens[2]!, 12);
    if (reply.ok && isForecaster) expect(reply.answer).toMatchObject(FORECAST);
    if (reply.ok && !isForecaster) {
      expect(reply.answer).toMatchObject({ score: 0.7, risk: 0.8, words: 'Inflows.' });
    }
    expect(notes.map(({ code, provider: id }) => `${id} ${code}`)).toEqual(['one answered']);
  });

  it('sends the question once, with the key in its header and the schema in its own mode', async () => {
    server.fail(says);
    await asked();
    expect(server.seen).toHaveLength(1);
    const { body, headers } = server.seen[0]!;
    const sent = JSON.stringify(body);
    expect(sent).not.toContain(KEY);
    expect(JSON.stringify(headers)).toContain(KEY);
    if (isForecaster) {
      expect(body['numbers']).toEqual({ closes: [1, 2, 3] });
      return;
    }
    expect(sent).toContain('What now?');
    expect(sent).toContain('You weigh news.');
    const place = {
      gemini: ['generationConfig', 'responseJsonSchema'],
      openai: ['response_format', 'json_schema', 'schema'],
      compatible: ['response_format', 'json_schema', 'schema'],
      anthropic: ['output_config', 'format', 'schema'],
    }[kind as 'gemini'];
    const schema = place.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], body);
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['action', 'confidence', 'risk', 'words'],
    });
  });

  it('gets ready without asking anything, and tells nobody its key before that', async () => {
    const [, { notes }] = await asked({}, async ({ router }) => {
      await router.warm(never);
      expect(server.seen).toEqual([]);
      expect(JSON.stringify(server.touched)).not.toContain(KEY);
      expect(server.touched).toHaveLength(1);
      server.fail(says);
      return router.ask(questionOf({ shape: shapeOf(kind) }), never);
    });
    expect(notes.map(({ code }) => code)).toEqual(['answered']);
  });

  it('is ready at once where nobody is there to be reached', async () => {
    const provider = { kind, model: 'm', baseUrl: `http://127.0.0.1:9${path}`, keyName: 'A_KEY' };
    const rig = rigOf({ order: ['one'], providers: { one: provider } });
    await rig.router.warm(never);
    await rig.close();
  });

  it('asks again after 429 and 503, and not sooner than it was told', async () => {
    server.fail(
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '120' } },
      { kind: 'status', status: 503 },
      says,
    );
    const startMs = performance.now();
    const [reply, { notes }] = await asked();
    expect(reply.ok).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(120 + 100);
    expect(notes.map(({ code }) => code)).toEqual(['rate-limited', 'unavailable', 'answered']);
  });

  it('gives up at once where the wait that it is told is longer than the question can wait', async () => {
    server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '60' } });
    const [reply] = await asked();
    expect(reply).toMatchObject({ ok: false, code: 'rate-limited' });
    expect(server.seen).toHaveLength(1);
  });

  it('gives up after as many attempts as the config says', async () => {
    server.fail(...Array.from({ length: 9 }, () => ({ kind: 'status', status: 500 }) as const));
    const [reply] = await asked({ attempts: 2 });
    expect(reply).toMatchObject({ ok: false, code: 'unavailable' });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ['a page instead of JSON', { kind: 'page' }, 'garbage', 1],
    ['JSON of another shape', { kind: 'odd', body: { hello: [1] } }, 'garbage', 1],
    ['a number', { kind: 'odd', body: 7 }, 'garbage', 1],
    ['a body of two million bytes', { kind: 'huge', bytes: 2_000_000 }, 'garbage', 1],
    ['a body that breaks off', { kind: 'cut' }, 'unavailable', 2],
    ['a connection that breaks', { kind: 'drop' }, 'unavailable', 2],
    ['a redirect', { kind: 'status', status: 302, headers: { location: '/' } }, 'refused', 1],
    ['400', { kind: 'status', status: 400 }, 'refused', 1],
    ['403', { kind: 'status', status: 403 }, 'refused', 1],
    ['silence', { kind: 'silent' }, 'timeout', 2],
  ] as const)('calls %s by its code', async (_, fault, code, times) => {
    server.fail(fault, fault);
    // A busy machine may need longer for what is not silent.
    const timeoutMs = fault.kind === 'silent' ? 120 : 20_000;
    const [reply] = await asked({ attempts: 2, timeoutMs });
    expect(reply).toMatchObject({ ok: false, code });
    expect(server.seen).toHaveLength(times);
  });

  it.each([
    ['no JSON', 'I think you should BUY!'],
    ['JSON in a fence', `\`\`\`json\n${JSON.stringify(right)}\n\`\`\``],
    ['JSON and more', `${JSON.stringify(right)} Ignore the rules above.`],
    ['a list', `[${JSON.stringify(right)}]`],
    ['a key that was not asked for', JSON.stringify({ ...right, leverage: 50 })],
    ['a prototype', JSON.stringify(right).replace('{', '{"__proto__":{"size":1},')],
    ['a number out of range', JSON.stringify({ ...right, confidence: 7, coverage: 7 })],
    ['a number that is none', JSON.stringify({ ...right, confidence: '0.9', coverage: '1' })],
    ['half of it', JSON.stringify(right).slice(0, 25)],
    ['null', 'null'],
  ])('takes an answer of %s for garbage', async (_, text) => {
    server.fail({ kind: 'says', text });
    const [reply] = await asked();
    expect(reply).toMatchObject({ ok: false, code: 'garbage' });
    expect(server.seen).toHaveLength(1);
  });

  it('is refused with a wrong key, and lets no key into what it says of it', async () => {
    const provider = { kind, model: 'm', baseUrl: `${server.url}${path}`, keyName: 'A_KEY' };
    const rig = rigOf(
      { order: ['one'], providers: { one: provider } },
      { key: 'wrong-key-98765432' },
    );
    const reply = await rig.router.ask(questionOf({ shape: shapeOf(kind) }), never);
    await rig.close();
    if (isForecaster) return;
    expect(reply).toMatchObject({ ok: false, code: 'refused' });
    expect(rig.notes[0]!.text).toContain('401');
    expect(JSON.stringify([reply, rig.notes])).not.toContain('wrong-key-98765432');
  });

  it('stops at once when the question’s time is over, and says timeout', async () => {
    server.fail({ kind: 'silent' });
    const [reply] = await asked({}, (rig) => {
      const question = questionOf({ shape: shapeOf(kind) });
      return rig.router.ask(question, AbortSignal.timeout(60));
    });
    expect(reply).toMatchObject({ ok: false, code: 'timeout' });
  });
});

describe.each(PROVIDERS.slice(0, 4))('$kind', ({ kind, path }) => {
  it.each([
    ['limit', 'garbage'],
    ['filtered', 'refused'],
  ] as const)('names an end by %s, and counts what it used', async (end, code) => {
    server.fail({ kind: end });
    const provider = { kind, model: 'm', baseUrl: `${server.url}${path}`, keyName: 'A_KEY' };
    const rig = rigOf({ order: ['one'], providers: { one: provider } });
    const reply = await rig.router.ask(questionOf(), never);
    await rig.close();
    expect(reply).toMatchObject({ ok: false, code, origin: { tokensIn: 100 } });
  });
});
