// A paper trial made by hand, as long and as nasty as a test asks for: the same every time. Its counts
// follow from its fills and its equity from their errors, so that pictures of it make sense.

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { gaussian, random } from '../../engine/random.ts';
import { FILL_CAUSES, type FillCause, type FillPair } from '../../engine/research/fill-pairs.ts';
import type { ShadowFacts } from '../../engine/research/shadow.ts';
import {
  TRIAL_SCHEMA_VERSION,
  type TrialBreaker,
  type TrialFacts,
  type TrialNote,
} from '../../engine/research/trial.ts';
import { CASH_USD, FROM_MS, HOSTILE } from './sample-result.ts';

export interface TrialOptions {
  readonly days?: number;
  readonly legs?: number;
  readonly fills?: number;
  readonly notes?: number;
  /** Every number that may be null or NaN is. */
  readonly nulls?: boolean;
  /** Names that try to break out of the page. */
  readonly hostile?: boolean;
  readonly change?: (facts: TrialFacts) => TrialFacts;
  readonly changeShadow?: (shadow: ShadowFacts) => ShadowFacts;
}

export interface SampleTrial {
  readonly facts: TrialFacts;
  readonly shadow: ShadowFacts;
}

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BNBUSDT', 'XRPUSDT', 'DOGEUSDT'];
const PRICES = [94_200, 1_790, 147, 598, 2.21, 0.1734];
const PURPOSES = ['entry', 'signal', 'stop', 'trailing-stop'];
const CAUSES = Object.keys(FILL_CAUSES) as FillCause[];

