// What the journal's tests share: an identity, a folder to break things in, short ways to read.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../../engine/config/check.ts';
import { recoverFolder } from '../../../live/journal/folder.ts';
import type { Entry, Line } from '../../../live/journal/line.ts';
import type { Identity } from '../../../live/journal/manifest.ts';
import { JournalReader, type Tail } from '../../../live/journal/reader.ts';
import { beginFile, type FileOptions } from '../../../live/journal/rotate.ts';
import type { JournalWriter } from '../../../live/journal/writer.ts';

export const START_MS = 1_750_000_000_000;
export const FIRST = 'journal-000001.ndjson';
export const SECOND = 'journal-000002.ndjson';

export const identity: Identity = {
  sessionId: 'paper-1',
  feed: 'replay:test at max',
  code: '0.1.0+abcdef0',
  node: 'v24.0.0',
  config: checkConfig({ decision: { strategy: 'momentum' } }),
  market: {},
  data: { 'aster:BTCUSDT:1m': 'd'.repeat(64) },
};

export async function inFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-journal-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function begin(folder: string, options?: FileOptions): Promise<JournalWriter> {
  return beginFile(folder, identity, START_MS, null, options);
}

export function tick(k: number): Entry & { readonly kind: 'in' } {
  return { kind: 'in', event: { kind: 'row-closed', tsMs: START_MS + k, openMs: k } };
}

export function linesOf(path: string): { lines: Line[]; tail: Tail } {
  const reader = new JournalReader(path);
  const lines = [...reader.lines()];
  return { lines, tail: reader.tail! };
}

export async function recovered(folder: string): Promise<{ lines: Line[]; tail: Tail | null }> {
  const lines: Line[] = [];
  const tail = await recoverFolder(folder, (line) => lines.push(line));
  return { lines, tail };
}
