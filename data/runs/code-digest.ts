// What the engine was when something ran: a digest of its source. A sweep that is taken up again must
// be run by the code that began it, and between two commits the version says nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../digest.ts';

const ENGINE = fileURLToPath(new URL('../../engine/', import.meta.url));

/**
 * SHA-256 over every module of `engine/` that takes part in a run (`engine/host/`, which only starts
 * them, left out), by path and with line ends as \n: 64 hex digits.
 */
export function engineDigest(): string {
  const files = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('host/'))
    .sort();
  const lines = files.map((name) => {
    const text = readFileSync(join(ENGINE, name), 'utf8').replaceAll('\r\n', '\n');
    return `${name} ${sha256(text)}\n`;
  });
  return sha256(lines.join(''));
}
