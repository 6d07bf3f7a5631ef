// Ties what is learned from closed trades to those who use it: the consensus, and the risk rules.

import { type Learning, learningOf } from '../agents/learning.ts';
import type { Seat } from '../agents/seat.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RiskRules } from '../risk/rules.ts';
import type { Decider } from './decide.ts';
import type { Desk } from './desk.ts';
import { Holdings } from './holdings.ts';
import type { KernelOptions } from './options.ts';
import type { Routing } from './routing.ts';

export interface LearnedParts {
  readonly options: KernelOptions;
  readonly decisionMs: number;
  readonly seats: readonly Seat[];
  readonly desk: Desk;
  readonly rules: RiskRules;
  readonly decider: Decider;
  readonly portfolio: Portfolio;
  readonly routing: Routing;
}

/** What a run learns, known to all who ask it; null = nothing is learned. */
export function learnedIn(parts: LearnedParts): Learning | null {
  const { options, decisionMs, seats, desk, rules, decider } = parts;
  const { panel, decision, remembered = [] } = options;
  if (options.solo) return null;
  const { decisions: digest } = desk;
  const holdings = new Holdings(parts);
  const isFree = (leg: number) => holdings.heldAt(leg) < 0;
  const shared = { decision, panel, decisionMs, seats, digest };
  const learning = learningOf({ ...shared, isFree, remembered });
  if (learning !== null) {
    decider.consensus.learn(learning);
    rules.similar = (leg, side) => {
      return learning.similarTo(panel.legs[leg]!.primary, rules.row, side);
    };
  }
  return learning;
}
