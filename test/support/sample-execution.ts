// The fills of a made-up run, and what working its orders cost: both follow from its trades.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { ExecutionFacts, FillColumns } from '../../engine/research/result.ts';

/** What of slippage is taken for impact. */
export const IMPACT_SHARE = 0.25;

/** Two fills a trade, in order of time; every fourth exit is a maker fill. */
export function fillsOf(trades: readonly Trade[]): FillColumns {
  const { length, ...columns } = unsorted(trades);
  const order = Array.from(columns.row, (_, k) => k).sort(
    (a, b) => columns.row[a]! - columns.row[b]!,
  );
  const sorted = Object.entries(columns).map(([name, column]) => {
    return [name, Float64Array.from(order, (k) => column[k]!)];
  });
  return { length, ...(Object.fromEntries(sorted) as typeof columns) };
}

function unsorted(trades: readonly Trade[]): FillColumns {
  const column = (entry: (trade: Trade) => number, exit = entry) =>
    Float64Array.from(trades.flatMap((trade) => [entry(trade), exit(trade)]));
  const half = (pick: (trade: Trade) => number) => column((trade) => pick(trade) / 2);
  const signed = ({ side, qty }: Trade) => (side === 'long' ? qty : -qty);
  return {
    length: 2 * trades.length,
    tsMs: column(
      (trade) => trade.entryMs,
      (trade) => trade.exitMs,
    ),
    row: column(
      (trade) => trade.entryRow,
      (trade) => trade.exitRow,
    ),
    leg: column((trade) => trade.leg),
    orderId: Float64Array.from({ length: 2 * trades.length }, (_, k) => k + 1),
    qty: column(signed, (trade) => -signed(trade)),
    price: column(
      (trade) => trade.entryPrice,
      (trade) => trade.exitPrice,
    ),
    feeUsd: half((trade) => trade.feesUsd),
    slippageUsd: half((trade) => trade.slippageUsd),
    impactUsd: half((trade) => trade.slippageUsd * IMPACT_SHARE),
    maker: Float64Array.from({ length: 2 * trades.length }, (_, k) => (k % 8 === 1 ? 1 : 0)),
  };
}

/** Entries in slices and as market orders by turns; exits by signal. */
export function executionOf(trades: readonly Trade[], sliced: string): ExecutionFacts[] {
  const ways: Readonly<Record<string, readonly Trade[]>> = {
    exit: trades.filter((trade) => trade.exitReason === 'signal'),
    market: trades.filter((_, k) => k % 2 === 0),
    [sliced]: trades.filter((_, k) => k % 2 === 1),
  };
  return Object.entries(ways)
    .filter(([, own]) => own.length > 0)
    .map(([algorithm, own]) => {
      const sum = (pick: (trade: Trade) => number) =>
        own.reduce((total, trade) => total + pick(trade), 0);
      const isSliced = algorithm === sliced;
      const paperUsd = sum((trade) => trade.qty * trade.entryPrice);
      const slippageUsd = sum((trade) => trade.slippageUsd) / 2;
      const delayUsd = paperUsd * (isSliced ? -0.0003 : 0.0001);
      const spreadUsd = slippageUsd * (1 - IMPACT_SHARE);
      const impactUsd = slippageUsd * IMPACT_SHARE;
      const feeUsd = sum((trade) => trade.feesUsd) / 2;
      const missedUsd = isSliced ? paperUsd * 0.00004 : 0;
      const totalUsd = delayUsd + spreadUsd + impactUsd + feeUsd + missedUsd;
      return {
        algorithm,
        parents: own.length,
        fills: own.length * (isSliced ? 5 : 1),
        paperUsd,
        filledPaperUsd: isSliced ? 0.97 * paperUsd : paperUsd,
        delayUsd,
        spreadUsd,
        impactUsd,
        feeUsd,
        missedUsd,
        totalUsd,
        bps: (totalUsd / paperUsd) * 1e4,
      };
    });
}
