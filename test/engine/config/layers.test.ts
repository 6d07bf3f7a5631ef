// Layers over each other: who wins, what merges, where each value came from.

import { describe, expect, it } from 'vitest';
import { environmentLayers } from '../../../engine/config/environment.ts';
import {
  assignmentLayer,
  type Layer,
  mergeLayers,
  overlay,
} from '../../../engine/config/layers.ts';
import { resolvePath } from '../../../engine/config/place.ts';
import { InputError } from '../../../engine/errors.ts';

const swarm: Layer = {
  origin: 'file swarm.json',
  values: { decision: { agents: { 'quant-alpha': { weight: 0.35 }, 'risk-guardian': {} } } },
};
const momentum: Layer = {
  origin: 'file momentum.json',
  values: { decision: { strategy: 'momentum', parameters: { threshold: 0.02 } } },
};

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return '';
}

describe('merged layers', () => {
  it('let the later layer win and remember who said what', () => {
    const { config, origins } = mergeLayers([
      swarm,
      { origin: 'env TRAILING_STEP', assignments: [['decision.risk.trailingStop.step', 0.004]] },
      assignmentLayer(['decision.risk.trailingStop.step=0.005', 'seed=7']),
    ]);
    expect(config.decision.risk.trailingStop.step).toBe(0.005);
    expect(config.seed).toBe(7);
    expect(origins.get('decision.risk.trailingStop.step')).toBe('flag --set');
    expect(origins.get('decision.agents.quant-alpha.weight')).toBe('file swarm.json');
    expect(origins.get('decision.agents.risk-guardian.weight')).toBe('default');
    expect(origins.get('world.cashUsd')).toBe('default');
  });

  it('give an origin to every value of the config and to nothing else', () => {
    const { config, origins } = mergeLayers([swarm]);
    const leaves = (value: unknown, path: string[]): string[] =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
        : [path.join('.')];
    expect([...origins.keys()]).toEqual(leaves(config, []));
  });

  it('merge objects, replace lists, and take null for a value', () => {
    const { config } = mergeLayers([
      swarm,
      { origin: 'a', values: { world: { symbols: ['A', 'B'], sentiment: 'x', slippageBps: 1 } } },
      { origin: 'b', values: { world: { symbols: ['C'], sentiment: null } } },
    ]);
    expect(config.world.symbols).toEqual(['C']);
    expect(config.world.sentiment).toBeNull();
    expect(config.world.slippageBps).toBe(1);
  });

  it('leave the layers as they were', () => {
    const before = JSON.stringify(swarm);
    mergeLayers([swarm, assignmentLayer(['agents.quant-alpha.weight=2'])]);
    expect(JSON.stringify(swarm)).toBe(before);
  });

  it('do not let a strategy of one layer oust the agents of another by itself', () => {
    const strategy: Layer = { origin: 'flag', assignments: [['decision.strategy', 'momentum']] };
    expect(messageOf(() => mergeLayers([swarm, strategy]))).toContain('one of them decides');
    const clearing: Layer = { ...strategy, clears: ['decision.agents'] };
    const { config, origins } = mergeLayers([swarm, clearing]);
    expect(config.decision.agents).toEqual({});
    expect(origins.get('decision.agents')).toBe('default');
  });

  it('say which layer a bad value came from', () => {
    expect(messageOf(() => mergeLayers([swarm, assignmentLayer(['world.cashUsd=-1'])]))).toBe(
      'world.cashUsd: must be 0.01 to 1000000000000 [flag --set], was -1',
    );
    const file: Layer = { origin: 'file x.json', values: { decision: { strategy: 's' }, sed: 1 } };
    expect(messageOf(() => mergeLayers([file]))).toBe(
      'sed: unknown key [file x.json], was 1 (did you mean seed?)',
    );
    expect(messageOf(() => mergeLayers([{ origin: 'file x.json', values: [] }]))).toBe(
      'file x.json: must hold an object, was []',
    );
  });

  it('refuse a key that would reach for the prototype', () => {
    const values = JSON.parse('{ "decision": { "strategy": "s" }, "__proto__": { "seed": 5 } }');
    expect(messageOf(() => mergeLayers([{ origin: 'file', values }]))).toContain('__proto__');
    expect(({} as { seed?: number }).seed).toBeUndefined();
  });

  it('replace a scalar by an object and an object by a scalar, origins included', () => {
    const layers: Layer[] = [
      { origin: 'a', values: { world: { symbols: 3 } } },
      { origin: 'b', values: { world: { symbols: { x: 1 } } } },
      { origin: 'c', values: { world: { symbols: ['A'] } } },
    ];
    expect(overlay(layers)).toEqual({ world: { symbols: ['A'] } });
    const { origins } = mergeLayers([momentum, ...layers]);
    expect(origins.get('world.symbols')).toBe('c');
    expect([...origins.keys()].filter((path) => path.startsWith('world.symbols.'))).toEqual([]);
  });
});

