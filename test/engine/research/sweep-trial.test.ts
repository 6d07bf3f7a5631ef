// A trial is a backtest: whatever point and range it runs on, it has the digests, the statistics and the
// daily returns of that config run alone. And whatever goes wrong with it is its own affair.

import { describe, expect, it } from 'vitest';
import { mergeLayers } from '../../../engine/config/layers.ts';
import { runDigest } from '../../../engine/research/backtest.ts';
import { collect } from '../../../engine/research/collect.ts';
import type { RowRange } from '../../../engine/research/splits.ts';
import { STATISTICS, type TrialOutcome } from '../../../engine/research/sweep/outcome.ts';
import { shareOf, spansOf, taskOf } from '../../../engine/research/sweep/plan.ts';
import { Slices } from '../../../engine/research/sweep/slice.ts';
import type { Point } from '../../../engine/research/sweep/space.ts';
import {
  assignmentsOf,
  type SweepSpec,
  startSampler,
} from '../../../engine/research/sweep/spec.ts';
import { runTrial, type TrialResult, trialConfig } from '../../../engine/research/sweep/trial.ts';
import { dailyReturns } from '../../../engine/statistics/returns.ts';
import { LABELS } from '../../support/run.ts';
import { alone, baseConfig, type Room, roomOf } from './sweep-room.ts';

const GRID: SweepSpec = {
  parameters: {
    'parameters.slow': { values: [10, 40, 120] },
    'parameters.fast': { values: [3, 9] },
    'risk.trailingStop.enabled': { values: [false, true] },
  },
};

const points = ({ sweep }: Room): Point[] =>
  startSampler(sweep)
    .propose(1000)
    .map(({ point }) => point);
const trial = ({ plan, trials }: Room, point: Point, rows: RowRange): TrialOutcome =>
  runTrial(trials, taskOf(plan, 0, point, rows));
const whole = ({ plan }: Room): RowRange => ({
  from: plan.firstRow,
  to: plan.columns.openMs.length,
});

/** What a backtest of the outcome's config alone says of everything an outcome says. */
function backtestOf({ config }: TrialOutcome) {
  const { run, firstRow } = alone(config!);
  const { kernel } = run;
  const { facts, closeMs, equityUsd } = collect(run, config!, firstRow, LABELS);
  const { cashUsd } = facts;
  return {
    digest: runDigest(kernel),
    decisionDigest: kernel.desk.decisions.hex(),
    statistics: facts.statistics,
    dailyReturns: dailyReturns(closeMs, equityUsd, closeMs.length, cashUsd),
  };
}

const saidOf = ({ digest, decisionDigest, statistics, dailyReturns: days }: TrialOutcome) => {
  return { digest, decisionDigest, statistics, dailyReturns: days };
};

