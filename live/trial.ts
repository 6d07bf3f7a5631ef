// What a paper trial came to, told from its journal alone: whoever holds the folder can tell it again.
//
//   journal -> replay + shadow backtest (shadow.ts)
//          `-> notes, words, answers (trial-notes.ts) -> facts -> trial.json, and its page in reports/
//
// Market time and real time are kept apart: seven days of candles played in a second are not seven days.

import { decisionConfigDigest } from '../data/runs/canonical.ts';
import { endedAfter } from '../engine/agents/memory.ts';
import { isoText } from '../engine/config/instant.ts';
import { DAY_MS } from '../engine/interval.ts';
import type { Kernel } from '../engine/kernel.ts';
import type { Headlines } from '../engine/market/headlines.ts';
import type { ShadowFacts } from '../engine/research/shadow.ts';
import {
  type Drill,
  TRIAL_SCHEMA_VERSION,
  type TrialBreaker,
  type TrialFacts,
  type TrialNote,
} from '../engine/research/trial.ts';
import { moments } from '../engine/statistics/moments.ts';
import { performance } from '../engine/statistics/performance.ts';
import { minimumTrackRecord2012 } from '../engine/statistics/probabilistic-sharpe.ts';
import { finite } from '../engine/statistics/ratios.ts';
import { dailyReturns } from '../engine/statistics/returns.ts';
import { differenceText } from './divergence.ts';
import { journalFiles } from './journal/folder.ts';
import type { Manifest } from './journal/manifest.ts';
import type { OpenConfig, ReplayOutcome } from './replay.ts';
import { readShadow, type ShadowOutcome } from './shadow.ts';
import { TrialWatch } from './trial-notes.ts';

export interface Trial {
  readonly facts: TrialFacts;
  readonly shadow: ShadowFacts;
  /** What was heard, from when on it was known. */
  readonly headlines: Headlines;
}

const SEVEN_DAYS_MS = 7 * DAY_MS;

/**
 * Reads the journal of a session and tells what came of it: all that trial.json and its page need.
 * Changes nothing in the folder. Throws JournalRefusal for a folder that may not be believed,
 * InputError for one without a journal and for a config or strategy that does not load.
 */
export async function readTrial(folder: string, open: OpenConfig): Promise<Trial> {
  const watch = new TrialWatch();
  const outcome = await readShadow(folder, open, watch);
  const { shadow, replay } = outcome;
  const { opened, kernel } = replay;
  const { manifest, config, loaded } = opened;
  const symbols = kernel.panel.legs.map(({ instrument }) => instrument.symbol);
  const { feed } = manifest;
  const feedKind = feed.startsWith('replay') ? ('replay' as const) : ('live' as const);
  const { starts, realElapsedMs, speed, startedMs } = watch.processes();
  const span = spanOf(outcome);
  const { fills, portfolio } = kernel;
  const facts: TrialFacts = {
    schemaVersion: TRIAL_SCHEMA_VERSION,
    sessionId: manifest.sessionId,
    name: config.name,
    strategy: loaded.label,
    configDigest: manifest.configDigest,
    decisionConfigDigest: decisionConfigDigest(config),
    ...memoryIn(manifest),
    code: manifest.code,
    node: manifest.node,
    decisionDigest: replay.decisionDigest,
    digest: replay.digest,
    journal: {
      hash: replay.tail?.hash ?? '',
      files: journalFiles(folder).length,
      lines: (replay.tail?.seq ?? -1) + 1,
    },
    stopCode: replay.stopCode,
    feed,
    feedKind,
    speed: finite(speed),
    startedAt: startedMs === null ? '' : isoText(startedMs),
    realElapsedMs,
    fromMs: span.fromMs,
    toMs: span.toMs,
    isSevenRealDays: isSevenRealDays(span, realElapsedMs, speed),
    replayEqual: replay.equal,
    firstDivergence:
      replay.firstDivergence === null ? null : differenceText(replay.firstDivergence),
    signalsEqual: shadow.signalsEqual,
    firstDifference: shadow.firstDifference,
    candles: shadow.candles,
    fillErrorBps: {
      median: finite(shadow.fillErrorBps.median),
      p95: finite(shadow.fillErrorBps.p95),
    },
    fillBiasBps: finite(shadow.fillBiasBps),
    fillCauses: shadow.causes,
    equityGapBps: shadow.equityGapBps,
    cashUsd: portfolio.cashUsd,
    equityUsd: shadow.paperUsd.at(-1) ?? portfolio.cashUsd,
    modelEquityUsd: shadow.modelUsd.at(-1) ?? portfolio.cashUsd,
    fills: fills.length,
    ...figuresOf(replay, shadow),
    rows: span.rows,
    expectedRows: span.expectedRows,
    candlesSeen: span.candles,
    candlesExpected: span.rows * symbols.length,
    uptime: span.expectedRows === 0 ? 0 : (span.rows - span.staleRows) / span.expectedRows,
    staleMs: span.staleRows * kernel.panel.intervalMs,
    starts,
    recoveries: watch.countOf('recovered'),
    noteCounts: watch.noteCounts(),
    notes: watch.notes.map(({ tsMs, note: { code, leg, atMs, text } }): TrialNote => {
      return { tsMs, code, symbol: symbols[leg] ?? '', atMs, text };
    }),
    reconciled: watch.countOf('reconciled'),
    mismatched: watch.countOf('mismatch'),
    breakers: breakersOf(kernel),
    drills: drillsOf(kernel, watch),
    warnings: [...shadow.warnings, ...knownAhead(kernel, span.fromMs), ...watch.warnings()],
  };
  return { facts, shadow, headlines: kernel.panel.headlines };
}

