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
 * True when what a strategy says is the same in every run: it reads neither the account nor past trades,
 * and what it remembers is not shared with what is asked during the run, of which a veto reads the account.
 */
export function isForeseeable(strategy: Strategy): boolean {
  const { reads, state, veto, vetoHolding, targetPrice, asks } = strategy;
  if (asks) return false;
  const ofMarket = (reads ?? 'market') === 'market';
  return ofMarket && !(state && (veto || vetoHolding || targetPrice));
}

export class Opinions {
  /** By leg and row, one of the codes above. */
  readonly said: readonly Uint8Array[];
  /** By leg and row: confidence or target exposure; of no meaning where neither was said. */
  readonly value: readonly Float64Array[];
  /** Rows at which something else is said than at the decision's close before, ascending. */
  stirs = new Int32Array(0);

  /** What of `#stirring` is filled becomes `stirs`. */
  #stirring = new Int32Array(1024);
  #stirCount = 0;

  constructor({ legs, length }: Panel) {
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
    this.#stirCount = 0;
    const primaries = legs.filter(({ index, primary }) => index === primary);
    const askings = primaries.map(({ index }): Asking => {
      return {
        leg: index,
        seat,
        decisionMs,
        firstRow,
        warmFrom: warmFromOn(panel, index, seat, decisionMs, firstRow),
        warm: 0,
        reset: 0,
        code: -1,
        value: 0,
      };
    });
    // In the order of a run: what a strategy keeps of one leg may be meant for another.
    const step = askings.length === 1 ? panel.length : 1;
    for (let i = 0; i < panel.length; i += step) {
      for (const asking of askings) {
        if (solo) this.#askTargets(panel, asking, i, i + step);
        else this.#askVotes(panel, asking, i, i + step);
      }
    }
    this.stirs = this.#stirring.slice(0, this.#stirCount);
  }

  /** Asks about one leg in rows `from` to `to` (not included), those before it having been asked about. */
  #askTargets(panel: Panel, asking: Asking, from: number, to: number): void {
    const { leg, seat } = asking;
    const said = this.said[leg]!;
    const value = this.value[leg]!;
    const { warmFrom } = asking;
    let { code: codeBefore, value: valueBefore } = asking;
    for (let i = from; i < to; i++) {
      const isWarm = i >= warmFrom || sees(panel, asking, i);
      if (isWarm === null) continue;
      let code = UNASKED;
      let x = 0;
      if (isWarm) {
        const target = seat.decide(leg, i);
        if (target === undefined) code = KEPT;
        else {
          code = TARGET;
          x = target;
          value[i] = target;
        }
        said[i] = code;
      }
      if (code === codeBefore && x === valueBefore) continue;
      this.#stir(i);
      codeBefore = code;
      valueBefore = x;
    }
    asking.code = codeBefore;
    asking.value = valueBefore;
  }

  /** The same where it votes: a loop of its own, because one that called either would be slower than both. */
  #askVotes(panel: Panel, asking: Asking, from: number, to: number): void {
    const { leg, seat } = asking;
    const said = this.said[leg]!;
    const value = this.value[leg]!;
    const { warmFrom } = asking;
    let { code: codeBefore, value: valueBefore } = asking;
    for (let i = from; i < to; i++) {
      const isWarm = i >= warmFrom || sees(panel, asking, i);
      if (isWarm === null) continue;
      let code = UNASKED;
      let x = 0;
      if (isWarm) {
        const vote = seat.analyze(leg, i);
        if (vote === null) code = ABSTAINED;
        else {
          code = SAID[vote.action];
          x = vote.confidence;
          value[i] = x;
        }
        said[i] = code;
      }
      if (code === codeBefore && x === valueBefore) continue;
      this.#stir(i);
      codeBefore = code;
      valueBefore = x;
    }
    asking.code = codeBefore;
    asking.value = valueBefore;
  }

  /** Rows come in order; that of several legs counts once. */
  #stir(row: number): void {
    const count = this.#stirCount;
    if (count > 0 && this.#stirring[count - 1] === row) return;
    if (count === this.#stirring.length) {
      const longer = new Int32Array(2 * count);
      longer.set(this.#stirring);
      this.#stirring = longer;
    }
    this.#stirring[count] = row;
    this.#stirCount = count + 1;
  }
}

/** How far a seat has been asked about a leg, and what it said there last. */
interface Asking {
  readonly leg: number;
  readonly seat: Seat;
  readonly decisionMs: number;
  readonly firstRow: number;
  /** From this row on it is asked at every row. */
  readonly warmFrom: number;
  warm: number;
  /** The next of the leg's resets. */
  reset: number;
  code: number;
  value: number;
}

/** The row from which on a leg without holes is asked about at every row; Infinity = there is none. */
function warmFromOn(
  panel: Panel,
  leg: number,
  { warmupCandles }: Seat,
  decisionMs: number,
  firstRow: number,
): number {
  const { filled, holes, resets } = panel.legs[leg]!.features;
  const isWhole = filled === panel.length && holes === 0 && resets.length === 0;
  const isPlain = isWhole && decisionMs === panel.intervalMs;
  return isPlain ? Math.max(firstRow, warmupCandles - 1) : Number.POSITIVE_INFINITY;
}

/** Takes one row's candle in: whether the leg is warm there; null = nobody is asked at it. */
function sees(panel: Panel, asking: Asking, i: number): boolean | null {
  const { candles, features } = panel.legs[asking.leg]!;
  const c = candles.close[i]!;
  if (c === c) {
    const { resets } = features;
    for (; asking.reset < resets.length && resets[asking.reset]! <= i; asking.reset++) {
      asking.warm = 0;
    }
    asking.warm++;
  }
  if (i < asking.firstRow || !isDecision(panel, i, asking.decisionMs)) return null;
  return c === c && asking.warm >= asking.seat.warmupCandles;
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
