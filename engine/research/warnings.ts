// What a reader must know before believing a run. Each warning has a code; the loud one (synthetic
// data) comes first.

import type { Config } from '../config/schema.ts';
import { DAY_MS } from '../interval.ts';
import type { Trade } from '../portfolio/trade.ts';
import type { Statistics } from '../statistics/performance.ts';
import { grouped } from '../text.ts';
import type { Run } from './backtest.ts';
import { contaminationText, STAND_IN_TEXT } from './model-exposure.ts';
import type { ModelFacts } from './model-facts.ts';
import type { DataFacts, MemoryFacts, Warning } from './result.ts';

export interface WarningInput {
  readonly run: Run;
  readonly config: Config;
  readonly data: DataFacts;
  readonly open: readonly Trade[];
  readonly statistics: Statistics;
  readonly models?: ModelFacts | undefined;
  readonly memory: MemoryFacts | null;
}

/** Trades under which a win rate says next to nothing. */
const FEW_TRADES = 30;

export function warningsOf({
  run,
  config,
  data,
  open,
  statistics,
  models,
  memory,
}: WarningInput): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, text: string) => warnings.push({ code, text });
  const names = (pick: (leg: DataFacts['legs'][number]) => boolean) =>
    data.legs
      .filter(pick)
      .map((leg) => leg.symbol)
      .join(', ');
  if (models !== undefined) warnings.push(...modelWarnings(models, data.candles));
  if (data.kind === 'synthetic') {
    warn(
      'synthetic-data',
      'the candles were made by a generator: an edge found here means nothing',
    );
  }
  if (run.kernel.standing.isHalted) {
    warn('bankrupt', 'equity fell to zero: the run was halted and positions were closed');
  }
  if (memory !== null && memory.inSample > 0) {
    const { inSample, loaded } = memory;
    warn(
      'memory-in-sample',
      `${inSample} of ${loaded} remembered trades ended within this run or after it: memory knew its future`,
    );
  }
  const { liquidations } = run.kernel;
  if (liquidations > 0) {
    const were = liquidations === 1 ? '1 position was' : `${grouped(liquidations)} positions were`;
    warn('liquidated', `${were} liquidated for want of margin`);
  }
  const assumedPath = pathAssumed(config.world.fills);
  if (assumedPath !== null) {
    warn('optimistic-path', `fills inside candles are assumed, not known (${assumedPath})`);
  }
  const reach = exposureAllowed(config.decision.risk);
  if (!config.world.margin.enabled && reach > 1) {
    warn(
      'margin-off',
      `margin is not checked, with exposure up to ${Number(reach.toPrecision(3))}: nothing is liquidated`,
    );
  }
  const holed = data.legs.reduce((sum, leg) => sum + leg.holes, 0);
  if (holed > 0) {
    warn(
      'holes',
      `${grouped(holed)} candles are missing (${names((leg) => leg.holes > 0)}); none was traded`,
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
  const largest = largestShare(run);
  if (config.world.fills.volumeShare === null && largest > 0) {
    const share = Number.isFinite(largest) ? Number(largest.toPrecision(2)) : 'more than all';
    warn('no-volume-cap', `orders fill whole: the largest was ${share} of its candle's volume`);
  }
  const fallbacks = data.legs.reduce((sum, leg) => sum + leg.markFallbacks, 0);
  if (fallbacks > 0) {
    warn(
      'mark-fallback',
      `${grouped(fallbacks)} funding payments use the trade price, not the mark price`,
    );
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
    const codes = vetoed.map(([code, count]) => `${code} ${grouped(count)}`).join(', ');
    warn('vetoed', `an agent kept entries out more often than they were let in (${codes})`);
  }
  if (open.length > 0) {
    warn(
      'open-positions',
      `${grouped(open.length)} positions are still open; marked at the last close`,
    );
  }
  if (statistics.trades < FEW_TRADES) {
    warn('few-trades', `${statistics.trades} trades: too few to tell skill from luck`);
  }
  return warnings;
}

/** What models may have known, and whether there were any. */
function modelWarnings(models: ModelFacts, candles: number): Warning[] {
  const found: Warning[] = [];
  const known = contaminationText({ ...models, candles });
  if (known !== null) {
    const isAll = models.tape?.knowledgeMs != null && models.afterCutoff === null;
    const rest = isAll ? '; nothing of the run comes after' : '';
    found.push({ code: 'contaminated', text: `${known}${rest}` });
  }
  if (models.standIn) {
    found.push({ code: 'stand-in', text: STAND_IN_TEXT });
  }
  return found;
}

/** The setting that fills orders on a path nobody knows; null where candles are taken at their worst. */
function pathAssumed({ rules, path }: Config['world']['fills']): string | null {
  if (rules === 'freqtrade') return 'world.fills.rules is freqtrade';
  return path === 'ohlc' || path === 'adaptive' ? `world.fills.path is ${path}` : null;
}

/** Gross notional over equity that entries may reach. */
function exposureAllowed({
  maxExposure,
  maxPositionFraction,
  maxPositions,
}: Config['decision']['risk']) {
  return Math.min(maxExposure, maxPositionFraction * maxPositions);
}

/** The largest fill over the volume of its candle; 0 = nothing filled, Infinity = none traded there. */
function largestShare({ kernel }: Run): number {
  const { columns, length } = kernel.fills;
  let largest = 0;
  for (let k = 0; k < length; k++) {
    const { volume } = kernel.panel.legs[columns.leg[k]!]!.candles;
    const share = Math.abs(columns.qty[k]!) / volume[columns.row[k]!]!;
    if (share > largest) largest = share;
  }
  return largest;
}