/** What is said of a backtest that begins with such a memory. */
function knownAhead({ learning }: Kernel, fromMs: number): string[] {
  const loaded = learning?.loaded ?? [];
  const late = endedAfter(loaded, fromMs);
  if (late === 0) return [];
  const which = `${late} of ${loaded.length} remembered trades`;
  return [`${which} ended within this trial or after it: memory knew its future`];
}

function memoryIn({ data: { memory } }: Manifest): Pick<TrialFacts, 'memoryDigest'> {
  return memory === undefined ? {} : { memoryDigest: memory };
}

/** One document, the same for the same facts; what is no number is null. Ends with a newline. */
export function trialJson(facts: TrialFacts): string {
  const speakable = (_: string, value: unknown) => {
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  };
  return `${JSON.stringify(facts, speakable, 2)}\n`;
}

/** What of its market time the session was there for. */
interface Span {
  /** First and last decided close, UTC ms; both 0 when there is none. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  readonly rows: number;
  readonly expectedRows: number;
  readonly staleRows: number;
  readonly candles: number;
}

function spanOf({ replay, shadow, hand }: ShadowOutcome): Span {
  const { kernel, opened } = replay;
  const { panel } = kernel;
  const { intervalMs } = panel;
  const { firstRow } = opened.market;
  const rows = shadow.closeMs.length;
  const fromMs = shadow.closeMs[0] ?? 0;
  const toMs = shadow.closeMs.at(-1) ?? 0;
  let candles = 0;
  for (const { candles: columns } of panel.legs) {
    for (let i = firstRow; i < firstRow + rows; i++) {
      if (columns.close[i] === columns.close[i]) candles++;
    }
  }
  return {
    fromMs,
    toMs,
    intervalMs,
    rows,
    expectedRows: rows === 0 ? 0 : Math.round((toMs - fromMs) / intervalMs) + 1,
    staleRows: hand.countStale(firstRow, firstRow + rows),
    candles,
  };
}

/**
 * The first candle opened a little before the first process was there, and its open is a candle before
 * the first close.
 */
function isSevenRealDays(
  { fromMs, toMs, intervalMs, rows }: Span,
  realElapsedMs: number,
  speed: number,
): boolean {
  const marketMs = rows === 0 ? 0 : toMs - fromMs + intervalMs;
  const isReal = realElapsedMs >= SEVEN_DAYS_MS - intervalMs && speed <= 1;
  return marketMs >= SEVEN_DAYS_MS && isReal;
}

type Figures = Pick<
  TrialFacts,
  | 'trades'
  | 'maxDrawdown'
  | 'feesUsd'
  | 'fundingUsd'
  | 'sharpe'
  | 'probabilisticSharpe'
  | 'daysForConfidence'
>;

function figuresOf({ kernel, opened }: ReplayOutcome, shadow: ShadowFacts): Figures {
  const { portfolio, rowsInMarket } = kernel;
  const { feesUsd, fundingUsd, slippageUsd, tradedNotionalUsd, cashUsd } = portfolio;
  const { closeMs, paperUsd: equityUsd } = shadow;
  const { length } = closeMs;
  const trades = kernel.trades.closed(opened.market.firstRow);
  const { maxDrawdown, sharpe, probabilisticSharpe } = performance({
    closeMs,
    equityUsd,
    length,
    cashUsd,
    trades,
    rowsInMarket,
    tradedNotionalUsd,
    feesUsd,
    slippageUsd,
    fundingUsd,
  });
  const daysForConfidence = daysNeeded(dailyReturns(closeMs, equityUsd, length, cashUsd));
  return {
    trades: trades.length,
    maxDrawdown,
    feesUsd,
    fundingUsd,
    sharpe,
    probabilisticSharpe,
    daysForConfidence,
  };
}

/**
 * UTC days until the probability that the true Sharpe ratio is above 0 would reach 0.95, if the days to
 * come were like these: the minimum track record of Bailey & Lopez de Prado 2012. Null when the ratio
 * is not above 0, or there are fewer than two days.
 */
export function daysNeeded(returns: Float64Array): number | null {
  const sample = moments(returns);
  if (sample === null || sample.skewness === null || sample.kurtosis === null) return null;
  const { mean, sd, skewness, kurtosis } = sample;
  return minimumTrackRecord2012({ sharpe: mean / sd, skewness, kurtosis });
}

function breakersOf({ routing }: Kernel): TrialBreaker[] {
  const all = routing.breakers.flatMap(({ transitions }, k) => {
    return transitions.map(({ atMs, from, to, cause }) => {
      return { atMs, venue: routing.venues[k]!, from, to, cause };
    });
  });
  return all.sort((a, b) => a.atMs - b.atMs);
}

/** A breaker that has closed again is an outage gone through; without one, unanswered orders are. */
function drillsOf(kernel: Kernel, watch: TrialWatch): Drill[] {
  const closings = breakersOf(kernel).filter(({ to }) => to === 'closed');
  const outages = closings.length > 0 ? closings.map(({ atMs }) => atMs) : watch.unansweredMs;
  const drill = (name: Drill['name'], times: readonly number[]): Drill => {
    return { name, done: times.length, lastMs: times.at(-1) ?? Number.NaN };
  };
  return [
    drill('crash', watch.recoveredMs),
    drill('outage', outages),
    drill('stop', watch.haltedMs),
  ];
}
