// Whether the kernel may act. Three states, each with its own reach:
//
//   halted   nothing is opened, what is open is closed: equity is gone, or a person said so
//   paused   nothing is opened, what is open stays and stays protected: a person said so
//   stale    nothing is opened, closed or re-priced: the candles are too old to be traded on
//
// What rests at a venue goes on resting there. `resume` ends a pause and a person's halt; want of
// equity halts again at the next close.

import type { Command } from '../event.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RiskGate } from '../risk/gate.ts';
import type { Desk } from './desk.ts';
import type { Relief } from './relief.ts';

export interface StandingParts {
  readonly portfolio: Portfolio;
  readonly desk: Desk;
  readonly gate: RiskGate;
  readonly relief: Relief;
}

export class Standing {
  isHalted = false;
  isPaused = false;
  isStale = false;
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  age(isStale: boolean): void {
    this.isStale = isStale;
    this.#bar();
  }

  obey(command: Command, nowMs: number): void {
    switch (command) {
      case 'pause':
        this.isPaused = true;
        this.#parts.relief.takeBackEntries();
        break;
      case 'halt':
        if (!this.isHalted) this.#halt('operator', nowMs);
        break;
      case 'resume':
        this.isPaused = false;
        this.isHalted = false;
    }
    this.#bar();
  }

  /** At a close without equity, or after a halt: whatever is still open is closed. */
  end(nowMs: number): void {
    if (this.isHalted) this.#closeAll(nowMs);
    else this.#halt('bankrupt', nowMs);
  }

  /** What keeps every entry out, whatever risk would say of it. */
  #bar(): void {
    const { gate } = this.#parts;
    gate.barred = this.isStale ? 'stale-data' : this.isPaused ? 'paused' : null;
  }

  /** No new risk from here on: what waits to open is cancelled, what is open closed. */
  #halt(code: string, nowMs: number): void {
    const { desk } = this.#parts;
    this.isHalted = true;
    desk.tray.push({ kind: 'halt', code });
    desk.cancelEntries();
    this.#closeAll(nowMs);
  }

  /** What is open, or was opened by an entry that came too late to be taken back. */
  #closeAll(nowMs: number): void {
    const { portfolio, desk } = this.#parts;
    portfolio.positions.forEach((position, leg) => {
      if (position.qty === 0 || desk.isClosing(leg)) return;
      desk.exit(leg, 'halt', nowMs, false);
    });
  }
}
