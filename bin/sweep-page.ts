// The page of a finished sweep, written into its folder from what lies there.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SweepFolder } from '../data/runs/sweep-folder.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import { type Contribution, contributionsOf } from '../engine/research/sweep/ablation.ts';
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
  const rows = rowsOf(folder);
  const contributions = dailyReturns === null ? [] : contributionsOf(rows, dailyReturns);
  writeContributions(folder.path, contributions);
  const text = await renderSweep({
    result,
    rows,
    contributions,
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

/** What each agent adds, beside the other files of a sweep that took weights away. */
const CONTRIBUTIONS = 'contributions.json';

function writeContributions(path: string, contributions: readonly Contribution[]): void {
  if (contributions.length === 0) return;
  const text = `${JSON.stringify(contributions, null, 2)}\n`;
  writeFileSync(join(path, CONTRIBUTIONS), text);
}

/** As written; null where the sweep took no weight away. */
export function readContributions(path: string): unknown {
  const file = join(path, CONTRIBUTIONS);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
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
