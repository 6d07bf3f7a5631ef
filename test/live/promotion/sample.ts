// A promotion and the evidence behind it, all of it sound unless a test spoils something.

import { generateKeyPairSync } from 'node:crypto';
import { DAY_MS } from '../../../engine/interval.ts';
import type { PromotionBody } from '../../../live/promotion/document.ts';
import { type Evidence, gatesOf, type VerdictEvidence } from '../../../live/promotion/gates.ts';
import { signPromotion } from '../../../live/promotion/keys.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import { stagesFor } from '../../../live/promotion/stages.ts';
import type { Present } from '../../../live/promotion/verify.ts';
import { sampleResult } from '../../support/sample-result.ts';
import { sampleTrial } from '../../support/sample-trial.ts';

export const OPERATOR = generateKeyPairSync('ed25519');
export const DECISION = 'c0ffee00'.repeat(8);
const STRATEGY = 'a'.repeat(64);
const CODE = 'b'.repeat(64);
const RULES = '9'.repeat(64);
export const ISSUED_MS = Date.UTC(2026, 0, 10);

/** One asset at two venues, which spell it differently. */
export const LEGS = [
  { venue: 'aster', symbol: 'BTCUSDT' },
  { venue: 'hyperliquid', symbol: 'BTCUSDC' },
];

export const VERDICT: VerdictEvidence = {
  passed: true,
  sentence: 'passes all 10 gates',
  decisionConfigDigest: DECISION,
  strategyDigest: STRATEGY,
  engineDigest: CODE,
  rulesDigest: RULES,
  market: { kind: 'real', interval: '15m', legs: LEGS },
  gates: [{ id: 'look-ahead', passed: true, why: '5 answers were compared, none differed' }],
};

/** Half a year of real candles that fell by 2 %, and seven real days on live candles. */
export function evidence(changes: Partial<Evidence> = {}): Evidence {
  const { facts } = sampleResult();
  const { facts: trial } = sampleTrial();
  const [leg] = facts.data.legs;
  const legs = LEGS.map((names) => ({ ...leg!, ...names }));
  const data = { ...facts.data, kind: 'real' as const, fromMs: 0, toMs: 181 * DAY_MS, legs };
  const statistics = { ...facts.statistics, maxDrawdown: -0.02 };
  return {
    run: { strategyDigest: STRATEGY, statistics, data, memory: null, world: facts.config.world },
    places: LEGS.map(({ venue, symbol }) => ({ venue, symbols: [symbol] })),
    trialLegs: LEGS,
    trialInterval: '15m',
    trialWorld: facts.config.world,
    runDecisionDigest: DECISION,
    runRulesDigest: RULES,
    kinder: [],
    again: { equal: true },
    firstStage: {
      capitalUsd: 75,
      bounds: LEGS.map((names) => ({ ...names, leastUsd: 5, mostUsd: 7.5 })),
      came: { entries: 40, tooSmall: 3 },
    },
    verdict: VERDICT,
    trial: { ...trial, decisionConfigDigest: DECISION, code: 'code' },
    memory: { digest: null, trades: 0, afterTrial: 0 },
    code: 'code',
    strategyDigest: STRATEGY,
    engineDigest: CODE,
    maxDrawdown: 0.05,
    ...changes,
  };
}

export function body(changes: Partial<PromotionBody> = {}): PromotionBody {
  return {
    schemaVersion: 1,
    kind: 'promotion',
    rehearsal: [],
    name: 'momentum',
    strategy: 'momentum',
    config: { decision: { strategy: 'momentum' } },
    pins: {
      decisionConfigDigest: DECISION,
      strategyDigest: STRATEGY,
      codeDigest: CODE,
      node: '24.21.0',
      resultDigest: 'd'.repeat(64),
      dataDigest: 'e'.repeat(64),
      verdictSha256: 'f'.repeat(64),
      trial: { sessionId: 'first', digest: '1f2e', journalHash: '3d4c' },
    },
    venue: 'aster',
    symbols: ['BTCUSDT'],
    capitalUsd: 500,
    fallbacks: [{ venue: 'hyperliquid', symbols: ['BTCUSDC'], capitalUsd: 250 }],
    maxDrawdown: 0.05,
    limits: DEFAULT_LIMITS,
    stages: stagesFor({ shares: [0.1, 0.5, 1], days: 7, maxDrawdown: 0.05 }),
    gates: gatesOf(evidence()),
    issuedAt: new Date(ISSUED_MS).toISOString(),
    expiresAt: new Date(ISSUED_MS + 30 * DAY_MS).toISOString(),
    ...changes,
  };
}

export const signed = (changes: Partial<PromotionBody> = {}) => {
  return signPromotion(body(changes), OPERATOR.privateKey);
};

export const present = (changes: Partial<Present> = {}): Present => ({
  operator: OPERATOR.publicKey,
  nowMs: ISSUED_MS + DAY_MS,
  codeDigest: CODE,
  strategyDigest: STRATEGY,
  decisionConfigDigest: DECISION,
  memoryDigest: null,
  node: '24.21.0',
  ...changes,
});
