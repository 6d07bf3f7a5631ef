// The page of a comparison in a real browser: no request, no complaint, phone, dark, contrast.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderComparison } from '../../reports/compare/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { WEAKEST_CONTRAST } from '../support/contrast.ts';
import { sampleResult } from '../support/sample-result.ts';

const PAGES = {
  usual: [sampleResult(), sampleResult({ seed: 8 })],
  six: Array.from({ length: 6 }, (_, k) => sampleResult({ seed: k, kind: 'synthetic' })),
  hostile: [sampleResult({ hostile: true, legs: 4 }), sampleResult({ nulls: true, trades: 0 })],
  'no candle': [
    sampleResult({ rows: 1, trades: 0 }),
    sampleResult({ rows: 1, trades: 0, legs: 1 }),
  ],
} as const;

describe.skipIf(SKIP_BROWSER)(`the comparison in Chromium${BROWSER_NOTE}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-compare-'));
    browser = await launchChromium();
    for (const [name, runs] of Object.entries(PAGES)) {
      writeFileSync(join(folder, `${name}.html`), await renderComparison(runs));
    }
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(name: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => complaints.push('dialog')));
    page.on('request', (request) => {
      if (!request.url().startsWith('file://')) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${join(folder, `${name}.html`)}`);
    return { page, complaints };
  }

  it.each(Object.keys(PAGES))('opens quietly and fits a desk and a phone: %s', async (name) => {
    const { page, complaints } = await open(name);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(await page.locator('.verdict').count()).toBe(PAGES[name as 'usual'].length - 1);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('has text of enough contrast in %s', async (colorScheme) => {
    const { page } = await open('six', { colorScheme });
    const weakest = await page.evaluate<[number, string]>(WEAKEST_CONTRAST);
    expect(weakest[0], weakest[1]).toBeGreaterThanOrEqual(4.5);
    await page.context().close();
  });

  it('shows all of it with scripts off', async () => {
    const { page } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(await page.locator('table:visible').count()).toBeGreaterThan(3);
    await page.context().close();
  });
});
