// The page of data quality in a real browser: nothing is loaded or logged, nothing runs over the edge,
// names cannot forge markup, and the calendar says in words what it draws.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderQuality } from '../../reports/quality/report.ts';
import type { DatasetView, QualityView } from '../../reports/quality/view.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { openPage } from '../support/open-page.ts';

const FROM = Date.UTC(2024, 11, 30);
const dataset = (name: string, score: number): DatasetView => ({
  name,
  digest: 'ab'.repeat(32),
  rows: 123_456,
  unit: 'candles',
  fromMs: FROM,
  toMs: FROM + 5 * 86_400_000,
  score,
  losses: [{ what: 'missing candles', points: 100 - score }],
  findings: [['gaps', '3, 12 candles missing: 2025-01-01 02:00 (4)']],
  // Two days of 2024, six of 2025: whole, in part, none, one closed at the venue, one of which nothing
  // is due.
  days: {
    fromMs: FROM,
    shares: [1, 1, 0.5, 0, 0, 1, Number.NaN, Number.NaN],
    absent: [0, 0, 0, 0, 0, 0, 1, 0],
  },
  sources: 2,
});
const VIEW: QualityView = {
  store: '/data/market.duckdb',
  bar: 90,
  rules: [['missing candles', '5 points a per cent, at most 40']],
  datasets: [dataset('b BTCUSDT 1h', 99.5), dataset('<img src=x onerror=alert(1)> ETH 1h', 60)],
};

describe.skipIf(SKIP_BROWSER)(`the page of data quality${BROWSER_NOTE}`, () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-quality-'));
  beforeAll(async () => {
    browser = await launchChromium();
    writeFileSync(join(folder, 'quality.html'), await renderQuality(VIEW));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the worst first, counts days in words, and fits a phone', async () => {
    const { page, complaints: said } = await openPage(
      browser,
      `file://${join(folder, 'quality.html')}`,
      { viewport: { width: 390, height: 800 } },
    );
    expect(said).toEqual([]);
    expect(await page.locator('.verdict').textContent()).toContain(
      '1 of 2 datasets score below 90',
    );
    const names = await page.locator('#scores tbody th').allTextContents();
    expect(names).toEqual(['<img src=x onerror=alert(1)> ETH 1h', 'b BTCUSDT 1h']);
    expect(await page.locator('img').count()).toBe(0);
    const captions = await page.locator('figcaption').allTextContents();
    expect(captions[0]).toBe(
      '3 days whole, 1 in part, 2 without a candle, 1 that the source has not either',
    );
    // 2024: one bar; 2025: in part, none, whole, closed, and nothing where nothing was due.
    expect(await page.locator('svg').first().locator('rect').count()).toBe(5);
    const label = await page.locator('svg').first().getAttribute('aria-label');
    expect(label).toContain('2 without a candle');
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth > window.innerWidth',
    );
    expect(overflow).toBe(false);
    await page.close();
  }, 60_000);

  it('is the same bytes for the same view', async () => {
    expect(await renderQuality(VIEW)).toBe(await renderQuality(VIEW));
  });
});
