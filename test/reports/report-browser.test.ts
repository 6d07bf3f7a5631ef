// The page of a run in a real browser: that it stays on this machine, fits a phone, turns dark,
// works with scripts off, and that its one script does what it says.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../reports/run/report.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { expectContrast, openPage } from '../support/open-page.ts';
import { type SampleOptions, sampleResult } from '../support/sample-result.ts';

const SAMPLES: Readonly<Record<string, SampleOptions>> = {
  usual: { trades: 60 },
  synthetic: { kind: 'synthetic', legs: 1, trades: 40, hole: [1000, 1600] },
  'zero trades': { trades: 0, legs: 1 },
  'one candle': { rows: 1, trades: 0, legs: 1, nulls: true },
  'many trades': { rows: 35_040, trades: 2000, legs: 6 },
  hostile: { trades: 30, legs: 4, nulls: true, hostile: true },
};

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

  const open = (name: string, options: BrowserContextOptions = {}) =>
    openPage(browser, `file://${fileOf(name)}`, options);

  /** A page that has unpacked all of its data. */
  async function whole(name: string, options: BrowserContextOptions = {}) {
    const opened = await open(name, options);
    await opened.page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    return opened;
  }

  it.each(Object.keys(SAMPLES))(
    'opens without a complaint or a request, no wider than a desk or a phone: %s',
    async (name) => {
      const { page, complaints, width, close } = await whole(name);
      const legs = SAMPLES[name]!.legs ?? 2;
      const isDrawn = SAMPLES[name]!.rows !== 0;
      expect(await page.locator('#equity svg:visible').count()).toBe(2);
      expect((await page.locator('#chart canvas:visible').count()) > 0).toBe(isDrawn);
      expect(await page.locator('#symbols button').count()).toBe(legs);
      const between = [320, 500, 641, 800, 901, 1100, 1239, 1241, 1500, 1920];
      for (const wide of [1280, ...(name === 'many trades' ? between : []), 390]) {
        await page.setViewportSize({ width: wide, height: 844 });
        expect(await width()).toBe(wide);
      }
      expect(await page.locator('svg.wide:visible').count()).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it('is dark where dark is asked for, with enough contrast in both, and light on paper', async () => {
    const opened = await open('synthetic');
    await expectContrast(opened);
    const { page, ground, close } = opened;
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await close();
  });

  it('shows everything with scripts off, and switches the scale of equity', async () => {
    const { page, close } = await open('usual', { javaScriptEnabled: false });
    expect(await page.locator('.trades tbody tr:visible').count()).toBe(60);
    expect(await page.locator('#equity svg:visible').count()).toBe(2);
    expect(await page.locator('#prices svg:visible').count()).toBe(2);
    expect(await page.locator('#chart:visible').count()).toBe(0);
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.locator('#provenance summary').click();
    expect(await page.locator('#config').isVisible()).toBe(true);
    // The scale of equity is switched all the same.
    expect(await page.locator('.linear svg:visible').count()).toBe(1);
    await page.locator('label[for="scale-log"]').click();
    expect(await page.locator('.linear svg:visible').count()).toBe(0);
    expect(await page.locator('.log svg:visible').count()).toBe(1);
    await close();
  });

  it('sorts trades by a column, both ways, and filters them by word, symbol and exit', async () => {
    const { page, complaints, close } = await open('usual');
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
    expect(await status.textContent()).toMatch(new RegExp(`^${shorts.length} of 60 trades, P&L `));
    expect(Number(/P&L (\S+) USD/.exec((await status.textContent())!)![1])).toBeCloseTo(sum, 2);
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
    await close();
  });

  it('opens a trade: its candles, who said what, its orders, and what they cost', async () => {
    const { page, complaints, close } = await whole('usual');
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
    await close();
  });

  it('zooms all panes as one, by wheel and by key', async () => {
    const { page, complaints, close } = await whole('usual');
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
    await close();
  });

  it('tells what every agent said at the pointer', async () => {
    const { page, complaints, close } = await whole('usual');
    await page.locator('#chart').scrollIntoViewIfNeeded();
    const box = (await page.locator('#chart').boundingBox())!;
    await page.mouse.move(box.x + 500, box.y + 100);
    const words = page.locator('#chart .hover');
    await expect.poll(() => words.textContent(), PATIENT).toMatch(/score [+-]?0\.\d\d/);
    for (const agent of ['quant-alpha', 'degen-hunter', 'sentiment-sage', 'risk-guardian']) {
      expect(await words.textContent()).toMatch(
        new RegExp(`${agent} ([+-]?[01]\\.\\d\\d|abstained)`),
      );
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('fits the paper it is printed on, with still pictures in place of the live one', async () => {
    const { page, width, close } = await whole('many trades', {
      viewport: { width: 760, height: 1000 },
    });
    await page.emulateMedia({ media: 'print' });
    expect(await width()).toBeLessThanOrEqual(760);
    expect(await page.locator('#prices .still svg:visible').count()).toBe(6);
    expect(await page.locator('#chart:visible').count()).toBe(0);
    await close();
  });

  it('copies the config, and runs no script but its own, even when one is put into it', async () => {
    const { page, close } = await open('usual', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.locator('#provenance summary').click();
    await page.locator('[data-copy="config"]').click();
    await page.getByText('Copied').waitFor();
    const text = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(JSON.parse(text).name).toBe('swarm-50-days');
    const ran = await page.evaluate<boolean>(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return window.ran === true;
    })()`);
    expect(ran).toBe(false);
    await close();
  });
});
