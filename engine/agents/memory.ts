// What agents remember: past trades, each with the state of its market when it was decided on, how it
// came out, and who stood for it. Retrieval by similarity, exact and without a server.
//
//   a state, a side  ->  the k nearest trades of that side  ->  of each agent: evidence, wins, returns
//
//   weight = exp(-d^2 / 2) x 2^(-age / half-life) x (same symbol ? 1 : otherSymbol)
//   d^2    = mean squared difference of the numbers of two states / bandwidth^2
//   age    = 0 of what another run remembers and here is not over yet: nothing weighs more than 1
//
// One store serves all agents: most trades are shared by several, and one pass over it answers for
// everybody. A memory is an agent's own where it voted for the trade; of the k nearest it looks at its
// own. The invariants: `recall` allocates nothing, and what is remembered was over before it is recalled.

import { STATE_SIZE } from '../market/state.ts';
import type { ExitReason } from '../portfolio/trade.ts';
import { Queue } from './memory/queue.ts';

/** `decision.memory`, checked. */
export interface MemoryConfig {
  readonly depth: number;
  readonly neighbours: number;
  readonly bandwidth: number;
  readonly halfLifeDays: number;
  readonly otherSymbol: number;
}

/** One past trade. */
export interface Remembered {
  readonly symbol: string;
  readonly side: 1 | -1;
  /** When it was decided on and when its last fill was, UTC ms. */
  readonly decidedMs: number;
  readonly exitMs: number;
  /** On notional at entry, after fees and funding. */
  readonly returnFraction: number;
  readonly exitReason: ExitReason;
  /** Confidence, 0 to 1, of each agent that voted for it, by id. */
  readonly votes: Readonly<Record<string, number>>;
  /** The market at the decision, see market/state.ts. */
  readonly state: readonly number[];
}

/** How many trades ended after an instant: who begins with them then knows something of its future. */
export function endedAfter(trades: readonly Remembered[], atMs: number): number {
  return trades.filter(({ exitMs }) => exitMs > atMs).length;
}

const DAY_MS = 86_400_000;
/** The row of everybody together, after those of the agents. */
const EVERYBODY = 1;
/** Refused by the compiler where a state has another size: `#measure` names every number of it. */
const NAMED: 7 = STATE_SIZE;
/** What is further is infinitely strange, and no memory at all. */
const FURTHEST = Number.MAX_VALUE;
/** Numbers of a memory that its weight is made of: its state, and when it was over. */
const WIDTH = STATE_SIZE + 1;

export class Memory {
  readonly agents: readonly string[];
  readonly depth: number;
  /** Memories there are, at most `depth`. */
  length = 0;
  /** Ever added; the newest has this number less 1. */
  added = 0;
  /** Of each agent and, last, of everybody: the trades remembered, and how many of them won. */
  readonly trades: Int32Array;
  readonly wins: Int32Array;

  /** What the last recall found: how many, their slots, nearest first, and -ln of their weights. */
  found = 0;
  readonly nearest: Int32Array;
  readonly distance: Float64Array;
  /** Of each row, sums of weights: of its own among them, of the wins, and of weight x return of either. */
  readonly evidence: Float64Array;
  readonly won: Float64Array;
  readonly gains: Float64Array;
  readonly losses: Float64Array;

  readonly #k: number;
  readonly #rows: number;
  readonly #scale: number;
  readonly #decayPerMs: number;
  readonly #strange: number;
  /** The ring: slot s is written by every `depth`-th trade. Of each its state, and its exit. */
  readonly #facts: Float64Array;
  readonly #symbol: Int32Array;
  readonly #return: Float64Array;
  readonly #side: Int8Array;
  /** -ln of the weight of the memory in each slot, for the state asked about last. */
  readonly #keys: Float64Array;
  /** Slots that may be among the nearest, newest first; the last one is scratch. */
  readonly #near: Int32Array;
  /** 1 where the row's agent stood for it. */
  readonly #stood: Uint8Array;
  readonly #trades: (Remembered | null)[];
  readonly #symbols: string[] = [];
  /** Slots of either side, in the order in which they were written. */
  readonly #longs: Queue;
  readonly #shorts: Queue;