describe('an assignment', () => {
  it.each([
    ['seed=5', 'seed', 5],
    ['world.from=2025-05-01', 'world.from', '2025-05-01'],
    ['world.from=null', 'world.from', null],
    ['world.symbols=["A","B"]', 'world.symbols', ['A', 'B']],
    ['world.funding=false', 'world.funding', false],
    ['name=a=b', 'name', 'a=b'],
    ['decision.strategy=', 'decision.strategy', ''],
    [
      'decision.risk.sizing={"rule":"fixed-fraction"}',
      'decision.risk.sizing',
      { rule: 'fixed-fraction' },
    ],
    ['decision.agents.quant-alpha.weight=2', 'decision.agents.quant-alpha.weight', 2],
    ['agents.quant-alpha.weight=2', 'decision.agents.quant-alpha.weight', 2],
    ['risk.maxPositions=2', 'decision.risk.maxPositions', 2],
    ['cashUsd=2', 'world.cashUsd', 2],
    ['parameters.lookback=2', 'decision.parameters.lookback', 2],
  ])('%s sets %s', (text, path, value) => {
    expect(assignmentLayer([text]).assignments).toEqual([[path, value]]);
  });

  it('has its problems told at once', () => {
    const texts = ['seed', '=5', 'interval=1m', 'agents.quant-alpha.weigt=2', 'xyzzy=1'];
    expect(messageOf(() => assignmentLayer(texts)).split('\n')).toEqual([
      '--set: must be path.to.key=value, was "seed"',
      '--set: must be path.to.key=value, was "=5"',
      'interval: is ambiguous: decision.interval or world.interval, was "1m"',
      'agents.quant-alpha.weigt: unknown key, was 2 (did you mean decision.agents.quant-alpha.weight?)',
      'xyzzy: unknown key, was 1',
    ]);
  });

  it('merges an object into what is there', () => {
    const { config } = mergeLayers([swarm, assignmentLayer(['risk.sizing={"winRate":0.6}'])]);
    expect(config.decision.risk.sizing).toMatchObject({ winRate: 0.6, rewardToRisk: 2 });
  });

  it('cannot name a path with an empty or foreign part', () => {
    for (const path of ['', '.', 'world.', '.world', 'seed.x', '__proto__.x', 'constructor']) {
      expect(typeof resolvePath(path), path).toBe('object');
    }
  });
});

