// What else could have come of a run: its trades dealt again, its market dealt again, its entries at
// random. Each answers another question, and none proves an edge by itself.
//
//   trades    how much of the end, and of the fall on the way, was the draw of the trades?
//   candles   does it live on the one order in which the market came?
//   entries   is it the timing, or the market and the exits?
//
// The same run, count and seed give the same numbers.

import { asksModels } from '../agents/seating.ts';
import { InputError } from '../errors.ts';
import { drawdown } from '../statistics/drawdown.ts';
import { sharpe } from '../statistics/ratios.ts';
import { DAYS_PER_YEAR, dailyReturns } from '../statistics/returns.ts';
import { type Run, type RunInput, runLoop } from './backtest.ts';
import { dealtMarket } from './monte-carlo/candles.ts';
import { asTheyWere, atRandom, type LegPlan, plansOf } from './monte-carlo/entries.ts';
import { FIGURES, type Figure, type Spread, spreadOf } from './monte-carlo/spread.ts';

export const MONTE_CARLO_KINDS = ['trades', 'candles', 'entries'] as const;
export type MonteCarloKind = (typeof MONTE_CARLO_KINDS)[number];

/** The figures of a run; null = not defined. */
export type Figures = Readonly<Record<Figure, number | null>>;

/** Told after each resample. */
export type OnResample = (done: number) => void;

/** Runs an input through the kernel and sums it up. */
export function figuresOf(input: RunInput): Figures {
  return figuresIn(input, runLoop(input));
}

function figuresIn(input: RunInput, { kernel }: Run): Figures {
  const { panel, firstRow } = input;
  const { cashUsd } = kernel.portfolio;
  const rows = kernel.row - firstRow;
  const closeMs = new Float64Array(rows);
  for (let i = 0; i < rows; i++) closeMs[i] = panel.openMs[firstRow + i]! + panel.intervalMs;
  const equityUsd = kernel.equityUsd.subarray(firstRow, kernel.row);
  return {
    totalReturn: rows === 0 ? 0 : equityUsd[rows - 1]! / cashUsd - 1,
    maxDrawdown: drawdown(closeMs, equityUsd, rows, cashUsd, closeMs[0] ?? 0).depth,
    sharpe: sharpe(dailyReturns(closeMs, equityUsd, rows, cashUsd), DAYS_PER_YEAR),
  };
}

export interface Dealing {
  readonly count: number;
  readonly seed: number;
  /** Candles kept together, on average. */
  readonly meanBlock: number;
}

/**
 * The run on `count` markets dealt again. Throws InputError where agents ask models about them and nobody
 * has answered, and for headlines, which were not written about them.
 */
export function dealMarkets(
  input: RunInput,
  real: Figures,
  dealing: Dealing,
  onResample?: OnResample,
): Spread[] {
  return spreadsOf(real, dealing.count, onResample, (k) => {
    const dealt = { ...dealtInput(input, dealing, k), onMiss: 'timeout' as const };
    const run = runLoop(dealt);
    refuseUnanswered(run);
    return figuresIn(dealt, run);
  });
}

/** The `k`-th of those markets, for whoever records what is asked about them. */
export function dealtInput(input: RunInput, { seed, meanBlock }: Dealing, k: number): RunInput {
  if (asksModels(input) && input.panel.headlines.length > 0) {
    const rule =
      'must not be candles where agents that ask models read world.headlines: ' +
      'they were not written about markets that never were; trades and entries can be dealt';
    throw new InputError({ key: '--kind', rule, value: 'candles' });
  }
  return dealtMarket(input, meanBlock, seedOf(seed, k));
}

/** As too late they would be held against a run whose questions were answered. */
function refuseUnanswered({ answering }: Run): void {
  const [first] = answering?.misses ?? [];
  if (first === undefined) return;
  const rule =
    `must not be candles where agents ask models (${first.agent}) and the tape has no answers about ` +
    'these markets: npm run record -- --monte-carlo RUN --tape FILE asks, --tape FILE reads them';
  throw new InputError({ key: '--kind', rule, value: 'candles' });
}

export interface RandomEntries {
  /** Trades that were placed; what was open at the end is one, as long as it was held. */
  readonly trades: number;
  /** The real entries, carried out like the random ones: what the spreads hold against them. */
  readonly asTheyWere: Figures;
  readonly spreads: readonly Spread[];
}

/** The run's trades at random times, `count` times. */
export function dealEntries(
  input: RunInput,
  { count, seed }: { readonly count: number; readonly seed: number },
  onResample?: OnResample,
): RandomEntries {
  const { panel } = input;
  const { kernel } = runLoop(input);
  const { trades: book, portfolio, row } = kernel;
  const lastMs = (panel.openMs[row - 1] ?? 0) + panel.intervalMs;
  // Rows of the panel, warm-up included.
  const all = [...book.closed(), ...book.stillOpen(portfolio.lastPrice, row - 1, lastMs)];
  const plans: readonly LegPlan[] = plansOf(input, all, kernel.equityUsd);
  const trades = plans.reduce((sum, plan) => sum + plan.trades.length, 0);
  const same = figuresOf(asTheyWere(input, plans));
  if (trades === 0) return { trades, asTheyWere: same, spreads: [] };
  const spreads = spreadsOf(same, count, onResample, (k) => {
    return figuresOf(atRandom(input, plans, seedOf(seed, k)));
  });
  return { trades, asTheyWere: same, spreads };
}

function spreadsOf(
  real: Figures,
  count: number,
  onResample: OnResample | undefined,
  resample: (k: number) => Figures,
): Spread[] {
  const samples: Figures[] = [];
  for (let k = 0; k < count; k++) {
    samples.push(resample(k));
    onResample?.(k + 1);
  }
  return FIGURES.flatMap((figure) => {
    const values = samples.map((one) => one[figure]);
    const spread = spreadOf(figure, real[figure], values);
    return spread === null ? [] : [spread];
  });
}

/** A seed of its own for each resample, so that the first hundred of two hundred are the same hundred. */
function seedOf(seed: number, k: number): number {
  return seed + 1_000_003 * (k + 1);
}
