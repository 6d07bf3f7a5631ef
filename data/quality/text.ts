// A quality report in words: a line for the dataset, then one for each thing found, worst first.

import type { Finding, QualityReport } from '../quality.ts';
import type { Comparison } from './compare.ts';
import { type Score, scoreOf } from './score.ts';

const SHOWN = 3;

/** Lines for a terminal; only what was found is mentioned. */
export function qualityText(
  name: string,
  report: QualityReport,
  score: Score = scoreOf(report),
  against: Comparison | null = null,
): string {
  const lines = qualityFindings(report, against);
  const span =
    report.candles === 0 ? '' : `, ${dateText(report.fromMs)} to ${dateText(report.toMs)}`;
  const points = score.losses.map(({ what, points }) => `${what} -${points.toFixed(1)}`);
  const why = points.length === 0 ? '' : ` (${points.join(', ')})`;
  const head = `${name}: ${count(report.candles)} candles${span}, score ${score.score}${why}\n`;
  if (lines.length === 0) return `${head}  nothing to report\n`;
  return head + lines.map(([label, text]) => `  ${label.padEnd(12)} ${text}\n`).join('');
}

/** What was found, worst first: a label and a line of words each. */
export function qualityFindings(
  report: QualityReport,
  against: Comparison | null,
): [label: string, text: string][] {
  const { funding } = report;
  const lines: [label: string, text: string][] = [];
  const add = (label: string, n: number, text: string) => {
    if (n > 0) lines.push([label, text]);
  };
  for (const label of ['impossible', 'nan', 'duplicates', 'unordered', 'offGrid'] as const) {
    add(label === 'offGrid' ? 'off grid' : label, report[label], `${count(report[label])} rows`);
  }
  add('wrong unit?', report.wrongUnit.length, findings(report.wrongUnit));
  add('relisting?', report.relistings.length, findings(report.relistings));
  const holes = report.gaps.map((gap) => `${dateText(gap.fromMs)} (${count(gap.missing)})`);
  const missing = `${count(holes.length)}, ${count(report.missing)} candles missing: `;
  add('gaps', holes.length, missing + some(holes));
  const runs = report.frozenRuns.map((run) => `${dateText(run.fromMs)} (${count(run.candles)})`);
  add('frozen', runs.length, `${count(runs.length)} runs of one candle: ${some(runs)}`);
  add('outliers', report.outliers.length, findings(report.outliers));
  add('no volume', report.zeroVolume, `${count(report.zeroVolume)} candles`);
  if (funding !== null) {
    const changes = funding.intervalChanges.map(
      (change) =>
        `${dateText(change.atMs)} ${hours(change.fromIntervalMs)} to ${hours(change.toIntervalMs)}`,
    );
    add('funding', changes.length, `interval changes ${changes.length} times: ${some(changes)}`);
    const gaps = funding.gaps.map((gap) => `${dateText(gap.fromMs)} (${count(gap.missing)})`);
    add('funding', gaps.length, `${count(funding.missing)} stamps missing: ${some(gaps)}`);
    const odd = funding.irregularMs.map(dateText);
    add('funding', odd.length, `${count(odd.length)} irregular stamps: ${some(odd)}`);
  }
  if (against !== null) {
    const { apart, compared } = against;
    const share = `${count(apart.length)} of ${count(compared)} closes more than 3 % off: `;
    add('venues', apart.length, `${against.name}: ${share}${findings(apart)}`);
    add(
      'wrong unit?',
      against.isVolumeInQuote ? 1 : 0,
      `volume in the quote currency, beside ${against.name}`,
    );
  }
  return lines;
}

function findings(list: readonly Finding[]): string {
  const texts = list.map(({ openMs, reason }) => `${dateText(openMs)} ${reason}`);
  return `${count(list.length)}: ${some(texts)}`;
}

function some(texts: readonly string[]): string {
  const more = texts.length > SHOWN ? `; and ${count(texts.length - SHOWN)} more` : '';
  return texts.slice(0, SHOWN).join('; ') + more;
}

function hours(ms: number): string {
  return `${Number((ms / 3_600_000).toFixed(2))} h`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
