// The page of a finished sweep, written into its folder from what lies there.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepFolder } from '../data/runs/sweep-folder.ts';
import type { SweepResult } from '../engine/research/sweep/facts.ts';

/** Bytes of daily returns that are read for the equity of the best; beyond that there is no fan. */
const MOST_BYTES = 32 * 2 ** 20;

/** Writes `report.html`; gives its path. */
export async function writeSweepPage(folder: SweepFolder, result: SweepResult): Promise<string> {
  const { readPlan, readSweepVerdict, SWEEP_FILES } = await import('../data/runs/sweep-folder.ts');
  const { readReturns } = await import('../data/runs/sweep-rows.ts');
  const { renderSweep } = await import('../reports/sweep/report.ts');
  const { plan, start } = readPlan(folder.path);
  const { trials } = result.facts;
  const isSmall = trials * plan.days * Float64Array.BYTES_PER_ELEMENT <= MOST_BYTES;
  const dailyReturns =
    isSmall && plan.days > 0
      ? readReturns(join(folder.path, SWEEP_FILES.returns), plan.days, 0, trials)
      : null;
  const text = await renderSweep({
    result,
    rows: [...folder.all()],
    dailyReturns,
    verdict: readSweepVerdict(folder.path),
    equity: null,
    start,
  });
  const path = join(folder.path, 'report.html');
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return path;
}
