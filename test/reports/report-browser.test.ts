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

/** What the page leaves for people with a console. */
interface Zoomed {
  readonly chart: {
    timeScale(): { getVisibleLogicalRange(): { from: number; to: number } };
    panes(): unknown[];
  };
}

const PATIENT = { timeout: 10_000 };

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
    const isDrawn = SAMPLES[name]!.rows !== 0;
    await page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    expect(await page.locator('#equity svg:visible').count()).toBe(2);
    expect((await page.locator('#chart canvas:visible').count()) > 0).toBe(isDrawn);
    expect(await page.locator('#symbols button').count()).toBe(legs);
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
    expect(await page.locator('#equity svg:visible').count()).toBe(2);
    expect(await page.locator('#prices svg:visible').count()).toBe(2);
    expect(await page.locator('#chart:visible').count()).toBe(0);
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.locator('#provenance summary').click();
    expect(await page.locator('#config').isVisible()).toBe(true);
    await page.context().close();
  });

  it('sorts trades by a column, both ways, and filters them by word, symbol and exit', async () => {
    const { page, complaints } = await open('usual');
    const { trades } = sampleResult(SAMPLES['usual']);
    const pnl = trades.map((trade) => Number(trade.pnlUsd.toFixed(2))).sort((a, b) => a - b);
    const rows = page.locator('#live-table tbody tr[data-n]');
    const column = async () => {
      const cells = await page
        .locator('#live-table tbody tr[data-n] td:nth-child(10)')
        .allTextContents();
      return cells.map((text) => Number(text.replace(/,/g, '')));
    };
    await page.getByRole('button', { name: 'P&L USD' }).click();
    const up = await column();
    expect(up.length).toBeGreaterThan(20);
    expect(up).toEqual(pnl.slice(0, up.length));
    await page.getByRole('button', { name: 'P&L USD' }).click();
    const down = await column();
    expect(down).toEqual(pnl.reverse().slice(0, down.length));
    await page.getByLabel('Filter').fill('ethusdt short');
    const shorts = trades.filter(({ symbol, side }) => symbol === 'ETHUSDT' && side === 'short');
    expect(await rows.count()).toBe(shorts.length);
    const sum = shorts.reduce((total, { pnlUsd }) => total + pnlUsd, 0);
    const status = page.locator('#live-table [role="status"]');
    expect(await status.textContent()).toMatch(new RegExp(`^${shorts.length} of 60, `));
    expect(Number(/, (\S+) USD/.exec((await status.textContent())!)![1])).toBeCloseTo(sum, 1);
    await page.getByLabel('Filter').fill('');
    await page.getByLabel('Symbol', { exact: true }).last().selectOption('BTCUSDT');
    await page.getByLabel('Exit', { exact: true }).selectOption('stop');
    const stopped = trades.filter((one) => one.symbol === 'BTCUSDT' && one.exitReason === 'stop');
    expect(await rows.count()).toBe(stopped.length);
    await page
      .getByLabel('Agent')
      .selectOption('risk-guardian')
      .catch(() => undefined);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('opens a trade: its candles, who said what, its orders, and what they cost', async () => {
    const { page, complaints } = await open('usual');
    await page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    const { trades } = sampleResult(SAMPLES['usual']);
    await page.getByRole('button', { name: 'trade 7', exact: true }).click();
    const panel = page.locator('#trade');
    const seventh = trades[6]!;
    expect(await panel.locator('h3').textContent()).toBe(
      `Trade 7: ${seventh.side} ${seventh.symbol}`,
    );
    const text = (await panel.textContent())!;
    expect(text).toContain('quant-alpha');
    expect(text).toContain('trend and impulse');
    expect(text).toContain('rsi ');
    expect(text).toContain('Life of its orders');
    // Half the slippage and half the fees of a trade are its entry's, in sample-execution.ts.
    const entry = await panel
      .locator('table:last-of-type')
      .last()
      .locator('tbody tr')
      .first()
      .locator('td')
      .allTextContents();
    const cost = (at: number) => Number(entry[at]!.replace(/,/g, ''));
    expect(cost(3)).toBeCloseTo(seventh.slippageUsd / 2, 3);
    expect(cost(4)).toBeCloseTo(seventh.feesUsd / 2, 3);
    expect(cost(5)).toBeCloseTo(cost(2) + cost(3) + cost(4), 3);
    expect(await page.locator('#shown').textContent()).toContain('trade 7');
    await page.locator('#whole').click();
    expect(await page.locator('#whole').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('zooms all panes as one, by wheel and by key', async () => {
    const { page, complaints } = await open('usual');
    await page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    const span = () =>
      page.evaluate(() => {
        const { chart } = (globalThis as unknown as { sapphire: { chart: Zoomed } }).sapphire;
        const range = chart.chart.timeScale().getVisibleLogicalRange();
        return [range.to - range.from, chart.chart.panes().length];
      });
    const [before, panes] = await span();
    expect(panes).toBe(3);
    await page.locator('#chart').scrollIntoViewIfNeeded();
    await page.locator('#chart').hover();
    // The page answers in its next frame, whenever that is on a busy machine.
    const width = async () => (await span())[0]!;
    await page.mouse.wheel(0, -600);
    await expect.poll(width, PATIENT).toBeLessThan(before!);
    // A wheel turns on for a while.
    const isSettled = async () => {
      const now = await width();
      await page.waitForTimeout(300);
      return (await width()) === now;
    };
    await expect.poll(isSettled, PATIENT).toBe(true);
    const wheeled = await width();
    await page.locator('#chart').focus();
    await page.keyboard.press('+');
    await expect.poll(width, PATIENT).toBeLessThan(wheeled);
    await page.keyboard.press('0');
    await expect.poll(width, PATIENT).toBeGreaterThan(wheeled);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('switches the scale of equity without a script', async () => {
    const { page } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('.linear svg:visible').count()).toBe(1);
    await page.locator('label[for="scale-log"]').click();
    expect(await page.locator('.linear svg:visible').count()).toBe(0);
    expect(await page.locator('.log svg:visible').count()).toBe(1);
    await page.context().close();
  });

  it('fits the paper it is printed on, with still pictures in place of the live one', async () => {
    const { page } = await open('many trades', { viewport: { width: 760, height: 1000 } });
    await page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    await page.emulateMedia({ media: 'print' });
    expect(await widthOf(page)).toBeLessThanOrEqual(760);
    expect(await page.locator('#prices .still svg:visible').count()).toBe(6);
    expect(await page.locator('#chart:visible').count()).toBe(0);
    await page.context().close();
  });

  it('copies the config', async () => {
    const { page } = await open('usual', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('#provenance summary').click();
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
