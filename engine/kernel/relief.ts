// What risk does of its own accord at a close, nobody having decided anything: it takes entries back
// when a loss limit is hit, and sells a part of what is held where price has moved far.
//
// Both only ever take risk away. What they order goes through the gate and the desk like all else.

import type { Panel } from '../market/panel.ts';
import type { Portfolio } from '../portfolio/portfolio.ts';
import type { RiskGate } from '../risk/gate.ts';
import type { RiskRules } from '../risk/rules.ts';
import type { Decider } from './decide.ts';
import type { Desk } from './desk.ts';

export interface ReliefParts {
  readonly panel: Panel;
  readonly portfolio: Portfolio;
  readonly desk: Desk;
  readonly gate: RiskGate;
  readonly rules: RiskRules;
  readonly decider: Decider;
}

export class Relief {
  readonly #parts: ReliefParts;

  constructor(parts: ReliefParts) {
    this.#parts = parts;
  }

  /** Entries under way are taken back, so that what they wanted is not filled after the limit. */
  takeBackEntries(): void {
    const { desk, panel, decider } = this.#parts;
    let plain = false;
    for (let leg = 0; leg < panel.legs.length; leg++) {
      if (!desk.isWaiting(leg)) continue;
      if (desk.parents.sideOf(leg) === 0) plain = true;
      else desk.parents.withdraw(leg);
      decider.actor.forgetTarget(leg);
    }
    if (plain) desk.cancelEntries();
  }

  /**
   * Reduces what is held where price has moved far, once an episode; a hole waits. Comes after the
   * decisions of its close: a position that was just told to close needs no reduction.
   */
  delever(i: number): void {
    const { portfolio, panel, desk, gate, rules } = this.#parts;
    const nowMs = panel.openMs[i]! + panel.intervalMs;
    for (let leg = 0; leg < panel.legs.length; leg++) {
      const close = panel.legs[leg]!.candles.close[i]!;
      const keep = rules.keepFraction(leg);
      if (!(keep < 1) || close !== close) continue;
      if (desk.parents.sideOf(leg) !== 0) desk.parents.withdraw(leg);
      if (desk.isPending(leg)) continue;
      rules.delevered(leg);
      const qty = Math.abs(portfolio.positions[leg]!.qty) * (1 - keep);
      const order = gate.reduction(leg, qty, close, nowMs, 'delever');
      if (order !== null) desk.submit(order);
    }
  }
}
