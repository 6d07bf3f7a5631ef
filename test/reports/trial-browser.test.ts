// The page of a paper trial in a real browser: that it stays on this machine, fits a phone, can be read
// in the dark, and works with scripts off.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderTrial } from '../../reports/trial/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { expectContrast, openPage } from '../support/open-page.ts';
import { ACCELERATED, sampleTrial, type TrialOptions } from '../support/sample-trial.ts';

const SAMPLES: Readonly<Record<string, TrialOptions>> = {
  usual: {},
  accelerated: { change: ACCELERATED },
  large: { legs: 6, fills: 2000, notes: 200 },
  empty: { days: 0, fills: 0, notes: 0 },
  hostile: { hostile: true, legs: 4, nulls: true },
};

const pageOf = (options: TrialOptions) => {
  const { facts, shadow } = sampleTrial(options);
  return [facts, shadow] as const;
};

describe.skipIf(SKIP_BROWSER)(`the page of a trial in Chromium${BROWSER_NOTE}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-trial-'));
    browser = await launchChromium();
    for (const [name, options] of Object.entries(SAMPLES)) {
      writeFileSync(join(folder, `${name}.html`), await renderTrial(...pageOf(options)));
    }
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const open = (name: string, options: BrowserContextOptions = {}) =>
    openPage(browser, `file://${join(folder, name)}.html`, options);

  it.each(Object.keys(SAMPLES))(
    'opens without a complaint or a request and is no wider than its window: %s',
    async (name) => {
      const { page, complaints, width, close } = await open(name);
      for (const wide of [390, 641, 901, 1280, 1600]) {
        await page.setViewportSize({ width: wide, height: 844 });
        expect(await width()).toBe(wide);
      }
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it('has text of enough contrast, light and dark', async () => {
    const opened = await open('accelerated');
    await expectContrast(opened);
    await opened.close();
  });

  it('shows everything with scripts off, and sorts pairs by error with them on', async () => {
    const off = await open('usual', { javaScriptEnabled: false });
    expect(await off.page.locator('.trades tbody tr:visible').count()).toBe(60);
    expect(await off.page.locator('button:visible').count()).toBe(0);
    await off.page.locator('summary').click();
    expect(await off.page.locator('#equity details table').isVisible()).toBe(true);
    await off.close();
    const on = await open('usual');
    await on.page.getByRole('button', { name: 'Error bps' }).click();
    const cells = await on.page.locator('.trades tbody tr td:nth-child(10)').allTextContents();
    const errors = cells.map((text) => Number(text)).filter(Number.isFinite);
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    expect(on.complaints).toEqual([]);
    await on.close();
  });
});
