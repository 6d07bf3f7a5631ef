// Whether a session lives, from its beats and the end of its pipe, on a clock that only runs on.
//
//   living --silent for too long--> hung
//          --its pipe ended-------> gone --patience--> dead
//          --said so, then ended--> left
//
// Time in which we did not run ourselves, or the whole machine slept, counts as little: of the time between
// two looks only the length of two looks is believed. Nobody is called silent before the first beat: a
// session that runs its journal again has sent nothing yet.

export type Verdict = 'hung' | 'dead' | 'left';

/** Between two looks, ms. */
export const LOOK_MS = 500;

export class Vigil {
  readonly #silenceMs: number;
  #lookedMs: number;
  /** Since the last beat, or since its pipe ended. */
  #silentMs = 0;
  #hasBegun = false;
  #isGone = false;
  #hasLeft = false;

  /** `silenceMs`: how long it may be silent or gone; `nowMs`: monotonic. */
  constructor(silenceMs: number, nowMs: number) {
    this.#silenceMs = silenceMs;
    this.#lookedMs = nowMs;
  }

  beat(): void {
    this.#hasBegun = true;
    if (!this.#isGone) this.#silentMs = 0;
  }

  leave(): void {
    this.#hasLeft = true;
  }

  /** Its process is gone: the pipe that it alone has is closed. */
  end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#silentMs = 0;
  }

  /** null = it lives, as far as anybody can say. */
  look(nowMs: number): Verdict | null {
    if (this.#hasBegun || this.#isGone) {
      this.#silentMs += Math.min(nowMs - this.#lookedMs, 2 * LOOK_MS);
    }
    this.#lookedMs = nowMs;
    if (this.#isGone && this.#hasLeft) return 'left';
    if (this.#silentMs < this.#silenceMs) return null;
    return this.#isGone ? 'dead' : 'hung';
  }
}
