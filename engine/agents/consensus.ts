// The weighted consensus of the agents on one leg.
//
//   score(direction) = sum of confidence x weight of agents for it
//                    / sum of weights of all agents that did not abstain
//
// HOLD counts in the denominator, abstaining does not. Strictly above `actThreshold` acts; from
// `holdThreshold` up to it is undecided, counted apart; a tie holds.

import type { DecisionConfig } from '../config/schema.ts';
import type { Digest } from '../digest.ts';
import { ABSTENTION, type Ballots, confidenceOf, LAST_BITS } from './ballots.ts';
import type { Vote } from './contract.ts';
import { Foretold, type PollCount } from './foretold.ts';
import type { Hearing } from './hearing.ts';
import type { Learning } from './learning.ts';
import type { Seat } from './seat.ts';
import type { VoteSpans } from './vote-spans.ts';

/** What was said on a leg when it was last asked about, for people to look at. */
export interface Poll {
  /** The better direction and its score, as `side` and `score` below. */
  readonly side: 1 | -1 | 0;
  readonly score: number;
  /** One number per seat, as `votes` below. */
  readonly votes: readonly number[];
}

/** What was said in one poll, by seat: a code (see ballots.ts), and the vote as `votes` below. */
export interface Spoken {
  readonly codes: Float64Array;
  readonly votes: Float64Array;
}

/** Where a poll is written down, see kernel/candidates.ts. */
export interface Told {
  readonly leg: number;
  readonly votes: Float64Array;
  readonly shares: Float64Array;
  learning: Learning | null;
}

export class Consensus {
  readonly #seats: readonly Seat[];
  readonly #act: number;
  readonly #hold: number;
  readonly #digest: Digest;
  readonly #admits: ((seat: number, leg: number) => boolean) | null;
  /** The last poll that was asked, one number per seat: confidence signed by direction, 0 hold, NaN abstained. */
  readonly votes: Float64Array;
  /** Of the last poll: the better direction and its score, 0 and 0 when nobody leans. */
  side: 1 | -1 | 0 = 0;
  score = 0;
  /** Somebody said BUY or SELL. */
  spoke = false;
  /** The score is strictly above the act threshold. */
  agreed = false;
  undecided = false;
  /** Nobody but models stood for a direction that would have been agreed on. */
  modelsAlone = false;

  /** Of each leg, what every seat said in the last poll: see `code` in `poll`. */
  readonly #said: (Float64Array | undefined)[] = [];

  /** Polls that are counted already; null = seats are asked. */
  readonly #foretold: Foretold | null;
  /** Where what seats say is put down for people; null = nowhere. */
  readonly #spans: VoteSpans | null;

  /** Where weights are earned or trades remembered: see `learn`. */
  learning: Learning | null = null;

  /** `admits`: whether the vote of a seat counts this time, asked once a vote; null = all do. */
  constructor(
    seats: readonly Seat[],
    config: Pick<DecisionConfig['consensus'], 'actThreshold' | 'holdThreshold'>,
    digest: Digest,
    admits: ((seat: number, leg: number) => boolean) | null = null,
    ballots: Ballots | Hearing | null = null,
    spans: VoteSpans | null = null,
  ) {
    this.#spans = spans;
    this.#seats = seats;
    this.#foretold = ballots === null ? null : new Foretold(ballots, seats);
    this.#admits = admits;
    this.#act = config.actThreshold;
    this.#hold = config.holdThreshold;
    this.#digest = digest;
    this.votes = new Float64Array(seats.length);
  }

