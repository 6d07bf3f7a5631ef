// A config at the edge: defaults, one readable problem per place, rules between keys, frozen copy.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../engine/config/check.ts';
import { fixedPaths, nodeAt } from '../../../engine/config/place.ts';
import { InputError, problemText } from '../../../engine/errors.ts';
import { INTERVAL_NAMES } from '../../../engine/interval.ts';

const INTERVALS = INTERVAL_NAMES.join(', ');
const alone = { decision: { strategy: 'momentum' } };

/** A config that is fine but for one value at a path. */
function withValue(path: string, value: unknown): object {
  const tree = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const { decision = {}, ...rest } = tree as { decision?: unknown };
  const isPart = typeof decision === 'object' && decision !== null;
  return { decision: isPart ? { strategy: 'momentum', ...decision } : decision, ...rest };
}

function problemsOf(value: unknown): string[] {
  try {
    checkConfig(value);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(problemText);
  }
}

describe('a checked config', () => {
  it('has every default of the schema', () => {
    const config = checkConfig(alone);
    expect(config.name).toBe('run');
    expect(config.decision.consensus).toMatchObject({ actThreshold: 0.6, holdThreshold: 0.4 });
    expect(config.decision.risk.trailingStop).toEqual({
      enabled: true,
      kind: 'closes',
      buffer: 0.01,
      step: 0.002,
      activation: 0,
    });
    expect(config.world.cashUsd).toBe(10_000);
    expect(config.world.symbols).toEqual([]);
  });

  it('gives each agent its defaults', () => {
    const config = checkConfig({
      decision: { agents: { 'quant-alpha': { weight: 0.35 }, b: {} } },
    });
    const rest = { use: null, parameters: {}, model: null, deadlineMs: null };
    expect(config.decision.agents).toEqual({
      'quant-alpha': { weight: 0.35, ...rest },
      b: { weight: 1, ...rest },
    });
  });

  it('shares nothing with what was given and is frozen all the way down', () => {
    const given = { ...alone, world: { symbols: ['BTCUSDT'] } };
    const config = checkConfig(given);
    given.world.symbols.push('ETHUSDT');
    expect(config.world.symbols).toEqual(['BTCUSDT']);
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    expect(isFrozen(config)).toBe(true);
    expect(Object.isFrozen(given.world.symbols)).toBe(false);
    expect(Object.isFrozen(checkConfig(alone))).toBe(true);
  });

  it('is the same text whatever the order of the keys and whether an editor was named', () => {
    const one = checkConfig({ $schema: './s.json', seed: 2, ...alone, name: 'a' });
    const two = checkConfig({ name: 'a', ...alone, seed: 2 });
    expect(JSON.stringify(one)).toBe(JSON.stringify(two));
    expect(one).not.toHaveProperty('$schema');
  });

  it('is itself a config that passes unchanged', () => {
    const config = checkConfig(alone);
    expect(checkConfig(config)).toEqual(config);
  });

  it('takes undefined for not given, and null for a value', () => {
    expect(checkConfig({ ...alone, world: { from: undefined } }).world.from).toBeNull();
    expect(checkConfig({ ...alone, world: { sentiment: null } }).world.sentiment).toBeNull();
    expect(problemsOf({ ...alone, seed: null })).toEqual([
      'seed: must be a whole number 0 to 4294967295, was null',
    ]);
  });
});

