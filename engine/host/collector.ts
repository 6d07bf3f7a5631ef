// The collector of a thread that makes one run after the other. Left alone it waits until several times
// what lives is dead, and what lies in columns it does not see at all; here it is called when there is
// so much, some 20 ms in two seconds.

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Dead bytes that are worth it, what was made since the last collection of the young among them; and never
 * fewer than what lives, which is what a collection looks at.
 */
const WORTH_BYTES = 24 * 2 ** 20;

/**
 * Keeps the room for what a thread has just made as it is: it would grow to 48 MB in a thread that hands
 * out and takes in thousands of trials, however little of them lives. Threads that are begun later have
 * what they are begun with; see pool.ts.
 */
export function keepYoungSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

export class Collector {
  readonly #collect: () => void;
  /** What lived after the last collection. */
  #livingBytes: number;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
    this.#livingBytes = heldBytes();
  }

  /** To be called where little lives: between two runs. */
  tidy(): void {
    if (heldBytes() - this.#livingBytes < Math.max(WORTH_BYTES, this.#livingBytes)) return;
    this.#collect();
    this.#livingBytes = heldBytes();
  }
}

function heldBytes(): number {
  const { used_heap_size: onHeap, external_memory: inColumns } = getHeapStatistics();
  return onHeap + inColumns;
}
