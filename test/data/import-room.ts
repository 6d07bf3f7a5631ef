// The room importer tests work in: a folder and an empty store of its own for every test, files
// written into it and imported, and rows of hourly candles that tell their hour by the close.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type FileOutcome, type ImportOptions, importFile } from '../../data/importers/import.ts';
import { openStore, type Store } from '../../data/store.ts';
import { HOUR_MS } from '../../engine/interval.ts';

export const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
export const HOUR = { venue: 'v', symbol: 'BTCUSDT', interval: '1h' };
/** 2025-01-01 00:00 UTC. */
export const T = 1735689600000;

export const HEADER = 'ts,open,high,low,close,volume';
export const row = (hour: number, close = 100 + hour, volume: number | string = 5) =>
  `${T + hour * HOUR_MS},100,200,50,${close},${volume}`;
export const csv = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;
export const kline = (time: number | string, close: number) =>
  `${time},100,200,50,${close},5,${time},9,3,1,1,0`;

/** Sets the room up around every test of a file; `room.store` is the store of the running test. */
export function importRoom() {
  let root: string;
  let made = 0;
  const room = {
    folder: '',
    store: undefined as unknown as Store,
    give,
    imported,
    refused,
    closes,
  };
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sapphire-import-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    room.folder = join(root, `${made++}`);
    mkdirSync(room.folder);
    room.store = await openStore(join(room.folder, 'store.duckdb'), { write: true });
  });
  afterEach(() => {
    room.store.close();
  });

  async function give(
    name: string,
    content: string | Uint8Array,
    options: ImportOptions = HOUR,
  ): Promise<FileOutcome> {
    const path = join(room.folder, name);
    writeFileSync(path, content);
    return importFile({ path, named: true }, options, async () => room.store);
  }

  async function imported(name: string, content: string | Uint8Array, options?: ImportOptions) {
    const outcome = await give(name, content, options);
    if (outcome.status !== 'imported') throw new Error(JSON.stringify(outcome));
    return outcome;
  }

  async function refused(name: string, content: string | Uint8Array, options?: ImportOptions) {
    const outcome = await give(name, content, options);
    if (outcome.status !== 'failed') throw new Error(JSON.stringify(outcome));
    return outcome.problems.join('\n');
  }

  async function closes(symbol = 'BTCUSDT', venue = 'v') {
    return Array.from((await room.store.readCandles(venue, symbol, HOUR_MS, ...ALL)).close);
  }

  return room;
}
