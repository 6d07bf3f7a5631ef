// One trial: a point and a range of rows become a config, a config becomes a run, a run becomes an
// outcome. The same task gives the same outcome in every thread, and the digests of a backtest of
// that config alone. A trial that fails says so in its outcome; nothing is thrown.
//
//   base config + point + range  ->  config (checked)  ->  seats  ->  run  ->  values, digests

import type { Strategy } from '../../agents/contract.ts';
import type { Remembered } from '../../agents/memory.ts';
import type { ReplyBook } from '../../agents/question.ts';
import { type Seated, seatsOf as seated } from '../../agents/seating.ts';
import { checkChange } from '../../config/change.ts';
import type { Config, DecisionConfig } from '../../config/schema.ts';
import { InputError, InvariantError, type Problem } from '../../errors.ts';
import { intervalMs as msOf } from '../../interval.ts';
import type { Trade } from '../../portfolio/trade.ts';
import { UnansweredError } from '../../simulation/answering.ts';
import { performance, type Statistics } from '../../statistics/performance.ts';
import { dailyReturns } from '../../statistics/returns.ts';
import { type Run, type RunInput, runDigest } from '../backtest.ts';
import { CONTRADICTIONS, executionProblems } from '../contradictions.ts';
import type { Value } from './axis.ts';
import { type FailureCode, failedOutcome, type TrialOutcome } from './outcome.ts';
import { runRecalled } from './recall.ts';
import type { Closes, Slices } from './slice.ts';
import type { Objective } from './spec.ts';

/** Strategies by the name or path that configs call them. */
export type StrategyBook = ReadonlyMap<string, Strategy>;

/** What all trials of one thread stand on. */
export interface TrialGround {
  /** The base config, merged and checked. */
  readonly config: Config;
  readonly slices: Slices;
  readonly strategies: StrategyBook;
  readonly objectives: readonly Objective[];
  /** What decision.memory.load of the base config holds. */
  readonly remembered?: readonly Remembered[] | undefined;
  /** What the tape of the base config answers. */
  readonly replies?: ReplyBook | undefined;
}

/** A trial as it is sent to a worker; plain data. See plan.ts for how it is made. */
export interface TrialTask {
  readonly index: number;
  /** Full paths and values over the base config: the point, and the range where it is a part. */
  readonly assignments: readonly (readonly [path: string, value: Value])[];
  /** Rows of the shared columns: the first one read, the first decided on, the end (not included). */
  readonly readRow: number;
  readonly fromRow: number;
  readonly toRow: number;
  /** Candles of warm-up that it needs and that were not read; 0 = all are there. */
  readonly missingCandles: number;
}

/** What a function of the spec is given to judge. */
export interface TrialResult {
  readonly config: Config;
  readonly statistics: Statistics;
  /** Closed trades. */
  readonly trades: readonly Trade[];
  /** Of UTC days, as fractions. */
  readonly dailyReturns: Float64Array;
  /** Closes of the rows that count, UTC ms, and the equity there. */
  readonly closeMs: Float64Array;
  readonly equityUsd: Float64Array;
  /** Equity at the start. */
  readonly cashUsd: number;
  readonly liquidations: number;
}

const MAX_MESSAGE = 300;

/** Runs one trial to its end. Never throws: what goes wrong is the outcome's code and message. */
export function runTrial(ground: TrialGround, task: TrialTask): TrialOutcome {
  ground.slices.shelf.tidy();
  return runPiece(ground, task);
}

/** The same of what may be a part of a trial, which needs again what its other parts needed. */
export function runPiece(ground: TrialGround, task: TrialTask): TrialOutcome {
  const { index } = task;
  const { objectives, slices } = ground;
  const { room, shelf } = slices;
  const fail = (code: FailureCode, message: string, config: Config | null = null) =>
    failedOutcome(index, objectives.length, code, message, config);
  let parts: Parts;
  try {
    parts = partsOf(ground, task);
  } catch (error) {
    return fail(codeOf(error, 'refused'), messageOf(error));
  }
  const { config } = parts;
  if (task.missingCandles > 0) {
    const message = `needs ${task.missingCandles} more candles before its range than were read`;
    return fail('warmup-missing', message, config);
  }
  let result: TrialResult;
  let digests: { readonly digest: string; readonly decisionDigest: string };
  try {
    const input = inputOf(ground, task, parts);
    const { panel, firstRow } = input;
    const run = runRecalled({ ...input, room }, shelf);
    const shows = objectives.some(({ evaluate }) => evaluate !== null);
    result = resultOf(run, config, slices.closes(panel, firstRow), firstRow, shows);
    const { kernel } = run;
    digests = { digest: runDigest(kernel), decisionDigest: kernel.desk.decisions.hex() };
  } catch (error) {
    const code = error instanceof UnansweredError ? 'unanswered' : codeOf(error, 'run-failed');
    return fail(code, messageOf(error), config);
  } finally {
    room.clear();
  }
  const { statistics } = result;
  const judged = judge(objectives, result);
  return {
    index,
    status: judged.code === null ? 'done' : 'failed',
    ...judged,
    config,
    ...digests,
    statistics,
    dailyReturns: result.dailyReturns,
  };
}

/** What a task runs, but for its rows. */
interface Parts extends Seated {
  readonly config: Config;
  readonly remembered: readonly Remembered[] | undefined;
}

