// The page of a run in a real browser: that it stays on this machine, fits a phone, turns dark,
// works with scripts off, and that its one script does what it says.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../reports/run/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { WEAKEST_CONTRAST } from '../support/contrast.ts';
import { type SampleOptions, sampleResult } from '../support/sample-result.ts';

const SAMPLES: Readonly<Record<string, SampleOptions>> = {
  usual: { trades: 60 },
  synthetic: { kind: 'synthetic', legs: 1, trades: 40, hole: [1000, 1600] },
  'zero trades': { trades: 0, legs: 1 },
  'one candle': { rows: 1, trades: 0, legs: 1, nulls: true },
  'many trades': { rows: 35_040, trades: 2000, legs: 6 },
  hostile: { trades: 30, legs: 4, nulls: true, hostile: true },
};

interface Opened {
  readonly page: Page;
  /** Errors, dialogs and requests that left the file. */
  readonly complaints: string[];
}

describe.skipIf(SKIP_BROWSER)(`the page in Chromium${BROWSER_NOTE}`, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sapphire-report-'));
    browser = await launchChromium();
    for (const [name, options] of Object.entries(SAMPLES)) {
      writeFileSync(fileOf(name), await renderReport(sampleResult(options)));
    }
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const fileOf = (name: string) => join(folder, `${name}.html`);

  async function open(name: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file://')) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(`file://${fileOf(name)}`);
    return { page, complaints };
  }

  const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth');
  const groundOf = (page: Page) =>
    page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

  it.each(Object.keys(SAMPLES))('opens without a complaint or a request: %s', async (name) => {
    const { page, complaints } = await open(name);
    const legs = SAMPLES[name]!.legs ?? 2;
    expect(await page.locator('figure svg:visible').count()).toBe(2 + legs);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.each(Object.keys(SAMPLES))('is no wider than a phone: %s', async (name) => {
    const { page } = await open(name, { viewport: { width: 390, height: 844 } });
    expect(await widthOf(page)).toBe(390);
    expect(await page.locator('svg.wide:visible').count()).toBe(0);
    await page.context().close();
  });

  it('is no wider than its window at any width between a phone and a desk', async () => {
    const { page } = await open('many trades');
    for (const width of [320, 500, 641, 800, 901, 1100, 1239, 1241, 1500, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await widthOf(page)).toBe(width);
    }
    await page.context().close();
  });

  it('is dark where dark is asked for, and light on paper all the same', async () => {
    const light = await open('usual', { colorScheme: 'light' });
    const dark = await open('usual', { colorScheme: 'dark' });
    const [day, night] = [await groundOf(light.page), await groundOf(dark.page)];
    expect(day).toBe('rgb(255, 255, 255)');
    expect(night).not.toBe(day);
    await dark.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await groundOf(dark.page)).toBe(day);
    await light.page.context().close();
    await dark.page.context().close();
  });

  it.each(['light', 'dark'] as const)(
    'has text of enough contrast when it is %s',
    async (scheme) => {
      const { page } = await open('synthetic', { colorScheme: scheme });
      const weakest = await page.evaluate<[number, string]>(WEAKEST_CONTRAST);
      expect(weakest[0], weakest[1]).toBeGreaterThanOrEqual(4.5);
      await page.context().close();
    },
  );

  it('shows everything with scripts off', async () => {
    const { page } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('.trades tbody tr:visible').count()).toBe(60);
    expect(await page.locator('figure svg:visible').count()).toBe(4);
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.locator('summary').click();
    expect(await page.locator('#config').isVisible()).toBe(true);
    await page.context().close();
  });

  it('sorts trades by a column, both ways, and filters them by words', async () => {
    const { page, complaints } = await open('usual');
    const column = async () => {
      const cells = await page.locator('.trades tbody tr td:nth-child(10)').allTextContents();
      return cells.map((text) => Number(text.replace(/,/g, '')));
    };
    const before = await column();
    await page.getByRole('button', { name: 'P&L USD' }).click();
    expect(await column()).toEqual([...before].sort((a, b) => a - b));
    await page.getByRole('button', { name: 'P&L USD' }).click();
    expect(await column()).toEqual([...before].sort((a, b) => b - a));
    await page.getByLabel('Filter').fill('ethusdt short');
    const shown = await page.locator('.trades tbody tr:visible').allTextContents();
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.every((text) => text.includes('ETHUSDT') && text.includes('short'))).toBe(true);
    expect(await page.getByRole('status').textContent()).toBe(`${shown.length} of 60`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('copies the config', async () => {
    const { page } = await open('usual', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('summary').click();
    await page.locator('[data-copy="config"]').click();
    await page.getByText('Copied').waitFor();
    const text = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(JSON.parse(text).name).toBe('swarm-50-days');
    await page.context().close();
  });

  it('runs no script but its own, even when one is put into it', async () => {
    const { page } = await open('usual');
    const ran = await page.evaluate<boolean>(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return window.ran === true;
    })()`);
    expect(ran).toBe(false);
    await page.context().close();
  });
});
