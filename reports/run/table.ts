// Tables of the page: headers with a scope, numbers to the right, a frame that scrolls by itself so
// that the page never does.

import { type Content, type Html, html, raw } from '../html.ts';

export interface TableColumn<Row> {
  readonly title: string;
  /** Text is left, numbers are right with figures of one width. */
  readonly kind: 'text' | 'number';
  readonly cell: (row: Row) => Content;
  /** True: the text bears a sign, which also colours it. */
  readonly isSigned?: boolean;
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
      const tone = column.isSigned && typeof content === 'string' ? toneOf(content) : '';
      return html`<td class="${column.kind} ${tone}${whenOf(content)}">${content}</td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return scroller(
    caption,
    html`<table aria-label="${caption}" style="--columns:${raw(String(columns.length))}"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

/** The class that keeps a date on one line: it breaks at its hyphens otherwise. */
function whenOf(content: Content): string {
  return typeof content === 'string' && /^\d{4}-\d\d-\d\d/.test(content) ? ' when' : '';
}

/** The class that colours a number as written: what reads as zero has no sign and no colour. */
export function toneOf(text: string): 'up' | 'down' | '' {
  return text.startsWith('+') ? 'up' : text.startsWith('-') ? 'down' : '';
}

/**
 * Its caption, then a frame that scrolls sideways on a small screen and can be reached by keyboard.
 * The caption stands outside, so that it wraps where the table scrolls.
 */
export function scroller(caption: string, content: Html, className = ''): Html {
  return html`<p class="caption">${caption}</p>
<div class="scroll ${className}" role="region" tabindex="0" aria-label="${caption}">${content}</div>
`;
}