describe('a trial', () => {
  it('of every point has the digests, statistics and returns of a backtest alone', () => {
    const room = roomOf(GRID);
    const all = points(room).map((point) => trial(room, point, whole(room)));
    expect(all).toHaveLength(12);
    for (const outcome of all) {
      expect(outcome).toMatchObject({ status: 'done', code: null });
      expect(saidOf(outcome)).toEqual(backtestOf(outcome));
    }
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(12);
    expect(all.every(({ statistics }) => statistics!.trades > 2)).toBe(true);
  });

  it('on a part of the rows is a backtest of the config with that range', () => {
    const room = roomOf(GRID);
    const { train, test } = spansOf(0, room.panel.length, { train: 0.5, test: 0.3 });
    const ranges = [train, shareOf(train, 1 / 3), test!, { from: 333, to: room.panel.length }];
    for (const point of points(room)) {
      for (const rows of ranges) {
        const outcome = trial(room, point, rows);
        expect(saidOf(outcome)).toEqual(backtestOf(outcome));
      }
    }
    const { config } = trial(room, {}, test!);
    // 2024-01-01 and 300 hours; 180 hours more.
    expect(config!.world).toMatchObject({
      from: '2024-01-13T12:00:00.000Z',
      to: '2024-01-21T00:00:00.000Z',
    });
  });

  it('is warmed up as its own config needs, not as the longest of the sweep', () => {
    const config = baseConfig({ world: { from: '2024-01-08', to: '2024-01-20' } });
    const room = roomOf(GRID, config);
    // 120 candles, the longest warm-up of the space, and one leg that is listed too late to have it.
    expect(room.plan.readCandles).toBe(120);
    expect(room.plan.firstRow).toBe(120);
    for (const point of points(room)) {
      const outcome = trial(room, point, whole(room));
      expect(saidOf(outcome)).toEqual(backtestOf(outcome));
    }
  });

  it('is the same whoever ran before it, and writes into no column', () => {
    const room = roomOf(GRID);
    const before = room.panel.legs.map(({ candles }) => structuredClone(candles));
    const all = points(room);
    const first = all.map((point) => trial(room, point, whole(room)));
    const again = all.toReversed().map((point) => trial(room, point, whole(room)));
    expect(again.toReversed()).toEqual(first);
    expect(room.panel.legs.map(({ candles }) => candles)).toEqual(before);
  });

  it('has the config that layers would give', () => {
    const { plan } = roomOf(GRID);
    for (const point of points(roomOf(GRID))) {
      const assignments = assignmentsOf(point);
      const layers = [
        { origin: 'base', values: plan.config },
        { origin: 'trial', assignments },
      ];
      expect(trialConfig(plan.config, { assignments })).toEqual(mergeLayers(layers).config);
    }
  });

  it('may be of another strategy', () => {
    const room = roomOf({ parameters: { strategy: { values: ['follower', 'contrarian'] } } });
    const [a, b] = points(room).map((point) => trial(room, point, whole(room)));
    expect(saidOf(b!)).toEqual(backtestOf(b!));
    expect(b!.config!.decision.strategy).toBe('contrarian');
    expect(a!.digest).not.toBe(b!.digest);
  });

  it('goes on with the same digests when features of many periods have been let go', () => {
    // A column of 600 rows has 4,800 bytes, one a leg: there is room for 20 of 299 periods.
    const room = roomOf({ parameters: { 'parameters.slow': { from: 2, to: 300, step: 1 } } });
    const slices = new Slices(room.panel, 200_000);
    const run = (point: Point, on = slices) => {
      return runTrial({ ...room.trials, slices: on }, taskOf(room.plan, 0, point, whole(room)));
    };
    // The second time what it says is kept, too.
    const own = new Slices(room.panel);
    for (let k = 0; k < 2; k++) run(points(room)[0]!, own);
    const needed = own.shelf.bytes;
    const few = points(room).filter((_, k) => k % 50 === 0);
    const before = few.map((point) => run(point).digest);
    let mostBytes = 0;
    for (const point of points(room)) {
      run(point);
      mostBytes = Math.max(mostBytes, slices.shelf.bytes);
    }
    expect(mostBytes).toBeGreaterThan(150_000);
    // What it may keep, and what the latest trial and the one before it needed.
    expect(mostBytes).toBeLessThanOrEqual(200_000 + 2 * needed);
    expect(needed).toBeLessThan(100_000);
    expect(few.map((point) => run(point).digest)).toEqual(before);
  });
});