describe('a problem of one value', () => {
  it.each([
    ['seed', -1, 'seed: must be 0 to 4294967295, was -1'],
    ['seed', 1.5, 'seed: must be a whole number 0 to 4294967295, was 1.5'],
    ['seed', '7', 'seed: must be a whole number 0 to 4294967295, was "7"'],
    [
      'name',
      '-x',
      `name: must be 1 to 64 letters, digits, dots, dashes or _, a letter or digit first, was "-x"`,
    ],
    ['name', 3, 'name: must be a text, was 3'],
    ['decision', 7, 'decision: must be an object, was 7'],
    ['decision.risk', [], 'decision.risk: must be an object, was []'],
    [
      'decision.risk.sizing.winRate',
      Number.NaN,
      'decision.risk.sizing.winRate: must be 0 to 1, was NaN',
    ],
    [
      'decision.risk.sizing.winRate',
      1.01,
      'decision.risk.sizing.winRate: must be 0 to 1, was 1.01',
    ],
    [
      'decision.risk.maxExposure',
      Number.POSITIVE_INFINITY,
      'decision.risk.maxExposure: must be 0 to 125, was Infinity',
    ],
    ['decision.risk.allowShort', 'no', 'decision.risk.allowShort: must be true or false, was "no"'],
    [
      'decision.risk.sizing.rule',
      'kely',
      'decision.risk.sizing.rule: must be one of kelly, fixed-fraction, confidence, volatility-target, fixed-risk, was "kely" (did you mean kelly?)',
    ],
    [
      'decision.interval',
      '1H',
      `decision.interval: must be one of ${INTERVALS} or null, was "1H" (did you mean 1h?)`,
    ],
    ['decision.interval', 60, `decision.interval: must be one of ${INTERVALS} or null, was 60`],
    [
      'decision.parameters.x',
      Number.NaN,
      'decision.parameters.x: must be a finite number, a text, true or false, was NaN',
    ],
    [
      'decision.parameters.2x',
      1,
      'decision.parameters.2x: must be named with letters, digits and _, a letter first, was 1',
    ],
    ['world.takerFeeBps', 2000, 'world.takerFeeBps: must be -100 to 1000 or null, was 2000'],
    ['world.takerFeeBps', '5', 'world.takerFeeBps: must be a number -100 to 1000 or null, was "5"'],
    ['world.venue', '', 'world.venue: must be a text that is not empty or null, was ""'],
    [
      'world.symbols',
      'BTCUSDT',
      'world.symbols: must be a list of texts, each once, was "BTCUSDT"',
    ],
    [
      'world.symbols',
      ['A', 'A'],
      'world.symbols: must be a list of texts, each once, was ["A","A"]',
    ],
    ['world.symbols', ['A', 1], 'world.symbols: must be a list of texts, each once, was ["A",1]'],
    ['world.from', '2025-13-01', 'world.from: must be a day and time that exist, was "2025-13-01"'],
    [
      'world.to',
      'soon',
      'world.to: must be a date or an instant in ISO 8601, such as 2025-05-01 or 2025-05-01T12:00Z, was "soon"',
    ],
    ['$schema', 1, '$schema: must be a text, was 1'],
  ])('at %s of %j is one sentence', (path, value, text) => {
    expect(problemsOf(withValue(path, value))).toEqual([text]);
  });

  it('of a config that is no object is told once', () => {
    expect(problemsOf(null)).toEqual(['config: must be an object, was null']);
    expect(problemsOf([])).toEqual(['config: must be an object, was []']);
  });

  it('names an agent whose id is not in kebab-case', () => {
    expect(problemsOf({ decision: { agents: { Quant: {}, b: {} } } })).toEqual([
      'decision.agents.Quant: must be named with lower-case letters, digits and dashes, was {}',
    ]);
  });
});

describe('an unknown key', () => {
  it.each([
    ['decision.risk.maxPosition', 'decision.risk.maxPositions'],
    ['decision.strateg', 'decision.strategy'],
    ['wrold', 'world'],
    ['world.cash', 'world.cashUsd'],
    ['decision.risk.sizing.kelyFraction', 'decision.risk.sizing.kellyFraction'],
    // Right name, wrong place.
    ['world.trailingStop', 'decision.risk.trailingStop'],
    ['agents', 'decision.agents'],
    ['decision.slippageBps', 'world.slippageBps'],
  ])('%s is answered with %s', (path, near) => {
    const text = `${path}: unknown key, was 1 (did you mean ${near}?)`;
    expect(problemsOf(withValue(path, 1))).toContain(text);
  });

  it('is told once, not once per rule that it breaks', () => {
    expect(problemsOf(withValue('decision.risk.maxPosition', 'x'))).toHaveLength(1);
    expect(problemsOf({ decision: { strateg: 'momentum' } })).toHaveLength(1);
    expect(problemsOf({ agents: { a: {} } })).toHaveLength(1);
  });

  it('may not hide behind the prototype', () => {
    const text = '{ "decision": { "strategy": "x" }, "__proto__": { "seed": 5 } }';
    expect(problemsOf(JSON.parse(text))).toEqual(['__proto__: unknown key, was {"seed":5}']);
    const inner = '{ "decision": { "strategy": "x", "parameters": { "__proto__": 1 } } }';
    expect(problemsOf(JSON.parse(inner))).toHaveLength(1);
    expect(problemsOf({ ...alone, toString: 1 })).toHaveLength(1);
  });
});

