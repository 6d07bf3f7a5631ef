// The calendar of a dataset: a row a year, a column a day; whole, in part, without anything, or closed:
// the source itself, when it was asked, had nothing.
//
// Days alike are drawn as one bar, so that six years are a few marks and not two thousand. Kinds
// differ in height too, for those who do not see the colours, and are counted in words beside it.

import { DAY_MS } from '../../engine/interval.ts';
import { type Html, html, raw } from '../html.ts';
import type { Days } from './view.ts';

const DAY_WIDTH = 2;
const ROW = 16;
const LEFT = 44;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

type Kind = 'whole' | 'part' | 'none' | 'closed' | 'free';

/** The picture and its words. */
export function calendar(name: string, days: Days, unit: string): Html {
  const years = new Map<number, { from: number; kinds: Kind[] }>();
  for (let k = 0; k < days.shares.length; k++) {
    const date = new Date(days.fromMs + k * DAY_MS);
    const year = date.getUTCFullYear();
    const row = years.get(year) ?? { from: dayOfYear(date), kinds: [] };
    row.kinds.push(kindOf(days.shares[k]!, days.absent[k] ?? 0));
    years.set(year, row);
  }
  const all = [...years.values()].flatMap(({ kinds }) => kinds);
  const count = (kind: Kind) => all.filter((one) => one === kind).length;
  const closed = count('closed') === 0 ? '' : `, ${count('closed')} that the source has not either`;
  const words =
    `${count('whole')} days whole, ${count('part')} in part, ` +
    `${count('none')} without a ${unit}${closed}`;
  const height = years.size * ROW + 18;
  const width = LEFT + 366 * DAY_WIDTH;
  const months = MONTHS.map((month, k) => {
    const x = LEFT + dayOfYear(new Date(Date.UTC(2024, k, 1))) * DAY_WIDTH;
    return `<text x="${x}" y="11">${month}</text>`;
  });
  const rows = [...years].map(([year, { from, kinds }], at) => {
    const y = 18 + at * ROW;
    return `<text x="0" y="${y + 10}">${year}</text>${barsOf(from, kinds, y)}`;
  });
  const style = 'max-width:100%;height:auto;font:10px system-ui,sans-serif;fill:var(--soft)';
  return html`<figure class="calendar">
${raw(`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" style="${style}"`)}
 aria-label="${`${name}: ${words}`}">${raw(months.join('') + rows.join(''))}</svg>
<figcaption>${words}</figcaption></figure>`;
}

function barsOf(from: number, kinds: readonly Kind[], y: number): string {
  const look: Readonly<Record<Kind, readonly [fill: string, top: number, height: number] | null>> =
    {
      whole: ['var(--up-area)', 2, 10],
      part: ['var(--down-area)', 4, 8],
      none: ['var(--loud)', 9, 3],
      closed: ['var(--soft)', 10, 2],
      free: null,
    };
  let bars = '';
  for (let k = 0; k < kinds.length; ) {
    let end = k + 1;
    while (end < kinds.length && kinds[end] === kinds[k]) end++;
    const drawn = look[kinds[k]!];
    if (drawn !== null) {
      const [fill, top, height] = drawn;
      const [x, width] = [LEFT + (from + k) * DAY_WIDTH, (end - k) * DAY_WIDTH];
      bars += `<rect x="${x}" y="${y + top}" width="${width}" height="${height}" style="fill:${fill}"/>`;
    }
    k = end;
  }
  return bars;
}

/** A day on which nothing was due is closed where the source had nothing, else free of any duty. */
function kindOf(share: number, absent: number): Kind {
  if (Number.isNaN(share)) return absent > 0 ? 'closed' : 'free';
  return share >= 1 ? 'whole' : share > 0 ? 'part' : 'none';
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
}
