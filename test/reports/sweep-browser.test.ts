// The page of a sweep in a real browser: that it stays on this machine, fits a phone, can be read in the
// dark and with scripts off.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSweep } from '../../reports/sweep/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { expectContrast, openPage } from '../support/open-page.ts';
import { type SweepOptions, sampleSweep } from '../support/sample-sweep.ts';

const SAMPLES: Readonly<Record<string, SweepOptions>> = {
  usual: { hasVerdict: true, hasEquity: true },
  pareto: { isPareto: true, parameters: 6 },
  large: { trials: 10_000, parameters: 6, hasEquity: true },
  single: { parameters: 1, trials: 12, hasSplits: false },
  empty: { trials: 0 },
  failed: { trials: 30, allFail: true },
  hostile: { hostile: true, parameters: 6, hasVerdict: true, isPareto: true },
};

/** Section and text of each label that reaches out of its picture. */
const LABELS_OUTSIDE = `[...document.querySelectorAll('svg text')]
        .filter((text) => text.checkVisibility() && text.textContent.trim())
        .filter((text) => {
          const [own, all] = [text, text.closest('svg')].map((one) => one.getBoundingClientRect());
          return own.left < all.left - 2 || own.right > all.right + 2 || own.top < all.top - 2 || own.bottom > all.bottom + 2;
        })
        .map((text) => text.closest('section').id + ' ' + text.textContent)`;

describe.skipIf(SKIP_BROWSER)(`the page of a sweep in Chromium${BROWSER_NOTE}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-sweep-'));
    browser = await launchChromium();
    for (const [name, options] of Object.entries(SAMPLES)) {
      writeFileSync(join(folder, `${name}.html`), await renderSweep(sampleSweep(options)));
    }
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const open = (name: string, options: BrowserContextOptions = {}) =>
    openPage(browser, `file://${join(folder, name)}.html`, options);

  /** Where labels are looked for outside their picture. */
  const LABELS: Readonly<Record<string, number>> = { usual: 1280, pareto: 390, large: 390 };

  it.each(Object.keys(SAMPLES))(
    'opens without a complaint or a request, no wider than its window, labels inside pictures: %s',
    async (name) => {
      const { page, complaints, evaluate, width, close } = await open(name);
      await evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      for (const wide of [390, 641, 901, 1280, 1600]) {
        await page.setViewportSize({ width: wide, height: 844 });
        expect(await width()).toBe(wide);
        if (LABELS[name] === wide) expect(await evaluate(LABELS_OUTSIDE)).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it.each(['usual', 'hostile'])('has text of enough contrast, light and dark: %s', async (name) => {
    const opened = await open(name);
    await opened.evaluate(
      'for (const one of document.querySelectorAll("details")) one.open = true',
    );
    await expectContrast(opened);
    await opened.close();
  });

  it('shows everything with scripts off, the tables behind its charts too', async () => {
    const { page, close } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('button:visible').count()).toBe(0);
    expect(await page.locator('#best tbody tr:visible').count()).toBe(10);
    for (const id of ['luck', 'parameters', 'pairs', 'search', 'equity']) {
      await page.locator(`#${id} summary`).first().click();
      expect(await page.locator(`#${id} details table`).first().isVisible(), id).toBe(true);
    }
    await close();
  });
});
