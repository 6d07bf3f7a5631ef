// The files of a sweep's trials, read without holding them: line by line, row by row, in blocks.
//
//   trials.ndjson        JSON a line            daily-returns.f64   days x 8 bytes a trial,
//                                               little-endian doubles, NaN = no such day

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '../../engine/errors.ts';
import type { TrialMatrix } from '../../engine/statistics/trial-matrix.ts';

const BLOCK_BYTES = 1 << 20;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

export interface Line {
  readonly text: string;
  /** False for what stands at the end of the file without an end of its own. */
  readonly isWhole: boolean;
  /** Offset of the first byte after the line and its end. */
  readonly end: number;
}

/** Lines of a file from an offset where one begins; the last may lack its end. */
export function* linesOf(file: number, offset = 0): Generator<Line> {
  let rest: Buffer = NOTHING;
  let end = offset;
  for (const block of blocksOf(file, offset)) {
    let from = 0;
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, from)) {
      const ending = block.subarray(from, at);
      const line = rest.length > 0 ? Buffer.concat([rest, ending]) : ending;
      rest = NOTHING;
      end += line.length + 1;
      yield { text: line.toString('utf8'), isWhole: true, end };
      from = at + 1;
    }
    rest = Buffer.concat([rest, block.subarray(from)]);
  }
  if (rest.length > 0)
    yield { text: rest.toString('utf8'), isWhole: false, end: end + rest.length };
}

/** SHA-256 of a file's bytes, 64 hex digits. */
export function digestOfFile(file: number): string {
  const hash = createHash('sha256');
  for (const block of blocksOf(file)) hash.update(block);
  return hash.digest('hex');
}

/** Blocks of a file, one after the other in the same buffer: as large as they are, it would not go soon. */
function* blocksOf(file: number, offset = 0): Generator<Buffer> {
  const { size } = fstatSync(file);
  const buffer = Buffer.alloc(Math.min(BLOCK_BYTES, Math.max(0, size - offset)));
  for (let from = offset; from < size; from += BLOCK_BYTES) {
    yield readInto(buffer.subarray(0, Math.min(BLOCK_BYTES, size - from)), file, from);
  }
}

export function readText(file: number, from: number, length: number): string {
  return read(file, from, length).toString('utf8');
}

function read(file: number, from: number, length: number): Buffer {
  return readInto(Buffer.alloc(length), file, from);
}

/** As much of the buffer as the file had. */
function readInto(buffer: Buffer, file: number, from: number): Buffer {
  let at = 0;
  while (at < buffer.length) {
    const count = readSync(file, buffer, at, buffer.length - at, from + at);
    if (count === 0) break;
    at += count;
  }
  return buffer.subarray(0, at);
}

/** One row of returns as bytes, filled up with NaN. */
export function returnsRow(returns: Float64Array | null, days: number): Uint8Array {
  const row = new Float64Array(days).fill(Number.NaN);
  if (returns !== null) row.set(returns.subarray(0, days));
  return new Uint8Array(row.buffer);
}

/**
 * Daily returns of trials `from` to `to` (not included): a row a trial, a column a UTC day, NaN where
 * a trial has no such day (it failed, ran on less, or was ruined). Throws InputError when the file is
 * not there or has fewer rows.
 */
export function readReturns(path: string, days: number, from: number, to: number): TrialMatrix {
  const values = new Float64Array((to - from) * days);
  withReturns(path, days, to, (file, rowBytes) => {
    readInto(Buffer.from(values.buffer), file, from * rowBytes);
  });
  return { trials: to - from, rows: days, values };
}

/** The same of some trials, ascending, in their order: the first `days` of each, and 0 after them. */
export function readReturnsOf(
  path: string,
  days: number,
  some: readonly { readonly index: number; readonly days: number }[],
): TrialMatrix {
  const values = new Float64Array(some.length * days);
  withReturns(path, days, (some.at(-1)?.index ?? -1) + 1, (file, rowBytes) => {
    some.forEach((one, k) => {
      const bytes = one.days * Float64Array.BYTES_PER_ELEMENT;
      readInto(Buffer.from(values.buffer, k * rowBytes, bytes), file, one.index * rowBytes);
    });
  });
  return { trials: some.length, rows: days, values };
}

/** Opens a file of returns that must have so many rows. */
function withReturns(
  path: string,
  days: number,
  least: number,
  read: (file: number, rowBytes: number) => void,
): void {
  const rowBytes = days * Float64Array.BYTES_PER_ELEMENT;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new InputError({ key: path, rule: 'must be a readable file' }, { cause });
  }
  try {
    const rows = Math.floor(fstatSync(file).size / rowBytes);
    if (least > rows)
      throw new InputError({ key: path, rule: `must have ${least} rows`, value: rows });
    read(file, rowBytes);
  } finally {
    closeSync(file);
  }
}
