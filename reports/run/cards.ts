// The eight numbers that matter, each with the one remark without which it misleads.

import type { RunFacts } from '../../engine/research/result.ts';
import { DAYS_PER_YEAR } from '../../engine/statistics/returns.ts';
import { count, decimal, duration, percent, probability, usd } from '../format.ts';
import { type Html, html } from '../html.ts';
import { toneOf } from './table.ts';

interface Card {
  readonly label: string;
  readonly value: string;
  readonly remark: string;
  /** True: the sign of the value colours it. */
  readonly isSigned?: boolean;
}

const SIGNED = { digits: 2, sign: true } as const;

/** The cards, in reading order. */
export function cards(facts: RunFacts): Html {
  const items = cardsOf(facts).map(
    ({ label, value, remark, isSigned }) =>
      html`<div class="card"><dt>${label}</dt><dd class="value ${isSigned && toneOf(value)}">${value}</dd><dd class="remark">${remark}</dd></div>\n`,
  );
  return html`<section aria-label="The numbers that matter"><dl class="cards">${items}</dl></section>`;
}

function cardsOf(facts: RunFacts): Card[] {
  const { statistics: s, benchmark, costs } = facts;
  const { cashUsd } = facts.config.world;
  const ahead = s.totalReturn - benchmark.totalReturn;
  const paid = costs.feesUsd + costs.slippageUsd - costs.fundingUsd;
  const perDay = s.days > 0 ? s.trades / s.days : null;
  return [
    {
      label: 'Return',
      value: percent(s.totalReturn, SIGNED),
      remark: `${usd(cashUsd)} became ${usd(s.finalEquityUsd)}`,
      isSigned: true,
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
    },
    {
      label: 'Sharpe ratio',
      value: decimal(s.sharpe),
      remark: `daily returns × √${DAYS_PER_YEAR}; P(true Sharpe > 0): ${probability(s.probabilisticSharpe)}`,
    },
    {
      label: 'Win rate',
      value: percent(s.winRate),
      remark: `mean win ${usd(s.averageWinUsd)}, mean loss ${usd(s.averageLossUsd)}`,
    },
    {
      label: 'Profit factor',
      value: decimal(s.profitFactor),
      remark: 'won per dollar lost; below 1 loses',
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
