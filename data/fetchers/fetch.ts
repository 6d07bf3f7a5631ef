// Several datasets from their sources into one store, one after the other: what a person asked for
// (`fetch`), or everything that was ever fetched (`update`).
//
// What all of it is meant to be is noted with the first page: whoever goes on after the process was
// killed finds there the datasets that had not begun.

import { InputError, type Problem, problemText } from '../../engine/errors.ts';
import { DAY_MS, intervalMs } from '../../engine/interval.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { ofKey } from '../history.ts';
import { type DatasetKind, hasInterval } from '../schema.ts';
import type { FetchRecord, Store } from '../store.ts';
import type { Fetcher, Found, HistorySource, Subject } from './contract.ts';
import {
  type DatasetJob,
  type DatasetTally,
  fetchDataset,
  newTally,
  type Watch,
} from './dataset.ts';
import type { Door } from './door.ts';

/** Without --from a first fetch reaches so far back. */
export const DEFAULT_REACH_MS = 30 * DAY_MS;

export interface Wish {
  readonly fetcher: string;
  readonly source: HistorySource;
  readonly found: readonly Found[];
  readonly kinds: readonly DatasetKind[];
  /** Of candles and mark candles; null for a series. */
  readonly interval: string | null;
  /** Null = since when it was fetched before, else the default reach. */
  readonly fromMs: number | null;
  readonly toMs: number;
  readonly replace: boolean;
}

/** The jobs of a wish: all kinds of the first symbol, then those of the next. */
export function jobsOf(
  wish: Wish,
  records: readonly FetchRecord[],
  nowMs: number,
): readonly DatasetJob[] {
  const { fetcher, source, toMs, replace } = wish;
  return wish.found.flatMap(({ venue, symbol, spelling }) =>
    wish.kinds.map((kind): DatasetJob => {
      const interval = hasInterval(kind) ? wish.interval : null;
      const subject: Subject = { kind, venue, symbol, interval, spelling };
      // A series is small: all of it.
      const reachMs =
        kind === 'series' ? source.earliestMs(subject, nowMs) : nowMs - DEFAULT_REACH_MS;
      const sinceMs = ofKey(records, subject)?.fromMs ?? reachMs;
      const stepMs = interval === null ? 60_000 : intervalMs(interval);
      const fromMs = Math.ceil((wish.fromMs ?? sinceMs) / stepMs) * stepMs;
      return { fetcher, source, subject, fromMs, toMs, replace };
    }),
  );
}

/** Jobs of everything that the store says was fetched, and what its sources do not have any more. */
export async function updateJobs(
  records: readonly FetchRecord[],
  open: (fetcher: string) => Promise<HistorySource>,
  replace: boolean,
  signal?: AbortSignal,
): Promise<{ jobs: DatasetJob[]; found: Found[]; failed: FailedSubject[] }> {
  const jobs: DatasetJob[] = [];
  const found: Found[] = [];
  const failed: FailedSubject[] = [];
  for (const [fetcher, own] of Map.groupBy(records, (one) => one.fetcher)) {
    const source = await open(fetcher);
    for (const [spelling, same] of Map.groupBy(own, (one) => one.spelling)) {
      try {
        found.push(...(await source.find([spelling], signal)));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        failed.push(...same.map((one) => ({ subject: one, problems: error.problems })));
        continue;
      }
      for (const { kind, venue, symbol, interval, fromMs } of same) {
        const subject = { kind, venue, symbol, interval, spelling };
        jobs.push({ fetcher, source, subject, fromMs, toMs: Number.POSITIVE_INFINITY, replace });
      }
    }
  }
  return { jobs, found, failed };
}

export interface FailedSubject {
  readonly subject: Subject;
  readonly problems: readonly Problem[];
}

export interface FetchOutcome {
  readonly tallies: readonly DatasetTally[];
  readonly failed: readonly FailedSubject[];
  /** What ended it before its end: a venue's fault, an interruption, a full disk. */
  readonly fault: unknown;
}

/** Carries out the jobs. A dataset with bad input is told and the others go on; a fault ends it. */
export async function fetchJobs(
  jobs: readonly DatasetJob[],
  door: Door,
  watch: Watch,
): Promise<FetchOutcome> {
  const tallies: DatasetTally[] = [];
  const failed: FailedSubject[] = [];
  for (const job of jobs) {
    const tally = newTally(job.subject);
    tallies.push(tally);
    try {
      watch.signal?.throwIfAborted();
      await fetchDataset(job, door, watch, tally);
    } catch (error) {
      if (!(error instanceof InputError) || 'exitCode' in error) {
        return { tallies, failed, fault: error };
      }
      failed.push({ subject: job.subject, problems: error.problems });
    }
  }
  return { tallies, failed, fault: null };
}

/** What the first page brings with it: notes of all that is meant to come, and trading rules. */
export function firstCommit(
  jobs: readonly DatasetJob[],
  found: readonly Found[],
): (store: Store) => Promise<void> {
  return async (store) => {
    const records = await store.fetched();
    for (const { subject, fetcher, fromMs } of jobs) {
      const known = ofKey(records, subject);
      const { spelling, ...key } = subject;
      await store.writeFetched({
        ...key,
        fetcher,
        spelling,
        fromMs: Math.min(known?.fromMs ?? fromMs, fromMs),
        asked: known?.asked ?? [],
        holes: known?.holes ?? [],
      });
    }
    for (const { instrument } of found) {
      if (instrument !== null && (await isNews(store, instrument))) {
        await store.writeInstrument(instrument);
      }
    }
  };
}

/** Rules are stored when they are others than before: asked again they would pile up. */
async function isNews(store: Store, rules: Instrument): Promise<boolean> {
  const { validFromMs: _, ...stored } = await store.instrument(rules.venue, rules.symbol);
  const { validFromMs: __, ...said } = rules;
  return Object.entries(said).some(([key, value]) => stored[key as keyof typeof said] !== value);
}

/** All problems as lines. */
export function problemLines({ problems }: FailedSubject): string[] {
  return problems.map(problemText);
}

/** Refuses kinds and intervals that a fetcher does not have, all at once. */
export function refuseUnfit(
  fetcher: Fetcher,
  kinds: readonly DatasetKind[],
  interval: string | null,
): void {
  const problems: Problem[] = [];
  const flags: Partial<Record<DatasetKind, string>> = {
    funding: '--funding',
    mark: '--mark',
    flow: '--flow',
  };
  for (const kind of kinds) {
    if (fetcher.kinds.includes(kind)) continue;
    const rule = `${fetcher.name} has none: ${fetcher.kinds.join(', ')}`;
    problems.push({ key: flags[kind] ?? kind, rule });
  }
  if (interval !== null && !fetcher.intervals.includes(interval)) {
    const rule = `must be one of ${fetcher.intervals.join(', ')}`;
    problems.push({ key: `${fetcher.name} interval`, rule, value: interval });
  }
  if (problems.length > 0) throw new InputError(problems);
}
