// What the swarm has learned from its closed trades, and what it makes of it when agents vote.
//
//   trade closed  ->  weighting (who is listened to), memory (what came of what looked like this)
//   votes         ->  earned weights  ->  a score  ->  where an entry could come of it: memory  ->  score
//
// Memory judges the direction that leads, and the other one where its doubts would let that one in; and
// only where it would be an entry: a vote that would end a position counts as it was given, so that
// nothing remembered keeps one open. There is none of this, and nothing of it costs anything, where
// weights are static and memory is off. Everything learned goes into the digest of decisions.

import type { DecisionConfig } from '../config/schema.ts';
import type { Digest } from '../digest.ts';
import type { Panel } from '../market/panel.ts';
import { MarketState, STATE_SIZE } from '../market/state.ts';
import type { Decision, ExitReason } from '../portfolio/trade.ts';
import { type Evidence, factorOf, shrunk } from '../statistics/shrinkage.ts';
import { ABSTENTION, confidenceOf, LAST_BITS, sideOf } from './ballots.ts';
import type { MemoryView } from './contract.ts';
import { Counted } from './counted.ts';
import { factorWords, recallText } from './memory/words.ts';
import { Memory, type Remembered } from './memory.ts';
import type { Seat } from './seat.ts';
import { Weighting } from './weighting.ts';

const SIDES = [1, -1] as const;
/** A coin: what a win rate is before anything is known. */
const COIN = 0.5;

export interface LearningParts {
  readonly decision: DecisionConfig;
  readonly panel: Panel;
  readonly decisionMs: number;
  readonly seats: readonly Seat[];
  readonly digest: Digest;
  /** Whether an entry could be made on a leg: its market is flat. */
  readonly isFree: (leg: number) => boolean;
  /** What another run remembered, oldest first. */
  readonly remembered: readonly Remembered[];
}

/** What a run learns; null where the config's weights count as they are and nothing is remembered. */
export function learningOf(parts: LearningParts): Learning | null {
  const { consensus, memory } = parts.decision;
  return consensus.weighting === 'static' && !memory.enabled ? null : new Learning(parts);
}

/** How often memory was asked at a vote, and what came of it. */
export interface LearningCounts {
  asked: number;
  /** It knew something alike. */
  recalled: number;
  /** Votes that agreed and no longer did, and the other way round. */
  keptOut: number;
  letIn: number;
}

export class Learning {
  readonly memory: Memory | null;
  /** What it began with. */
  readonly loaded: readonly Remembered[];
  readonly counts: LearningCounts = { asked: 0, recalled: 0, keptOut: 0, letIn: 0 };
  /** Of the last judgement: the better direction and its score, as in Consensus. */
  side: 1 | -1 | 0 = 0;
  score = 0;
  /** Of the last judgement, likewise: see Counted. */
  shares: Float64Array;

  readonly #parts: LearningParts;
  readonly #weighting: Weighting;
  readonly #market: MarketState | null;
  /** Of each leg, as memory counts symbols. */
  readonly #symbols: Int32Array;
  readonly #state = new Float64Array(STATE_SIZE);
  readonly #factors: Float64Array;
  /** Of each leg: its last poll by earned weights alone. */
  readonly #counted: readonly Counted[];
  /** The last poll that memory had a say in. */
  readonly #recalled: Counted;
  /** One that a run has not come to. */
  readonly #ahead: Counted;

