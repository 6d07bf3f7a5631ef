// One kernel, three hands: a backtest, a paper session over the same candles, and a replay of that
// session's journal decide, trade and end alike to the last bit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../engine/config/check.ts';
import type { Config } from '../../engine/config/schema.ts';
import { loadSeats } from '../../engine/host/load.ts';
import type { Panel } from '../../engine/market/panel.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import { runSession } from '../../live/recovery.ts';
import { configsFrom, replayFolder } from '../../live/replay.ts';
import { randomWorld } from '../engine/random-world.ts';
import { configOf, type Partly } from '../support/run.ts';
import { minutes } from './market.ts';
import { backtestOf, digestsOf, inRoom, planOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_250_301, numRuns: LONG ? 300 : 30 };

const CONFIGS: readonly (readonly [string, object])[] = [
  [
    'swarm',
    {
      agents: {
        'quant-alpha': { weight: 0.35 },
        'risk-guardian': { weight: 0.25 },
        'sentiment-sage': { weight: 0.2 },
        'degen-hunter': { weight: 0.2 },
      },
      risk: { atrStop: { interval: '1h' } },
    },
  ],
  [
    'momentum',
    {
      strategy: 'momentum',
      interval: '5m',
      parameters: { interval: '5m', lookback: 12, threshold: 0.01 },
    },
  ],
  ['sma-cross', { strategy: 'sma-cross', interval: '5m', risk: { maxPositionFraction: 1 } }],
];
const RANGES: readonly (readonly [string, number, number, number])[] = [
  ['three days', 12, 4320, 0],
  ['two days after two of warm-up', 13, 5760, 2880],
  ['three days of other weather', 14, 4320, 0],
];

async function inputOf(decision: object, panel: Panel, firstRow: number): Promise<RunInput> {
  const config = checkConfig({ decision, world: { sentiment: null } });
  const { seats, solo } = await loadSeats(config.decision, process.cwd());
  return { panel, config, seats, solo, firstRow };
}

/** Digests by hand; the session's own as well as those of the replay of its journal. */
async function threeHands(input: RunInput) {
  return inRoom(async (folder) => {
    const backtest = backtestOf(input);
    const paper = await runSession(planOf(input, folder));
    return { backtest, paper };
  });
}

describe.each(CONFIGS)('%s', (_, decision) => {
  it.each(RANGES)('backtest = paper over replay: = replay of the journal, over %s', (...range) => {
    const [, seed, rows, firstRow] = range;
    return inRoom(async (folder) => {
      const input = await inputOf(decision, minutes(seed, rows), firstRow);
      const backtest = backtestOf(input);
      const paper = await runSession(planOf(input, folder));
      expect(digestsOf(paper)).toEqual(digestsOf(backtest));
      expect(paper.code).toBe('ended');
      expect(paper.kernel.fills.length).toBeGreaterThan(2);
      const replay = await replayFolder(folder, configsFrom(process.cwd()));
      expect(replay).toMatchObject({ equal: true, firstDivergence: null, stopCode: 'ended' });
      expect(digestsOf(replay)).toEqual(digestsOf(backtest));
    });
  });
});

describe('a paper session', () => {
  it.each([
    ['by vote', false],
    ['by target', true],
  ])('of any world and strategy, %s, is its backtest', async (_, solo) => {
    let fills = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const { backtest, paper } = await threeHands(randomWorld(seed, { solo }));
        expect(digestsOf(paper)).toEqual(digestsOf(backtest));
        fills += backtest.run.kernel.fills.length;
      }),
      settings,
    );
    expect(fills).toBeGreaterThan(10 * settings.numRuns);
  });

  it.each([
    ['latency', { latency: { entry: { model: 'uniform', ms: 200, maxMs: 90_000 } } }],
    ['latency of answers', { latency: { response: { model: 'uniform', ms: 1, maxMs: 5000 } } }],
    ['outages', { outages: { perMonth: 200, meanMinutes: 90 } }],
    ['both', { latency: { entry: { model: 'constant', ms: 700 } }, outages: { perMonth: 90 } }],
    ['an estimated spread', { costs: { spread: 'edge', lookbackCandles: 20 } }],
    ['impact', { costs: { impact: 'square-root' }, fills: { volumeShare: 0.02 } }],
    ['a path', { fills: { path: 'adaptive' } }],
  ])('is its backtest under %s', async (_, world) => {
    let fills = 0;
    for (let seed = 1; seed <= (LONG ? 100 : 8); seed++) {
      const solo = seed % 2 === 0;
      const input = withConfig(randomWorld(seed, { solo }), { world });
      const { backtest, paper } = await threeHands(input);
      expect(digestsOf(paper)).toEqual(digestsOf(backtest));
      fills += backtest.run.kernel.fills.length;
    }
    expect(fills).toBeGreaterThan(100);
  });

  it.each([
    ['twap', { algorithm: 'twap', twap: { windowMinutes: 240, slices: 4 } }],
    ['iceberg', { algorithm: 'iceberg', iceberg: { expiryMinutes: 300 } }],
    ['sniper', { algorithm: 'sniper', sniper: { expiryMinutes: 180, fallback: 'market' } }],
    ['delays within a candle', { obfuscation: { enabled: true, delayMaxMs: 3_500_000 } }],
  ])('is its backtest with %s', async (_, execution) => {
    let fills = 0;
    for (let seed = 1; seed <= (LONG ? 100 : 8); seed++) {
      const input = withConfig(randomWorld(seed, { solo: false }), { decision: { execution } });
      const { backtest, paper } = await threeHands(input);
      expect(digestsOf(paper)).toEqual(digestsOf(backtest));
      fills += backtest.run.kernel.fills.length;
    }
    expect(fills).toBeGreaterThan(100);
  });
});

/** The same run with parts of its config changed. */
function withConfig(input: RunInput, { decision, world }: { decision?: object; world?: object }) {
  const { config } = input;
  const changed = {
    ...config,
    decision: { ...config.decision, ...decision },
    world: { ...config.world, ...world },
  };
  return { ...input, config: configOf(changed as Partly<Config>) };
}
