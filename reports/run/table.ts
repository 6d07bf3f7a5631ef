// Tables of the page: headers with a scope, numbers to the right, a frame that scrolls by itself so
// that the page never does.

import { type Content, type Html, html } from '../html.ts';

export interface TableColumn<Row> {
  readonly title: string;
  /** Text is left, numbers are right with figures of one width. */
  readonly kind: 'text' | 'number';
  readonly cell: (row: Row) => Content;
  /** The number whose sign colours the cell; the text carries the sign as well. */
  readonly tone?: (row: Row) => number;
}

/** A table. `caption` says what it shows and is its accessible name; the first cell heads its row. */
export function table<Row>(
  caption: string,
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): Html {
  const head = columns.map(
    ({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`,
  );
  const body = rows.map((row) => {
    const cells = columns.map((column, at) => {
      const content = column.cell(row);
      if (at === 0) return html`<th scope="row" class="${column.kind}">${content}</th>`;
      const tone = column.tone === undefined ? '' : toneOf(column.tone(row));
      return html`<td class="${column.kind} ${tone}">${content}</td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return scroller(
    caption,
    html`<table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

/** The class that colours a gain or a loss; none for zero. */
export function toneOf(x: number): 'up' | 'down' | '' {
  return x > 0 ? 'up' : x < 0 ? 'down' : '';
}

/** A frame that scrolls sideways on a small screen and can be reached by keyboard. */
export function scroller(label: string, content: Html, className = ''): Html {
  return html`<div class="scroll ${className}" role="region" tabindex="0" aria-label="${label}">${content}</div>`;
}
