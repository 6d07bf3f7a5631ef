// What one seat says at every row of every leg, written down in one run and looked up in the next.
//
//   first run over a panel: hear   ->   isWhole   ->   every other run: recall
//
// Only for strategies that read the market alone: they say the same in every run over the same
// candles, whatever is done with it. Vetoes read the account and are always asked.

import { assert } from '../errors.ts';
import { intervalOr } from '../interval.ts';
import type { Panel } from '../market/panel.ts';
import type { Action, Strategy, Vote } from './contract.ts';

/** What was said at a row. */
const UNASKED = 0;
const ABSTAINED = 1;
const FIRST_ACTION = 2;
const KEPT = 5;
const TARGET = 6;
const ACTIONS: readonly Action[] = ['HOLD', 'BUY', 'SELL'];

/**
 * True when what a strategy says is the same in every run: it does not read the account, and what it
 * remembers is not touched by a veto that does.
 */
export function isRecallable({ reads, state, veto, vetoHolding }: Strategy): boolean {
  return reads !== 'portfolio' && !(state && (veto || vetoHolding));
}

export class Opinions {
  /** Every row that is ever asked about has been: set by whoever saw a run through to its end. */
  isWhole = false;
  readonly #said: readonly Uint8Array[];
  /** Confidence, or target exposure. */
  readonly #value: readonly Float64Array[];

  constructor({ legs, length }: Panel) {
    this.#said = legs.map(() => new Uint8Array(length));
    this.#value = legs.map(() => new Float64Array(length));
  }

  hearVote(leg: number, i: number, vote: Vote | null): void {
    this.#said[leg]![i] = vote === null ? ABSTAINED : FIRST_ACTION + ACTIONS.indexOf(vote.action);
    this.#value[leg]![i] = vote === null ? 0 : vote.confidence;
  }

  hearTarget(leg: number, i: number, target: number | undefined): void {
    this.#said[leg]![i] = target === undefined ? KEPT : TARGET;
    this.#value[leg]![i] = target ?? 0;
  }

  /** The action at a row; null = abstained. */
  actionAt(leg: number, i: number): Action | null {
    const said = this.#said[leg]![i]!;
    assert(said !== UNASKED, 'only rows that were asked about are recalled');
    return said === ABSTAINED ? null : ACTIONS[said - FIRST_ACTION]!;
  }

  confidenceAt(leg: number, i: number): number {
    return this.#value[leg]![i]!;
  }

  /** The target at a row; undefined = it is kept. */
  targetAt(leg: number, i: number): number | undefined {
    const said = this.#said[leg]![i]!;
    assert(said !== UNASKED, 'only rows that were asked about are recalled');
    return said === KEPT ? undefined : this.#value[leg]![i]!;
  }

  wasAsked(leg: number, i: number): boolean {
    return this.#said[leg]![i] !== UNASKED;
  }

  /** True when nothing else was said of any leg at row `i` than at row `before`. */
  isSame(i: number, before: number): boolean {
    for (let leg = 0; leg < this.#said.length; leg++) {
      const said = this.#said[leg]!;
      const value = this.#value[leg]!;
      if (said[i] !== said[before] || value[i] !== value[before]) return false;
    }
    return true;
  }
}

/**
 * Of each row the next one at which anybody says something else; the panel's length when nobody does
 * any more. Rows that are no decision's close say nothing. `decisionInterval` as in the config.
 */
export function quietRows(
  panel: Panel,
  opinions: readonly Opinions[],
  decisionInterval: string | null,
): Int32Array {
  const { length, openMs, intervalMs } = panel;
  const decisionMs = intervalOr(decisionInterval, intervalMs);
  const next = new Int32Array(length);
  let changeAt = length;
  /** The decision's close that was looked at last, going backwards. */
  let later = length;
  for (let i = length - 1; i >= 0; i--) {
    const closeMs = openMs[i]! + intervalMs;
    if (Math.floor(closeMs / decisionMs) !== closeMs / decisionMs) continue;
    if (later < length && !opinions.every((one) => one.isSame(i, later))) changeAt = later;
    next.fill(changeAt, i, later);
    later = i;
  }
  return next;
}
