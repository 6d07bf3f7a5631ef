// What one seat says at every row of every leg, asked for ahead of a run and looked up in it, and in
// every other run in which it would say the same.
//
//   foresee(seat)  ->  Opinions  ->  a run that looks up: solo by `stirs`, voters by ballots.ts
//
// Only for strategies that read the market alone: they say the same in every run over the same
// candles, whatever is done with it. Vetoes read the account and are always asked.

import { assert } from '../errors.ts';
import { intervalOr } from '../interval.ts';
import type { Panel } from '../market/panel.ts';
import type { Action, PortfolioView, Strategy } from './contract.ts';
import { Seat, type SeatSpec } from './seat.ts';

/** What was said at a row; what was said with a number has it beside it. */
export const UNASKED = 0;
export const ABSTAINED = 1;
export const HOLD = 2;
export const BUY = 3;
export const SELL = 4;
export const KEPT = 5;
export const TARGET = 6;
const SAID: Readonly<Record<Action, number>> = { HOLD, BUY, SELL };

/**
 * True when what a strategy says is the same in every run: it does not read the account, and what it
 * remembers is not shared with what is asked during the run, of which a veto reads the account.
 */
export function isForeseeable(strategy: Strategy): boolean {
  const { reads, state, veto, vetoHolding, targetPrice, asks } = strategy;
  if (asks) return false;
  return reads !== 'portfolio' && !(state && (veto || vetoHolding || targetPrice));
}

export class Opinions {
  /** By leg and row, one of the codes above. */
  readonly said: readonly Uint8Array[];
  /** By leg and row: confidence or target exposure; of no meaning where neither was said. */
  readonly value: readonly Float64Array[];
  /** Rows at which something else is said than at the decision's close before, ascending. */
  stirs = new Int32Array(0);

  readonly #isNew: Uint8Array;
  #newRows = 0;

  constructor({ legs, length }: Panel) {
    this.#isNew = new Uint8Array(length);
    this.said = legs.map(() => new Uint8Array(length));
    this.value = legs.map(() => new Float64Array(length));
  }

  /** The target at a row; undefined = it is kept. */
  targetAt(leg: number, i: number): number | undefined {
    const said = this.said[leg]![i]!;
    assert(said >= KEPT, 'only rows that were asked about are looked up');
    return said === KEPT ? undefined : this.value[leg]![i]!;
  }

  /**
   * Asks a seat about every row from `firstRow` on that a run asks it about. `decisionInterval` as in
   * the config. Throws what the strategy threw, be it at a row that a run may never come to.
   */
  foresee(
    panel: Panel,
    spec: SeatSpec,
    solo: boolean,
    decisionInterval: string | null,
    firstRow: number,
  ): void {
    const { legs, intervalMs } = panel;
    const decisionMs = intervalOr(decisionInterval, intervalMs);
    const seat = new Seat(panel, decisionMs, spec, UNSEEN);
    for (const said of this.said) said.fill(UNASKED);
    this.#isNew.fill(0);
    this.#newRows = 0;
    const primaries = legs.filter(({ index, primary }) => index === primary);
    const askings = primaries.map(({ index }): Asking => {
      return {
        leg: index,
        seat,
        solo,
        decisionMs,
        firstRow,
        warm: 0,
        reset: 0,
        code: -1,
        value: 0,
      };
    });
    // In the order of a run: what a strategy keeps of one leg may be meant for another.
    const step = askings.length === 1 ? panel.length : 1;
    for (let i = 0; i < panel.length; i += step) {
      for (const asking of askings) this.#ask(panel, asking, i, i + step);
    }
    this.stirs = rowsOf(this.#isNew, this.#newRows);
  }

  /** Asks about one leg in rows `from` to `to` (not included), those before it having been asked about. */
  #ask(panel: Panel, asking: Asking, from: number, to: number): void {
    const { leg, seat, solo, decisionMs, firstRow } = asking;
    const { candles, features } = panel.legs[leg]!;
    const { close } = candles;
    const { resets } = features;
    const said = this.said[leg]!;
    const value = this.value[leg]!;
    const isNew = this.#isNew;
    const { warmupCandles } = seat;
    const everyRow = decisionMs === panel.intervalMs;
    let { warm, reset, code: codeBefore, value: valueBefore } = asking;
    for (let i = from; i < to; i++) {
      const c = close[i]!;
      if (c === c) {
        for (; reset < resets.length && resets[reset]! <= i; reset++) warm = 0;
        warm++;
      }
      if (i < firstRow || !(everyRow || isDecision(panel, i, decisionMs))) continue;
      let code = UNASKED;
      let x = 0;
      if (c === c && warm >= warmupCandles) {
        if (solo) {
          const target = seat.decide(leg, i);
          code = target === undefined ? KEPT : TARGET;
          x = target ?? 0;
        } else {
          const vote = seat.analyze(leg, i);
          code = vote === null ? ABSTAINED : SAID[vote.action];
          x = vote?.confidence ?? 0;
        }
        said[i] = code;
        if (code !== KEPT && code !== ABSTAINED) value[i] = x;
      }
      if (code === codeBefore && x === valueBefore) continue;
      if (isNew[i] === 0) this.#newRows++;
      isNew[i] = 1;
      codeBefore = code;
      valueBefore = x;
    }
    asking.warm = warm;
    asking.reset = reset;
    asking.code = codeBefore;
    asking.value = valueBefore;
  }
}

/** How far a seat has been asked about a leg, and what it said there last. */
interface Asking {
  readonly leg: number;
  readonly seat: Seat;
  readonly solo: boolean;
  readonly decisionMs: number;
  readonly firstRow: number;
  warm: number;
  /** The next of the leg's resets. */
  reset: number;
  code: number;
  value: number;
}

/** The `count` rows that are marked. */
function rowsOf(marks: Uint8Array, count: number): Int32Array<ArrayBuffer> {
  const rows = new Int32Array(count);
  for (let i = 0, k = 0; k < count; i++) if (marks[i] !== 0) rows[k++] = i;
  return rows;
}

/** A whole quotient and not `%`: a remainder of doubles costs more than the rest of a row. */
export function isDecision(panel: Panel, i: number, decisionMs: number): boolean {
  if (decisionMs === panel.intervalMs) return true;
  const cycles = (panel.openMs[i]! + panel.intervalMs) / decisionMs;
  return Math.floor(cycles) === cycles;
}

/** Nobody who is asked ahead reads it. */
const UNSEEN: PortfolioView = Object.freeze({
  equityUsd: Number.NaN,
  drawdown: Number.NaN,
  exposure: Number.NaN,
  openPositions: 0,
  qty: 0,
  entryPrice: Number.NaN,
});