/** Seven real days on live candles, equal throughout, every drill done: unless something is asked for. */
export function sampleTrial(options: TrialOptions = {}): SampleTrial {
  const { days = 7, legs = 2, fills: wanted = 60, notes = 12 } = options;
  const { nulls = false, hostile = false } = options;
  const symbolOf = (leg: number) =>
    hostile ? `${HOSTILE[leg % HOSTILE.length]}${leg}` : SYMBOLS[leg]!;
  const venue = hostile ? HOSTILE[1] : 'aster';
  const rows = Math.round(days * 1440);
  const closeMs = Float64Array.from({ length: rows }, (_, i) => FROM_MS + (i + 1) * MINUTE_MS);
  const pairs = pairsOf(wanted, rows, legs, venue, symbolOf);
  const { paperUsd, modelUsd } = equityOf(closeMs, pairs);
  const causes = Object.fromEntries(
    CAUSES.map((cause) => [cause, pairs.filter((pair) => pair.cause === cause).length]),
  ) as Record<FillCause, number>;
  const errors = pairs
    .map(({ errorBps }) => Math.abs(errorBps))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (quantile: number) => errors[Math.floor(quantile * (errors.length - 1))] ?? Number.NaN;
  const [equityUsd, modelEquityUsd] = [paperUsd.at(-1) ?? CASH_USD, modelUsd.at(-1) ?? CASH_USD];
  const equityGapBps = ((equityUsd - modelEquityUsd) / CASH_USD) * 1e4;
  const shadow: ShadowFacts = {
    signalsEqual: true,
    candles: rows * legs,
    firstDifference: null,
    unasked: 0,
    uncompared: 0,
    fills: pairs,
    fillErrorBps: { median: at(0.5), p95: at(0.95) },
    fillBiasBps: 0.4,
    causes,
    equityGapBps,
    closeMs,
    paperUsd,
    modelUsd,
    warnings: [],
  };
  const told = notesOf(notes, symbolOf, hostile);
  const facts: TrialFacts = {
    schemaVersion: TRIAL_SCHEMA_VERSION,
    sessionId: hostile ? HOSTILE[2] : 'swarm-5d0a1f8e',
    name: hostile ? HOSTILE[0] : 'swarm-7-days',
    strategy: hostile ? HOSTILE[2] : 'swarm of 4 agents',
    configDigest: '5d0a1f8e'.repeat(8),
    decisionConfigDigest: 'c0ffee00'.repeat(8),
    code: hostile ? HOSTILE[1] : '0.1.0+99aa00bb11cc22dd',
    node: 'v24.21.0',
    decisionDigest: '99aa00bb11cc22dd',
    digest: '0123456789abcdef',
    journal: { hash: 'e1e2e3e4'.repeat(8), files: 2, lines: 61_234 },
    stopCode: 'ended',
    feed: venue,
    feedKind: 'live',
    speed: 1,
    startedAt: '2025-04-30T23:59:40Z',
    realElapsedMs: rows * MINUTE_MS + 20_000,
    fromMs: closeMs[0] ?? 0,
    toMs: closeMs.at(-1) ?? 0,
    isSevenRealDays: days >= 7,
    replayEqual: true,
    firstDivergence: null,
    signalsEqual: true,
    firstDifference: null,
    candles: rows * legs,
    fillErrorBps: nulls ? { median: null, p95: null } : shadow.fillErrorBps,
    fillBiasBps: nulls ? null : 0.4,
    fillCauses: causes,
    equityGapBps: nulls ? Number.NaN : equityGapBps,
    cashUsd: CASH_USD,
    equityUsd,
    modelEquityUsd,
    fills: pairs.filter(({ paperQty }) => paperQty > 0).length,
    trades: Math.floor(pairs.length / 2),
    maxDrawdown: 0.0123,
    feesUsd: 12.5,
    fundingUsd: -1.25,
    rows,
    expectedRows: rows,
    candlesSeen: rows * legs,
    candlesExpected: rows * legs,
    uptime: nulls ? Number.NaN : 1,
    staleMs: 0,
    starts: 2,
    recoveries: 1,
    noteCounts: countsOf(told),
    notes: told,
    reconciled: 168,
    mismatched: 0,
    breakers: breakersOf(venue, rows),
    drills: [
      { name: 'crash', done: 1, lastMs: FROM_MS + 30 * HOUR_MS },
      { name: 'outage', done: 1, lastMs: FROM_MS + 20 * HOUR_MS },
      { name: 'stop', done: 1, lastMs: FROM_MS + 40 * HOUR_MS },
    ],
    sharpe: nulls ? null : 1.83,
    probabilisticSharpe: nulls ? null : 0.6123,
    daysForConfidence: nulls ? null : 246.2,
    warnings: hostile ? [HOSTILE[1]] : [],
  };
  return {
    facts: options.change?.(facts) ?? facts,
    shadow: options.changeShadow?.(shadow) ?? shadow,
  };
}

/** A trial that went through a week in less than a minute, with what accelerated trials lack. */
export const ACCELERATED = (facts: TrialFacts): TrialFacts => ({
  ...facts,
  feed: 'replay',
  feedKind: 'replay',
  speed: null,
  realElapsedMs: 41_000,
  isSevenRealDays: false,
  starts: 1,
  recoveries: 0,
  drills: facts.drills.map((drill) => ({ ...drill, done: 0, lastMs: Number.NaN })),
});

function pairsOf(
  wanted: number,
  rows: number,
  legs: number,
  venue: string,
  symbolOf: (leg: number) => string,
): FillPair[] {
  const draw = random(11, 'pairs');
  return Array.from({ length: wanted }, (_, k): FillPair => {
    const leg = k % legs;
    const cause: FillCause = k % 3 === 0 ? 'spread' : k % 29 === 7 ? 'missed' : CAUSES[k % 4]!;
    const decidedMs = FROM_MS + Math.floor((rows * (k + 1)) / (wanted + 1)) * MINUTE_MS;
    const side = draw() < 0.5 ? 1 : -1;
    const modelPrice = PRICES[leg]! * (1 + 0.02 * gaussian(draw));
    const errorBps =
      cause === 'equal' ? 0 : cause === 'missed' ? Number.NaN : 1.4 * gaussian(draw) + 0.4;
    const modelQty = Math.round((1000 / modelPrice) * 1e5) / 1e5;
    const isMissed = cause === 'missed';
    return {
      decidedMs,
      venue,
      symbol: symbolOf(leg),
      side,
      purpose: PURPOSES[k % 4]!,
      paperQty: isMissed ? 0 : modelQty,
      paperPrice: isMissed ? Number.NaN : modelPrice * (1 + (side * errorBps) / 1e4),
      paperMs: isMissed ? Number.NaN : decidedMs + (cause === 'latency' ? 61_250 : 60_000),
      modelQty,
      modelPrice,
      modelMs: decidedMs + 60_000,
      errorBps,
      cause,
    };
  });
}

