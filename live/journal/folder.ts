// A folder of journal files as one history, oldest first: each file's manifest names the one before
// and where it ended. Reading changes nothing; `recoverFolder` is start-up after whatever happened:
// it cuts the torn tail of the newest file, or refuses and sets a damaged file aside.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type Disk, machineDisk } from './disk.ts';
import type { Line } from './line.ts';
import type { ParentLink } from './manifest.ts';
import { JournalReader, type Tail } from './reader.ts';
import { JournalRefusal } from './refusal.ts';

const NAME = /^journal-(\d{6})\.ndjson$/;

/** Names of the folder's journal files, oldest first. */
export function journalFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort();
}

/** The name after `file`; that of the first when null. */
export function nextFile(file: string | null): string {
  const number = file === null ? 1 : Number(NAME.exec(file)![1]) + 1;
  return `journal-${String(number).padStart(6, '0')}.ndjson`;
}

/** The link by which a new file goes on from where `tail` ended. */
export function parentOf(tail: Tail): ParentLink {
  return { file: basename(tail.path), lastHash: tail.hash, lastSeq: tail.seq };
}

/**
 * Every line of every file of a folder, verified, decoded and linked; gives where the newest file
 * ended, null when there is none. Throws JournalRefusal at the first line that may not be believed,
 * and before the first when a damaged file lies there.
 */
export function* readFolder(folder: string): Generator<Line, Tail | null> {
  refuseQuarantined(folder);
  let tail: Tail | null = null;
  for (const name of journalFiles(folder)) {
    if (tail !== null) refuseTornMiddle(tail);
    const reader: JournalReader = new JournalReader(
      join(folder, name),
      tail?.inputs ?? 0,
      tail?.outputs ?? 0,
    );
    for (const line of reader.lines()) {
      if (line.kind === 'manifest') checkLink(reader.path, line, tail);
      yield line;
    }
    tail = reader.tail;
  }
  return tail;
}

/**
 * Start-up: hands every line to `visit`, then makes the folder one that can be gone on from. A torn
 * tail is cut from the newest file, its bytes kept beside it as `*.torn-<offset>`; the tail that is
 * returned still says how many. Damage renames the file to `*.damaged` and throws: state that
 * `visit` has built must be thrown away. Hold the lock.
 */
export async function recoverFolder(
  folder: string,
  visit: (line: Line) => void,
  disk: Disk = machineDisk,
): Promise<Tail | null> {
  const lines = readFolder(folder);
  try {
    for (let step = lines.next(); ; step = lines.next()) {
      if (!step.done) visit(step.value);
      else {
        if (step.value !== null && step.value.cutBytes > 0) await cutTail(step.value, disk);
        return step.value;
      }
    }
  } catch (error) {
    if (error instanceof JournalRefusal && error.code === 'journal-damaged') quarantine(error.path);
    throw error;
  }
}

function refuseQuarantined(folder: string): void {
  if (!existsSync(folder)) {
    throw new JournalRefusal('journal-missing', folder, 0, 'must be a folder that exists');
  }
  const name = readdirSync(folder).find((one) => /\.damaged(\.\d+)?$/.test(one));
  if (name === undefined) return;
  const rule = 'must be looked at first: move it away to go on without it, or mend and rename it';
  throw new JournalRefusal('journal-quarantined', join(folder, name), 0, rule);
}

function refuseTornMiddle({ path, lines, cutBytes }: Tail): void {
  if (cutBytes === 0) return;
  const rule = 'must end with a whole line: a newer file goes on from it';
  throw new JournalRefusal('journal-damaged', path, lines + 1, rule);
}

function checkLink(path: string, line: Line & { kind: 'manifest' }, tail: Tail | null): void {
  const { parent } = line.manifest;
  const wanted = tail === null ? null : parentOf(tail);
  const isLinked =
    parent?.file === wanted?.file &&
    parent?.lastHash === wanted?.lastHash &&
    parent?.lastSeq === wanted?.lastSeq;
  const rule =
    wanted === null
      ? 'must have its parent file beside it'
      : `must go on from where ${wanted.file} ends, line ${wanted.lastSeq}`;
  if (!isLinked) throw new JournalRefusal('journal-link', path, 1, rule, { value: parent });
  if (tail !== null && line.tsMs < tail.tsMs) {
    throw new JournalRefusal('journal-malformed', path, 1, `t must be ${tail.tsMs} or later`);
  }
}

async function cutTail({ path, bytes, cutBytes }: Tail, disk: Disk): Promise<void> {
  keep(path, bytes, cutBytes);
  const file = await disk.open(path);
  try {
    await file.truncate(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** What is cut off is evidence of what happened: it goes into a file of its own. */
function keep(path: string, offset: number, length: number): void {
  const from = openSync(path, 'r');
  const to = openSync(`${path}.torn-${offset}`, 'w');
  try {
    const bytes = Buffer.alloc(length);
    const got = readSync(from, bytes, 0, length, offset);
    writeSync(to, bytes, 0, got);
    fsyncSync(to);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

function quarantine(path: string): void {
  let name = `${path}.damaged`;
  for (let k = 2; existsSync(name); k++) name = `${path}.damaged.${k}`;
  renameSync(path, name);
}