  /** Asks every seat that is warm. `warmCandles` is how many the leg has shown. */
  poll(leg: number, i: number, warmCandles: number): void {
    if (this.#foretold !== null) {
      this.#lookUp(this.#foretold, leg, i);
      return;
    }
    const said = this.#saidOn(leg);
    let buy = 0;
    let sell = 0;
    let total = 0;
    let changed = false;
    this.spoke = false;
    for (let k = 0; k < this.#seats.length; k++) {
      const seat = this.#seats[k]!;
      let vote = warmCandles >= seat.warmupCandles ? seat.analyze(leg, i) : seat.abstain();
      // Asked all the same, because a strategy may remember what it saw.
      if (vote !== null && this.#admits !== null && !this.#admits(k, leg)) vote = null;
      let code = ABSTENTION;
      if (vote === null) {
        this.votes[k] = Number.NaN;
      } else {
        const { action, confidence } = vote;
        total += seat.weight;
        if (action === 'HOLD') {
          this.votes[k] = 0;
          code = confidence;
        } else if (action === 'BUY') {
          this.spoke = true;
          buy += confidence * seat.weight;
          this.votes[k] = confidence;
          code = 1 + confidence;
        } else {
          this.spoke = true;
          sell += confidence * seat.weight;
          this.votes[k] = -confidence;
          code = -1 - confidence;
        }
      }
      if (code !== said[k]) {
        said[k] = code;
        changed = true;
      }
    }
    this.#conclude(leg, i, said, buy, sell, total, changed);
  }

  /** What seats say at once; one that asks a model abstains so far. See `count`. */
  collect(leg: number, i: number, warmCandles: number): Spoken {
    const { length } = this.#seats;
    const spoken = { codes: new Float64Array(length), votes: new Float64Array(length) };
    for (let k = 0; k < length; k++) {
      const seat = this.#seats[k]!;
      const isWarm = seat.asks === null && warmCandles >= seat.warmupCandles;
      if (seat.asks === null && !isWarm) seat.abstain();
      this.hear(leg, spoken, k, isWarm ? seat.analyze(leg, i) : null);
    }
    return spoken;
  }

  /** Puts a seat's vote down; null, or a vote that is not admitted, is an abstention. */
  hear(leg: number, { codes, votes }: Spoken, seat: number, vote: Vote | null): void {
    const isHeard = vote !== null && (this.#admits === null || this.#admits(seat, leg));
    codes[seat] = ABSTENTION;
    votes[seat] = Number.NaN;
    if (!isHeard) return;
    const { action, confidence } = vote;
    const sign = action === 'HOLD' ? 0 : action === 'BUY' ? 1 : -1;
    codes[seat] = sign + (sign < 0 ? -confidence : confidence);
    votes[seat] = sign * confidence + 0;
  }

  /** A poll of votes that were given earlier, and of answers that have come since. */
  count(leg: number, i: number, { codes, votes }: Spoken): void {
    const said = this.#saidOn(leg);
    const sides = { buy: 0, sell: 0, total: 0, buyers: 0, sellers: 0 };
    let changed = false;
    for (let k = 0; k < codes.length; k++) {
      const code = codes[k]!;
      const { weight, asks } = this.#seats[k]!;
      const vote = votes[k]!;
      this.votes[k] = vote;
      if (code !== said[k]) changed = true;
      said[k] = code;
      if (code === ABSTENTION) continue;
      sides.total += weight;
      if (vote > 0) sides.buy += vote * weight;
      else sides.sell -= vote * weight;
      if (asks !== null) continue;
      if (vote > 0) sides.buyers += weight;
      if (vote < 0) sides.sellers += weight;
    }
    const { buy, sell, total } = sides;
    this.spoke = buy > 0 || sell > 0;
    this.#conclude(leg, i, said, buy, sell, total, changed);
    // Models alone move nothing, whoever else abstains: somebody who reads the market must agree.
    this.modelsAlone = this.agreed && (this.side > 0 ? sides.buyers : sides.sellers) === 0;
    if (this.modelsAlone) this.agreed = false;
  }

  /** What the sums of a poll come to; `changed`: somebody said something else than last time. */
  #conclude(
    leg: number,
    i: number,
    said: Float64Array,
    buy: number,
    sell: number,
    total: number,
    changed: boolean,
  ): void {
    this.score = total > 0 ? Math.max(buy, sell) / total : 0;
    this.side = buy > sell ? 1 : sell > buy ? -1 : 0;
    if (this.learning !== null) this.#judge(this.learning, leg, i, said);
    this.#weigh();
    // The digest takes the row at which somebody's vote changed and every vote from then on: all
    // that can be known of the votes, at the price of the few rows where they change.
    if (!changed) return;
    this.#record(leg, i, said);
    this.#spans?.note(leg, i, this.votes, this.side * this.score);
  }

  /** See Foretold.nextAgreed. */
  nextAgreed(from: number): number {
    return this.#foretold!.nextAgreed(from, this.#act);
  }

  /** See Foretold.nextOther. */
  nextOther(from: number, side: number): number {
    return this.#foretold!.nextOther(from, this.#act, side);
  }

  /** Takes such polls in, of rows `from` to `to` (not included), at none of which agents agree. */
  pass(from: number, to: number, funnel: PollCount): void {
    // Rows at which agents agree follow one another.
    if (from === to) return;
    this.#foretold!.pass(from, to, this.#hold, funnel, this.#digest, this.#spans);
  }

  /** Takes one of them in at which agents agree. */
  passAgreed(leg: number, i: number, funnel: PollCount): void {
    this.#lookUp(this.#foretold!, leg, i);
    funnel.candles++;
    if (this.spoke) funnel.votes++;
    funnel.agreed++;
  }

  /** Counts in the seats what they said in polls that were looked up, up to row `to` (not included). */
  credit(to: number): void {
    this.#foretold?.credit(to);
  }

  #lookUp(foretold: Foretold, leg: number, i: number): void {
    foretold.look(leg, i);
    this.spoke = foretold.spoke;
    this.score = foretold.score;
    this.side = foretold.side;
    if (this.learning !== null) this.#judge(this.learning, leg, i, foretold.saidOn(leg));
    this.#weigh();
    if (foretold.isNew) foretold.record(this.#digest, this.#spans, this.side * this.score);
  }

  /** Weights are earned, or trades remembered; to be said before the first poll. */
  learn(learning: Learning): void {
    this.learning = learning;
    this.#foretold?.learn(learning);
  }

  /** How often weights may have changed so far. */
  get weightings(): number {
    return this.learning?.weightings ?? 0;
  }

  /** The score anew, by what was learned; an agreement is told to the digest. */
  #judge(learning: Learning, leg: number, i: number, said: Float64Array): void {
    learning.judge(leg, i, said);
    this.side = learning.side;
    this.score = learning.score;
    if (this.#agrees(this.score, this.side)) {
      this.#digest.column(learning.shares, 0, learning.shares.length);
    }
  }

