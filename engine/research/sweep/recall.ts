// What agents say over the same rows, asked before the run and kept, so that a sweep over thresholds,
// stops and sizes asks them once. A trial that looks answers up has the digests of one that asks.
//
//   seat: strategy, parameters, rows  ->  opinions         seats, weights  ->  ballots
//
// Swept parameters make a new seat each time: opinions are kept from a seat's second trial on, and until
// then lie where those of the trial before lay.

import { Ballots, credit } from '../../agents/ballots.ts';
import { isForeseeable, Opinions } from '../../agents/opinions.ts';
import type { SeatSpec } from '../../agents/seat.ts';
import { InputError } from '../../errors.ts';
import { intervalOr } from '../../interval.ts';
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
  /** Of each seat: the opinions of one that was not seen before. */
  readonly #unkept: Opinions[] = [];
  /** Those of the latest trial, and the opinions they were counted of. */
  #ballots: Ballots | null = null;
  #ballotsKey = '';
  #counted: readonly Opinions[] = [];
  /** Numbers of strategies, for keys. */
  readonly #numbers = new Map<object, number>();

  constructor(panel: Panel) {
    this.#panel = panel;
    const bytesEach = 10 * panel.length * panel.legs.length;
    this.#most = Math.floor(MOST_BYTES / bytesEach);
  }

  run(input: RunInput): Run {
    const { seats, solo } = input;
    const isKnown =
      seats.length <= this.#most && seats.every(({ strategy }) => isForeseeable(strategy));
    if (!isKnown) return runLoop(input);
    let opinions: Opinions[];
    try {
      opinions = seats.map((seat, k) => this.#opinionsOf(seat, k, input));
    } catch (error) {
      // At a row that the run may never come to: it is asked as it goes along.
      if (error instanceof InputError) return runLoop(input);
      throw error;
    }
    if (solo) return runLoop({ ...input, seats: [{ ...seats[0]!, opinions: opinions[0]! }] });
    const ballots = this.#ballotsOf(opinions, input);
    const run = runLoop({ ...input, ballots });
    const { seats: seated, decider } = run.kernel;
    credit(seated, ballots, decider.askedRow + 1);
    return run;
  }

  /** The opinions of the `k`-th seat of a run. */
  #opinionsOf(seat: SeatSpec, k: number, { solo, config, firstRow }: RunInput): Opinions {
    const { interval } = config.decision;
    const key = `${this.#nameOf(seat)} ${solo} ${interval} ${firstRow}`;
    const known = this.#kept.get(key);
    this.#kept.delete(key);
    const opinions = known ?? (this.#isSeen(key) ? new Opinions(this.#panel) : this.#passing(k));
    if (known === undefined) opinions.foresee(this.#panel, seat, solo, interval, firstRow);
    if (opinions !== this.#unkept[k]) this.#kept.set(key, opinions);
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value!);
    return opinions;
  }

  #isSeen(key: string): boolean {
    if (this.#seen.has(key)) return true;
    if (this.#seen.size >= MOST_SEEN) this.#seen.clear();
    this.#seen.add(key);
    return false;
  }

  #passing(k: number): Opinions {
    this.#unkept[k] ??= new Opinions(this.#panel);
    return this.#unkept[k];
  }

  #ballotsOf(opinions: readonly Opinions[], { seats, config, firstRow }: RunInput): Ballots {
    const { interval } = config.decision;
    const keys = seats.map((seat) => `${this.#nameOf(seat)} ${seat.weight}`);
    const key = `${keys.join()} ${interval} ${firstRow}`;
    const isSame = opinions.every((one, k) => one === this.#counted[k]);
    if (this.#ballots === null || key !== this.#ballotsKey || !isSame) {
      const weights = seats.map((seat) => seat.weight);
      const decisionMs = intervalOr(interval, this.#panel.intervalMs);
      this.#ballots = new Ballots(this.#panel, opinions, weights, decisionMs, firstRow);
      this.#ballotsKey = key;
      this.#counted = opinions;
    }
    return this.#ballots;
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
