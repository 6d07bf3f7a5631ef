// Answers on their way from the venue to us. With no latency and no outage nothing ever waits here.

interface Answer {
  readonly dueMs: number;
  readonly send: (tsMs: number) => void;
}

export class Answers {
  readonly #waiting: Answer[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Queues an answer; those due at the same time keep their order. */
  push(dueMs: number, send: (tsMs: number) => void): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1]!.dueMs > dueMs) at--;
    this.#waiting.splice(at, 0, { dueMs, send });
  }

  /** Delivers whatever is due by then, in order of time. */
  deliver(untilMs: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.dueMs <= untilMs) {
      const { dueMs, send } = this.#waiting.shift()!;
      send(dueMs);
    }
  }
}
