// Claims about the facts of a paper trial: what a journal says of its session, reckoned by hand, and
// what can never pass for seven days.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decisionConfigDigest } from '../../data/runs/canonical.ts';
import { memoryDigest } from '../../data/runs/memory-file.ts';
import type { Remembered } from '../../engine/agents/memory.ts';
import { isoText } from '../../engine/config/instant.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import {
  minimumTrackRecord2012,
  probabilisticSharpe2012,
} from '../../engine/statistics/probabilistic-sharpe.ts';
import type { Line } from '../../live/journal/line.ts';
import { note } from '../../live/note.ts';
import { runSession, type SessionPlan } from '../../live/recovery.ts';
import { daysNeeded, readTrial, trialJson } from '../../live/trial.ts';
import { TrialWatch } from '../../live/trial-notes.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { configOf, FREE, inputOf, type Partly, targets, voter } from '../support/run.ts';
import { type Alter, altered, CHART, lateFeed, openOf, saying, trader } from './altered.ts';
import { bytesOf, copied, cutAt, inRoom, planOf } from './support.ts';

const W0 = 1_750_000_000_000;
/** Gives the instants one after the other, and the last one for ever. */
function clockOf(...ms: readonly number[]): () => number {
  let k = 0;
  return () => ms[Math.min(k++, ms.length - 1)]!;
}

const trialOf = (input: RunInput, changes: Partial<SessionPlan> = {}) =>
  inRoom(async (folder) => {
    await runSession(planOf(input, folder, changes));
    return readTrial(folder, openOf(input));
  });

describe('a trial that begins with a memory', () => {
  it('says which, and that it knew its future where it did', async () => {
    const given = { decision: { memory: { enabled: true } } };
    const input = inputOf(panelOf({ A: '100x12' }), [voter('ann', 'b1')], given);
    const told = async (exitMs: number) => {
      const trade: Remembered = {
        ...{ symbol: 'A', side: 1, decidedMs: START_MS, exitMs, returnFraction: 0.01 },
        ...{ exitReason: 'stop', votes: { ann: 1 }, state: [0, 0, 0, 0, 0, 0, 0] },
      };
      const remembered = [{ ...trade, exitMs: START_MS }, trade];
      const loaded = { seats: input.seats, solo: false, files: [], label: 'test', remembered };
      const memory = memoryDigest(remembered)!;
      return inRoom(async (folder) => {
        const plan = planOf(input, folder, { loaded });
        await runSession({ ...plan, identity: { ...plan.identity, data: { memory } } });
        const { facts } = await readTrial(folder, async () => ({ config: input.config, loaded }));
        expect(facts.memoryDigest).toBe(memory);
        return facts.warnings.filter((one) => one.includes('remembered'));
      });
    };
    expect(await told(START_MS)).toEqual([]);
    expect(await told(START_MS + 5 * HOUR_MS)).toEqual([
      '1 of 2 remembered trades ended within this trial or after it: memory knew its future',
    ]);
  });
});

