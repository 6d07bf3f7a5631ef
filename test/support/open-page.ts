// A page opened in the browser of a test, with everything that it should not do written down.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { WEAKEST_CONTRAST } from './contrast.ts';

export interface Opened {
  readonly page: Page;
  /** What it said on the console, errors, dialogs, and requests that left this machine. */
  readonly complaints: string[];
  readonly evaluate: <T>(script: string) => Promise<T>;
  /** How wide the document is, in pixels: more than the window means that it runs over its edge. */
  readonly width: () => Promise<number>;
  /** `rgb(255, 255, 255)` of the body. */
  readonly ground: () => Promise<string>;
  /** The weakest contrast of a text with what is behind it, and which text that is. */
  readonly weakest: () => Promise<[number, string]>;
  readonly close: () => Promise<void>;
}

/** Opens a `file:` page, or one that is served on the loopback address, at the size of a desk. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ viewport, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const own = new URL(url);
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    const isOwn = protocol === own.protocol && host === own.host;
    if (!isOwn && protocol !== 'data:') complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  const evaluate = <T>(script: string) => page.evaluate<T>(script);
  return {
    page,
    complaints,
    evaluate,
    width: () => evaluate('document.documentElement.scrollWidth'),
    ground: () => evaluate('getComputedStyle(document.body).backgroundColor'),
    weakest: () => evaluate(WEAKEST_CONTRAST),
    close: () => context.close(),
  };
}

/** Every text stands out from its ground, light and dark, and the dark ground is another. */
export async function expectContrast({ page, weakest, ground }: Opened): Promise<void> {
  const grounds: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    grounds.push(await ground());
    const [contrast, where] = await weakest();
    expect(contrast, `${colorScheme}: ${where}`).toBeGreaterThanOrEqual(4.5);
  }
  expect(grounds[0]).toBe('rgb(255, 255, 255)');
  expect(grounds[1]).not.toBe(grounds[0]);
}
