// The first line of the page: may this run be trusted? It begins with one of three words and says why.
//
//   broken: ...      the numbers of this page do not mean what they say
//   not proven: ...  they do, and luck explains them, or too little is known
//   proven: ...      a long enough record of real data that one try made, and nothing stands against it
//
// The order is that of what a reader loses by not knowing. What cannot be measured is never proof.

import type { RunResult } from '../../engine/research/result.ts';
import { count, decimal, percent, probability, usd } from '../format.ts';
import { FEWEST_DAYS, PROVEN_FROM } from '../verdict.ts';
import { some } from './numbers.ts';

export type Trust = 'proven' | 'not proven' | 'broken';

export interface Judgement {
  readonly trust: Trust;
  /** Why, most important first; at least one. */
  readonly reasons: readonly string[];
  /** `broken: equity fell to zero`. */
  readonly line: string;
}

/** Share of candles above which their lack breaks a run. */
const MOST_HOLES = 0.05;
/** Trades under which a win rate says next to nothing. */
const FEWEST_TRADES = 30;
/** Reasons that the line names; the rest is counted. */
const MOST_NAMED = 3;

/** Judges a run by itself alone: other trials of the same data only count against it. */
export function judge(result: RunResult): Judgement {
  const broken = breaks(result);
  if (broken.length > 0) return said('broken', broken);
  const against = doubts(result);
  if (against.length > 0) return said('not proven', against);
  const { days, probabilisticSharpe } = result.facts.statistics;
  return said('proven', [
    `probability of skill ${probability(probabilisticSharpe)} over ${count(days)} days of real data, at the first try`,
  ]);
}

function said(trust: Trust, reasons: readonly string[]): Judgement {
  const more = reasons.length - MOST_NAMED;
  const named = reasons.slice(0, MOST_NAMED).join('; ');
  const rest = more > 0 ? `; and ${some(more, 'more reason')}` : '';
  return { trust, reasons, line: `${trust}: ${named}${rest}` };
}

function breaks({ facts, trades, circumstances }: RunResult): string[] {
  const { data, statistics, warnings } = facts;
  const reasons: string[] = [];
  const { lookahead } = circumstances;
  if (lookahead?.clean === false)
    reasons.push(lookahead.offence ?? 'its decisions know the future');
  if (data.candles === 0) reasons.push('the run holds no candle');
  const isBankrupt = warnings.some(({ code }) => code === 'bankrupt');
  if (isBankrupt || !(statistics.finalEquityUsd > 0)) reasons.push('equity fell to zero');
  const moved = statistics.finalEquityUsd - facts.cashUsd;
  let booked = 0;
  let gross = 0;
  for (const { pnlUsd } of trades) {
    booked += pnlUsd;
    gross += Math.abs(pnlUsd);
  }
  // A cent, or the rounding of as many sums.
  if (!(Math.abs(booked - moved) <= 0.01 + 1e-9 * gross)) {
    reasons.push(
      `the trades add up to ${usd(booked, { sign: true })} and the account moved by ${usd(moved, { sign: true })}`,
    );
  }
  const holes = data.legs.reduce((sum, leg) => sum + leg.holes, 0);
  const share = holes / (holes + data.candles);
  if (share > MOST_HOLES) reasons.push(`${percent(share)} of the candles are missing`);
  return reasons;
}

/** Warnings after which a good result proves nothing, in words that fit into a line. */
const DOUBTFUL: Readonly<Record<string, string>> = {
  'optimistic-path': 'the inside of candles is assumed in its favour',
  'margin-off': 'margin is not checked',
  'no-volume-cap': 'orders fill whole, however large',
  'missing-funding': 'funding is missing',
  contaminated: 'models may have known how it went on',
  'stand-in': 'a stand-in answered in place of models',
  'memory-in-sample': 'its memory knew its future',
};

function doubts({ facts, circumstances }: RunResult): string[] {
  const { statistics, data, intervals, warnings } = facts;
  const { days, trades, probabilisticSharpe, sharpe } = statistics;
  const { trialNumber, lookahead } = circumstances;
  const reasons: string[] = [];
  if (data.kind === 'synthetic') reasons.push('the candles were made by a generator');
  if (trades === 0) reasons.push('nothing was traded');
  else if (statistics.totalReturn <= 0) reasons.push('it did not make money');
  if (days < FEWEST_DAYS) reasons.push(`${some(days, 'day')} are too few`);
  if (trades > 0 && trades < FEWEST_TRADES) reasons.push(`${some(trades, 'trade')} are too few`);
  if (probabilisticSharpe === null) reasons.push('the probability of skill is not defined');
  else if (!(probabilisticSharpe >= PROVEN_FROM)) {
    reasons.push(
      `probability of skill ${probability(probabilisticSharpe)}, wanted ${decimal(PROVEN_FROM)}`,
    );
  }
  const bounds = intervals.sharpe;
  if (bounds !== null && !(bounds.lower > 0)) {
    reasons.push(
      `days like these give Sharpe ratios from ${decimal(bounds.lower)} to ${decimal(bounds.upper)}`,
    );
  } else if (bounds === null && sharpe !== null) reasons.push('its Sharpe ratio has no interval');
  if (Number.isInteger(trialNumber) && trialNumber > 1) {
    reasons.push(`${count(trialNumber)} trials on these data, the best of which luck explains`);
  }
  if (lookahead === undefined) reasons.push('nobody looked whether its decisions know the future');
  for (const { code } of warnings) {
    const words = Object.hasOwn(DOUBTFUL, code) ? DOUBTFUL[code] : undefined;
    if (words !== undefined) reasons.push(words);
  }
  return reasons;
}