describe('the facts of a session that went well', () => {
  it('are those of its account, its rows and its journal', async () => {
    const { facts, shadow } = await trialOf(trader(), {
      wallMs: clockOf(W0, W0 + 90_000),
      speed: 60,
    });
    expect(facts).toMatchObject({
      schemaVersion: 1,
      sessionId: 'paper-1',
      strategy: 'test',
      feed: 'replay:test',
      feedKind: 'replay',
      speed: 60,
      startedAt: isoText(W0),
      realElapsedMs: 90_000,
      fromMs: START_MS + HOUR_MS,
      toMs: START_MS + 10 * HOUR_MS,
      isSevenRealDays: false,
      stopCode: 'ended',
      replayEqual: true,
      firstDivergence: null,
      signalsEqual: true,
      candles: 10,
      fillErrorBps: { median: 0, p95: 0 },
      equityGapBps: 0,
      cashUsd: 10_000,
      fills: 4,
      trades: 2,
      rows: 10,
      expectedRows: 10,
      candlesSeen: 10,
      candlesExpected: 10,
      uptime: 1,
      staleMs: 0,
      starts: 1,
      recoveries: 0,
      mismatched: 0,
      breakers: [],
      warnings: [],
    });
    // 10 000 at 100 sold at 102, and 10 200 short from 105 (97.142 lots) to 100.
    expect(facts.equityUsd).toBeCloseTo(10_200 + 97.142 * 5, 6);
    expect(facts.modelEquityUsd).toBe(facts.equityUsd);
    expect(shadow.paperUsd.at(-1)).toBe(facts.equityUsd);
    expect(facts.fillCauses.equal).toBe(4);
    expect(facts.reconciled).toBeGreaterThan(0);
    expect(facts.noteCounts).toMatchObject({ began: 1, ended: 1 });
    expect(facts.drills).toEqual([
      { name: 'crash', done: 0, lastMs: Number.NaN },
      { name: 'outage', done: 0, lastMs: Number.NaN },
      { name: 'stop', done: 0, lastMs: Number.NaN },
    ]);
    expect(facts.journal).toMatchObject({ files: 1 });
    expect(facts.journal.hash).toMatch(/^[\w-]{22}$/);
  });

  it('are told alike by whoever holds the journal, as JSON without NaN', async () => {
    await inRoom(async (root) => {
      const folder = join(root, 'mine');
      await runSession(planOf(trader(), folder));
      const { facts } = await readTrial(folder, openOf(trader()));
      const text = trialJson(facts);
      const again = await readTrial(copied(folder, join(root, 'theirs')), openOf(trader()));
      expect(trialJson(again.facts)).toBe(text);
      expect(text).not.toMatch(/NaN|Infinity/);
      const parsed = JSON.parse(text);
      expect(parsed).toMatchObject({ speed: 1, fillBiasBps: 0, probabilisticSharpe: null });
      expect(parsed.drills[0]).toEqual({ name: 'crash', done: 0, lastMs: null });
      expect(Object.keys(parsed)).toEqual(Object.keys(facts));
    });
  });

  it('pin the decision part of the config and nothing else of it', () => {
    const of = (config: Partly<RunInput['config']>) => decisionConfigDigest(configOf(config));
    const plain = of({});
    expect(plain).toMatch(/^[0-9a-f]{64}$/);
    expect(of({ world: { cashUsd: 5 }, seed: 9, name: 'other' })).toBe(plain);
    expect(of({ decision: { risk: { maxPositions: 3 } } })).not.toBe(plain);
  });

  it('are nothing yet where it has not decided, or not even seen a row', async () => {
    const none = { fromMs: 0, toMs: 0, rows: 0, expectedRows: 0, uptime: 0, candles: 0 };
    const warming = await trialOf({ ...trader(), firstRow: 10 });
    expect(warming.facts).toMatchObject({ ...none, equityUsd: 10_000, signalsEqual: true });
    expect(warming.facts.warnings[0]).toMatch(/^no signal was compared/);
    await inRoom(async (folder) => {
      const stop = new AbortController();
      stop.abort();
      await runSession(planOf(trader(), folder), stop.signal);
      const { facts } = await readTrial(folder, openOf(trader()));
      expect(facts).toMatchObject({ ...none, stopCode: 'interrupted', replayEqual: true });
      expect(trialJson(facts)).not.toMatch(/NaN/);
    });
  });
});

describe('a journal with a crash, a halt and a venue that was not there', () => {
  /** The first order is refused because the venue is not there, as often as `times`. */
  const outage = (times: number): Alter => {
    let left = times;
    return (event) => {
      if (event.kind !== 'order-filled' || left-- <= 0) return [event];
      const { tsMs, orderId } = event;
      return [{ kind: 'order-rejected', tsMs, orderId, code: 'venue-unavailable' }];
    };
  };
  // A venue opens its breaker at the first failure, is asked after a minute, and closes at one answer.
  const breaker = { failures: 1, resetMs: MINUTE_MS, successes: 1 };
  const CHART20 = `${CHART} 103 102 101 100 101 102 103 104 105 106`;
  const traded = (): RunInput =>
    inputOf(panelOf({ A: CHART20 }), [targets('1 . . 1 . . 0 . 1 . . . . . 1 . . . 0')], {
      decision: { risk: { maxPositionFraction: 1 }, execution: { breaker } },
      world: { ...FREE.world, cashUsd: 10_000 },
    });

  it('shows every one of them, when, and how long processes were there', async () => {
    await inRoom(async (root) => {
      const input = traded();
      const whole = join(root, 'whole');
      const words = { ...saying({ 10: 'halt', 12: 'resume' }), ...altered(input, outage(1)) };
      await runSession(planOf(input, whole, { ...words, wallMs: clockOf(W0, W0 + HOUR_MS) }));
      const folder = copied(whole, join(root, 'cut'));
      cutAt(folder, bytesOf(folder) - 300);
      const wallMs = clockOf(W0 + 5 * HOUR_MS, W0 + 7 * HOUR_MS);
      await runSession(planOf(input, folder, { ...altered(input, outage(1)), wallMs }));
      const { facts } = await readTrial(folder, openOf(input));
      // Of the first process only its beginning is known.
      expect(facts).toMatchObject({ starts: 2, recoveries: 1, realElapsedMs: 2 * HOUR_MS });
      expect(facts).toMatchObject({ startedAt: isoText(W0), replayEqual: true, rows: 20 });
      const closeMs = (row: number) => START_MS + (row + 1) * HOUR_MS;
      // Refused in row 1, half open a minute after that, asked and closed at the next close.
      const venue = 'test';
      expect(facts.breakers.map(({ from, to, cause }) => [from, to, cause])).toEqual([
        ['closed', 'open', 'failures'],
        ['open', 'half-open', 'break-over'],
        ['half-open', 'closed', 'probes-succeeded'],
      ]);
      expect(facts.breakers[0]).toMatchObject({ venue, atMs: START_MS + HOUR_MS });
      const [crash, down, stop] = facts.drills;
      expect(crash).toMatchObject({ name: 'crash', done: 1 });
      expect(crash!.lastMs).toBeGreaterThanOrEqual(closeMs(18));
      expect(down).toEqual({ name: 'outage', done: 1, lastMs: facts.breakers[2]!.atMs });
      expect(stop).toEqual({ name: 'stop', done: 1, lastMs: closeMs(10) });
      expect(facts.signalsEqual).toBe(true);
      expect(facts.noteCounts).toMatchObject({ began: 2, recovered: 1, ended: 1 });
      expect(facts.notes.filter(({ code }) => code === 'recovered')[0]).toMatchObject({
        symbol: '',
        atMs: Number.NaN,
        tsMs: crash!.lastMs,
      });
    });
  });

  it('counts orders that were not answered where no breaker opened', async () => {
    const quiet = trader();
    const { facts } = await trialOf(quiet, altered(quiet, outage(1)));
    expect(facts.breakers).toEqual([]);
    expect(facts.drills[1]).toEqual({ name: 'outage', done: 1, lastMs: START_MS + HOUR_MS });
  });
});

