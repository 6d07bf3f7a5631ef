// The verdict of a search, for every verb that searches: what is known of the chosen is run in worse worlds
// and looked through for knowledge of the future; then the gates are asked (engine/research/verdict.ts).
//
//   traded rows, their points -> doubled costs, a candle late, look-ahead -> gates -> verdict.json
//
// The runs that are made for it are trials of the ledger like any other, and are counted before the gates
// are asked. What could not be run is not measured, and does not pass.

import { configDigest, decisionConfigDigest, rulesDigest } from '../data/runs/canonical.ts';
import { engineDigest } from '../data/runs/code-digest.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import type { Tape } from '../data/tapes.ts';
import { endedAfter } from '../engine/agents/memory.ts';
import { asksModels } from '../engine/agents/seating.ts';
import type { Config } from '../engine/config/schema.ts';
import { intervalName } from '../engine/interval.ts';
import { checkLookahead } from '../engine/research/lookahead.ts';
import { exposureOf, type ModelExposure } from '../engine/research/model-exposure.ts';
import type { RowRange } from '../engine/research/splits.ts';
import type { Sensitivity } from '../engine/research/sweep/neighbours.ts';
import type { PlanGround } from '../engine/research/sweep/plan.ts';
import type { Point } from '../engine/research/sweep/space.ts';
import { assignmentsOf } from '../engine/research/sweep/spec.ts';
import { seatsOf, type TrialGround, trialConfig } from '../engine/research/sweep/trial.ts';
import type { LookaheadFinding, RememberedBefore } from '../engine/research/verdict/input.ts';
import { holdingReturns, type OnTrial, stressedRuns } from '../engine/research/verdict/search.ts';
import { doubledCosts, lateByOne } from '../engine/research/verdict/stress.ts';
import {
  type Validation,
  type Verdict,
  type VerdictMemory,
  type VerdictPins,
  verdictJson,
  verdictOf,
} from '../engine/research/verdict.ts';
import { type Fold, onDays, stitch, type Window } from '../engine/research/walk-forward.ts';
import type { TrialMatrix } from '../engine/statistics/trial-matrix.ts';
import { labelOf } from './beside.ts';
import { talkAside } from './output.ts';

const LOOKAHEAD_SAMPLES = 5;

export interface Judging {
  readonly ground: PlanGround;
  readonly trials: TrialGround;
  /** Windows that were traded in turn, each with the point that traded it. */
  readonly folds: readonly (Window & Pick<Fold, 'point'>)[];
  /** The point that is recommended; the last window's unless it is given. */
  readonly recommended?: Point | null;
  /** How what was traded was kept apart from what was searched; null = not at all, or by splits. */
  readonly validation?: Validation | null;
  /** Returns on the days of the windows: of what was traded, and of every other trial. */
  readonly matrix: TrialMatrix;
  /** Row of the matrix that was traded. */
  readonly chosen: number;
  /** UTC days that it was traded on: fewer than there are where it was ruined. */
  readonly observations: number;
  /** Drawdown of the worst window that no point was chosen on, <= 0; null = there is none. */
  readonly worstFold: number | null;
  readonly maxDrawdown: number;
  readonly strategyDigest: string;
  readonly isSynthetic: boolean;
  /** Of all that is read for a point. */
  readonly dataDigestOf: (point: Point) => string;
  /** Rows that the returns come from, where they are more than those of the windows. */
  readonly rows?: RowRange;
  /** What models answered. */
  readonly tape: Tape | null;
  /** How the chosen stands among its neighbours, where one point was chosen. */
  readonly sensitivity?: Sensitivity | null;
  readonly onTrial: OnTrial;
  /** Distinct trials by the ledger, once all that was told is written. */
  readonly count: () => Promise<number>;
}

export interface Judged {
  readonly verdict: Verdict;
  /** Text of verdict.json. */
  readonly json: string;
  /** Return of buy-and-hold over the windows, a fraction. */
  readonly benchmark: number;
  /** Its daily returns on the days of the windows. */
  readonly heldReturns: Float64Array;
}

