// A file on disk as a SourceFile: read, hashed, compared with a checksum beside it, unpacked, and
// told apart by its first bytes. What is no market data at all (a web page, a program, a pointer to
// a file that was never fetched) is refused here, with what it is.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../engine/errors.ts';
import { sha256 } from '../digest.ts';
import type { SourceFile } from './contract.ts';
import { decode, headOf } from './csv.ts';
import { onlyEntry } from './zip.ts';

/** Above this a text no longer fits into one JavaScript string. */
const MAX_BYTES = 500_000_000;
const HEAD_BYTES = 65_536;

/** Reads and unpacks a file. InputError when it is missing, broken, or no data. */
export function openSource(path: string): SourceFile {
  const name = basename(path);
  if (!existsSync(path)) throw new InputError({ key: path, rule: 'must exist' });
  const { size } = statSync(path);
  if (size === 0) throw new InputError({ key: name, rule: 'must not be empty' });
  if (size > MAX_BYTES) {
    throw new InputError({ key: name, rule: `must have at most ${MAX_BYTES} bytes`, value: size });
  }
  const onDisk = readFileSync(path);
  const digest = sha256(onDisk);
  checkChecksumFile(path, name, digest);
  const { bytes, inner } = unpack(name, onDisk);
  const format = formatOf(name, bytes);
  const head = format === 'csv' ? headOf(decode(bytes.subarray(0, HEAD_BYTES)), 2) : [];
  return { path, name, inner, sha256: digest, format, bytes, head };
}

/** Binance publishes `<file>.CHECKSUM` beside each archive: `<sha256>  <file>`. */
function checkChecksumFile(path: string, name: string, digest: string): void {
  const beside = `${path}.CHECKSUM`;
  if (!existsSync(beside)) return;
  const [expected = ''] = readFileSync(beside, 'utf8').trim().split(/\s+/);
  if (expected.toLowerCase() === digest) return;
  throw new InputError({
    key: name,
    rule: `must have the SHA-256 in ${name}.CHECKSUM`,
    value: digest,
  });
}

function unpack(name: string, bytes: Uint8Array): { bytes: Uint8Array; inner: string | null } {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const entry = onlyEntry(name, bytes, MAX_BYTES);
    return { bytes: entry.bytes, inner: basename(entry.name) };
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { bytes, inner: null };
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: MAX_BYTES }), inner: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError({ key: name, rule: `must be whole gzip (${reason})` }, { cause: error });
  }
}

function formatOf(name: string, bytes: Uint8Array): SourceFile['format'] {
  const [first, last] = [ascii(bytes.subarray(0, 6)), ascii(bytes.subarray(-6))];
  if (first.startsWith('PAR1')) {
    if (last.endsWith('PAR1')) return 'parquet';
    throw new InputError({ key: name, rule: 'must be a whole Parquet file: its end is missing' });
  }
  if (first === 'ARROW1') {
    if (last === 'ARROW1') return 'feather';
    throw new InputError({ key: name, rule: 'must be a whole Feather file: its end is missing' });
  }
  const head = bytes.subarray(0, HEAD_BYTES);
  if (head.includes(0)) {
    throw new InputError({ key: name, rule: 'must be csv, JSON, Parquet, Feather, zip or gzip' });
  }
  const text = decode(head).trimStart();
  const other = whatElse(text);
  if (other !== null) throw new InputError({ key: name, rule: `must be market data, is ${other}` });
  return text.startsWith('[') || text.startsWith('{') ? 'json' : 'csv';
}

function whatElse(text: string): string | null {
  if (text === '') return 'blank';
  // MetaTrader's headers: `<DATE>,<TIME>,<OPEN>`.
  if (text.startsWith('<') && !/^<(DATE|TICKER|TIME|DTYYYYMMDD)>\W/i.test(text)) {
    return 'a web page or XML';
  }
  if (text.startsWith('version https://git-lfs')) return 'a Git LFS pointer, not the file itself';
  const code = /^(#!|"""|'''|import \w|from \w[\w.]* import |def \w+\(|class \w+[(:]|async def )/m;
  return code.test(text) ? 'program code' : null;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