  constructor(parts: LearningParts) {
    const { decision, panel, decisionMs, seats, remembered } = parts;
    const ids = seats.map(({ id }) => id);
    this.#parts = parts;
    const weights = seats.map(({ weight }) => weight);
    // A model's weight is bounded by what a person gave it, whatever it earned.
    const bounded = seats.map(({ asks }) => asks !== null);
    this.#weighting = new Weighting(decision.consensus, weights, bounded);
    this.#counted = panel.legs.map(() => new Counted(seats.length));
    this.#recalled = new Counted(seats.length);
    this.#ahead = new Counted(seats.length);
    this.shares = this.#recalled.shares;
    this.#factors = new Float64Array(seats.length).fill(1);
    const { enabled } = decision.memory;
    this.memory = enabled ? new Memory(decision.memory, ids) : null;
    this.#market = enabled ? new MarketState(panel, decisionMs) : null;
    this.#symbols = Int32Array.from(panel.legs, ({ instrument }) => {
      return this.memory?.symbolOf(instrument.symbol) ?? 0;
    });
    this.loaded = enabled ? remembered : [];
    if (!enabled) return;
    for (const trade of remembered) this.#remember(trade);
    seats.forEach(({ strategy, views }, k) => {
      if (strategy.reads !== 'memory') return;
      views.forEach((view, leg) => {
        view.memory = this.#viewOf(k, leg, () => view.i);
      });
    });
  }

  /** Judges what was said on a leg at row `i`, one code a seat as in ballots.ts. */
  judge(leg: number, i: number, codes: Float64Array): void {
    const counted = this.#counted[leg]!;
    const { changes } = this.#weighting;
    if (!counted.isOf(codes, changes)) {
      this.#sum(codes, counted);
      counted.of(codes, changes);
    }
    this.#take(counted);
    const { memory } = this;
    if (memory === null || memory.length === 0 || this.side === 0) return;
    const { actThreshold } = this.#parts.decision.consensus;
    const { effect } = this.#parts.decision.memory;
    // Beyond its reach: whatever it knows, the score stays below the threshold.
    if (this.score * (1 + effect) <= actThreshold || !this.#parts.isFree(leg)) return;
    this.counts.asked++;
    if (!this.#recallVotes(leg, i, this.side, codes)) return;
    this.counts.recalled++;
    const agreed = this.score - actThreshold > LAST_BITS;
    const { side: led } = this;
    const recalled = this.#recalled;
    this.#sum(codes, recalled);
    const { side } = recalled;
    const isOther = side !== 0 && side !== led && recalled.score - actThreshold > LAST_BITS;
    if (isOther && this.#recallVotes(leg, i, side, codes)) this.#sum(codes, recalled);
    this.#take(recalled);
    this.#factors.fill(1);
    const agrees = this.score - actThreshold > LAST_BITS;
    if (agreed && !agrees) this.counts.keptOut++;
    if (!agreed && agrees) this.counts.letIn++;
  }

  /** How often weights may have changed so far. */
  get weightings(): number {
    return this.#weighting.changes;
  }

  /** A poll under earned weights, before memory: good until the next one. */
  count(codes: Float64Array): Counted {
    this.#sum(codes, this.#ahead);
    return this.#ahead;
  }

  /** How many times a score on a leg memory may make of it; 0 = it would not be asked. */
  reachOn(leg: number): number {
    const { memory } = this;
    const isAsked = memory !== null && memory.length > 0 && this.#parts.isFree(leg);
    return isAsked ? 1 + this.#parts.decision.memory.effect : 0;
  }

  /** A trade that agents had voted for was closed. `decision` is what its entry was decided on. */
  closed(
    leg: number,
    decision: Decision,
    side: 1 | -1,
    exitMs: number,
    returnFraction: number,
    exitReason: ExitReason,
  ): void {
    const { seats, panel } = this.#parts;
    const votes: Record<string, number> = {};
    let hasVoters = false;
    for (let k = 0; k < seats.length; k++) {
      const { id } = seats[k]!;
      const vote = (decision.votes[id] ?? 0) * side;
      if (!(vote > 0)) continue;
      hasVoters = true;
      votes[id] = vote;
      this.#weighting.closed(k, returnFraction);
    }
    if (!hasVoters || this.#market === null) return;
    const { primary } = panel.legs[leg]!;
    const { row } = decision;
    if (!this.#market.read(primary, row, this.#state)) return;
    const { symbol } = panel.legs[primary]!.instrument;
    const decidedMs = panel.openMs[row]! + panel.intervalMs;
    const state = Array.from(this.#state);
    this.#remember({ symbol, side, decidedMs, exitMs, returnFraction, exitReason, votes, state });
  }

  /** Weights are those of the config. */
  get isStatic(): boolean {
    return this.#weighting.isStatic;
  }

  /** The weight that a seat's vote of this confidence has now. */
  weightOf(seat: number, confidence: number): number {
    return this.#weighting.weightOf(seat, confidence);
  }

  /** What came of trades like an entry of `side`, whoever stood for them; null = none is remembered. */
  similarTo(leg: number, i: number, side: 1 | -1): Evidence | null {
    const { memory } = this;
    if (memory === null || !this.#ask(leg, i, side) || memory.found === 0) return null;
    return evidenceOf(memory, memory.everybody);
  }

  /** What memory says about each vote for an entry of `side`, in words, by agent id; nothing of an exit. */
  wordsOn(
    leg: number,
    i: number,
    side: 1 | -1,
    votes: ArrayLike<number>,
  ): Readonly<Record<string, string>> {
    const { memory } = this;
    const words: Record<string, string> = {};
    if (memory === null || !this.#parts.isFree(leg) || !this.#ask(leg, i, side)) return words;
    this.#parts.seats.forEach(({ id }, k) => {
      if (votes[k]! * side > 0 && memory.evidence[k]! > 0) {
        words[id] = factorWords(memory, k, this.#factorOf(k));
      }
    });
    return words;
  }

  /** The memories nearest to a leg at row `i`, of both sides, as a prompt wants them; '' = none. */
  memoriesOn(leg: number, i: number): string {
    const { memory } = this;
    if (memory === null) return '';
    const texts = SIDES.map((side) => (this.#ask(leg, i, side) ? recallText(memory) : ''));
    return texts.filter((text) => text !== '').join('\n');
  }

  /** What an agent that reads memory is shown on a leg; `row` is the row it is asked at. */
  #viewOf(seat: number, leg: number, row: () => number): MemoryView {
    return {
      similar: (side) => {
        const memory = this.memory!;
        if (!this.#ask(leg, row(), side)) return null;
        const { evidence, won, gains, losses } = evidenceOf(memory, seat);
        if (evidence === 0) return null;
        const { priorTrades } = this.#parts.decision.memory;
        return {
          evidence,
          winRate: shrunk(won, evidence, this.#usual(seat), priorTrades),
          expectancy: (gains - losses) / evidence,
        };
      },
    };
  }

  /** Sets the factors of the votes for `side`; false = nothing is alike, and all of them are 1. */
  #recallVotes(leg: number, i: number, side: 1 | -1, codes: Float64Array): boolean {
    if (!this.#ask(leg, i, side)) return false;
    const { evidence } = this.memory!;
    let knows = false;
    for (let k = 0; k < codes.length; k++) {
      if (sideOf(codes[k]!) !== side || evidence[k] === 0) continue;
      this.#factors[k] = this.#factorOf(k);
      knows = true;
    }
    return knows;
  }

  /** Recalls the trades of a side that were like a leg at row `i`; false = its state is not known. */
  #ask(leg: number, i: number, side: 1 | -1): boolean {
    const { panel } = this.#parts;
    if (!this.#market!.read(leg, i, this.#state)) return false;
    const nowMs = panel.openMs[i]! + panel.intervalMs;
    this.memory!.recall(this.#state, this.#symbols[leg]!, nowMs, side);
    return true;
  }

  /** What a seat's confidence is multiplied by, after a recall. */
  #factorOf(seat: number): number {
    const { won, evidence } = this.memory!;
    const { priorTrades, effect } = this.#parts.decision.memory;
    const factor = factorOf(won[seat]!, evidence[seat]!, this.#usual(seat), priorTrades, effect);
    return this.#parts.seats[seat]!.asks === null ? factor : Math.min(1, factor);
  }

  /** How often the trades of a seat win, as far as it remembers. */
  #usual(seat: number): number {
    const { trades, wins } = this.memory!;
    return shrunk(wins[seat]!, trades[seat]!, COIN, this.#parts.decision.memory.priorTrades);
  }

  /** The arithmetic of a poll, in its order: see Consensus. */
  #sum(codes: Float64Array, into: Counted): void {
    const { shares } = into;
    let buy = 0;
    let sell = 0;
    let total = 0;
    for (let k = 0; k < shares.length; k++) {
      const code = codes[k]!;
      shares[k] = 0;
      if (code === ABSTENTION) continue;
      const side = sideOf(code);
      const confidence = confidenceOf(code);
      const weight = this.#weighting.weightOf(k, confidence);
      total += weight;
      if (side === 0) continue;
      const counted = Math.min(1, confidence * this.#factors[k]!) * weight;
      if (side > 0) buy += counted;
      else sell += counted;
      shares[k] = side * counted;
    }
    into.side = buy > sell ? 1 : sell > buy ? -1 : 0;
    into.score = total > 0 ? Math.max(buy, sell) / total : 0;
  }

  #take({ side, score, shares }: Counted): void {
    this.side = side;
    this.score = score;
    this.shares = shares;
  }

  #remember(trade: Remembered): void {
    const { digest } = this.#parts;
    this.memory!.add(trade);
    digest.text(trade.symbol);
    for (const x of [trade.side, trade.decidedMs, trade.exitMs, trade.returnFraction]) {
      digest.number(x);
    }
    for (const [id, vote] of Object.entries(trade.votes)) {
      digest.text(id);
      digest.number(vote);
    }
    digest.column(trade.state, 0, STATE_SIZE);
  }
}

/** What the last recall found of a row. */
function evidenceOf({ evidence, won, gains, losses }: Memory, row: number): Evidence {
  return {
    evidence: evidence[row]!,
    won: won[row]!,
    gains: gains[row]!,
    losses: losses[row]!,
  };
}
