// What a strategy is shown when it is not to see what is there: the same view with other columns.
//
//   covered   one column, feature or series is another from a row on       which one is read ahead
//   veiled    all of them are others after whatever row is decided on      reading ahead, at any row
//
// Kernel, venue and the features themselves know nothing of it: only what the strategy reads differs.

import type { View } from '../../agents/contract.ts';
import type { SeatSpec } from '../../agents/seat.ts';
import type { Column } from '../../market/column.ts';

/** How a number of the future is changed; the row is there so that no two change alike. */
export type Change = (value: number, row: number) => number;

const wave = (row: number) => 0.5 + 0.5 * Math.abs(Math.sin(row));
const raised: Change = (value, row) => value + (Math.abs(value) || 1) * wave(row);
const lowered: Change = (value, row) => value - Math.abs(value) * 0.8 * wave(row);
const turned: Change = (value, row) => -(value || 1) * (1 + wave(row));

/** Of candles, which are never below zero, and of anything else. */
export const CHANGES: readonly Change[] = [() => Number.NaN, raised, lowered];
export const SIGNED: readonly Change[] = [...CHANGES, turned];

/** One column of what a strategy is shown. */
export interface Target {
  readonly kind: 'column' | 'feature' | 'series';
  readonly name: string;
}

/** A copy with rows `from` to `to` (not included) changed. */
export function changed(column: Column, change: Change, from: number, to: number): Float64Array {
  const copy = Float64Array.from(column as Float64Array);
  for (let i = from; i < to; i++) copy[i] = change(copy[i]!, i);
  return copy;
}

/** What is shown in place of a column. */
export type Alter = (kind: Target['kind'], name: string, column: Column) => Column;

/** The seat with a strategy that is shown other columns and answers as it does. */
export function covered(seat: SeatSpec, alter: Alter): SeatSpec {
  return wearing(seat, () => ({ alter, onRow() {} }));
}

/** The same, every number after the row that is decided on another: upwards, or downwards. */
export function veiled(seat: SeatSpec, direction: 'up' | 'down'): SeatSpec {
  return wearing(seat, () => {
    const pairs: (readonly [shown: Float64Array, own: Column])[] = [];
    let next = 0;
    return {
      alter(kind, _name, column) {
        const down = kind === 'column' ? lowered : turned;
        const copy = changed(column, direction === 'up' ? raised : down, 0, column.length);
        pairs.push([copy, column]);
        return copy;
      },
      onRow(row) {
        for (; next <= row; next++) for (const [copy, own] of pairs) copy[next] = own[next]!;
      },
    };
  });
}

/** What one leg is shown, and what happens to it when a row is decided on. */
interface Cover {
  readonly alter: Alter;
  onRow(row: number): void;
}

const ASKED = ['analyze', 'decide', 'veto', 'vetoHolding', 'targetPrice'] as const;
type Asked = (view: View, ...rest: unknown[]) => unknown;

function wearing(seat: SeatSpec, coverOf: () => Cover): SeatSpec {
  const own = seat.strategy;
  const worn = new WeakMap<View, readonly [Shown, Cover]>();
  const wear = (view: View): readonly [Shown, Cover] => {
    const cover = coverOf();
    const pair = [shownFor(view, cover.alter), cover] as const;
    worn.set(view, pair);
    return pair;
  };
  const over: Record<string, Asked> = {};
  for (const name of ASKED) {
    if (!own[name]) continue;
    over[name] = (view, ...rest) => {
      const [shown, cover] = worn.get(view) ?? wear(view);
      cover.onRow(view.i);
      shown.i = view.i;
      shown.closeMs = view.closeMs;
      return (own[name] as Asked)(shown, ...rest);
    };
  }
  return { ...seat, strategy: { ...own, ...over } };
}

type Shown = { -readonly [K in keyof View]: View[K] };

function shownFor(view: View, alter: Alter): Shown {
  const each = <T extends object>(kind: Target['kind'], columns: T): T => {
    const entries = Object.entries(columns).map(([name, column]) => {
      return [name, column === undefined ? column : alter(kind, name, column as Column)] as const;
    });
    return Object.fromEntries(entries) as T;
  };
  const { venue, symbol, intervalMs, parameters, state, memory } = view;
  return {
    ...{ venue, symbol, intervalMs, parameters, state, memory },
    i: view.i,
    closeMs: view.closeMs,
    columns: each('column', view.columns),
    features: each('feature', view.features),
    series: each('series', view.series),
    vote: (action, confidence, reason) => view.vote(action, confidence, reason),
    abstain: (reason) => view.abstain(reason),
    headlines: (most, withinMs) => view.headlines(most, withinMs),
  };
}