  /** Writes down what was said and, where something was learned, what it counted for. */
  tell(candidate: Told): void {
    candidate.votes.set(this.#foretold?.votesOn(candidate.leg) ?? this.votes);
    candidate.learning = this.learning;
    if (this.learning !== null) candidate.shares.set(this.learning.shares);
  }

  #weigh(): void {
    this.agreed = this.#agrees(this.score, this.side);
    this.undecided = !this.agreed && this.score - this.#hold >= -LAST_BITS;
  }

  #agrees(score: number, side: number): boolean {
    return side !== 0 && score - this.#act > LAST_BITS;
  }

  /** The last poll of a leg, told again from what was said; null before the first. */
  lastPoll(leg: number): Poll | null {
    const said = this.#foretold?.saidOn(leg) ?? this.#said[leg];
    if (said === undefined || Number.isNaN(said[0])) return null;
    let [buy, sell, total] = [0, 0, 0];
    const votes = Array.from(said, (code, k) => {
      if (code === ABSTENTION) return Number.NaN;
      const weight = this.learning?.weightOf(k, confidenceOf(code)) ?? this.#seats[k]!.weight;
      total += weight;
      if (code > 1) buy += (code - 1) * weight;
      if (code < -1) sell -= (code + 1) * weight;
      return code > 1 ? code - 1 : code < -1 ? code + 1 : 0;
    });
    const side = buy > sell ? 1 : sell > buy ? -1 : 0;
    return { side, score: total > 0 ? Math.max(buy, sell) / total : 0, votes };
  }

  #record(leg: number, i: number, said: Float64Array): void {
    const digest = this.#digest;
    digest.number(leg);
    digest.number(i);
    for (let k = 0; k < said.length; k++) digest.number(said[k]!);
  }

  #saidOn(leg: number): Float64Array {
    this.#said[leg] ??= new Float64Array(this.#seats.length).fill(Number.NaN);
    return this.#said[leg];
  }
}
