// What a session wrote down, for the message of a test that fails.

import { existsSync } from 'node:fs';
import { readFolder } from '../../live/journal/folder.ts';

/** The last lines of a journal but candles and marks, each cut short. */
export function lastLines(folder: string, count = 60): string {
  if (!existsSync(folder)) return 'it wrote nothing';
  const lines = [...readFolder(folder)].filter((line) => {
    return line.kind !== 'mark' && !(line.kind === 'in' && line.event.kind === 'candle');
  });
  return lines
    .slice(-count)
    .map((line) => JSON.stringify(line).slice(0, 240))
    .join('\n');
}
