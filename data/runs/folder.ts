// Run folders: what a run leaves on disk, whole or not at all, never changed afterwards.
//
//   runs/.unfinished-...            written here first
//   runs/20251120T213045Z-demo-1f2e3d4c/     and renamed in one step; taken names get -2, -3, ...
//     result.json config.json report.html, and tables: tables.ts and record-tables.ts
//
// A folder left unfinished by a crash begins with a dot and is never read.

import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assert, InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import {
  type Circumstances,
  RESULT_SCHEMA_VERSION,
  type RunFacts,
  type RunResult,
} from '../../engine/research/result.ts';
import { resultDigest } from './canonical.ts';
import { withDuckDB } from './parquet.ts';
import { readRecord, writeRecord } from './record-tables.ts';
import { ioError, makeRoot, unwritable } from './root.ts';
import { readEquity, readFills, readTrades, writeTables } from './tables.ts';

const FOLDER = /^\d{8}T\d{6}Z-.+-[0-9a-f]{8}(-\d+)?$/;

/** `20251120T213045Z-<name>-<first 8 of the run's digest>`; `startedAt` is ISO 8601. */
export function runFolderName(startedAt: string, name: string, digest: string): string {
  const startedMs = Date.parse(startedAt);
  assert(Number.isFinite(startedMs), 'a run knows when it started');
  assert(/^[0-9a-f]{8}/.test(digest), 'a run has a digest in hex');
  const utc = new Date(startedMs).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `${utc}-${name}-${digest.slice(0, 8)}`;
}

/**
 * Writes a run folder below `root` (made when missing) and returns its absolute path. Throws
 * InputError naming `--out` when `root` cannot be written; nothing half-written has a run's name.
 */
export async function writeRun(
  root: string,
  result: RunResult,
  files: { readonly report: string },
): Promise<string> {
  const { facts, circumstances, resultDigest: digest } = result;
  assert(digest === resultDigest(facts), 'a result carries the digest of its facts');
  const name = runFolderName(circumstances.startedAt, facts.name, facts.digest);
  makeRoot(root);
  const draft = join(resolve(root), `.unfinished-${name}-${randomUUID().slice(0, 8)}`);
  try {
    await mkdir(draft);
    await withDuckDB(async (duck) => {
      await writeTables(duck, draft, result, intervalMs(facts.data.interval));
      await writeRecord(duck, draft, result.record);
    });
    const { $schema: _, ...config } = facts.config;
    await writeFile(join(draft, 'config.json'), json(config));
    await writeFile(
      join(draft, 'result.json'),
      json({ facts, resultDigest: digest, circumstances }),
    );
    await writeFile(join(draft, 'report.html'), files.report);
    return await publish(draft, join(resolve(root), name));
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw unwritable(root, ioError(error)) ?? error;
  }
}

/** Gives a finished folder the first free name. Renaming onto a folder with files in it fails. */
async function publish(draft: string, wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const path = n === 1 ? wanted : `${wanted}-${n}`;
    if (existsSync(path)) continue;
    try {
      await rename(draft, path);
      return path;
    } catch (error) {
      // Another process took the name between the question and the rename.
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) throw error;
    }
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Names of the finished runs below `root`, oldest first; empty when there is no such folder. */
export function listRuns(root: string): string[] {
  if (!existsSync(root)) return [];
  const finished = (name: string) =>
    FOLDER.test(name) && existsSync(join(root, name, 'result.json'));
  return readdirSync(root).filter(finished).sort();
}

/**
 * Reads a run folder back: for a report drawn again, or a comparison. Facts, trades, fills and
 * equity equal those written. Throws InputError for what is missing, garbled, edited or of another
 * schema version.
 */
export async function readRun(dir: string): Promise<RunResult> {
  const { facts, digest, circumstances } = readResult(dir);
  const stepMs = intervalMs(facts.data.interval, join(dir, 'result.json'));
  return withDuckDB(async (duck) => {
    const trades = await readTrades(duck, dir);
    const fills = await readFills(duck, dir);
    const { equity, prices } = await readEquity(duck, dir, stepMs);
    const record = await readRecord(duck, dir);
    return { facts, resultDigest: digest, circumstances, trades, fills, equity, prices, record };
  });
}

interface ResultFile {
  readonly facts: RunFacts;
  readonly digest: string;
  readonly circumstances: Circumstances;
}

function readResult(dir: string): ResultFile {
  const path = join(dir, 'result.json');
  const refuse = (rule: string, value?: unknown, cause?: unknown) =>
    new InputError({ key: path, rule, value }, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError({ key: dir, rule: 'must be a run folder with a result.json' }, { cause });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse('must be JSON', undefined, cause);
  }
  if (!isRecord(parsed) || !isRecord(parsed['facts']) || !isRecord(parsed['circumstances'])) {
    throw refuse('must have facts and circumstances');
  }
  const version = parsed['facts']['schemaVersion'];
  if (version !== RESULT_SCHEMA_VERSION) {
    throw refuse(`must have schemaVersion ${RESULT_SCHEMA_VERSION}`, version);
  }
  const facts = parsed['facts'] as unknown as RunFacts;
  const digest = resultDigest(facts);
  if (parsed['resultDigest'] !== digest) {
    throw refuse('must have facts that match its resultDigest: it was edited or damaged');
  }
  return { facts, digest, circumstances: parsed['circumstances'] as unknown as Circumstances };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