/** Judges what was chosen; the same search on the same ledger gives the same bytes. */
export async function judge(judging: Judging): Promise<Judged> {
  const { ground, trials, folds, matrix, chosen, observations, onTrial } = judging;
  const { columns, config } = ground;
  const rows = { from: folds[0]!.test.from, to: folds.at(-1)!.test.to };
  const days = { from: folds[0]!.testDays.from, to: folds.at(-1)!.testDays.to };
  const worse = (worsen: Parameters<typeof stressedRuns>[3]) => {
    const runs = talkAside(() => stressedRuns(ground, trials, folds, worsen, onTrial));
    // Of a window that broke off nothing is known, and nothing is made up.
    const failed = runs.find((run) => run !== null && run.failure !== null);
    return failed?.failure ?? stitch(columns, runs, folds).dailyReturns;
  };
  const doubled = worse(doubledCosts);
  const late = worse(lateByOne);
  const last = folds.findLast((fold) => fold.point !== null)?.point ?? null;
  const point = judging.recommended ?? last;
  const lookahead = point === null ? null : talkAside(() => lookaheadOf(ground, trials, point));
  const counted = await judging.count();
  const held = holdingReturns(columns, rows);
  const heldReturns = onDays(columns, held, rows, days);
  const { worstFold, maxDrawdown: limit } = judging;
  const memory = memoryOf(config, trials, columns.openMs[rows.from]!);
  const verdict = verdictOf({
    matrix,
    chosen,
    trials: Math.max(counted, matrix.trials),
    observations,
    benchmark: heldReturns,
    doubledCosts: doubled,
    lateByOne: late,
    lookahead,
    worstFold: worstFold === null ? null : { depth: worstFold, limit },
    seed: config.seed,
    models: modelsOf(judging),
    memory: memory ?? undefined,
  });
  const recommended = trialConfig(config, { assignments: assignmentsOf(point ?? {}) });
  const pins: VerdictPins = {
    configDigest: configDigest(recommended),
    decisionConfigDigest: decisionConfigDigest(recommended),
    dataDigest: judging.dataDigestOf(point ?? {}),
    strategyDigest: judging.strategyDigest,
    engineDigest: engineDigest(),
    rulesDigest: rulesDigest(recommended),
    market: {
      kind: judging.isSynthetic ? 'synthetic' : 'real',
      interval: intervalName(columns.intervalMs),
      legs: columns.legs.map(({ instrument: { venue, symbol } }) => ({ venue, symbol })),
    },
    ...pinnedMemory(memoryOf(recommended, trials, columns.openMs[rows.from]!)),
  };
  const { sensitivity = null, validation = null } = judging;
  const json = verdictJson(verdict, pins, sensitivity, validation);
  const benchmark = Array.from(held).reduce((growth, one) => growth * (1 + one), 1) - 1;
  return { verdict, json, benchmark, heldReturns };
}

/** What a config begins with remembered, of rows from `fromMs` on; null = nothing. */
function memoryOf(
  { decision }: Config,
  { remembered = [] }: Pick<TrialGround, 'remembered'>,
  fromMs: number,
): (VerdictMemory & RememberedBefore) | null {
  const digest = decision.memory.load === null ? null : memoryDigest(remembered);
  if (digest === null) return null;
  return { digest, trades: remembered.length, inSample: endedAfter(remembered, fromMs) };
}

function pinnedMemory(memory: VerdictMemory | null): Pick<VerdictPins, 'memory'> {
  if (memory === null) return {};
  const { digest, inSample } = memory;
  return { memory: { digest, inSample } };
}

/** What models may have known of the rows; undefined where no point that was traded asks one. */
function modelsOf(judging: Judging): ModelExposure | undefined {
  const { ground, folds, recommended = null, rows, tape } = judging;
  const { columns, config, strategies } = ground;
  const points = [recommended, ...folds.map(({ point }) => point)].filter((one) => one !== null);
  const asks = points.some((point) => {
    const { decision } = trialConfig(config, { assignments: assignmentsOf(point) });
    return asksModels(seatsOf(decision, strategies));
  });
  if (!asks) return undefined;
  const ranges = rows === undefined ? folds.map(({ test }) => test) : [rows];
  return exposureOf(columns, ranges, tape && labelOf(tape));
}

/** A point over all rows: does any answer depend on what came later? */
function lookaheadOf(
  { config: base, columns, firstRow, strategies }: PlanGround,
  { slices, replies, remembered }: TrialGround,
  point: Point,
): LookaheadFinding {
  const config = trialConfig(base, { assignments: assignmentsOf(point) });
  const { seats, solo } = seatsOf(config.decision, strategies);
  const panel = slices.panel(0, columns.openMs.length, config.world.maxHoleCandles);
  // All rows at once are no run that was recorded: what the tape lacks there is too late in every run.
  const input = {
    ...{ panel, config, seats, solo, firstRow, replies, remembered },
    onMiss: 'timeout' as const,
  };
  const options = { samples: LOOKAHEAD_SAMPLES, seed: config.seed };
  const { clean, checked, firstOffence } = checkLookahead(input, options);
  return { clean, checked, what: firstOffence?.what ?? null };
}
