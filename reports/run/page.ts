// The frame of the page: one document with its style and its script inside. A content policy
// forbids everything from outside and every script but ours, whatever a name on the page may say.

import { type Html, html, raw } from '../html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** The document as text. `title` is escaped like everything else; `scripts` and `early` are ours. */
export async function page(
  title: string,
  body: Html,
  scripts: readonly string[] = [SCRIPT],
  /** Runs before anything is laid out. */
  early: string | null = null,
): Promise<string> {
  const all = early === null ? scripts : [early, ...scripts];
  const hashes = await Promise.all(all.map(async (one) => `'sha256-${await sha256(one)}'`));
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(' ')}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw(STYLE)}</style>
${early !== null && html`<script>${raw(early)}</script>`}
</head>
<body>
${body}
${scripts.map((one) => html`<script>${raw(one)}</script>\n`)}
</body>
</html>
`.text;
}

/** A part of a section, to be found by its id. */
export function part(id: string, title: string, body: Html): Html {
  return html`<div id="${id}" role="group" aria-labelledby="${id}-title"><h3 id="${id}-title">${title}</h3>${body}</div>`;
}

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)),
  );
  return btoa(String.fromCharCode(...bytes));
}
