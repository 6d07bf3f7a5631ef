// The facts of a paper trial and its page, written beside the journal that they are read from.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrialFacts } from '../engine/research/trial.ts';

export interface WrittenTrial {
  readonly facts: TrialFacts;
  /** The verdict in words. */
  readonly headline: string;
  /** Path of the page. */
  readonly report: string;
}

const HEADLINES = 'headlines.ndjson';

/** Reads a session's folder and writes `trial.json` and `report.html` into it, and what it heard. */
export async function writeTrial(folder: string, cwd: string): Promise<WrittenTrial> {
  const { configsFrom } = await import('../live/replay.ts');
  const { readTrial, trialJson } = await import('../live/trial.ts');
  const { headlinesText } = await import('../data/headlines.ts');
  const { renderTrial } = await import('../reports/trial/report.ts');
  const { trialVerdict } = await import('../reports/trial/words.ts');
  const { facts, shadow, headlines } = await readTrial(folder, configsFrom(cwd));
  write(join(folder, 'trial.json'), trialJson(facts));
  const report = join(folder, 'report.html');
  write(report, await renderTrial(facts, shadow));
  if (facts.feedKind === 'live' && headlines.length > 0) {
    // So that a backtest of these candles can read what was heard: --set world.headlines=FILE.
    write(join(folder, HEADLINES), headlinesText(headlines));
  }
  return { facts, headline: trialVerdict(facts).headline, report };
}

/** Whole or not at all. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
