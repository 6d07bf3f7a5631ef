// Round trips of which only the P&L matters.

import type { ExitReason, Trade } from '../../../engine/portfolio/trade.ts';

export function trade(pnlUsd: number, exitReason: ExitReason = 'signal'): Trade {
  return {
    leg: 0,
    venue: 'aster',
    symbol: 'BTCUSDT',
    side: 'long',
    entryRow: 0,
    exitRow: 1,
    entryMs: 0,
    exitMs: 60_000,
    qty: 1,
    entryPrice: 100,
    exitPrice: 100 + pnlUsd,
    pnlUsd,
    feesUsd: 0,
    slippageUsd: 0,
    fundingUsd: 0,
    returnFraction: pnlUsd / 100,
    exitReason,
    votes: {},
  };
}

export function closedTrades(pnlUsd: readonly number[]): Trade[] {
  return pnlUsd.map((usd) => trade(usd));
}
