// The numbers of several runs side by side: one line a number, one column a run, and how far each
// later run is from the first. What is not defined in either has no difference.

import type { RunFacts } from '../../engine/research/result.ts';
import { count, decimal, duration, type Maybe, type NumberStyle, percent, usd } from '../format.ts';

export interface NumberLine {
  /** Key of the JSON document. */
  readonly key: string;
  readonly label: string;
  readonly values: readonly Maybe[];
  /** Later runs less the first. */
  readonly differences: readonly (number | null)[];
  readonly text: (value: Maybe) => string;
  readonly differenceText: (value: Maybe) => string;
}

type Write = (value: Maybe, style?: NumberStyle) => string;
type Row = readonly [key: string, label: string, write: Write, of: (facts: RunFacts) => Maybe];

const fraction: Write = (value, style) => percent(value, { digits: 2, ...style });
const whole: Write = (value, style) => decimal(value, { digits: 0, ...style });
const money: Write = (value, style) => usd(value, style);
const share: Write = (value, style) => percent(value, { digits: 1, ...style });
const time: Write = (value, style) =>
  style?.sign && typeof value === 'number' && value !== 0
    ? `${value < 0 ? '-' : '+'}${duration(Math.abs(value))}`
    : duration(value);

const ROWS: readonly Row[] = [
  ['totalReturn', 'Return', fraction, (f) => f.statistics.totalReturn],
  ['cagr', 'CAGR', fraction, (f) => f.statistics.cagr],
  ['returnWithoutCosts', 'Return without costs', fraction, (f) => f.costs.returnWithoutCosts],
  ['buyAndHold', 'Buy and hold', fraction, (f) => f.benchmark.totalReturn],
  ['volatility', 'Volatility', fraction, (f) => f.statistics.volatility],
  ['sharpe', 'Sharpe ratio', decimal, (f) => f.statistics.sharpe],
  ['sortino', 'Sortino ratio', decimal, (f) => f.statistics.sortino],
  ['calmar', 'Calmar ratio', decimal, (f) => f.statistics.calmar],
  ['maxDrawdown', 'Max drawdown', fraction, (f) => f.statistics.maxDrawdown],
  ['maxDrawdownUsd', 'Max drawdown in money', money, (f) => f.statistics.maxDrawdownUsd],
  ['maxDrawdownMs', 'Longest drawdown', time, (f) => f.statistics.maxDrawdownMs],
  ['tailRatio', 'Tail ratio', decimal, (f) => f.statistics.tailRatio],
  ['trades', 'Trades', whole, (f) => f.statistics.trades],
  ['winRate', 'Win rate', share, (f) => f.statistics.winRate],
  ['profitFactor', 'Profit factor', decimal, (f) => f.statistics.profitFactor],
  ['expectancyUsd', 'Expectancy', money, (f) => f.statistics.expectancyUsd],
  ['systemQuality', 'System quality', decimal, (f) => f.statistics.systemQuality],
  ['exposureTime', 'Time in the market', share, (f) => f.statistics.exposureTime],
  ['turnover', 'Turnover', decimal, (f) => f.statistics.turnover],
  ['feesUsd', 'Fees', money, (f) => f.costs.feesUsd],
  ['spreadUsd', 'Spread', money, (f) => f.costs.spreadUsd],
  ['impactUsd', 'Impact', money, (f) => f.costs.impactUsd],
  ['fundingUsd', 'Funding received', money, (f) => f.costs.fundingUsd],
  ['finalEquityUsd', 'Final equity', money, (f) => f.statistics.finalEquityUsd],
];

/** Every line, in reading order. */
export function numberLines(runs: readonly RunFacts[]): NumberLine[] {
  return ROWS.map(([key, label, write, of]) => {
    const values = runs.map(of);
    const [first, ...later] = values;
    return {
      key,
      label,
      values,
      differences: later.map((value) => lessOf(value, first)),
      text: (value: Maybe) => write(value),
      differenceText: (value: Maybe) => write(value, { sign: true }),
    };
  });
}

function lessOf(value: Maybe, from: Maybe): number | null {
  const isKnown = (x: Maybe): x is number => typeof x === 'number' && Number.isFinite(x);
  return isKnown(value) && isKnown(from) ? value - from : null;
}

/** Runs are called A, B, C: names and digests may be equal, letters are not. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + index);
}

/** `1,348 of 2,001`. */
export function outOf(part: number, all: number): string {
  return `${count(part)} of ${count(all)}`;
}