  /** `agents` are ids, in the order of their seats. */
  constructor(config: MemoryConfig, agents: readonly string[]) {
    const { depth, neighbours, bandwidth, halfLifeDays, otherSymbol } = config;
    const rows = agents.length + EVERYBODY;
    this.agents = agents;
    this.depth = depth;
    this.#k = neighbours;
    this.#rows = rows;
    this.#scale = 1 / (2 * STATE_SIZE * bandwidth * bandwidth);
    this.#decayPerMs = halfLifeDays === 0 ? 0 : Math.LN2 / (halfLifeDays * DAY_MS);
    this.#strange = -Math.log(otherSymbol);
    this.#facts = new Float64Array(depth * WIDTH);
    this.#symbol = new Int32Array(depth);
    this.#return = new Float64Array(depth);
    this.#side = new Int8Array(depth);
    this.#stood = new Uint8Array(depth * rows);
    this.#trades = new Array(depth).fill(null);
    this.#longs = new Queue(depth);
    this.#shorts = new Queue(depth);
    this.trades = new Int32Array(rows);
    this.wins = new Int32Array(rows);
    this.nearest = new Int32Array(neighbours);
    this.distance = new Float64Array(neighbours);
    this.#keys = new Float64Array(depth);
    this.#near = new Int32Array(depth + 1);
    this.evidence = new Float64Array(rows);
    this.won = new Float64Array(rows);
    this.gains = new Float64Array(rows);
    this.losses = new Float64Array(rows);
  }

  /** The row of everybody together in what a recall finds. */
  get everybody(): number {
    return this.#rows - EVERYBODY;
  }

  /** Remembers a trade; the oldest one is forgotten where there is no room left. */
  add(trade: Remembered): void {
    const slot = this.added % this.depth;
    if (this.length === this.depth) this.#forget(slot);
    else this.length++;
    this.added++;
    const { symbol, side, exitMs, returnFraction, votes, state } = trade;
    this.#trades[slot] = trade;
    this.#facts.set(state, slot * WIDTH);
    this.#facts[slot * WIDTH + STATE_SIZE] = exitMs;
    this.#symbol[slot] = this.symbolOf(symbol);
    this.#return[slot] = returnFraction;
    this.#side[slot] = side;
    const at = slot * this.#rows;
    for (let row = 0; row < this.everybody; row++) {
      this.#stood[at + row] = votes[this.agents[row]!] === undefined ? 0 : 1;
    }
    this.#stood[at + this.everybody] = 1;
    this.#slotsOf(side).push(slot);
    this.#count(slot, 1);
  }

  /** The number of a symbol for `recall`. */
  symbolOf(name: string): number {
    const known = this.#symbols.indexOf(name);
    return known >= 0 ? known : this.#symbols.push(name) - 1;
  }

  /** The trade in a slot that `nearest` names. */
  tradeAt(slot: number): Remembered {
    return this.#trades[slot]!;
  }

  /** Everything remembered, oldest first. */
  all(): Remembered[] {
    const first = this.added - this.length;
    return Array.from({ length: this.length }, (_, k) => {
      return this.#trades[(first + k) % this.depth]!;
    });
  }

  /**
   * Looks for the trades of a side that are nearest to a state, as MarketState writes it. What it finds
   * is valid until the next recall or `add`; of two as near, the newer one comes first.
   */
  recall(state: Float64Array, symbol: number, nowMs: number, side: 1 | -1): void {
    const of = this.#slotsOf(side);
    this.#measure(of, state, symbol, nowMs);
    this.#select(of, side);
    this.#weigh();
  }

