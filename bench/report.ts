// The page of a run of a million candles and ten thousand trades: time and memory to draw it, its size,
// and in Chromium, where there is one, how long until it answers and how smoothly it zooms and hovers.
//
// It is drawn by report-draw.ts in a process of its own.
//
//   node bench/report.ts        one JSON document

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import { CHROMIUM, launchChromium } from '../test/support/chromium.ts';
import { sampleResult } from '../test/support/sample-result.ts';

export interface ReportFigure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly target: number;
}

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const run = join(folder, 'run.bin');
  const page = join(folder, 'report.html');
  const result = sampleResult({ rows: 1_000_000, interval: '1m', legs: 1, trades: 10_000 });
  writeFileSync(run, serialize(result));
  const draw = fileURLToPath(new URL('report-draw.ts', import.meta.url));
  const flags = ['--expose-gc', draw, run, page];
  const child = spawnSync(process.execPath, flags, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  const figures: ReportFigure[] = [...JSON.parse(child.stdout), ...(await inBrowser(page))];
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function inBrowser(file: string): Promise<ReportFigure[]> {
  if (CHROMIUM === undefined || !existsSync(CHROMIUM)) return [];
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`file://${file}`);
    const ready = page.locator('html[data-ready]');
    await ready.waitFor({ state: 'attached' });
    const readyMs = await page.evaluate<number>(
      `performance.getEntriesByName('ready')[0].startTime`,
    );
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
  }
}
