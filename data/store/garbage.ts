// Memory that the collector does not see. Data chunks are small JavaScript objects that hold large
// native buffers, and columns lie outside its heap: it waits while 100 MB of them are dead. So
// whoever leaves many behind says that they can go.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' }) => void;

let known: Collect | undefined;

/** Lets dead data chunks go: a collection of the young generation, about 2 ms. */
export function releaseChunks(): void {
  collector()({ type: 'minor' });
}

/** Lets everything dead go, columns included: a full collection, some 10 ms. */
export function releaseMemory(): void {
  collector()();
}

function collector(): Collect {
  if (known === undefined) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collect;
  }
  return known;
}