/** A walk, and the same walk less what the errors have cost by then. */
function equityOf(closeMs: Float64Array, pairs: readonly FillPair[]) {
  const draw = random(11, 'equity');
  let [worth, lost, next] = [CASH_USD, 0, 0];
  const modelUsd = new Float64Array(closeMs.length);
  const paperUsd = closeMs.map((atMs, row) => {
    worth *= 1 + 0.00018 * gaussian(draw);
    for (; next < pairs.length && pairs[next]!.decidedMs <= atMs; next++) {
      const { errorBps } = pairs[next]!;
      if (Number.isFinite(errorBps)) lost += (errorBps / 1e4) * 1000;
    }
    modelUsd[row] = worth;
    return worth - lost;
  });
  return { paperUsd, modelUsd };
}

function notesOf(wanted: number, symbolOf: (leg: number) => string, hostile: boolean): TrialNote[] {
  const plain = (tsMs: number, code: string, text: string): TrialNote => ({
    tsMs,
    code,
    symbol: '',
    atMs: Number.NaN,
    text: hostile ? HOSTILE[0] : text,
  });
  const fixed = [
    plain(FROM_MS, 'began', 'wall=2025-04-30T23:59:40Z feed=aster speed=1'),
    plain(FROM_MS + 20 * HOUR_MS, 'lost', 'closed by the other side'),
    plain(FROM_MS + 20 * HOUR_MS + 4000, 'connected', ''),
    plain(FROM_MS + 30 * HOUR_MS, 'began', 'wall=2025-05-02T06:00:02Z feed=aster speed=1'),
    plain(FROM_MS + 30 * HOUR_MS, 'recovered', 'rows=1800 cut=0'),
  ];
  const codes = ['late', 'revised', 'unsound', 'repaired'];
  const odd = Array.from({ length: Math.max(0, wanted - fixed.length) }, (_, k): TrialNote => {
    const tsMs = FROM_MS + (k + 40) * 17 * MINUTE_MS;
    const code = codes[k % codes.length]!;
    const atMs = tsMs - 2 * MINUTE_MS;
    return { tsMs, code, symbol: symbolOf(k % 2), atMs, text: '94,200 94,210 94,190 94,205 12.5' };
  });
  return [...fixed, ...odd].slice(0, wanted).sort((a, b) => a.tsMs - b.tsMs);
}

function countsOf(notes: readonly TrialNote[]): Record<string, number> {
  const counts: Record<string, number> = notes.length === 0 ? {} : { alive: 168, reconciled: 168 };
  for (const { code } of notes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** One outage, of 34 minutes, with a probe that failed in between. */
function breakersOf(venue: string, rows: number): TrialBreaker[] {
  if (rows < DAY_MS / MINUTE_MS) return [];
  const startMs = FROM_MS + 20 * HOUR_MS;
  const move = (minutes: number, from: string, to: string, cause: string): TrialBreaker => ({
    atMs: startMs + minutes * MINUTE_MS,
    venue,
    from,
    to,
    cause,
  });
  return [
    move(0, 'closed', 'open', 'failures'),
    move(1, 'open', 'half-open', 'break-over'),
    move(2, 'half-open', 'open', 'probe-failed'),
    move(4, 'open', 'half-open', 'break-over'),
    move(34, 'half-open', 'closed', 'probes-succeeded'),
  ];
}
