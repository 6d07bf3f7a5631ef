// What agents said in earlier trials over the same rows, so that a sweep over thresholds, stops and
// sizes asks them once. A trial that looks answers up has the digests of one that asks.
//
//   a seat's first trial asks, its second writes down, every other one looks up
//
// A seat is its strategy, its parameters and the rows it is asked about; swept parameters make a new
// one each time, which is why nothing is written down at first sight.

import { isRecallable, Opinions, quietRows } from '../../agents/opinions.ts';
import type { SeatSpec } from '../../agents/seat.ts';
import type { Panel } from '../../market/panel.ts';
import { type Run, type RunInput, runLoop } from '../backtest.ts';

/** Bytes of answers that are kept of one panel. */
const MOST_BYTES = 96 * 2 ** 20;
/** Seats that are remembered as seen. */
const MOST_SEEN = 4096;

const memories = new WeakMap<Panel, Memory>();

/** A run that looks up what can be; its kernel and venue are those of `runLoop(input)`. */
export function runRecalled(input: RunInput): Run {
  let memory = memories.get(input.panel);
  if (memory === undefined) {
    memory = new Memory(input.panel);
    memories.set(input.panel, memory);
  }
  return memory.run(input);
}

class Memory {
  readonly #panel: Panel;
  readonly #most: number;
  readonly #seen = new Set<string>();
  /** In order of use, the latest last. */
  readonly #kept = new Map<string, Opinions>();
  #quiet: { readonly key: string; readonly rows: Int32Array } | null = null;
  /** Numbers of strategies, for keys. */
  readonly #numbers = new Map<object, number>();

  constructor(panel: Panel) {
    this.#panel = panel;
    const bytesEach = 9 * panel.length * panel.legs.length;
    this.#most = Math.floor(MOST_BYTES / bytesEach);
  }

  run(input: RunInput): Run {
    const { decision } = input.config;
    const around = `${decision.interval} ${input.firstRow}`;
    const keys = input.seats.map((seat) => `${this.#nameOf(seat)} ${around}`);
    const opinions = keys.map((key, k) => this.#opinionsOf(key, input.seats[k]!));
    if (opinions.every((one) => one === null)) return runLoop(input);
    const seats = input.seats.map((seat, k) => {
      return opinions[k] === null ? seat : { ...seat, opinions: opinions[k]! };
    });
    const quiet = opinions.every((one) => one?.isWhole === true)
      ? this.#quietOf(keys.join(), opinions as readonly Opinions[], decision.interval)
      : undefined;
    const run = runLoop({ ...input, seats, ...(quiet ? { quiet } : {}) });
    // Whoever was halted was not asked to the end.
    if (!run.kernel.standing.isHalted) for (const one of opinions) if (one) one.isWhole = true;
    return run;
  }

  #opinionsOf(key: string, { strategy }: SeatSpec): Opinions | null {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    if (!isRecallable(strategy) || this.#most === 0) return null;
    if (!this.#seen.has(key)) {
      if (this.#seen.size >= MOST_SEEN) this.#seen.clear();
      this.#seen.add(key);
      return null;
    }
    const fresh = new Opinions(this.#panel);
    this.#kept.set(key, fresh);
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value!);
    return fresh;
  }

  #quietOf(key: string, opinions: readonly Opinions[], interval: string | null): Int32Array {
    if (this.#quiet?.key !== key) {
      this.#quiet = { key, rows: quietRows(this.#panel, opinions, interval) };
    }
    return this.#quiet.rows;
  }

  #nameOf({ strategy, parameters }: SeatSpec): string {
    let number = this.#numbers.get(strategy);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(strategy, number);
    }
    return `${number} ${JSON.stringify(parameters)}`;
  }
}
