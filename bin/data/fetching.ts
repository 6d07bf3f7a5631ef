// What `fetch` and `update` share: the sources' addresses, the bar, Ctrl-C and the exit code.
//
// Interrupted or at fault, what was committed is told before the error is: it stays, and the same
// command goes on from there.

import { addressOf, addressVariable } from '../../data/fetchers/address.ts';
import type { Fetcher, Found, HistorySource, Subject } from '../../data/fetchers/contract.ts';
import { type DatasetJob, stretchesOf } from '../../data/fetchers/dataset.ts';
import { Door } from '../../data/fetchers/door.ts';
import { type FailedSubject, fetchJobs, firstCommit } from '../../data/fetchers/fetch.ts';
import { subjectText } from '../../data/fetchers/rows.ts';
import { silenceIn, stateFolder } from '../../data/fetchers/silence.ts';
import { ofKey } from '../../data/history.ts';
import type { FetchRecord } from '../../data/store.ts';
import { intervalMs } from '../../engine/interval.ts';
import { machineClock } from '../../live/clock.ts';
import { printJson } from '../output.ts';
import { progress } from '../progress.ts';
import { outcomeDocument, outcomeText, planDocument, planText, sumPlans } from './fetch-words.ts';

export interface Prepared {
  readonly jobs: readonly DatasetJob[];
  readonly found: readonly Found[];
  readonly failed: readonly FailedSubject[];
}

export interface FetchRun {
  readonly db: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly prepare: (door: Door, signal: AbortSignal, nowMs: number) => Promise<Prepared>;
}

const BAD_INPUT = 2;
const INTERRUPTED = 130;

/** Opens a fetcher's source where the environment says it is, or at home. */
export async function openSource(fetcher: Fetcher): Promise<HistorySource> {
  const set = process.env[addressVariable(fetcher.name)];
  const silence = silenceIn(stateFolder(process.env), machineClock.nowMs);
  const url = addressOf(fetcher.name, fetcher.home, set);
  return await fetcher.open({ url, pace: machineClock, tuning: { silence } });
}

/** Fetches, with a bar on stderr and what came of it on stdout; sets the exit code. */
export async function runFetch(run: FetchRun): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  let door: Door | null = null;
  try {
    // Locked by another process? Then nobody is asked.
    door = await Door.at(run.db);
    const prepared = await run.prepare(door, stop.signal, machineClock.nowMs());
    if (run.dryRun === true) await tellPlan(run, prepared, door, stop.signal);
    else await carryOut(run, prepared, door, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = INTERRUPTED;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    await door?.close();
  }
}

async function tellPlan(
  { db, json }: FetchRun,
  prepared: Prepared,
  door: Door,
  signal: AbortSignal,
) {
  const records = await door.fetched();
  const plans = await sumPlans(prepared.jobs, records, machineClock.nowMs(), signal);
  if (json) printJson({ db, dryRun: true, datasets: plans.map(planDocument) });
  else process.stdout.write(planText(plans));
}

async function carryOut(
  run: FetchRun,
  { jobs, found, failed }: Prepared,
  door: Door,
  signal: AbortSignal,
): Promise<void> {
  door.first = firstCommit(jobs, found);
  const bar = progress(process.stderr, {
    label: 'fetching',
    total: rowsOf(jobs, await door.fetched()),
    unit: 'rows',
    silent: run.json === true,
  });
  let done = 0;
  const onRows = (rows: number, subject: Subject) => {
    done += rows;
    bar.update(done, subjectText(subject));
  };
  const watch = { nowMs: machineClock.nowMs, signal, onRows };
  const outcome = await fetchJobs(jobs, door, watch).finally(() => bar.stop());
  const all = { ...outcome, failed: [...failed, ...outcome.failed], found };
  const isInterrupted = signal.aborted && outcome.fault !== null;
  const isWhole = outcome.fault === null || isInterrupted;
  if (run.json !== true) {
    const { said, wrong } = outcomeText(all);
    process.stdout.write(said);
    process.stderr.write(wrong);
  } else if (isWhole)
    printJson({ db: run.db, ...outcomeDocument(all), interrupted: isInterrupted });
  if (!isWhole) throw outcome.fault;
  if (isInterrupted) process.exitCode = INTERRUPTED;
  else if (all.failed.length > 0) process.exitCode = BAD_INPUT;
}

/** Rows that are likely to come, for the bar: candles by their interval, else about one an hour. */
function rowsOf(jobs: readonly DatasetJob[], records: readonly FetchRecord[]): number {
  const nowMs = machineClock.nowMs();
  let rows = 0;
  for (const job of jobs) {
    const { subject, source } = job;
    const stepMs = subject.interval === null ? 3_600_000 : intervalMs(subject.interval);
    const keptMs = source.earliestMs(subject, nowMs);
    for (const [fromMs, toMs] of stretchesOf(job, ofKey(records, subject))) {
      rows += Math.max(0, Math.ceil((Math.min(toMs, nowMs) - Math.max(fromMs, keptMs)) / stepMs));
    }
  }
  return rows;
}
