// How the returns came: by month and week, how steady, how they are spread, whether one day tells of
// the next, and how much was at stake.

import type { RunResult } from '../../engine/research/result.ts';
import { moments } from '../../engine/statistics/moments.ts';
import { count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Plotter } from '../plot.ts';
import { barFigure, dayName, lineFigure, percentTick, tooFew } from './charts.ts';
import { type Days, daysOf, exposureOf } from './days.ts';
import { monthsTable } from './months.ts';
import { part } from './page.ts';
import { autocorrelation, type Bin, histogram, rolling, tailOf, WINDOW_DAYS } from './rolling.ts';
import { type TableColumn, table } from './table.ts';
import { weeksTable } from './weeks.ts';

const MOST_LAGS = 20;
const TWO = { digits: 2 } as const;
const SIGNED = { digits: 2, sign: true } as const;

export function returnsSection(result: RunResult, plotter: Plotter): Html {
  const days = daysOf(result);
  return html`${part('months', 'By month', monthsTable(result))}
${part('weeks', 'By week', weeksTable(days))}
<div class="pairs">${rollingFigures(days, plotter)}${spreadFigure(days, plotter)}${memoryFigure(days, plotter)}${stakeFigures(result, days, plotter)}</div>`;
}

function timeOf({ endMs, length }: Days): [number, number] {
  return [endMs[0]! - 86_400_000, endMs[length - 1]!];
}

function rollingFigures(days: Days, plotter: Plotter): Html {
  if (days.length <= WINDOW_DAYS) return tooFew('A rolling window', days.length, WINDOW_DAYS + 1);
  const { sharpe, volatility } = rolling(days.returns);
  const rows = Array.from({ length: days.length }, (_, day) => day).filter(
    (day) => day + 1 >= WINDOW_DAYS,
  );
  const series = (value: Float64Array) => ({ ms: days.endMs, value, length: days.length });
  const behind = table<number>(
    `Last ${WINDOW_DAYS} days at each UTC day`,
    [
      { title: 'Day', kind: 'text', cell: (day) => dayName(days.endMs[day]!) },
      { title: 'Sharpe ratio', kind: 'number', cell: (day) => decimal(sharpe[day]) },
      { title: 'Volatility', kind: 'number', cell: (day) => percent(volatility[day]) },
    ],
    thinned(rows),
  );
  const last = days.length - 1;
  return html`${lineFigure(
    {
      text: {
        title: 'Rolling Sharpe ratio',
        words: `Of the last ${WINDOW_DAYS} days, a year; ${decimal(sharpe[last])} at the end.`,
        table: behind,
      },
      lines: [{ name: 'Sharpe', className: 'first', series: series(sharpe) }],
      time: timeOf(days),
    },
    plotter,
  )}${lineFigure(
    {
      text: {
        title: 'Rolling volatility',
        words: `Of the last ${WINDOW_DAYS} days, a year; ${percent(volatility[last])} at the end.`,
      },
      lines: [{ name: 'volatility', className: 'first', series: series(volatility) }],
      time: timeOf(days),
      label: percentTick,
    },
    plotter,
  )}`;
}

const MOST_ROWS = 60;

/** Every so manieth, the last one always. */
function thinned(rows: readonly number[]): number[] {
  const step = Math.ceil(rows.length / MOST_ROWS);
  return rows.filter((_, k) => (rows.length - 1 - k) % step === 0);
}

function spreadFigure(days: Days, plotter: Plotter): Html {
  const bins = histogram(days.returns);
  if (bins.length < 2) return html``;
  const tail = tailOf(days.returns);
  const sample = moments(days.returns);
  const width = bins[0]!.to - bins[0]!.from;
  const placeOf = (value: number) => (value - bins[0]!.from) / width - 0.5;
  const marked = [
    ...(tail.var95 === null ? [] : [{ at: placeOf(tail.var95), text: 'worst 5 %' }]),
    ...(tail.cvar95 === null ? [] : [{ at: placeOf(tail.cvar95), text: '\n\ntheir mean' }]),
  ];
  const skewed = sample?.skewness ?? null;
  const kurtosis = sample?.kurtosis ?? null;
  return barFigure(
    {
      text: {
        title: 'Daily returns',
        words: `Mean ${percent(sample?.mean, { digits: 3, sign: true })}, skewness ${decimal(skewed)}, kurtosis ${decimal(kurtosis)} (normal: 3). One day in 20 is worse than ${percent(tail.var95, TWO)}, ${percent(tail.cvar95, TWO)} on average.`,
        table: table<Bin>(
          'Days by return',
          [
            { title: 'From', kind: 'text', cell: ({ from }) => percent(from, TWO) },
            { title: 'To', kind: 'number', cell: ({ to }) => percent(to, TWO) },
            { title: 'Days', kind: 'number', cell: (bin) => count(bin.count) },
          ],
          bins.filter((bin) => bin.count > 0),
        ),
      },
      bars: bins.map(({ from, to, count: n }) => ({
        label: percent(from, { digits: width < 0.001 ? 2 : 1 }),
        value: n,
        title: `${percent(from, TWO)} to ${percent(to, TWO)}: ${count(n)} days`,
      })),
      label: (value, digits) => decimal(value, { digits }),
      marked,
    },
    plotter,
  );
}

