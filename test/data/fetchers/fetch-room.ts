// The room fetchers are tested in: a local server, a clock that sleeps at once, a fresh store.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Fetcher, HistorySource } from '../../../data/fetchers/contract.ts';
import { Door } from '../../../data/fetchers/door.ts';
import { type FetchOutcome, fetchJobs, firstCommit, jobsOf } from '../../../data/fetchers/fetch.ts';
import type { DatasetKind } from '../../../data/schema.ts';
import { type DatasetRow, type FetchRecord, type History, openStore } from '../../../data/store.ts';
import type { Pace } from '../../../data/venues/contract.ts';
import type { Silence } from '../../../data/venues/http.ts';

export const folder = mkdtempSync(join(tmpdir(), 'sapphire-fetch-'));
let made = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function freshPath(): string {
  return join(folder, `store-${made++}.duckdb`);
}

export interface FetchTry {
  readonly path: string;
  readonly fetcher: Fetcher;
  readonly url: string;
  readonly pace: Pace;
  readonly symbols: readonly string[];
  readonly interval?: string | null;
  readonly kinds?: readonly DatasetKind[];
  readonly fromMs?: number | null;
  readonly toMs?: number;
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly silence?: Silence;
  readonly onRows?: () => void;
}

/** One `data fetch`, without the words. */
export async function fetchInto(one: FetchTry): Promise<FetchOutcome> {
  const { fetcher, url, pace, signal, silence } = one;
  const tuning = { timeoutMs: 2000, ...(silence ? { silence } : {}) };
  const door = await Door.at(one.path);
  try {
    const source: HistorySource = await fetcher.open({ url, pace, tuning });
    const found = await source.find(one.symbols, signal);
    const { kinds = ['candles'], interval = '1m', fromMs = null } = one;
    const wish = { fetcher: fetcher.name, source, found, kinds, interval, fromMs };
    const range = { toMs: one.toMs ?? Number.POSITIVE_INFINITY, replace: one.replace ?? false };
    const jobs = jobsOf({ ...wish, ...range }, await door.fetched(), pace.nowMs());
    door.first = firstCommit(jobs, found);
    const watch = {
      nowMs: () => pace.nowMs(),
      signal,
      ...(one.onRows ? { onRows: one.onRows } : {}),
    };
    return await fetchJobs(jobs, door, watch);
  } finally {
    await door.close();
  }
}

export async function withStore<T>(path: string, work: (store: History) => Promise<T>): Promise<T> {
  const store = await openStore(path);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

export function datasetsOf(path: string): Promise<DatasetRow[]> {
  return withStore(path, (store) => store.datasets());
}

export function recordsOf(path: string): Promise<FetchRecord[]> {
  return withStore(path, (store) => store.fetched());
}

export const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
