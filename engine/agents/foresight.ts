// Asking a seat about a whole history ahead of a run: who may be asked so, and in which order.

import { InputError } from '../errors.ts';
import { intervalOr } from '../interval.ts';
import type { Panel } from '../market/panel.ts';
import { AskedRows } from './asked-rows.ts';
import type { PortfolioView, Strategy } from './contract.ts';
import { Seat, type SeatSpec } from './seat.ts';

/**
 * True when what a strategy says is the same in every run: it reads neither the account nor past trades,
 * and what it remembers is not shared with what is asked during the run, of which a veto reads the account.
 */
export function isForeseeable(strategy: Strategy): boolean {
  const { reads, state, veto, vetoHolding, targetPrice, asks } = strategy;
  if (asks) return false;
  const ofMarket = (reads ?? 'market') === 'market';
  return ofMarket && !(state && (veto || vetoHolding || targetPrice));
}

/** What is known of a seat ahead: see opinions.ts for one that votes, targets.ts for one that decides alone. */
export interface Foreseen {
  /** What it takes; of answers that are in. */
  readonly bytes: number;
  /**
   * Asks a seat about every row from `firstRow` on that a run asks it about. `decisionInterval` as in
   * the config. Throws what the strategy threw, be it at a row that a run may never come to.
   */
  foresee(panel: Panel, spec: SeatSpec, decisionInterval: string | null, firstRow: number): void;
}

/**
 * Rows that are asked about at once: often enough for the loop over them to be compiled as a whole, and
 * not in the middle of the only call.
 */
const BLOCK_ROWS = 4096;

export interface Failure {
  readonly row: number;
  readonly error: InputError;
}

/** One seat that is asked ahead of a run, range by range. */
export class Inquiry {
  readonly #seat: Seat;
  readonly #legs: readonly AskedRows[];
  readonly #step: number;
  /** What the strategy threw, and at which row: nothing from there on is known. */
  failure: Failure | null = null;

  /** `decisionInterval` as in the config; nobody is asked before `firstRow`. */
  constructor(panel: Panel, spec: SeatSpec, decisionInterval: string | null, firstRow: number) {
    const decisionMs = intervalOr(decisionInterval, panel.intervalMs);
    const seat = new Seat(panel, decisionMs, spec, UNSEEN);
    const { warmupCandles } = seat;
    this.#seat = seat;
    this.#legs = panel.legs
      .filter(({ index, primary }) => index === primary)
      .map(({ index }) => new AskedRows(panel, index, warmupCandles, decisionMs, firstRow));
    // What a strategy keeps of one leg may be meant for another: row by row.
    const keeps = this.#legs.length > 1 && spec.strategy.state !== undefined;
    this.#step = keeps ? 1 : BLOCK_ROWS;
  }

  /**
   * Calls `ask` with each leg that is decided on and ranges of the rows `from` to `to`, the next ones.
   * Returns the row up to which all legs have answered: `to`, or the one of `failure`.
   */
  each(
    from: number,
    to: number,
    ask: (seat: Seat, rows: AskedRows, from: number, to: number) => void,
  ): number {
    let end = to;
    for (let i = from; i < end; i += this.#step) {
      for (const rows of this.#legs) {
        try {
          ask(this.#seat, rows, i, Math.min(end, i + this.#step));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          end = this.#seat.views[rows.leg]!.i;
          this.failure = { row: end, error };
        }
      }
    }
    return end;
  }
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
