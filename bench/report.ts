// The page of a run of a million candles and ten thousand trades: time and memory to draw it, its size,
// and in Chromium, where there is one, how long until it answers and how smoothly it zooms and hovers.
//
//   node bench/report.ts        one JSON document

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderReport } from '../reports/run/report.ts';
import { CHROMIUM, launchChromium } from '../test/support/chromium.ts';
import { sampleResult } from '../test/support/sample-result.ts';

export interface ReportFigure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly target: number;
}

const result = sampleResult({ rows: 1_000_000, interval: '1m', legs: 1, trades: 10_000 });
const before = process.memoryUsage();
const beforeCpu = process.cpuUsage();
const startMs = performance.now();
const text = await renderReport(result);
const ms = performance.now() - startMs;
const cpu = process.cpuUsage(beforeCpu);
const figures: ReportFigure[] = [
  { name: 'report-1m', value: ms / 1000, unit: 's', target: 2 },
  { name: 'report-1m-cpu', value: (cpu.user + cpu.system) / 1e6, unit: 's', target: 2 },
  { name: 'report-1m-memory', value: peakMb(), unit: 'MB', target: 300 },
  { name: 'report-1m-size', value: text.length / 1e6, unit: 'MB', target: 2 },
  ...(await inBrowser()),
];
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);

/** Peak of the process, less what the run itself took before it was drawn. */
function peakMb(): number {
  const held = before.arrayBuffers / 1e6;
  return process.resourceUsage().maxRSS / 1024 - held;
}

async function inBrowser(): Promise<ReportFigure[]> {
  if (CHROMIUM === undefined || !existsSync(CHROMIUM)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
  const browser = await launchChromium();
  try {
    const file = join(folder, 'report.html');
    writeFileSync(file, text);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`file://${file}`);
    const ready = page.locator('html[data-ready]');
    await ready.waitFor({ state: 'attached' });
    const readyMs = await page.evaluate<number>('performance.now()');
    await page.locator('html[data-ready="whole"]').waitFor({ state: 'attached' });
    await page.locator('#chart').scrollIntoViewIfNeeded();
    const box = (await page.locator('#chart').boundingBox())!;
    const frames = async (act: (k: number) => Promise<void>): Promise<number> => {
      await page.evaluate(
        `(() => { const mine = globalThis.turn = (globalThis.turn ?? 0) + 1; globalThis.frames0 = 0; const count = () => { if (globalThis.turn !== mine) return; globalThis.frames0++; requestAnimationFrame(count); }; requestAnimationFrame(count); })()`,
      );
      const fromMs = performance.now();
      for (let k = 0; k < 40; k++) await act(k);
      const seconds = (performance.now() - fromMs) / 1000;
      return (await page.evaluate<number>('globalThis.frames0')) / seconds;
    };
    const [x, y] = [box.x + box.width / 2, box.y + 120];
    await page.mouse.move(x, y);
    const zoom = await frames(async (k) => {
      await page.mouse.wheel(0, k % 20 < 10 ? -120 : 120);
      await page.waitForTimeout(16);
    });
    const hover = await frames(async (k) => {
      await page.mouse.move(box.x + 60 + k * 20, y);
      await page.waitForTimeout(16);
    });
    return [
      { name: 'report-1m-interactive', value: readyMs / 1000, unit: 's', target: 1 },
      { name: 'report-1m-zoom', value: zoom, unit: 'frames/s', target: 30 },
      { name: 'report-1m-hover', value: hover, unit: 'frames/s', target: 30 },
    ];
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
