// The hash chain: the hash of a line is taken over the hash before it and the line up to its own,
// exactly as those bytes stand in the file, newline included.
//
//   ...,"h":"<hash n-1>"}\n{"s":...,"e":{...},"h":"<hash n>"}\n
//            \_________ hashed for n ________/
//
// So a reader hashes one stretch of the file and copies nothing. SHA-256 is cut to 132 bits (22
// characters of base64url): enough that damage never passes by chance (2^-132 a line). The chain is
// no seal: whoever can write the file can write it anew. A copy of the last hash elsewhere is.

import { hash } from 'node:crypto';

/** Characters of a hash in a line. */
export const HASH_CHARS = 22;
/** Stands before the first line of the first file. */
export const GENESIS = 'A'.repeat(HASH_CHARS);
/** Between the line's last field and its hash. */
export const HASH_LABEL = ',"h":"';
/** After the hash, but for the newline. */
export const LINE_END = '"}';
/** What of the line before is hashed with a line: hash, end and newline. */
export const SEAM_BYTES = HASH_CHARS + LINE_END.length + 1;

/** The hash of a line whose text up to its own hash is `body`. */
export function linkHash(previous: string, body: string): string {
  return hash('sha256', `${previous}${LINE_END}\n${body}`, 'base64url').slice(0, HASH_CHARS);
}

/** The same over bytes as they stand in the file, from the first of the hash before. */
export function linkHashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url').slice(0, HASH_CHARS);
}

/** True for a text that can be a hash. */
export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{22}$/.test(value);
}
