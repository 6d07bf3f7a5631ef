// The eight numbers that matter, each with how far it could have come out otherwise and the one remark
// without which it misleads.

import type { RunFacts } from '../../engine/research/result.ts';
import type { RunIntervals } from '../../engine/statistics/run-intervals.ts';
import { count, decimal, duration, percent, probability, usd } from '../format.ts';
import { type Html, html } from '../html.ts';
import { toneOf } from './table.ts';

interface Card {
  readonly label: string;
  readonly value: string;
  readonly remark: string;
  /** True: the sign of the value colours it. */
  readonly isSigned?: boolean;
  /** `-4.1 % to +3.0 %`; null = not defined, left out = it has none. */
  readonly range?: string | null;
}

const SIGNED = { digits: 2, sign: true } as const;

/** The cards, in reading order. */
export function cards(facts: RunFacts): Html {
  const items = cardsOf(facts).map(
    ({ label, value, remark, isSigned, range }) =>
      html`<div class="card"><dt>${label}</dt><dd class="value ${isSigned && toneOf(value)}">${value}</dd>${range !== undefined && html`<dd class="range">${range ?? 'interval n/a'}</dd>`}<dd class="remark">${remark}</dd></div>\n`,
  );
  return html`<section aria-label="The numbers that matter"><dl class="cards">${items}</dl>
<p class="remark ranges">${rangeWords(facts.intervals)}</p></section>`;
}

function rangeWords({ confidence, resamples, meanBlockDays }: RunIntervals): string {
  if (meanBlockDays === null) {
    return 'No intervals: it takes at least 9 days on which something moved.';
  }
  const inside = percent(confidence, { digits: 0 });
  return `Below each number: where it lies in the middle ${inside} of ${count(resamples)} histories dealt again from runs of its own days, ${decimal(meanBlockDays, { digits: 1 })} days long on average.`;
}

function cardsOf(facts: RunFacts): Card[] {
  const { statistics: s, benchmark, costs, cashUsd, intervals } = facts;
  const ahead = s.totalReturn - benchmark.totalReturn;
  const paid = costs.feesUsd + costs.slippageUsd - costs.fundingUsd;
  const perDay = s.days > 0 ? s.trades / s.days : null;
  return [
    {
      label: 'Return',
      value: percent(s.totalReturn, SIGNED),
      remark: `${usd(cashUsd)} became ${usd(s.finalEquityUsd)}`,
      isSigned: true,
      range: between(intervals.totalReturn, (x) => percent(x, { sign: true })),
    },
    {
      label: 'Buy and hold',
      value: percent(benchmark.totalReturn, SIGNED),
      remark: `the run is ${percent(Math.abs(ahead), { digits: 2 })} of starting cash ${ahead < 0 ? 'behind' : 'ahead'}`,
    },
    {
      label: 'Max drawdown',
      value: percent(s.maxDrawdown, { digits: 2 }),
      remark: `longest below a peak: ${duration(s.maxDrawdownMs)}`,
      range: between(intervals.maxDrawdown, (x) => percent(x)),
    },
    {
      label: 'Sharpe ratio',
      value: decimal(s.sharpe),
      remark: `a year of daily returns; P(true Sharpe > 0): ${probability(s.probabilisticSharpe)}`,
      range: between(intervals.sharpe, (x) => decimal(x)),
    },
    {
      label: 'Win rate',
      value: percent(s.winRate),
      remark: `mean win ${usd(s.averageWinUsd)}, mean loss ${usd(s.averageLossUsd)}`,
      range: between(intervals.winRate, (x) => percent(x)),
    },
    {
      label: 'Profit factor',
      value: decimal(s.profitFactor),
      remark: 'won per dollar lost; below 1 loses',
      range: between(intervals.profitFactor, (x) => decimal(x)),
    },
    {
      label: 'Trades',
      value: count(s.trades),
      remark: `${decimal(perDay, { digits: 1 })} a day; in the market ${percent(s.exposureTime, { digits: 0 })} of the time`,
    },
    {
      label: 'Costs',
      value: percent(paid / cashUsd, { digits: 2 }),
      remark: `of starting cash: ${usd(paid)} in fees, spread, impact and funding`,
    },
  ];
}

function between(
  bounds: { readonly lower: number; readonly upper: number } | null,
  words: (x: number) => string,
): string | null {
  return bounds === null ? null : `${words(bounds.lower)} to ${words(bounds.upper)}`;
}