describe('rows', () => {
  it('that were too old, or did not come, are no uptime', async () => {
    const input = trader();
    const late = await trialOf(input, { feed: lateFeed(input, 2, 5, MINUTE_MS) });
    expect(late.facts).toMatchObject({ rows: 10, expectedRows: 10, staleMs: 3 * HOUR_MS });
    expect(late.facts.uptime).toBeCloseTo(0.7, 12);
    // Rows 3 and 4 are missing altogether, and B is missing in row 1.
    const holed = panelOf({ A: '100 101 103 - - 105', B: '50 - 51 - - 52' });
    const rows = [0, 1, 2, 5];
    const panel = panelOf({
      A: '100 101 103 105',
      B: '50 - 51 52',
    });
    rows.forEach((row, i) => {
      panel.openMs[i] = holed.openMs[row]!;
    });
    const { facts } = await trialOf(inputOf(panel, [targets('.')], FREE));
    expect(facts).toMatchObject({ rows: 4, expectedRows: 6, candlesSeen: 7, candlesExpected: 8 });
    expect(facts.uptime).toBeCloseTo(4 / 6, 12);
  });
});

describe('seven days', () => {
  const week = (): RunInput => {
    const chart = Array.from({ length: 168 }, (_, i) => 100 + ((i * 37) % 11)).join(' ');
    return inputOf(panelOf({ A: chart }), [targets('0.5 . 0')], FREE);
  };
  const lasting = (ms: number, speed?: number) =>
    trialOf(week(), { wallMs: clockOf(W0, W0 + ms), ...(speed === undefined ? {} : { speed }) });

  it('of candles played in a second are not seven real days', async () => {
    const { facts } = await lasting(1000, Number.POSITIVE_INFINITY);
    expect(facts).toMatchObject({ rows: 168, uptime: 1, signalsEqual: true });
    expect(facts).toMatchObject({ isSevenRealDays: false, speed: null, realElapsedMs: 1000 });
  });

  it('that took seven days are, and are not if they were played faster or cut short', async () => {
    expect((await lasting(7 * DAY_MS, 1)).facts).toMatchObject({ isSevenRealDays: true, speed: 1 });
    // The first candle was an hour old at most when the process came.
    expect((await lasting(7 * DAY_MS - HOUR_MS, 1)).facts.isSevenRealDays).toBe(true);
    expect((await lasting(7 * DAY_MS - HOUR_MS - 1, 1)).facts.isSevenRealDays).toBe(false);
    expect((await lasting(7 * DAY_MS, 2)).facts).toMatchObject({
      isSevenRealDays: false,
      speed: 2,
    });
    expect((await lasting(7 * DAY_MS, Number.POSITIVE_INFINITY)).facts.isSevenRealDays).toBe(false);
  });

  it('of ten hours of candles are not seven days, however long they took', async () => {
    const { facts } = await trialOf(trader(), { wallMs: clockOf(W0, W0 + 8 * DAY_MS), speed: 1 });
    expect(facts).toMatchObject({ isSevenRealDays: false, realElapsedMs: 8 * DAY_MS });
  });
});

