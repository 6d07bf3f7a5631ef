// Memory that the collector does not see. Data chunks are small JavaScript objects that hold large
// native buffers, and columns lie outside its heap: it waits while 100 MB of them are dead. So
// whoever leaves many behind says that they can go.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' }) => void;

/** Below this a process is small whatever is dead in it. */
const WORTH_BYTES = 32 * 2 ** 20;

let known: Collect | undefined;

/** Lets dead data chunks go: a collection of the young generation, about 2 ms. */
export function releaseChunks(): void {
  collector()({ type: 'minor' });
}

/** Lets everything dead go, columns included: a full collection, some 20 ms, where there is much. */
export function releaseMemory(): void {
  const { used_heap_size: onHeap, external_memory: inColumns } = getHeapStatistics();
  if (onHeap + inColumns > WORTH_BYTES) collector()();
}

function collector(): Collect {
  if (known === undefined) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collect;
  }
  return known;
}
