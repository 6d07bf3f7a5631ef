// The page of a comparison in a real browser: no request, no complaint, phone, dark, contrast.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderComparison } from '../../reports/compare/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { expectContrast, openPage } from '../support/open-page.ts';
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

  const open = (name: string, options: BrowserContextOptions = {}) =>
    openPage(browser, `file://${join(folder, `${name}.html`)}`, options);

  it.each(Object.keys(PAGES))('opens quietly and fits a desk and a phone: %s', async (name) => {
    const { page, complaints, width, close } = await open(name);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(await page.locator('.verdict').count()).toBe(PAGES[name as 'usual'].length - 1);
    for (const wide of [1280, 390]) {
      await page.setViewportSize({ width: wide, height: 844 });
      expect(await width()).toBe(wide);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('has text of enough contrast, light and dark', async () => {
    const opened = await open('six');
    await expectContrast(opened);
    await opened.close();
  });

  it('shows all of it with scripts off', async () => {
    const { page, close } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(await page.locator('table:visible').count()).toBeGreaterThan(3);
    await close();
  });
});
