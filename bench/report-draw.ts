// Draws the page of a run that it is handed in a file, and says what that took. What it took to make the run
// up does not count; everything else does, the run itself and the modules included.

import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { RunResult } from '../engine/research/result.ts';
import type { ReportFigure } from './report.ts';

const [, , run, page] = process.argv;
await draw(run!, page!);

/** The first drawing of a process, the loading of its modules included. */
async function draw(run: string, page: string): Promise<void> {
  const result = read(run);
  globalThis.gc?.();
  // Columns that are read so lie in the bytes of the file, and some are copied besides.
  const spareMb = (process.memoryUsage().arrayBuffers - columnBytes(result)) / 2 ** 20;
  const beforeCpu = process.cpuUsage();
  const startMs = performance.now();
  const { renderReport } = await import('../reports/run/report.ts');
  const text = await renderReport(result);
  const ms = performance.now() - startMs;
  const cpu = process.cpuUsage(beforeCpu);
  writeFileSync(page, text);
  const figures: ReportFigure[] = [
    { name: 'report-1m', value: ms / 1000, unit: 's', target: 2 },
    { name: 'report-1m-cpu', value: (cpu.user + cpu.system) / 1e6, unit: 's', target: 2 },
    {
      name: 'report-1m-memory',
      value: process.resourceUsage().maxRSS / 1024 - spareMb,
      unit: 'MB',
      target: 300,
    },
    { name: 'report-1m-size', value: text.length / 1e6, unit: 'MB', target: 2 },
  ];
  process.stdout.write(JSON.stringify(figures));
}

/** Alone, so that what is left of the file is nobody's. */
function read(run: string): RunResult {
  return deserialize(readFileSync(run));
}

/** Bytes of all typed arrays of a value, each once. */
function columnBytes(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce((sum: number, one) => sum + columnBytes(one, seen), 0);
}
