// What each agent said and what came of it, and what the swarm remembers at the end of a run.

import { creditTrade, shareOf } from '../agents/credit.ts';
import { patternsOf } from '../agents/memory/patterns.ts';
import { lessonText } from '../agents/memory/words.ts';
import { endedAfter } from '../agents/memory.ts';
import { TrackRecorder } from '../agents/track-record.ts';
import type { Config } from '../config/schema.ts';
import type { Trade } from '../portfolio/trade.ts';
import type { Run } from './backtest.ts';
import type { AgentFacts, MemoryFacts } from './result.ts';

/** Lessons that a result repeats: the newest. */
const LESSONS = 10;

/** `closed` are the closed trades; the origins of the kernel's log are in their order. */
export function agentFacts({ kernel }: Run, closed: readonly Trade[]): AgentFacts[] {
  const { seats, learning } = kernel;
  const recorders = seats.map(() => new TrackRecorder());
  const pnlUsd = new Float64Array(seats.length);
  const shares = new Float64Array(seats.length);
  const credits = new Float64Array(seats.length);
  const origins = kernel.trades.origins();
  closed.forEach((trade, at) => {
    const side = trade.side === 'long' ? 1 : -1;
    const { entry } = origins[at]!;
    seats.forEach(({ id, weight }, k) => {
      const vote = entry.votes[id] ?? Number.NaN;
      const isAlone = seats.length === 1 && vote !== vote;
      shares[k] = isAlone ? 1 : shareOf(vote, entry.weights?.[id] ?? weight, side);
      if (isAlone || vote * side > 0) recorders[k]!.add(vote * side, trade.returnFraction);
    });
    creditTrade(trade.pnlUsd, shares, credits);
    for (let k = 0; k < seats.length; k++) pnlUsd[k]! += credits[k]!;
  });
  return seats.map(({ id, weight, buys, sells, holds, abstentions, vetoes }, k) => {
    const record = recorders[k]!.record();
    const { trades, wins } = record;
    const isEarned = learning !== null && !learning.isStatic;
    return {
      ...{ id, weight, buys, sells, holds, abstentions, vetoes, trades, wins },
      pnlUsd: pnlUsd[k]!,
      earnedWeight: isEarned ? learning.weightOf(k, 1) : null,
      record,
    };
  });
}

/** `fromMs`: open of the first candle that was decided on. `digest`: of what was loaded. */
export function memoryFacts(
  { kernel }: Run,
  config: Config,
  fromMs: number,
  digest: string | undefined,
): MemoryFacts | null {
  const { learning } = kernel;
  if (learning === null || learning.memory === null) return null;
  const { memory, counts, loaded } = learning;
  const all = memory.all();
  return {
    ...counts,
    kept: memory.length,
    added: memory.added - loaded.length,
    loaded: loaded.length,
    // What was still open when the run began knows more than the run could.
    inSample: endedAfter(loaded, fromMs),
    ...(digest === undefined ? {} : { digest }),
    patterns: patternsOf(all, config.decision.memory.priorTrades),
    lessons: all.slice(-LESSONS).reverse().map(lessonText),
  };
}