  /** Writes the keys of some memories. Each number of a state by name: a loop takes three times as long. */
  #measure({ slots, newest, length }: Queue, state: Float64Array, symbol: number, nowMs: number) {
    const facts = this.#facts;
    const symbols = this.#symbol;
    const keys = this.#keys;
    const scale = this.#scale;
    const decayPerMs = this.#decayPerMs;
    const strange = this.#strange;
    const s0 = state[0]!;
    const s1 = state[1]!;
    const s2 = state[2]!;
    const s3 = state[3]!;
    const s4 = state[4]!;
    const s5 = state[5]!;
    const s6 = state[NAMED - 1]!;
    let n = newest;
    for (let left = length; left > 0; left--) {
      const slot = slots[n]!;
      n = n === 0 ? slots.length - 1 : n - 1;
      const at = slot * WIDTH;
      const d0 = s0 - facts[at]!;
      const d1 = s1 - facts[at + 1]!;
      const d2 = s2 - facts[at + 2]!;
      const d3 = s3 - facts[at + 3]!;
      const d4 = s4 - facts[at + 4]!;
      const d5 = s5 - facts[at + 5]!;
      const d6 = s6 - facts[at + NAMED - 1]!;
      const square = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4 + d5 * d5 + d6 * d6;
      const ageMs = nowMs - facts[at + STATE_SIZE]!;
      const faded = ageMs > 0 ? ageMs * decayPerMs : 0;
      keys[slot] = square * scale + faded + (symbols[slot] === symbol ? 0 : strange);
    }
  }

  /** Puts those with the smallest keys in order; newest first, so that of two as near it is the newer one. */
  #select({ slots, newest, length }: Queue, side: 1 | -1): void {
    const k = this.#k;
    const keys = this.#keys;
    const nearest = this.nearest;
    const distance = this.distance;
    let bar = this.#barOf(side);
    // Who may be among them is written down without a branch: one that nobody foresees costs more than this.
    const near = this.#near;
    let count = 0;
    let n = newest;
    for (let left = length; left > 0; left--) {
      const slot = slots[n]!;
      n = n === 0 ? slots.length - 1 : n - 1;
      near[count] = slot;
      count += Number(keys[slot]! <= bar);
    }
    let found = 0;
    for (let m = 0; m < count; m++) {
      const slot = near[m]!;
      const key = keys[slot]!;
      if (key > bar) continue;
      let place = found;
      if (found < k) found++;
      else if (key < bar) place--;
      else continue;
      while (place > 0 && distance[place - 1]! > key) {
        distance[place] = distance[place - 1]!;
        nearest[place] = nearest[place - 1]!;
        place--;
      }
      distance[place] = key;
      nearest[place] = slot;
      if (found === k) bar = distance[k - 1]!;
    }
    this.found = found;
  }

  /**
   * What none of the k nearest is beyond: the furthest of any k. Moments in a row look alike, so those
   * of the last time are a good guess.
   */
  #barOf(side: 1 | -1): number {
    if (this.found < this.#k) return FURTHEST;
    let bar = 0;
    for (let n = 0; n < this.#k; n++) {
      const slot = this.nearest[n]!;
      if (this.#side[slot] !== side) return FURTHEST;
      bar = Math.max(bar, this.#keys[slot]!);
    }
    return Math.min(bar, FURTHEST);
  }

  #weigh(): void {
    const [evidence, won, gains, losses] = [this.evidence, this.won, this.gains, this.losses];
    const rows = this.#rows;
    for (let row = 0; row < rows; row++) {
      evidence[row] = won[row] = gains[row] = losses[row] = 0;
    }
    for (let n = 0; n < this.found; n++) {
      const slot = this.nearest[n]!;
      const weight = Math.exp(-this.distance[n]!);
      const change = this.#return[slot]!;
      for (let row = 0; row < rows; row++) {
        if (this.#stood[slot * rows + row] === 0) continue;
        evidence[row]! += weight;
        if (change > 0) {
          won[row]! += weight;
          gains[row]! += weight * change;
        } else {
          losses[row]! -= weight * change;
        }
      }
    }
  }

  #slotsOf(side: 1 | -1): Queue {
    return side > 0 ? this.#longs : this.#shorts;
  }

  /** Makes room in a slot: that of the oldest trade. */
  #forget(slot: number): void {
    this.#count(slot, -1);
    this.#slotsOf(this.#side[slot] as 1 | -1).shift();
  }

  #count(slot: number, by: 1 | -1): void {
    const at = slot * this.#rows;
    const isWin = this.#return[slot]! > 0;
    for (let row = 0; row < this.#rows; row++) {
      if (this.#stood[at + row] === 0) continue;
      this.trades[row]! += by;
      if (isWin) this.wins[row]! += by;
    }
  }
}
