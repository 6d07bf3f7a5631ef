// A slot: one indicator with the columns it writes.

import type { CandleArrays } from './column.ts';
import type { Indicator, IndicatorSpec } from './indicator.ts';

/** Makes a column of so many zeros. */
export type MakeColumn = (rows: number) => Float64Array;

export const makeColumn: MakeColumn = (rows) => new Float64Array(rows);

export interface Slot {
  readonly spec: IndicatorSpec;
  readonly indicator: Indicator;
  readonly outputs: readonly Float64Array[];
}

/** Makes the indicator over `candles`, one output column of the same length for each name. */
export function makeSlot(
  spec: IndicatorSpec,
  candles: CandleArrays,
  make: MakeColumn = makeColumn,
): Slot {
  const rows = candles.close.length;
  const outputs = spec.outputs.map(() => make(rows));
  return { spec, indicator: spec.create(candles, outputs), outputs };
}
