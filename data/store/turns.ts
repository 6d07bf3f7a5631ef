// Turns: work on one DuckDB connection, one piece at a time.
//
// A second query on a connection ends the first one's stream, so callers who write
// `Promise.all(legs.map(read))` must queue. Work started inside a turn (a write inside a
// transaction) gets a queue of its own inside that turn; otherwise it would wait for itself.

import { AsyncLocalStorage } from 'node:async_hooks';

export class Turns {
  readonly #inside = new AsyncLocalStorage<Queue>();
  readonly #outer = new Queue();

  /** Runs `work` when everything asked for before it, on the same level, is done. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const queue = this.#inside.getStore() ?? this.#outer;
    return queue.add(() => this.#inside.run(new Queue(), work));
  }
}

class Queue {
  #last: Promise<unknown> = Promise.resolve();

  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
