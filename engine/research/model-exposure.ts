// What models may have known of the candles that something is judged on: those that began before the
// newest day that they were trained on. A result there may be memory of how it went on.

import { shortIso } from '../config/instant.ts';
import type { RowRange } from './splits.ts';
import type { PanelColumns } from './sweep/slice.ts';

/** How whoever answers by a rule names itself. */
export const STAND_IN = 'stand-in';
export const STAND_IN_TEXT =
  'model: stand-in, a rule in place of a model: nothing follows about models';

/** A tape as the core is told of it. */
export interface TapeLabel {
  /** SHA-256 over its rows. */
  readonly digest: string;
  readonly answers: number;
  readonly models: readonly {
    readonly model: string;
    readonly version: string;
    readonly answers: number;
  }[];
  /** Newest UTC ms that any of its models may know of; NaN = not known. */
  readonly knowledgeMs: number;
}

/** The same as plain data. */
export type TapeFacts = Omit<TapeLabel, 'knowledgeMs'> & { readonly knowledgeMs: number | null };

export interface ModelExposure {
  /** Null where no tape was named: nobody answered. */
  readonly tape: TapeFacts | null;
  /** Every answer came from the stand-in, which is no model: nothing follows about models. */
  readonly standIn: boolean;
  /** Instrument-candles that were looked at. */
  readonly candles: number;
  /** Those of them that began before the cut-off; all, where it is not known. */
  readonly contaminatedCandles: number;
}

type Times = Pick<PanelColumns, 'openMs' | 'legs'>;

/** What models may have known of ranges of rows, which do not overlap. */
export function exposureOf(
  columns: Times,
  rows: readonly RowRange[],
  tape: TapeLabel | null,
): ModelExposure {
  const knowledgeMs = tape?.knowledgeMs ?? 0;
  const models = tape?.models ?? [];
  const sum = (count: (range: RowRange) => number) =>
    rows.reduce((total, range) => total + count(range), 0);
  return {
    tape: tape && tapeFacts(tape),
    standIn: models.length > 0 && models.every(({ model }) => model === STAND_IN),
    candles: sum((range) => candlesBefore(columns, range, Number.POSITIVE_INFINITY)),
    contaminatedCandles: sum((range) => candlesBefore(columns, range, knowledgeMs)),
  };
}

export function tapeFacts(tape: TapeLabel): TapeFacts {
  const { knowledgeMs } = tape;
  return { ...tape, knowledgeMs: Number.isFinite(knowledgeMs) ? knowledgeMs : null };
}

/** Instrument-candles in rows `from` to `to` (not included) that began before; all where NaN. */
export function candlesBefore(
  { openMs, legs }: Times,
  { from, to }: RowRange,
  knowledgeMs: number,
): number {
  let count = 0;
  for (let i = from; i < to && !(openMs[i]! >= knowledgeMs); i++) {
    for (const { candles } of legs) if (candles.close[i] === candles.close[i]) count++;
  }
  return count;
}

/** What is to be said of it first; null = nothing. */
export function contaminationText({
  tape,
  candles,
  contaminatedCandles: known,
}: Pick<ModelExposure, 'tape' | 'candles' | 'contaminatedCandles'>): string | null {
  if (!(known > 0)) return null;
  if (tape?.knowledgeMs == null) {
    return 'it is not known what the models had read: they may have known how every candle went on';
  }
  const until = shortIso(tape.knowledgeMs);
  return `the models may have read about ${known} of ${candles} candles (before ${until})`;
}
