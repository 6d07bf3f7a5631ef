// What the code was when something ran: a digest of its source. A sweep that is taken up again must be
// run by the code that began it, a promotion by the code that was tried; and between two commits the
// version says nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../digest.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));

/**
 * SHA-256 over every module of `engine/` that takes part in a run (`engine/host/`, which only starts
 * them, left out), by path and with line ends as \n: 64 hex digits.
 */
export function engineDigest(): string {
  return sha256(linesOf('engine').join(''));
}

/**
 * The same over all that decides and trades in a session: the engine, `live/`, and what venues say to
 * everybody.
 */
export function sessionDigest(): string {
  const rooms = ['engine', 'live', 'data/venues'];
  return sha256(rooms.flatMap((room) => [`${room}\n`, ...linesOf(room)]).join(''));
}

function linesOf(room: string): string[] {
  const folder = join(TOP, room);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('host/'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
      return `${name} ${sha256(text)}\n`;
    });
}
