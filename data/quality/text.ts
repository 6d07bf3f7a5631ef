// A quality report in words: a line for the dataset, then one for each thing found, worst first.

import type { Finding, QualityReport } from '../quality.ts';
import type { Comparison } from './compare.ts';
import type { FundingQuality } from './funding.ts';
import type { Gap } from './gaps.ts';
import type { Score } from './score.ts';
import type { SeriesQuality } from './series.ts';

const SHOWN = 3;

/** A label and a line of words. */
export type FindingText = readonly [label: string, text: string];

/** What a report is headed by; times are NaN when there are no rows. */
export interface Judged {
  readonly name: string;
  readonly rows: number;
  readonly unit: 'candles' | 'stamps' | 'values';
  readonly fromMs: number;
  readonly toMs: number;
  readonly score: Score;
  readonly findings: readonly FindingText[];
}

/** Lines for a terminal; only what was found is mentioned. */
export function qualityText({ name, rows, unit, fromMs, toMs, score, findings }: Judged): string {
  const span = rows === 0 ? '' : `, ${dateText(fromMs)} to ${dateText(toMs)}`;
  const points = score.losses.map(({ what, points }) => `${what} -${points.toFixed(1)}`);
  const why = points.length === 0 ? '' : ` (${points.join(', ')})`;
  const what = rows === 1 ? unit.slice(0, -1) : unit;
  const head = `${name}: ${count(rows)} ${what}${span}, score ${score.score}${why}\n`;
  if (findings.length === 0) return `${head}  nothing to report\n`;
  return head + findings.map(([label, text]) => `  ${label.padEnd(12)} ${text}\n`).join('');
}

/** What was found in candles, worst first. */
export function qualityFindings(report: QualityReport, against: Comparison | null): FindingText[] {
  const { funding } = report;
  const { lines, add } = collector();
  for (const label of ['impossible', 'nan', 'duplicates', 'unordered', 'offGrid'] as const) {
    add(label === 'offGrid' ? 'off grid' : label, report[label], `${count(report[label])} rows`);
  }
  add('wrong unit?', report.wrongUnit.length, findings(report.wrongUnit));
  add('relisting?', report.relistings.length, findings(report.relistings));
  addGaps(add, 'candles', report.gaps, report.missing, report.absent, report.absentCandles);
  const runs = report.frozenRuns.map((run) => `${dateText(run.fromMs)} (${count(run.candles)})`);
  add('frozen', runs.length, `${count(runs.length)} runs of one candle: ${some(runs)}`);
  add('outliers', report.outliers.length, findings(report.outliers));
  add('no volume', report.zeroVolume, `${count(report.zeroVolume)} candles`);
  if (funding !== null) lines.push(...fundingFindings(funding));
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

/** What was found in funding stamps. */
export function fundingFindings(funding: FundingQuality): FindingText[] {
  const { lines, add } = collector();
  const { longSteps } = funding;
  const changes = funding.intervalChanges.map(
    (change) =>
      `${dateText(change.atMs)} ${hours(change.fromIntervalMs)} to ${hours(change.toIntervalMs)}`,
  );
  add('funding', changes.length, `interval changes ${times(changes.length)}: ${some(changes)}`);
  const stamps = (n: number) => `${count(n)} ${n === 1 ? 'stamp' : 'stamps'}`;
  const gaps = funding.gaps.map(gapText);
  add('funding', gaps.length, `${stamps(funding.missing)} missing: ${some(gaps)}`);
  const absent = `${stamps(funding.absentStamps)} that the source has not either: `;
  add('funding', funding.absent.length, absent + some(funding.absent.map(gapText)));
  const odd = funding.irregularMs.map(dateText);
  add('funding', odd.length, `${stamps(odd.length)} early or late: ${some(odd)}`);
  const long = longSteps.ofInterval + longSteps.overHoles;
  const parts =
    `${count(longSteps.ofInterval)} while the interval was longer, ` +
    `${count(longSteps.overHoles)} over holes`;
  add(
    'funding',
    long,
    `${count(long)} steps longer than the usual ${hours(longSteps.usualMs)}: ${parts}`,
  );
  return lines;
}

/** What was found in values that come one by one. */
export function seriesFindings(report: SeriesQuality): FindingText[] {
  const { lines, add } = collector();
  addGaps(add, 'values', report.gaps, report.missing, report.absent, report.absentValues);
  return lines;
}

type Add = (label: string, n: number, text: string) => void;

function collector(): { lines: FindingText[]; add: Add } {
  const lines: FindingText[] = [];
  const add: Add = (label, n, text) => {
    if (n > 0) lines.push([label, text]);
  };
  return { lines, add };
}

function addGaps(
  add: Add,
  unit: string,
  gaps: readonly Gap[],
  missing: number,
  absent: readonly Gap[],
  absentRows: number,
): void {
  const text = (list: readonly Gap[], rows: number, what: string) =>
    `${count(list.length)}, ${count(rows)} ${unit} ${what}: ${some(list.map(gapText))}`;
  add('gaps', gaps.length, text(gaps, missing, 'missing'));
  add('absent', absent.length, text(absent, absentRows, 'that the source has not either'));
}

function gapText({ fromMs, missing }: Gap): string {
  return `${dateText(fromMs)} (${count(missing)})`;
}

function times(n: number): string {
  return n === 1 ? 'once' : `${count(n)} times`;
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
