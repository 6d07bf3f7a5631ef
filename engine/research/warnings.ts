// What a reader must know before believing a run. Each warning has a code; the loud one (synthetic
// data) comes first.

import type { Config } from '../config/schema.ts';
import { DAY_MS } from '../interval.ts';
import type { Trade } from '../portfolio/trade.ts';
import type { Statistics } from '../statistics/performance.ts';
import type { Run } from './backtest.ts';
import type { DataFacts, Warning } from './result.ts';

export interface WarningInput {
  readonly run: Run;
  readonly config: Config;
  readonly data: DataFacts;
  readonly open: readonly Trade[];
  readonly statistics: Statistics;
}

/** Trades under which a win rate says next to nothing. */
const FEW_TRADES = 30;

export function warningsOf({ run, config, data, open, statistics }: WarningInput): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, text: string) => warnings.push({ code, text });
  const names = (pick: (leg: DataFacts['legs'][number]) => boolean) =>
    data.legs
      .filter(pick)
      .map((leg) => leg.symbol)
      .join(', ');
  if (data.kind === 'synthetic') {
    warn(
      'synthetic-data',
      'the candles were made by a generator: an edge found here means nothing',
    );
  }
  if (run.kernel.halted) {
    warn('bankrupt', 'equity fell to zero: the run was halted and positions were closed');
  }
  const holed = data.legs.reduce((sum, leg) => sum + leg.holes, 0);
  if (holed > 0) {
    warn(
      'holes',
      `${holed} candles are missing (${names((leg) => leg.holes > 0)}); none was traded`,
    );
  }
  const unfunded = names((leg) => leg.fundingStamps === 0);
  if (config.world.funding && unfunded !== '') {
    warn('missing-funding', `no funding history for ${unfunded}: holding there cost nothing`);
  }
  const partly = data.legs.filter((leg) => leg.fundingStamps > 0 && leg.fundingMissingMs > 0);
  if (config.world.funding && partly.length > 0) {
    const days = partly.map(
      (leg) => `${leg.symbol} ${Math.ceil(leg.fundingMissingMs / DAY_MS)} days`,
    );
    warn(
      'funding-gaps',
      `funding history has gaps (${days.join(', ')}): holding then cost nothing`,
    );
  }
  const fallbacks = data.legs.reduce((sum, leg) => sum + leg.markFallbacks, 0);
  if (fallbacks > 0) {
    warn('mark-fallback', `${fallbacks} funding payments use the trade price, not the mark price`);
  }
  const assumed = names((leg) => leg.instrumentSource === 'assumed');
  if (assumed !== '') {
    warn(
      'assumed-instruments',
      `lot, tick and fees of ${assumed} are assumed, not the venue's own`,
    );
  }
  const vetoes = run.kernel.desk.refusals.toRecord();
  const vetoed = Object.entries(vetoes).filter(([code]) => code.startsWith('veto-'));
  const refused = vetoed.reduce((sum, [, count]) => sum + count, 0);
  // Asked again at every candle, a veto counts again: many of them are a run that stands still.
  if (refused > run.kernel.decider.funnel.passedRisk) {
    const codes = vetoed.map(([code, count]) => `${code} ${count}`).join(', ');
    warn('vetoed', `an agent kept entries out more often than they were let in (${codes})`);
  }
  if (open.length > 0) {
    warn('open-positions', `${open.length} positions are still open; marked at the last close`);
  }
  if (statistics.trades < FEW_TRADES) {
    warn('few-trades', `${statistics.trades} trades: too few to tell skill from luck`);
  }
  return warnings;
}
