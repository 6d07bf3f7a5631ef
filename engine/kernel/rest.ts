// Rows on which nothing is done, taken in many at a time: what all seats say is known before the run,
// and nobody wants anything new.
//
//   until(row)   how far that is known to hold, as long as the venue has nothing to say
//   take(to)     marks the account; ends sooner where equity is gone, a stop is to follow its close, or
//                somebody no longer stands for a position: that row is then looked at in full
//
// The invariant: a row taken in here leaves what `Kernel.onRow` of it would have left.

import { isDecision } from '../agents/opinions.ts';
import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { Decider } from './decide.ts';
import type { Protection } from './protection.ts';
import type { Sight } from './sight.ts';

export interface RestParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly decider: Decider;
  readonly protection: Protection;
  readonly sight: Sight;
  readonly decisionMs: number;
  /** Equity at the close of each row. */
  readonly equityUsd: Float64Array;
  /** Rows at which the one strategy says something else; null where agents vote. */
  readonly stirs: Int32Array | null;
}

export class Rest {
  readonly #parts: RestParts;
  readonly #everyRow: boolean;
  #nextStir = 0;

  constructor(parts: RestParts) {
    this.#parts = parts;
    this.#everyRow = parts.decisionMs === parts.panel.intervalMs;
  }

  /** The first row from `row` on that has to be looked at in full, be it for what is said there. */
  until(row: number): number {
    const { decider, portfolio, protection, stirs, panel } = this.#parts;
    if (protection.hasLadder && portfolio.openPositions > 0) return row;
    if (stirs === null) return decider.consensus.nextAgreed(decider.primaries, row);
    if (!decider.isQuiet) return row;
    while (this.#nextStir < stirs.length && stirs[this.#nextStir]! < row) this.#nextStir++;
    return stirs[this.#nextStir] ?? panel.length;
  }

  /** Takes rows in from `row` up to `to`; returns the next one to look at. */
  take(row: number, to: number): number {
    const { portfolio, decider, stirs } = this.#parts;
    const end = portfolio.openPositions > 0 ? this.#hold(row, to) : this.#stand(row, to);
    if (end === row) return row;
    if (stirs !== null) decider.repeat(this.#decisions(row, end));
    else {
      decider.consensus.pass(row, end, decider.funnel);
      decider.askedRow = end - 1;
    }
    return end;
  }

  /** Nothing is held: equity is what it is. */
  #stand(row: number, to: number): number {
    const { portfolio, equityUsd, sight } = this.#parts;
    portfolio.mark();
    const usd = portfolio.equityUsd;
    if (!(usd > 0)) return row;
    equityUsd.fill(usd, row, to);
    sight.seeThrough(row, to);
    return to;
  }

  #hold(row: number, to: number): number {
    const { portfolio, equityUsd, protection, decider, sight, stirs } = this.#parts;
    const { trails } = protection;
    const asks = stirs === null && decider.vetoesHolding;
    if (!trails && !asks && portfolio.openPositions === 1) {
      const leg = portfolio.positions.findIndex(({ qty }) => qty !== 0);
      const end = portfolio.markThrough(leg, sight.closes[leg]!, row, to, equityUsd);
      sight.seeThrough(row, end);
      return end;
    }
    for (let i = row; i < to; i++) {
      sight.seeRow(i);
      portfolio.mark();
      const usd = portfolio.equityUsd;
      const isAsked = asks && this.#decides(i);
      if (!(usd > 0) || (trails && !protection.stays(i)) || (isAsked && decider.endsHolding(i))) {
        sight.unseeRow(i);
        return i;
      }
      equityUsd[i] = usd;
    }
    return to;
  }

  #decisions(from: number, to: number): number {
    if (this.#everyRow) return to - from;
    let count = 0;
    for (let i = from; i < to; i++) if (this.#decides(i)) count++;
    return count;
  }

  #decides(i: number): boolean {
    return this.#everyRow || isDecision(this.#parts.panel, i, this.#parts.decisionMs);
  }
}