describe('an environment name', () => {
  const run = (environment: Record<string, string>, file = momentum) =>
    mergeLayers([file, ...environmentLayers(environment, overlay([file]))]);

  it('of the original system lands where it belongs', () => {
    const { config, origins } = run(
      {
        NOTIONAL_FRACTION: '0.07',
        TRAILING_STOP_BUFFER: '0.02',
        TRAILING_STEP: '0.003',
        EXPECTED_WIN_RATE: '0.6',
        REWARD_TO_RISK: '1.5',
        KELLY_FRACTION_CAP: '0.25',
        MAX_POSITION_RISK: '0.15',
      },
      swarm,
    );
    const { risk } = config.decision;
    expect(risk.sizing).toMatchObject({
      notionalFraction: 0.07,
      winRate: 0.6,
      rewardToRisk: 1.5,
      kellyFraction: 0.25,
    });
    expect(risk.trailingStop).toMatchObject({ buffer: 0.02, step: 0.003 });
    expect(risk.maxPositionFraction).toBe(0.15);
    expect(config.decision.parameters).toEqual({});
    expect(origins.get('decision.risk.maxPositionFraction')).toBe('env MAX_POSITION_RISK');
  });

  it.each([
    ['0.35', 0.0035],
    ['2.5', 0.025],
    [' 7 ', 0.07],
    ['2.5e0', 0.025],
    ['-1', -0.01],
    ['.5', 0.005],
  ])('MOMENTUM_THRESHOLD %s is per cent and becomes %d exactly', (text, fraction) => {
    const { config } = run({ MOMENTUM_THRESHOLD: text });
    expect(config.decision.parameters['threshold']).toBe(fraction);
  });

  it('MOMENTUM_THRESHOLD reaches every momentum agent and no other', () => {
    const agents = { momentum: {}, slow: { use: 'strategies/momentum.ts' }, 'quant-alpha': {} };
    const { config } = run(
      { MOMENTUM_THRESHOLD: '1' },
      { origin: 'f', values: { decision: { agents } } },
    );
    expect(config.decision.agents['momentum']!.parameters).toEqual({ threshold: 0.01 });
    expect(config.decision.agents['slow']!.parameters).toEqual({ threshold: 0.01 });
    expect(config.decision.agents['quant-alpha']!.parameters).toEqual({});
    expect(run({ MOMENTUM_THRESHOLD: '1' }, swarm).config).toEqual(mergeLayers([swarm]).config);
  });

  it('NOTIONAL_FRACTION is the size of a momentum strategy that decides alone', () => {
    const { config } = run({ NOTIONAL_FRACTION: '0.2' });
    expect(config.decision.parameters['notionalFraction']).toBe(0.2);
  });

  it('that is not a number is an error by its name, all of them at once', () => {
    const environment = { TRAILING_STEP: 'abc', REWARD_TO_RISK: '0x10', EXPECTED_WIN_RATE: 'NaN' };
    expect(messageOf(() => run(environment)).split('\n')).toEqual([
      'env TRAILING_STEP: must be a number, was "abc"',
      'env EXPECTED_WIN_RATE: must be a number, was "NaN"',
      'env REWARD_TO_RISK: must be a number, was "0x10"',
    ]);
  });

  it('that is empty counts as not set, and one out of range is named', () => {
    expect(run({ TRAILING_STEP: '', KELLY_FRACTION_CAP: ' ' }).config).toEqual(run({}).config);
    expect(messageOf(() => run({ TRAILING_STEP: '7' }))).toBe(
      'decision.risk.trailingStop.step: must be 0 to 0.5 [env TRAILING_STEP], was 7',
    );
  });

  it('of a feature that is off here turns it on, per cent become fractions', () => {
    const { config, origins } = run({
      VOLATILITY_DELEVER_THRESHOLD: '4.0',
      AUTO_DELEVER_FACTOR: '0.4',
      BANDIT_EPSILON: '0.2',
      MAX_DRAWDOWN: '0.25',
    });
    const { delever, bandit, limits } = config.decision.risk;
    expect(delever).toMatchObject({ enabled: true, threshold: 0.04, factor: 0.4 });
    expect(bandit).toMatchObject({ enabled: true, arms: 'symbol', epsilon: 0.2, minReward: -0.5 });
    expect(limits.maxDrawdown).toBe(0.25);
    expect(origins.get('decision.risk.delever.enabled')).toBe('env AUTO_DELEVER_FACTOR');
    expect(run({}).config.decision.risk.delever.enabled).toBe(false);
  });

  it('of models goes to the router, and to whatever id the two agents have', () => {
    const agents = { news: { use: './x/fingpt-alpha.ts' }, 'lag-llama-visionary': {} };
    const { config } = run(
      {
        MAX_PARALLEL_AGENTS: '2',
        AGENT_RETRY_ATTEMPTS: '5',
        AGENT_CACHE_TTL_SECONDS: '30',
        FINGPT_MIN_RISK_SCORE: '0.5',
        LAGLLAMA_MAX_CI_SPAN: '0.2',
        RISK_THRESHOLD: '0.8',
      },
      { origin: 'f', values: { decision: { agents } } },
    );
    const { models, agents: voters, asking } = config.decision;
    expect(asking.riskThreshold).toBe(0.8);
    expect(models).toMatchObject({ parallel: 2, attempts: 5, cacheSeconds: 30 });
    expect(voters['news']?.parameters).toEqual({ minRisk: 0.5 });
    expect(voters['lag-llama-visionary']?.parameters).toEqual({ maxSpan: 0.2 });
  });

  it('does not turn on what the file turns off in so many words', () => {
    const off = { decision: { strategy: 'momentum', risk: { bandit: { enabled: false } } } };
    const { config } = run({ BANDIT_EPSILON: '0.2' }, { origin: 'f', values: off });
    expect(config.decision.risk.bandit).toMatchObject({ enabled: false, epsilon: 0.2 });
  });

  it('of nothing in this project is left alone', () => {
    expect(environmentLayers({ SYMPHONY_API_KEY: 'x', PATH: '/bin' }, {})).toEqual([]);
  });
});
