// What agents say over the same rows, asked before the run and kept, so that a sweep over thresholds,
// stops and sizes asks them once. A trial that looks answers up has the digests of one that asks.
//
//   seat: strategy, parameters, rows  ->  opinions, targets       seats, weights  ->  ballots
//
// Swept parameters make a new seat each time: answers go on the shelf from a seat's second trial on, and
// until then lie where those of the trial before lay.

import { Ballots } from '../../agents/ballots.ts';
import { type Foreseen, isForeseeable } from '../../agents/foresight.ts';
import { Opinions } from '../../agents/opinions.ts';
import type { SeatSpec } from '../../agents/seat.ts';
import { Targets } from '../../agents/targets.ts';
import { InputError } from '../../errors.ts';
import { intervalOr } from '../../interval.ts';
import type { Panel } from '../../market/panel.ts';
import { type Run, type RunInput, runLoop } from '../backtest.ts';
import type { Shelf, Shelved } from './shelf.ts';

/** Bytes of answers beyond which a trial is not asked ahead. */
const MOST_BYTES = 96 * 2 ** 20;
/** Seats that are remembered as seen. */
const MOST_SEEN = 4096;

const memories = new WeakMap<Panel, Memory>();

/** A run that looks up what can be; its kernel and venue are those of `runLoop(input)`. */
export function runRecalled(input: RunInput, shelf: Shelf): Run {
  let memory = memories.get(input.panel);
  if (memory === undefined) {
    memory = new Memory(input.panel, shelf);
    memories.set(input.panel, memory);
  }
  return memory.run(input);
}

class Memory {
  readonly #panel: Panel;
  readonly #most: number;
  readonly #opinions: Answers<Opinions>;
  readonly #targets: Answers<Targets>;
  /** Those of the latest trial, and the opinions they were counted of. */
  #ballots: Ballots | null = null;
  #ballotsKey = '';
  #counted: readonly Opinions[] = [];
  /** Numbers of strategies, for keys. */
  readonly #numbers = new Map<object, number>();

  constructor(panel: Panel, shelf: Shelf) {
    this.#panel = panel;
    const bytesEach = 10 * panel.length * panel.legs.length;
    this.#most = Math.floor(MOST_BYTES / bytesEach);
    this.#opinions = new Answers(shelf, () => new Opinions(panel));
    this.#targets = new Answers(shelf, () => new Targets(panel));
  }

  run(input: RunInput): Run {
    const { seats, solo } = input;
    const isKnown =
      seats.length <= this.#most && seats.every(({ strategy }) => isForeseeable(strategy));
    if (!isKnown) return runLoop(input);
    if (solo) {
      const [targets] = this.#ask(this.#targets, input) ?? [];
      return runLoop(targets ? { ...input, seats: [{ ...seats[0]!, targets }] } : input);
    }
    const opinions = this.#ask(this.#opinions, input);
    if (opinions === null) return runLoop(input);
    const ballots = this.#ballotsOf(opinions, input);
    return runLoop({ ...input, ballots });
  }

  /** What each seat of a run says; null where one throws: at a row that the run may never come to. */
  #ask<T extends Foreseen>(answers: Answers<T>, input: RunInput): T[] | null {
    const { seats, firstRow } = input;
    const { interval } = input.config.decision;
    try {
      return seats.map((seat, k) => {
        const key = `${this.#nameOf(seat)} ${interval} ${firstRow}`;
        return answers.of(k, key, (one) => one.foresee(this.#panel, seat, interval, firstRow));
      });
    } catch (error) {
      if (error instanceof InputError) return null;
      throw error;
    }
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
      this.#ballots.count(0, this.#panel.length);
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

/** Answers of one kind by what they are answers to. */
class Answers<T extends Foreseen> {
  readonly #shelf: Shelf;
  readonly #make: () => T;
  readonly #seen = new Set<string>();
  readonly #kept = new Map<string, Shelved & { readonly answers: T }>();
  /** By seat: those of one that was not seen before. */
  readonly #unkept: T[] = [];
  /** Those that went last, to be filled anew. */
  #gone: T | null = null;

  constructor(shelf: Shelf, make: () => T) {
    this.#shelf = shelf;
    this.#make = make;
  }

  /** Those of the `k`-th seat of a run; `ask` fills them in where they are not known. */
  of(k: number, key: string, ask: (into: T) => void): T {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#shelf.use(known);
      return known.answers;
    }
    const isSeen = this.#isSeen(key);
    const answers = isSeen ? this.#blank() : this.#passing(k);
    ask(answers);
    if (isSeen) this.#keep(key, answers);
    return answers;
  }

  #keep(key: string, answers: T): void {
    const drop = () => {
      this.#kept.delete(key);
      this.#gone = answers;
    };
    const thing = { answers, bytes: answers.bytes, drop };
    this.#kept.set(key, thing);
    this.#shelf.use(thing);
  }

  #blank(): T {
    const gone = this.#gone;
    this.#gone = null;
    return gone ?? this.#make();
  }

  #isSeen(key: string): boolean {
    if (this.#seen.has(key)) return true;
    if (this.#seen.size >= MOST_SEEN) this.#seen.clear();
    this.#seen.add(key);
    return false;
  }

  #passing(k: number): T {
    this.#unkept[k] ??= this.#make();
    return this.#unkept[k];
  }
}
