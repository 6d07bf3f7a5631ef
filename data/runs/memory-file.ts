// Memories on disk: a document of its own beside the run folders, whole or not at all; and the digest by
// which whoever begins with one says what it held.

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { memoryDocument } from '../../engine/agents/memory/document.ts';
import type { Remembered } from '../../engine/agents/memory.ts';
import { InputError } from '../../engine/errors.ts';
import { canonicalJson, sha256 } from './canonical.ts';

/** SHA-256 of what was remembered, however it is laid out on disk; null where nothing was. */
export function memoryDigest(remembered: readonly Remembered[]): string | null {
  return remembered.length === 0 ? null : sha256(canonicalJson(remembered));
}

/** Throws InputError that names `key` where memories could not be written to `path`, before a run. */
export function checkMemoryPlace(path: string, enabled: boolean, key: string): void {
  if (!enabled) throw new InputError({ key, rule: 'needs decision.memory.enabled', value: path });
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({ key, rule: 'must be a file, not a folder', value: path });
  }
  if (!statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({ key, rule: 'must be in a folder that is there', value: path });
  }
}

/** Writes memories, over those of before. Throws InputError that names `key` where it cannot. */
export function writeMemory(path: string, trades: readonly Remembered[], key: string): void {
  const draft = `${path}.unfinished`;
  try {
    writeFileSync(draft, `${JSON.stringify(memoryDocument(trades), null, 1)}\n`);
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    const rule = `cannot be written: ${cause instanceof Error ? cause.message : cause}`;
    throw new InputError({ key, rule, value: path }, { cause });
  }
}
