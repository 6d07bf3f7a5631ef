// Returns of ISO weeks (Monday to Sunday, UTC), a row a year: the daily returns of the statistics,
// compounded. Small squares, because there are 53 of them; each says its number when it is pointed at.

import { DAY_MS } from '../../engine/interval.ts';
import { percent, utcDate } from '../format.ts';
import { type Html, html, raw } from '../html.ts';
import type { Days } from './days.ts';
import { behind } from './figure.ts';
import { table } from './table.ts';

export interface WeekReturn {
  /** The year that its Thursday is in. */
  readonly year: number;
  /** 1 to 53. */
  readonly week: number;
  readonly mondayMs: number;
  readonly value: number;
}

export function weeklyReturns({ endMs, returns, length }: Days): WeekReturn[] {
  const weeks: WeekReturn[] = [];
  for (let day = 0; day < length; day++) {
    const startMs = endMs[day]! - DAY_MS;
    // 1970-01-05, four days after the epoch, was a Monday.
    const monday = (Math.floor((startMs / DAY_MS - 4) / 7) * 7 + 4) * DAY_MS;
    const last = weeks.at(-1);
    if (last?.mondayMs === monday) {
      weeks[weeks.length - 1] = { ...last, value: (1 + last.value) * (1 + returns[day]!) - 1 };
    } else weeks.push({ ...weekOf(monday), mondayMs: monday, value: returns[day]! });
  }
  return weeks;
}

function weekOf(mondayMs: number): { year: number; week: number } {
  const thursday = new Date(mondayMs + 3 * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
  return { year, week };
}

export function weeksTable(days: Days): Html {
  const weeks = weeklyReturns(days);
  if (weeks.length === 0) return html`<p class="remark">No day, no week.</p>`;
  const most = Math.max(...weeks.map(({ value }) => Math.abs(value)), 1e-9);
  const years = [...new Set(weeks.map(({ year }) => year))];
  const rows = years.map((year) => {
    const own = weeks.filter((week) => week.year === year);
    const cells = own.map(({ week, mondayMs, value }) => {
      const text = percent(value, { digits: 2, sign: true });
      const heat = raw(Math.min(1, Math.abs(value) / most).toFixed(2));
      const tone = text.startsWith('-') ? 'down' : text.startsWith('+') ? 'up' : '';
      const mark = tone === 'down' ? '−' : tone === 'up' ? '+' : '·';
      return html`<i class="week ${tone}" style="--heat:${heat};grid-column:${raw(String(week))}" title="${`week ${week}, from ${utcDate(mondayMs)}: ${text}`}">${mark}</i>`;
    });
    return html`<div class="year"><b>${year}</b><div class="squares">${cells}</div></div>\n`;
  });
  const best = weeks.reduce((a, b) => (b.value > a.value ? b : a));
  const worst = weeks.reduce((a, b) => (b.value < a.value ? b : a));
  const words = `${weeks.filter(({ value }) => value > 0).length} of ${weeks.length} weeks made money; best ${percent(best.value, { digits: 2, sign: true })} (from ${utcDate(best.mondayMs)}), worst ${percent(worst.value, { digits: 2, sign: true })} (from ${utcDate(worst.mondayMs)}).`;
  const list = table<WeekReturn>(
    'Return of each ISO week, UTC',
    [
      { title: 'From Monday', kind: 'text', cell: ({ mondayMs }) => utcDate(mondayMs) },
      {
        title: 'Return',
        kind: 'number',
        cell: ({ value }) => percent(value, { digits: 2, sign: true }),
        isSigned: true,
      },
    ],
    weeks,
  );
  return html`<figure class="weeks"><figcaption>${words}</figcaption><div role="img" aria-label="${words}">${rows}</div>${behind(list)}</figure>`;
}
