// What `fetch` and `update` say: of a plan, and of what came.

import type { Found, Subject } from '../../data/fetchers/contract.ts';
import {
  type DatasetJob,
  type DatasetTally,
  stretchesOf,
  timeText,
} from '../../data/fetchers/dataset.ts';
import { type FailedSubject, type FetchOutcome, problemLines } from '../../data/fetchers/fetch.ts';
import { subjectText } from '../../data/fetchers/rows.ts';
import { ofKey } from '../../data/history.ts';
import type { Range } from '../../data/ranges.ts';
import type { FetchRecord } from '../../data/store.ts';
import { durationText } from '../progress.ts';
import { count, formatTable } from './common.ts';

/** A dataset and what it would take; NaN = not known. */
export interface Plan {
  readonly subject: Subject;
  readonly stretches: readonly Range[];
  readonly requests: number;
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Clocks that differ by less are nobody's concern. */
const SKEW_MS = 5000;

/** What the jobs would take; asks the sources for no more than they need to say it. */
export async function sumPlans(
  jobs: readonly DatasetJob[],
  records: readonly FetchRecord[],
  nowMs: number,
  signal: AbortSignal,
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const job of jobs) {
    const { subject, source } = job;
    const stretches = stretchesOf(job, ofKey(records, subject));
    const total = { requests: 0, rows: 0, bytes: 0, ms: 0 };
    for (const [fromMs, toMs] of stretches) {
      const endMs = Math.min(toMs, nowMs);
      if (endMs <= fromMs) continue;
      const one = await source.estimate(subject, fromMs, endMs, signal);
      for (const key of ['requests', 'rows', 'bytes', 'ms'] as const) total[key] += one[key];
    }
    plans.push({ subject, stretches, ...total });
  }
  return plans;
}

export function planText(plans: readonly Plan[]): string {
  const rows = plans.map(({ subject, stretches, requests, rows, bytes, ms }) => [
    subjectText(subject),
    stretches.length === 0
      ? ''
      : `${timeText(stretches[0]![0])} to ${timeText(stretches.at(-1)![1])}`,
    count(requests),
    `about ${count(rows)}`,
    Number.isNaN(bytes) ? 'not known' : `${count(Math.ceil(bytes / 1024))} KiB`,
    Number.isNaN(ms) ? 'not known' : durationText(ms),
  ]);
  const header = ['would fetch', 'range', 'requests', 'rows', 'bytes', 'time at its limits'];
  return `${formatTable([header, ...rows], [2, 3, 4])}nothing was stored\n`;
}

export function planDocument({ subject, stretches, requests, rows, bytes, ms }: Plan) {
  const known = (n: number) => (Number.isFinite(n) ? n : null);
  const ranges = stretches.map(([fromMs, toMs]) => ({ fromMs, toMs: known(toMs) }));
  return { ...subject, ranges, requests, rows, bytes: known(bytes), ms: known(ms) };
}

interface All extends FetchOutcome {
  readonly found: readonly Found[];
}

/** `said` for stdout, `wrong` for stderr. */
export function outcomeText(all: All): { said: string; wrong: string } {
  const { tallies, failed, found } = all;
  const width = Math.max(0, ...tallies.map(({ subject }) => subjectText(subject).length));
  const said: string[] = [];
  for (const tally of tallies) {
    const name = subjectText(tally.subject).padEnd(width);
    if (isFailed(failed, tally)) {
      said.push(`${name}  FAILED${tally.added > 0 ? `, ${count(tally.added)} added before` : ''}`);
      continue;
    }
    const [first = '', ...notes] = factsOf(tally);
    said.push(`${name}  ${first}`, ...notes.map((note) => `${' '.repeat(width)}  ${note}`));
  }
  for (const { symbol, note, venue } of found) {
    if (note !== null) said.push(`${venue} ${symbol} ${note}: its lots and fees are assumed ones`);
  }
  said.push(...skewLine(tallies));
  if (all.fault === null) said.push(...nextLines(tallies));
  else said.push('what was committed stays; the same command goes on from there');
  return {
    said: said.map((line) => `${line.trimEnd()}\n`).join(''),
    wrong: failed
      .flatMap(problemLines)
      .map((line) => `error: ${line}\n`)
      .join(''),
  };
}

function factsOf({
  added,
  unchanged,
  replaced,
  firstMs,
  lastMs,
  holes,
  missing,
  notes,
}: DatasetTally) {
  const came = Number.isNaN(firstMs) ? '' : `, ${timeText(firstMs)} to ${timeText(lastMs)}`;
  const counts = [
    `${count(added)} added`,
    ...(unchanged > 0 ? [`${count(unchanged)} unchanged`] : []),
    ...(replaced > 0 ? [`${count(replaced)} replaced`] : []),
  ];
  const hole = `${holes.length} ${holes.length === 1 ? 'hole' : 'holes'}`;
  const gaps = holes.length === 0 ? [] : [`${hole} (${count(missing)} candles): none are there`];
  return [counts.join(', ') + came, ...gaps, ...notes];
}

function skewLine(tallies: readonly DatasetTally[]): string[] {
  const skewed = tallies.find(({ skewMs }) => Math.abs(skewMs) > SKEW_MS);
  if (skewed === undefined) return [];
  const way = skewed.skewMs > 0 ? 'behind' : 'ahead of';
  const by = durationText(Math.abs(skewed.skewMs));
  return [
    `this machine's clock is ${by} ${way} that of ${skewed.subject.venue}, which was followed`,
  ];
}

function nextLines(tallies: readonly DatasetTally[]): string[] {
  const symbols = tallies
    .filter(({ subject, firstMs }) => subject.kind === 'candles' && !Number.isNaN(firstMs))
    .map(({ subject }) => subject.symbol);
  return symbols.length === 0 ? [] : [`next  npm run backtest -- --symbols ${symbols.join(',')}`];
}

function isFailed(failed: readonly FailedSubject[], { subject }: DatasetTally): boolean {
  return failed.some((one) => one.subject === subject);
}

export function outcomeDocument({ tallies, failed }: All) {
  const datasets = tallies
    .filter((tally) => !isFailed(failed, tally))
    .map(
      ({ subject, added, unchanged, replaced, firstMs, lastMs, holes, missing, skewMs, notes }) => {
        const known = (n: number) => (Number.isNaN(n) ? null : n);
        const times = { fromMs: known(firstMs), toMs: known(lastMs), skewMs: known(skewMs) };
        const counts = { added, unchanged, replaced, missing };
        return { ...subject, ...counts, ...times, holes, notes };
      },
    );
  const refused = failed.map(({ subject, problems }) => ({ ...subject, problems }));
  return { datasets, failed: refused };
}
