// A process for kill.test.ts: locks a folder, recovers it, goes on appending and flushing until it is
// killed, and says each seq on stdout once it is durable.

import { writeSync } from 'node:fs';
import { recoverFolder } from '../../../live/journal/folder.ts';
import { JournalLock } from '../../../live/journal/lock.ts';
import { beginFile, rotate } from '../../../live/journal/rotate.ts';
import { identity, START_MS, tick } from './support.ts';

const folder = process.argv[2]!;
JournalLock.take(folder, identity.sessionId);
const tail = await recoverFolder(folder, () => {});
let writer = await beginFile(folder, identity, START_MS, tail);
for (let k = writer.inputs + 1; ; k++) {
  writer.append(tick(k));
  if (k % 3 === 0) continue;
  await writer.flush();
  writeSync(1, `${writer.durableSeq}\n`);
  if (k % 50 === 0) writer = await rotate(writer, identity, START_MS + k);
}