/** Throws InputError for a point that is refused. */
function partsOf(ground: TrialGround, task: TrialTask): Parts {
  const config = trialConfig(ground.config, task);
  refuseUnfit(config, ground.slices.columns.intervalMs);
  const remembered = rememberedBy(config, ground);
  return { config, remembered, ...seatsOf(config.decision, ground.strategies) };
}

function inputOf({ slices, replies }: TrialGround, task: TrialTask, parts: Parts): RunInput {
  const { readRow, fromRow, toRow } = task;
  const panel = slices.panel(readRow, toRow, parts.config.world.maxHoleCandles);
  return { ...parts, panel, firstRow: fromRow - readRow, replies };
}

/** The run that a task is, for whoever looks at it before; null where there is none. */
export function trialInput(ground: TrialGround, task: TrialTask): RunInput | null {
  if (task.missingCandles > 0) return null;
  try {
    return inputOf(ground, task, partsOf(ground, task));
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** The config of a trial, checked like that of a run. Throws InputError with every problem. */
export function trialConfig(base: Config, { assignments }: Pick<TrialTask, 'assignments'>): Config {
  return checkChange(base, assignments, CONTRADICTIONS);
}

/** What a run refuses once the base candles are known. */
function refuseUnfit({ decision }: Config, baseMs: number): void {
  const problems: Problem[] = executionProblems(decision.execution, baseMs);
  if (decision.interval !== null && msOf(decision.interval) % baseMs !== 0) {
    const rule = 'must be a multiple of the base candles';
    problems.push({ key: 'decision.interval', rule, value: decision.interval });
  }
  if (problems.length > 0) throw new InputError(problems);
}

/** Memories are read once, before the sweep: a trial may leave them, but not take others. */
function rememberedBy({ decision }: Config, { config, remembered }: TrialGround) {
  const { load } = decision.memory;
  if (load === null || decision.strategy !== null) return undefined;
  const given = config.decision.memory.load;
  if (load === given) return remembered;
  const rule = `must be that of the base config (${given}), or null`;
  throw new InputError({ key: 'decision.memory.load', rule, value: load });
}

/** The seats that a config asks for, of strategies that are loaded. Throws InputError. */
export function seatsOf(decision: DecisionConfig, strategies: StrategyBook): Seated {
  return seated(decision, (name, key) => {
    const strategy = strategies.get(name);
    if (strategy !== undefined) return strategy;
    throw new InputError({ key, rule: 'must be a strategy that was loaded', value: name });
  });
}

/** What a run came to. With `shows` it is made for a function to look at: trades, and columns to keep. */
function resultOf(
  { kernel }: Run,
  config: Config,
  { closeMs, candleMs }: Closes,
  firstRow: number,
  shows: boolean,
): TrialResult {
  const { portfolio, trades, row, rowsInMarket, liquidations } = kernel;
  const rows = row - firstRow;
  const equityUsd = kernel.equityUsd.subarray(firstRow, row);
  const { feesUsd, slippageUsd, fundingUsd, tradedNotionalUsd, cashUsd } = portfolio;
  const statistics = performance({
    closeMs,
    candleMs,
    equityUsd,
    length: rows,
    cashUsd,
    trades: trades.pnlUsd,
    rowsInMarket,
    tradedNotionalUsd,
    feesUsd,
    slippageUsd,
    fundingUsd,
  });
  return {
    config,
    statistics,
    trades: shows ? trades.closed(firstRow) : [],
    // A copy: the days of a ruined account are the beginning of a longer column.
    dailyReturns: dailyReturns(closeMs, equityUsd, rows, cashUsd).slice(),
    closeMs: shows ? closeMs.slice() : closeMs,
    equityUsd: shows ? equityUsd.slice() : equityUsd,
    cashUsd,
    liquidations,
  };
}

/** The objectives of a finished run, and why one of them is not defined. */
export function judge(
  objectives: readonly Objective[],
  result: TrialResult,
): Pick<TrialOutcome, 'code' | 'message' | 'values'> {
  let code: FailureCode | null = null;
  let message: string | null = null;
  const values = objectives.map(({ name, evaluate }) => {
    let value: unknown;
    try {
      value = evaluate ? evaluate(copyOf(result)) : result.statistics[name as keyof Statistics];
    } catch (error) {
      code ??= 'objective-failed';
      message ??= `${name} threw ${messageOf(error)}`;
      return null;
    }
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    code ??= 'objective-undefined';
    message ??= `${name} is not defined for this run (trades: ${result.statistics.trades})`;
    return null;
  });
  return { code, message, values };
}

/** What is kept of a result is its own: a function that sorts days sorts those that it was given. */
function copyOf(result: TrialResult): TrialResult {
  const { statistics, dailyReturns: days } = result;
  return { ...result, statistics: { ...statistics }, dailyReturns: days.slice() };
}

function codeOf(error: unknown, otherwise: FailureCode): FailureCode {
  return error instanceof InvariantError ? 'broken-invariant' : otherwise;
}

/** One line, the same wherever the checkout lies. */
function messageOf(error: unknown): string {
  const isPlain = error instanceof InputError || error instanceof InvariantError;
  const text =
    isPlain || !(error instanceof Error)
      ? String((error as Error)?.message ?? error)
      : `${error.name}: ${error.message}`;
  const line = text.replaceAll('\n', '; ');
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE - 3)}...`;
}
