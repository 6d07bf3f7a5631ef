// Rows as a table: words left, numbers right, a frame that scrolls by itself.

import { decimal } from '../../reports/format.ts';

type Row = Readonly<Record<string, unknown>>;

export interface Column {
  readonly title?: string;
  readonly write?: (value: never, row: Row) => string | Node;
}

export interface TableOptions {
  readonly caption?: string;
  /** By name, in order; the columns of the first row when left out. */
  readonly columns?: Readonly<Record<string, Column | ((value: never) => string)>>;
}

/** A table of rows; with no rows it says so. */
export function table(rows: readonly Row[], options: TableOptions = {}): HTMLElement {
  const columns = columnsOf(rows, options);
  const head = element('tr');
  for (const [name, { title = name }] of columns) {
    const cell = element('th', title);
    cell.setAttribute('scope', 'col');
    if (isNumeric(rows, name)) cell.className = 'number';
    head.append(cell);
  }
  const body = element('tbody');
  for (const row of rows) {
    const line = element('tr');
    columns.forEach(([name, { write = plain }], at) => {
      const cell = element(at === 0 ? 'th' : 'td', (write as Write)(row[name], row));
      if (at === 0) cell.setAttribute('scope', 'row');
      if (isNumeric(rows, name)) cell.className = 'number';
      line.append(cell);
    });
    body.append(line);
  }
  if (rows.length === 0) body.append(element('tr', element('td', 'no rows')));
  const whole = element('table');
  whole.append(element('thead', head), body);
  const frame = element('div', whole);
  frame.className = 'scroll';
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', options.caption ?? 'Table');
  if (options.caption === undefined) return frame;
  const caption = element('p', options.caption);
  caption.className = 'caption';
  return element('div', caption, frame);
}

type Write = (value: unknown, row: Row) => string | Node;

function columnsOf(rows: readonly Row[], { columns }: TableOptions): [string, Column][] {
  if (columns === undefined) return Object.keys(rows[0] ?? {}).map((name) => [name, {}]);
  return Object.entries(columns).map(([name, column]) => [
    name,
    typeof column === 'function' ? { write: column } : column,
  ]);
}

function isNumeric(rows: readonly Row[], name: string): boolean {
  const known = rows.map((row) => row[name]).filter((value) => value !== null);
  return known.length > 0 && known.every((value) => typeof value === 'number');
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return 'n/a';
  if (value instanceof Date) return value.toISOString().slice(0, 16).replace('T', ' ');
  if (typeof value !== 'number') return String(value);
  return decimal(value, { digits: Number.isInteger(value) ? 0 : 4 });
}

/** An element with its content; text never becomes markup. */
export function element(tag: string, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag);
  made.append(...content);
  return made;
}
