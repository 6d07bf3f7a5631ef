// The page of a sweep in a real browser: that it stays on this machine, fits a phone, can be read in the
// dark and with scripts off.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSweep } from '../../reports/sweep/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { WEAKEST_CONTRAST } from '../support/contrast.ts';
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

  async function open(name: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith('file://')) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${join(folder, name)}.html`);
    const evaluate = <T>(script: string) => page.evaluate<T>(script);
    return { page, complaints, evaluate, close: () => context.close() };
  }

  it.each(Object.keys(SAMPLES))(
    'opens without a complaint or a request and is no wider than its window: %s',
    async (name) => {
      const { page, complaints, evaluate, close } = await open(name);
      await evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      for (const width of [390, 641, 901, 1280, 1600]) {
        await page.setViewportSize({ width, height: 844 });
        expect(await evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it.each(['light', 'dark'] as const)(
    'has text of enough contrast when it is %s',
    async (scheme) => {
      for (const name of ['usual', 'hostile']) {
        const { evaluate, close } = await open(name, { colorScheme: scheme });
        await evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
        const [weakest, where] = await evaluate<[number, string]>(WEAKEST_CONTRAST);
        expect(weakest, where).toBeGreaterThanOrEqual(4.5);
        const ground = await evaluate<string>('getComputedStyle(document.body).backgroundColor');
        expect(ground === 'rgb(255, 255, 255)').toBe(scheme === 'light');
        await close();
      }
    },
  );

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

  it('keeps every label of a chart inside its picture', async () => {
    for (const [name, width] of [
      ['usual', 1280],
      ['pareto', 390],
      ['large', 390],
    ] as const) {
      const { page, evaluate, close } = await open(name);
      await page.setViewportSize({ width, height: 844 });
      const outside = await evaluate<string[]>(`[...document.querySelectorAll('svg text')]
        .filter((text) => text.checkVisibility() && text.textContent.trim())
        .filter((text) => {
          const [own, all] = [text, text.closest('svg')].map((one) => one.getBoundingClientRect());
          return own.left < all.left - 2 || own.right > all.right + 2 || own.top < all.top - 2 || own.bottom > all.bottom + 2;
        })
        .map((text) => text.closest('section').id + ' ' + text.textContent)`);
      expect(outside, name).toEqual([]);
      await close();
    }
  });
});
