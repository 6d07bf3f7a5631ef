// What models had to do with a run: who answered, how much of it, at what cost, and what of the candles
// they may have known beforehand. Read first, because knowledge of the future makes any result.

import type { Trade } from '../portfolio/trade.ts';
import { performance, type Statistics } from '../statistics/performance.ts';
import type { Run } from './backtest.ts';
import {
  candlesBefore,
  STAND_IN,
  type TapeFacts,
  type TapeLabel,
  tapeFacts,
} from './model-exposure.ts';

/** The numbers of the part of a run that no model can have read about; null where it has none. */
export type AfterCutoff = Pick<
  Statistics,
  'totalReturn' | 'sharpe' | 'maxDrawdown' | 'days' | 'trades' | 'winRate' | 'profitFactor'
> & { readonly fromMs: number };

export interface ModelFacts {
  /** Null where no tape was named. */
  readonly tape: TapeFacts | null;
  /** Every answer came from the stand-in, which is no model: nothing follows about models. */
  readonly standIn: boolean;
  readonly questions: number;
  readonly answered: number;
  /** By code; deadlines that passed are `timeout`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Given up because a newer candle came, or the run ended. */
  readonly overtaken: number;
  /** Replies that came too late. */
  readonly late: number;
  /** Entries that a second opinion vetoed, or made smaller. */
  readonly vetoes: number;
  readonly reductions: number;
  /** Directions that nobody but models stood for. */
  readonly modelsAlone: number;
  readonly tokens: number;
  /** USD, of the answers whose cost is known. */
  readonly costUsd: number;
  /** Instrument-candles that began before the cut-off; all, where it is not known. */
  readonly contaminatedCandles: number;
  /** Null where nothing is contaminated, or everything. */
  readonly afterCutoff: AfterCutoff | null;
}

export interface ModelFactsInput {
  readonly run: Run;
  readonly tape: TapeLabel | null;
  readonly firstRow: number;
  readonly closeMs: Float64Array;
  readonly equityUsd: Float64Array;
  readonly trades: readonly Trade[];
}

/** Undefined where nobody asks a model. */
export function modelFacts(input: ModelFactsInput): ModelFacts | undefined {
  const { tape, firstRow } = input;
  const { kernel } = input.run;
  const { parking } = kernel.decider;
  if (parking === null) return undefined;
  const { log, late } = parking.asking;
  const failures: Record<string, number> = {};
  const [tally, models] = [{ answered: 0, overtaken: 0, tokens: 0, costUsd: 0 }, new Set<string>()];
  for (const { state, code, origin } of log) {
    if (state === 'answered') tally.answered++;
    else if (code !== '') failures[code] = (failures[code] ?? 0) + 1;
    else tally.overtaken++;
    if (origin === null) continue;
    models.add(origin.model);
    tally.tokens += known(origin.tokensIn) + known(origin.tokensOut);
    tally.costUsd += known(origin.costUsd);
  }
  const knowledgeMs = tape?.knowledgeMs ?? 0;
  const outcomes = parking.log;
  const range = { from: firstRow, to: kernel.row };
  return {
    tape: tape && tapeFacts(tape),
    standIn: models.size === 1 && models.has(STAND_IN),
    questions: log.length,
    ...tally,
    failures: sorted(failures),
    late,
    vetoes: outcomes.filter(({ factor }) => factor === 0).length,
    reductions: outcomes.filter(({ factor, outcome }) => outcome === 'entry' && factor < 1).length,
    modelsAlone: outcomes.filter(({ outcome }) => outcome === 'models-alone').length,
    contaminatedCandles: candlesBefore(kernel.panel, range, knowledgeMs),
    afterCutoff: afterCutoff(input, knowledgeMs),
  };
}

function known(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function afterCutoff(
  { run, firstRow, closeMs, equityUsd, trades }: ModelFactsInput,
  knowledgeMs: number,
): AfterCutoff | null {
  const { panel } = run.kernel;
  const { length } = closeMs;
  let from = 0;
  while (from < length && !(panel.openMs[firstRow + from]! >= knowledgeMs)) from++;
  if (from === 0 || from === length) return null;
  const nothing = { rowsInMarket: 0, tradedNotionalUsd: 0, feesUsd: 0, slippageUsd: 0 };
  const {
    totalReturn,
    sharpe,
    maxDrawdown,
    days,
    trades: count,
    ...rest
  } = performance({
    closeMs: closeMs.subarray(from),
    equityUsd: equityUsd.subarray(from),
    length: length - from,
    cashUsd: equityUsd[from - 1]!,
    // A trade that was entered before may have been entered for what was known.
    trades: trades.filter(({ entryRow }) => entryRow >= from),
    candleMs: panel.intervalMs,
    ...nothing,
    fundingUsd: 0,
  });
  const { winRate, profitFactor } = rest;
  const fromMs = panel.openMs[firstRow + from]!;
  return { fromMs, totalReturn, sharpe, maxDrawdown, days, trades: count, winRate, profitFactor };
}
