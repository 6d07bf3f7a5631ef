// A chart with what it shows said in words above it and its rows in a table below.

import { element, type TableOptions, table } from './table.ts';

export interface FigureOptions extends TableOptions {
  /** What the chart shows: a finding, not a label. */
  readonly title: string;
  /** How to read it. */
  readonly words?: string;
  /** What was drawn. */
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  /** Colours and what they stand for. */
  readonly legend?: Readonly<Record<string, string>>;
}

const MOST_ROWS = 60;

/** The figure; the chart is named for those who cannot see it. */
export function figure(options: FigureOptions, chart: Element): HTMLElement {
  const { title, words = '', rows = [], legend = {}, ...how } = options;
  const caption = element('figcaption', element('b', title), ' ', element('span', words));
  const keys = Object.entries(legend).map(([name, color]) => {
    const key = element('i');
    key.className = 'key';
    key.style.background = color;
    return element('span', key, name);
  });
  if (keys.length > 0) {
    const list = element('span', ...keys);
    list.className = 'legend';
    caption.append(list);
  }
  const picture = element('div', chart);
  picture.className = 'picture';
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', `${title}. ${words}`);
  const whole = element('figure', caption, picture);
  if (rows.length > 0) {
    const cut = rows.slice(0, MOST_ROWS);
    const more = rows.length - cut.length;
    const summary = element('summary', more > 0 ? `The first ${cut.length} rows` : 'The rows');
    const details = element('details', summary, table(cut, how));
    if (more > 0) details.append(element('small', `and ${more} more`));
    whole.append(details);
  }
  return whole;
}
