// Every statistic of the run with what it means, in four short tables.

import type { RunFacts } from '../../engine/research/result.ts';
import { count, decimal, duration, percent, probability, usd } from '../format.ts';
import { type Html, html } from '../html.ts';
import { FEWEST_DAYS } from '../verdict.ts';

type Line = readonly [label: string, value: string, meaning: string];

/** The tables, side by side where there is room. */
export function statisticsTables(facts: RunFacts): Html {
  const tables = groups(facts).map(
    ([title, lines]) =>
      html`<table class="facts"><caption>${title}</caption><tbody>${lines.map(
        ([label, value, meaning]) =>
          html`<tr><th scope="row">${label}<small>${meaning}</small></th><td class="number">${value}</td></tr>\n`,
      )}</tbody></table>`,
  );
  return html`<div class="columns">${tables}</div>`;
}

function groups(facts: RunFacts): [string, Line[]][] {
  const s = facts.statistics;
  const signed = { digits: 2, sign: true } as const;
  return [
    [
      'Return',
      [
        ['Total return', percent(s.totalReturn, signed), 'final equity over starting cash'],
        ['CAGR', percent(s.cagr, signed), 'as if it went on for a year; not under a day'],
        [
          facts.benchmark.name.charAt(0).toUpperCase() + facts.benchmark.name.slice(1),
          percent(facts.benchmark.totalReturn, signed),
          'the benchmark: no costs, bought at the first candle',
        ],
        ['Final equity', usd(s.finalEquityUsd), 'marked at the last close'],
        ['Peak equity', usd(s.peakEquityUsd), 'highest close'],
      ],
    ],
    [
      'Risk',
      [
        ['Max drawdown', percent(s.maxDrawdown, { digits: 2 }), 'deepest fall below a peak'],
        ['Max drawdown in money', usd(s.maxDrawdownUsd), 'deepest fall in USD; may be another one'],
        ['Longest drawdown', duration(s.maxDrawdownMs), 'longest time below a peak'],
        ['Volatility', percent(s.volatility), 'of daily returns, a year'],
        ['Sharpe ratio', decimal(s.sharpe), 'daily returns, a year, risk-free 0'],
        ['Sortino ratio', decimal(s.sortino), 'only falls count as risk'],
        ['Tail ratio', decimal(s.tailRatio), 'one of 20 good days over one of 20 bad ones'],
        ['Calmar ratio', decimal(s.calmar), 'CAGR over max drawdown'],
        [
          'Probabilistic Sharpe',
          probability(s.probabilisticSharpe),
          `chance that the true Sharpe is above 0; wants ${count(FEWEST_DAYS)} days`,
        ],
        ['Days', count(s.days), 'UTC days with a return'],
      ],
    ],
    [
      'Trades',
      [
        ['Closed trades', count(s.trades), 'round trips'],
        ['Win rate', percent(s.winRate), 'closed with a gain after costs'],
        ['Profit factor', decimal(s.profitFactor), 'gains over losses; n/a without losses'],
        ['Expectancy', usd(s.expectancyUsd, { sign: true }), 'mean P&L of a trade'],
        ['Average win', usd(s.averageWinUsd, { sign: true }), 'mean P&L of the winners'],
        ['Average loss', usd(s.averageLossUsd, { sign: true }), 'mean P&L of the losers'],
        [
          'System quality',
          decimal(s.systemQuality),
          'Van Tharp: mean over spread of P&L, × √trades',
        ],
        ['Exposure', percent(s.exposureTime), 'share of time with a position'],
        ['Turnover', `${decimal(s.turnover)} ×`, 'notional traded over mean equity'],
      ],
    ],
  ];
}
