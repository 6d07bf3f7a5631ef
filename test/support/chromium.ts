// A real browser for the tests that need one: the machine's Chromium, never a downloaded one.
//
// Where there is none such tests are skipped with a reason in their title; in CI they fail instead,
// because there a silent skip would mean that nobody ever looks.

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser's path, or undefined when the machine has none. */
export const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** True where a browser test must be skipped; never in CI. */
export const SKIP_BROWSER = CHROMIUM === undefined && !process.env['CI'];

/** Goes into the title of a suite of browser tests. */
export const BROWSER_NOTE = SKIP_BROWSER
  ? ' (skipped: no Chromium here; apt-get install chromium, or set CHROMIUM to its path)'
  : '';

/** Starts the browser. Throws with what to install when there is none. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === undefined) {
    throw new Error('no Chromium found: apt-get install chromium, or set CHROMIUM to its path');
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
