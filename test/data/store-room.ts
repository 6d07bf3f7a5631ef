// The room store tests work in: fresh stores in a folder that goes away, candles whose values tell
// their row, and a look at the file without the store.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect } from 'vitest';
import { type History, openStore, type Provenance, type Store } from '../../data/store.ts';
import { InputError } from '../../engine/errors.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';

export const folder = mkdtempSync(join(tmpdir(), 'sapphire-store-'));
let made = 0;
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

export const START_MS = Date.UTC(2025, 0, 30, 22);
export const TARGET = { venue: 'binance-usdm', symbol: 'BTCUSDT', interval: '1m' };
export const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
export const from = (file: string): Provenance => ({
  file,
  sha256: `sha of ${file}`,
  importer: 'test',
});

/** Candles of a minute each whose prices tell their row; volume is the row number. */
export function candles(firstRow: number, rows: number): CandleArrays {
  const column = (value: (row: number) => number) =>
    Float64Array.from({ length: rows }, (_, k) => value(firstRow + k));
  return {
    openMs: column((row) => START_MS + row * MINUTE_MS),
    open: column((row) => 100 + row / 7),
    high: column((row) => 102 + row / 7),
    low: column((row) => 99 + row / 7),
    close: column((row) => 101 + row / 7),
    volume: column((row) => row),
  };
}

export async function freshStore(): Promise<{ path: string; store: Store }> {
  const path = join(folder, `store-${made++}.duckdb`);
  return { path, store: await openStore(path, { write: true }) };
}

export const readAll = (store: History) =>
  store.readCandles('binance-usdm', 'BTCUSDT', MINUTE_MS, ...ALL);

export async function problemOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

/** One statement on a file that no store has open; columns of its result. */
export async function sql(path: string, statement: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const columns = (await connection.runAndReadAll(statement)).getColumnsJS();
  connection.closeSync();
  instance.closeSync();
  return columns;
}