describe('an objective', () => {
  it('is any statistic by its name, or several', () => {
    const objective = Object.fromEntries(STATISTICS.map((name) => [name, 'max' as const]));
    const room = roomOf({ ...GRID, objective });
    const outcome = trial(room, points(room)[0]!, whole(room));
    expect(outcome.values).toEqual(STATISTICS.map((name) => outcome.statistics![name]));
    expect(Object.keys(outcome.statistics!)).toEqual([...STATISTICS]);
  });

  it('may be a function of what the run came to', () => {
    const seen: TrialResult[] = [];
    const objective = (result: TrialResult) => {
      seen.push(result);
      return result.trades.length - result.dailyReturns.length;
    };
    const room = roomOf({ ...GRID, objective });
    const outcome = trial(room, points(room)[0]!, whole(room));
    const [{ statistics, dailyReturns: days, equityUsd, closeMs, config }] = seen as [TrialResult];
    expect(outcome.values).toEqual([statistics.trades - days.length]);
    expect(equityUsd.at(-1)).toBe(statistics.finalEquityUsd);
    expect(closeMs).toHaveLength(equityUsd.length);
    expect(config).toEqual(outcome.config);
  });

  it('may write into what it is given: what is kept of the trial stays as it was', () => {
    const objective = ({ dailyReturns: days, statistics, equityUsd, closeMs }: TrialResult) => {
      const worst = days.sort()[0]!;
      for (const column of [days, equityUsd, closeMs]) column.fill(0);
      Object.assign(statistics, { sharpe: 99, finalEquityUsd: 0 });
      return worst;
    };
    const room = roomOf({ ...GRID, objective });
    const outcome = trial(room, points(room)[0]!, whole(room));
    expect(saidOf(outcome)).toEqual(backtestOf(outcome));
    expect(outcome.values).toEqual([Math.min(...outcome.dailyReturns!)]);
    expect(outcome.values[0]).toBeLessThan(0);
    const next = trial(room, points(room)[1]!, whole(room));
    expect(saidOf(next)).toEqual(backtestOf(next));
  });

  it('that is not defined, or throws, fails a trial that has run', () => {
    const never = roomOf({ parameters: { 'parameters.size': { values: [0] } } });
    const undefinedOne = trial(never, points(never)[0]!, whole(never));
    expect(undefinedOne).toMatchObject({
      status: 'failed',
      code: 'objective-undefined',
      message: 'sharpe is not defined for this run (trades: 0)',
      values: [null],
    });
    expect(undefinedOne.digest).toMatch(/^[0-9a-f]{16}$/);
    const objective = (): number => {
      throw new RangeError('too far');
    };
    const room = roomOf({ ...GRID, objective });
    expect(trial(room, points(room)[0]!, whole(room))).toMatchObject({
      status: 'failed',
      code: 'objective-failed',
      message: 'objective threw RangeError: too far',
    });
    const room2 = roomOf({ ...GRID, objective: () => Number.NaN });
    expect(trial(room2, points(room2)[0]!, whole(room2)).code).toBe('objective-undefined');
  });
});

describe('a trial that fails', () => {
  const room = roomOf(GRID);
  const failing = (assignments: [string, number | string][], missingCandles = 0): TrialOutcome => {
    const task = taskOf(room.plan, 7, {}, whole(room));
    return runTrial(room.trials, { ...task, assignments, missingCandles });
  };

  it.each([
    ['a value out of range', [['decision.risk.trailingStop.buffer', 7]], 'refused'],
    ['a contradiction', [['decision.consensus.holdThreshold', 0.9]], 'refused'],
    ["a strategy's own range", [['decision.parameters.slow', 1]], 'refused'],
    ['an interval between the base candles', [['decision.interval', '30m']], 'refused'],
    ['a strategy that was not loaded', [['decision.strategy', 'nobody']], 'refused'],
    ['a strategy that throws', [['decision.strategy', 'thrower']], 'run-failed'],
  ] as [string, [string, number | string][], string][])('says so: %s', (_, assignments, code) => {
    const outcome = failing(assignments);
    expect(outcome).toMatchObject({ index: 7, status: 'failed', code, values: [null] });
    expect(outcome).toMatchObject({ digest: null, statistics: null, dailyReturns: null });
    expect(outcome.message).not.toBe('');
    // Its config is told where there is one, for the ledger.
    expect(outcome.config === null).toBe(code === 'refused');
  });

  it('names key, rule and value', () => {
    const { message } = failing([['decision.risk.trailingStop.buffer', 7]]);
    expect(message).toBe('decision.risk.trailingStop.buffer: must be 0.0001 to 0.5, was 7');
    const thrown = failing([['decision.strategy', 'thrower']]);
    expect(thrown.message).toMatch(/strategy thrower on .* threw TypeError: no luck/);
  });

  it('for want of candles before its range is not run cold', () => {
    expect(failing([], 12)).toMatchObject({
      code: 'warmup-missing',
      message: 'needs 12 more candles before its range than were read',
    });
  });
});
