// The next file of a folder. A file gets its name only when its manifest is durable, so that every
// file that can be found begins with a whole line; a crash before that leaves a `*.new`, which the
// next try writes over.
//
//   old: ... stop "rotated", flush  ->  new: manifest with parent { file, lastHash, lastSeq }

import { randomFillSync } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { assert } from '../../engine/errors.ts';
import { GENESIS } from './chain.ts';
import { type Disk, machineDisk, writeAll } from './disk.ts';
import { nextFile, parentOf } from './folder.ts';
import { type Identity, manifestOf } from './manifest.ts';
import type { Tail } from './reader.ts';
import { JournalFault } from './refusal.ts';
import { JournalWriter, type Position } from './writer.ts';

/** Room kept for the last lines of a full disk, bytes: some 500 orders. */
const RESERVE_BYTES = 256 * 1024;
const RESERVE = 'journal.reserve';
const BEGINNING: Position = {
  seq: -1,
  hash: GENESIS,
  tsMs: 0,
  bytes: 0,
  inputs: 0,
  outputs: 0,
};

export interface FileOptions {
  /** Inputs between two marks; 1000 unless told. */
  readonly markEvery?: number;
  readonly disk?: Disk;
}

/**
 * Begins the next file of a folder, its manifest durable, and gives the writer. `tail` is where the
 * folder ended (`recoverFolder`), null when it holds nothing. Hold the lock. Throws JournalFault
 * (`journal-failed`) when the disk will not have it, the reserve included: then nothing may start.
 */
export async function beginFile(
  folder: string,
  identity: Identity,
  tsMs: number,
  tail: Tail | null,
  options: FileOptions = {},
): Promise<JournalWriter> {
  // A torn tail left in the parent would make the whole folder unreadable for good.
  const isCut = tail === null || statSync(tail.path).size === tail.bytes;
  assert(isCut, 'recoverFolder has cut the torn tail before a new file begins');
  const name = nextFile(tail === null ? null : basename(tail.path));
  const position = tail === null ? BEGINNING : { ...positionOf(tail), bytes: 0 };
  const manifest = manifestOf(identity, tail === null ? null : parentOf(tail));
  return begin(folder, name, manifest, Math.max(tsMs, position.tsMs), position, options);
}

/**
 * Goes on writing the very file that `tail` ended, its torn tail cut. Only where code, config and
 * data are those of its manifest (`differences`), and it has no stop line.
 */
export async function resumeFile(tail: Tail, options: FileOptions = {}): Promise<JournalWriter> {
  assert(tail.stopCode === null, 'a stopped journal goes on in a new file');
  const disk = options.disk ?? machineDisk;
  const folder = dirname(tail.path);
  return orFault(tail.path, async () => {
    await keepReserve(folder, disk);
    const file = await disk.open(tail.path);
    // Cut already, unless nobody called recoverFolder; a second cut changes nothing.
    await file.truncate(tail.bytes);
    return new JournalWriter(tail.path, file, positionOf(tail), writerOptions(folder, options));
  });
}

/** Ends the writer's file with the stop `rotated` and begins the next one. The old one is closed. */
export async function rotate(
  writer: JournalWriter,
  identity: Identity,
  tsMs: number,
  options: FileOptions = {},
): Promise<JournalWriter> {
  writer.appendStop(tsMs, 'rotated');
  await writer.close();
  const { path, seq, hash, inputs, outputs } = writer;
  const file = basename(path);
  const position = { seq, hash, tsMs: writer.tsMs, bytes: 0, inputs, outputs };
  const manifest = manifestOf(identity, { file, lastHash: hash, lastSeq: seq });
  return begin(dirname(path), nextFile(file), manifest, tsMs, position, options);
}

async function begin(
  folder: string,
  name: string,
  manifest: ReturnType<typeof manifestOf>,
  tsMs: number,
  position: Position,
  options: FileOptions,
): Promise<JournalWriter> {
  const disk = options.disk ?? machineDisk;
  const path = join(folder, name);
  assert(!existsSync(path), 'a journal file is never written over');
  return orFault(path, async () => {
    await keepReserve(folder, disk);
    const file = await disk.create(`${path}.new`);
    try {
      const writer = new JournalWriter(path, file, position, writerOptions(folder, options));
      writer.append({ kind: 'manifest', tsMs, manifest });
      await writer.flush();
      await disk.rename(`${path}.new`, path);
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

function positionOf({ seq, hash, tsMs, bytes, inputs, outputs }: Tail): Position {
  return { seq, hash, tsMs, bytes, inputs, outputs };
}

function writerOptions(folder: string, { markEvery = 1000, disk = machineDisk }: FileOptions) {
  return { markEvery, freeReserve: () => disk.remove(join(folder, RESERVE)) };
}

/**
 * A file of noise, which no file system can store in less, that is removed when the disk is full.
 * Others may be faster to take the room; then the last words are not written.
 */
async function keepReserve(folder: string, disk: Disk): Promise<void> {
  const path = join(folder, RESERVE);
  if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
  const file = await disk.create(path);
  try {
    await writeAll(file, randomFillSync(new Uint8Array(RESERVE_BYTES)), 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function orFault<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error instanceof JournalFault)
      throw error;
    const message = `${path}: the journal cannot be begun: ${error.message}`;
    throw new JournalFault('journal-failed', message, error);
  }
}
