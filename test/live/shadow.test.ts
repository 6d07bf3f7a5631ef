// Claims about the shadow backtest: a session over the simulator's own venue is its backtest to the
// last bit, and where it is not, every difference is paired, measured and named.

import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../engine/config/check.ts';
import type { Config } from '../../engine/config/schema.ts';
import { loadSeats } from '../../engine/host/load.ts';
import { defineStrategy } from '../../engine/index.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { Panel } from '../../engine/market/panel.ts';
import { type RunInput, runDigest } from '../../engine/research/backtest.ts';
import { runModel } from '../../engine/research/shadow.ts';
import { runSession } from '../../live/recovery.ts';
import { readShadow, type ShadowOutcome } from '../../live/shadow.ts';
import { randomWorld } from '../engine/random-world.ts';
import { candles, panelOf } from '../support/market.ts';
import { configOf, inputOf, type Partly, staking, targets, voter } from '../support/run.ts';
import {
  type Alter,
  altered,
  CHART,
  causesOf,
  openMs,
  openOf,
  shadowOf,
  TEN,
  trader,
} from './altered.ts';
import { minutes } from './market.ts';
import { backtestOf, digestsOf, inRoom, newest, planOf } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_250_707, numRuns: LONG ? 200 : 20 };

const MARKET_AGENTS = {
  agents: {
    'quant-alpha': { weight: 0.4 },
    'sentiment-sage': { weight: 0.3 },
    'degen-hunter': { weight: 0.3 },
  },
  risk: { atrStop: { interval: '1h' } },
};
const CONFIGS: readonly (readonly [string, object])[] = [
  ['agents', MARKET_AGENTS],
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
const WORLDS: readonly (readonly [string, object])[] = [
  ['a plain world', {}],
  [
    'latency, outages and partial fills',
    {
      latency: { entry: { model: 'uniform', ms: 200, maxMs: 90_000 } },
      outages: { perMonth: 200, meanMinutes: 90 },
      fills: { volumeShare: 0.000_02 },
    },
  ],
];

/** Nothing differs, and there was something to differ. */
function expectEqual({ shadow, replay }: ShadowOutcome, fills: number): void {
  expect(replay).toMatchObject({ equal: true, firstDivergence: null });
  expect(shadow).toMatchObject({ signalsEqual: true, firstDifference: null, unasked: 0 });
  expect(shadow).toMatchObject({ equityGapBps: 0, warnings: [] });
  const different = shadow.fills.filter((pair) => pair.cause !== 'equal' || pair.errorBps !== 0);
  expect(different).toEqual([]);
  expect(shadow.paperUsd).toEqual(shadow.modelUsd);
  expect(shadow.fills.length).toBeGreaterThanOrEqual(fills);
}

describe.each(CONFIGS)('a session of %s over replay:', (_, decision) => {
  it.each(WORLDS)(
    'is its shadow backtest, signal by signal and fill by fill, in %s',
    (...world) => {
      return inRoom(async (folder) => {
        const sentiment = { sentiment: null };
        const config = checkConfig({ decision, world: { ...world[1], ...sentiment } });
        const { seats, solo } = await loadSeats(config.decision, process.cwd());
        const input: RunInput = { panel: minutes(12, 4320), config, seats, solo, firstRow: 720 };
        await runSession(planOf(input, folder));
        const outcome = await readShadow(folder, openOf(input));
        expectEqual(outcome, 3);
        expect(outcome.shadow.fillErrorBps).toEqual({ median: 0, p95: 0 });
        expect(outcome.shadow.fillBiasBps).toBe(0);
        expect(outcome.shadow.candles).toBeGreaterThan(2000);
        expect(outcome.shadow.closeMs).toHaveLength(4320 - 720);
      });
    },
  );
});

describe('the shadow backtest', () => {
  it.each([
    ['by vote', false],
    ['by target', true],
  ])('of any world and strategy, %s, differs in nothing', async (_, solo) => {
    let fills = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const outcome = await shadowOf(randomWorld(seed, { solo }));
        expectEqual(outcome, 0);
        fills += outcome.shadow.fills.length;
      }),
      settings,
    );
    expect(fills).toBeGreaterThan(10 * settings.numRuns);
  });

  it.each([
    ['latency', { latency: { entry: { model: 'uniform', ms: 200, maxMs: 4_000_000 } } }],
    ['outages', { outages: { perMonth: 200, meanMinutes: 90 } }],
    ['partial fills', { fills: { volumeShare: 0.02 } }],
  ])('differs in nothing under %s', async (_, world) => {
    const worlds = LONG ? 60 : 6;
    let fills = 0;
    for (let seed = 1; seed <= worlds; seed++) {
      const input = randomWorld(seed, { solo: seed % 2 === 0, stops: true });
      const config = configOf({
        ...input.config,
        world: { ...input.config.world, ...world },
      } as Partly<Config>);
      const outcome = await shadowOf({ ...input, config });
      expectEqual(outcome, 0);
      fills += outcome.shadow.fills.length;
    }
    // Now and then a world is one in which nobody trades.
    expect(fills).toBeGreaterThan(5 * worlds);
  });

  it('has the digests of the backtest that keeps no reasons', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const input = randomWorld(seed, { solo: seed % 2 === 0 });
      const { kernel } = runModel(input);
      const decisionDigest = kernel.desk.decisions.hex();
      expect({ digest: runDigest(kernel), decisionDigest }).toEqual(digestsOf(backtestOf(input)));
    }
  });

  it('of a session that is under way goes as far as its rows', async () => {
    await inRoom(async (folder) => {
      const input = randomWorld(7, { solo: true });
      const stop = new AbortController();
      const onRow = ({ row }: { row: number }) => {
        if (row === 80) stop.abort();
      };
      await runSession(planOf(input, folder, { onRow }), stop.signal);
      const outcome = await readShadow(folder, openOf(input));
      expectEqual(outcome, 1);
      expect(outcome.shadow.closeMs.length).toBe(80 - input.firstRow);
    });
  });

  it('of a journal in which one candle was altered is refused by its chain', async () => {
    await inRoom(async (folder) => {
      const input = trader();
      await runSession(planOf(input, folder));
      const path = newest(folder);
      const text = readFileSync(path, 'latin1');
      writeFileSync(path, text.replace('"close":103', '"close":104'), 'latin1');
      await expect(readShadow(folder, openOf(input))).rejects.toMatchObject({
        code: 'journal-damaged',
        exitCode: 2,
      });
    });
  });
});

