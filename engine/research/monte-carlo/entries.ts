// The run's trades at other times: as many of each leg, as long, as large and on the same side, but
// entered at random. What the real entries earn beyond these is timing; the rest is the market, the
// sides taken and the exits.
//
//   real     ..LLLL....SS.......LL......      flat rows between trades are dealt anew, and so is the
//   random   .....SS..LL.......LLLL.....      order of the trades; they never overlap on a leg
//
// Carried out by the real kernel: fees, slippage, stops and limits of the config still apply. A stop
// may end a random trade early, as it may have ended the real one; the holding time is the longest. A
// trade that ended inside a candle is given that candle: closed at its open it would never meet its stop.

import { defineStrategy } from '../../agents/contract.ts';
import type { Panel } from '../../market/panel.ts';
import type { ExitReason, Trade } from '../../portfolio/trade.ts';
import { type Random, random } from '../../random.ts';
import type { RunInput } from '../backtest.ts';

/** A trade as it is placed: signed share of equity, and rows from entry to exit, 1 at least. */
export interface Placed {
  readonly target: number;
  readonly rows: number;
}

/** Exits that come inside a candle; the others were decided at a close and fill at the next open. */
const INSIDE: ReadonlySet<ExitReason> = new Set([
  'stop',
  'trailing-stop',
  'take-profit',
  'liquidation',
]);

/** By leg: the trades to place, and the rows whose close may decide (`to` is not included). */
export interface LegPlan {
  readonly leg: number;
  readonly from: number;
  readonly to: number;
  readonly trades: readonly Placed[];
  /** Row of each decision that entered, in the order of `trades`. */
  readonly decided: readonly number[];
}

/** What the run's trades were, those still open included, by primary leg. `equityUsd` is marked at each row's close. */
export function plansOf(
  { panel, firstRow, config }: RunInput,
  trades: readonly Trade[],
  equityUsd: ArrayLike<number>,
): LegPlan[] {
  const plans = panel.legs.map(({ primary }) => primary);
  return [...new Set(plans)].flatMap((leg): LegPlan[] => {
    const own = trades
      .filter((trade) => plans[trade.leg] === leg)
      .sort((a, b) => a.entryRow - b.entryRow);
    if (own.length === 0) return [];
    const { close } = panel.legs[leg]!.candles;
    let from = firstRow;
    while (from < panel.length && close[from] !== close[from]) from++;
    const placed = own.map(({ side, qty, entryPrice, entryRow, exitRow, exitReason }): Placed => {
      const before = entryRow > firstRow ? equityUsd[entryRow - 1]! : config.world.cashUsd;
      const equity = typeof before === 'number' && before > 0 ? before : Number.NaN;
      const size = (qty * entryPrice) / equity;
      return {
        target: side === 'long' ? size : -size,
        rows: Math.max(1, exitRow - entryRow + (INSIDE.has(exitReason) ? 1 : 0)),
      };
    });
    const decided = own.map(({ entryRow }) => Math.max(from, entryRow - 1));
    return [{ leg, from, to: panel.length - 1, trades: placed, decided }];
  });
}

/** Rows of decisions for the trades of a leg in a random order and at random times. */
export function placedAtRandom(
  plan: LegPlan,
  draw: Random,
): { trades: Placed[]; decided: number[] } {
  const trades = [...plan.trades];
  for (let i = trades.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [trades[i], trades[j]] = [trades[j]!, trades[i]!];
  }
  const room = plan.to - plan.from;
  const held = trades.reduce((sum, { rows }) => sum + rows, 0);
  // A row between two trades, so that one ends before the next begins; none where they would not fit.
  const gap = held + trades.length <= room ? 1 : 0;
  const free = Math.max(0, room - held - gap * trades.length);
  const gaps = Float64Array.from(trades, () => Math.floor(draw() * (free + 1))).sort();
  let busy = 0;
  const decided = trades.map(({ rows }, k) => {
    const at = plan.from + gaps[k]! + busy;
    busy += rows + gap;
    return at;
  });
  return { trades, decided };
}

/** Targets by row: a share of equity where one is entered, 0 where it ends, NaN to keep. */
export function targetsOf(
  rows: number,
  trades: readonly Placed[],
  decided: readonly number[],
): Float64Array {
  const targets = new Float64Array(rows).fill(Number.NaN);
  trades.forEach((trade, k) => {
    const end = decided[k]! + trade.rows;
    if (end < rows) targets[end] = 0;
  });
  // Entries last: where one trade ends and the next begins, the next is what is wanted.
  trades.forEach((trade, k) => {
    if (decided[k]! < rows) targets[decided[k]!] = trade.target;
  });
  return targets;
}

/** The run's input with its decisions replaced by targets; every base candle is decided on. */
export function targetedInput(
  input: RunInput,
  targets: ReadonlyMap<number, Float64Array>,
): RunInput {
  const { panel, config } = input;
  const byName = new Map([...targets].map(([leg, rows]) => [nameOf(panel, leg), rows] as const));
  const strategy = defineStrategy({
    name: 'given-entries',
    decide({ venue, symbol, i }) {
      const target = byName.get(`${venue} ${symbol}`)?.[i];
      return target === undefined || target !== target ? undefined : target;
    },
  });
  const decision = { ...config.decision, interval: null };
  const seats = [{ id: strategy.name, weight: 1, strategy, parameters: {} }];
  return { panel, firstRow: input.firstRow, config: { ...config, decision }, seats, solo: true };
}

/** The real trades at their own times, carried out like the random ones: what those are held against. */
export function asTheyWere(input: RunInput, plans: readonly LegPlan[]): RunInput {
  const { length } = input.panel;
  return targetedInput(
    input,
    new Map(plans.map(({ leg, trades, decided }) => [leg, targetsOf(length, trades, decided)])),
  );
}

/** One draw of random entries. */
export function atRandom(input: RunInput, plans: readonly LegPlan[], seed: number): RunInput {
  const { length } = input.panel;
  const targets = plans.map((plan) => {
    const { trades, decided } = placedAtRandom(plan, random(seed, `entries/${plan.leg}`));
    return [plan.leg, targetsOf(length, trades, decided)] as const;
  });
  return targetedInput(input, new Map(targets));
}

function nameOf({ legs }: Panel, leg: number): string {
  const { venue, symbol } = legs[leg]!.instrument;
  return `${venue} ${symbol}`;
}
