// What comes of a candidate: an entry, the end of a position, a change of its size, or a refusal. Every
// order passes risk, and what is refused is counted by its code.

import { UNDECIDED } from '../portfolio/trade.ts';
import { stopDistance } from '../risk/stop-distance.ts';
import { Behind, type Candidate, decisionOf, targetPriceOf } from './candidates.ts';
import type { DeciderParts, Funnel } from './decide.ts';
import type { Wanted } from './entries.ts';
import type { Holdings } from './holdings.ts';
import { LeftTargets } from './left-targets.ts';
import type { Vetoes } from './vetoes.ts';

export class Actor {
  /** Of each leg: what its last entry and exit were decided on. */
  readonly behind: Behind;
  /** Of each leg: the exposure wanted there; NaN = to be asked anew. */
  readonly lastTarget: Float64Array;
  /** Targets that could not be acted on at their close. */
  readonly left: LeftTargets;
  readonly #parts: DeciderParts;
  readonly #funnel: Funnel;
  readonly #holdings: Holdings;
  readonly #vetoes: Vetoes;
  /** Some strategy names a price to wait for. */
  readonly #asksPrice: boolean;
  readonly #wanted: Wanted = {
    leg: 0,
    side: 1,
    fraction: 0.5,
    score: 0.5,
    factor: 0.5,
    distance: 0.5,
    targetPrice: 0.5,
    row: 0,
    nowMs: 0.5,
    freedUsd: 0.5,
    addsTo: -1,
  };

  constructor(parts: DeciderParts, funnel: Funnel, holdings: Holdings, vetoes: Vetoes) {
    this.#parts = parts;
    this.#funnel = funnel;
    this.#holdings = holdings;
    this.#vetoes = vetoes;
    this.#asksPrice = parts.seats.some((seat) => seat.strategy.targetPrice);
    this.lastTarget = new Float64Array(parts.panel.legs.length);
    this.left = new LeftTargets(parts.panel.legs.length);
    this.behind = new Behind(parts.routing.markets);
  }

  /** An entry came to nothing: the same target counts as a new one next time. */
  forgetTarget(leg: number): void {
    // While something is held 0 is a target like any other, and must be new as well.
    const { primary } = this.#parts.panel.legs[leg]!;
    this.lastTarget[primary] = this.#holdings.heldAt(primary) < 0 ? 0 : Number.NaN;
  }

  /** True when a candidate that was voted on would be an entry now. */
  wouldEnter({ leg, side }: Candidate): boolean {
    return !this.#holdings.isBusy(leg, side) && this.#holdings.held(leg) === 0;
  }

  /** Agents have agreed. Returns `entry`, `exit`, or the code of a refusal. */
  onVote(candidate: Candidate, i: number, nowMs: number): string {
    const { leg, side } = candidate;
    const { desk } = this.#parts;
    const held = this.#holdings.held(leg);
    if (this.#holdings.isBusy(leg, side)) {
      desk.refuse(leg, 'order-pending');
      return 'order-pending';
    }
    if (held !== 0 && held > 0 === side > 0) {
      desk.refuse(leg, 'already-in-position');
      return 'already-in-position';
    }
    if (held !== 0) {
      // An opposite score ends the position; entering the other way takes a decision of its own,
      // sized on the account as it is after the close.
      this.#funnel.passedRisk++;
      this.#exit(candidate, i, nowMs, true);
      return 'exit';
    }
    return this.#enter(candidate, Number.NaN, i, nowMs, 0);
  }

  /** The one strategy wants another exposure. */
  onTarget(candidate: Candidate, i: number, nowMs: number): void {
    const { leg, side, target } = candidate;
    const { portfolio, desk, gate } = this.#parts;
    const held = this.#holdings.held(leg);
    if (this.#holdings.isBusy(leg, side)) {
      desk.refuse(leg, 'order-pending');
      this.left.leave(candidate, nowMs);
    } else if (side === 0) {
      this.lastTarget[leg] = 0;
      if (held === 0) return;
      this.#funnel.passedRisk++;
      this.#exit(candidate, i, nowMs, true);
    } else if (held === 0) {
      this.#enter(candidate, Math.abs(target), i, nowMs, 0);
    } else if (held > 0 !== side > 0) {
      const freedUsd = this.#holdings.notionalUsd(leg);
      this.#exit(candidate, i, nowMs, false);
      this.#enter(candidate, Math.abs(target), i, nowMs, freedUsd);
    } else {
      const wanted = Math.min(Math.abs(target), gate.positionCap(leg));
      const excessUsd = this.#holdings.notionalUsd(leg) - wanted * portfolio.equityUsd;
      if (excessUsd < 0) this.#enter(candidate, -excessUsd / portfolio.equityUsd, i, nowMs, 0);
      else this.#reduce(candidate, excessUsd, nowMs);
    }
  }

  /**
   * The target to act on at the close of row `i`: what is said, or what has waited. One that waited for
   * longer than its life opens nothing any more, for the market that it was said of is gone; what it
   * takes away it still does. undefined = nothing.
   */
  takeUp(leg: number, said: number | undefined, i: number, isStale: boolean): number | undefined {
    const target = this.left.take(leg, said, isStale);
    if (said !== undefined || target === undefined || target === 0) return target;
    const { panel, decision, decisionMs, portfolio, desk } = this.#parts;
    const waitedMs = panel.openMs[i]! + panel.intervalMs - this.left.saidMs(leg);
    if (!(waitedMs > decision.risk.targetLifeCandles * decisionMs)) return target;
    const held = this.#holdings.held(leg);
    const isFlip = held !== 0 && held > 0 !== target > 0;
    const wantedUsd = Math.abs(target) * portfolio.equityUsd;
    if (held !== 0 && !isFlip && this.#holdings.notionalUsd(leg) > wantedUsd) return target;
    desk.refuse(leg, 'target-expired');
    this.forgetTarget(leg);
    return isFlip ? 0 : undefined;
  }

  /** Sells off part of a position; less than a lot is left alone. */
  #reduce(candidate: Candidate, excessUsd: number, nowMs: number): void {
    const { target } = candidate;
    const { portfolio, desk, gate } = this.#parts;
    this.lastTarget[candidate.leg] = target;
    const leg = this.#holdings.heldAt(candidate.leg);
    const price = portfolio.lastPrice[leg]!;
    const order = gate.reduction(leg, excessUsd / price, price, nowMs, 'signal');
    if (order === null) return;
    this.#funnel.passedRisk++;
    desk.submit(order);
  }

  /**
   * `fraction` of equity is what a target wants; where agents voted it is NaN and the sizing rule is
   * asked. `freedUsd`: notional that a close decided together with this entry gives back. Returns
   * `entry`, or the code of a refusal.
   */
  #enter(
    candidate: Candidate,
    fraction: number,
    i: number,
    nowMs: number,
    freedUsd: number,
  ): string {
    const { leg } = candidate;
    const side = candidate.side as 1 | -1;
    const { portfolio, desk, decision, atr, entries } = this.#parts;
    const price = portfolio.lastPrice[leg]!;
    const distance = stopDistance(decision.risk, atr[leg]?.[i] ?? Number.NaN, price);
    let refusal = this.#vetoes.any ? this.#vetoes.refusal(leg, side, i) : null;
    if (refusal === null && distance !== distance) refusal = 'stop-not-ready';
    const addsTo = freedUsd > 0 ? -1 : this.#holdings.heldAt(leg);
    if (refusal === null) {
      const before = this.behind.entry[leg]!;
      if (addsTo < 0) this.behind.enters(leg, decisionOf(candidate, this.#parts.seats, i));
      const wanted = this.#wanted;
      wanted.leg = leg;
      wanted.side = side;
      wanted.fraction = fraction;
      wanted.score = candidate.score;
      wanted.factor = candidate.factor;
      wanted.distance = distance;
      wanted.targetPrice = this.#asksPrice
        ? targetPriceOf(candidate, this.#parts.seats, i)
        : Number.NaN;
      wanted.row = i;
      wanted.nowMs = nowMs;
      wanted.freedUsd = freedUsd;
      wanted.addsTo = addsTo;
      refusal = entries.enter(wanted);
      if (refusal !== null) this.behind.enters(leg, before);
    }
    if (refusal !== null) {
      desk.refuse(leg, refusal);
      this.forgetTarget(leg);
      return refusal;
    }
    this.#funnel.passedRisk++;
    this.lastTarget[leg] = candidate.target;
    return 'entry';
  }

  #exit(candidate: Candidate, i: number, nowMs: number, counts: boolean): void {
    const { leg } = candidate;
    this.behind.exits(leg, decisionOf(candidate, this.#parts.seats, i));
    this.#holdings.exit(leg, 'signal', nowMs, counts);
  }

  /** Closes a position that an agent no longer stands for; true when it did. */
  endHolding(leg: number, i: number, nowMs: number): boolean {
    const seat = this.#vetoes.whoEnds(leg, i);
    if (seat === null) return false;
    seat.vetoes++;
    this.#parts.desk.refuse(leg, `veto-${this.#vetoes.word}`);
    this.behind.exits(leg, { ...UNDECIDED, row: i, reasons: { [seat.id]: this.#vetoes.word } });
    this.#holdings.exit(leg, 'veto', nowMs, false);
    return true;
  }
}
