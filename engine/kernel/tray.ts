// The tray: intents in the order in which the kernel left them, until whoever drives has carried
// them out. It keeps its room when it is cleared, so a busy run does not allocate it again.

import type { Intent } from '../intent.ts';

export class Tray {
  readonly #intents: Intent[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(k: number): Intent {
    return this.#intents[k]!;
  }

  push(intent: Intent): void {
    this.#intents[this.#length++] = intent;
  }

  clear(): void {
    this.#length = 0;
  }
}
