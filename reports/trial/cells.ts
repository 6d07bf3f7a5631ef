// Cells of the tables of a trial that hold words: on a phone a table scrolls rather than break a time
// in two or set a sentence one word a line.

import { utcMinute } from '../format.ts';
import { type Content, type Html, html } from '../html.ts';

/** A time that stays on one line. */
export function timeCell(ms: number): Html {
  return html`<span style="white-space:nowrap">${utcMinute(ms)}</span>`;
}

/** A name, and below it in small what it means. */
export function namedCell(name: Content, words: Content): Html {
  return html`${name}<small class="below" style="min-width:13rem">${words}</small>`;
}

/** A sentence or two. */
export function wordsCell(words: Content): Html {
  return html`<div style="min-width:14rem">${words}</div>`;
}