describe('the real time of a trial', () => {
  const watched = (...texts: readonly (readonly ['began' | 'alive' | 'ended', string])[]) => {
    const watch = new TrialWatch();
    texts.forEach(([code, text], seq) => {
      watch.see({ kind: 'note', seq, tsMs: 0, note: note(code, text) } as Line);
    });
    return watch;
  };
  const began = (hour: number, speed = '1') =>
    ['began', `wall=${at(hour)} feed=replay:a b.duckdb speed=${speed}`] as const;
  const at = (hour: number) => isoText(W0 + hour * HOUR_MS);
  const alive = (hour: number) => ['alive', `wall=${at(hour)}`] as const;

  it('is summed over its processes, each from its beginning to the last that was heard', () => {
    const watch = watched(began(0), alive(1), alive(2), began(5), ['ended', `wall=${at(6.5)}`]);
    expect(watch.processes()).toEqual({
      starts: 2,
      startedMs: W0,
      realElapsedMs: 3.5 * HOUR_MS,
      speed: 1,
    });
  });

  it('has the speed of the fastest, and no time runs backwards', () => {
    expect(watched(began(0), began(1, '60')).processes().speed).toBe(60);
    expect(watched(began(0, 'Infinity'), began(1)).processes().speed).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(watched(began(5), alive(7), alive(3)).processes().realElapsedMs).toBe(2 * HOUR_MS);
  });

  it('is not known, and said not to be, when a process has not said when it began', () => {
    const watch = watched(began(0), alive(1), ['began', 'some day'], alive(9));
    expect(watch.processes()).toMatchObject({
      starts: 2,
      realElapsedMs: HOUR_MS,
      speed: Number.POSITIVE_INFINITY,
    });
    expect(watch.warnings()[0]).toMatch(/1 of 2 processes have said when they began/);
    expect(watched().warnings()).toHaveLength(1);
    expect(watched(began(0)).warnings()).toEqual([]);
  });

  it('leaves the first and the last hundred of many notes', () => {
    const watch = new TrialWatch();
    for (let seq = 0; seq < 1000; seq++) {
      watch.see({ kind: 'note', seq, tsMs: seq, note: note('late', '', 0, seq) } as Line);
      watch.see({ kind: 'note', seq, tsMs: seq, note: note('reconciled') } as Line);
    }
    const stamps = watch.notes.map(({ tsMs }) => tsMs);
    expect(stamps).toHaveLength(200);
    expect([stamps[0], stamps[99], stamps[100], stamps[199]]).toEqual([0, 99, 900, 999]);
    expect(watch.noteCounts()).toEqual({ late: 1000, reconciled: 1000 });
  });
});

describe('what seven days can prove', () => {
  // With a true annual Sharpe ratio of 2 the probability after 7 days is 0.61, and 0.95 takes about
  // 247 days, on any bar size (the house's reckoning). Days are few: with T - 1 for T it is 0.60 and 249.
  const normal = (perYear: number) => ({
    sharpe: 2 / Math.sqrt(perYear),
    skewness: 0,
    kurtosis: 3,
  });

  it('is a probability of 0.61 for a Sharpe ratio of 2, and 0.95 takes some 247 days', () => {
    const minutes = normal(365 * 1440);
    expect(probabilisticSharpe2012({ ...minutes, count: 7 * 1440 })).toBeCloseTo(0.61, 2);
    expect(minimumTrackRecord2012(minutes)! / 1440).toBeCloseTo(247, 0);
    const days = normal(365);
    expect(probabilisticSharpe2012({ ...days, count: 7 })).toBeCloseTo(0.601, 3);
    expect(minimumTrackRecord2012(days)).toBeCloseTo(249.23, 2);
  });

  it('is reckoned on UTC days: by hand for two of +1 % and +3 %', () => {
    // Mean 0.02, sd 0.0141421, ratio 1.41421; two values have skewness 0 and kurtosis 1, so the
    // variance is 1 and n = 1 + (1.644854 / 1.41421)^2 = 2.352772.
    expect(daysNeeded(Float64Array.of(0.01, 0.03))).toBeCloseTo(2.352772, 5);
    expect(daysNeeded(Float64Array.of(-0.01, -0.03))).toBeNull();
    expect(daysNeeded(Float64Array.of(0.01))).toBeNull();
    expect(daysNeeded(Float64Array.of(0.01, 0.01))).toBeNull();
  });

  it('is nothing in less than two days, and no gate', async () => {
    const { facts } = await trialOf(trader());
    expect(facts).toMatchObject({
      sharpe: null,
      probabilisticSharpe: null,
      daysForConfidence: null,
    });
  });
});
