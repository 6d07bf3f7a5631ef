// Two doors, one body: plain numbers and event objects give the same bits, and so does a second run.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../engine/event.ts';
import { Kernel } from '../../engine/kernel.ts';
import { atr, rsi, sma } from '../../engine/market/indicators/index.ts';
import { emptyPanel, type Panel } from '../../engine/market/panel.ts';
import { type Run, type RunInput, runDigest } from '../../engine/research/backtest.ts';
import momentum from '../../strategies/momentum.ts';
import quantAlpha from '../../strategies/quant-alpha.ts';
import riskGuardian from '../../strategies/risk-guardian.ts';
import { panelOf } from '../support/market.ts';
import { FREE, inputOf, runEvents, runLoop, targets, voter } from '../support/run.ts';
import { randomWorld } from './random-world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_240_104, numRuns: LONG ? 1000 : 80 };
const seeds = fc.integer({ min: 1, max: 1_000_000 });

function digests({ kernel }: Run) {
  return { run: runDigest(kernel), decisions: kernel.desk.decisions.hex() };
}

/** The next double upwards. */
function nextUp(x: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + 1n);
  return view.getFloat64(0);
}

describe.each([
  ['by vote', false],
  ['by target', true],
])('a run %s', (_, solo) => {
  it('gives the same digests through events as through plain numbers, and again', () => {
    let fills = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const first = runLoop(randomWorld(seed, { solo }));
        fills += first.kernel.fills.length;
        expect(digests(runEvents(randomWorld(seed, { solo })))).toEqual(digests(first));
        expect(digests(runLoop(randomWorld(seed, { solo })))).toEqual(digests(first));
      }),
      settings,
    );
    expect(fills).toBeGreaterThan(20 * settings.numRuns);
  });

  it('can be replayed from its events alone: the same intents, one by one', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const input = randomWorld(seed, { solo });
        const journal: Event[] = [];
        const first = runEvents(input, (event) => journal.push({ ...event }));
        const replayed = replay(input, journal);
        expect(replayed.desk.decisions.hex()).toBe(first.kernel.desk.decisions.hex());
        expect(runDigest(replayed)).toBe(runDigest(first.kernel));
      }),
      { ...settings, numRuns: 40 },
    );
  });
});

/** A kernel that is given a journal and nothing else; its intents go nowhere. */
function replay(input: RunInput, journal: readonly Event[]): Kernel {
  const { panel, config, seats, solo, firstRow } = input;
  const instruments = panel.legs.map((leg) => leg.instrument);
  const { cashUsd, maxHoleCandles } = config.world;
  const own = emptyPanel(instruments, panel.intervalMs, maxHoleCandles, [], panel.length);
  const { decision } = config;
  const kernel = new Kernel({
    panel: own,
    decision,
    cashUsd,
    seed: config.seed,
    seats,
    solo,
    firstRow,
  });
  for (const event of journal) {
    if (event.kind === 'row-closed') kernel.tray.clear();
    kernel.apply(event);
  }
  return kernel;
}

describe('features', () => {
  it('warm up and start afresh alike through both doors, strategies of the house included', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { panel, config } = randomWorld(seed, { solo: true, rows: 400 });
      for (const strategies of [[momentum], [quantAlpha, riskGuardian]]) {
        const input = inputOf(panel, strategies, config);
        expect(digests(runEvents(input))).toEqual(digests(runLoop(input)));
      }
    }
  });

  it('are the same numbers at every row a strategy is asked at', () => {
    const seen: number[][] = [[], []];
    const make = (into: number[]) => ({
      ...targets(''),
      features: () => ({ atr: atr(3), rsi: rsi(4), sma: sma(5) }),
      decide: ({ features, i, closeMs }: Parameters<NonNullable<typeof momentum.decide>>[0]) => {
        into.push(i, closeMs, features['atr']![i]!, features['rsi']![i]!, features['sma']![i]!);
        return undefined;
      },
    });
    const { panel, config } = randomWorld(5, { solo: true, rows: 200 });
    runLoop(inputOf(panel, [make(seen[0]!)], config));
    runEvents(inputOf(panel, [make(seen[1]!)], config));
    expect(seen[0]!.length).toBeGreaterThan(500);
    expect(seen[1]).toEqual(seen[0]);
  });
});

describe('outside series', () => {
  it('reach a strategy through both doors alike', () => {
    const series = [
      {
        name: 'sentiment',
        publishedMs: Float64Array.from([
          1_704_067_200_000 + 3 * 3_600_000,
          1_704_067_200_000 + 5.5 * 3_600_000,
        ]),
        value: Float64Array.from([20, 80]),
      },
    ];
    const panel = panelOf({ A: '100 101 102 103 104 105 106 107' }, { series });
    const greedy = {
      ...voter('greedy', ''),
      series: ['sentiment'],
      analyze: (view: Parameters<NonNullable<typeof momentum.decide>>[0]) => {
        const now = view.series['sentiment']![view.i]!;
        return now === now ? view.vote(now > 50 ? 'SELL' : 'BUY', 1) : null;
      },
    };
    const input = inputOf(panel, [greedy], FREE);
    const run = runLoop(input);
    expect(run.kernel.seats[0]).toMatchObject({ buys: 3, sells: 3, abstentions: 2 });
    expect(digests(runEvents(input))).toEqual(digests(run));
  });
});

describe('the digest', () => {
  const chart = '100 101 103 102 104 105 101 99 100 104';
  const script = '1 . . 0 . -1 . . 0';
  const run = (panel: Panel) => digests(runLoop(inputOf(panel, [targets(script)], FREE)));

  it('changes with the last bit of any price that was decided on or traded at', () => {
    const before = run(panelOf({ A: chart }));
    for (const [column, row] of [
      ['open', 1],
      ['close', 3],
      ['close', 5],
      ['open', 6],
      ['open', 9],
    ] as const) {
      const panel = panelOf({ A: chart });
      const values = panel.legs[0]!.candles[column];
      values[row] = nextUp(values[row]!);
      expect(run(panel).run, `${column} of row ${row}`).not.toBe(before.run);
    }
  });

  it('of decisions does not change with a price that nobody decided on', () => {
    const panel = panelOf({ A: chart });
    panel.legs[0]!.candles.volume[4] = 7;
    expect(run(panel)).toEqual(run(panelOf({ A: chart })));
  });

  it('tells two refusals of the same count apart', () => {
    const told = (word: string) => {
      const moody = voter('moody', 'b', { veto: () => word });
      return digests(runLoop(inputOf(panelOf({ A: chart }), [moody], FREE))).decisions;
    };
    expect(told('cold')).not.toBe(told('warm'));
  });
});
