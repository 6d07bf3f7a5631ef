// Returns of UTC months, and of years beside them. They are the daily returns of the statistics,
// compounded: so all months together make the return of the run.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { dailyReturns } from '../../engine/statistics/returns.ts';
import { percent } from '../format.ts';
import { type Html, html, raw } from '../html.ts';
import { monthName } from './numbers.ts';
import { scroller, toneOf } from './table.ts';

export interface YearReturns {
  readonly year: number;
  /** January first; null = not in the run, or after the account was lost. */
  readonly months: readonly (number | null)[];
  readonly total: number;
}

/** Returns by UTC month, as fractions, oldest year first. */
export function monthlyReturns({ equity, facts }: RunResult): YearReturns[] {
  const { closeMs, equityUsd, length } = equity;
  const returns = dailyReturns(closeMs, equityUsd, length, facts.cashUsd);
  const firstMs = Math.ceil((closeMs[0] ?? 0) / DAY_MS - 1) * DAY_MS;
  const years = new Map<number, number[]>();
  for (let day = 0; day < returns.length; day++) {
    const date = new Date(firstMs + day * DAY_MS);
    const year = date.getUTCFullYear();
    const months = years.get(year) ?? new Array<number>(12).fill(Number.NaN);
    years.set(year, months);
    const month = date.getUTCMonth();
    const before = months[month]!;
    months[month] = (before === before ? before : 1) * (1 + returns[day]!);
  }
  return [...years].map(([year, months]) => ({
    year,
    months: months.map((growth) => (growth === growth ? growth - 1 : null)),
    total:
      months.reduce((product, growth) => (growth === growth ? product * growth : product), 1) - 1,
  }));
}

/** The table, deeper in colour where a month moved more. */
export function monthsTable(result: RunResult): Html {
  const years = monthlyReturns(result);
  const months = years.length === 1 ? monthsOf(years[0]!) : ALL_MONTHS;
  const sizes = years.flatMap((year) => year.months.map((value) => Math.abs(value ?? 0)));
  const most = Math.max(...sizes, 1e-9);
  const cell = (value: number | null, className: string) => {
    if (value === null) return html`<td class="number empty"></td>`;
    const text = percent(value, { digits: 2, sign: true });
    const heat = raw(Math.min(1, Math.abs(value) / most).toFixed(2));
    return html`<td class="number ${className} ${toneOf(text)}" style="--heat:${heat}">${text}</td>`;
  };
  const rows = years.map(
    ({ year, months: values, total }) =>
      html`<tr><th scope="row">${year}</th>${months.map((month) => cell(values[month]!, 'heat'))}${cell(total, 'total')}</tr>\n`,
  );
  const head = months.map((month) => html`<th scope="col" class="number">${monthName(month)}</th>`);
  const caption = `Return of each UTC month and of the year. ${unfinished(result)}`.trim();
  return scroller(
    caption,
    html`<table class="months" aria-label="${caption}"><thead><tr><th scope="col">Year</th>${head}<th scope="col" class="number">Year total</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

const ALL_MONTHS = Array.from({ length: 12 }, (_, month) => month);

/** Of a single year only the months from the first to the last that were run. */
function monthsOf({ months }: YearReturns): number[] {
  const last = months.findLastIndex((value) => value !== null);
  return ALL_MONTHS.filter((month) => month <= last && months.slice(0, month + 1).some(isThere));
}

function isThere(value: number | null): boolean {
  return value !== null;
}

function unfinished({ facts }: RunResult): string {
  const { fromMs, toMs } = facts.data;
  const names = [fromMs, toMs - 1].filter((ms, at) => {
    const date = new Date(ms);
    const month = date.getUTCMonth() + at;
    return Date.UTC(date.getUTCFullYear(), month, 1) !== (at === 0 ? fromMs : toMs);
  });
  const words = [...new Set(names.map(monthAndYear))];
  if (words.length === 0) return '';
  return `${words.join(' and ')} ${words.length === 1 ? 'is' : 'are'} not a whole month.`;
}

function monthAndYear(ms: number): string {
  const date = new Date(ms);
  return `${monthName(date.getUTCMonth())} ${date.getUTCFullYear()}`;
}
