// Two answers that a run owes before it is asked: is it luck, and why did it not trade? The words
// are the same on the screen and on the page, and claim no more than the numbers do.

import type { LookaheadVerdict, RunFacts } from '../engine/research/result.ts';
import { sharpeOfLuck } from '../engine/statistics/deflated-sharpe.ts';
import type { Statistics } from '../engine/statistics/performance.ts';
import { DAYS_PER_YEAR } from '../engine/statistics/returns.ts';
import { count, decimal, plainName, plainText, probability } from './format.ts';

/** Below this many days the normal approximation behind the probability is not worth a verdict. */
export const FEWEST_DAYS = 30;
/** The confidence that is asked for before anything is called unlikely to be luck. */
export const PROVEN_FROM = 0.95;

export interface Luck {
  readonly headline: string;
  /** What the best of so many worthless trials would show; null for the first trial. */
  readonly detail: string | null;
  /** True only for enough days of real data, a high probability and no earlier trial. */
  readonly likelySkill: boolean;
}

/**
 * The luck line. The probability is that of 2012 and knows nothing of other trials; deflating it
 * needs the spread of their Sharpe ratios, which one run does not have, so it says that they lower
 * it, and what Sharpe ratio that many independent trials without skill would show at best.
 */
export function luck(
  statistics: Statistics,
  trialNumber: number,
  kind: RunFacts['data']['kind'],
): Luck {
  const { probabilisticSharpe, days } = statistics;
  const trials = Number.isInteger(trialNumber) && trialNumber > 1 ? trialNumber : 1;
  if (probabilisticSharpe === null) {
    const reason =
      days < 2
        ? 'it takes at least two days'
        : statistics.volatility === 0
          ? 'the account did not move'
          : 'not defined for these days';
    return { headline: `n/a: ${reason}`, detail: null, likelySkill: false };
  }

  const high = probabilisticSharpe >= PROVEN_FROM;
  const lead = `probabilistic Sharpe ${probability(probabilisticSharpe)} over ${count(days)} days`;
  const lower = trials > 1 ? `, and ${count(trials)} trials so far lower this` : '';
  const likelySkill = high && days >= FEWEST_DAYS && kind === 'real' && trials === 1;
  const words = (): string => {
    if (days < FEWEST_DAYS) return `: too short to say${lower}`;
    if (!high) return `: not proven${lower}`;
    if (kind === 'synthetic') return ': on synthetic data this proves nothing';
    if (trials > 1) return `, not deflated: ${count(trials)} trials so far lower this`;
    return ': unlikely to be luck, if this was the only try';
  };
  const best = trials > 1 ? sharpeOfLuck(trials, days, DAYS_PER_YEAR) : null;
  return {
    headline: lead + words(),
    detail:
      best === null
        ? null
        : `the best of ${count(trials)} without any skill would show a Sharpe near ${decimal(best)}` +
          `; this run shows ${decimal(statistics.sharpe)}`,
    likelySkill,
  };
}

/** What came of looking for it, in one sentence without its end. */
export function lookaheadWords({ clean, checked, altered, offence }: LookaheadVerdict): string {
  if (offence !== null) return `leaky: ${plainText(offence)}`;
  if (!clean) return 'leaky';
  if (checked === 0) return 'clean, but nobody was ever asked';
  return (
    `clean: the same answers at ${count(checked)} closes before later candles exist, ` +
    `and at ${count(altered)} of them with others after them`
  );
}

/** True where one strategy sets targets: nobody votes, so there are no votes, scores and agreements to show. */
export function decidesAlone({ agents }: Pick<RunFacts, 'agents'>): boolean {
  return (
    agents.length < 2 &&
    agents.every(({ buys, sells, holds, abstentions }) => !(buys + sells + holds + abstentions))
  );
}

/** Why nothing was traded: the stage of the funnel that lost everything. Null when a trade closed. */
export function whyNoTrades(facts: RunFacts): string | null {
  const { funnel, agents } = facts;
  if (facts.statistics.trades > 0) return null;
  if (funnel.candles === 0) return 'the run holds no candle';
  if (funnel.votes === 0) {
    if (decidesAlone(facts)) return 'the strategy never asked for a position';
    let abstained = 0;
    let held = 0;
    for (const agent of agents) {
      abstained += agent.abstentions;
      held += agent.holds;
    }
    if (held === 0 && abstained > 0) {
      return 'no agent spoke: all abstained (warming up, holes, or data they lack)';
    }
    return `no agent spoke: ${count(held)} times HOLD, ${count(abstained)} abstentions`;
  }
  if (funnel.agreed === 0) {
    const bar = decimal(facts.config.decision.consensus.actThreshold);
    return `no agreement: of ${count(funnel.votes)} votes none scored above ${bar}`;
  }
  if (funnel.passedRisk === 0) {
    return `risk refused all ${count(funnel.agreed)}: ${topRefusals(facts, 3).join(', ')}`;
  }
  if (funnel.filled === 0) {
    return `none of ${count(funnel.passedRisk)} orders was filled before the data ended`;
  }
  return `nothing closed: ${count(funnel.filled)} filled and still open at the end`;
}

/** `no-capital 23`, most frequent first, at most `most` of them. */
export function topRefusals(facts: RunFacts, most = Number.POSITIVE_INFINITY): string[] {
  return Object.entries(facts.refusals)
    .filter(([, times]) => times > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([code, times]) => `${plainName(code)} ${count(times)}`);
}
