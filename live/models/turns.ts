// At most so many at a time; who comes later waits in line, and leaves it when its signal aborts.

export class Turns {
  readonly #most: number;
  #taken = 0;
  readonly #line: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs `work` when it is its turn; rejects with the signal's reason when that comes first. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#taken >= this.#most) await this.#wait(signal);
    else this.#taken++;
    try {
      return await work();
    } finally {
      // The place goes to the next in line as it is, so that nobody else can slip in.
      const next = this.#line.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      const at = this.#line.indexOf(come);
      if (at >= 0) this.#line.splice(at, 1);
      reject(signal.reason);
    };
    const come = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#line.push(come);
    return promise;
  }
}
