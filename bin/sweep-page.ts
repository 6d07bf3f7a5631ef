// The page of a finished sweep, written into its folder from what lies there.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepFolder } from '../data/runs/sweep-folder.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import type { SweepResult } from '../engine/research/sweep/facts.ts';
import type { Statistics } from '../engine/statistics/performance.ts';
import type { PageRow } from '../reports/sweep/report.ts';

/** Bytes of daily returns that are read for the equity of the best; beyond that there is no fan. */
const MOST_BYTES = 32 * 2 ** 20;

/** Rows after which their text is let go. */
const A_WHILE = 2000;

/** Writes `report.html`; gives its path. */
export async function writeSweepPage(folder: SweepFolder, result: SweepResult): Promise<string> {
  const { readPlan, readSweepVerdict, SWEEP_FILES } = await import('../data/runs/sweep-folder.ts');
  const { readReturns } = await import('../data/runs/sweep-rows.ts');
  const { renderSweep } = await import('../reports/sweep/report.ts');
  const { plan, start } = readPlan(folder.path);
  // What the search and its verdict needed is dead by now.
  releaseMemory();
  const { trials } = result.facts;
  const isSmall = trials * plan.days * Float64Array.BYTES_PER_ELEMENT <= MOST_BYTES;
  const dailyReturns =
    isSmall && plan.days > 0
      ? readReturns(join(folder.path, SWEEP_FILES.returns), plan.days, 0, trials)
      : null;
  const text = await renderSweep({
    result,
    rows: rowsOf(folder),
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

/** Every trial, and of its statistics what the page shows. */
function rowsOf(folder: SweepFolder): PageRow[] {
  const rows: PageRow[] = [];
  for (const { statistics, ...row } of folder.all()) {
    rows.push({ ...row, statistics: statistics && shownOf(statistics) });
    if (rows.length % A_WHILE === 0) releaseMemory();
  }
  return rows;
}

function shownOf({ sharpe, days, finalEquityUsd, totalReturn }: Statistics): PageRow['statistics'] {
  return { sharpe, days, finalEquityUsd, totalReturn };
}
