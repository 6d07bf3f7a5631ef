// One file out of a zip archive, with its checksum verified.
//
//   ... | local header, data | ... | directory: one entry a file | end record
//
// Read from the directory, as the format asks: sizes in local headers may be missing. LEAN's writer
// puts sizes into the zip64 field of small archives too, without a zip64 end record, which libraries
// take for a file of 4 GB. The CRC-32 is compared because damage in place inflates into digits.

import { crc32, inflateRawSync } from 'node:zlib';
import { InputError } from '../../engine/errors.ts';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const IN_ZIP64_FIELD = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface DirectoryEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly at: number;
}

/** The only file in a zip. InputError when it is broken, empty, holds several or is too big. */
export function onlyEntry(key: string, zip: Uint8Array, maxBytes: number): ZipEntry {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let files: DirectoryEntry[];
  try {
    files = directoryOf(zip, view).filter(({ name }) => !name.endsWith('/'));
  } catch (error) {
    throw broken(key, error);
  }
  const [file] = files;
  if (file === undefined || files.length !== 1) {
    const names = files.map(({ name }) => name).slice(0, 5);
    throw new InputError({ key, rule: 'must hold exactly one file', value: names });
  }
  if (file.size > maxBytes) {
    throw new InputError({ key, rule: `must hold at most ${maxBytes} bytes`, value: file.size });
  }
  try {
    return { name: file.name, bytes: contentOf(zip, view, file) };
  } catch (error) {
    throw broken(key, error);
  }
}

function directoryOf(zip: Uint8Array, view: DataView): DirectoryEntry[] {
  let end = zip.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('its end is missing');
  const entries: DirectoryEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY) throw new Error('its directory is damaged');
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    let long = zip64Field(view, nameEnd, extraEnd);
    const number = (offset: number) => {
      const short = view.getUint32(at + offset, true);
      if (short !== IN_ZIP64_FIELD) return short;
      long += 8;
      return Number(view.getBigUint64(long - 8, true));
    };
    // In the zip64 field the size comes first, then the packed size, then the place.
    const [size, packedSize, place] = [number(24), number(20), number(42)];
    entries.push({
      name: new TextDecoder().decode(zip.subarray(at + 46, nameEnd)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize: packedSize!,
      size: size!,
      at: place!,
    });
    at = extraEnd + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Where the values of the zip64 extra field begin; behind the end when there is none. */
function zip64Field(view: DataView, from: number, to: number): number {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === 1) return at + 4;
  }
  return view.byteLength;
}

function contentOf(zip: Uint8Array, view: DataView, file: DirectoryEntry): Uint8Array {
  if (view.getUint32(file.at, true) !== LOCAL_HEADER) throw new Error(`${file.name} is not there`);
  const from =
    file.at + 30 + view.getUint16(file.at + 26, true) + view.getUint16(file.at + 28, true);
  const packed = zip.subarray(from, from + file.packedSize);
  if (file.method !== STORED && file.method !== DEFLATED) {
    throw new Error(`${file.name} is packed by method ${file.method}, not deflate`);
  }
  const bytes =
    file.method === STORED
      ? packed
      : inflateRawSync(packed, { maxOutputLength: Math.max(1, file.size) });
  if (bytes.length !== file.size || crc32(bytes) !== file.crc) {
    throw new Error(`${file.name} has another checksum`);
  }
  return bytes;
}

function broken(key: string, error: unknown): InputError {
  const reason = error instanceof Error ? error.message : String(error);
  return new InputError({ key, rule: `must be a whole zip (${reason})` }, { cause: error });
}
