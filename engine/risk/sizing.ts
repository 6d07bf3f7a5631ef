// What share of equity one entry stakes, before any cap. One pure function over the sizing rules;
// whatever a rule needs and does not have is NaN, and NaN is no answer: the gate refuses it.
//
//   kelly              kellyFraction x (p - (1 - p) / b)        Kelly 1956, Thorp 2006
//   fixed-fraction     notionalFraction
//   confidence         notionalFraction x score
//   volatility-target  volatilityTarget / annual volatility      Harvey et al. 2018
//   fixed-risk         riskPerTrade / distance to the stop       Tharp 1998, "per cent risk"

import { type Evidence, shrunk, shrunkRatio } from '../statistics/shrinkage.ts';
import { kellyBinary, type TrackRecord } from './kelly.ts';

/** `risk.sizing`: fractions of equity; volatilities are annual fractions. */
export interface SizingConfig {
  readonly rule: 'kelly' | 'fixed-fraction' | 'confidence' | 'volatility-target' | 'fixed-risk';
  readonly notionalFraction: number;
  readonly winRateSource: 'config' | 'track-record' | 'confidence' | 'memory';
  readonly winRate: number;
  readonly rewardToRisk: number;
  readonly kellyFraction: number;
  readonly priorTrades: number;
  readonly lastTrades: number;
  readonly volatilityTarget: number;
  readonly volatilityCandles: number;
  readonly riskPerTrade: number;
}

/** What is known of one entry; a rule reads only its own, so the others may be NaN. */
export interface SizingInputs {
  /** Closed trades so far, already cut to `lastTrades`. */
  readonly record: TrackRecord;
  /** Past trades like this one; null = none is remembered. */
  readonly similar: Evidence | null;
  /** Score of the consensus or size of the target, 0 to 1. */
  readonly confidence: number;
  /** Standard deviation of a year's log return, a fraction. */
  readonly annualVolatility: number;
  /** Distance of the first stop as a fraction of price; 0 = there is none. */
  readonly stopDistance: number;
}

/** Win rate that the original system gave to a score: a coin at 0, 0.7 when all are certain. */
const WIN_RATE_AT_ZERO = 0.5;
const WIN_RATE_PER_CONFIDENCE = 0.2;

/** The stake as a fraction of equity; NaN or <= 0 = no answer, do not enter. */
export function stakeOf(config: SizingConfig, inputs: SizingInputs): number {
  switch (config.rule) {
    case 'fixed-fraction':
      return config.notionalFraction;
    case 'confidence':
      return config.notionalFraction * unit(inputs.confidence);
    case 'volatility-target':
      return ratio(config.volatilityTarget, inputs.annualVolatility);
    case 'fixed-risk':
      return ratio(config.riskPerTrade, inputs.stopDistance);
    case 'kelly':
      return kellyStake(config, inputs);
  }
}

function kellyStake(config: SizingConfig, { record, similar, confidence }: SizingInputs): number {
  let { winRate, rewardToRisk } = config;
  if (config.winRateSource === 'track-record') {
    winRate = record.winRate(winRate, config.priorTrades);
    rewardToRisk = record.rewardToRisk(rewardToRisk, config.priorTrades);
  } else if (config.winRateSource === 'memory' && similar !== null) {
    const { priorTrades } = config;
    winRate = shrunk(similar.won, similar.evidence, winRate, priorTrades);
    rewardToRisk = shrunkRatio(similar, rewardToRisk, priorTrades);
  } else if (config.winRateSource === 'confidence') {
    winRate = WIN_RATE_AT_ZERO + WIN_RATE_PER_CONFIDENCE * unit(confidence);
  }
  return config.kellyFraction * kellyBinary(winRate, rewardToRisk);
}

/** A score is a ratio of sums: the last bit may carry it over 1, anything more is a defect. */
function unit(confidence: number): number {
  return confidence >= 0 && confidence <= 1 + 1e-9 ? Math.min(confidence, 1) : Number.NaN;
}

/** A divisor of 0 is a dead price or a missing stop, not a licence for an infinite stake. */
function ratio(wanted: number, per: number): number {
  return per > 0 ? wanted / per : Number.NaN;
}

const YEAR_MS = 365 * 86_400_000;

/**
 * Realised volatility at the close of `row`: sample standard deviation of the last `candles` log
 * returns, each over `stepRows` rows, times the root of how many of them make a year of 365 days.
 * A return with a hole at either end is left out; fewer than half of them = NaN. O(candles).
 */
export function annualVolatility(
  close: Float64Array,
  row: number,
  candles: number,
  stepRows: number,
  intervalMs: number,
): number {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let k = 0; k < candles; k++) {
    const end = row - k * stepRows;
    if (end < stepRows) break;
    const change = Math.log(close[end]! / close[end - stepRows]!);
    if (change !== change) continue;
    count++;
    const off = change - mean;
    mean += off / count;
    squares += off * (change - mean);
  }
  if (count < 2 || count * 2 < candles) return Number.NaN;
  return Math.sqrt((squares / (count - 1)) * (YEAR_MS / (stepRows * intervalMs)));
}