describe('a signal', () => {
  it('of a strategy that keeps something between runs differs, by name', async () => {
    // Ten calls by the session, ten by its replay, and then the model.
    let calls = 0;
    const counter = defineStrategy({
      name: 'counter',
      decide: ({ i }) => (calls++ >= 20 && i === 2 ? 0.5 : i === 0 ? 1 : undefined),
    });
    const input = inputOf(panelOf({ A: CHART }), [counter], TEN);
    const { shadow, replay } = await shadowOf(input);
    expect(replay.equal).toBe(true);
    expect(shadow.signalsEqual).toBe(false);
    expect(shadow.firstDifference).toEqual({
      closeMs: openMs(3),
      venue: 'test',
      symbol: 'A',
      paper: 'counter: nothing',
      model: 'counter: target 0.5',
    });
  });

  it('that looks ahead differs at the first candle that it looked behind', async () => {
    const peeks = voter('peeks', '', {});
    const leaky = {
      ...peeks,
      analyze: (view: Parameters<NonNullable<typeof peeks.analyze>>[0]) => {
        const next = view.columns.close[view.i + 1]!;
        return view.vote('BUY', next > view.columns.close[view.i]! ? 0.9 : 0.5);
      },
    };
    const honest = voter('honest', 'b.7 b.7 b.7');
    const input = inputOf(panelOf({ A: CHART }), [honest, leaky], staking(0.1));
    const { shadow, replay } = await shadowOf(input);
    expect(replay.equal).toBe(true);
    expect(shadow).toMatchObject({
      signalsEqual: false,
      firstDifference: {
        closeMs: openMs(1),
        venue: 'test',
        symbol: 'A',
        paper: 'peeks: BUY 0.5',
        model: 'peeks: BUY 0.9',
      },
    });
  });

  it('of one that reads the account is counted and not compared', async () => {
    const shy = defineStrategy({
      name: 'shy',
      reads: 'portfolio',
      analyze: (view, portfolio) => {
        return view.vote(portfolio!.equityUsd > 9999 ? 'BUY' : 'SELL', 1);
      },
    });
    const input = inputOf(
      panelOf({ A: CHART }),
      [voter('b', 'b1 h h s1 h h b1'), shy],
      staking(0.5),
    );
    const worse: Alter = (event) =>
      event.kind === 'order-filled' ? [{ ...event, price: event.price * 1.01 }] : [event];
    const { shadow } = await shadowOf(input, altered(input, worse));
    expect(shadow).toMatchObject({ signalsEqual: true, candles: 10, uncompared: 10 });
    const alone = inputOf(panelOf({ A: CHART }), [shy], staking(0.5), { solo: false });
    const nobody = (await shadowOf(alone)).shadow;
    expect(nobody).toMatchObject({ candles: 0, uncompared: 10 });
    expect(nobody.warnings.join()).toMatch(/^no signal was compared/);
  });

  it('is not called equal where the journal does not follow from its inputs', async () => {
    let isEager = true;
    const moody = defineStrategy({
      name: 'moody',
      decide: ({ i }) => (i === 5 && isEager ? 1 : 0),
    });
    const input = inputOf(panelOf({ A: CHART }), [moody], TEN);
    await inRoom(async (folder) => {
      await runSession(planOf(input, folder));
      isEager = false;
      const { shadow, replay } = await readShadow(folder, openOf(input));
      expect(replay.equal).toBe(false);
      expect(shadow.signalsEqual).toBe(false);
      expect(shadow.candles).toBe(6);
      expect(shadow.firstDifference).toMatchObject({ closeMs: openMs(6), symbol: 'A' });
      expect(shadow.firstDifference!.paper).toMatch(
        /^test: line \d+, intent \{"kind":"submit-order"/,
      );
      expect(shadow.firstDifference!.model).toBe('test: intent none');
      expect(shadow.warnings[0]).toMatch(/^compared up to row 6 only/);
    });
  });
});

describe('candles that the journal does not hold', () => {
  it('are said, and fills that differ for want of them are put down to data', async () => {
    // The stop is met inside row 2: in its second quarter, which only the session knows.
    const panel = panelOf({ A: '100 100 100/100/90/95 95 95' });
    const quarters = '100x8 100 100/100/90/90 90 95 95x8';
    const finer = candles(quarters, { intervalMs: 15 * MINUTE_MS });
    const legs = panel.legs.map((leg) => ({ ...leg, finer }));
    const known = new Panel(panel.intervalMs, panel.openMs, legs, panel.series, panel.length);
    const risk = { maxPositionFraction: 1, trailingStop: { enabled: true, buffer: 0.05 } };
    const world = { ...TEN.world, fills: { path: 'finer' as const } };
    const input = inputOf(known, [targets('1')], { decision: { risk }, world });
    const { shadow } = await shadowOf(input);
    expect(shadow.signalsEqual).toBe(true);
    expect(shadow.warnings[0]).toMatch(/^world\.fills\.path is finer/);
    expect(causesOf(shadow)).toEqual(['entry equal', 'stop data']);
    expect(shadow.fills[1]!.paperMs).toBeLessThan(shadow.fills[1]!.modelMs);
  });
});
