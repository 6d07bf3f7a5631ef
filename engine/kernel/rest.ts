// Rows on which nothing is done, taken in many at a time: what all seats say is known before the run,
// and nobody wants anything new.
//
//   until(row)   how far that is known to hold, as long as the venue has nothing to say
//   take(to)     marks the account; ends sooner where equity is gone, a stop is to follow its close, or
//                somebody no longer stands for a position: that row is then looked at in full
//
// The invariant: a row taken in here leaves what `Kernel.onRow` of it would have left.

import { isDecision } from '../agents/asked-rows.ts';
import type { NumberList } from '../columns.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { Decider } from './decide.ts';
import type { Desk } from './desk.ts';
import type { Sight } from './sight.ts';

export interface RestParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly decider: Decider;
  readonly desk: Desk;
  readonly sight: Sight;
  readonly decisionMs: number;
  /** Equity at the close of each row. */
  readonly equityUsd: Float64Array;
  /** Rows at which the one strategy says something new; null where agents vote. */
  readonly stirs: NumberList | null;
  /** The one leg that is decided on, where an agreement on what it holds comes to a refusal; else -1. */
  readonly only: number;
}

export class Rest {
  readonly #parts: RestParts;
  readonly #everyRow: boolean;
  #nextStir = 0;
  /** The last answer of `nextOther`, of what, and from where on it is one. */
  #wantedAt = -1;
  #wantedFrom = 0;
  #wantedSide = 0;
  #wantedWeightings = 0;

  constructor(parts: RestParts) {
    this.#parts = parts;
    this.#everyRow = parts.decisionMs === parts.panel.intervalMs;
  }

  /** The first row from `row` on that has to be looked at in full, be it for what is said there. */
  until(row: number): number {
    const { decider, portfolio, desk, stirs, panel } = this.#parts;
    if (desk.protection.hasLadder && portfolio.openPositions > 0) return row;
    if (stirs === null) return this.#nextWanted(row);
    if (decider.stirsAt(row)) return row;
    while (this.#nextStir < stirs.length && stirs.values[this.#nextStir]! < row) this.#nextStir++;
    return this.#nextStir < stirs.length ? stirs.values[this.#nextStir]! : panel.length;
  }

  /** Takes rows in from `row` up to `to`; returns the next one to look at. */
  take(row: number, to: number): number {
    const { portfolio, decider, stirs } = this.#parts;
    const end = portfolio.openPositions > 0 ? this.#hold(row, to) : this.#stand(row, to);
    if (end === row) return row;
    if (stirs !== null) decider.repeat(row, end);
    else this.#passVotes(row, end);
    return end;
  }

  /** The first row from `row` on at which agents agree on what is not there already. */
  #nextWanted(row: number): number {
    const { consensus } = this.#parts.decider;
    const side = this.#sideHeld();
    if (side === 0) return consensus.nextAgreed(row);
    const { weightings } = consensus;
    const isKnown = side === this.#wantedSide && weightings === this.#wantedWeightings;
    if (!isKnown || row < this.#wantedFrom || row > this.#wantedAt) {
      this.#wantedSide = side;
      this.#wantedFrom = row;
      this.#wantedWeightings = weightings;
      this.#wantedAt = consensus.nextOther(row, side);
    }
    return this.#wantedAt;
  }

  /** The side of a position that nothing under way will change; 0 = there is none. */
  #sideHeld(): number {
    const { portfolio, desk, only } = this.#parts;
    return only < 0 || desk.isPending(only) ? 0 : Math.sign(portfolio.positions[only]!.qty);
  }

  /** Takes polls in at which nobody agrees, or on what is there already: that is refused, and nothing else. */
  #passVotes(row: number, end: number): void {
    const { decider, desk, only } = this.#parts;
    const { consensus, funnel } = decider;
    let from = row;
    for (let i = consensus.nextAgreed(row); i < end; i = consensus.nextAgreed(i + 1)) {
      consensus.pass(from, i, funnel);
      consensus.passAgreed(only, i, funnel);
      desk.refuse(only, 'already-in-position');
      from = i + 1;
    }
    consensus.pass(from, end, funnel);
    decider.askedRow = end - 1;
  }

  /** Nothing is held: equity is what it is. */
  #stand(row: number, to: number): number {
    const { portfolio, equityUsd, sight } = this.#parts;
    portfolio.mark();
    const usd = portfolio.equityUsd;
    if (!(usd > 0)) return row;
    // Spans are short: `fill` costs more than it saves.
    for (let i = row; i < to; i++) equityUsd[i] = usd;
    sight.seeThrough(row, to);
    return to;
  }

  #hold(row: number, to: number): number {
    const { portfolio, equityUsd, desk, decider, sight, stirs } = this.#parts;
    const { protection } = desk;
    const { trails } = protection;
    const last = trails ? protection.staysUntil(row, to) : to;
    const asks = stirs === null && decider.vetoesHolding;
    let end = row;
    if (asks || portfolio.openPositions > 1) end = this.#lookThrough(row, last, asks);
    else {
      const leg = portfolio.positions.findIndex(({ qty }) => qty !== 0);
      end = portfolio.markThrough(leg, sight.closes[leg]!, row, last, equityUsd);
      sight.seeThrough(row, end);
    }
    if (trails) protection.pass(row, end);
    return end;
  }

  /** Row by row; `asks`: somebody may end a position at any close, and is asked at each. */
  #lookThrough(row: number, to: number, asks: boolean): number {
    const { portfolio, equityUsd, decider, sight } = this.#parts;
    for (let i = row; i < to; i++) {
      sight.seeRow(i);
      portfolio.mark();
      const usd = portfolio.equityUsd;
      if (!(usd > 0) || (asks && this.#decides(i) && decider.endsHolding(i))) {
        sight.unseeRow(i);
        return i;
      }
      equityUsd[i] = usd;
    }
    return to;
  }

  #decides(i: number): boolean {
    return this.#everyRow || isDecision(this.#parts.panel, i, this.#parts.decisionMs);
  }
}