function memoryFigure({ returns }: Days, plotter: Plotter): Html {
  const lags = autocorrelation(returns, MOST_LAGS);
  if (lags.length === 0) return tooFew('Autocorrelation', returns.length, 2 * MOST_LAGS);
  const limit = 1.96 / Math.sqrt(returns.length);
  const outside = lags.filter((value) => Math.abs(value) > limit).length;
  const columns: TableColumn<number>[] = [
    { title: 'Lag, days', kind: 'text', cell: (at) => count(at + 1) },
    {
      title: 'Correlation',
      kind: 'number',
      cell: (at) => decimal(lags[at], { digits: 3, sign: true }),
    },
  ];
  return barFigure(
    {
      text: {
        title: 'Autocorrelation of daily returns',
        words: `${count(outside)} of ${MOST_LAGS} lags lie outside the dashed band of ±${decimal(limit)}, where 1 in 20 does by chance.`,
        table: table('Correlation of a day with a later one', columns, [...lags.keys()]),
      },
      bars: lags.map((value, k) => ({
        label: String(k + 1),
        value,
        title: `${k + 1} days later: ${decimal(value, SIGNED)}`,
      })),
      label: (value, digits) => decimal(value, { digits }),
      limits: [limit, -limit],
      isSigned: true,
    },
    plotter,
  );
}

/** Exposure by side with leverage, and turnover. */
function stakeFigures(result: RunResult, days: Days, plotter: Plotter): Html {
  const { closeMs, length } = result.equity;
  if (length < 2 || result.fills.length === 0) return html``;
  const { long, short, mostGross, meanGross } = exposureOf(result);
  const series = (value: Float64Array) => ({ ms: closeMs, value, length });
  const time: [number, number] = [result.facts.data.fromMs, result.facts.data.toMs];
  const traded = days.turnover.reduce((sum, value) => sum + value, 0);
  const exposure = lineFigure(
    {
      text: {
        title: 'Exposure and leverage',
        words: `Notional over equity at each close: longs above, shorts below. Leverage (both together) ${decimal(meanGross)} on average, ${decimal(mostGross)} at most.`,
        table: exposureTable(days, closeMs, length, long, short),
      },
      lines: [
        { name: 'long', className: 'first', area: 'up-fill', series: series(long) },
        { name: 'short', className: 'third', area: 'down-fill', series: series(short) },
      ],
      time,
      label: (value, digits) => decimal(value, { digits }),
    },
    plotter,
  );
  if (days.length < 2) return exposure;
  return html`${exposure}${lineFigure(
    {
      text: {
        title: 'Turnover',
        words: `Notional traded in a UTC day over the equity it began with: ${decimal(traded / days.length)} a day on average, ${decimal(traded, { digits: 1 })} in all.`,
      },
      lines: [
        {
          name: 'turnover',
          className: 'first',
          series: { ms: days.endMs, value: days.turnover, length: days.length },
        },
      ],
      time: timeOf(days),
      label: (value, digits) => decimal(value, { digits }),
    },
    plotter,
  )}`;
}

interface DayStake {
  readonly day: number;
  readonly long: number;
  readonly short: number;
  readonly most: number;
}

function exposureTable(
  days: Days,
  closeMs: RunResult['equity']['closeMs'],
  length: number,
  long: Float64Array,
  short: Float64Array,
): Html {
  const rows: DayStake[] = [];
  let row = 0;
  for (let day = 0; day < days.length; day++) {
    const from = row;
    let [up, down, most] = [0, 0, 0];
    for (; row < length && closeMs[row]! <= days.endMs[day]!; row++) {
      up += long[row]!;
      down -= short[row]!;
      const all = long[row]! - short[row]!;
      if (all > most) most = all;
    }
    const n = Math.max(1, row - from);
    rows.push({ day, long: up / n, short: down / n, most });
  }
  return table<DayStake>(
    'At each UTC day: mean long and short exposure, most leverage, turnover',
    [
      { title: 'Day', kind: 'text', cell: ({ day }) => dayName(days.endMs[day]!) },
      { title: 'Long', kind: 'number', cell: (one) => decimal(one.long, { digits: 3 }) },
      { title: 'Short', kind: 'number', cell: (one) => decimal(one.short, { digits: 3 }) },
      { title: 'Leverage, most', kind: 'number', cell: (one) => decimal(one.most, { digits: 3 }) },
      {
        title: 'Turnover',
        kind: 'number',
        cell: ({ day }) => decimal(days.turnover[day], { digits: 3 }),
      },
    ],
    thinned(rows.map(({ day }) => day)).map((day) => rows[day]!),
  );
}
