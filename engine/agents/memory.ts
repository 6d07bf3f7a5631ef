// What agents remember: past trades, each with the state of its market when it was decided on, how it
// came out, and who stood for it. Retrieval by similarity, exact and without a server.
//
//   a state, a side  ->  the k nearest trades of that side  ->  of each agent: evidence, wins, returns
//
//   weight = exp(-d^2 / 2) x 2^(-age / half-life) x (same symbol ? 1 : otherSymbol)
//   d^2    = mean squared difference of the numbers of two states / bandwidth^2
//
// One store serves all agents: most trades are shared by several, and one pass over it answers for
// everybody. A memory is an agent's own where it voted for the trade; of the k nearest it looks at its
// own. The invariants: `recall` allocates nothing, and what is remembered was over before it is recalled.

import { STATE_SIZE } from '../market/state.ts';
import type { ExitReason } from '../portfolio/trade.ts';

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

const DAY_MS = 86_400_000;
/** The row of everybody together, after those of the agents. */
const EVERYBODY = 1;

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
  /** The ring: slot s is written by every `depth`-th trade. The state asked about is behind them. */
  readonly #state: Float64Array;
  readonly #symbol: Int32Array;
  readonly #exitMs: Float64Array;
  readonly #return: Float64Array;
  readonly #side: Int8Array;
  /** 1 where the row's agent stood for it. */
  readonly #stood: Uint8Array;
  readonly #trades: (Remembered | null)[];
  readonly #symbols: string[] = [];

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
    this.#state = new Float64Array((depth + 1) * STATE_SIZE);
    this.#symbol = new Int32Array(depth);
    this.#exitMs = new Float64Array(depth);
    this.#return = new Float64Array(depth);
    this.#side = new Int8Array(depth);
    this.#stood = new Uint8Array(depth * rows);
    this.#trades = new Array(depth).fill(null);
    this.trades = new Int32Array(rows);
    this.wins = new Int32Array(rows);
    this.nearest = new Int32Array(neighbours);
    this.distance = new Float64Array(neighbours);
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
    if (this.length === this.depth) this.#count(slot, -1);
    else this.length++;
    this.added++;
    const { symbol, side, exitMs, returnFraction, votes, state } = trade;
    this.#trades[slot] = trade;
    this.#state.set(state, slot * STATE_SIZE);
    this.#symbol[slot] = this.symbolOf(symbol);
    this.#exitMs[slot] = exitMs;
    this.#return[slot] = returnFraction;
    this.#side[slot] = side;
    const at = slot * this.#rows;
    for (let row = 0; row < this.everybody; row++) {
      this.#stood[at + row] = votes[this.agents[row]!] === undefined ? 0 : 1;
    }
    this.#stood[at + this.everybody] = 1;
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
    this.#state.set(state, this.depth * STATE_SIZE);
    // Moments in a row look alike: none of the k nearest is further than the furthest of any k, and
    // those of the last time are a good guess.
    let bar = 0;
    for (let n = 0; n < this.#k && bar !== Number.POSITIVE_INFINITY; n++) {
      const slot = n < this.found ? this.nearest[n]! : -1;
      const isSame = slot >= 0 && this.#side[slot] === side;
      bar = isSame ? Math.max(bar, this.#keyOf(slot, symbol, nowMs)) : Number.POSITIVE_INFINITY;
    }
    this.found = 0;
    if (this.length > 0) {
      // Oldest first: the ring in two pieces.
      const oldest = this.added % this.length;
      bar = this.#scan(oldest, this.length, symbol, nowMs, side, bar);
      this.#scan(0, oldest, symbol, nowMs, side, bar);
    }
    this.#weigh();
  }

  /** -ln of the weight of a memory for the state that is asked about. */
  #keyOf(slot: number, symbol: number, nowMs: number): number {
    const square = squareApart(this.#state, slot * STATE_SIZE, this.depth * STATE_SIZE);
    const strange = this.#symbol[slot] === symbol ? 0 : this.#strange;
    return square * this.#scale + (nowMs - this.#exitMs[slot]!) * this.#decayPerMs + strange;
  }

  /** Looks at the memories in slots `from` to `to` (not included); returns what nothing is kept beyond. */
  #scan(
    from: number,
    to: number,
    symbol: number,
    nowMs: number,
    side: 1 | -1,
    atMost: number,
  ): number {
    const sides = this.#side;
    const k = this.#k;
    let bar = atMost;
    for (let slot = from; slot < to; slot++) {
      if (sides[slot] !== side) continue;
      const key = this.#keyOf(slot, symbol, nowMs);
      // What is infinitely strange is no memory at all.
      if (key > bar || key === Number.POSITIVE_INFINITY) continue;
      this.#keep(slot, key);
      if (this.found === k) bar = this.distance[k - 1]!;
    }
    return bar;
  }

  /** Puts a memory in its place among those that are kept. */
  #keep(slot: number, key: number): void {
    const { nearest, distance } = this;
    let place = this.found;
    if (place === this.#k) place--;
    else this.found = place + 1;
    while (place > 0 && distance[place - 1]! >= key) {
      distance[place] = distance[place - 1]!;
      nearest[place] = nearest[place - 1]!;
      place--;
    }
    distance[place] = key;
    nearest[place] = slot;
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

/** Refused by the compiler where a state has another size: `squareApart` names every number of it. */
const NAMED: 7 = STATE_SIZE;

/** Sum of squared differences of the states at `a` and `b`: without a loop, which takes six times as long. */
function squareApart(states: Float64Array, a: number, b: number): number {
  const d0 = states[b]! - states[a]!;
  const d1 = states[b + 1]! - states[a + 1]!;
  const d2 = states[b + 2]! - states[a + 2]!;
  const d3 = states[b + 3]! - states[a + 3]!;
  const d4 = states[b + 4]! - states[a + 4]!;
  const d5 = states[b + 5]! - states[a + 5]!;
  const d6 = states[b + NAMED - 1]! - states[a + NAMED - 1]!;
  return d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4 + d5 * d5 + d6 * d6;
}