describe('rules between keys', () => {
  it('want exactly one of a strategy and agents', () => {
    expect(problemsOf({})).toEqual([
      'decision: needs decision.strategy, or at least one of decision.agents',
    ]);
    expect(problemsOf({ decision: { strategy: 'momentum', agents: { a: {}, b: {} } } })).toEqual([
      'decision: has both decision.strategy (momentum) and decision.agents (a, b): one of them decides',
    ]);
  });

  it('want the hold threshold at or below the act threshold', () => {
    const consensus = (holdThreshold: number) =>
      problemsOf({ decision: { strategy: 's', consensus: { holdThreshold } } });
    expect(consensus(0.6)).toEqual([]);
    expect(consensus(0.61)).toEqual([
      'decision.consensus.holdThreshold: must not be above decision.consensus.actThreshold (0.6), was 0.61',
    ]);
  });

  it('want the end after the beginning', () => {
    const span = (from: string, to: string) => problemsOf({ ...alone, world: { from, to } });
    expect(span('2025-05-01', '2025-05-01T00:01')).toEqual([]);
    expect(span('2025-05-01T00:00+02:00', '2025-05-01')).toEqual([]);
    expect(span('2025-05-01', '2025-05-01T00:00Z')).toEqual([
      'world.to: must be after world.from (2025-05-01), was "2025-05-01T00:00Z"',
    ]);
  });

  it('want decision and stop intervals to be whole numbers of base candles', () => {
    const pair = (interval: string, base: string) =>
      problemsOf({ decision: { strategy: 's', interval }, world: { interval: base } });
    expect(pair('1h', '15m')).toEqual([]);
    expect(pair('1h', '1h')).toEqual([]);
    expect(pair('5m', '15m')).toEqual([
      'decision.interval: must be a multiple of world.interval (15m), was "5m"',
    ]);
    expect(pair('5m', '3m')).toHaveLength(1);
    const stop = { strategy: 's', risk: { atrStop: { interval: '1m' } } };
    expect(problemsOf({ decision: stop, world: { interval: '5m' } })).toEqual([
      'decision.risk.atrStop.interval: must be a multiple of world.interval (5m), was "1m"',
    ]);
  });

  it('are silent where one of the keys is wrong by itself', () => {
    const value = {
      decision: { strategy: 's', consensus: { holdThreshold: 0.9, actThreshold: 'x' } },
      world: { from: '2025-05-02', to: 'never' },
    };
    expect(problemsOf(value).map((text) => text.split(':')[0])).toEqual([
      'decision.consensus.actThreshold',
      'world.to',
    ]);
  });
});

describe('all problems', () => {
  it('are told at once, more than eight of them, one per place', () => {
    const agents = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`a${i}`, { weight: -1 - i }]),
    );
    const found = problemsOf({ decision: { agents }, sed: 1, world: { cashUsd: 0, foo: 1 } });
    expect(found).toHaveLength(15);
    expect(new Set(found.map((text) => text.split(':')[0])).size).toBe(15);
  });

  it('name the one place that was spoilt, wherever it is', () => {
    const leaves = fixedPaths().filter((path) => {
      const node = nodeAt(path)!;
      return node.type !== 'object' && path !== '$schema';
    });
    expect(leaves.length).toBeGreaterThan(30);
    const spoilt = fc.record({
      path: fc.constantFrom(...leaves),
      value: fc.constantFrom<unknown>(Number.NaN, {}, -1e15, Number.NEGATIVE_INFINITY, [[]]),
    });
    fc.assert(
      fc.property(spoilt, ({ path, value }) => {
        const found = problemsOf(withValue(path, value));
        expect(found).toHaveLength(1);
        expect(found[0]!.startsWith(`${path}: must be `)).toBe(true);
      }),
      { seed: 20_265, numRuns: 200 },
    );
  });
});
