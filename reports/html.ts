// HTML as text that cannot be forged: the tagged template escapes everything that was not itself
// made by it. `raw` is the one way around that, for markup written in this project.
//
// Names come from people and files. A name may hold markup, quotes, or the invisible characters
// that reverse the reading order of the digits beside it: the first are escaped, the last are shown.

/** Markup that is safe to put on a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a template may hold: text is escaped, lists are joined, nothing stands for nothing. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// What `format.ts` calls unprintable, but line breaks and tabs stay: a config is shown as it is.
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text made safe for an element's content or a quoted attribute. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]!).replace(UNPRINTABLE, '\ufffd');
}

/** Markup of our own, taken as it is. Never for anything a person or a file said. */
export function raw(text: string): Html {
  return new Html(text);
}

/** Tagged template: html`<td>${name}</td>` escapes `name`. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < values.length; i++) text += contentText(values[i]) + strings[i + 1]!;
  return new Html(text);
}

function contentText(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  let text = '';
  for (const one of value) text += contentText(one);
  return text;
}
