// One trial over several pieces of history, as training around a test needs it. A trading rule is path
// dependent, so rows cannot be left out of a run: each piece is a run of its own, from flat and with the
// config's cash, and what is open at its end is marked at its last close. Their returns are joined.
//
//   pieces   |=== A ===|  test  |== B ==|        joined   |=== A ===|== B ==|     equity of B x growth of A
//
// The joined history is that of one account that carried its equity over and sized everything by it: USD
// of a later piece are multiplied by the growth so far, and the days between pieces are no days of it. It
// ends with ruin. A single piece is a trial like any other, with the digests of that.

import { DAY_MS } from '../../interval.ts';
import type { Trade } from '../../portfolio/trade.ts';
import { performance, type Statistics } from '../../statistics/performance.ts';
import { dailyReturns, dayOf } from '../../statistics/returns.ts';
import { failedOutcome, hasRun, type TrialOutcome } from './outcome.ts';
import type { Objective } from './spec.ts';
import {
  judge,
  runPiece,
  runTrial,
  type TrialGround,
  type TrialResult,
  type TrialTask,
  trialConfig,
} from './trial.ts';

/** Paths of a task that are its rows and not its point. */
export const RANGE: readonly string[] = ['world.from', 'world.to'];

/**
 * Runs the tasks of one point, a piece of history each, ascending and beginning at UTC midnight, as one
 * trial. Never throws. The outcome of several has no digests, and the config of the point on all rows.
 */
export function runJoined(ground: TrialGround, tasks: readonly TrialTask[]): TrialOutcome {
  const [first] = tasks;
  if (tasks.length === 1) return runTrial(ground, first!);
  const { objectives, slices } = ground;
  slices.shelf.tidy();
  const parts: TrialResult[] = [];
  const keep: Objective = {
    name: 'kept',
    goal: 'max',
    evaluate: (result: TrialResult) => parts.push(result),
  };
  for (const task of tasks) {
    const outcome = runPiece({ ...ground, objectives: [keep] }, task);
    if (hasRun(outcome)) continue;
    const { index, message, config } = outcome;
    const code = outcome.code!;
    return failedOutcome(index, objectives.length, code, message ?? code, config);
  }
  const assignments = first!.assignments.filter(([path]) => !RANGE.includes(path));
  const config = trialConfig(ground.config, { assignments });
  const result = joinedResult(parts, config);
  const judged = judge(objectives, result);
  return {
    index: first!.index,
    status: judged.code === null ? 'done' : 'failed',
    ...judged,
    config,
    digest: null,
    decisionDigest: null,
    statistics: result.statistics,
    dailyReturns: result.dailyReturns,
  };
}

/** Results of pieces as one; trades are as they were, each in the USD of its own piece. */
export function joinedResult(
  parts: readonly TrialResult[],
  config: TrialResult['config'],
): TrialResult {
  const { cashUsd } = parts[0]!;
  const rows = parts.reduce((sum, { closeMs }) => sum + closeMs.length, 0);
  const closeMs = new Float64Array(rows);
  const equityUsd = new Float64Array(rows);
  const trades: Trade[] = [];
  const pnlUsd: number[] = [];
  const paid = { rowsInMarket: 0, tradedNotionalUsd: 0, feesUsd: 0, slippageUsd: 0, fundingUsd: 0 };
  let length = 0;
  let growth = 1;
  let liquidations = 0;
  for (const part of parts) {
    const { statistics } = part;
    const added = part.closeMs.length;
    const shiftMs = length === 0 ? 0 : afterMs(closeMs[length - 1]!, part.closeMs[0]!);
    for (let i = 0; i < added; i++) {
      closeMs[length + i] = part.closeMs[i]! + shiftMs;
      equityUsd[length + i] = growth * part.equityUsd[i]!;
    }
    for (const trade of part.trades) {
      trades.push(trade);
      pnlUsd.push(growth * trade.pnlUsd);
    }
    paid.rowsInMarket += Math.round(statistics.exposureTime * added);
    paid.tradedNotionalUsd += growth * notionalOf(statistics, part);
    paid.feesUsd += growth * statistics.feesUsd;
    paid.slippageUsd += growth * statistics.slippageUsd;
    paid.fundingUsd += growth * statistics.fundingUsd;
    liquidations += part.liquidations;
    length += added;
    growth *= statistics.finalEquityUsd / part.cashUsd;
    if (!(growth > 0)) break;
  }
  return {
    config,
    statistics: performance({
      closeMs,
      equityUsd,
      length,
      cashUsd,
      trades: Float64Array.from(pnlUsd),
      ...paid,
    }),
    trades,
    dailyReturns: dailyReturns(closeMs, equityUsd, length, cashUsd).slice(),
    closeMs: closeMs.subarray(0, length),
    equityUsd: equityUsd.subarray(0, length),
    cashUsd,
    liquidations,
  };
}

/** What brings a piece to the day after the last one's. */
function afterMs(lastMs: number, firstMs: number): number {
  return (dayOf(lastMs) + 1 - dayOf(firstMs)) * DAY_MS;
}

/** Turnover is over mean equity, or over the cash where that mean is not positive. */
function notionalOf({ turnover }: Statistics, { equityUsd, cashUsd }: TrialResult): number {
  const mean = equityUsd.reduce((sum, usd) => sum + usd, 0) / equityUsd.length;
  return turnover * (mean > 0 ? mean : cashUsd);
}
