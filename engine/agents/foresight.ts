// Asking a seat about a whole history ahead of a run: who may be asked so, and in which order.

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

/** Calls `ask` with each leg that is decided on and a range of its rows, in the order of a run. */
export function inOrder(
  panel: Panel,
  spec: SeatSpec,
  decisionInterval: string | null,
  firstRow: number,
  ask: (seat: Seat, rows: AskedRows, from: number, to: number) => void,
): void {
  const decisionMs = intervalOr(decisionInterval, panel.intervalMs);
  const seat = new Seat(panel, decisionMs, spec, UNSEEN);
  const { warmupCandles } = seat;
  const legs = panel.legs
    .filter(({ index, primary }) => index === primary)
    .map(({ index }) => new AskedRows(panel, index, warmupCandles, decisionMs, firstRow));
  // What a strategy keeps of one leg may be meant for another: row by row.
  const step = legs.length === 1 ? BLOCK_ROWS : 1;
  for (let i = 0; i < panel.length; i += step) {
    for (const rows of legs) ask(seat, rows, i, Math.min(panel.length, i + step));
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
